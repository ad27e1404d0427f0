//! What one tenant of the office is given, and the check of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicU64},
};

use sakarkiv_core::{
    access::{AccessPolicy, User},
    identity::{AccountId, ActorId, SourceId, TenantId, UnitId},
    intake::RuleBook,
    integration::Integration,
    ports::{AccessCoverage, Channel, ConsignmentSource, Directory, Inbox},
    routing::RoutingPolicy,
    sensitivity::CodeTable,
};

use crate::{
    account::Account,
    builder::SetupError,
    consignments::Supplier,
    document_requests::{RequestDesk, RequestSource},
    inbox::Letterbox,
    office::Tenant,
    publishing::{Publication, Publishing},
    recipients::Register,
    registration::InboxTarget,
    signal::Signal,
    unopened::{FollowUp, ReportSink},
};

/// One tenant (base) of the office with its own ways out and in (R1.6). Nothing in it is shared with another tenant.
#[derive(Debug)]
#[must_use]
pub struct TenantSetup {
    id: TenantId,
    channels: Vec<(Arc<dyn Channel>, Vec<AccountId>)>,
    inboxes: Vec<(Arc<dyn Inbox>, InboxTarget)>,
    codes: CodeTable,
    coverage: Option<Arc<dyn AccessCoverage>>,
    directory: Option<Arc<dyn Directory>>,
    routing: RoutingPolicy,
    users: BTreeMap<ActorId, User>,
    access_policy: Option<AccessPolicy>,
    access_archive: Option<UnitId>,
    publication: Option<Publication>,
    requests: Vec<RequestSource>,
    follow_up: Option<FollowUp>,
    report_sink: Option<Arc<dyn ReportSink>>,
    sources: Vec<Arc<dyn ConsignmentSource>>,
    integrations: BTreeMap<SourceId, Integration>,
    rules: BTreeMap<SourceId, RuleBook>,
}

