//! What specialist systems (fagsystemer) hand in during the day: a school's pupil files in one night, an appointment case from
//! vacancy to offer, a form, a building case by Fiks Arkiv, and one delivery that is refused, mended and then taken in.
//!
//! The senders live with the day's director and leave what they deliver in folders; the office's process takes it from there.
//! What they were answered is compared with the store at the end.

mod answers;
mod building;
mod form;
mod judge;
mod pupils;
mod recruitment;
mod register;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use sakarkiv::core::{
    identity::{IdError, OrganisationNumber, TenantId},
    ports::StoreError,
};
use sakarkiv_testkit::doubles::ManualClock;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::{
    judge::{Scene, judge},
    register::{building_service, registered},
};
use super::{
    plan::{Event, MailPlan, MailShape},
    random::Random,
    town::Tenant,
};

/// What happens on the side of the senders, or is asked of the office for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The night's bulk of pupil files is left in its folder.
    NightsBulk,
    /// Whoever was told what is wrong with a delivery mends it and leaves it again.
    Mend,
    /// The recruitment system delivers what came next of the vacancy.
    Recruitment(recruitment::Stage),
    /// The building system sends its next message.
    Building(building::Stage),
    /// Something that happens at the office itself.
    Office(Step),
}

/// What the office's process does for specialist systems that call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A parent's form is handed in.
    Form,
    /// An integration without a risk analysis is to go live, and is not let.
    NotReady,
    /// The building case is looked for by its property.
    FindProperty,
}

/// What a caller was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filed {
    /// The case number.
    pub(crate) case: String,
    /// How many entries.
    pub(crate) entries: usize,
}

