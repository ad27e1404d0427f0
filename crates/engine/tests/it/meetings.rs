//! Meetings of committees on their way to the public, and out of it again (R7.9, R7.7).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sakarkiv_core::{
    audit::{Activity, AuditOutcome},
    identity::{CaseId, ChannelId, DocumentId, MeetingId, TenantId, Timestamp},
    journal::{Amendment, Change},
    ports::{Audience, KeptFilter, MeetingPublisher, Store, Subject},
    publication::{Finding, Leak, Place, PublicMeeting, PublicText, clear_meeting},
    screening::Hides,
};
use sakarkiv_engine::{DeskError, MeetingRelease, PublicationError};
use sakarkiv_testkit::{
    doubles::ManualClock,
    memory::{MemoryJournal, PostFault},
};
use uuid::Uuid;

use crate::{
    meetings_world::{Hall, klage, meeting, screening, treating},
    world::{archivist, hours, minutes, person, tenant},
};

fn found(outcome: Result<(), PublicationError>) -> Vec<Finding> {
    let held = outcome.unwrap_err();
    assert!(matches!(held, PublicationError::MeetingHeld(_)), "{held:?}");
    if let PublicationError::MeetingHeld(findings) = held { findings } else { Vec::new() }
}

fn word(findings: &[Finding], reason: &str) -> MeetingRelease {
    let findings = findings.iter().map(|finding| finding.fingerprint).collect();
    MeetingRelease { findings, reason: reason.to_owned() }
}

#[test]
fn a_meeting_is_shown_at_once_where_meetings_are_shown_and_what_is_new_of_it_follows() {
    let hall = Hall::new();
    let case = hall.case();
    let first = meeting("Formannskapets fjerde møte");
    hall.publish(&first, &[case]).unwrap();
    hall.idle();
    assert_eq!(hall.shown(&first), Some((1, "Formannskapets fjerde møte".to_owned())));
    assert_eq!(hall.other.meeting(first.meeting), None);

    hall.publish(&first, &[case]).unwrap();
    hall.pass(hours(1));
    assert_eq!(
        (hall.count(&Activity::Published), hall.shown(&first).unwrap().0),
        (1, 1),
        "the same again is nothing new"
    );

    let moved = PublicMeeting { place: Some("Biblioteket".to_owned()), ..first.clone() };
    hall.publish(&moved, &[case]).unwrap();
    hall.idle();
    let shown = hall.page.meeting(first.meeting).unwrap();
    assert_eq!((shown.revision, shown.place.as_deref()), (2, Some("Biblioteket")));

    let standings = hall.run(hall.desk().publication().meetings(None, 10)).unwrap();
    let [standing] = &standings[..] else { panic!("{standings:?}") };
    assert_eq!((standing.meeting, standing.number.as_deref()), (first.meeting, Some("2026/4")));
    assert_eq!(standing.cases, [case].into());
    let names: Vec<_> = standing.publishers.keys().map(ChannelId::as_str).collect();
    assert_eq!(names, ["page"]);
    let page = standing.publishers.values().next().unwrap();
    assert_eq!((page.wanted, page.shown, page.due), (true, true, None));
    assert!(hall.run(hall.desk().publication().meetings(Some(first.meeting), 10)).unwrap().is_empty());
}

#[test]
fn a_lost_answer_or_a_death_before_it_is_noted_ends_in_the_same_meeting_shown() {
    for dies in [false, true] {
        let mut hall = Hall::new();
        let meeting = meeting("Formannskapets fjerde møte");
        hall.publish(&meeting, &[hall.case()]).unwrap();
        if dies {
            hall.death.armed.store(true, Ordering::SeqCst);
        } else {
            hall.page.arm(PostFault::DropAnswer);
        }
        assert_eq!(hall.idle(), !dies);
        assert!(hall.shown(&meeting).is_some());
        assert_eq!(hall.count(&Activity::Published), 0, "nobody knows yet");
        hall.restart();
        hall.pass(minutes(30));
        assert_eq!(hall.shown(&meeting).unwrap().0, 1);
        assert_eq!(hall.count(&Activity::Published), 1);
    }
}

#[test]
fn a_meeting_withdrawn_while_the_journal_is_away_goes_first_when_it_is_back() {
    let mut hall = Hall::new();
    let (old, new) = (
        meeting("Fjerde møte"),
        PublicMeeting { meeting: MeetingId::from_uuid(Uuid::from_u128(20)), ..meeting("Femte møte") },
    );
    hall.publish(&old, &[]).unwrap();
    hall.idle();
    for _ in 0..2 {
        hall.page.arm(PostFault::Busy(Duration::from_secs(60)));
    }
    hall.publish(&new, &[]).unwrap();
    hall.withdraw(&old);
    hall.idle();
    assert!(hall.shown(&old).is_some(), "it is away");
    hall.restart();
    hall.pass(hours(1));
    assert_eq!((hall.shown(&old), hall.shown(&new).map(|shown| shown.0)), (None, Some(1)));
    let done: Vec<_> = hall.log().into_iter().map(|record| record.event.activity).collect();
    let last = |activity| done.iter().rposition(|done| *done == activity).unwrap();
    assert!(last(Activity::Withdrawn) < last(Activity::Published));
    let kept =
        hall.run(hall.store().kept(&tenant(), "publication.meeting", &old.meeting.to_string())).unwrap().unwrap();
    assert!(!kept.value.contains("Fjerde"), "what was withdrawn is forgotten");

    hall.publish(&old, &[]).unwrap();
    hall.idle();
    assert_eq!(hall.shown(&old).unwrap().0, 2, "revisions grow over a withdrawal");
}

