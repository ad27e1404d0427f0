//! Our SvarUt held to the contract of a channel, before the simulators of SvarUt and Maskinporten.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId, SigningStage},
    document::{BlobRef, ContentHash},
    identity::AccountId,
    ports::{Channel, Clock, Stage},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{HttpService, ReqwestService, TransportConfig};
use sakarkiv_testkit::{
    conformance::{
        ChannelFault, ChannelHarness, PeerLetter, SampleRecipient, SampleSigner, addressee, company, person,
        run_channel,
    },
    doubles::ManualClock,
    simulators::{Contact, Fault, Registration, Server, ShipmentRecord, ShipmentStatus, Target, When, serve},
};
use uuid::Uuid;

use crate::outside::{Outside, PROVEDAL, account, drive, monday};

/// How the adapter reaches the simulators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// By plain calls, under the tests' clock.
    InProcess,
    /// Over sockets of this machine, as in earnest.
    Sockets,
}

/// Our SvarUt before simulators that are new for each case.
#[derive(Debug)]
pub(crate) struct SvarUtHarness {
    pub(crate) clock: Arc<ManualClock>,
    network: Network,
    present: Mutex<Option<Present>>,
}

#[derive(Debug)]
struct Present {
    outside: Outside,
    _servers: Vec<Server>,
}

impl SvarUtHarness {
    pub(crate) fn new(network: Network) -> Self {
        Self { clock: monday(), network, present: Mutex::default() }
    }

    pub(crate) fn outside(&self) -> Outside {
        self.present.lock().unwrap().as_ref().unwrap().outside.clone()
    }
}

#[async_trait]
impl ChannelHarness for SvarUtHarness {
    fn name(&self) -> String {
        format!("SvarUtChannel ({:?})", self.network)
    }

    async fn fresh(&self) -> Arc<dyn Channel> {
        let outside = Outside::new(Arc::clone(&self.clock), &[PROVEDAL]);
        outside.svarinn.add_system(RECEIVER, "passord", &[]).unwrap();
        let everything = Registration::everything(Uuid::from_u128(1), RECEIVER, number_of(&company(1)));
        outside.svarut.connect(&outside.svarinn, [everything]);
        outside.svarut.set_contact(number_of(&person(0)), Contact::DigitalMailbox);
        let (channel, servers) = match self.network {
            Network::InProcess => (outside.channel(&PROVEDAL), Vec::new()),
            Network::Sockets => {
                let svarut = serve(outside.svarut.router()).await.unwrap();
                let maskinporten = serve(outside.maskinporten.router()).await.unwrap();
                let at = (svarut.url.as_str(), maskinporten.url.as_str());
                (outside.channel_over(&PROVEDAL, sockets(), at), vec![svarut, maskinporten])
            }
        };
        *self.present.lock().unwrap() = Some(Present { outside, _servers: servers });
        Arc::new(channel)
    }

    fn account(&self) -> AccountId {
        account("byplan")
    }

    fn recipients(&self) -> Vec<SampleRecipient> {
        use MailboxKind as M;
        use SensitivityClass as C;
        let to = |recipient, sensitivity, mailbox| SampleRecipient { recipient, sensitivity, mailbox };
        vec![
            to(company(0), C::Open, M::OrganisationInbox),
            to(company(0), C::Confidential, M::ConfidentialInbox),
            to(company(0), C::StrictlyConfidential, M::ConfidentialInbox),
            to(company(1), C::StrictlyConfidential, M::ReceiverSystem),
            to(person(0), C::Open, M::CitizenMailbox),
            to(person(0), C::Confidential, M::CitizenMailbox),
            to(addressee(0), C::Restricted, M::Paper),
        ]
    }

    fn unknown_recipient(&self) -> Option<Recipient> {
        // SvarUt says of nobody beforehand that it does not know them.
        None
    }

    async fn received(&self, reference: &Reference) -> Vec<PeerLetter> {
        let outside = self.outside();
        // Long enough to land, too short for anything else.
        self.clock.advance(Duration::from_secs(90));
        outside.svarut.sent_under(reference.as_str()).iter().map(peer).collect()
    }

    async fn received_in_all(&self) -> usize {
        self.outside().svarut.shipments().len()
    }

    fn offers(&self, fault: ChannelFault) -> bool {
        // Over sockets the clock does not go on by itself.
        fault != ChannelFault::Slow || self.network == Network::InProcess
    }

    async fn arm(&self, fault: ChannelFault) {
        let outside = self.outside();
        let faults = outside.svarut.faults();
        match fault {
            ChannelFault::DropAnswer => faults.arm(Target::Sends, When::Next(1), Fault::DropAfter),
            ChannelFault::DropRequest => faults.arm(Target::Sends, When::Next(1), Fault::DropBefore),
            ChannelFault::Refuse => faults.arm(Target::Sends, When::Next(1), Fault::status(400)),
            ChannelFault::Busy(wait) => faults.arm(Target::Any, When::Next(1), Fault::too_many_requests(wait)),
            // Once more with a new token, and then that is it.
            ChannelFault::Unauthorised => faults.arm(Target::Any, When::Next(2), Fault::status(401)),
            ChannelFault::Slow => {
                faults.arm(Target::Sends, When::Next(1), Fault::StallAfter(Duration::from_secs(3600)))
            }
            ChannelFault::ReceiverSystemGone => return outside.svarut.disconnect(RECEIVER),
            other => panic!("{other:?} is not arranged here"),
        };
    }

