//! Everything the simulated SvarUt knows, and how it moves on with time.

use std::collections::{BTreeMap, BTreeSet};

use sakarkiv_core::{identity::Timestamp, routing::MailboxKind};
use uuid::Uuid;

use super::{
    progress::{self, View},
    settings::{Account, Contact, Integration, Opens, OrganisationFacts, Registration, Settings},
    shipment::{Endpoint, Landing, Party, Shipment, ShipmentStatus},
};
use crate::simulators::svarinn::{Mail, MailFile, Sender, SvarInnSim};

/// More steps than any shipment can take at once; a guard against settings that go round in circles.
const STEPS: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) accounts: BTreeMap<Uuid, Account>,
    pub(crate) integrations: BTreeMap<Uuid, Integration>,
    pub(crate) old_credentials: BTreeMap<String, (String, Uuid)>,
    pub(crate) contacts: BTreeMap<String, Contact>,
    pub(crate) organisations: BTreeMap<String, OrganisationFacts>,
    pub(crate) opens: BTreeMap<String, Opens>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) svarinn: Option<SvarInnSim>,
    /// What was sent, to recognise the same again.
    pub(crate) sent: BTreeSet<String>,
    shipments: Vec<Shipment>,
    by_id: BTreeMap<Uuid, usize>,
    by_reference: BTreeMap<String, Vec<usize>>,
    /// Those that something can still happen to.
    moving: BTreeSet<usize>,
}

impl World {
    pub(crate) fn shipments(&self) -> impl Iterator<Item = &Shipment> {
        self.shipments.iter()
    }

    pub(crate) fn add(&mut self, shipment: Shipment) {
        let index = self.shipments.len();
        self.by_id.insert(shipment.id, index);
        if let Some(reference) = &shipment.sending.ekstern_referanse {
            self.by_reference.entry(reference.clone()).or_default().push(index);
        }
        self.moving.insert(index);
        self.shipments.push(shipment);
    }

    /// A shipment that has come by now, where it is by now.
    pub(crate) fn find(&mut self, id: Uuid, now: Timestamp) -> Option<&mut Shipment> {
        let index = *self.by_id.get(&id)?;
        self.advance(index, now);
        self.shipments.get_mut(index).filter(|shipment| shipment.received <= now)
    }