#[test]
fn what_a_title_or_a_document_tells_holds_a_meeting_until_somebody_releases_it_with_a_reason() {
    let hall = Hall::new();
    let case = hall.case();
    let document =
        hall.document("Klagen fra Kari Anne Testperson tas ikke til følge.".as_bytes(), Timestamp::UNIX_EPOCH);
    let mut held = treating(document);
    held.title = PublicText::nameless("Møte om 01819000553");
    let findings = found(hall.publish(&held, &[case]));
    let told: Vec<_> = findings.iter().map(|finding| (finding.place, finding.leak)).collect();
    assert!(told.contains(&(Place::MeetingTitle, Leak::IdentityNumber)), "{told:?}");
    let text = Place::DocumentText(DocumentId::from_uuid(Uuid::from_u128(41)));
    assert!(told.contains(&(text, Leak::NameScreenedElsewhere)), "{told:?}");
    let kept = hall.run(hall.store().kept_list(&tenant(), &KeptFilter::of("publication.meeting"), None, 10)).unwrap();
    assert!(kept.is_empty(), "what was not cleared is not stored");
    assert_eq!(hall.log().last().unwrap().event.outcome, AuditOutcome::Refused);

    let some = word(&findings[..1], "Navnet er kjent");
    assert_eq!(found(hall.release(&held, &[case], Some(&some))).len(), findings.len() - 1, "each needs its own word");
    let silent = hall.release(&held, &[case], Some(&word(&findings, " ")));
    assert!(matches!(silent, Err(PublicationError::NoReason)), "{silent:?}");
    assert_eq!(hall.count(&Activity::FindingReleased), 0);
    hall.idle();
    assert_eq!(hall.shown(&held), None);

    hall.release(&held, &[case], Some(&word(&findings, "Klageren har selv bedt om det"))).unwrap();
    hall.idle();
    assert!(hall.shown(&held).is_some());
    let released: Vec<_> =
        hall.log().into_iter().filter(|record| record.event.activity == Activity::FindingReleased).collect();
    assert_eq!(released.len(), findings.len());
    assert!(released.iter().all(|record| record.event.actor == archivist().id));
    let logged = serde_json::to_string(&released[0].event).unwrap();
    assert!(logged.contains("selv bedt om det") && logged.contains(&held.meeting.to_string()), "{logged}");

    let moved = PublicMeeting { place: None, ..held.clone() };
    hall.publish(&moved, &[case]).unwrap();
    held.title = PublicText::nameless("Møtet om 01819000553");
    assert_eq!(found(hall.publish(&held, &[case])).len(), 1, "another text is another finding");
}

#[test]
fn a_case_that_screens_more_takes_down_the_meeting_that_tells_it() {
    let hall = Hall::new();
    let case = hall.case();
    let title = meeting("Møte om klagen fra Ola Nabo");
    hall.publish(&title, &[case]).unwrap();
    hall.idle();
    assert!(hall.shown(&title).is_some());
    let entry = hall.run(hall.desk().register(case, klage(None))).unwrap().0;
    hall.idle();
    assert!(hall.shown(&title).is_some(), "it tells nothing of that");
    let words = screening([Hides::TitleWords]).with_words(["Ola Nabo"]).unwrap();
    let screened = Amendment::new(Change::Screening(Some(words)));
    hall.run(hall.desk().amend_entry(entry, screened)).unwrap();
    hall.pass(minutes(3));
    assert_eq!(hall.shown(&title), None);
    let told = hall.told();
    let about = Subject::MeetingPublication { meeting: title.meeting };
    assert!(told.iter().any(|(to, of, _)| *to == Audience::Archive && *of == about), "{told:?}");
    assert!(told.iter().all(|(_, _, text)| !text.contains("Ola")));
    assert_eq!(found(hall.publish(&title, &[case])).len(), 1);
}

#[test]
fn what_was_screened_while_the_journal_was_away_is_not_handed_out_when_it_is_back() {
    let mut hall = Hall::new();
    let case = hall.case();
    let title = meeting("Møte om klagen fra Ola Nabo");
    let entry = hall.run(hall.desk().register(case, klage(None))).unwrap().0;
    hall.idle();
    hall.page.arm(PostFault::DropRequest);
    hall.publish(&title, &[case]).unwrap();
    hall.idle();
    let words = screening([Hides::TitleWords]).with_words(["Ola Nabo"]).unwrap();
    hall.run(hall.desk().amend_entry(entry, Amendment::new(Change::Screening(Some(words))))).unwrap();
    hall.restart();
    hall.pass(hours(1));
    assert_eq!((hall.shown(&title), hall.count(&Activity::Published)), (None, 0));
}

