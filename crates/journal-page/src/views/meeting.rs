//! Meetings of committees (R7.9): what was on the list, what was decided, who voted what.

use maud::{Markup, html};
use sakarkiv_core::{
    calendar::oslo_date,
    identity::MeetingId,
    publication::{PublicDecision, PublicDocument, PublicMeeting, PublicMeetingItem, PublicText, PublicVote},
};

use super::{
    Room,
    frame::frame,
    table::{documents, fact, turn, unit},
};
use crate::{
    address::{Address, Holder},
    meeting_words::{MeetingWords, meeting_words},
    words::short_date,
};

/// The list of meetings, the latest first. There is none before the first meeting. A title in it is the one that can be found
/// by search: a list is a way to find names.
pub(super) fn meetings(room: &Room<'_>, number: u32) -> Option<String> {
    let (words, own) = (room.words(), own(room));
    let meetings = room.journal.meetings().shown(room.now);
    if meetings.is_empty() {
        return None;
    }
    let (shown, pages) = (room.lines(&meetings, number)?, room.pages(meetings.len()));
    let content = html! {
        h1 { (own.meetings) }
        p.lead { (own.intro) }
        table {
            caption { (own.list) }
            thead {
                tr {
                    th scope="col" { (own.meeting) }
                    th scope="col" { (words.date) }
                    th scope="col" { (own.committee) }
                    th scope="col" { (own.number) }
                }
            }
            tbody {
                @for meeting in shown {
                    tr {
                        th.title scope="row" data-label=(own.meeting) {
                            a href=(room.link(Address::Meeting(meeting.meeting))) { (meeting.title.searchable) }
                        }
                        td.number data-label=(words.date) { (short_date(oslo_date(meeting.starts))) }
                        td data-label=(own.committee) { (unit(&meeting.committee)) }
                        td.number data-label=(own.number) { (meeting.number) }
                    }
                }
            }
        }
        (turn(room, number, pages, |page| room.link(Address::Meetings(page))))
    };
    Some(frame(room, own.meetings, &content))
}

/// A meeting with all that it treats.
pub(super) fn meeting(room: &Room<'_>, id: MeetingId) -> Option<String> {
    let own = own(room);
    let meeting = room.journal.meetings().meeting(id, room.now)?;
    let content = html! {
        p.above { (own.meeting) " " (meeting.number) }
        h1 { (meeting.title.shown) }
        (facts(room, meeting))
        (own_documents(room, meeting))
        h2 { (own.matters) }
        @if meeting.items.is_empty() { p { (own.no_matters) } }
        @for matter in &meeting.items { (item(room, id, matter)) }
        (super::entry::ask(room))
    };
    Some(frame(room, &format!("{} {}", own.meeting, meeting.number), &content))
}

fn own(room: &Room<'_>) -> &'static MeetingWords {
    meeting_words(room.place.language)
}

fn facts(room: &Room<'_>, meeting: &PublicMeeting) -> Markup {
    let own = own(room);
    html! {
        dl {
            (fact(own.committee, Some(unit(&meeting.committee))))
            (fact(own.number, Some(&meeting.number)))
            (fact(own.starts, Some(&MeetingWords::moment(room.words(), meeting.starts))))
            (fact(own.place, meeting.place.as_deref()))
            @if let Some(address) = web(meeting.video.as_deref()) {
                dt { (own.recording) }
                dd { a href=(address) { (own.see_recording) } }
            }
        }
    }
}

fn own_documents(room: &Room<'_>, meeting: &PublicMeeting) -> Markup {
    let own = own(room);
    html! {
        @if !meeting.documents.is_empty() {
            h2 { (own.own_documents) }
            @for document in &meeting.documents {
                section.paper {
                    h3 { (document.title.shown) }
                    p.small { (own.document_kind(document.kind)) }
                    (files(room, meeting.meeting, &document.documents, &document.title))
                }
            }
        }
    }
}

fn item(room: &Room<'_>, meeting: MeetingId, item: &PublicMeetingItem) -> Markup {
    let own = own(room);
    html! {
        section.matter {
            h3 { (item.title.shown) }
            p.small {
                (own.item_kind(item.kind))
                @if let Some(number) = item.number { " " (number) }
                @if let Some(address) = web(item.video.as_deref()) { " · " a href=(address) { (own.see_recording) } }
            }
            (files(room, meeting, &item.documents, &item.title))
            @if let Some(report) = &item.report {
                h4 { (own.report) }
                (text(&report.description))
                h4 { (own.recommendation) }
                (text(&report.recommendation))
                (files(room, meeting, &report.documents, &item.title))
            }
            @if let Some(recommendation) = &item.recommendation {
                h4 { (own.recommendation) }
                (text(recommendation))
            }
            @if let Some(decided) = &item.decision { (decision(room, meeting, item, decided)) }
        }
    }
}

fn decision(room: &Room<'_>, meeting: MeetingId, item: &PublicMeetingItem, decision: &PublicDecision) -> Markup {
    let own = own(room);
    html! {
        div.decided {
            h4 { (own.decision) " " (short_date(decision.date)) }
            (text(&decision.text))
        }
        @if let Some(proceedings) = &decision.proceedings {
            h4 { (own.proceedings) }
            (text(proceedings))
        }
        @if !decision.votes.is_empty() { (votes(own, item, &decision.votes)) }
        (files(room, meeting, &decision.documents, &item.title))
    }
}

fn votes(own: &MeetingWords, item: &PublicMeetingItem, votes: &[PublicVote]) -> Markup {
    html! {
        table.votes {
            caption { (own.votes) ": " (item.title.shown) }
            thead {
                tr {
                    th scope="col" { (own.voter) }
                    th scope="col" { (own.function) }
                    th scope="col" { (own.vote) }
                }
            }
            tbody {
                @for vote in votes {
                    tr {
                        th scope="row" data-label=(own.voter) { (vote.name.shown) }
                        td data-label=(own.function) { (vote.function.as_deref().unwrap_or_default()) }
                        td data-label=(own.vote) { (MeetingWords::cast(vote.cast)) }
                    }
                }
            }
        }
    }
}

/// The documents of a part of the meeting, when there are any.
fn files(room: &Room<'_>, meeting: MeetingId, papers: &[PublicDocument], of: &PublicText) -> Markup {
    html! {
        @if !papers.is_empty() {
            (documents(room, Holder::Meeting(meeting), papers, &format!("{}: {}", room.words().documents, of.shown)))
        }
    }
}

/// A longer text with the line breaks it was written with.
fn text(text: &PublicText) -> Markup {
    html! { p.text { (text.shown) } }
}

/// An address that a browser opens as a page of the web, and nothing that it would run.
fn web(address: Option<&str>) -> Option<&str> {
    address.filter(|address| address.starts_with("https://") || address.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::web;

    #[test]
    fn a_recording_is_linked_to_when_it_lies_in_the_web() {
        assert_eq!(web(Some("https://opptak.example/7")), Some("https://opptak.example/7"));
        for address in [Some("javascript:alert(1)"), Some("data:text/html,x"), Some(" https://opptak.example"), None] {
            assert_eq!(web(address), None);
        }
    }
}
