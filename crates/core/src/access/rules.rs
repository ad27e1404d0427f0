use crate::reason::Reason;

/// The rules of the decision, in the order they are asked. Each has a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each rule is told by its reason, in the table of the module")]
pub enum Rule {
    OtherTenant,
    SystemJob,
    UnknownUser,
    Inactive,
    ConsultancyOver,
    Barred,
    ServiceListed,
    ServiceUnlisted,
    NamedGrant,
    Emergency,
    Responsible,
    GroupMember,
    Archive,
    OpenRecord,
    UnitNeed,
    Authorised,
    FolderGrant,
    Journal,
    NoRole,
    NoNeed,
    ReadOnly,
}

impl Rule {
    /// Every rule, in the order they are asked.
    pub const ALL: [Self; 21] = [
        Self::OtherTenant,
        Self::SystemJob,
        Self::UnknownUser,
        Self::Inactive,
        Self::ConsultancyOver,
        Self::Barred,
        Self::ServiceListed,
        Self::ServiceUnlisted,
        Self::NamedGrant,
        Self::Emergency,
        Self::Responsible,
        Self::GroupMember,
        Self::Archive,
        Self::OpenRecord,
        Self::UnitNeed,
        Self::Authorised,
        Self::FolderGrant,
        Self::Journal,
        Self::NoRole,
        Self::NoNeed,
        Self::ReadOnly,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.reason().code
    }

    /// What the rule says, for people, and where it comes from.
    #[must_use]
    pub const fn reason(self) -> Reason {
        let (code, text, source) = match self {
            Self::OtherTenant => ("other_tenant", "nothing crosses from one tenant to another", "R1.6"),
            Self::SystemJob => ("system_job", "a job of the records office does its work", "R3.2"),
            Self::UnknownUser => ("unknown_user", "the access register of the tenant has no such user", "R2.1"),
            Self::Inactive => ("inactive", "the user is not active", "R2.8"),
            Self::ConsultancyOver => ("consultancy_over", "the agreed period of the consultant is over", "R2.6"),
            Self::Barred => {
                ("barred", "the user is kept from this record, whatever other rights say", "forvaltningsloven § 6")
            }
            Self::ServiceListed => ("service_listed", "the record is in the list of the service user", "R2.7"),
            Self::ServiceUnlisted => ("service_unlisted", "the record is not in the list of the service user", "R2.7"),
            Self::NamedGrant => ("named_grant", "a grant names this record", "R2.1"),
            Self::Emergency => ("emergency", "access was taken in an emergency and will be reviewed", "R2.1"),
            Self::Responsible => ("responsible", "the user is responsible for this record", "krav 4.1.11"),
            Self::GroupMember => ("group_member", "the user is a member of the record's own access group", "R2.1"),
            Self::Archive => ("archive", "the archive has access to the records it keeps", "R2.9"),
            Self::OpenRecord => ("open_record", "nothing keeps the record from the people of the tenant", "krav 4.5.1"),
            Self::UnitNeed => ("unit_need", "the unit of the user has an official need of its records", "R2.1"),
            Self::Authorised => {
                ("authorised", "the user is authorised for the access code or case kind, in this unit", "R2.1")
            }
            Self::FolderGrant => (
                "folder_grant",
                "a grant on the case lets its holder read what is neither screened nor grouped by itself",
                "R2.3",
            ),
            Self::Journal => ("journal", "the journal shows that the record exists, and its public title", "R2.1"),
            Self::NoRole => ("no_role", "the user has no role where the record belongs", "R2.1"),
            Self::NoNeed => {
                ("no_need", "nothing gives an official need of this record; access can be requested", "R2.1")
            }
            Self::ReadOnly => ("read_only", "reading does not include writing", "R2.2"),
        };
        Reason { code, text, source }
    }
}
