//! Who may see what of an appointment case (offentleglova § 25): a pure decision from the facts of a document.
//!
//! | document | public | why |
//! |---|---|---|
//! | public list of applicants | open, always | § 25 second paragraph: the exemption does not cover it |
//! | job analysis, advert | open | nothing in them is about an applicant |
//! | note, other | as configured or as sent; else refused | nobody but the employer knows what they are |
//! | everything else | exempt | § 25 first paragraph, documents in a case about appointment |
//!
//! § 25 is "may", not "shall": kinds can be opened by configuration after § 11 (meroffentlighet) was considered. Opening one
//! never shows an applicant of whom the delivery tells that he is left out of the public list or has asked to be; and a
//! delivery that tells of no applicants opens nothing that may name one.
//!
//! The public list is the sender's document: it is taken as it is, unless the delivery tells of a request to be left out that
//! is undecided. Whom it names is not looked at, so the sender must send the applicants with it.

use std::collections::BTreeSet;

use sakarkiv_core::{journal::EntryKind, reason::Reason, screening::Hides};
use serde::Deserialize;

use crate::contract::{Direction, DocumentKind, Exemption, FaultCode};

/// How documents are screened. TOML and JSON form: the field names, kinds in the words of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScreeningPolicy {
    /// The access code (tilgangskode) of what § 25 exempts, in the list of the archive.
    pub code: String,
    /// Its legal basis (hjemmel).
    pub legal_basis: String,
    /// Kinds that are open although § 25 would let them be exempt.
    pub open: BTreeSet<DocumentKind>,
    /// Notes and other documents without a screening of their own are exempt (`true`) or open (`false`). Left out, they are
    /// refused.
    pub notes_exempt: Option<bool>,
}

impl Default for ScreeningPolicy {
    /// `UO`, "Offl. § 25 første ledd", nothing opened, notes refused without a screening.
    fn default() -> Self {
        Self {
            code: "UO".to_owned(),
            legal_basis: "Offl. § 25 første ledd".to_owned(),
            open: BTreeSet::new(),
            notes_exempt: None,
        }
    }
}

impl<'de> Deserialize<'de> for DocumentKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::of_word(&word).ok_or_else(|| serde::de::Error::custom("not a kind of document of the contract"))
    }
}

/// What the decision looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentFacts {
    /// What the document is.
    pub kind: DocumentKind,
    /// Where the sender says it goes.
    pub direction: Option<Direction>,
    /// The exemption of the applicant it is about; nothing when it is about no single one.
    pub about: Option<Exemption>,
    /// Whether the applicant it is about was hired.
    pub hired: bool,
    /// Whether any applicant that the delivery tells of has asked for an exemption that is not decided.
    pub any_pending: bool,
    /// Whether any applicant that the delivery tells of is left out of the public list; also when it tells of none, since one
    /// may be.
    pub any_granted: bool,
    /// Whether the sender asks for a screening.
    pub asked: bool,
    /// Whether the configuration opens the kind.
    pub opened: bool,
    /// What the configuration says of notes.
    pub notes_exempt: Option<bool>,
}

/// How a document is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Treatment {
    /// What kind of journal entry it becomes.
    pub entry: EntryKind,
    /// Who may see it.
    pub protection: Protection,
    /// What the applicant it is about is to the entry.
    pub party: ApplicantParty,
    /// Whether the applicant's name is kept from the public.
    pub party_screened: bool,
    /// How long it must be kept.
    pub retention: Retention,
    /// Why it is protected or open.
    pub reason: Reason,
}

/// Who may see a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// Everybody.
    Open,
    /// Exempt as the configuration words it.
    Exempt,
    /// Exempt as the sender words it.
    AsAsked,
}

/// What an applicant is to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApplicantParty {
    /// No party: documents within the organisation.
    None,
    /// The sender.
    Sender,
    /// The recipient.
    Recipient,
}

/// How long a document must be kept, as far as it can be told from what it is. The archive's own plan decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retention {
    /// Preserved for ever (bevares): both lists, and the application of the person hired.
    Preserve,
    /// May be disposed of when it is no longer needed, never before every deadline for complaints has passed.
    AfterComplaints,
    /// As the case it lies in.
    AsCase,
}

impl Retention {
    /// The mark in the keys of the entry.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Preserve => "bevares",
            Self::AfterComplaints => "kan-kasseres-etter-klagefrist",
            Self::AsCase => "som-saken",
        }
    }
}

const PUBLIC_LIST: Reason = Reason {
    code: "public_applicant_list",
    text: "the public list of applicants is open to everybody",
    source: "offentleglova § 25 second paragraph",
};
const ABOUT_NO_APPLICANT: Reason = Reason {
    code: "about_no_applicant",
    text: "it is about the position and no applicant",
    source: "offentleglova § 3",
};
const ASKED: Reason =
    Reason { code: "screening_asked", text: "the sender asks for a screening", source: "rekruttering-leveranse/v1" };
const APPOINTMENT: Reason = Reason {
    code: "appointment_document",
    text: "documents in a case about appointment may be exempt",
    source: "offentleglova § 25 first paragraph",
};
const APPLICANT_LEFT_OUT: Reason = Reason {
    code: "applicant_left_out",
    text: "an applicant it may name is left out of the public list or has asked to be",
    source: "offentleglova § 25 second paragraph",
};
const OPENED: Reason = Reason {
    code: "opened_by_configuration",
    text: "the archive has opened this kind of document",
    source: "offentleglova § 11",
};
const NOTES: Reason =
    Reason { code: "notes_by_configuration", text: "the archive's rule for notes says so", source: "configuration" };

