//! What the senders were answered, held against the store: nothing lost, nothing twice, nothing that is screened in the open.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use chrono::TimeDelta;
use sakarkiv::{
    core::{
        case::Case,
        document::ContentHash,
        identity::{InboxId, TenantId},
        journal::JournalEntry,
        ports::{CaseFilter, IntakeState, ItemId, Store, StoreError},
        text::ExternalKey,
    },
    sqlite::SqliteStore,
};

use super::{BULK, Filed, Senders, SpecialistsError, answers, building, form, recruitment};
use crate::day::{verdict::Verdict, world::World};

/// Where the judge looks.
pub(crate) struct Scene<'a> {
    pub(crate) store: &'a SqliteStore,
    pub(crate) tenant: &'a TenantId,
    pub(crate) inbox: &'a InboxId,
    pub(crate) world: &'a World,
    pub(crate) begins: sakarkiv::core::identity::Timestamp,
    /// The folder of the day: notices and reports are in it.
    pub(crate) folder: &'a Path,
}

/// A case that must be there once, with these entries and no others.
struct Expected {
    what: &'static str,
    case: ExternalKey,
    entries: Vec<Wanted>,
    /// The case number that the sender was told each time.
    told: Vec<String>,
}

struct Wanted {
    key: ExternalKey,
    screened: bool,
    /// The hash of its one document, where it is known.
    content: Option<ContentHash>,
}

/// Judges all of it and tells it in a line.
pub(crate) async fn judge(
    scene: &Scene<'_>,
    senders: &Senders,
    verdict: &mut Verdict,
) -> Result<String, SpecialistsError> {
    let mut judge = Judge { scene, senders, verdict };
    let (mut expected, bulk) = judge.pupils()?;
    expected.push(judge.recruitment()?);
    expected.push(judge.form()?);
    expected.push(judge.building());
    for expected in &expected {
        judge.case(expected).await?;
    }
    judge.in_the_open().await?;
    judge.left_behind()?;
    let (waited, beside) = judge.mail_beside_the_bulk().await?;
    Ok(format!(
        "specialist systems: {} of {} pupil deliveries taken in by night, {} refused and mended, {beside} mails beside them \
         waited {waited} minutes at most; {} deliveries of an appointment, from vacancy to offer, {} messages about a building case \
         that was found by its property, a form; an integration without a risk analysis was not let go live",
        bulk.taken,
        senders.pupils.len(),
        bulk.refused,
        senders.recruitment.delivered.len(),
        senders.building.sent.len(),
    ))
}

/// What became of the night's bulk.
#[derive(Debug, Default)]
struct Bulk {
    taken: usize,
    refused: usize,
}

struct Judge<'a> {
    scene: &'a Scene<'a>,
    senders: &'a Senders,
    verdict: &'a mut Verdict,
}

