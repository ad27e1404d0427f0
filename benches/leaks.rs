//! Journal entries through the publication rules and the leak check, against one pass of a plain multi-pattern matcher over the
//! same text with the same names.

use std::hint::black_box;

use aho_corasick::AhoCorasick;
use chrono::NaiveDate;
use sakarkiv::core::{
    case::{Case, CaseKind, CaseNumber, NewCase},
    identity::{ActorId, CaseId, EntryId, PartyId, TenantId, Timestamp, UnitId},
    journal::{EntryKind, EntryNumber, EntryStatus, JournalEntry, NewEntry},
    party::{Party, PartyRole},
    publication::{Holds, PublicRecord, PublicationPolicy, Secrets, plan_with},
};
use sakarkiv_leakcheck::{FingerprintKey, LeakChecker, LeakConfig, Matcher, Scope, Scratch};

use crate::support::{Failed, Ratio, Setting, head, median, now};

const ENTRIES: usize = 8;

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (rounds, cases) = if setting.quick { (3, 50) } else { (9, 400) };
    let archive: Vec<Folder> = (0..cases).map(Folder::new).collect::<Result<_, _>>()?;
    let work = Work {
        policy: PublicationPolicy::default(),
        checker: LeakChecker::new(LeakConfig::default(), FingerprintKey::new([7; 32])),
        today: NaiveDate::from_ymd_opt(2026, 3, 10).ok_or("no such date")?,
    };
    let bytes: usize = archive.iter().map(|folder| folder.bytes(&work)).sum();
    let entries = archive.len() * ENTRIES;
    let each = bytes / entries.max(1);
    head(&format!("leaks: {entries} entries in {cases} cases, {each} bytes of text each; {rounds} rounds, one thread"));
    let ready = archive.iter().map(|folder| Ready::new(folder, &work)).collect::<Result<Vec<_>, _>>()?;
    let whole = compare(rounds, entries, || work.whole(&archive), || Work::plain(&ready));
    let texts = compare(rounds, entries, || work.texts(&ready), || Work::plain_texts(&ready));
    let ratio = |name, (ours, theirs, ratio): (f64, f64, f64)| {
        let rate = |entries_a_second: f64| entries_a_second * each as f64 / 1e6;
        println!("  {name}: {ours:.0} entries/s, {:.0} MB/s; plain {theirs:.0} entries/s", rate(ours));
        Ratio {
            work: name,
            ours: format!("{ours:.0} entries/s"),
            theirs: format!("plain pass {theirs:.0} entries/s"),
            ratio: Some(ratio),
            aim: "for comparison over time",
            reached: None,
        }
    };
    Ok(vec![ratio("rules and leak check", whole), ratio("leak check alone", texts)])
}

fn compare(rounds: usize, entries: usize, ours: impl Fn() -> usize, theirs: impl Fn() -> usize) -> (f64, f64, f64) {
    let rate = |work: &dyn Fn() -> usize| {
        let start = now();
        black_box(work());
        entries as f64 / start.elapsed().as_secs_f64()
    };
    let pairs: Vec<(f64, f64)> = (0..rounds).map(|_| (rate(&ours), rate(&theirs))).collect();
    let of = |pick: fn(&(f64, f64)) -> f64| median(pairs.iter().map(pick));
    (of(|pair| pair.0), of(|pair| pair.1), of(|pair| pair.0 / pair.1))
}

struct Work {
    policy: PublicationPolicy,
    checker: LeakChecker,
    today: NaiveDate,
}

impl Work {
    /// From the stored entries to findings, with all that is made once for a case.
    fn whole(&self, archive: &[Folder]) -> usize {
        let mut scratch = Scratch::default();
        let mut findings = 0;
        for folder in archive {
            let secrets = folder.secrets(self);
            let matcher = Matcher::new(&secrets, &LeakConfig::default());
            for (entry, text) in folder.entries.iter().zip(&folder.texts) {
                let plan = plan_with(&folder.case, entry, &secrets, &Holds::default(), &self.policy, self.today);
                if let Some(record) = plan.record {
                    findings += self.checker.check_texts(&record, &matcher, &mut scratch).len();
                    matcher.find(text, Scope::Document, record.entry, &mut scratch);
                    findings += scratch.hits().len();
                }
            }
        }
        findings
    }

