use std::fmt;

use crate::identity::Timestamp;

/// A small record that a part of the office keeps for itself: what it published, whom it reminded, by which table a source
/// is mapped. The store knows nothing of it but its kind, its key and when something is due.
///
/// `Debug` leaves the content out: it may tell of people.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which part's record, and of what sort; `publication.entry`, for example. Records of one kind are listed together.
    pub kind: String,
    /// Which record of that kind.
    pub key: String,
    /// The content, as JSON.
    pub value: String,
    /// When something has to be done about it, if ever.
    pub due: Option<Timestamp>,
    /// 0 for a new one, else that of the stored one; storing raises it by one.
    pub version: u64,
}

impl Kept {
    /// A new record that nothing is due about.
    #[must_use]
    pub fn new(kind: impl Into<String>, key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { kind: kind.into(), key: key.into(), value: value.into(), due: None, version: 0 }
    }

    /// The same record, due at a moment.
    #[must_use]
    pub const fn due_at(mut self, due: Timestamp) -> Self {
        self.due = Some(due);
        self
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Kept");
        shown.field("kind", &self.kind).field("key", &self.key).field("due", &self.due);
        shown.field("version", &self.version).finish_non_exhaustive()
    }
}
