//! Altinn with a municipality that sends and an organisation that receives.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use sakarkiv_altinn::{
    AltinnChannel, AltinnConfig, AltinnCoverage, AltinnCoverageConfig, AltinnInbox, AltinnInboxConfig, AltinnTokens,
    Surroundings,
};
use sakarkiv_cms::Identity;
use sakarkiv_core::{
    delivery::{Letter, Reference},
    identity::{AccountId, ChannelId, InboxId},
    ports::{Blobs, Dispatch, Reach},
    routing::{Coverage, PrintSetting, Route, clear},
};
use sakarkiv_http::{GrantKey, HttpService, Maskinporten, MaskinportenConfig};
use sakarkiv_testkit::{
    conformance::{SampleRecipient, Samples},
    doubles::{ManualClock, SeededEntropy},
    memory::MemoryStore,
    simulators::{
        Client, InProcess, MaskinportenSim,
        altinn::{Access, AltinnSim, Holder, Resource},
    },
};
use serde_json::{Value, json};

use crate::outside::{MASKINPORTEN, account, monday};

/// The municipality that sends.
pub(crate) const SENDER: &str = "314111222";
/// An organisation that receives.
pub(crate) const RECEIVER: &str = "312000342";
pub(crate) const ALTINN: &str = "https://platform.altinn.test";
pub(crate) const HOST: &str = "platform.altinn.test";
/// The sender's message services.
pub(crate) const LETTERS: &str = "eksempel-brev";
pub(crate) const CONFIDENTIAL: &str = "eksempel-taushetsbelagt";
/// Somebody else's services, by which the receiver gets mail.
pub(crate) const INCOMING: &str = "statens-brev";
pub(crate) const INCOMING_CONFIDENTIAL: &str = "statens-taushetsbelagt";