/// Why a document is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Refused {
    /// What is wrong.
    pub code: FaultCode,
    /// The member of the document that is at fault.
    pub member: &'static str,
    /// What the sender does about it.
    pub message: &'static str,
}

/// Decides how a document is registered. Total: every combination of facts has an answer, and in doubt it is exempt.
///
/// # Errors
/// [`Refused`] when there is no right way to register it.
pub fn treat(facts: &DocumentFacts) -> Result<Treatment, Refused> {
    let direction = direction(facts)?;
    let (protection, reason) = protection(facts)?;
    let entry = match direction {
        Direction::In => EntryKind::Incoming,
        Direction::Out => EntryKind::Outgoing,
        Direction::Internal => EntryKind::Internal,
    };
    let party = match (facts.about, direction) {
        (None, _) | (Some(_), Direction::Internal) => ApplicantParty::None,
        (Some(_), Direction::In) => ApplicantParty::Sender,
        (Some(_), Direction::Out) => ApplicantParty::Recipient,
    };
    // Only a document that is open, about somebody whose name may be known, shows a name.
    let party_screened = protection != Protection::Open || facts.about.is_some_and(is_hidden);
    Ok(Treatment { entry, protection, party, party_screened, retention: retention(facts), reason })
}

const fn is_hidden(exemption: Exemption) -> bool {
    matches!(exemption, Exemption::Granted | Exemption::Pending)
}

/// The direction: what the kind is by its nature, or what the sender says where the kind allows several.
fn direction(facts: &DocumentFacts) -> Result<Direction, Refused> {
    use DocumentKind as K;
    let (usual, fixed) = match facts.kind {
        K::Application | K::Cv | K::Testimonial | K::Complaint => (Direction::In, true),
        K::Offer | K::Rejection => (Direction::Out, true),
        K::PublicList | K::ExtendedList | K::JobAnalysis | K::InterviewMinutes | K::Recommendation => {
            (Direction::Internal, true)
        }
        K::Contract => (Direction::Out, false),
        K::Advert | K::ExpertAssessment | K::Reference | K::Decision | K::Note | K::Other => {
            (Direction::Internal, false)
        }
    };
    match facts.direction {
        Some(told) if fixed && told != usual => Err(Refused {
            code: FaultCode::InvalidContent,
            member: "retning",
            message: "does not fit this kind of document; leave it out",
        }),
        Some(told) => Ok(told),
        None => Ok(usual),
    }
}

fn protection(facts: &DocumentFacts) -> Result<(Protection, Reason), Refused> {
    use DocumentKind as K;
    match facts.kind {
        K::PublicList if facts.any_pending => Err(Refused {
            code: FaultCode::InvalidContent,
            member: "dokumenttype",
            message: "the public list is not taken while a request to be left out of it is undecided; decide it first",
        }),
        K::PublicList if facts.asked => Err(Refused {
            code: FaultCode::InvalidContent,
            member: "skjerming",
            message: "the public list of applicants is never screened (offentleglova § 25); leave it out",
        }),
        K::PublicList => Ok((Protection::Open, PUBLIC_LIST)),
        _ if facts.asked => Ok((Protection::AsAsked, ASKED)),
        K::JobAnalysis | K::Advert => Ok((Protection::Open, ABOUT_NO_APPLICANT)),
        K::Note | K::Other => match facts.notes_exempt {
            None => Err(Refused {
                code: FaultCode::ScreeningMissing,
                member: "skjerming",
                message: "no rule says how this kind is screened; send a screening with it",
            }),
            Some(false) if !may_name_hidden(facts) => Ok((Protection::Open, NOTES)),
            Some(false) => Ok((Protection::Exempt, APPLICANT_LEFT_OUT)),
            Some(true) => Ok((Protection::Exempt, NOTES)),
        },
        _ if facts.opened && may_name_hidden(facts) => Ok((Protection::Exempt, APPLICANT_LEFT_OUT)),
        _ if facts.opened => Ok((Protection::Open, OPENED)),
        _ => Ok((Protection::Exempt, APPOINTMENT)),
    }
}

/// Whether the document may name somebody who is not in the public list: the one it is about, or anybody when it is about no
/// single one.
fn may_name_hidden(facts: &DocumentFacts) -> bool {
    facts.about.map_or(facts.any_pending || facts.any_granted, is_hidden)
}

/// What must be kept for ever of an appointment case: both lists and the application of the person hired.
const fn retention(facts: &DocumentFacts) -> Retention {
    use DocumentKind as K;
    match facts.kind {
        K::PublicList | K::ExtendedList => Retention::Preserve,
        K::Application | K::Cv | K::Testimonial if facts.hired => Retention::Preserve,
        K::Application | K::Cv | K::Testimonial => Retention::AfterComplaints,
        _ => Retention::AsCase,
    }
}

/// What an exempt document hides, beside the words of its title that are names.
#[must_use]
pub fn hides() -> BTreeSet<Hides> {
    [Hides::Document, Hides::DocumentTitles, Hides::PartyNames].into()
}

#[cfg(test)]
mod tests;
