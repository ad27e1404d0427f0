use sakarkiv_core::{
    calendar::Calendar,
    delivery::{Language, Sender},
    unopened::{Limits, ReportSchedule, Rules, SenderFace},
};
use serde::{Deserialize, Serialize};

/// How a tenant follows up what lies unopened.
///
/// JSON form, for configuration; everything may be left out:
/// `{"name": "Prøvedal kommune", "schedule": {"daily": {"hour": 8}}, "limits": {…}, "calendar": {…}, "history_days": 400,
/// "questions": 200, "reminders": {…}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FollowUp {
    /// The tenant's name as it stands on reports.
    pub name: String,
    /// When mail counts as old, and how often is reminded.
    pub limits: Limits,
    /// The tenant's working days.
    pub calendar: Calendar,
    /// When reports are made by themselves.
    pub schedule: ReportSchedule,
    /// For how many days the numbers over time are kept.
    pub history_days: u32,
    /// How many questions one report puts at most to those outside about recipients: who could open it, and whether there is
    /// another way. What was not asked is not known.
    pub questions: usize,
    /// How reminders are written; without it none can be sent.
    pub reminders: Option<ReminderLetters>,
}

impl Default for FollowUp {
    /// A report each working day at eight, the standard limits, numbers of 400 days, 200 questions, no reminders.
    fn default() -> Self {
        Self {
            name: String::new(),
            limits: Limits::default(),
            calendar: Calendar::default(),
            schedule: ReportSchedule::default(),
            history_days: 400,
            questions: 200,
            reminders: None,
        }
    }
}

impl FollowUp {
    pub(crate) const fn rules(&self) -> Rules<'_> {
        Rules { limits: &self.limits, calendar: &self.calendar }
    }

    /// When the office reminds by itself; nothing when it may not.
    pub(crate) fn reminds(&self) -> Option<ReportSchedule> {
        self.reminders.as_ref().filter(|reminders| reminders.by_itself)?;
        Some(match self.schedule {
            ReportSchedule::Off => ReportSchedule::default(),
            ReportSchedule::Daily { hour } | ReportSchedule::Weekly { hour, .. } => ReportSchedule::Daily { hour },
        })
    }
}

/// How reminders are written (R5.6).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReminderLetters {
    /// Who they are from: the municipality as a whole, by an account whose name tells no more. The name of a unit would tell
    /// what the unread letter is about.
    pub sender: Sender,
    /// How the recipient reaches the mail room: a telephone number or an address.
    pub contact: String,
    /// In which language.
    #[serde(default)]
    pub language: Language,
    /// Whether the office sends them by itself: each working day at the hour of the reports, at eight where none are made.
    /// Otherwise people do.
    #[serde(default)]
    pub by_itself: bool,
}

impl ReminderLetters {
    pub(crate) fn face(&self) -> SenderFace<'_> {
        SenderFace { name: &self.sender.name, contact: &self.contact }
    }
}

#[cfg(test)]
mod tests {
    use sakarkiv_core::identity::{AccountId, OrganisationNumber, PostalAddress, UnitId};

    use super::*;

    #[test]
    fn a_configuration_says_what_differs_and_nothing_unknown() {
        let read =
            serde_json::from_str::<FollowUp>(r#"{"name": "Prøvedal", "schedule": {"daily": {"hour": 6}}}"#).unwrap();
        assert_eq!((read.name.as_str(), read.schedule), ("Prøvedal", ReportSchedule::Daily { hour: 6 }));
        assert_eq!(read.limits, Limits::default());
        assert!(serde_json::from_str::<FollowUp>(r#"{"schedul": "off"}"#).is_err());
    }

    #[test]
    fn reminders_go_each_working_day_however_seldom_reports_are_made() {
        let weekly = ReportSchedule::Weekly { day: chrono::Weekday::Mon, hour: 7 };
        for (schedule, hour) in [(ReportSchedule::Off, 8), (ReportSchedule::Daily { hour: 6 }, 6), (weekly, 7)] {
            let mut follow_up = FollowUp { schedule, ..FollowUp::default() };
            assert_eq!(follow_up.reminds(), None, "nobody said how they are written");
            for by_itself in [false, true] {
                follow_up.reminders = Some(letters(by_itself));
                let expected = by_itself.then_some(ReportSchedule::Daily { hour });
                assert_eq!(follow_up.reminds(), expected, "{schedule:?}");
            }
        }
    }

    fn letters(by_itself: bool) -> ReminderLetters {
        let sender = Sender {
            account: AccountId::new("post").unwrap(),
            unit: UnitId::new("postmottak").unwrap(),
            name: "Prøvedal kommune".to_owned(),
            organisation: OrganisationNumber::parse("310000027").unwrap(),
            address: PostalAddress::new(["Prøveveien 1"], "8003", "Bodø").unwrap(),
        };
        ReminderLetters { sender, contact: "55 00 00 00".to_owned(), language: Language::Bokmaal, by_itself }
    }
}
