//! The notification that goes with a letter (varsling).

use sakarkiv_core::{
    delivery::{Language, Notification, NotificationChannel, NotificationRecipient, NotificationText},
    ports::PortError,
    screening::Private,
};

use super::rejected;
use crate::{
    config::ConfidentialConfig,
    text::whole,
    wire::{self, CustomRecipient},
};

/// What the sender of an ordinary letter asked for, or what is usual: Altinn's own text and a reminder.
pub(super) fn ordinary(asked: Option<&Notification>, usual: bool) -> Result<Option<wire::Notification>, PortError> {
    match asked {
        Some(asked) => of(asked, None).map(Some),
        None if usual => of(&Notification { reminder: Some(<_>::default()), ..<_>::default() }, None).map(Some),
        None => Ok(None),
    }
}

/// The notification of confidential mail, which is never left out: it says that the mail is confidential and to which
/// service somebody must be given access, and nothing of the letter.
pub(super) fn confidential(
    asked: Option<&Notification>,
    service: &ConfidentialConfig,
    language: Language,
) -> Result<wire::Notification, PortError> {
    let usual = Notification { reminder: Some(<_>::default()), ..<_>::default() };
    let asked = asked.unwrap_or(&usual);
    let texts = [asked.text.as_ref(), asked.reminder.as_ref().and_then(|reminder| reminder.text.as_ref())];
    let shown = texts.into_iter().flatten().flat_map(|text| [&text.email_subject, &text.email_body, &text.sms]);
    if shown.flatten().any(|text| text.expose().to_lowercase().contains("$messagetitle$")) {
        return Err(rejected("the notification of a confidential letter must not show its title; leave it out"));
    }
    of(asked, Some(&confidential_text(service, language)))
}

/// The notification in Altinn's form. Without a text of its own it has `fallback`, or else Altinn's.
fn of(asked: &Notification, fallback: Option<&NotificationText>) -> Result<wire::Notification, PortError> {
    let text = asked.text.as_ref().or(fallback);
    let reminder_channel = asked.reminder.as_ref().map(|reminder| reminder.channel.unwrap_or(asked.channel));
    let reminder_text = asked.reminder.as_ref().and_then(|reminder| reminder.text.as_ref());
    let mut made = wire::Notification {
        // With Altinn's own text nothing is asked of the texts, and what there is becomes a part of it.
        notification_template: if text.is_some() { "CustomMessage" } else { "GenericAltinnMessage" },
        notification_channel: channel(asked.channel),
        reminder_notification_channel: reminder_channel.map(channel),
        send_reminder: asked.reminder.is_some(),
        override_registered_contact_information: asked.only_these,
        ..wire::Notification::default()
    };
    if let Some(text) = text {
        let parts = Parts::of(text, asked.channel, "notification")?;
        (made.email_subject, made.email_body, made.sms_body) = (parts.subject, parts.body, parts.sms);
        made.email_content_type = content_type(text, asked.channel);
    }
    if let Some((reminder, with)) = reminder_text.or(text).zip(reminder_channel) {
        let parts = Parts::of(reminder, with, "reminder")?;
        made.reminder_email_subject = parts.subject;
        made.reminder_email_body = parts.body;
        made.reminder_sms_body = parts.sms;
        made.reminder_email_content_type = content_type(reminder, with);
    }
    if asked.only_these && asked.recipients.is_empty() {
        return Err(rejected("only others are to be notified and none are named; name them or drop `only_these`"));
    }
    made.custom_recipients = asked.recipients.iter().map(recipient).collect();
    Ok(made)
}

/// The texts that a channel needs, whole and within the limits.
struct Parts {
    subject: Option<String>,
    body: Option<String>,
    sms: Option<String>,
}

impl Parts {
    fn of(text: &NotificationText, channel: NotificationChannel, what: &str) -> Result<Self, PortError> {
        let take = |part: &Option<Private<String>>, needed: bool, limit: usize, name: &str| {
            if !needed {
                return Ok(None);
            }
            let text = part.as_ref().and_then(|part| whole(part.expose(), limit));
            text.map(|text| Some(text.to_owned()))
                .ok_or_else(|| rejected(format!("the {what} needs a {name} of 1 to {limit} characters")))
        };
        let (email, sms) = (channel.uses_email(), channel.uses_sms());
        Ok(Self {
            subject: take(&text.email_subject, email, LONGEST_SUBJECT, "subject for e-mail")?,
            body: take(&text.email_body, email, LONGEST_BODY, "text for e-mail")?,
            sms: take(&text.sms, sms, LONGEST_SMS, "text message")?,
        })
    }
}

fn content_type(text: &NotificationText, with: NotificationChannel) -> Option<&'static str> {
    with.uses_email().then_some(if text.email_is_html { "Html" } else { "Plain" })
}

fn recipient(recipient: &NotificationRecipient) -> CustomRecipient {
    let mut made = CustomRecipient::default();
    match recipient {
        NotificationRecipient::Email(address) => made.email_address = Some(address.expose().clone()),
        NotificationRecipient::Mobile(number) => made.mobile_number = Some(number.expose().clone()),
        NotificationRecipient::Organisation(number) => made.organization_number = Some(number.as_str().to_owned()),
        NotificationRecipient::Person(number) => made.national_identity_number = Some(number.digits().to_owned()),
    }
    made
}

const fn channel(channel: NotificationChannel) -> &'static str {
    match channel {
        NotificationChannel::Email => "Email",
        NotificationChannel::Sms => "Sms",
        NotificationChannel::EmailPreferred => "EmailPreferred",
        NotificationChannel::SmsPreferred => "SmsPreferred",
        NotificationChannel::EmailAndSms => "EmailAndSms",
    }
}