/// Why a sender or the set-up failed.
#[derive(Debug, Error)]
pub(crate) enum SpecialistsError {
    #[error("a delivery cannot be left or an answer not be read: {0}")]
    Io(#[from] io::Error),
    #[error("an answer or a delivery is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error(transparent)]
    Screening(#[from] sakarkiv::core::screening::ScreeningError),
    #[error(transparent)]
    NotReady(#[from] sakarkiv::core::integration::NotReady),
    #[error(transparent)]
    Drop(#[from] sakarkiv::jobbnorge::source::DropError),
    #[error(transparent)]
    Tenant(#[from] sakarkiv::engine::UnknownTenant),
    #[error(transparent)]
    Archive(#[from] sakarkiv::core::ports::ArchiveError),
    #[error(transparent)]
    Integration(#[from] sakarkiv::engine::IntegrationError),
    #[error(transparent)]
    Tables(#[from] sakarkiv::fagsystem::forms::TableError),
    #[error("a form was rejected: {0}")]
    Rejected(#[from] sakarkiv::core::intake::Rejection),
    #[error(transparent)]
    Town(#[from] super::town::TownError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no test number could be made")]
    Number,
    #[error("{0}")]
    Wrong(&'static str),
}

/// The folders by which systems hand things in, below the day's folder.
#[derive(Debug, Clone)]
pub(crate) struct Ways(PathBuf);

impl Ways {
    pub(crate) fn of(folder: &Path) -> Self {
        Self(folder.join("specialists"))
    }

    fn pupils(&self) -> PathBuf {
        self.0.join(register::PUPILS)
    }

    fn recruitment(&self) -> PathBuf {
        self.0.join(register::RECRUITMENT)
    }

    fn building(&self) -> PathBuf {
        self.0.join(register::BUILDING)
    }
}

/// Plays a step at the office.
pub(crate) async fn play(
    office: &sakarkiv::engine::RecordsOffice,
    clock: &ManualClock,
    tenant: &TenantId,
    step: Step,
) -> Result<Option<Filed>, SpecialistsError> {
    match step {
        Step::Form => form::hand_in(office, clock, tenant).await.map(Some),
        Step::NotReady => register::not_ready(office, tenant).await.map(|()| None),
        Step::FindProperty => building::find_property(office, tenant).await.map(Some),
    }
}

/// The senders, with what they know of what they sent.
#[derive(Debug)]
pub(crate) struct Senders {
    ways: Ways,
    pupils: Vec<pupils::PupilDelivery>,
    /// Somebody looks for what was refused, and has not found it yet.
    mending: bool,
    recruitment: recruitment::Recruiter,
    building: building::Builder,
    form: Vec<Filed>,
    found: Vec<Filed>,
}

impl Senders {
    pub(crate) fn open(
        folder: &Path,
        seed: u64,
        clock: &Arc<ManualClock>,
        employer: &OrganisationNumber,
    ) -> Result<Self, SpecialistsError> {
        let ways = Ways::of(folder);
        Ok(Self {
            pupils: pupils::planned(seed)?,
            mending: false,
            recruitment: recruitment::Recruiter::new(clock, employer),
            building: building::Builder::new(),
            form: Vec::new(),
            found: Vec::new(),
            ways,
        })
    }

    /// Does what happens on the senders' side.
    pub(crate) fn act(&mut self, act: Act) -> Result<(), SpecialistsError> {
        match act {
            Act::NightsBulk => pupils::leave_all(&self.ways.pupils(), &self.pupils),
            Act::Mend => {
                self.mending = true;
                self.mend()
            }
            Act::Recruitment(stage) => self.recruitment.deliver(&self.ways.recruitment(), stage),
            Act::Building(stage) => {
                self.building.send(stage);
                Ok(())
            }
            Act::Office(_) => Ok(()),
        }
    }

    /// Looks again for what was refused until it is found: how soon the archive answers depends on the machine.
    fn mend(&mut self) -> Result<(), SpecialistsError> {
        if self.mending {
            self.mending = pupils::mend(&self.ways.pupils(), &self.pupils)? == 0;
        }
        Ok(())
    }

    /// Carries messages between the building system and the archive, as a network would, and mends what is still to be mended.
    pub(crate) fn carry(&mut self) -> Result<(), SpecialistsError> {
        self.mend()?;
        self.building.carry(&self.ways.building())
    }

    /// Remembers what a caller was answered.
    pub(crate) fn answered(&mut self, step: Step, filed: Filed) {
        match step {
            Step::Form => self.form.push(filed),
            Step::FindProperty => self.found.push(filed),
            Step::NotReady => {}
        }
    }
}

/// What happens with specialist systems and when, by minutes since the day began; and mail that comes beside the bulk.
pub(crate) fn story(random: &mut Random, tenant: &Tenant) -> Vec<(u64, Event)> {
    use building::Stage as B;
    use recruitment::Stage as R;
    let acts = [
        (70, Act::Recruitment(R::Opened)),
        (95, Act::Recruitment(R::Advertised)),
        (110, Act::Building(B::Application)),
        (130, Act::Office(Step::NotReady)),
        (150, Act::Office(Step::Form)),
        (155, Act::Office(Step::Form)),
        (180, Act::Recruitment(R::Applied)),
        (190, Act::Building(B::Supplement)),
        (260, Act::Building(B::Search)),
        (300, Act::Recruitment(R::Recommended)),
        (330, Act::Building(B::SignOff)),
        (340, Act::Office(Step::FindProperty)),
        (480, Act::Recruitment(R::Offered)),
        (520, Act::Recruitment(R::Closed)),
        (BULK, Act::NightsBulk),
        (BULK + 360, Act::Mend),
    ];
    let mut events: Vec<_> = acts.into_iter().map(|(minute, act)| (minute, Event::Specialists(act))).collect();
    // Killed while it works on the bulk, more than once.
    events.extend([BULK, BULK + 10, BULK + 20].map(|minute| (minute, Event::Kill)));
    for minute in [BULK, BULK, BULK + 10, BULK + 20, BULK + 30] {
        let mail = MailPlan {
            tenant: tenant.id.clone(),
            shape: MailShape::Ordinary,
            documents: vec![usize::try_from(random.between(5_000, 60_000)).unwrap_or(5_000)],
            confidential: false,
            seed: random.next(),
        };
        events.push((minute, Event::Mail(mail)));
    }
    events
}

/// Two o'clock at night, in minutes since the day began.
const BULK: u64 = 1_200;
