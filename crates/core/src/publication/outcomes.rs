/// What is shown of an entry, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryOutcome {
    /// Nothing.
    Withhold,
    /// Nothing yet: the delay is not over.
    Later,
    /// Numbers, dates and kind; titles and names as stars, no files.
    Bare,
    /// What its screening leaves.
    Publish,
}

/// What is shown of a document's file, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentOutcome {
    /// No file; the title as far as the screening leaves it.
    NoFile,
    /// The variant with screened parts blacked out.
    Redacted,
    /// The document as it was written.
    Full,
}

/// How a name is shown, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameOutcome {
    /// As stars.
    Masked,
    /// In the open, but not to be found by search.
    NotSearchable,
    /// In the open, and to be found by search until the year is over.
    SearchableForAYear,
    /// In the open, always to be found.
    Searchable,
}

impl EntryOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Withhold, Self::Later, Self::Bare, Self::Publish];

    /// Whether anything of the entry is shown.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Bare | Self::Publish)
    }
}