/// Everything outside.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) altinn: AltinnSim,
    pub(crate) network: InProcess,
    maskinporten: MaskinportenSim,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::at(monday())
    }

    pub(crate) fn at(clock: Arc<ManualClock>) -> Self {
        let maskinporten = MaskinportenSim::new(clock.port());
        let altinn = AltinnSim::new(clock.port(), &maskinporten);
        let network = InProcess::hosts([("maskinporten.test", maskinporten.router()), (HOST, altinn.router())]);
        Self::with(clock, maskinporten, altinn, network)
    }

    /// Everything that these tests need to be registered at services which are there already, in a network of the caller's.
    pub(crate) fn with(
        clock: Arc<ManualClock>,
        maskinporten: MaskinportenSim,
        altinn: AltinnSim,
        network: InProcess,
    ) -> Self {
        for (id, owner) in [(LETTERS, SENDER), (INCOMING, "991825827")] {
            altinn.add_resource(Resource::ordinary(id, owner));
        }
        for (id, owner) in [(CONFIDENTIAL, SENDER), (INCOMING_CONFIDENTIAL, "991825827")] {
            altinn.add_resource(Resource::confidential(id, owner));
        }
        for (name, organisation) in [("avsender", SENDER), ("mottaker", RECEIVER)] {
            let client = Client::new(name, organisation).with_certificate(key().certificate_der());
            let scopes = [
                "altinn:correspondence.write",
                "altinn:correspondence.read",
                "altinn:accessmanagement/authorizedparties",
                "altinn:accessmanagement/enduser:connections:toothers.read",
            ];
            maskinporten.add_client(scopes.into_iter().fold(client, Client::with_scope));
        }
        Self { clock, altinn, network, maskinporten }
    }

    /// Gives the receiver's own system access to its mail of both kinds.
    pub(crate) fn let_receiver_read(&self) {
        for access in [Access::ordinary(), Access::confidential()] {
            self.altinn.delegate(RECEIVER, access, Holder::OwnClient);
        }
    }

    pub(crate) fn http(&self) -> Arc<dyn HttpService> {
        Arc::new(self.network.clone())
    }

    fn surroundings(&self, client: &str, service: Arc<dyn HttpService>) -> Surroundings {
        let config: MaskinportenConfig = serde_json::from_value(json!({
            "token_url": format!("{MASKINPORTEN}/token"), "audience": self.maskinporten.issuer(), "client_id": client,
        }))
        .unwrap();
        let key =
            GrantKey::with_certificate(&key().private_key_pem().as_str().into(), &key().certificate_pem()).unwrap();
        // Each has random numbers of its own: two that make the same assertion are one too many for Maskinporten.
        static SEEDS: AtomicU64 = AtomicU64::new(1);
        let entropy = Arc::new(SeededEntropy::new(SEEDS.fetch_add(1, Ordering::Relaxed)));
        let (clock, entropy) = (self.clock.port(), entropy as Arc<dyn sakarkiv_core::ports::Entropy>);
        let maskinporten =
            Maskinporten::new(config, key, Arc::clone(&service), Arc::clone(&clock), Arc::clone(&entropy));
        let base = ALTINN.parse().unwrap();
        let tokens = AltinnTokens::new(base, Arc::new(maskinporten), Arc::clone(&service), Arc::clone(&clock));
        Surroundings { service, tokens: Arc::new(tokens), clock, entropy }
    }

    pub(crate) fn channel(&self) -> AltinnChannel {
        self.channel_with(self.http(), |_| {})
    }

    pub(crate) fn channel_with(&self, http: Arc<dyn HttpService>, change: impl FnOnce(&mut Value)) -> AltinnChannel {
        let mut config = json!({
            "base_url": ALTINN,
            "accounts": {"byplan": {
                "organisations": {"id": LETTERS},
                "persons": {"id": LETTERS, "highest_level": true},
                "confidential": {"id": CONFIDENTIAL, "service_name": "Taushetsbelagt post", "highest_level": true},
            }},
        });
        change(&mut config);
        let config: AltinnConfig = serde_json::from_value(config).unwrap();
        AltinnChannel::new(ChannelId::new("altinn").unwrap(), config, self.surroundings("avsender", http)).unwrap()
    }

    pub(crate) fn inbox(&self) -> AltinnInbox {
        self.inbox_with(self.http(), |_| {})
    }

    pub(crate) fn inbox_with(&self, http: Arc<dyn HttpService>, change: impl FnOnce(&mut Value)) -> AltinnInbox {
        let mut config = json!({
            "base_url": ALTINN, "organisation": RECEIVER,
            "services": [{"id": INCOMING}, {"id": INCOMING_CONFIDENTIAL, "confidential": true}],
        });
        change(&mut config);
        let config: AltinnInboxConfig = serde_json::from_value(config).unwrap();
        AltinnInbox::new(InboxId::new("altinn").unwrap(), config, self.surroundings("mottaker", http)).unwrap()
    }

    pub(crate) fn coverage(&self) -> AltinnCoverage {
        self.coverage_over(self.http())
    }

    pub(crate) fn coverage_over(&self, http: Arc<dyn HttpService>) -> AltinnCoverage {
        let config: AltinnCoverageConfig = serde_json::from_value(json!({
            "base_url": ALTINN, "organisations": [{"number": RECEIVER}], "services": [INCOMING_CONFIDENTIAL],
        }))
        .unwrap();
        AltinnCoverage::new(config, self.surroundings("mottaker", http))
    }
}

fn key() -> &'static Identity {
    static KEY: OnceLock<Identity> = OnceLock::new();
    KEY.get_or_init(|| Identity::generate("Eksempelvik kommune").unwrap())
}

pub(crate) fn byplan() -> AccountId {
    account("byplan")
}

/// Makes letters ready to be sent, with their documents in memory.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) blobs: Arc<MemoryStore>,
    samples: Samples,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { blobs: Arc::default(), samples: Samples::new("eksempelvik") }
    }

    /// A letter with one document, cleared for one kind of mailbox.
    pub(crate) async fn letter(
        &mut self,
        to: &SampleRecipient,
        content: &[u8],
        change: impl FnOnce(&mut Letter),
    ) -> Dispatch {
        let document = self.samples.stage(self.blobs.as_ref(), content).await.unwrap();
        let mut letter = self.samples.letter(to.recipient.clone(), to.sensitivity, byplan(), document);
        change(&mut letter);
        let entry = self.samples.journal_entry(letter.entry, letter.case);
        let reach = Reach { mailboxes: vec![to.mailbox], print: PrintSetting::DigitalOnly };
        let route = Route { channel: ChannelId::new("altinn").unwrap(), account: byplan(), reach };
        let reference = Reference::of(letter.id);
        let (_, letter) = clear(letter, &[route], Coverage::Held).unwrap();
        Dispatch { letter, entry, reference, blobs: Arc::clone(&self.blobs) as Arc<dyn Blobs> }
    }
}
