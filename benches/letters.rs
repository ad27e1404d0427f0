//! Letters through a whole office on the embedded store, against what the disk can do at best.
//!
//! Three stages, each on a store of its own, so that it shows where the time goes: *accepted* (handed in durably, nothing
//! runs beside it), *sent* (the office takes each to a channel that accepts at once) and *opened* (and follows it to the end).
//! The channel is in the process: what is measured is the office, its store and the disk.
//!
//! The raw limit writes the same documents in the batches in which the submitters come, each batch as one file, flushed,
//! followed by an entry in a log, flushed: two flushes a batch, no names, no hashes, no records, no second look. A second
//! figure has a file for each document, all flushed at the same time, which is what keeping documents as files costs at least.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use sakarkiv::{
    LogNotifier, SystemClock, SystemEntropy,
    core::{
        access::{Actor, ChannelRight, Role, RoleScope, User, UserKind},
        case::{CaseKind, NewCase},
        delivery::{LetterDocument, LetterOptions, Priority, Recipient, Reference, RemoteId, Sender},
        document::{BlobRef, Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
        identity::{
            AccountId, ActorId, CaseId, ChannelId, DocumentId, OrganisationNumber, PartyId, PostalAddress, TenantId,
            UnitId,
        },
        journal::{EntryKind, EntryStatus, NewDocument, NewEntry},
        party::{Party, PartyRole},
        ports::{
            Accepted, Channel, ChannelCapabilities, Clock as _, Dispatch, Found, HistoryLine, PortError, Reach,
            ReachQuery, RemoteStatus, Stage, StatusLine, new_uuid,
        },
        routing::{MailboxKind, PrintSetting},
        screening::Private,
        sensitivity::SensitivityClass,
    },
    engine::{Dispatches, Policy, RecordsOffice, Submission, TenantSetup},
    sqlite::SqliteStore,
};
use tokio::{runtime::Builder, sync::oneshot, time::sleep};

use crate::support::{
    Failed, Ratio, Report, Setting, head, median, megabytes, noise, now, peak_memory, processor_time, tell,
    written_bytes,
};

const SUBMITTERS: usize = 16;
const DOCUMENT_BYTES: usize = 100_000;

/// What a letter's records cost in the raw limit's log.
const RECORD_BYTES: usize = 8 * 1024;

const RAW: &str = "raw";
const RAW_FILES: &str = "raw-files";
const STAGES: [&str; 3] = ["accepted", "sent", "opened"];

const LEAST_RATE: f64 = 1_000.0;
const LEAST_RATIO: f64 = 0.5;
const MOST_MEMORY: f64 = 100e6;

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (letters, rounds) = if setting.quick { (1_000, 3) } else { (3_000, 5) };
    head(&format!("letters: {letters} of 100 kB a run, {SUBMITTERS} submitters, {rounds} rounds"));
    // Kept to the end: for seconds after many files were removed, ext4 looks long for a place for each new one.
    let folder = setting.new_folder()?;
    let (mut raw, mut raw_files) = (Vec::new(), Vec::new());
    let mut runs: [Vec<Run>; 3] = Default::default();
    for round in 0..rounds {
        let run = |stage| Run::new(&folder.path().join(format!("{stage}-{round}")), stage, letters);
        raw.push(run(RAW)?);
        raw_files.push(run(RAW_FILES)?);
        for (stage, runs) in STAGES.iter().zip(&mut runs) {
            runs.push(run(stage)?);
        }
    }
    show("raw limit", &raw);
    show("raw, a file for each document", &raw_files);
    STAGES.iter().zip(&runs).for_each(|(stage, runs)| show(stage, runs));
    let mut ratios: Vec<Ratio> = STAGES.iter().zip(&runs).map(|(stage, runs)| ratio(stage, runs, &raw)).collect();
    let [.., opened] = &runs;
    let theirs = format!("raw, a file each {:.0}/s", rate(&raw_files));
    let opened = ratio("opened", opened, &raw_files);
    ratios.push(Ratio { work: "the same, a file for each document", theirs, aim: "", reached: None, ..opened });
    Ok(ratios)
}

/// One run of one stage.
struct Run {
    /// Letters a second.
    rate: f64,
    peak: Option<f64>,
    /// Processor seconds a letter.
    processor: Option<f64>,
    /// Bytes written to the disk a letter.
    written: Option<f64>,
}

impl Run {
    fn new(folder: &Path, stage: &str, letters: usize) -> Result<Self, Failed> {
        fs::create_dir(folder)?;
        let report = Report::of_part(&["letters", stage, &letters.to_string(), &folder.display().to_string()])?;
        let each = |name| report.get::<f64>(name).map(|sum| sum / letters as f64);
        Ok(Self {
            rate: letters as f64 / report.number("seconds")?,
            peak: report.get("peak"),
            processor: each("processor"),
            written: each("written"),
        })
    }
}

