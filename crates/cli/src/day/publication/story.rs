//! What happens about the public journal in the office's process. Each step may be given again after a kill, so each first
//! looks whether it was done.

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use sakarkiv::{
    core::{
        access::Actor,
        case::{CaseKind, NewCase},
        document::{Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
        identity::{ActorId, CaseId, DocumentId, EntryId, IdError, PartyId, TenantId, Timestamp, UnitId},
        journal::{EntryKind, EntryStatus, JournalEntry, NewDocument, NewEntry, SignOffKind},
        party::{Party, PartyRole},
        ports::{CaseFilter, Clock, SignOffWish},
        screening::{AccessCode, Hides, Private, Screening, ScreeningError},
    },
    engine::{ChangeError, Desk, DeskError, DocumentError, PublicationError, RecordsOffice, UnknownTenant},
};
use sakarkiv_testkit::doubles::ManualClock;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{
    super::{random::test_person, rights::HEAD_ARCHIVIST},
    ANSWER, CASE, FALSE_ALARM, LEAK, OPEN, REQUEST, SCREENED, SCREENED_PERSON, SCREENED_WORD, UNIT, WITHDRAWN,
};

/// One thing that happens about the public journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A case comes into being in which one entry is screened and another tells what it screens.
    Register,
    /// An archivist journals the letters in building cases that were dispatched.
    Journal,
    /// An archivist releases what was held back without need.
    Release,
    /// An archivist withdraws what should not have been published.
    Withdraw,
    /// The request for access to an entry of ours is answered.
    Answer,
}

