//! Everything outside the office, as simulators, and our real adapters set up to work with it.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use sakarkiv_cms::{Identity, Keyring};
use sakarkiv_core::{
    delivery::{Letter, Recipient, Reference},
    identity::{AccountId, ChannelId, InboxId},
    ports::{Blobs, Dispatch, Reach},
    routing::{Coverage, MailboxKind, PrintSetting, Route, clear},
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{GrantKey, HttpService, Maskinporten, MaskinportenConfig};
use sakarkiv_svarut::{
    Surroundings, SvarUtChannel, SvarUtConfig,
    svarinn::{Protocol, SvarInn, SvarInnConfig},
};
use sakarkiv_testkit::{
    conformance::Samples,
    doubles::{ManualClock, SeededEntropy},
    memory::MemoryStore,
    simulators::{Account, Client, InProcess, Integration, MaskinportenSim, SvarInnSim, SvarUtSim},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Where the services are in the simulated network.
pub(crate) const SVARUT: &str = "https://svarut.test";
pub(crate) const SVARINN: &str = "https://svarinn.test";
pub(crate) const MASKINPORTEN: &str = "https://maskinporten.test";
pub(crate) const PASSWORD: &str = "bare-en-prove";

/// The services that a municipality's mail goes through.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    /// Our own clock, and that of everybody but SvarUt.
    pub(crate) clock: Arc<ManualClock>,
    /// What SvarUt takes for the time.
    pub(crate) svarut_clock: Arc<ManualClock>,
    pub(crate) maskinporten: MaskinportenSim,
    pub(crate) svarut: SvarUtSim,
    pub(crate) svarinn: SvarInnSim,
    pub(crate) network: InProcess,
}

/// A municipality as it is registered with these services.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Municipality {
    /// Its name as a tenant, as a client of Maskinporten and as a user of SvarInn.
    pub(crate) name: &'static str,
    pub(crate) organisation: &'static str,
    /// Our names for its sender accounts, and their ids at SvarUt.
    pub(crate) accounts: &'static [(&'static str, Uuid)],
    pub(crate) integration: Uuid,
    /// What its accounts do with mail that nobody opens, in our configuration's word.
    pub(crate) print: &'static str,
    key: fn() -> &'static Identity,
}

pub(crate) const BYPLAN: Uuid = Uuid::from_u128(0xA1);
pub(crate) const SKOLE: Uuid = Uuid::from_u128(0xA2);

/// The municipality of most tests.
pub(crate) const PROVEDAL: Municipality = Municipality {
    name: "provedal",
    organisation: "310000027",
    accounts: &[("byplan", BYPLAN), ("skole", SKOLE)],
    integration: Uuid::from_u128(0xB1),
    print: "digital_only",
    key: || {
        static KEY: OnceLock<Identity> = OnceLock::new();
        KEY.get_or_init(|| Identity::generate("Provedal kommune").unwrap())
    },
};

/// Another one, whose units and accounts have the same names.
pub(crate) const EKSEMPELVIK: Municipality = Municipality {
    name: "eksempelvik",
    organisation: "312000342",
    accounts: &[("byplan", Uuid::from_u128(0xC1)), ("skole", Uuid::from_u128(0xC2))],
    integration: Uuid::from_u128(0xD1),
    print: "print_when_unopened",
    key: || {
        static KEY: OnceLock<Identity> = OnceLock::new();
        KEY.get_or_init(|| Identity::generate("Eksempelvik kommune").unwrap())
    },
};

/// A Monday morning.
pub(crate) fn monday() -> Arc<ManualClock> {
    ManualClock::at("2026-09-14T08:00:00Z")
}

impl Outside {
    /// Services that know these municipalities and have no mail.
    pub(crate) fn new(clock: Arc<ManualClock>, municipalities: &[Municipality]) -> Self {
        Self::with_svarut_at(Arc::clone(&clock), clock, municipalities)
    }

    /// The same with a SvarUt that has a clock of its own.
    pub(crate) fn with_svarut_at(
        svarut_clock: Arc<ManualClock>,
        clock: Arc<ManualClock>,
        municipalities: &[Municipality],
    ) -> Self {
        let maskinporten = MaskinportenSim::new(clock.port());
        let svarut = SvarUtSim::new(svarut_clock.port(), &maskinporten);
        let svarinn = SvarInnSim::new(clock.port());
        let network = InProcess::hosts([
            ("maskinporten.test", maskinporten.router()),
            ("svarut.test", svarut.router()),
            ("svarinn.test", svarinn.router()),
        ]);
        let outside = Self { clock, svarut_clock, maskinporten, svarut, svarinn, network };
        municipalities.iter().for_each(|municipality| outside.register(municipality));
        outside
    }

    fn register(&self, municipality: &Municipality) {
        let (name, organisation) = (municipality.name, municipality.organisation);
        let key = (municipality.key)();
        self.maskinporten.add_client(Client::new(name, organisation).with_certificate(key.certificate_der()));
        for (account, konto) in municipality.accounts {
            let account = Account::new(*konto, *account, organisation);
            let prints = municipality.print == "print_when_unopened";
            self.svarut.add_account(if prints { account.printing_for_organisations() } else { account });
        }
        self.grant(municipality, PASSWORD);
        self.svarinn.add_system(name, PASSWORD, &[key.certificate_der()]).unwrap();
    }

    /// Gives the municipality's integration this password at SvarUt.
    pub(crate) fn grant(&self, municipality: &Municipality, password: &str) {
        self.svarut.add_integration(Integration {
            id: municipality.integration,
            password: password.to_owned(),
            organisation: municipality.organisation.to_owned(),
            accounts: municipality.accounts.iter().map(|(_, konto)| *konto).collect(),
        });
    }

