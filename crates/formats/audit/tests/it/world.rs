//! Logs, keys and chance, the same at each run.

use sakarkiv_audit::{
    Checkpoint, CheckpointSigner as _, Ed25519Signer, ExportHeader, ExportWriter, Frontier, Note, Origin, Salt,
    SealedEntry, VerifierKey,
};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, AuditOutcome, LogClass, ObjectRef},
    identity::{ActorId, CaseId, TenantId, Timestamp},
};
use uuid::Uuid;

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(crate) fn salt(&mut self) -> Salt {
        let words = [self.next(), self.next(), self.next(), self.next()].map(u64::to_be_bytes);
        Salt::from_bytes(words.concat().try_into().unwrap())
    }
}

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

pub(crate) fn signer() -> Ed25519Signer {
    Ed25519Signer::from_seed("arkiv.example.no/log", &[7; 32]).unwrap()
}

pub(crate) fn keys() -> Vec<VerifierKey> {
    vec![signer().key().clone()]
}

/// A log that is small enough to be bent a hundred thousand times.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) origin: Origin,
    pub(crate) cut: Frontier,
    pub(crate) entries: Vec<SealedEntry>,
}

impl Log {
    pub(crate) fn new(tenant_name: &str, class: LogClass, size: u64, random: &mut Random) -> Self {
        let origin = Origin::new("arkiv.example.no", tenant(tenant_name), class).unwrap();
        let entries = (0..size).map(|sequence| sealed(&event(tenant_name, class, sequence, random), sequence, random));
        Self { origin, cut: Frontier::new(), entries: entries.collect() }
    }

    pub(crate) fn frontier(&self) -> Frontier {
        self.entries.iter().fold(self.cut.clone(), |mut frontier, entry| {
            frontier.append(entry.leaf);
            frontier
        })
    }

    /// The log without what is below an entry.
    pub(crate) fn pruned_to(&self, start: u64) -> Self {
        let mut log = self.clone();
        while log.cut.size() < start {
            log.cut.append(log.entries.remove(0).leaf);
        }
        log
    }

    /// The log as it was when it had this many entries.
    pub(crate) fn as_of(&self, size: u64) -> Self {
        let mut log = self.clone();
        log.entries.truncate(usize::try_from(size - log.cut.size()).unwrap());
        log
    }

    pub(crate) fn checkpoint(&self) -> Note {
        let checkpoint = Checkpoint::of(self.origin.clone(), &self.frontier()).pruned_to(self.cut.size());
        checkpoint.sign(&signer()).unwrap()
    }

    pub(crate) fn export(&self, checkpoints: Vec<Note>) -> Vec<u8> {
        let header = ExportHeader::new(self.origin.clone(), self.cut.clone(), checkpoints);
        let mut writer = ExportWriter::new(Vec::new(), &header).unwrap();
        self.entries.iter().for_each(|entry| writer.entry(entry).unwrap());
        writer.finish().unwrap()
    }
}

pub(crate) fn opened(note: &Note) -> Checkpoint {
    note.open(&keys()).unwrap()
}

pub(crate) fn sealed(event: &AuditEvent, sequence: u64, random: &mut Random) -> SealedEntry {
    SealedEntry::seal_with(event, sequence, |_| random.salt()).unwrap()
}

/// The entry sealed anew, as somebody would who knows the format and wants it to look whole.
pub(crate) fn resealed(entry: &SealedEntry, sequence: u64, change: impl FnOnce(&mut AuditEvent)) -> SealedEntry {
    let mut event = entry.event().unwrap();
    change(&mut event);
    let salts = |name: &str| {
        let old = entry.fields.iter().find(|field| field.name == name).and_then(|field| field.opening.as_ref());
        old.map_or(Salt::from_bytes([1; 32]), |opening| opening.salt)
    };
    SealedEntry::seal_with(&event, sequence, salts).unwrap()
}

/// What happens in a log: for the log of the vectors a list of its own, so that they stay as they are when core learns of a new
/// activity.
fn activities(class: LogClass) -> Vec<Activity> {
    use Activity as A;
    match class {
        LogClass::AccessAndProcessing => vec![
            A::Created,
            A::Changed,
            A::StatusChanged,
            A::Deleted,
            A::Read,
            A::Printed,
            A::Exported,
            A::Published,
            A::Withdrawn,
        ],
        class => Activity::KNOWN.iter().filter(|activity| activity.log_class() == class).cloned().collect(),
    }
}

fn event(tenant_name: &str, class: LogClass, number: u64, random: &mut Random) -> AuditEvent {
    let activities = activities(class);
    let activity = activities[random.below(activities.len())].clone();
    let at = Timestamp::from_timestamp(1_789_459_200 + i64::try_from(number).unwrap(), 120_000_007).unwrap();
    let actor = ActorId::new(format!("u-{}", random.below(50))).unwrap();
    let case = ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(u128::from(random.next()))));
    let object = if random.below(4) == 0 { ObjectRef::Log } else { case };
    let mut event = AuditEvent::new(at, tenant(tenant_name), actor, activity, object);
    if random.below(3) > 0 {
        event = event.from_client(format!("ws-{}", random.below(30))).under_rule("responsible");
    }
    if random.below(5) == 0 {
        event = event.ended(AuditOutcome::Refused);
    }
    let details =
        [("purpose", "Klagebehandling «æøå»"), ("title", "Søknad om \"dispensasjon\""), ("old", ""), ("new", "B")];
    details
        .into_iter()
        .take(1 + random.below(4))
        .fold(event, |event, (name, value)| event.with_detail(name, format!("{value}{number}")))
}