fn show(name: &str, runs: &[Run]) {
    let of = |value: fn(&Run) -> Option<f64>| {
        let values: Vec<f64> = runs.iter().filter_map(value).collect();
        (!values.is_empty()).then(|| median(values))
    };
    let processor = of(|run| run.processor).map_or_else(|| "n/a".to_owned(), |each| format!("{:.2} ms", each * 1e3));
    let written = of(|run| run.written).map_or_else(|| "n/a".to_owned(), |each| format!("{:.0} kB", each / 1e3));
    println!(
        "  {name:<30} {:>6.0} letters/s; a letter costs {processor} of a processor, {written} written; peak memory {}",
        rate(runs),
        megabytes(peak(runs)),
    );
}

fn rate(runs: &[Run]) -> f64 {
    median(runs.iter().map(|run| run.rate))
}

fn peak(runs: &[Run]) -> Option<f64> {
    runs.iter().filter_map(|run| run.peak).max_by(f64::total_cmp)
}

fn ratio(stage: &str, runs: &[Run], raw: &[Run]) -> Ratio {
    let by_round = median(runs.iter().zip(raw).map(|(run, raw)| run.rate / raw.rate));
    let reached =
        by_round >= LEAST_RATIO && rate(runs) > LEAST_RATE && peak(runs).is_none_or(|bytes| bytes < MOST_MEMORY);
    let (work, aim, reached) = match stage {
        "accepted" => ("letters accepted", "", None),
        "sent" => ("letters accepted and sent", "", None),
        _ => ("letters followed to opened", ">= 0.5, > 1000/s, < 100 MB", Some(reached)),
    };
    Ratio {
        work,
        ours: format!("{:.0}/s, {}", rate(runs), megabytes(peak(runs))),
        theirs: format!("raw limit of the disk {:.0}/s", rate(raw)),
        ratio: Some(by_round),
        aim,
        reached,
    }
}

/// Does one run, in a process of its own.
pub(crate) fn part(words: &[&str]) -> Result<(), Failed> {
    let [stage, letters, folder] = words else { return Err("letters takes a stage, a count and a folder".into()) };
    let (letters, folder) = (letters.parse()?, Path::new(folder));
    let took = match *stage {
        RAW => raw_limit(letters, folder, one_file)?,
        RAW_FILES => raw_limit(letters, folder, files)?,
        _ => Builder::new_multi_thread().enable_time().build()?.block_on(office(stage, letters, folder))?,
    };
    tell("seconds", Some(took.as_secs_f64()));
    tell("peak", peak_memory());
    tell("processor", processor_time().map(|time| time.as_secs_f64()));
    tell("written", written_bytes());
    Ok(())
}

fn raw_limit(
    letters: usize,
    folder: &Path,
    write: impl Fn(&Path, &[u8]) -> std::io::Result<()>,
) -> Result<Duration, Failed> {
    let mut documents = noise(1, SUBMITTERS * DOCUMENT_BYTES);
    let records = noise(2, SUBMITTERS * RECORD_BYTES);
    let mut log = OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    let start = now();
    for (batch, first) in (0..letters).step_by(SUBMITTERS).enumerate() {
        let size = SUBMITTERS.min(letters - first);
        stamp(&mut documents, batch);
        let path = folder.join(batch.to_string());
        write(&path, documents.get(..size * DOCUMENT_BYTES).unwrap_or_default())?;
        log.write_all(records.get(..size * RECORD_BYTES).unwrap_or_default())?;
        log.sync_data()?;
    }
    Ok(start.elapsed())
}

fn one_file(path: &Path, documents: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(documents)?;
    file.sync_data()
}

fn files(path: &Path, documents: &[u8]) -> std::io::Result<()> {
    let files = documents.chunks(DOCUMENT_BYTES).zip(0..);
    thread::scope(|scope| {
        let writers: Vec<_> = files
            .map(|(document, number)| scope.spawn(move || one_file(&path.with_extension(number.to_string()), document)))
            .collect();
        writers.into_iter().try_for_each(|writer| writer.join().unwrap_or(Err(std::io::ErrorKind::Other.into())))
    })
}

/// Makes bytes differ from all others.
fn stamp(bytes: &mut [u8], number: usize) {
    bytes.iter_mut().zip(number.to_le_bytes()).for_each(|(byte, digit)| *byte = digit);
}