impl Judge<'_> {
    /// The pupils' files, and what became of the deliveries about them.
    fn pupils(&mut self) -> Result<(Vec<Expected>, Bulk), SpecialistsError> {
        let root = self.senders.ways.pupils();
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for told_of in answers::of_folder(&root.join("arkivert"), "svar.json", "manifest.json")? {
            told.entry(told_of.delivery.clone()).or_default().push(told_of.text("/saksnummer").to_owned());
        }
        let refused = answers::of_folder(&root.join("avvist"), "svar.json", "manifest.json")?.len();
        let mut bulk = Bulk { taken: 0, refused };
        if refused != 1 {
            self.verdict.untrue.push(format!("{refused} pupil deliveries were refused, and one was broken"));
        }
        let mut cases: BTreeMap<String, Expected> = BTreeMap::new();
        for delivery in &self.senders.pupils {
            let answers = told.remove(&delivery.id).unwrap_or_default();
            match answers.len() {
                1 => bulk.taken += 1,
                0 => self.verdict.lost.push(format!("pupil delivery {} was not answered", delivery.id)),
                n => self.verdict.doubled.push(format!("pupil delivery {} was taken in {n} times", delivery.id)),
            }
            let key = delivery.case_key();
            let what = "a pupil's file";
            let case = cases.entry(key.value.expose().clone()).or_insert_with(|| Expected {
                what,
                case: key,
                entries: Vec::new(),
                told: Vec::new(),
            });
            case.told.extend(answers);
            case.entries.extend(delivery.entries().map(|(key, hash)| Wanted {
                key,
                screened: true,
                content: Some(hash),
            }));
        }
        for unknown in told.keys() {
            self.verdict.doubled.push(format!("pupil delivery {unknown} was answered and never sent"));
        }
        Ok((cases.into_values().collect(), bulk))
    }

    fn recruitment(&mut self) -> Result<Expected, SpecialistsError> {
        let told = recruitment::told(&self.senders.ways.recruitment())?;
        for id in &self.senders.recruitment.delivered {
            match told.iter().filter(|told| told.delivery == *id && told.text("/status") == "arkivert").count() {
                1 => {}
                0 => self.verdict.lost.push(format!("delivery {id} of the vacancy was not archived")),
                n => self.verdict.doubled.push(format!("delivery {id} of the vacancy was archived {n} times")),
            }
        }
        Ok(Expected {
            what: "the appointment case",
            case: recruitment::case_key(),
            entries: recruitment::entries().map(|(key, screened)| Wanted { key, screened, content: None }).collect(),
            told: told.iter().map(|told| told.text("/sak/saksnummer").to_owned()).collect(),
        })
    }

    fn form(&mut self) -> Result<Expected, SpecialistsError> {
        if self.senders.form.is_empty() {
            self.verdict.lost.push("the form was never answered".to_owned());
        }
        let entries = vec![Wanted { key: form::entry_key(), screened: true, content: None }];
        Ok(Expected { what: "the form's case", case: form::case_key()?, entries, told: numbers(&self.senders.form) })
    }

    fn building(&mut self) -> Expected {
        let system = self.senders.building.system();
        let mut told = numbers(&self.senders.found);
        for (message, wanted) in &self.senders.building.sent {
            let outcome = system.outcome(*message);
            match outcome.as_ref().map(|answer| answer.tail()) {
                Some(tail) if tail == *wanted => {}
                Some(tail) => self.verdict.lost.push(format!("a message of the building system got {tail}")),
                None => self.verdict.lost.push("a message of the building system was not answered".to_owned()),
            }
            let number = outcome
                .as_ref()
                .and_then(|answer| Some(format!("{}/{}", answer.text("saksaar")?, answer.text("sakssekvensnummer")?)));
            told.extend(number);
        }
        self.verdict.untrue.extend(system.complaints());
        if self.senders.found.iter().any(|filed| filed.entries != building::entries().len()) {
            self.verdict.untrue.push("the case of a property was found with other entries than were sent".to_owned());
        }
        let entries = building::entries().into_iter().map(|key| Wanted { key, screened: false, content: None });
        Expected { what: "the building case", case: building::case_key(), entries: entries.collect(), told }
    }

    /// One case, with the number that was told, and each entry in it once.
    async fn case(&mut self, expected: &Expected) -> Result<(), StoreError> {
        let (store, what) = (self.scene.store, expected.what);
        let found = store.cases(self.scene.tenant, &by_key(&expected.case), None, 10).await?;
        let case = match found.as_slice() {
            [case] => case,
            [] => {
                self.verdict.lost.push(format!("{what} is not in the store"));
                return Ok(());
            }
            many => {
                self.verdict.doubled.push(format!("{what} is {} cases", many.len()));
                return Ok(());
            }
        };
        let number = case.number().to_string();
        if expected.told.is_empty() || expected.told.iter().any(|told| *told != number) {
            self.verdict.untrue.push(format!("{what} has the number {number}, and its sender was told otherwise"));
        }
        let entries = store.entries(self.scene.tenant, case.id()).await?;
        for wanted in &expected.entries {
            self.entry(what, &number, wanted, &entries);
        }
        if entries.len() > expected.entries.len() {
            let more = entries.len() - expected.entries.len();
            self.verdict.doubled.push(format!("{what} {number} has {more} entries that nobody sent"));
        }
        Ok(())
    }

    fn entry(&mut self, what: &str, number: &str, wanted: &Wanted, entries: &[JournalEntry]) {
        let mine: Vec<_> = entries.iter().filter(|entry| entry.external_keys().contains(&wanted.key)).collect();
        match mine.as_slice() {
            [] => self.verdict.lost.push(format!("{what} {number} lacks an entry that was sent")),
            [entry] => {
                if wanted.screened && entry.screening().is_none() {
                    self.verdict.leaked.push(format!("entry {} of {what} is not screened", entry.number()));
                }
                let documents = entry.documents().iter().filter_map(|attached| attached.document.current());
                let hashes: Vec<ContentHash> = documents.map(|version| version.content.hash).collect();
                let other = wanted.content.is_some_and(|content| hashes != [content]);
                if hashes.is_empty() || other {
                    self.verdict.lost.push(format!("entry {} of {what} has other documents", entry.number()));
                }
            }
            many => self.verdict.doubled.push(format!("{what} {number} has one entry {} times", many.len())),
        }
    }

    /// Nobody's name or number in what the public may read of any case of the archive.
    async fn in_the_open(&mut self) -> Result<(), SpecialistsError> {
        let secrets = self.secrets()?;
        let tells = |text: &str| secrets.iter().any(|secret| text.contains(secret.as_str()));
        let (store, tenant) = (self.scene.store, self.scene.tenant);
        let mut after = None;
        loop {
            let page = store.cases(tenant, &CaseFilter::default(), after, PAGE).await?;
            for case in &page {
                let mut open = vec![case.public_title()];
                for entry in store.entries(tenant, case.id()).await? {
                    open.push(entry.public_title());
                    open.extend(entry.parties().iter().map(|party| entry.public_party_name(party).to_owned()));
                    let documents = entry.documents().iter();
                    open.extend(documents.map(|attached| entry.public_document_title(&attached.document)));
                }
                if open.iter().any(|text| tells(text)) {
                    self.verdict.leaked.push(format!("case {} tells in public of somebody in it", case.number()));
                }
            }
            after = page.last().map(Case::number);
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Neither answers nor notices nor reports name anybody.
    fn left_behind(&mut self) -> Result<(), SpecialistsError> {
        let secrets = self.secrets()?;
        let mut files = vec![self.scene.folder.join("store/notices.jsonl")];
        files_below(&self.scene.folder.join(crate::day::world::REPORTS), &mut files)?;
        let mut answered = Vec::new();
        for way in [self.senders.ways.pupils(), self.senders.ways.recruitment()] {
            for folder in ["arkivert", "avvist"] {
                files_below(&way.join(folder), &mut answered)?;
            }
        }
        files.extend(
            answered.into_iter().filter(|file| file.ends_with("svar.json") || file.ends_with("kvittering.json")),
        );
        for file in files.iter().filter(|file| file.exists()) {
            let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
            if secrets.iter().any(|secret| text.contains(secret.as_str())) {
                self.verdict.leaked.push(format!("the file {} names somebody", file.display()));
            }
        }
        Ok(())
    }

    fn secrets(&self) -> Result<BTreeSet<String>, SpecialistsError> {
        let pupils = &self.senders.pupils;
        let mut names: Vec<String> =
            [form::CHILD, form::PARENT].into_iter().chain(recruitment::names()).map(str::to_owned).collect();
        names.extend(pupils.iter().map(|delivery| delivery.name.clone()));
        let last = names.iter().filter_map(|name| name.rsplit(' ').next()).map(str::to_owned);
        let mut secrets: BTreeSet<String> = last.collect();
        secrets.extend(names);
        secrets.extend(pupils.iter().map(|delivery| delivery.number.clone()));
        secrets.insert(form::child_number()?);
        Ok(secrets)
    }

    /// How long mail waited that came while the bulk was worked off, in minutes, and how much came. How long is told and not
    /// judged: the day's clock goes on when a busy machine takes its time.
    async fn mail_beside_the_bulk(&mut self) -> Result<(i64, usize), StoreError> {
        // What comes at a moment is noted by the clock of the step before.
        let from = self.scene.begins + TimeDelta::minutes(BULK.cast_signed()) - NIGHT_STEP;
        let (mut longest, mut count) = (0, 0);
        let records = self.scene.world.svarinn.records();
        for record in records.iter().filter(|record| record.received >= from) {
            let item = ItemId(record.id.to_string());
            let Some(intake) = self.scene.store.intake(self.scene.tenant, self.scene.inbox, &item).await? else {
                continue;
            };
            if matches!(intake.state, IntakeState::Acknowledged { .. }) {
                count += 1;
                longest = longest.max((intake.seen - record.received).num_minutes());
            }
        }
        if count == 0 {
            self.verdict.untrue.push("no mail was taken in beside the night's bulk".to_owned());
        }
        Ok((longest, count))
    }
}

fn numbers(filed: &[Filed]) -> Vec<String> {
    filed.iter().map(|filed| filed.case.clone()).collect()
}

fn by_key(key: &ExternalKey) -> CaseFilter {
    let mut filter = CaseFilter::default();
    filter.key = Some(key.clone());
    filter
}

fn files_below(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<(), SpecialistsError> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

const PAGE: usize = 200;
/// At night the clock moves by ten minutes.
const NIGHT_STEP: TimeDelta = TimeDelta::minutes(10);
