/// A kind of object that eInnsyn keeps, as far as a publisher meets it. The names are eInnsyn's own.
///
/// Users of the front end (`Bruker`), their saved cases and searches and feedback are left out: they never concern a
/// publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Entity {
    /// A key that a unit's programs show.
    ApiKey,
    /// An archive.
    Arkiv,
    /// A part of an archive.
    Arkivdel,
    /// The minutes of how a matter was treated.
    Behandlingsprotokoll,
    /// A document's description.
    Dokumentbeskrivelse,
    /// Where a document's file can be fetched.
    Dokumentobjekt,
    /// A unit: municipality, department, board.
    Enhet,
    /// Whom a member of a meeting stood in for.
    Identifikator,
    /// A request for access to one journal entry.
    Innsynskrav,
    /// An order of requests.
    InnsynskravBestilling,
    /// A journal entry.
    Journalpost,
    /// A class of a classification system.
    Klasse,
    /// A classification system.
    Klassifikasjonssystem,
    /// A sender or recipient of an entry.
    Korrespondansepart,
    /// A property (land register number).
    Matrikkelnummer,
    /// Somebody at a meeting.
    Moetedeltaker,
    /// A document of a whole meeting.
    Moetedokument,
    /// A meeting.
    Moetemappe,
    /// A matter before a meeting.
    Moetesak,
    /// A text of a matter before a meeting.
    Moetesaksbeskrivelse,
    /// A case.
    Saksmappe,
    /// An access code with its legal basis.
    Skjerming,
    /// The report on a matter.
    Utredning,
    /// A decision.
    Vedtak,
    /// A vote.
    Votering,
}

impl Entity {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::ApiKey,
        Self::Arkiv,
        Self::Arkivdel,
        Self::Behandlingsprotokoll,
        Self::Dokumentbeskrivelse,
        Self::Dokumentobjekt,
        Self::Enhet,
        Self::Identifikator,
        Self::Innsynskrav,
        Self::InnsynskravBestilling,
        Self::Journalpost,
        Self::Klasse,
        Self::Klassifikasjonssystem,
        Self::Korrespondansepart,
        Self::Matrikkelnummer,
        Self::Moetedeltaker,
        Self::Moetedokument,
        Self::Moetemappe,
        Self::Moetesak,
        Self::Moetesaksbeskrivelse,
        Self::Saksmappe,
        Self::Skjerming,
        Self::Utredning,
        Self::Vedtak,
        Self::Votering,
    ];

    /// The word in the member `entity`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// The first segment of its addresses.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.words().1
    }

    /// What its ids begin with, without the underscore.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        self.words().2
    }

    /// The kind that an eInnsyn id names by its prefix.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        let (prefix, rest) = id.split_once('_')?;
        let well_formed = rest.len() == 26 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Self::ALL.into_iter().find(|entity| well_formed && entity.prefix() == prefix)
    }

    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ApiKey => ("ApiKey", "apiKey", "key"),
            Self::Arkiv => ("Arkiv", "arkiv", "ark"),
            Self::Arkivdel => ("Arkivdel", "arkivdel", "arkd"),
            Self::Behandlingsprotokoll => ("Behandlingsprotokoll", "behandlingsprotokoll", "bp"),
            Self::Dokumentbeskrivelse => ("Dokumentbeskrivelse", "dokumentbeskrivelse", "db"),
            Self::Dokumentobjekt => ("Dokumentobjekt", "dokumentobjekt", "do"),
            Self::Enhet => ("Enhet", "enhet", "enh"),
            Self::Identifikator => ("Identifikator", "identifikator", "ide"),
            Self::Innsynskrav => ("Innsynskrav", "innsynskrav", "ikd"),
            Self::InnsynskravBestilling => ("InnsynskravBestilling", "innsynskravBestilling", "ik"),
            Self::Journalpost => ("Journalpost", "journalpost", "jp"),
            Self::Klasse => ("Klasse", "klasse", "kla"),
            Self::Klassifikasjonssystem => ("Klassifikasjonssystem", "klassifikasjonssystem", "ksys"),
            Self::Korrespondansepart => ("Korrespondansepart", "korrespondansepart", "kp"),
            Self::Matrikkelnummer => ("Matrikkelnummer", "matrikkelnummer", "mat"),
            Self::Moetedeltaker => ("Moetedeltaker", "moetedeltaker", "md"),
            Self::Moetedokument => ("Moetedokument", "moetedokument", "mdok"),
            Self::Moetemappe => ("Moetemappe", "moetemappe", "mm"),
            Self::Moetesak => ("Moetesak", "moetesak", "ms"),
            Self::Moetesaksbeskrivelse => ("Moetesaksbeskrivelse", "moetesaksbeskrivelse", "msb"),
            Self::Saksmappe => ("Saksmappe", "saksmappe", "sm"),
            Self::Skjerming => ("Skjerming", "skjerming", "skj"),
            Self::Utredning => ("Utredning", "utredning", "utr"),
            Self::Vedtak => ("Vedtak", "vedtak", "ved"),
            Self::Votering => ("Votering", "votering", "vot"),
        }
    }
}

/// What a call of the interface does, for faults to be armed and for the log. Objects made or listed below another one count
/// as their own kind: `POST /saksmappe/{id}/journalpost` is `Create(Journalpost)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Whose the key is.
    WhoAmI,
    /// Search.
    Search,
    /// The requests for access to one unit's entries.
    Requests,
    /// The requester confirms an order.
    Verify,
    /// One object.
    Get(Entity),
    /// A list of objects.
    List(Entity),
    /// A new object, or a link to an existing one.
    Create(Entity),
    /// A change.
    Update(Entity),
    /// A deletion, or taking away a link.
    Delete(Entity),
}

impl Action {
    /// Whether it is to change something.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Verify | Self::Create(_) | Self::Update(_) | Self::Delete(_))
    }
}
