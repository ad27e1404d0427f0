//! Confidential mail that lies in Altinn unopened (R5.4), found without opening it.
//!
//! A list by status tells what has at some time been published, and another what has at some time been read; what is in the
//! first alone is unopened. Each such message is looked at by the call that leaves it unread. What lies in services that do
//! not let us in, or that nobody has named to us, is only known from Altinn's own reminder of it, which comes a week late and
//! has no ids.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use sakarkiv_core::{
    calendar::oslo_date,
    delivery::Language,
    ports::{ItemId, PortError, PortErrorKind, UnopenedMail},
    routing::Coverage,
    unopened::{Knowledge, Place},
};
use uuid::Uuid;

use super::{AltinnInbox, UnreadConfidential, is_denied, listing::Lister, mail::correspondent};

impl AltinnInbox {
    pub(super) async fn lying_unopened(&self) -> Result<Vec<UnopenedMail>, PortError> {
        let (mut ids, mut granted, mut denied) = (BTreeSet::new(), false, None);
        for service in self.config.services.iter().filter(|service| service.confidential) {
            match self.unread_in(&service.id).await {
                Ok(unread) => {
                    granted = true;
                    ids.extend(unread);
                }
                Err(error) if is_denied(&error) => denied = Some(error),
                Err(error) => return Err(error),
            }
        }
        let mut unopened = Vec::new();
        for id in ids {
            if let Some(mail) = self.look_at(id).await? {
                unopened.push(mail);
            }
        }
        match self.unread_confidential(Language::Bokmaal).await {
            Ok(told) => unopened.extend(self.beyond(&unopened, told)),
            // Whoever may not ask for the reminder knows what the services tell, when all of them do.
            Err(error) if granted && denied.is_none() && error.kind() == PortErrorKind::Unauthorised => {}
            Err(error) => return Err(denied.unwrap_or(error)),
        }
        Ok(unopened)
    }

    /// The messages of a service that were published and never read.
    async fn unread_in(&self, service: &str) -> Result<BTreeSet<Uuid>, PortError> {
        let operation = self.operation("altinn.unopened");
        let now = self.clock.now();
        let from = now - TimeDelta::days(i64::from(self.config.unopened_look_back_days));
        let published = self.lister(service, operation).everything(from, now).await?;
        if published.cut_short {
            let detail = format!("`{service}` has more mail than can be listed: lower `unopened_look_back_days`");
            return Err(PortError::new(PortErrorKind::Transient, operation.name, detail));
        }
        if published.ids.is_empty() {
            return Ok(published.ids);
        }
        let read = Lister { status: READ, ..self.lister(service, operation) }.everything(from, now).await?;
        Ok(&published.ids - &read.ids)
    }

    /// A message by the call that leaves it unread; nothing when it has been read or removed meanwhile.
    async fn look_at(&self, id: Uuid) -> Result<Option<UnopenedMail>, PortError> {
        let operation = self.operation("altinn.unopened");
        let Some(message) = self.overview(id, &operation).await?.filter(|message| message.read.is_none()) else {
            return Ok(None);
        };
        let known = message.published.or(message.created);
        let arrived = known.unwrap_or_else(|| self.clock.now());
        let mut mail = UnopenedMail::new(self.config.organisation.clone(), Place::Altinn, arrived, &*message.status);
        mail.item = Some(ItemId(id.to_string()));
        mail.from = correspondent(&message);
        mail.due = message.due_date_time;
        mail.access = Coverage::Held;
        mail.knowledge = if known.is_some() { Knowledge::Confirmed } else { Knowledge::Unrecognised };
        Ok(Some(mail))
    }

    /// What the reminder tells of beyond the messages that we found ourselves. It has no ids, so each of ours answers for one
    /// line of its day.
    fn beyond(&self, ours: &[UnopenedMail], told: Option<UnreadConfidential>) -> Vec<UnopenedMail> {
        let mut days: Vec<NaiveDate> = ours.iter().map(|mail| oslo_date(mail.arrived)).collect();
        let lines = told.into_iter().flat_map(|told| told.messages);
        let others = lines.filter(|line| match days.iter().position(|day| Some(*day) == line.published) {
            Some(found) => {
                days.swap_remove(found);
                false
            }
            None => true,
        });
        let of_line = |published: Option<NaiveDate>| {
            // The line has a day and no hour. Without one, it is at least a week old.
            let week_ago = || oslo_date(self.clock.now() - TimeDelta::days(REMINDED_AFTER_DAYS));
            let day = published.unwrap_or_else(week_ago);
            let arrived = day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(MIDDAY);
            let mut mail = UnopenedMail::new(self.config.organisation.clone(), Place::Altinn, arrived, REMINDER);
            mail.knowledge = Knowledge::Confirmed;
            mail
        };
        others.map(|line| of_line(line.published)).collect()
    }
}

const READ: &str = "Read";
const REMINDER: &str = "confidential-reminders";
const REMINDED_AFTER_DAYS: i64 = 7;
/// Noon in Norway by UTC, more or less: a moment of the right day all year round.
const MIDDAY: i64 = 11;
