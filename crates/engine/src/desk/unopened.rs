//! What lies unopened and what failed, for whoever may know of it, and contacts with those who should open it.

use sakarkiv_core::{
    access::{Action, Duty, View},
    audit::{Activity, ObjectRef},
    identity::LetterId,
    ports::Op,
    routing::RecipientKind,
    unopened::{History, Line},
};

use super::{Desk, DeskError};
use crate::{
    overview::{FailedLetter, failed_letters},
    unopened::{
        Contact, ContactAbout, ContactKind, Contacts, FollowUp, Questions, RemindError, Reminded, Unopened,
        UnopenedOverview, history, letters_lying, received, remind,
    },
};

impl Desk<'_> {
    /// What lies unopened (R5.3, R5.4), as far as the actor may know of it: letters whose entry the actor sees or whose
    /// account the actor operates, and, for those who operate all channels, what was received. The recipient is named only
    /// where the actor may read the entry, and a sender only when it is an organisation. Looking is logged.
    ///
    /// Asks those outside who could open it, so it may take a while.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    pub async fn unopened(&self) -> Result<UnopenedOverview, DeskError> {
        let standard = FollowUp::default();
        let follow_up = self.follow_up(&standard);
        let subject = self.subject().await?;
        // Decided before anybody outside is asked.
        let (mut letters, mut views) = (Vec::new(), Vec::new());
        for unopened in letters_lying(self.office, self.tenant, follow_up).await? {
            let view = subject.sees(&self.letter_object(&unopened.letter).await?);
            if view != View::None || self.operates(&subject, &unopened.delivery) {
                letters.push(unopened);
                views.push(view);
            }
        }
        let mut questions = Questions::new(self.office, self.tenant, follow_up);
        questions.ask(&mut letters, follow_up).await;
        let now = self.now();
        let mut screened = Vec::new();
        let mut lines: Vec<Line> = Vec::new();
        for (unopened, view) in letters.iter().zip(views) {
            let Some(mut line) = unopened.line(follow_up, now) else { continue };
            if view == View::Full {
                screened.push(unopened.letter.entry.to_string());
            } else {
                line.counterpart = None;
            }
            lines.push(line);
        }
        let mut blind = Vec::new();
        if subject.may(Duty::OperateChannels(None)).permit().is_some() {
            let (others, unknown) = received(&mut questions, follow_up).await?;
            lines.extend(others.into_iter().map(without_person));
            blind = unknown;
        }
        let mut event = self.event(Activity::Read, ObjectRef::Tenant).with_detail("unopened", lines.len().to_string());
        if !screened.is_empty() {
            event = event.with_detail("screened", screened.join(" "));
        }
        self.commit([Op::Audit(event)]).await?;
        Ok(UnopenedOverview::new(now, lines, blind))
    }

    /// How much lay unopened day by day, as the reports counted it: numbers of the whole tenant.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn unopened_history(&self) -> Result<History, DeskError> {
        self.permit(Duty::OperateChannels(None)).await?;
        Ok(history(self.office, self.tenant).await?)
    }

    /// Everything that failed, hangs or was not signed (R4.3, R4.4), with cause and remedy. Holds nothing personal.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn failed_letters(&self) -> Result<Vec<FailedLetter>, DeskError> {
        self.permit(Duty::OperateChannels(None)).await?;
        Ok(failed_letters(self.office, self.tenant).await?)
    }

    /// Sends the reminder that a letter calls for (R5.6), for whoever operates its account or may write its entry. It is an
    /// ordinary letter that reveals nothing, registered in the letter's case.
    ///
    /// # Errors
    /// [`RemindError`]; a refusal is logged. After [`StoreError::Unknown`](sakarkiv_core::ports::StoreError::Unknown) try
    /// again: what was sent already is not called for once more.
    pub async fn remind(&self, letter: LetterId) -> Result<Reminded, RemindError> {
        let follow_up = self.tenant.follow_up.as_ref().ok_or(RemindError::NotSetUp)?;
        let delivery = self.ordered(letter).await?;
        let letter = self.stored_letter(letter).await?;
        let mut unopened = [Unopened::of(self.office, self.tenant, letter, delivery).await?];
        Questions::new(self.office, self.tenant, follow_up).ask(&mut unopened, follow_up).await;
        let [unopened] = unopened;
        remind(self.office, self.tenant, follow_up, &self.actor, &unopened).await
    }

    /// Records that somebody was contacted about unopened mail in another way than by a reminder of ours: by those who may
    /// send one, and for received mail by those who operate all channels.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged. [`StoreError::Conflict`](sakarkiv_core::ports::StoreError::Conflict) when
    /// somebody recorded another contact at the same moment.
    pub async fn note_contact(&self, about: &ContactAbout, by: NotedContact) -> Result<(), DeskError> {
        let object = match about {
            ContactAbout::Letter(letter) => {
                self.ordered(*letter).await?;
                ObjectRef::Letter(*letter)
            }
            ContactAbout::Received { inbox, .. } => {
                self.permit(Duty::OperateChannels(None)).await?;
                ObjectRef::Inbox(inbox.clone())
            }
        };
        let how = ContactKind::from(by);
        let contacts = Contacts::of(self.office, &self.tenant.id, about).await?;
        let kept = contacts.with(about, Contact { at: self.now(), by: self.actor.id.clone(), how })?;
        let event = self.event(Activity::Reminded, object).with_detail("by", how.name());
        self.commit([kept, Op::Audit(event)]).await
    }

    /// Every contact about one piece of unopened mail, the oldest first.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn contacts(&self, about: &ContactAbout) -> Result<Vec<Contact>, DeskError> {
        let subject = self.subject().await?;
        match about {
            ContactAbout::Letter(letter) => {
                let letter = self.stored_letter(*letter).await?;
                let object = self.letter_object(&letter).await?;
                let operates = subject.may(Duty::OperateChannels(Some(&letter.sender.account))).permit().is_some();
                if !operates {
                    self.require(&subject, Action::Read, &object).await?;
                }
            }
            ContactAbout::Received { .. } => {
                self.permit_of(&subject, Duty::OperateChannels(None)).await?;
            }
        }
        Ok(Contacts::of(self.office, &self.tenant.id, about).await?.all)
    }

    fn follow_up<'b>(&'b self, standard: &'b FollowUp) -> &'b FollowUp {
        self.tenant.follow_up.as_ref().unwrap_or(standard)
    }
}

/// How a person contacted somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotedContact {
    /// By telephone.
    Call,
    /// In another way.
    Message,
}

impl From<NotedContact> for ContactKind {
    fn from(contact: NotedContact) -> Self {
        match contact {
            NotedContact::Call => Self::Call,
            NotedContact::Message => Self::Message,
        }
    }
}

/// Who wrote to us is known of an organisation only: there is no record yet by which to decide about a person's name.
fn without_person(mut line: Line) -> Line {
    line.counterpart = line.counterpart.filter(|party| party.kind == RecipientKind::Organisation);
    line
}