    fn stages(&self) -> Vec<Stage> {
        STAGES.iter().map(|(stage, _)| *stage).collect()
    }

    async fn bring_to(&self, id: &RemoteId, stage: Stage) {
        let (_, status) = STAGES.iter().find(|(known, _)| *known == stage).unwrap();
        let status = status.clone().unwrap_or_else(|| ShipmentStatus::Other("LEST_AV_NABOEN".to_owned()));
        assert!(self.outside().svarut.force_status(id.0.parse().unwrap(), status));
    }

    fn signer(&self) -> Option<SampleSigner> {
        let (sensitivity, mailbox) = (SensitivityClass::Open, MailboxKind::CitizenMailbox);
        let to = SampleRecipient { recipient: person(0), sensitivity, mailbox };
        Some(SampleSigner { to, expires: self.clock.now() + SIGNING_TIME })
    }

    fn signing_stages(&self) -> Vec<SigningStage> {
        vec![SigningStage::Waiting, SigningStage::Signed, SigningStage::Declined, SigningStage::Expired]
    }

    async fn bring_signing_to(&self, id: &RemoteId, stage: SigningStage) {
        let (svarut, id) = (self.outside().svarut, id.0.parse().unwrap());
        match stage {
            SigningStage::Signed => assert!(svarut.sign(id)),
            SigningStage::Declined => assert!(svarut.refuse_signature(id)),
            SigningStage::Expired => self.clock.advance(SIGNING_TIME),
            _ => {}
        }
    }
}

/// Each stage with the status by which SvarUt tells it; a word nobody knows for the last.
const STAGES: [(Stage, Option<ShipmentStatus>); 11] = [
    (Stage::Accepted, Some(ShipmentStatus::Accepted)),
    (Stage::Delivered(Some(MailboxKind::OrganisationInbox)), Some(ShipmentStatus::DeliveredInAltinn)),
    (Stage::Delivered(Some(MailboxKind::ReceiverSystem)), Some(ShipmentStatus::ReadyForReceiverSystem)),
    (Stage::Delivered(Some(MailboxKind::CitizenMailbox)), Some(ShipmentStatus::DeliveredInMailbox)),
    (Stage::SentToPrint, Some(ShipmentStatus::SentToPrint)),
    (Stage::Printed, Some(ShipmentStatus::Printed)),
    (Stage::Opened, Some(ShipmentStatus::Read)),
    (Stage::Rejected, Some(ShipmentStatus::Rejected)),
    (Stage::Undeliverable, Some(ShipmentStatus::NotDelivered)),
    (Stage::Closed, Some(ShipmentStatus::HandledManually)),
    (Stage::Unrecognised, None),
];

const RECEIVER: &str = "mottaker";
/// How long orders can be signed.
const SIGNING_TIME: Duration = Duration::from_secs(2 * 86_400);

fn peer(shipment: &ShipmentRecord) -> PeerLetter {
    let landed = shipment.landings.last().map_or(MailboxKind::Paper, |landing| landing.mailbox);
    let mut letter = PeerLetter::new(RemoteId(shipment.id.to_string()), landed);
    letter.effective = !shipment.status.is_rejected() && shipment.status != ShipmentStatus::NotDelivered;
    letter.readable = letter.effective;
    let documents = shipment.files.iter();
    letter.documents = Some(
        documents.map(|file| BlobRef { hash: ContentHash::parse(&file.sha256).unwrap(), size: file.size }).collect(),
    );
    letter
}

pub(crate) fn number_of(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Organisation { number, .. } => number.as_str().to_owned(),
        Recipient::Person { number, .. } => number.digits().to_owned(),
        Recipient::Addressee { .. } => panic!("an addressee has no number"),
    }
}

/// The real network of this machine.
pub(crate) fn sockets() -> Arc<dyn HttpService> {
    let mut config = TransportConfig::default();
    config.allow_loopback_http = true;
    Arc::new(ReqwestService::new(&config).unwrap())
}

#[test]
fn it_keeps_the_contract_of_a_channel() {
    let harness = SvarUtHarness::new(Network::InProcess);
    let clock = Arc::clone(&harness.clock);
    let report = drive(&clock, run_channel(&harness));
    println!("{report}");
    report.assert_conforms();
    assert_eq!(report.not_applicable(), 1, "all but somebody unknown applies");
}

#[tokio::test]
async fn it_keeps_the_contract_over_sockets_too() {
    let report = run_channel(&SvarUtHarness::new(Network::Sockets)).await;
    println!("{report}");
    report.assert_conforms();
    assert_eq!(report.not_applicable(), 2, "all but somebody unknown and slowness applies");
}