async fn office(stage: &str, letters: usize, folder: &Path) -> Result<Duration, Failed> {
    let town = Arc::new(Town::new()?);
    let channel = Arc::new(Postman::new()?);
    let store = Arc::new(SqliteStore::open(folder)?);
    let mut policy = Policy::default();
    policy.follow_up_first = if stage == "opened" { Duration::from_millis(1) } else { Duration::from_secs(3600) };
    let office = RecordsOffice::builder()
        .store(store)
        .clock(Arc::new(SystemClock))
        .entropy(Arc::new(SystemEntropy))
        .notifier(Arc::new(LogNotifier))
        .node("bench")
        .policy(policy)
        .tenant(
            TenantSetup::new(town.tenant.clone())
                .channel(Arc::clone(&channel) as _, [town.account.clone()])
                .user(town.archivist()),
        )
        .build()?;
    let cases = open_cases(&office, &town).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = (stage != "accepted").then(|| {
        let office = office.clone();
        tokio::spawn(async move { office.run(async { drop(stopped.await) }).await })
    });

    let start = now();
    let submitters: Vec<_> = (0..SUBMITTERS)
        .map(|submitter| {
            let (office, town, cases) = (office.clone(), Arc::clone(&town), Arc::clone(&cases));
            tokio::spawn(async move { submit(&office, &town, &cases, submitter, letters).await })
        })
        .collect();
    for submitter in submitters {
        submitter.await?.map_err(|error| -> Failed { error })?;
    }
    let end_state = match stage {
        "accepted" => "queued",
        "sent" => "accepted",
        _ => "opened",
    };
    await_state(&office, &town, end_state, letters).await?;
    let took = start.elapsed();

    // The office ends either way.
    let _ = stop.send(());
    if let Some(running) = running {
        running.await?;
    }
    if stage != "accepted" && channel.read.load(Ordering::Relaxed) != letters * DOCUMENT_BYTES {
        return Err("the channel got other documents than were handed in".into());
    }
    Ok(took)
}

/// A municipality that sends.
struct Town {
    tenant: TenantId,
    account: AccountId,
    actor: Actor,
    sender: Sender,
    recipient: Recipient,
    noise: Vec<u8>,
}

impl Town {
    fn new() -> Result<Self, Failed> {
        let address = PostalAddress::new(["Prøveveien 1"], "8006", "Bodø")?;
        let (tenant, account, unit) = (TenantId::new("prove")?, AccountId::new("post")?, UnitId::new("post")?);
        Ok(Self {
            tenant: tenant.clone(),
            account: account.clone(),
            actor: Actor::new(tenant, ActorId::new("case-system")?),
            sender: Sender {
                account,
                unit,
                name: "Prøve kommune".to_owned(),
                organisation: OrganisationNumber::parse("310000027")?,
                address: address.clone(),
            },
            recipient: Recipient::Organisation {
                number: OrganisationNumber::parse("310000027")?,
                name: Private::new("Tiltak og Test AS".to_owned()),
                address: Some(address),
            },
            noise: noise(3, DOCUMENT_BYTES),
        })
    }

    /// The archivist who hands the letters in, with the rights it takes.
    fn archivist(&self) -> User {
        User::founding(self.tenant.clone(), self.actor.id.clone(), UserKind::Employee)
            .with_role(Role::Archivist, RoleScope::Tenant)
            .with_account(self.account.clone(), ChannelRight::Operate)
    }

    /// The document of one letter, in pieces as a network brings them.
    fn document(&self, number: usize) -> Vec<Result<Bytes, PortError>> {
        let mut document = self.noise.clone();
        stamp(&mut document, number);
        let document = Bytes::from(document);
        let ends = (1..).map(|piece| document.len().min(piece * PIECE));
        let pieces = (0..document.len()).step_by(PIECE).zip(ends).map(|(start, end)| Ok(document.slice(start..end)));
        pieces.collect()
    }
}

const PIECE: usize = 16 * 1024;

/// One case for each submitter.
async fn open_cases(office: &RecordsOffice, town: &Town) -> Result<Arc<Vec<CaseId>>, Failed> {
    let desk = office.as_user(&town.actor)?;
    let mut cases = Vec::new();
    for _ in 0..SUBMITTERS {
        let title = Private::new("Prøvesak".to_owned());
        let case = NewCase::new(CaseKind::Ordinary, title, town.sender.unit.clone(), town.actor.id.clone());
        cases.push(desk.open_case(case).await?.0);
    }
    Ok(Arc::new(cases))
}

type SubmitterFailed = Box<dyn std::error::Error + Send + Sync>;

