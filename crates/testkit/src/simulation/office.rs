//! The real office, put together over the simulated ports, and those who hand letters in.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    access::{Actor, ChannelRight, Role, RoleScope, User, UserKind},
    case::{CaseKind, NewCase},
    delivery::{LetterDocument, LetterOptions, Sender},
    document::{BlobRef, FileName, MediaType},
    identity::{AccountId, ActorId, ChannelId, InboxId, OrganisationNumber, PostalAddress, TenantId, UnitId},
    journal::{EntryKind, EntryStatus, NewEntry},
    ports::{Channel, Clock, Entropy, Inbox, Store},
    screening::Private,
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{Dispatches, InboxTarget, Policy, RecordsOffice, Submission, TenantSetup};

use super::{
    Scenario, Wrong,
    channel::SimChannel,
    inbox::{SimInbox, SimNotifier},
    kernel::{Kernel, Life, SimClock, SimEntropy},
    store::{Gate, Witness},
    world, wrong,
};
use crate::memory::{HookedStore, MemoryDisk, MemoryStore};

pub(super) const TENANT: &str = "bodo";
const ACCOUNT: &str = "byplan";

/// What a process is made of.
pub(super) struct Desk {
    pub(super) kernel: Arc<Kernel>,
    pub(super) life: Arc<Life>,
    pub(super) wrong: Option<Wrong>,
}

/// Puts the office of one process together.
pub(super) fn build(desk: &Desk, disk: &MemoryDisk) -> Option<(RecordsOffice, Arc<dyn Store>)> {
    let (kernel, life) = (&desk.kernel, &desk.life);
    let node = life.node;
    let disk: Arc<dyn Store> = Arc::new(MemoryStore::open(disk));
    let witness = Witness { kernel: Arc::clone(kernel), node };
    let store: Arc<dyn Store> = Arc::new(HookedStore::new(disk, witness));
    let store = wrong::store(desk, store);
    let gate = Gate { kernel: Arc::clone(kernel), life: Arc::clone(life) };
    let store: Arc<dyn Store> = Arc::new(HookedStore::new(store, gate));
    let clock: Arc<dyn Clock> = Arc::new(SimClock { kernel: Arc::clone(kernel), node });
    let entropy: Arc<dyn Entropy> = Arc::new(SimEntropy { kernel: Arc::clone(kernel), node });
    let channel = |name: &str, index| {
        let channel =
            SimChannel { kernel: Arc::clone(kernel), life: Arc::clone(life), id: ChannelId::new(name).ok()?, index };
        Some(wrong::channel(desk.wrong, Arc::new(channel), kernel))
    };
    let inbox: Arc<dyn Inbox> =
        Arc::new(SimInbox { kernel: Arc::clone(kernel), life: Arc::clone(life), id: InboxId::new("svarinn").ok()? });
    let account = AccountId::new(ACCOUNT).ok()?;
    let first: Arc<dyn Channel> = channel("svarut", 0)?;
    let mut tenant = TenantSetup::new(TenantId::new(TENANT).ok()?).channel(first, [account.clone()]).user(handler()?);
    let scenario = kernel.with(|core| core.plan.scenario);
    if scenario == Scenario::Mixed {
        tenant = tenant.channel(channel("utskrift", 1)?, [account]);
    }
    if kernel.with(|core| !core.world.items.is_empty()) {
        let target = InboxTarget::new(UnitId::new("postmottak").ok()?);
        tenant = tenant.inbox(wrong::inbox(desk.wrong, inbox), target);
    }
    let office = RecordsOffice::builder()
        .store(Arc::clone(&store))
        .clock(wrong::clock(desk.wrong, clock))
        .entropy(wrong::entropy(desk.wrong, entropy))
        .notifier(Arc::new(SimNotifier { kernel: Arc::clone(kernel), life: Arc::clone(life) }))
        .node(format!("node-{node}"))
        .policy(policy(scenario))
        .tenant(tenant)
        .build();
    office.ok().map(|office| (office, store))
}