impl TenantSetup {
    /// A tenant without any way out or in.
    pub fn new(id: TenantId) -> Self {
        Self {
            id,
            channels: Vec::new(),
            inboxes: Vec::new(),
            codes: CodeTable::standard(),
            coverage: None,
            directory: None,
            routing: RoutingPolicy::default(),
            users: BTreeMap::new(),
            access_policy: None,
            access_archive: None,
            publication: None,
            requests: Vec::new(),
            follow_up: None,
            report_sink: None,
            sources: Vec::new(),
            integrations: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    /// Adds a source of consignments that is asked. It works only while its [integration](Self::integration) is live, by its
    /// [rules](Self::intake_rules).
    pub fn source(mut self, source: Arc<dyn ConsignmentSource>) -> Self {
        self.sources.push(source);
        self
    }

    /// Names an integration. It counts until the tenant's register of integrations has a record of it, which is then the
    /// only one that counts.
    pub fn integration(mut self, integration: Integration) -> Self {
        self.integrations.insert(integration.source.clone(), integration);
        self
    }

    /// The rules by which a source's consignments are filed, until an administrator stores others.
    pub fn intake_rules(mut self, rules: RuleBook) -> Self {
        self.rules.insert(rules.source.clone(), rules);
        self
    }

    /// Adds a way out with the sender accounts it knows. Channels that were added earlier are preferred where several reach
    /// the same mailbox.
    pub fn channel(mut self, channel: Arc<dyn Channel>, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        self.channels.push((channel, accounts.into_iter().collect()));
        self
    }

    /// Adds a way in and says where its mail goes.
    pub fn inbox(mut self, inbox: Arc<dyn Inbox>, target: InboxTarget) -> Self {
        self.inboxes.push((inbox, target));
        self
    }

    /// Says what the tenant's access codes mean; [`CodeTable::standard`] when left out.
    pub fn codes(mut self, codes: CodeTable) -> Self {
        self.codes = codes;
        self
    }

    /// Says how the tenant wants letters routed: from when on it uses the confidential service, and by which channel it
    /// prefers to reach it (R5.2). [`RoutingPolicy::default`] when left out.
    pub fn routing(mut self, policy: RoutingPolicy) -> Self {
        self.routing = policy;
        self
    }

    /// Tells who can open confidential mail (R5.5). Without it that is not known.
    pub fn coverage(mut self, coverage: Arc<dyn AccessCoverage>) -> Self {
        self.coverage = Some(coverage);
        self
    }

    /// The register in which recipients are looked up before each attempt to send (R8.7): nothing leaves to whom it does not
    /// know or holds for dead or struck off, and nothing goes on paper to an address that it protects. While it does not
    /// answer, what only few may read waits and other letters leave as they would without it. When it refuses us, operations
    /// get one notice until it answers again.
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Names a user, so that somebody can begin: a first administrator, the service user of an integration. It counts until
    /// the tenant's register has a record of that user, which is then the only one that counts.
    pub fn user(mut self, user: User) -> Self {
        self.users.insert(user.id.clone(), user);
        self
    }

    /// The access policy that counts until the register has one; [`AccessPolicy::standard`] when left out.
    pub fn access_policy(mut self, policy: AccessPolicy) -> Self {
        self.access_policy = Some(policy);
        self
    }

    /// How what lies unopened is followed up (R5.3–R5.6). Without it no report is made and no reminder sent.
    pub fn follow_up(mut self, follow_up: FollowUp) -> Self {
        self.follow_up = Some(follow_up);
        self
    }

    /// Who takes the finished reports. Without it they are counted, and owners are told what they have to do.
    pub fn reports(mut self, sink: Arc<dyn ReportSink>) -> Self {
        self.report_sink = Some(sink);
        self
    }

    /// The unit in whose case extended requests for access and their decisions are archived (R2.5), one case a year. Without
    /// it such requests cannot be judged.
    pub fn access_archive(mut self, unit: UnitId) -> Self {
        self.access_archive = Some(unit);
        self
    }

    /// Adds a place where requests for access to documents (innsynskrav) come in (R7.8). Its name counts among those of the
    /// inboxes.
    pub fn requests(mut self, source: RequestSource) -> Self {
        self.requests.push(source);
        self
    }

    /// What the tenant publishes in its public journals (R7). Without it nothing is published.
    pub fn publication(mut self, publication: Publication) -> Self {
        self.publication = Some(publication);
        self
    }
}

/// Checks the set-up and makes the tenant that the office works for.
pub(crate) fn tenant(setup: TenantSetup) -> Result<Tenant, SetupError> {
    let mut accounts: Vec<Account> = Vec::new();
    for (channel, names) in setup.channels {
        let (tenant, id) = (setup.id.clone(), channel.id().clone());
        if accounts.iter().any(|account| account.channel_id == id) {
            return Err(SetupError::ChannelTwice { tenant, channel: id });
        }
        if names.is_empty() {
            return Err(SetupError::NoAccounts { tenant, channel: id });
        }
        for account in names {
            if accounts.iter().any(|known| known.channel_id == id && known.id == account) {
                return Err(SetupError::AccountTwice { tenant, channel: id, account });
            }
            accounts.push(Account::new(tenant.clone(), Arc::clone(&channel), account));
        }
    }
    let mut letterboxes: Vec<Letterbox> = Vec::new();
    for (inbox, target) in setup.inboxes {
        let (tenant, inbox_id) = (setup.id.clone(), inbox.id().clone());
        if letterboxes.iter().any(|known| known.id == inbox_id) {
            return Err(SetupError::InboxTwice { tenant, inbox: inbox_id });
        }
        letterboxes.push(Letterbox::new(tenant, inbox, target));
    }
    let mut requests: Vec<RequestDesk> = Vec::new();
    for source in setup.requests {
        let taken = letterboxes.iter().any(|known| known.id == source.name);
        if taken || requests.iter().any(|known| known.source.name == source.name) {
            return Err(SetupError::InboxTwice { tenant: setup.id, inbox: source.name });
        }
        requests.push(RequestDesk::new(source));
    }
    if let Some(publication) = &setup.publication {
        let mut names = BTreeSet::new();
        if let Some(twice) = publication.publishers.iter().find(|target| !names.insert(&target.name)) {
            return Err(SetupError::PublisherTwice { tenant: setup.id, publisher: twice.name.clone() });
        }
    }
    if let Some(follow_up) = &setup.follow_up {
        check_follow_up(&setup.id, follow_up, &accounts)?;
    }
    let mut suppliers: Vec<Supplier> = Vec::new();
    for source in setup.sources {
        let (tenant, source_id) = (setup.id.clone(), source.id().clone());
        if suppliers.iter().any(|known| known.id == source_id) {
            return Err(SetupError::SourceTwice { tenant, source_id });
        }
        suppliers.push(Supplier::new(tenant, source));
    }
    Ok(Tenant {
        id: setup.id,
        suppliers,
        integrations: setup.integrations,
        rules: setup.rules,
        accounts,
        letterboxes,
        codes: setup.codes,
        coverage: setup.coverage,
        directory: setup.directory.map(Register::new),
        routing: setup.routing,
        notices: Signal::default(),
        founders: setup.users,
        founding_policy: setup.access_policy,
        access_archive: setup.access_archive,
        publishing: setup.publication.map(Publishing::new),
        requests,
        follow_up: setup.follow_up,
        report_sink: setup.report_sink,
        reports: Signal::default(),
        register: Signal::default(),
        log: Signal::default(),
        unsigned: AtomicU64::new(0),
    })
}

fn check_follow_up(tenant: &TenantId, follow_up: &FollowUp, accounts: &[Account]) -> Result<(), SetupError> {
    follow_up.limits.check().map_err(|source| SetupError::Limits { tenant: tenant.clone(), source })?;
    match follow_up.reminders.as_ref().map(|reminders| &reminders.sender.account) {
        Some(account) if !accounts.iter().any(|known| known.id == *account) => {
            Err(SetupError::ReminderAccount { tenant: tenant.clone(), account: account.clone() })
        }
        _ => Ok(()),
    }
}
