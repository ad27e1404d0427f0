//! Who and what: identifiers of tenants, people, organisations and records (R1.4, R1.6).

mod address;
mod ids;
mod national;
mod organisation;

pub use address::{AddressError, CountryCode, PostalAddress};
pub(crate) use ids::computed;
pub use ids::{
    AccountId, ActorId, CaseId, ChannelId, DocumentId, EntryId, FileId, GrantId, GroupId, IdError, InboxId, LetterId,
    MeetingId, MeetingItemId, NoticeId, PartyId, RequestId, ReviewId, SignOffId, SourceId, TenantId, UnitId,
};
pub use national::{ControlDigits, IdentityNumberKind, NationalIdentityNumber, NationalIdentityNumberError};
pub use organisation::{OrganisationNumber, OrganisationNumberError};

/// A moment in time, always UTC. Local (Norwegian) time is a matter of display and of the calendar.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// The digits of a number people write in groups (`974 760 673`), or nothing when there is anything but digits and blanks
/// or the count is wrong.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut found = [0; N];
    let mut slots = found.iter_mut();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        *slots.next()? = u8::try_from(c.to_digit(10)?).ok()?;
    }
    slots.next().is_none().then_some(found)
}

/// Weighted sum modulo 11, the check both national numbers are built on. Digits beyond the weights are left out.
fn modulus_11(digits: &[u8], weights: &[u8]) -> u32 {
    digits.iter().zip(weights).map(|(&d, &w)| u32::from(d) * u32::from(w)).sum::<u32>() % 11
}

fn text_of(digits: &[u8]) -> String {
    digits.iter().map(|&d| char::from(b'0' + d)).collect()
}