/// Hands in every sixteenth letter, one after the other.
async fn submit(
    office: &RecordsOffice,
    town: &Town,
    cases: &[CaseId],
    submitter: usize,
    letters: usize,
) -> Result<(), SubmitterFailed> {
    let desk = office.as_user(&town.actor)?;
    let case = *cases.get(submitter).ok_or("no case")?;
    for number in (submitter..letters).step_by(SUBMITTERS) {
        let content = stream::iter(town.document(number)).boxed();
        let blob = desk.put_document(content, DOCUMENT_BYTES as u64).await?;
        let title = Private::new(format!("Svar nummer {number}"));
        let entry = entry(town, &title, blob)?;
        desk.submit(Submission {
            key: number.to_string(),
            dispatches: Dispatches::NewEntry { case, entry },
            sender: town.sender.clone(),
            recipient: town.recipient.clone(),
            title,
            sensitivity: SensitivityClass::Open,
            priority: Priority::General,
            options: LetterOptions::default(),
            documents: vec![LetterDocument {
                file_name: FileName::sanitize("brev.pdf"),
                media_type: MediaType::pdf(),
                blob,
                sensitive_personal_data: false,
            }],
        })
        .await?;
    }
    Ok(())
}

/// A finished outgoing entry with its document and its recipient.
fn entry(town: &Town, title: &Private<String>, blob: BlobRef) -> Result<NewEntry, SubmitterFailed> {
    let at = SystemClock.now();
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Archive,
        format: FileFormat::unknown(),
        media_type: MediaType::pdf(),
        file_name: FileName::sanitize("brev.pdf"),
        content: blob,
        created: at,
        created_by: town.actor.id.clone(),
    };
    let id = DocumentId::from_uuid(new_uuid(at, &SystemEntropy));
    let document = Document::new(id, title.clone())?.with_version(version)?.finished();
    let party = PartyId::from_uuid(new_uuid(at, &SystemEntropy));
    let mut entry = NewEntry::new(EntryKind::Outgoing, title.clone(), town.actor.id.clone());
    entry.status = EntryStatus::Finished;
    entry.unit = Some(town.sender.unit.clone());
    entry.parties = vec![Party::new(party, PartyRole::Recipient, town.recipient.name().clone())?];
    entry.documents = vec![NewDocument::main(document)];
    Ok(entry)
}

/// Waits until the store says that every letter has come to a state.
async fn await_state(office: &RecordsOffice, town: &Town, state: &str, letters: usize) -> Result<(), Failed> {
    let desk = office.as_user(&town.actor)?;
    loop {
        let counts = desk.counts().await?;
        if let Some(failed) = counts.iter().find(|line| line.state == "failed") {
            return Err(format!("{} letters failed", failed.count).into());
        }
        let there: u64 = counts.iter().filter(|line| line.state == state).map(|line| line.count).sum();
        if there == letters as u64 {
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// A channel whose other side takes every letter at once and opens it at once.
#[derive(Debug)]
struct Postman {
    id: ChannelId,
    sent: AtomicUsize,
    /// Bytes of documents.
    read: AtomicUsize,
}

impl Postman {
    fn new() -> Result<Self, Failed> {
        Ok(Self { id: ChannelId::new("post")?, sent: AtomicUsize::new(0), read: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Channel for Postman {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let mut capabilities = ChannelCapabilities::new(Duration::from_secs(60), Duration::from_secs(600));
        capabilities.status_batch = 500;
        capabilities.reports_opened = true;
        capabilities.concurrency = 2 * SUBMITTERS;
        capabilities
    }

    async fn reach(&self, _: &AccountId, _: &ReachQuery) -> Result<Reach, PortError> {
        Ok(Reach { mailboxes: vec![MailboxKind::OrganisationInbox], print: PrintSetting::DigitalOnly })
    }

    async fn send(&self, _: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        let letter = dispatch.letter.get();
        for document in &letter.documents {
            let mut content = dispatch.blobs.open(&letter.tenant, &document.blob).await?;
            while let Some(piece) = content.next().await {
                self.read.fetch_add(piece?.len(), Ordering::Relaxed);
            }
        }
        Ok(Accepted { remote_id: RemoteId(self.sent.fetch_add(1, Ordering::Relaxed).to_string()) })
    }

    async fn find(&self, _: &AccountId, _: &Reference) -> Result<Vec<Found>, PortError> {
        Ok(Vec::new())
    }

    async fn status(&self, _: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        let status = RemoteStatus { stage: Stage::Opened, raw: "OPENED".to_owned(), since: None };
        Ok(ids.iter().map(|id| StatusLine { remote_id: id.clone(), status: status.clone() }).collect())
    }

    async fn withdraw(&self, _: &AccountId, _: &RemoteId) -> Result<(), PortError> {
        Err(PortError::unsupported("bench.withdraw"))
    }

    async fn history(&self, _: &AccountId, _: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        Err(PortError::unsupported("bench.history"))
    }

    async fn check(&self, _: &AccountId) -> Result<(), PortError> {
        Ok(())
    }
}
