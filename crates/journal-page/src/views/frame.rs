use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sakarkiv_core::document::ContentHash;

use super::{Room, style::STYLE};
use crate::{
    address::{Address, Mode},
    meeting_words::meeting_words,
};

/// What a browser may do with a page: apply its own style and send its own form. Nothing is loaded from anywhere, nothing runs,
/// should a text ever get past the escaping.
pub(crate) fn content_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let hash = STANDARD.encode(ContentHash::of(STYLE.as_bytes()).bytes());
        format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; base-uri 'none'")
    });
    &POLICY
}

/// A whole page: landmarks, a way past the menu, and the content under one heading of the first rank.
pub(super) fn frame(room: &Room<'_>, title: &str, content: &Markup) -> String {
    let (words, settings) = (room.words(), room.settings);
    let full_title = format!("{title} – {} – {}", words.journal, settings.office);
    let page = html! {
        (DOCTYPE)
        html lang=(room.place.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(content_policy());
                meta name="robots" content="noindex, noarchive";
                meta name="referrer" content="no-referrer";
                title { (full_title) }
                link rel="icon" href="data:,";
                link rel="alternate" type="application/atom+xml" title=(words.journal) href=(room.link(Address::Atom));
                link rel="alternate" type="application/feed+json" title=(words.journal)
                    href=(room.link(Address::JsonFeed));
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#innhold" { (words.skip) }
                (header(room))
                main id="innhold" tabindex="-1" { div.wide { (content) } }
                (footer(room))
            }
        }
    };
    page.into_string()
}

fn header(room: &Room<'_>) -> Markup {
    let words = room.words();
    let mut menu = vec![(Address::Front, words.journal)];
    if room.place.mode == Mode::Live {
        menu.push((Address::Search, words.search));
    }
    menu.push((Address::Cases, words.cases));
    if room.journal.meetings().any(room.now) {
        menu.push((Address::Meetings(1), meeting_words(room.place.language).meetings));
    }
    html! {
        header {
            div.wide {
                p.office { a href=(room.link(Address::Front)) { (room.settings.office) } }
                nav aria-label=(words.menu) {
                    ul {
                        @for (address, name) in menu {
                            @let current = (address == room.place.address).then_some("page");
                            li { a href=(room.link(address)) aria-current=[current] { (name) } }
                        }
                        (languages(room))
                    }
                }
            }
        }
    }
}

/// The same page in the other languages, each named in its own.
fn languages(room: &Room<'_>) -> Markup {
    let others = room.settings.every_language().into_iter().filter(|language| *language != room.place.language);
    html! {
        @for language in others {
            li.language {
                a href=(room.place.link_in(room.place.address, language)) lang=(language.tag()) hreflang=(language.tag()) {
                    (language.own_name())
                }
            }
        }
    }
}

fn footer(room: &Room<'_>) -> Markup {
    let words = room.words();
    html! {
        footer {
            div.wide {
                p { (words.stars) }
                @if let Some(email) = &room.settings.access_email {
                    p { (words.ask) ": " a href={ "mailto:" (email) } { (email) } }
                }
                p {
                    (words.feeds) ": " a href=(room.link(Address::Atom)) { "Atom" } ", "
                    a href=(room.link(Address::JsonFeed)) { "JSON Feed" }
                }
            }
        }
    }
}