/// A day is enough for a letter, and an idle office looks up once an hour: the simulated time that nothing happens in costs
/// nothing then.
fn policy(scenario: Scenario) -> Policy {
    let mut policy = Policy::default();
    policy.life_time = Duration::from_secs(if scenario == Scenario::Expiry { 3 * 3600 } else { 24 * 3600 });
    policy.max_sleep = Duration::from_secs(3600);
    policy.follow_up_cap = Duration::from_secs(3600);
    policy.fetch_retry_cap = Duration::from_secs(3600);
    policy
}

impl Desk {
    /// Those who hand letters in to this process. Whoever gets no answer hands in again, under the same key, to whichever
    /// process takes the place of a dead one.
    pub(super) async fn callers(&self, office: &RecordsOffice, store: &Arc<dyn Store>) {
        loop {
            let next = self.kernel.with(|core| {
                let open = core.world.submissions.iter().enumerate();
                let mine = open.filter(|(_, it)| it.promised.is_none() && it.node == self.life.node);
                mine.min_by_key(|(_, it)| it.at).map(|(nth, it)| (nth, it.clone()))
            });
            let Some((nth, submission)) = next else {
                // Letters of a process that is gone for good may still come here.
                self.kernel.wait(60 * 60_000).await;
                continue;
            };
            self.kernel.wait_until(submission.at).await;
            match self.hand_in(office, store, &submission).await {
                Some(letter) => self.kernel.with(|core| {
                    if let Some(submission) = core.world.submissions.get_mut(nth) {
                        submission.promised = Some(letter);
                    }
                }),
                None => self.kernel.wait(30_000).await,
            }
        }
    }

    async fn hand_in(
        &self,
        office: &RecordsOffice,
        store: &Arc<dyn Store>,
        letter: &world::Submission,
    ) -> Option<sakarkiv_core::identity::LetterId> {
        let actor = actor()?;
        let desk = office.as_user(&actor).ok()?;
        let mut case = NewCase::new(CaseKind::Building, "Proeveveien 1".into(), unit()?, actor.id.clone());
        case.case_handler = Some(actor.id.clone());
        let case = desk.open_case_once("sak-1", case).await.ok()?;
        let content = Bytes::from(letter.key.clone());
        let blob = store.put(&actor.tenant, stream::iter([Ok(content)]).boxed(), 100).await.ok()?;
        let mut entry = NewEntry::new(EntryKind::Outgoing, "Svar paa soeknad".into(), actor.id.clone());
        entry.status = EntryStatus::Finished;
        let submission = submission(letter, Dispatches::NewEntry { case, entry }, blob)?;
        desk.submit(submission).await.ok().map(|submitted| submitted.letter)
    }
}

fn submission(letter: &world::Submission, dispatches: Dispatches, blob: BlobRef) -> Option<Submission> {
    let mut options = LetterOptions::default();
    options.order_key.clone_from(&letter.order_key);
    Some(Submission {
        key: letter.key.clone(),
        dispatches,
        sender: Sender {
            account: AccountId::new(ACCOUNT).ok()?,
            unit: unit()?,
            name: "Byplan".to_owned(),
            organisation: OrganisationNumber::parse("310000027").ok()?,
            address: PostalAddress::new(["Proeveveien 1"], "8003", "Bodoe").ok()?,
        },
        recipient: letter.recipient.clone(),
        title: Private::new("Svar paa soeknad".to_owned()),
        sensitivity: letter.sensitivity,
        priority: letter.priority,
        options,
        documents: vec![LetterDocument {
            file_name: FileName::sanitize("vedtak.pdf"),
            media_type: MediaType::pdf(),
            blob,
            sensitive_personal_data: letter.sensitivity >= SensitivityClass::Confidential,
        }],
    })
}

fn actor() -> Option<Actor> {
    Some(Actor::new(TenantId::new(TENANT).ok()?, ActorId::new("saksbehandler-1").ok()?))
}

/// The case handler who hands letters in, with the rights it takes.
fn handler() -> Option<User> {
    let (actor, unit) = (actor()?, unit()?);
    let scope = RoleScope::Unit { unit: unit.clone(), with_sub_units: false };
    let user = User::founding(actor.tenant, actor.id, UserKind::Employee).in_unit(unit);
    Some(user.with_role(Role::CaseHandler, scope).with_account(AccountId::new(ACCOUNT).ok()?, ChannelRight::Send))
}

fn unit() -> Option<UnitId> {
    UnitId::new("byplan").ok()
}
