//! The words of the contract.

use std::fmt;

/// A closed list of words: what is not in it is a fault, because the contract is ours and versioned.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$item])* $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value of a word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// What happened at the recruitment system (hendelse).
    Event {
        /// The vacancy has a case.
        CaseOpened = "sak.opprettet";
        /// Facts of the case changed.
        CaseChanged = "sak.endret";
        /// Documents are ready.
        DocumentReady = "dokument.klart";
        /// Documents take the place of earlier versions. What is archived stays; the new version is an entry of its own.
        DocumentReplaced = "dokument.erstattet";
        /// Documents were withdrawn by the source. What is archived stays, with a remark.
        DocumentWithdrawn = "dokument.trukket";
        /// The recruitment is over.
        CaseClosed = "sak.avsluttet";
        /// The vacancy was cancelled. Nothing is deleted.
        CaseCancelled = "sak.avlyst";
    }
}

words! {
    /// What a document is (dokumenttype).
    DocumentKind {
        /// Analysis of the position.
        JobAnalysis = "jobbanalyse";
        /// The advert.
        Advert = "utlysning";
        /// The public list of applicants (offentleglova § 25 second paragraph).
        PublicList = "offentlig-soekerliste";
        /// The extended list, for those who judge.
        ExtendedList = "utvidet-soekerliste";
        /// An application.
        Application = "soeknad";
        /// A curriculum vitae.
        Cv = "cv";
        /// A testimonial or diploma.
        Testimonial = "attest";
        /// An expert's assessment.
        ExpertAssessment = "sakkyndig-vurdering";
        /// Minutes of an interview.
        InterviewMinutes = "intervjureferat";
        /// What a referee said.
        Reference = "referanse";
        /// The recommendation (innstilling).
        Recommendation = "innstilling";
        /// The decision.
        Decision = "vedtak";
        /// An offer.
        Offer = "tilbudsbrev";
        /// A rejection.
        Rejection = "avslag";
        /// The contract of employment.
        Contract = "arbeidsavtale";
        /// A complaint.
        Complaint = "klage";
        /// A note.
        Note = "notat";
        /// Something else.
        Other = "annet";
    }
}

words! {
    /// Where a document goes (retning).
    Direction {
        /// To us.
        In = "inn";
        /// From us.
        Out = "ut";
        /// Within the organisation.
        Internal = "internt";
    }
}

words! {
    /// Whether an applicant is left out of the public list (unntakOffentlighet, offentleglova § 25 second paragraph).
    Exemption {
        /// Not asked for.
        NotAsked = "ikke-bedt";
        /// Asked for, not decided.
        Pending = "under-behandling";
        /// Granted.
        Granted = "innvilget";
        /// Refused; the applicant was told.
        Refused = "avslaatt";
    }
}

words! {
    /// How far an applicant has come (status).
    ApplicantStatus {
        /// Takes part.
        Active = "aktiv";
        /// Withdrew.
        Withdrawn = "trukket";
        /// Recommended.
        Recommended = "innstilt";
        /// Was made an offer.
        Offered = "tilbudt";
        /// Hired.
        Hired = "ansatt";
        /// Rejected.
        Rejected = "avslag";
    }
}

words! {
    /// Gender (kjoenn), which the public list counts.
    Gender {
        /// Woman.
        Woman = "kvinne";
        /// Man.
        Man = "mann";
        /// Another.
        Another = "annet";
        /// Not known.
        Unknown = "ukjent";
    }
}

words! {
    /// What became of a delivery (status).
    DeliveryState {
        /// Taken in, not looked at.
        Received = "mottatt";
        /// Waits for an earlier delivery or for the archive.
        Waiting = "paa-vent";
        /// Archived.
        Archived = "arkivert";
        /// Some documents are archived, others not.
        PartlyArchived = "delvis-arkivert";
        /// Refused for good: the sender must change something.
        Refused = "avvist";
        /// Given up after retries; an operator can resume it.
        Failed = "feilet";
    }
}