    /// Time passes, for everybody.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
        if !Arc::ptr_eq(&self.clock, &self.svarut_clock) {
            self.svarut_clock.advance(time);
        }
    }

    /// How many calls wait on the clock at the services.
    pub(crate) fn stalled(&self) -> usize {
        self.maskinporten.stalled() + self.svarut.stalled() + self.svarinn.stalled()
    }

    pub(crate) fn http(&self) -> Arc<dyn HttpService> {
        Arc::new(self.network.clone())
    }

    /// The municipality's SvarUt in the simulated network.
    pub(crate) fn channel(&self, municipality: &Municipality) -> SvarUtChannel {
        self.channel_over(municipality, self.http(), (SVARUT, MASKINPORTEN))
    }

    /// The same over another network, which has SvarUt and Maskinporten at these addresses.
    pub(crate) fn channel_over(
        &self,
        municipality: &Municipality,
        http: Arc<dyn HttpService>,
        (svarut, maskinporten): (&str, &str),
    ) -> SvarUtChannel {
        let accounts: serde_json::Map<String, Value> = municipality
            .accounts
            .iter()
            .map(|(name, konto)| {
                ((*name).to_owned(), json!({"konto": konto, "print": municipality.print, "signing": true}))
            })
            .collect();
        let config: SvarUtConfig = serde_json::from_value(json!({
            "base_url": format!("{svarut}/api"),
            "integration_id": municipality.integration,
            "accounts": accounts,
        }))
        .unwrap();
        let entropy = Arc::new(SeededEntropy::new(11));
        let tokens = Maskinporten::new(
            self.tokens_of(municipality, maskinporten),
            self.grant_key(municipality),
            Arc::clone(&http),
            self.clock.port(),
            Arc::clone(&entropy) as _,
        );
        let surroundings = Surroundings { service: http, tokens: Arc::new(tokens), clock: self.clock.port(), entropy };
        SvarUtChannel::new(ChannelId::new("svarut").unwrap(), config, PASSWORD.into(), surroundings).unwrap()
    }

    pub(crate) fn grant_key(&self, municipality: &Municipality) -> GrantKey {
        let key = (municipality.key)();
        GrantKey::with_certificate(&key.private_key_pem().as_str().into(), &key.certificate_pem()).unwrap()
    }

    pub(crate) fn tokens_of(&self, municipality: &Municipality, maskinporten: &str) -> MaskinportenConfig {
        serde_json::from_value(json!({
            "token_url": format!("{maskinporten}/token"),
            "audience": self.maskinporten.issuer(),
            "client_id": municipality.name,
        }))
        .unwrap()
    }

    /// The municipality's SvarInn in the simulated network.
    pub(crate) fn inbox(&self, municipality: &Municipality, protocol: Protocol) -> SvarInn {
        self.inbox_over(municipality, protocol, self.http())
    }

    pub(crate) fn inbox_over(
        &self,
        municipality: &Municipality,
        protocol: Protocol,
        http: Arc<dyn HttpService>,
    ) -> SvarInn {
        let base = format!("{SVARINN}/tjenester").parse().unwrap();
        let mut config = SvarInnConfig::new(base, municipality.name, PASSWORD.into());
        config.protocol = protocol;
        let keyring = Keyring::new().with((municipality.key)().private_key_der(), None).unwrap();
        SvarInn::new(InboxId::new("svarinn").unwrap(), config, keyring, http, self.clock.port()).unwrap()
    }
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

/// Makes letters ready to be sent by the account `byplan`, with their documents in memory.
#[derive(Debug)]
pub(crate) struct Outbox {
    blobs: Arc<MemoryStore>,
    samples: Samples,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self { blobs: Arc::default(), samples: Samples::new(PROVEDAL.name) }
    }

    /// A letter with one document, cleared for one kind of mailbox.
    pub(crate) async fn letter(
        &mut self,
        to: (Recipient, SensitivityClass, MailboxKind),
        content: &[u8],
        change: impl FnOnce(&mut Letter),
    ) -> Dispatch {
        let (recipient, class, mailbox) = to;
        let document = self.samples.stage(self.blobs.as_ref(), content).await.unwrap();
        let mut letter = self.samples.letter(recipient, class, account("byplan"), document);
        change(&mut letter);
        let entry = self.samples.journal_entry(letter.entry, letter.case);
        let reach = Reach { mailboxes: vec![mailbox], print: PrintSetting::DigitalOnly };
        let route = Route { channel: ChannelId::new("svarut").unwrap(), account: account("byplan"), reach };
        let reference = Reference::of(letter.id);
        let (_, letter) = clear(letter, &[route], Coverage::Held).unwrap();
        Dispatch { letter, entry, reference, blobs: Arc::clone(&self.blobs) as Arc<dyn Blobs> }
    }
}

/// Runs a future to its end, jumping on in time whenever it waits. Only for what waits for nothing but the clock.
pub(crate) fn drive<T>(clock: &ManualClock, future: impl Future<Output = T>) -> T {
    drive_for(clock, usize::MAX, future).expect("it comes to an end")
}

/// Runs a future as [`drive`] does, but for so many turns at most. One that has not come to its end by then is dropped at the
/// await that it has come to, as by the death of its process.
pub(crate) fn drive_for<T>(clock: &ManualClock, mut turns: usize, future: impl Future<Output = T>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    while turns > 0 {
        if woken.0.swap(false, Ordering::SeqCst) {
            turns -= 1;
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(done);
            }
        } else {
            assert!(clock.advance_to_next_wake().is_some(), "it waits for nothing");
        }
    }
    None
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
