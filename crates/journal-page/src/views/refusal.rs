use maud::html;

use super::{Room, frame::frame};
use crate::address::Address;

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is none, or not any more, or not yet: readers are not told which.
    NotFound,
    /// Something else than reading was tried.
    Method,
    /// A document cannot be fetched for now.
    Failing,
}

/// A page that says so, and where to go from there. Repeats nothing of what was asked for.
pub(crate) fn refuse(room: &Room<'_>, refusal: Refusal) -> String {
    let words = room.words();
    let (title, text) = match refusal {
        Refusal::NotFound => (words.not_found, words.not_found_text),
        Refusal::Method => (words.method, words.method_text),
        Refusal::Failing => (words.failing, words.failing_text),
    };
    let content = html! {
        h1 { (title) }
        p.lead { (text) }
        p { a href=(room.link(Address::Front)) { (words.back) } }
    };
    frame(room, title, &content)
}