words! {
    /// What became of one document.
    DocumentState {
        /// Archived.
        Archived = "arkivert";
        /// Was archived before.
        Existing = "eksisterende";
        /// Refused.
        Refused = "avvist";
        /// Not archived yet.
        Waiting = "venter";
    }
}

words! {
    /// What became of the case.
    CaseResult {
        /// Opened by this delivery.
        Opened = "opprettet";
        /// Was there, unchanged.
        Existing = "eksisterende";
        /// Was there and was changed.
        Updated = "oppdatert";
    }
}

words! {
    /// What is wrong (kode), for the sender's program.
    FaultCode {
        /// The schema or a rule of the business is broken.
        InvalidContent = "ugyldig-innhold";
        /// Names a case that the archive does not have.
        UnknownCase = "ukjent-sak";
        /// The organisation is not set up.
        UnknownOrganisation = "ukjent-virksomhet";
        /// An id used again with other content, or several cases match.
        Conflict = "konflikt";
        /// The bytes have another checksum or size.
        ChecksumDiffers = "sjekksum-avvik";
        /// The bytes are missing.
        FileMissing = "fil-mangler";
        /// The format is not taken.
        FormatRefused = "format-ikke-tillatt";
        /// A scanner found something.
        Virus = "virus";
        /// No rule says how a document of this kind is screened.
        ScreeningMissing = "skjerming-mangler";
        /// The archive cannot be reached.
        ArchiveUnavailable = "arkiv-utilgjengelig";
        /// An earlier delivery of the case is missing.
        SequenceBroken = "sekvensbrudd";
        /// Our own fault.
        Internal = "intern-feil";
    }
}

impl FaultCode {
    /// Whether the same delivery may succeed later.
    #[must_use]
    pub const fn retry(self) -> bool {
        matches!(self, Self::ArchiveUnavailable | Self::SequenceBroken | Self::Internal)
    }

    /// The HTTP status of an answer that tells it. What can be retried is taken in and waits.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::UnknownOrganisation => 403,
            Self::UnknownCase => 404,
            Self::Conflict => 409,
            Self::SequenceBroken | Self::ArchiveUnavailable => 202,
            Self::Internal => 500,
            Self::InvalidContent
            | Self::ChecksumDiffers
            | Self::FileMissing
            | Self::FormatRefused
            | Self::Virus
            | Self::ScreeningMissing => 422,
        }
    }
}

impl DeliveryState {
    /// Whether the source need not keep the delivery any longer.
    #[must_use]
    pub const fn ends(self) -> bool {
        !matches!(self, Self::Received | Self::Waiting)
    }
}

impl DocumentKind {
    /// The name people know it by, for titles.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobAnalysis => "Jobbanalyse",
            Self::Advert => "Utlysning",
            Self::PublicList => "Offentlig søkerliste",
            Self::ExtendedList => "Utvidet søkerliste",
            Self::Application => "Søknad",
            Self::Cv => "CV",
            Self::Testimonial => "Attest",
            Self::ExpertAssessment => "Sakkyndig vurdering",
            Self::InterviewMinutes => "Intervjureferat",
            Self::Reference => "Referanse",
            Self::Recommendation => "Innstilling",
            Self::Decision => "Vedtak",
            Self::Offer => "Tilbudsbrev",
            Self::Rejection => "Avslag",
            Self::Contract => "Arbeidsavtale",
            Self::Complaint => "Klage",
            Self::Note => "Notat",
            Self::Other => "Dokument",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_and_no_two_are_the_same() {
        for kind in DocumentKind::ALL {
            assert_eq!(DocumentKind::of_word(kind.word()), Some(*kind));
        }
        for code in FaultCode::ALL {
            assert_eq!(FaultCode::of_word(code.word()), Some(*code));
        }
        assert_eq!(DocumentKind::of_word("Soeknad"), None);
    }

    #[test]
    fn what_may_be_tried_again_is_never_a_plain_refusal() {
        for code in FaultCode::ALL {
            assert_eq!(code.retry(), matches!(code.status(), 202 | 500), "{code}");
        }
    }
}
