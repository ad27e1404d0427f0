use chrono::NaiveDate;
use http::Method;
use sakarkiv_core::{
    delivery::Language,
    ports::{PortError, PortErrorKind},
    screening::Private,
};

use super::AltinnInbox;
use crate::{
    api::{Call, Nothing},
    error::{Problem, code, refusal},
};

/// Unread confidential mail of an organisation, as far as Altinn tells of it to whoever has no access to it (R5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadConfidential {
    /// One for each message, the oldest first.
    pub messages: Vec<UnreadMessage>,
    /// All that Altinn says, for people.
    pub text: Private<String>,
}

/// One unread message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadMessage {
    /// When it was published, if the line has a date.
    pub published: Option<NaiveDate>,
    /// The line: sender, date and service.
    pub line: Private<String>,
}

impl AltinnInbox {
    /// Whether confidential mail has lain unread for a week. Needs no access to the mail itself, and is the only way to know
    /// of it when nobody has that. `None`: there is none.
    ///
    /// # Errors
    /// `Unauthorised` when the organisation's token may not ask; otherwise as [`Inbox::list`](sakarkiv_core::ports::Inbox).
    pub async fn unread_confidential(&self, language: Language) -> Result<Option<UnreadConfidential>, PortError> {
        let operation = self.operation("altinn.unread_confidential");
        let query = [("languageCode", language.code())];
        let call = Call::new(operation, &Method::GET, &["confidential-reminders"]);
        let call = call.with_query(&query).accepting("text/plain");
        let answer = self.api.ask(&self.wanted, &call, &Nothing).await?;
        if Problem::of(&answer).is(code::NOTHING_UNREAD) {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(refusal(&answer, &operation));
        }
        let text = std::str::from_utf8(&answer.body).map_err(|_| {
            let detail = format!("the answer is no text ({})", answer.fingerprint());
            PortError::new(PortErrorKind::Transient, operation.name, detail)
        })?;
        Ok(Some(read(text)))
    }
}

/// The lines that are numbered from 1 without a gap. Whatever stands around them is for people.
fn read(text: &str) -> UnreadConfidential {
    let mut messages = Vec::new();
    for line in text.lines().map(str::trim) {
        let number = line.split(['.', ')', ':', ' ']).next().and_then(|number| number.parse::<usize>().ok());
        if number == Some(messages.len() + 1) {
            messages.push(UnreadMessage { published: date_in(line), line: Private::new(line.to_owned()) });
        }
    }
    UnreadConfidential { messages, text: Private::new(text.to_owned()) }
}

/// The first date of the form `dd.MM.yyyy`.
fn date_in(line: &str) -> Option<NaiveDate> {
    let words = line.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.map(|word| word.trim_matches('.')).find_map(|word| NaiveDate::parse_from_str(word, "%d.%m.%Y").ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_numbered_line_is_a_message_and_the_rest_is_for_people() {
        let text = "Dere har ulest taushetsbelagt post.\n\n1. Eksempelvik kommune, 01.09.2026, Taushetsbelagt brev\n\n\
                    2. Prøvedal kommune - 05.09.2026 - hemmelig-brev\n\n3. Uten dato\n\nSe 7. steg i veilederen.";
        let unread = read(text);
        let dates = unread.messages.iter().map(|message| message.published).collect::<Vec<_>>();
        let date = |day| NaiveDate::from_ymd_opt(2026, 9, day);
        assert_eq!(dates, [date(1), date(5), None]);
        assert!(!format!("{unread:?}").contains("Eksempelvik"));
        assert!(read("").messages.is_empty());
        assert!(read("2. før 1.").messages.is_empty());
    }
}
