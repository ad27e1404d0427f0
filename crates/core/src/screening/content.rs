use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    access::{ReadPermit, RecordRef},
    identity::TenantId,
};

/// Personal or screened content inside a record: a name, a title, a remark.
///
/// `Debug` shows `Private(..)` and there is no `Display`, so it reaches no log, error or panic message by accident. It is
/// serialised as the content itself, because this is the form at rest in the store; what is handed **out** is [`Screened`].
///
/// ```
/// use sakarkiv_core::screening::Private;
///
/// let name = Private::new("Kari Testperson".to_owned());
/// assert_eq!(format!("{name:?}"), "Private(..)");
/// assert_eq!(name.expose(), "Kari Testperson");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps content.
    pub const fn new(content: T) -> Self {
        Self(content)
    }

    /// The content, in the open. Every use is a place where somebody thought about where it goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The content itself, no longer wrapped.
    pub fn into_exposed(self) -> T {
        self.0
    }

    /// Makes other content from it that is private too.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Private<U> {
        Private(change(self.0))
    }

    /// A private reference to the same content.
    pub const fn as_ref(&self) -> Private<&T> {
        Private(&self.0)
    }
}

impl<T> From<T> for Private<T> {
    fn from(content: T) -> Self {
        Self(content)
    }
}

impl From<&str> for Private<String> {
    fn from(content: &str) -> Self {
        Self(content.to_owned())
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}

/// Content handed out in a view of a record, sealed until an access decision opens it.
///
/// Neither `Debug` nor serialisation shows it (it serialises as the text `skjermet`), and it cannot be deserialised. Only a
/// [`ReadPermit`], which only the access decision makes, opens it, and only when the permit names this very record: a permit
/// for a case opens none of its entries (R2.3).
///
/// ```
/// use sakarkiv_core::{access::RecordRef, identity::{CaseId, TenantId}, screening::Screened};
///
/// let record = RecordRef::Case(CaseId::from_uuid(uuid::Uuid::nil()));
/// let title = Screened::new(TenantId::new("bodo")?, record, "Bekymringsmelding".to_owned());
/// assert_eq!(format!("{title:?}"), "Screened(..)");
/// assert_eq!(serde_json::to_string(&title).unwrap(), "\"skjermet\"");
/// # Ok::<(), sakarkiv_core::identity::IdError>(())
/// ```
#[derive(Clone)]
pub struct Screened<T> {
    tenant: TenantId,
    record: RecordRef,
    content: T,
}

impl<T> Screened<T> {
    /// Seals content of a record.
    pub const fn new(tenant: TenantId, record: RecordRef, content: T) -> Self {
        Self { tenant, record, content }
    }

    /// The content, when the permit is for this record of this tenant; nothing otherwise.
    #[must_use]
    pub fn open(&self, permit: &ReadPermit) -> Option<&T> {
        permit.covers(&self.tenant, &self.record).then_some(&self.content)
    }

    /// The record it belongs to, for asking for a permit.
    #[must_use]
    pub const fn record(&self) -> &RecordRef {
        &self.record
    }
}

impl<T> fmt::Debug for Screened<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Screened(..)")
    }
}

impl<T> Serialize for Screened<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("skjermet")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::identity::{CaseId, EntryId};

    fn case(n: u128) -> RecordRef {
        RecordRef::Case(CaseId::from_uuid(Uuid::from_u128(n)))
    }

    #[test]
    fn private_content_is_shown_nowhere_but_kept_at_rest() {
        let name = Private::new("Kari".to_owned());
        assert_eq!(format!("{name:?} {name:#?}"), "Private(..) Private(..)");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"Kari\"");
        assert_eq!(serde_json::from_str::<Private<String>>("\"Kari\"").unwrap(), name);
        assert_eq!(name.map(|n| n.len()).into_exposed(), 4);
    }

    #[test]
    fn a_permit_opens_only_its_own_record_of_its_own_tenant() {
        let (bodo, rost) = (TenantId::new("bodo").unwrap(), TenantId::new("rost").unwrap());
        let title = Screened::new(bodo.clone(), case(1), "hemmelig");
        assert_eq!(title.open(&ReadPermit::new(bodo.clone(), case(1))), Some(&"hemmelig"));
        assert_eq!(title.open(&ReadPermit::new(bodo.clone(), case(2))), None);
        assert_eq!(title.open(&ReadPermit::new(rost, case(1))), None);
        let same_uuid = RecordRef::Entry(EntryId::from_uuid(Uuid::from_u128(1)));
        assert_eq!(title.open(&ReadPermit::new(bodo, same_uuid)), None);
    }

    #[test]
    fn screened_content_is_never_printed_or_serialised() {
        let title = Screened::new(TenantId::new("bodo").unwrap(), case(1), "hemmelig");
        assert_eq!(format!("{title:?}{title:#?}"), "Screened(..)Screened(..)");
        assert_eq!(serde_json::to_string(&[title]).unwrap(), "[\"skjermet\"]");
    }
}
