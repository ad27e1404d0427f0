use std::sync::Arc;

use sakarkiv_core::identity::{ChannelId, InboxId};
use sakarkiv_engine::{InboxTarget, OfficeBuilder, Policy, RecordsOffice, SetupError, TenantSetup};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{MailRoom, MemoryChannel, MemoryDisk, MemoryInbox, MemoryStore, PostOffice},
};

use crate::{
    log::signer,
    world::{account, tenant, unit},
};

fn builder() -> OfficeBuilder {
    RecordsOffice::builder()
        .store(Arc::new(MemoryStore::open(&MemoryDisk::default())))
        .clock(ManualClock::at("2026-09-14T08:00:00Z"))
        .entropy(Arc::new(SeededEntropy::new(1)))
        .notifier(Arc::new(RecordingNotifier::new()))
        .node("n1")
}

fn channel() -> Arc<MemoryChannel> {
    Arc::new(MemoryChannel::new(ChannelId::new("svarut").unwrap(), PostOffice::with_accounts([account("byplan")])))
}

fn refused(builder: OfficeBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn a_complete_set_up_is_taken() {
    assert!(builder().tenant(TenantSetup::new(tenant()).channel(channel(), [account("byplan")])).build().is_ok());
}

#[test]
fn what_is_missing_or_given_twice_is_named_with_the_remedy() {
    assert_eq!(RecordsOffice::builder().node("n1").build().unwrap_err(), SetupError::Missing("store"));
    assert_eq!(builder().node("").build().unwrap_err(), SetupError::Missing("node name"));
    assert_eq!(
        refused(builder().checkpoints(signer(), [])),
        "the office has no audit log, which checkpoints are made of: give one to the builder"
    );
    let twice = builder().tenant(TenantSetup::new(tenant())).tenant(TenantSetup::new(tenant()));
    assert_eq!(refused(twice), "tenant `bodo` was given twice: set each tenant up once");
    let setup = TenantSetup::new(tenant()).channel(channel(), []);
    assert_eq!(
        refused(builder().tenant(setup)),
        "channel `svarut` of tenant `bodo` has no accounts: name at least one"
    );
    let setup = TenantSetup::new(tenant()).channel(channel(), [account("byplan")]).channel(channel(), [account("x")]);
    assert!(refused(builder().tenant(setup)).contains("given twice to tenant `bodo`"));
    let setup = TenantSetup::new(tenant()).channel(channel(), [account("byplan"), account("byplan")]);
    assert!(refused(builder().tenant(setup)).contains("account `byplan` was named twice"));
    let inbox = || Arc::new(MemoryInbox::new(InboxId::new("svarinn").unwrap(), MailRoom::default()));
    let target = || InboxTarget::new(unit());
    let setup = TenantSetup::new(tenant()).inbox(inbox(), target()).inbox(inbox(), target());
    assert!(refused(builder().tenant(setup)).contains("inbox `svarinn` was given twice"));
}

#[test]
fn a_policy_that_would_never_wait_is_refused() {
    let mut policy = Policy::default();
    policy.back_off_first = std::time::Duration::ZERO;
    assert_eq!(refused(builder().policy(policy)), "`back_off_first` of the policy must not be zero");
    let mut policy = Policy::default();
    policy.breaker_threshold = 0;
    assert!(builder().policy(policy).build().is_err());
}

#[test]
fn a_running_office_can_be_handed_to_any_executor() {
    fn takes(_: impl Future<Output = ()> + Send + 'static) {}
    let office = builder().build().unwrap();
    takes(async move { office.run(std::future::pending()).await });
}
