use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A role that a tenant gives its people. What each may do is the tenant's [`AccessPolicy`](super::AccessPolicy); the
/// defaults follow common municipal practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Case handler (saksbehandler).
    CaseHandler,
    /// Manager (leder, saksfordeler): distributes and follows up the work of a unit.
    Manager,
    /// Archivist (arkivar, AR2): registers, journals and screens.
    Archivist,
    /// Lead archivist (AR1): all functions and all access codes.
    LeadArchivist,
    /// Head archivist (arkivleder): as AR1, and decides who gets extended access (R2.5).
    HeadArchivist,
    /// System administrator (systemansvarlig): users and settings, no records.
    SystemAdministrator,
    /// Operator (driftsansvarlig): channels and their deliveries, no records.
    Operator,
    /// Reader (lesebruker).
    Reader,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::CaseHandler,
        Self::Manager,
        Self::Archivist,
        Self::LeadArchivist,
        Self::HeadArchivist,
        Self::SystemAdministrator,
        Self::Operator,
        Self::Reader,
    ];

    /// What the role may do where the tenant has not said otherwise.
    #[must_use]
    pub fn standard_rights(self) -> RoleRights {
        use DutyKind as D;
        use Reading as R;
        use Writing as W;
        let handler = [D::OpenCases, D::BreakGlass];
        let archivist = [D::OpenCases, D::BreakGlass, D::DecideRequests, D::OperateChannels, D::Publish];
        let lead = [D::ExportRecords, D::Review];
        match self {
            Self::Reader => RoleRights::new(R::Open, W::None, []),
            Self::CaseHandler => RoleRights::new(R::Screened, W::Own, handler),
            Self::Manager => RoleRights::new(R::Screened, W::Unit, handler),
            Self::Archivist => RoleRights::new(R::All, W::All, archivist),
            Self::LeadArchivist => RoleRights::new(R::Strict, W::All, archivist.into_iter().chain(lead)),
            Self::HeadArchivist => {
                let head = [D::DecideExtendedRequests, D::ManageUsers, D::ReadLog, D::ExportLog, D::EraseLogFields];
                RoleRights::new(R::Strict, W::All, archivist.into_iter().chain(lead).chain(head))
            }
            Self::SystemAdministrator => {
                RoleRights::new(R::None, W::None, [D::ManageUsers, D::SetRetention, D::OperateChannels, D::ReadLog])
            }
            Self::Operator => RoleRights::new(R::None, W::None, [D::OperateChannels]),
        }
    }
}

/// How far a role reads within its scope. Each step has those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Nothing.
    #[default]
    None,
    /// The internal journal: that a record exists, with number, date, status, unit and public title.
    Journal,
    /// Records that nothing keeps from the people of the tenant.
    Open,
    /// Records that a unit has an official need of: screened ones of an ordinary kind, and those the person is authorised
    /// for by access code or case kind.
    Screened,
    /// Every record but those only few may read.
    All,
    /// Every record.
    Strict,
}

impl Reading {
    /// Every step, from the least to the most.
    pub const ALL: [Self; 6] = [Self::None, Self::Journal, Self::Open, Self::Screened, Self::All, Self::Strict];
}

/// What a role writes within its scope, of what it may read. Each step has those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// Nothing.
    #[default]
    None,
    /// What the person is responsible for.
    Own,
    /// Everything that a unit has an official need of.
    Unit,
    /// Everything it may read, as the archive does.
    All,
}

impl Writing {
    /// Every step, from the least to the most.
    pub const ALL: [Self; 4] = [Self::None, Self::Own, Self::Unit, Self::All];
}

/// A kind of act that is not about one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DutyKind {
    /// Open cases.
    OpenCases,
    /// Hand in letters for a sender account.
    SendLetters,
    /// Operate channels: send again, stop, withdraw, see what failed.
    OperateChannels,
    /// Register users, their roles, groups and authorisations, and the policy.
    ManageUsers,
    /// Ask for access.
    RequestAccess,
    /// Decide requests for access.
    DecideRequests,
    /// Decide requests that are to be archived (R2.5): the head archivist's.
    DecideExtendedRequests,
    /// Read the log.
    ReadLog,
    /// Export the log.
    ExportLog,
    /// Erase personal content from the log.
    EraseLogFields,
    /// Set how long the log is kept.
    SetRetention,
    /// Review roles and channel accesses.
    Review,
    /// Export records.
    ExportRecords,
    /// Take access in an emergency.
    BreakGlass,
    /// Look after the public journal: release what the leak check holds back, withdraw, see what tomorrow brings (R7.7).
    Publish,
}

impl DutyKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::OpenCases,
        Self::SendLetters,
        Self::OperateChannels,
        Self::ManageUsers,
        Self::RequestAccess,
        Self::DecideRequests,
        Self::DecideExtendedRequests,
        Self::ReadLog,
        Self::ExportLog,
        Self::EraseLogFields,
        Self::SetRetention,
        Self::Review,
        Self::ExportRecords,
        Self::BreakGlass,
        Self::Publish,
    ];
}

/// What a role may do, within the scope it is given for.
///
/// JSON form: `{"reading": "screened", "writing": "own", "duties": ["open_cases"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct RoleRights {
    /// How far it reads.
    pub reading: Reading,
    /// What it writes.
    pub writing: Writing,
    /// Which other acts it may do.
    #[serde(default)]
    pub duties: BTreeSet<DutyKind>,
}

impl RoleRights {
    /// Rights of a role.
    #[must_use]
    pub fn new(reading: Reading, writing: Writing, duties: impl IntoIterator<Item = DutyKind>) -> Self {
        Self { reading, writing, duties: duties.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_roles_are_those_of_the_table() {
        let table: Vec<String> = Role::ALL
            .into_iter()
            .map(|role| {
                let rights = role.standard_rights();
                let json = serde_json::to_value((role, rights.reading, rights.writing, rights.duties)).unwrap();
                json.to_string().replace(['"', '[', ']'], "")
            })
            .collect();
        assert_eq!(
            table,
            [
                "case_handler,screened,own,open_cases,break_glass",
                "manager,screened,unit,open_cases,break_glass",
                "archivist,all,all,open_cases,operate_channels,decide_requests,break_glass,publish",
                "lead_archivist,strict,all,open_cases,operate_channels,decide_requests,review,export_records,break_glass,\
                 publish",
                "head_archivist,strict,all,open_cases,operate_channels,manage_users,decide_requests,\
                 decide_extended_requests,read_log,export_log,erase_log_fields,review,export_records,break_glass,\
                 publish",
                "system_administrator,none,none,operate_channels,manage_users,read_log,set_retention",
                "operator,none,none,operate_channels",
                "reader,open,none,",
            ]
        );
    }
}