    /// The shipments under a reference that have come by now, newest first.
    pub(crate) fn find_by_reference(&mut self, reference: &str, now: Timestamp) -> Vec<&Shipment> {
        let indexes = self.by_reference.get(reference).cloned().unwrap_or_default();
        for index in &indexes {
            self.advance(*index, now);
        }
        let found = indexes.iter().rev().filter_map(|index| self.shipments.get(*index));
        found.filter(|shipment| shipment.received <= now).collect()
    }

    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        for index in self.moving.clone() {
            self.advance(index, now);
        }
    }

    pub(crate) fn open(&mut self, id: Uuid, now: Timestamp) -> bool {
        let organisation =
            self.find(id, now).and_then(|shipment| shipment.sending.recipient_number().map(str::to_owned));
        let facts = self.organisation(organisation.as_deref().unwrap_or_default());
        let Some(shipment) = self.find(id, now).filter(|shipment| progress::can_be_opened(shipment, facts)) else {
            return false;
        };
        shipment.enter(now, ShipmentStatus::Read, "Lest av mottaker");
        shipment.opened = Some(now);
        true
    }

    pub(crate) fn force(&mut self, id: Uuid, status: ShipmentStatus, now: Timestamp) -> bool {
        let forced = self.find(id, now).map(|shipment| shipment.enter(now, status, "Endret av operatør")).is_some();
        if let Some(index) = self.by_id.get(&id) {
            self.moving.insert(*index);
        }
        forced
    }

    pub(crate) fn sign(&mut self, id: Uuid, signed: Uuid, now: Timestamp) -> bool {
        let Some(shipment) = self.waiting_for_signature(id, now) else { return false };
        shipment.signing.push((now, "SIGNERT_AV_MOTTAKER", "Signert av mottaker".to_owned()));
        let Some(organisation) = shipment.sending.svar_sendes_til.as_ref().and_then(|party| party.digital_id.clone())
        else {
            return true;
        };
        let document = shipment.sending.documents().iter().position(|document| document.skal_signeres == Some(true));
        let mut mail = Mail::new(format!("Signert: {}", shipment.sending.tittel), organisation.clone());
        mail.id = Some(signed);
        mail.answers = Some(id);
        mail.message_type = Some("ks.signertforsendelse".to_owned());
        mail.reference = shipment.sending.ekstern_referanse.clone();
        mail.files = document
            .and_then(|index| shipment.files.get(index))
            .and_then(|file| {
                Some(MailFile::new(format!("signert-{}", file.name), "application/pdf", file.facts.content.clone()?))
            })
            .into_iter()
            .collect();
        let receiver = progress::receiver(&self.registrations, &organisation, Some("ks.signertforsendelse"), 3);
        if let (Some(receiver), Some(svarinn)) = (receiver, &self.svarinn) {
            svarinn.deliver(&receiver.system, mail);
        }
        true
    }

    pub(crate) fn refuse_signature(&mut self, id: Uuid, now: Timestamp) -> bool {
        let waiting = self.waiting_for_signature(id, now);
        waiting
            .map(|shipment| shipment.signing.push((now, "AVVIST_AV_MOTTAKER", "Avvist av mottaker".to_owned())))
            .is_some()
    }

    pub(crate) fn organisation(&self, number: &str) -> OrganisationFacts {
        self.organisations.get(number).copied().unwrap_or_default()
    }

    fn waiting_for_signature(&mut self, id: Uuid, now: Timestamp) -> Option<&mut Shipment> {
        self.find(id, now)
            .filter(|shipment| shipment.signing.last().is_some_and(|(_, status, _)| *status == "VENTER_SIGNERING"))
    }

    /// Takes every step that is due.
    fn advance(&mut self, index: usize, now: Timestamp) {
        for _ in 0..STEPS {
            let Some(shipment) = self.shipments.get(index) else { return };
            let Some(view) = self.view(shipment) else { return };
            let step = progress::next(shipment, &view);
            let receiver = view.receiver.map(|receiver| receiver.system.clone());
            let Some(step) = step else {
                if *shipment.status() != ShipmentStatus::ReadyForReceiverSystem {
                    self.moving.remove(&index);
                }
                break;
            };
            if step.at > now {
                break;
            }
            let Some(shipment) = self.shipments.get_mut(index) else { return };
            if step.status == ShipmentStatus::Read {
                shipment.opened = Some(step.at);
            }
            if let Some(mailbox) = step.landing {
                shipment.landings.push(Landing { mailbox, at: step.at });
            }
            if step.landing == Some(MailboxKind::ReceiverSystem) {
                shipment.receiver = receiver;
                if let (Some(system), Some(svarinn)) = (&shipment.receiver, &self.svarinn) {
                    svarinn.deliver(system, mail_of(shipment));
                }
            }
            shipment.enter(step.at, step.status, step.event);
        }
        self.expire_signature(index, now);
    }

    fn expire_signature(&mut self, index: usize, now: Timestamp) {
        let Some(shipment) = self.shipments.get_mut(index) else { return };
        let waiting = shipment.signing.last().is_some_and(|(_, status, _)| *status == "VENTER_SIGNERING");
        if let Some(until) = shipment.sending.signering.as_ref().map(|signing| signing.signering_utloper)
            && waiting
            && until <= now
        {
            shipment.signing.push((until, "UTLOPT", "Signeringsoppdraget er utløpt".to_owned()));
        }
    }

    fn view<'a>(&'a self, shipment: &Shipment) -> Option<View<'a>> {
        let number = shipment.sending.recipient_number().unwrap_or_default();
        let level = if shipment.sending.highest_level() { 4 } else { 3 };
        let kind = shipment.sending.forsendelsestype.as_deref();
        let receiver = match shipment.endpoint {
            Endpoint::Organisation => progress::receiver(&self.registrations, number, kind, level),
            _ => None,
        };
        let waits = shipment.receiver.is_some();
        Some(View {
            settings: &self.settings,
            account: self.accounts.get(&shipment.account)?,
            contact: self.contacts.get(number).copied().unwrap_or_default(),
            organisation: self.organisation(number),
            opens: self.opens.get(number).copied().unwrap_or_default(),
            receiver,
            mail: self.svarinn.as_ref().filter(|_| waits).and_then(|svarinn| svarinn.peek(shipment.id)),
        })
    }
}

/// A shipment as its receiver system gets it.
fn mail_of(shipment: &Shipment) -> Mail {
    let sending = &shipment.sending;
    let recipient = sending.mottaker.clone().unwrap_or_default();
    let mut mail = Mail::new(sending.tittel.clone(), recipient.digital_id.unwrap_or_default());
    mail.id = Some(shipment.id);
    mail.recipient_name = recipient.navn;
    if let Some(reply_to) = &sending.svar_sendes_til {
        mail.sender = sender_of(reply_to);
        mail.reply_to = Some(sender_of(reply_to));
    }
    mail.reference = sending.ekstern_referanse.clone();
    mail.correlation = sending.korrelasjonsid.clone();
    mail.message_type = sending.forsendelsestype.clone();
    mail.sending_system = sending.avgivende_system.clone();
    mail.answers = sending.svar_pa_forsendelse_id;
    mail.highest_level = sending.highest_level();
    mail.confidential = sending.confidential();
    mail.sender_case = sending.metadata_fra_avleverende_system.clone().unwrap_or_default();
    mail.our_case = sending.metadata_for_import.clone().unwrap_or_default();
    let files = shipment.files.iter().zip(sending.documents());
    mail.files = files
        .filter_map(|(file, document)| {
            Some(MailFile::new(file.name.clone(), document.mime_type.clone(), file.facts.content.clone()?))
        })
        .collect();
    mail
}

fn sender_of(party: &Party) -> Sender {
    let number = party.digital_id.clone().unwrap_or_default();
    let mut sender = match party.kind.as_deref() {
        Some("PERSON") => Sender::person(party.navn.clone(), number),
        _ => Sender::organisation(party.navn.clone(), number),
    };
    if let Some(address) = &party.adresse {
        sender.address = address.adresselinje1.clone().unwrap_or_default();
        sender.place = (address.postnummer.clone().unwrap_or_default(), address.poststed.clone().unwrap_or_default());
    }
    sender
}