fn confidential_text(service: &ConfidentialConfig, language: Language) -> NotificationText {
    let name = service.service_name.trim();
    let sender = service.sender_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let (subject, body, sms) = match language {
        Language::Bokmaal => {
            let from = sender.unwrap_or("det offentlige");
            (
                "Taushetsbelagt post i Altinn".to_owned(),
                format!(
                    "$correspondenceRecipientName$ har fått taushetsbelagt post fra {from} i Altinn. For å åpne den må noen i \
                     virksomheten ha tilgang til tjenesten «{name}». Hovedadministrator kan gi tilgangen i Altinn."
                ),
                format!("Taushetsbelagt post i Altinn. Krever tilgang til «{name}»."),
            )
        }
        Language::Nynorsk => {
            let from = sender.unwrap_or("det offentlege");
            (
                "Teiepliktig post i Altinn".to_owned(),
                format!(
                    "$correspondenceRecipientName$ har fått teiepliktig post frå {from} i Altinn. For å opne han må nokon i \
                     verksemda ha tilgang til tenesta «{name}». Hovudadministrator kan gje tilgangen i Altinn."
                ),
                format!("Teiepliktig post i Altinn. Krev tilgang til «{name}»."),
            )
        }
        Language::English => {
            let from = sender.unwrap_or("a public body");
            (
                "Confidential mail in Altinn".to_owned(),
                format!(
                    "$correspondenceRecipientName$ has received confidential mail from {from} in Altinn. To open it, somebody \
                     in the organisation needs access to the service «{name}». The main administrator can give it in Altinn."
                ),
                format!("Confidential mail in Altinn. Needs access to «{name}»."),
            )
        }
    };
    NotificationText {
        email_subject: Some(subject.into()),
        email_body: Some(body.into()),
        email_is_html: false,
        sms: Some(sms.into()),
    }
}

const LONGEST_SUBJECT: usize = 512;
const LONGEST_BODY: usize = 10_000;
const LONGEST_SMS: usize = 2_144;

#[cfg(test)]
mod tests {
    use sakarkiv_core::delivery::Reminder;

    use super::*;
    use crate::config::ConfidentialAccess;

    fn service(sender: Option<&str>) -> ConfidentialConfig {
        ConfidentialConfig {
            id: "hemmelig".to_owned(),
            service_name: "Taushetsbelagt post fra Eksempelvik kommune".to_owned(),
            sender_name: sender.map(str::to_owned),
            shows_titles: false,
            highest_level: true,
            access: ConfidentialAccess::Package,
        }
    }

    fn text(title: &str) -> NotificationText {
        NotificationText {
            email_subject: Some("Emne".into()),
            email_body: Some(title.into()),
            sms: Some("Kort".into()),
            email_is_html: true,
        }
    }

    #[test]
    fn confidential_mail_is_told_of_by_its_service_and_nothing_else_in_every_language() {
        for (language, word) in [
            (Language::Bokmaal, "Taushetsbelagt"),
            (Language::Nynorsk, "Teiepliktig"),
            (Language::English, "Confidential"),
        ] {
            let made = confidential(None, &service(None), language).unwrap();
            let sms = made.sms_body.unwrap();
            assert!(made.email_subject.unwrap().contains(word) && sms.contains(word));
            assert!(made.email_body.unwrap().contains("«Taushetsbelagt post fra Eksempelvik kommune»"));
            assert!(sms.chars().count() <= 160, "one text message: {sms}");
            assert!(made.send_reminder && made.reminder_sms_body == Some(sms));
        }
        let named = confidential(None, &service(Some("Eksempelvik kommune")), Language::Bokmaal).unwrap();
        assert!(named.email_body.unwrap().contains("fra Eksempelvik kommune i Altinn"));
    }

    #[test]
    fn the_title_of_confidential_mail_is_in_no_notification() {
        let first = Notification { text: Some(text("$messageTitle$")), ..<_>::default() };
        let reminder = Reminder { text: Some(text("om $MessageTitle$")), ..<_>::default() };
        let second = Notification { reminder: Some(reminder), ..<_>::default() };
        for asked in [first, second] {
            assert!(confidential(Some(&asked), &service(None), Language::Bokmaal).is_err());
            assert!(ordinary(Some(&asked), true).is_ok());
        }
    }

    #[test]
    fn each_channel_gets_the_texts_it_needs_and_no_other() {
        use NotificationChannel as C;
        for (with, email, sms) in [
            (C::Email, true, false),
            (C::Sms, false, true),
            (C::EmailPreferred, true, true),
            (C::SmsPreferred, true, true),
            (C::EmailAndSms, true, true),
        ] {
            let asked = Notification {
                channel: with,
                text: Some(text("Tekst")),
                reminder: Some(Reminder::default()),
                ..<_>::default()
            };
            let made = ordinary(Some(&asked), false).unwrap().unwrap();
            assert_eq!(
                (made.email_subject.is_some(), made.email_body.is_some(), made.sms_body.is_some()),
                (email, email, sms)
            );
            assert_eq!((made.reminder_email_body.is_some(), made.reminder_sms_body.is_some()), (email, sms));
            assert_eq!(made.email_content_type, email.then_some("Html"));
            let empty = Notification { text: Some(NotificationText::default()), ..asked };
            assert!(ordinary(Some(&empty), false).is_err());
        }
    }

    #[test]
    fn without_a_text_of_its_own_a_letter_has_altinns() {
        let made = ordinary(None, true).unwrap().unwrap();
        assert_eq!(
            (made.notification_template, made.notification_channel, made.send_reminder),
            ("GenericAltinnMessage", "EmailPreferred", true)
        );
        assert!(ordinary(None, false).unwrap().is_none());
        let nobody = Notification { only_these: true, ..<_>::default() };
        assert!(ordinary(Some(&nobody), true).is_err());
    }
}