/// Why a step did not come out as it must.
#[derive(Debug, Error)]
pub(crate) enum StepError {
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Publication(#[from] PublicationError),
    #[error(transparent)]
    Content(#[from] DocumentError),
    #[error(transparent)]
    Document(#[from] sakarkiv::core::document::DocumentError),
    #[error(transparent)]
    Party(#[from] sakarkiv::core::party::PartyError),
    #[error(transparent)]
    Screening(#[from] ScreeningError),
    #[error(transparent)]
    Tenant(#[from] UnknownTenant),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("{0}")]
    Wrong(&'static str),
}

/// Plays one step, as the head archivist.
pub(crate) async fn play(
    office: &RecordsOffice,
    clock: &ManualClock,
    tenant: &TenantId,
    step: Step,
) -> Result<(), StepError> {
    let actor = Actor::new(tenant.clone(), ActorId::new(HEAD_ARCHIVIST)?).from_client("arkivklient");
    let story = Story { desk: office.as_user(&actor)?, actor: actor.id, now: clock.now() };
    match step {
        Step::Register => story.register().await,
        Step::Journal => story.journal().await,
        Step::Release => story.release().await,
        Step::Withdraw => story.withdraw().await,
        Step::Answer => story.answer().await,
    }
}

struct Story<'a> {
    desk: Desk<'a>,
    actor: ActorId,
    now: Timestamp,
}

impl Story<'_> {
    async fn register(&self) -> Result<(), StepError> {
        let case = self.case().await?;
        let (company, person) = (party("Brygge og Bru AS", 1)?, party(SCREENED_PERSON, 2)?.screened(true));
        let mut open = self.entry(EntryKind::Incoming, OPEN, company.clone())?;
        open.documents = vec![self.document(1, "Vi søker om å sette i gang arbeidet på brygga.").await?];
        self.once("offentlig-apen", case, open).await?;

        let mut screened = self.entry(EntryKind::Incoming, SCREENED, person)?;
        let screening = Screening::new(AccessCode::new("UO")?, "offl. § 13 jf. fvl. § 13", [Hides::TitleWords])?;
        screened.screening = Some(screening.with_words([SCREENED_WORD])?);
        self.once("offentlig-skjermet", case, screened).await?;

        let alarm = self.entry(EntryKind::Incoming, FALSE_ALARM, company.clone())?;
        self.once("offentlig-falsk-alarm", case, alarm).await?;

        let mut leak = self.entry(EntryKind::Outgoing, LEAK, company.clone())?;
        let number = test_person(7).map(|number| number.digits().to_owned()).unwrap_or_default();
        leak.documents = vec![self.document(2, &format!("Vi viser til skjema for {number}.")).await?];
        self.once("offentlig-lekkasje", case, leak).await?;

        self.once("offentlig-trukket", case, self.entry(EntryKind::Outgoing, WITHDRAWN, company)?).await?;
        Ok(())
    }

    async fn journal(&self) -> Result<(), StepError> {
        let mut filter = CaseFilter::default();
        filter.kind = Some(CaseKind::Building);
        for case in self.desk.readable_cases(&filter, None, 100).await? {
            let entries = self.desk.entries(case.id()).await?;
            for entry in entries.iter().filter(|entry| entry.status() == EntryStatus::Dispatched) {
                self.desk.move_entry(entry.id(), EntryStatus::Journaled).await?;
            }
        }
        Ok(())
    }

    /// Of what the leak check holds back, one is as the archivist says no leak.
    async fn release(&self) -> Result<(), StepError> {
        let (alarm, leak) = (self.titled(FALSE_ALARM).await?, self.titled(LEAK).await?);
        let desk = self.desk.publication();
        let held = desk.held(None, 100).await?;
        if !held.iter().any(|held| held.entry == leak.id()) {
            return Err(StepError::Wrong("the leak check let a screened name through"));
        }
        match held.into_iter().find(|held| held.entry == alarm.id()) {
            Some(held) => {
                for finding in held.findings {
                    desk.release(held.entry, finding.fingerprint, "Lykkebo er her navnet på et sted").await?;
                }
                Ok(())
            }
            None if desk.standing(alarm.id()).await?.cleared => Ok(()),
            None => Err(StepError::Wrong("what was to be released is neither held back nor cleared")),
        }
    }

    async fn withdraw(&self) -> Result<(), StepError> {
        let entry = self.titled(WITHDRAWN).await?.id();
        let desk = self.desk.publication();
        if !desk.standing(entry).await?.withdrawn {
            desk.withdraw(entry, "Vedtaket er ikke meddelt partene").await?;
        }
        Ok(())
    }

    async fn answer(&self) -> Result<(), StepError> {
        let case = self.case().await?;
        let requests = self.desk.entries(case).await?;
        let Some(request) = requests.iter().find(|entry| entry.title().expose().starts_with(REQUEST)) else {
            return Err(StepError::Wrong("the request for access to an entry of ours did not come into its case"));
        };
        let requester = party("Innsynskrever", 3)?.screened(true);
        let answer = self.entry(EntryKind::Outgoing, ANSWER, requester)?;
        let answer = self.once("offentlig-svar", case, answer).await?;
        if request.sign_offs().is_empty() {
            let wish = SignOffWish { how: SignOffKind::Letter, answered_by: Some(answer), party: None };
            self.desk.sign_off(request.id(), wish).await?;
        }
        Ok(())
    }

    async fn case(&self) -> Result<CaseId, StepError> {
        let mut case = NewCase::new(CaseKind::Ordinary, Private::from(CASE), UnitId::new(UNIT)?, self.actor.clone());
        case.case_handler = Some(self.actor.clone());
        Ok(self.desk.open_case_once("offentlig-sak", case).await?)
    }

    async fn titled(&self, title: &'static str) -> Result<JournalEntry, StepError> {
        let entries = self.desk.entries(self.case().await?).await?;
        let found = entries.into_iter().find(|entry| entry.title().expose() == title);
        found.ok_or(StepError::Wrong("an entry of the story about the public journal was not registered"))
    }

    fn entry(&self, kind: EntryKind, title: &'static str, party: Party) -> Result<NewEntry, StepError> {
        let mut entry = NewEntry::new(kind, Private::from(title), self.actor.clone());
        entry.status = EntryStatus::Journaled;
        entry.unit = Some(UnitId::new(UNIT)?);
        entry.parties = vec![party];
        Ok(entry)
    }

    async fn once(&self, key: &str, case: CaseId, entry: NewEntry) -> Result<EntryId, StepError> {
        Ok(self.desk.register_once(key, case, entry).await?)
    }

    async fn document(&self, n: u128, text: &str) -> Result<NewDocument, StepError> {
        let limit = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let bytes = stream::iter([Ok(bytes::Bytes::from(text.to_owned()))]).boxed();
        let version = DocumentVersion {
            number: 1,
            variant: Variant::Production,
            format: FileFormat::unknown(),
            media_type: MediaType::sanitize("text/plain"),
            file_name: FileName::sanitize("brev.txt"),
            content: self.desk.put_document(bytes, limit).await?,
            created: self.now - TimeDelta::minutes(1),
            created_by: self.actor.clone(),
        };
        let id = DocumentId::from_uuid(Uuid::from_u128(0x0ffe_0000_0000_4000_8000_0000_0000_0000 + n));
        Ok(NewDocument::main(Document::new(id, Private::from("Brev"))?.with_version(version)?.finished()))
    }
}

fn party(name: &str, n: u128) -> Result<Party, StepError> {
    let id = PartyId::from_uuid(Uuid::from_u128(0x0ffe_0000_0000_4000_9000_0000_0000_0000 + n));
    Ok(Party::new(id, PartyRole::Sender, Private::from(name))?)
}