#[test]
fn a_file_that_opens_is_published_anew() {
    let hall = Hall::new();
    let open = "2026-09-14T12:00:00Z".parse().unwrap();
    let meeting = treating(hall.document(b"Saken er avgjort.", open));
    hall.publish(&meeting, &[hall.case()]).unwrap();
    hall.pass(hours(3));
    assert_eq!(hall.shown(&meeting).unwrap().0, 1);
    hall.pass(hours(2));
    assert_eq!(hall.shown(&meeting).unwrap().0, 2);
}

#[test]
fn nobody_publishes_or_withdraws_a_meeting_without_the_duty_and_the_attempt_is_logged() {
    let hall = Hall::new();
    let (shown, case) = (meeting("Formannskapets fjerde møte"), hall.case());
    hall.publish(&shown, &[case]).unwrap();
    hall.idle();
    let handler = hall.office.as_user(&person("u1")).unwrap();
    let desk = handler.publication();
    let outcomes = [
        hall.run(desk.publish_meeting(meeting("Et annet"), &[case].into(), None)),
        hall.run(desk.withdraw_meeting(shown.meeting, "Borte")),
        hall.run(desk.meetings(None, 10)).map(drop),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(PublicationError::Desk(DeskError::Refused { .. }))), "{outcome:?}");
    }
    assert_eq!(hall.count(&Activity::AccessRefused), 3);
    hall.pass(minutes(5));
    assert_eq!(hall.shown(&shown).unwrap().0, 1);
}

#[test]
fn what_differs_at_the_journal_is_healed_and_told_and_another_tenants_meeting_is_never_touched() {
    let hall = Hall::new();
    let of = |id: u128| PublicMeeting { meeting: MeetingId::from_uuid(Uuid::from_u128(id)), ..meeting("Møte") };
    let [lost, back, fine] = [of(1), of(2), of(3)];
    for meeting in [&lost, &back, &fine] {
        hall.publish(meeting, &[]).unwrap();
    }
    hall.idle();
    hall.withdraw(&back);
    hall.pass(minutes(2));
    assert_eq!(hall.shown(&back), None);
    hall.page.take_down(lost.subject());
    let stranger = PublicMeeting { tenant: TenantId::new("narvik").unwrap(), revision: 4, ..of(9) };
    let journal = MemoryJournal::new(hall.page.clone(), Arc::<ManualClock>::clone(&hall.clock));
    for put in [stranger.clone(), PublicMeeting { revision: 7, ..back.clone() }] {
        let report = put.clean_report();
        hall.run(journal.publish_meeting(&clear_meeting(put, &report, &[]).unwrap())).unwrap();
    }
    hall.pass(hours(24));
    assert_eq!(hall.shown(&lost).unwrap().0, 2);
    assert_eq!((hall.shown(&back), hall.shown(&fine).unwrap().0), (None, 1));
    assert_eq!(hall.page.meeting(stranger.meeting), Some(stranger.clone()));
    let told = hall.told();
    let drift: Vec<&str> = told
        .iter()
        .filter(|(_, about, _)| matches!(about, Subject::PublicationDrift { .. }))
        .map(|(_, _, text)| text.as_str())
        .collect();
    assert!(drift.iter().any(|text| text.contains("1 meetings are published again, 1 are withdrawn")), "{drift:?}");
    assert!(drift.iter().any(|text| text.starts_with("1 meetings stand with page that the archive")), "{drift:?}");

    let desk = hall.desk();
    let gone = hall.run(desk.publication().withdraw_meeting(stranger.meeting, "Borte"));
    assert!(matches!(gone, Err(PublicationError::Desk(DeskError::NotFound))), "{gone:?}");
    assert!(matches!(hall.publish(&stranger, &[]), Err(PublicationError::OtherTenant)));
    hall.pass(minutes(5));
    assert_eq!(hall.page.meeting(stranger.meeting), Some(stranger));
}

#[test]
fn a_meeting_that_is_turned_down_is_told_once_and_one_too_large_or_of_no_known_case_is_not_taken() {
    let hall = Hall::new();
    let turned = meeting("Formannskapets fjerde møte");
    for _ in 0..2 {
        hall.page.arm(PostFault::Refuse);
    }
    hall.publish(&turned, &[]).unwrap();
    hall.pass(hours(10));
    let about = Subject::MeetingPublication { meeting: turned.meeting };
    assert_eq!(hall.told().iter().filter(|(to, of, _)| *to == Audience::Operations && *of == about).count(), 1);
    assert!(hall.shown(&turned).is_some());

    let long = PublicMeeting { place: Some("å".repeat(1 << 19)), ..turned.clone() };
    let refused = hall.publish(&long, &[]);
    let Err(PublicationError::MeetingTooLarge { bytes, most }) = refused else { panic!("{refused:?}") };
    assert!(bytes > most && most == 1 << 20);
    let unknown = hall.publish(&turned, &[CaseId::from_uuid(Uuid::from_u128(99))]);
    assert!(matches!(unknown, Err(PublicationError::Desk(DeskError::NotFound))), "{unknown:?}");
}
