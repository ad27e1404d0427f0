//! Sealing audit events and verifying whole logs, without a store, against plain SHA-256 of the same bytes: what it costs
//! that nobody can bend the log.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{TimeDelta, TimeZone as _, Utc};
use sakarkiv::core::{
    audit::{Activity, AuditEvent, LogClass, ObjectRef},
    identity::{ActorId, CaseId, TenantId},
    ports::Entropy,
};
use sakarkiv_audit::{
    Checkpoint, CheckpointSigner as _, Ed25519Signer, ExportHeader, ExportWriter, Frontier, Note, Origin, SealedEntry,
    Verdict, Verifier, VerifierKey, verify,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::support::{Failed, Ratio, Setting, head, median, now, processor_time};

/// Entries a second and core that a whole log is to be verified with.
const LEAST_RATE: f64 = 1e6;

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (entries, rounds) = if setting.quick { (50_000, 3) } else { (200_000, 9) };
    let events: Vec<AuditEvent> = (0..entries).map(event).collect::<Result<_, _>>()?;
    let log = Log::of(&events)?;
    let contents: Vec<Vec<u8>> = log.entries.iter().map(content).collect();
    let bytes = contents.iter().map(Vec::len).sum::<usize>() / entries;
    head(&format!(
        "audit log, without a store: {entries} entries of {bytes} bytes, one thread, processor time; {rounds} rounds"
    ));
    let (mut seal, mut check, mut file) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let plain = rate(entries, || {
            for content in &contents {
                black_box(Sha256::digest(content));
            }
            Ok(())
        })?;
        seal.push((rate(entries, || sealed(&events))?, plain));
        check.push((rate(entries, || log.verified())?, plain));
        file.push((rate(entries, || log.verified_from_file())?, plain));
    }
    Ok(vec![
        ratio("audit: seal and append", &seal, None),
        ratio("audit: verify, from memory", &check, Some(LEAST_RATE)),
        ratio("audit: verify, from JSON Lines", &file, None),
    ])
}

fn ratio(work: &'static str, pairs: &[(f64, f64)], least: Option<f64>) -> Ratio {
    let (ours, plain) = (median(pairs.iter().map(|pair| pair.0)), median(pairs.iter().map(|pair| pair.1)));
    println!("  {work}: {:.2} million entries/s; plain SHA-256 {:.2} million/s", ours / 1e6, plain / 1e6);
    Ratio {
        work,
        ours: format!("{:.2} million/s", ours / 1e6),
        theirs: format!("plain SHA-256 {:.2} million/s", plain / 1e6),
        ratio: Some(median(pairs.iter().map(|(ours, plain)| ours / plain))),
        aim: if least.is_some() { "1 million/s" } else { "for comparison over time" },
        reached: least.map(|least| ours >= least),
    }
}

/// A sealed log, its checkpoint, and itself as a file.
struct Log {
    entries: Vec<SealedEntry>,
    header: ExportHeader,
    key: VerifierKey,
    file: Vec<u8>,
}

impl Log {
    fn of(events: &[AuditEvent]) -> Result<Self, Failed> {
        let (entries, frontier) = sealed(events)?;
        let signer = Ed25519Signer::from_seed("arkiv.example.no/log", &[7; 32])?;
        let origin = Origin::new("arkiv.example.no", TenantId::new("bodo")?, LogClass::AccessAndProcessing)?;
        let note: Note = Checkpoint::of(origin.clone(), &frontier).sign(&signer)?;
        let header = ExportHeader::new(origin, Frontier::new(), vec![note]);
        let mut writer = ExportWriter::new(Vec::new(), &header)?;
        entries.iter().try_for_each(|entry| writer.entry(entry))?;
        Ok(Self { file: writer.finish()?, key: signer.key().clone(), entries, header })
    }

    fn verified(&self) -> Result<(), Failed> {
        let keys = std::slice::from_ref(&self.key);
        let mut verifier = Verifier::new(&self.header, keys, &[]).map_err(|finding| finding.to_string())?;
        self.entries.iter().try_for_each(|entry| verifier.entry(entry)).map_err(|finding| finding.to_string())?;
        verifier.finish(None).map_err(|finding| finding.to_string())?;
        Ok(())
    }

    fn verified_from_file(&self) -> Result<(), Failed> {
        match verify(&self.file[..], std::slice::from_ref(&self.key), &[])? {
            Verdict::Sound(_) => Ok(()),
            Verdict::Tampered(finding) => Err(finding.to_string().into()),
        }
    }
}

/// Seals events and grows the tree with them, as a store does within its transaction.
fn sealed(events: &[AuditEvent]) -> Result<(Vec<SealedEntry>, Frontier), Failed> {
    let entropy = Counter(AtomicU64::new(1));
    let mut frontier = Frontier::new();
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        let entry = SealedEntry::seal(event, frontier.size(), &entropy)?;
        black_box(frontier.append_recording(entry.leaf));
        entries.push(entry);
    }
    Ok((entries, frontier))
}

/// A read of a case, with its purpose and the unit it was for.
fn event(number: usize) -> Result<AuditEvent, Failed> {
    let at = Utc.timestamp_opt(1_789_459_200, 0).single().ok_or("no such moment")?;
    let at = at + TimeDelta::milliseconds(i64::try_from(number)?);
    let case = ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(number as u128)));
    let actor = ActorId::new(format!("u-{}", number % 1000))?;
    Ok(AuditEvent::new(at, TenantId::new("bodo")?, actor, Activity::Read, case)
        .from_client(format!("ws-{}", number % 700))
        .under_rule("responsible")
        .with_detail("purpose", "Klagebehandling etter forvaltningsloven kapittel VI, brev mottatt i dag")
        .with_detail("unit", "Byplan og byggesak"))
}

/// What an entry says, in one piece, as a log without fields, tree and commitments would hash it.
fn content(entry: &SealedEntry) -> Vec<u8> {
    let header = &entry.header;
    let mut content = header.sequence.to_be_bytes().to_vec();
    content.extend_from_slice(header.at.to_rfc3339().as_bytes());
    let words = [header.tenant.as_str(), header.class.as_str(), header.actor.as_str(), header.activity.as_str()];
    let more = [header.object.kind.as_str(), header.outcome.as_str()];
    let maybe = [header.client.as_deref(), header.object.id.as_deref(), header.rule.as_deref()];
    for word in words.into_iter().chain(more).chain(maybe.into_iter().flatten()) {
        content.extend_from_slice(word.as_bytes());
    }
    for field in &entry.fields {
        content.extend_from_slice(field.name.as_bytes());
        if let Some(opening) = &field.opening {
            content.extend_from_slice(opening.salt.as_bytes());
            content.extend_from_slice(opening.value.expose().as_bytes());
        }
    }
    content
}

/// Numbers in place of the system's generator, so that sealing is measured and not that.
#[derive(Debug)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
    }
}

/// Entries done in a second of processor time, which other programs do not take away, or else of real time. The clock of
/// processor time is coarse: the work is repeated.
fn rate<T>(entries: usize, mut work: impl FnMut() -> Result<T, Failed>) -> Result<f64, Failed> {
    let (start, processor) = (now(), processor_time());
    for _ in 0..REPEATS {
        black_box(work()?);
    }
    let used = processor_time().zip(processor).map(|(end, start)| end.saturating_sub(start));
    let took = used.filter(|used| !used.is_zero()).unwrap_or_else(|| start.elapsed());
    Ok((entries * REPEATS) as f64 / took.as_secs_f64())
}

const REPEATS: usize = 4;
