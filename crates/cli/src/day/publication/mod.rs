//! The public journal in the day: what an archive publishes in the evening, what the leak check stops, what an archivist
//! releases and withdraws, what the public asks for, and what the public then could read.

mod judge;
mod side;
mod story;

use std::path::Path;

use sakarkiv::{
    core::publication::{CodeRules, PublicationPolicy, UnitPolicy},
    journal_page::PageSettings,
};
use serde_json::{Value, json};

pub(crate) use self::{
    judge::{Outcome, PublicError, prove},
    side::{PublicSide, SideError},
    story::{Step, StepError, play},
};
use super::{
    plan::Event,
    town::{Matter, Tenant},
};

/// What happens about the public journal, by minutes since the day began.
pub(crate) fn story() -> [(u64, Event); 10] {
    [
        (240, Event::Public(Moment::Step(Step::Register))),
        (EVENING - 10, Event::Public(Moment::Step(Step::Journal))),
        (EVENING - 1, Event::Public(Moment::LostAnswers)),
        (EVENING, Event::Kill),
        (EVENING + 30, Event::Public(Moment::Step(Step::Release))),
        (TUESDAY + 180, Event::Public(Moment::Step(Step::Withdraw))),
        (TUESDAY + 240, Event::Public(Moment::Asked)),
        (TUESDAY + 300, Event::Public(Moment::Step(Step::Answer))),
        (LAST_JOURNALING, Event::Public(Moment::Step(Step::Journal))),
        (LAST_EVENING + 30, Event::Public(Moment::Looked)),
    ]
}

/// One thing that happens about the public journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// In the office.
    Step(Step),
    /// eInnsyn is about to lose answers, in the middle of the evening's publication.
    LostAnswers,
    /// Two of the public ask for access: one for an entry of ours, one for an entry that stood in eInnsyn before us.
    Asked,
    /// Somebody looks at what the public sees, long after the last change.
    Looked,
}

/// Whether an archive publishes: the one with building cases does.
pub(crate) fn publishes(tenant: &Tenant) -> bool {
    tenant.units.iter().any(|unit| unit.matter == Matter::Building)
}

/// The parts of a tenant's configuration that are about the public journal; the policy stands in a file.
pub(crate) fn sections(tenant: &Tenant, platform: &str, secrets: &Secrets) -> [(&'static str, Value); 3] {
    let einnsyn = json!({
        "base_url": platform, "api_key": secrets.api_key, "organisation": tenant.organisation, "files": FILES,
        "pause_ms": 0,
    });
    let settings = PageSettings::new(super::confidential::name(tenant));
    let publication = json!({
        "policy": secrets.policy, "fingerprint_key": secrets.fingerprint_key,
        "page": { "folder": PAGE, "settings": { "office": settings.office } },
    });
    let requests = json!({ "unit": REQUESTS_UNIT, "poll_minutes": 30 });
    [("einnsyn", einnsyn), ("publication", publication), ("requests", requests)]
}

/// References to what stands in files of its own.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(crate) api_key: Value,
    pub(crate) fingerprint_key: Value,
    pub(crate) policy: Value,
}

/// What a tenant publishes: documents of the planning unit in full text, and of the others the journal alone.
pub(crate) fn policy(tenant: &Tenant) -> PublicationPolicy {
    let named = |name: &str| UnitPolicy { name: Some(name.to_owned()), ..UnitPolicy::default() };
    let units = tenant.every_unit().map(|unit| (unit.id.clone(), named(unit.name)));
    let mut policy = PublicationPolicy { codes: CodeRules::standard(), ..PublicationPolicy::default() };
    policy.units.extend(units);
    if let Ok(unit) = sakarkiv::core::identity::UnitId::new(UNIT) {
        policy.units.insert(unit, UnitPolicy { full_text: true, ..named("Byplan") });
    }
    policy
}

/// Where the page keeps what is published, and where its files are in the end.
pub(crate) const PAGE: &str = "journal-page";
pub(crate) const POSTJOURNAL: &str = "postjournal";
/// The key of the fingerprints; a demonstration key.
pub(crate) const FINGERPRINT_KEY: &str = "5a6b7c8d9eaf0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394";

/// Looks at the page's folder, which lies beside the store.
pub(crate) fn page_folder(folder: &Path) -> std::path::PathBuf {
    folder.join(PAGE)
}

/// The unit and the case of the story, and its entries.
const UNIT: &str = "byplan";
const CASE: &str = "Detaljregulering for Prøvebrygga";
const OPEN: &str = "Søknad om igangsetting av arbeid på brygga";
/// Its title as the archive has it; the public must not read two of its words and a name.
const SCREENED: &str = "Merknad om Lykkebo fra Solveig Dypvik";
/// A place of this name lies in the town, and another entry screens the word.
const FALSE_ALARM: &str = "Uttalelse om turvegen forbi Lykkebo";
/// Somebody wrote the screened name into a title. Nobody ever releases it.
const LEAK: &str = "Svar til Solveig Dypvik";
const WITHDRAWN: &str = "Vedtak om stenging av strandvegen";
const ANSWER: &str = "Svar på krav om innsyn";
const SCREENED_PERSON: &str = "Solveig Dypvik";
const SCREENED_WORD: &str = "Lykkebo";
/// What stood in eInnsyn before the archive published there itself.
const STRANGER: &str = "Vedtak fra det gamle arkivet";
/// Who asks, for an entry of ours and for the stranger.
const ASKERS: [&str; 2] = ["nysgjerrig@example.org", "arkivgraver@example.org"];
/// What every title of a registered request begins with.
const REQUEST: &str = "Krav om innsyn";
/// The unit that gets requests which name nothing we know.
const REQUESTS_UNIT: &str = "postmottak";
/// The last day to answer what was asked for on Tuesday: three working days.
const ANSWER_DUE: &str = "2026-11-27";
const FILES: &str = "https://innsyn.example.no/fil/{entry}/{document}/{name}";
/// Minutes after the day began: the first and the last evening at six, Tuesday at six in the morning, and when the archive
/// journals for the last time what was dispatched.
const EVENING: u64 = 720;
const LAST_JOURNALING: u64 = LAST_EVENING - 30;
const TUESDAY: u64 = 1440;
const LAST_EVENING: u64 = 3 * 1440 + 720;