    /// The same texts once through a plain automaton, made once for a case.
    fn plain(archive: &[Ready<'_>]) -> usize {
        let made = archive.iter().filter_map(|ready| Some((ready, automaton(&ready.names).ok()?)));
        made.map(|(ready, automaton)| ready.plain(&automaton)).sum()
    }

    fn texts(&self, archive: &[Ready<'_>]) -> usize {
        let mut scratch = Scratch::default();
        let mut findings = 0;
        for ready in archive {
            for (record, text) in ready.records.iter().zip(&ready.folder.texts) {
                findings += self.checker.check_texts(record, &ready.matcher, &mut scratch).len();
                ready.matcher.find(text, Scope::Document, record.entry, &mut scratch);
                findings += scratch.hits().len();
            }
        }
        findings
    }

    fn plain_texts(archive: &[Ready<'_>]) -> usize {
        archive.iter().map(|ready| ready.plain(&ready.automaton)).sum()
    }
}

/// A case with its entries and the texts of their documents.
struct Folder {
    case: Case,
    entries: Vec<JournalEntry>,
    texts: Vec<String>,
}

impl Folder {
    fn new(number: u32) -> Result<Self, Failed> {
        let (tenant, actor) = (TenantId::new("bodo")?, ActorId::new("u1")?);
        let case_number = CaseNumber::new(2026, number + 1)?;
        let case_id: CaseId = id(1, number, 0)?;
        let at: Timestamp = "2026-03-02T09:00:00Z".parse()?;
        let title = format!("Storgata {number}: søknad om ny garasje");
        let new = NewCase::new(CaseKind::Building, title.into(), UnitId::new("byggesak")?, actor.clone());
        let case = new.open(case_id, tenant.clone(), case_number, at)?;
        let mut entries = Vec::new();
        for at_entry in 1..=u32::try_from(ENTRIES)? {
            let mut new =
                NewEntry::new(EntryKind::Incoming, "Merknad til nabovarsel, med to vedlegg".into(), actor.clone());
            new.status = EntryStatus::Journaled;
            let name = format!("{} {}", pick(&FIRST, number + at_entry), pick(&LAST, at_entry));
            let person: PartyId = id(3, number, at_entry * 2)?;
            let company: PartyId = id(3, number, at_entry * 2 + 1)?;
            new.parties = vec![
                Party::new(person, PartyRole::Sender, name.into())?.screened(at_entry % 2 == 0),
                Party::new(company, PartyRole::CopyRecipient, "Prøvebygg AS".into())?,
            ];
            let entry: EntryId = id(2, number, at_entry)?;
            let numbers = EntryNumber::new(case_number, at_entry, 2026, number * 100 + at_entry)?;
            entries.push(new.register(entry, tenant.clone(), case_id, numbers, at)?);
        }
        let texts = (0..ENTRIES).map(|at| PARAGRAPHS.repeat(4 + at % 3)).collect();
        Ok(Self { case, entries, texts })
    }

    fn secrets(&self, work: &Work) -> Secrets {
        Secrets::of(&self.case, &self.entries, &work.policy)
    }

    fn bytes(&self, work: &Work) -> usize {
        Ready::new(self, work).map_or(0, |ready| ready.shown.iter().chain(&self.texts).map(String::len).sum())
    }
}

/// A case with all that is made once.
struct Ready<'a> {
    folder: &'a Folder,
    records: Vec<PublicRecord>,
    matcher: Matcher,
    names: Vec<String>,
    automaton: AhoCorasick,
    /// The texts of each record as one.
    shown: Vec<String>,
}

impl<'a> Ready<'a> {
    fn new(folder: &'a Folder, work: &Work) -> Result<Self, Failed> {
        let secrets = folder.secrets(work);
        let plan = |entry| plan_with(&folder.case, entry, &secrets, &Holds::default(), &work.policy, work.today).record;
        let records: Vec<PublicRecord> = folder.entries.iter().filter_map(plan).collect();
        let names: Vec<String> = secrets.items().iter().map(|secret| secret.text.expose().clone()).collect();
        let automaton = automaton(&names)?;
        let shown = records.iter().map(|record| {
            let parties = record.parties.iter().map(|party| party.name.shown.as_str());
            let titles = [&record.case.title, &record.journal.title].into_iter().flat_map(|title| title.forms());
            titles.chain(parties).collect::<Vec<_>>().join("\n")
        });
        let shown = shown.collect();
        Ok(Self { folder, matcher: Matcher::new(&secrets, &LeakConfig::default()), names, automaton, shown, records })
    }

    fn plain(&self, automaton: &AhoCorasick) -> usize {
        self.shown.iter().chain(&self.folder.texts).map(|text| automaton.find_iter(text).count()).sum()
    }
}

fn automaton(names: &[String]) -> Result<AhoCorasick, Failed> {
    Ok(AhoCorasick::builder().ascii_case_insensitive(true).build(names)?)
}

fn pick(words: &[&'static str], at: u32) -> &'static str {
    words.get(at as usize % words.len().max(1)).copied().unwrap_or_default()
}

fn id<T: std::str::FromStr<Err: std::error::Error + 'static>>(sort: u32, case: u32, number: u32) -> Result<T, Failed> {
    Ok(format!("{sort:08x}-0000-7000-8000-{case:06x}{number:06x}").parse()?)
}

const FIRST: [&str; 6] = ["Kari", "Ola", "Åse", "Bjørn", "Ingrid", "Per"];
const LAST: [&str; 5] = ["Testperson", "Prøvestad", "Eksempelsen", "Utpåtur", "Fiktivdal"];

const PARAGRAPHS: &str = "Vi viser til nabovarsel datert 05.02.2026 for eiendommen gnr. 12, bnr. 345, og til reguleringsplan \
for Testbyen sentrum, vedtatt 17.06.2024 i sak 24/00056. Garasjen er plassert 1,2 meter fra grensen, mens kravet etter \
plan- og bygningsloven § 29-4 er 4 meter. Høyden er oppgitt til kote +12,4, og arealet til 49,5 m². Vi ber om at \
kommunen vurderer om det må søkes om dispensasjon.\n\
Eiendommen ligger utsatt til, og snøbrøytingen om vinteren gjør at sikten mot krysset blir dårlig. Saken har vært tatt opp \
tidligere, jf. sak 2019/98765, uten at det ble gjort endringer. Eventuelle spørsmål kan rettes til oss på vanlig måte. \
Gebyret på kr 12 500 er betalt med KID 0012345678906.\n";
