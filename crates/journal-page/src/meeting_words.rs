//! The words of the pages about meetings, in Bokmål and Nynorsk.

use sakarkiv_core::{
    calendar::oslo_datetime,
    identity::Timestamp,
    publication::{MeetingDocumentKind, MeetingItemKind, VoteCast},
};

use crate::{settings::Language, words::Words};

/// Every text about meetings, in one language.
#[derive(Debug)]
pub(crate) struct MeetingWords {
    pub(crate) meetings: &'static str,
    pub(crate) intro: &'static str,
    pub(crate) list: &'static str,
    pub(crate) meeting: &'static str,
    pub(crate) committee: &'static str,
    pub(crate) number: &'static str,
    pub(crate) starts: &'static str,
    pub(crate) place: &'static str,
    pub(crate) recording: &'static str,
    pub(crate) see_recording: &'static str,
    pub(crate) own_documents: &'static str,
    pub(crate) matters: &'static str,
    pub(crate) no_matters: &'static str,
    pub(crate) report: &'static str,
    pub(crate) recommendation: &'static str,
    pub(crate) decision: &'static str,
    pub(crate) proceedings: &'static str,
    pub(crate) votes: &'static str,
    pub(crate) voter: &'static str,
    pub(crate) function: &'static str,
    pub(crate) vote: &'static str,
    language: Language,
}

/// The words of a language.
pub(crate) const fn meeting_words(language: Language) -> &'static MeetingWords {
    match language {
        Language::Bokmaal => &BOKMAAL,
        Language::Nynorsk => &NYNORSK,
    }
}

impl MeetingWords {
    pub(crate) const fn document_kind(&self, kind: MeetingDocumentKind) -> &'static str {
        match (kind, self.language) {
            (MeetingDocumentKind::Invitation, _) => "Innkalling",
            (MeetingDocumentKind::FurtherInvitation, _) => "Tilleggsinnkalling",
            (MeetingDocumentKind::Minutes, _) => "Protokoll",
            (_, Language::Bokmaal) => "Annet",
            (_, Language::Nynorsk) => "Anna",
        }
    }

    pub(crate) const fn item_kind(&self, kind: MeetingItemKind) -> &'static str {
        match (kind, self.language) {
            (MeetingItemKind::Political, _) => "Politisk sak",
            (MeetingItemKind::Delegated, _) => "Delegert sak",
            (MeetingItemKind::Interpellation, _) => "Interpellasjon",
            (MeetingItemKind::Approval, _) => "Godkjenning",
            (MeetingItemKind::Orientation, _) => "Orientering",
            (MeetingItemKind::ForInformation, _) => "Referatsak",
            (MeetingItemKind::Meeting, _) => "Sak om møtet",
            (_, Language::Bokmaal) => "Annen sak",
            (_, Language::Nynorsk) => "Anna sak",
        }
    }

    /// The same in both languages.
    pub(crate) const fn cast(cast: VoteCast) -> &'static str {
        match cast {
            VoteCast::Yes => "Ja",
            VoteCast::No => "Nei",
            VoteCast::Blank => "Blankt",
        }
    }

    /// `mandag 14. september 2026 kl. 18.00`.
    pub(crate) fn moment(words: &Words, at: Timestamp) -> String {
        let local = oslo_datetime(at);
        format!("{} kl. {}", words.long_date(local.date_naive()), local.format("%H.%M"))
    }
}

const BOKMAAL: MeetingWords = MeetingWords {
    meetings: "Politiske møter",
    intro: "Møter i kommunens utvalg, med saker, dokumenter, vedtak og voteringer.",
    list: "Møter, de seneste først",
    meeting: "Møte",
    committee: "Utvalg",
    number: "Møtenummer",
    starts: "Begynner",
    place: "Sted",
    recording: "Opptak",
    see_recording: "Se opptaket",
    own_documents: "Møtedokumenter",
    matters: "Saksliste",
    no_matters: "Møtet har ingen publiserte saker.",
    report: "Saksutredning",
    recommendation: "Innstilling",
    decision: "Vedtak",
    proceedings: "Behandling",
    votes: "Votering",
    voter: "Navn",
    function: "Funksjon",
    vote: "Stemme",
    language: Language::Bokmaal,
};

const NYNORSK: MeetingWords = MeetingWords {
    meetings: "Politiske møte",
    intro: "Møte i utvala til kommunen, med saker, dokument, vedtak og røystingar.",
    list: "Møte, dei seinaste først",
    meeting: "Møte",
    committee: "Utval",
    number: "Møtenummer",
    starts: "Byrjar",
    place: "Stad",
    recording: "Opptak",
    see_recording: "Sjå opptaket",
    own_documents: "Møtedokument",
    matters: "Saksliste",
    no_matters: "Møtet har ingen publiserte saker.",
    report: "Saksutgreiing",
    recommendation: "Tilråding",
    decision: "Vedtak",
    proceedings: "Handsaming",
    votes: "Røysting",
    voter: "Namn",
    function: "Funksjon",
    vote: "Røyst",
    language: Language::Nynorsk,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn a_meeting_begins_by_the_clock_on_the_wall_in_norway() {
        for (at, told) in [
            ("2026-09-14T16:00:00Z", "mandag 14. september 2026 kl. 18.00"),
            ("2026-12-31T23:05:00Z", "fredag 1. januar 2027 kl. 00.05"),
        ] {
            assert_eq!(MeetingWords::moment(words(Language::Bokmaal), at.parse().unwrap()), told);
        }
    }
}
