//! The newest entries of the list as feeds: Atom (RFC 4287) and JSON Feed 1.1.

use chrono::SecondsFormat;
use sakarkiv_core::identity::{TenantId, Timestamp};
use sakarkiv_xml::Writer;
use serde_json::json;

use crate::{
    address::{Address, folder},
    journal::Item,
    views::Room,
};

/// How many entries a feed holds.
const LENGTH: usize = 50;

/// The media type of the Atom feed.
pub(crate) const ATOM: &str = "application/atom+xml; charset=utf-8";
/// The media type of the JSON feed.
pub(crate) const JSON: &str = "application/feed+json; charset=utf-8";

/// The Atom feed.
pub(crate) fn atom(room: &Room<'_>, tenant: &TenantId) -> Vec<u8> {
    let (words, language) = (room.words(), room.place.language.tag());
    let items = items(room);
    let updated = items.iter().map(|item| item.changed).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut feed = Writer::new();
    feed.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", language)]);
    feed.leaf("title", &format!("{} – {}", words.journal, room.settings.office));
    feed.leaf("id", &format!("tag:postjournal.invalid,2026:{tenant}:{language}"));
    feed.leaf("updated", &moment(updated));
    link(&mut feed, "self", &url(room, Address::Atom));
    link(&mut feed, "alternate", &url(room, Address::Front));
    feed.open("author", &[]);
    feed.leaf("name", &room.settings.office);
    feed.close();
    for item in items {
        let record = item.record();
        feed.open("entry", &[]);
        feed.leaf("title", &title(item));
        feed.leaf("id", &format!("urn:uuid:{}", record.entry));
        feed.leaf("updated", &moment(item.changed));
        feed.leaf("published", &moment(record.journal.accessible_after));
        link(&mut feed, "alternate", &url(room, Address::Entry(record.entry)));
        feed.leaf("summary", &summary(room, item));
        feed.close();
    }
    feed.finish().into_bytes()
}

/// The JSON feed.
pub(crate) fn json(room: &Room<'_>) -> Vec<u8> {
    let items: Vec<_> = items(room)
        .into_iter()
        .map(|item| {
            json!({
                "id": item.record().entry,
                "url": url(room, Address::Entry(item.record().entry)),
                "title": title(item),
                "content_text": summary(room, item),
                "date_published": moment(item.record().journal.accessible_after),
                "date_modified": moment(item.changed),
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": format!("{} – {}", room.words().journal, room.settings.office),
        "home_page_url": url(room, Address::Front),
        "feed_url": url(room, Address::JsonFeed),
        "language": room.place.language.tag(),
        "authors": [{ "name": room.settings.office }],
        "items": items,
    });
    feed.to_string().into_bytes()
}

fn items<'a>(room: &Room<'a>) -> Vec<&'a Item> {
    room.journal.newest(room.list_starts(), room.now).take(LENGTH).collect()
}

fn title(item: &Item) -> String {
    format!("{}: {}", item.record().journal.number, item.record().journal.title.shown)
}

fn summary(room: &Room<'_>, item: &Item) -> String {
    let (words, record) = (room.words(), item.record());
    let kind = words.entry_kind(record.journal.kind);
    let day = words.long_date(record.journal.journal_date);
    format!("{kind}, {day}. {}: {}", words.case, record.case.title.shown)
}

/// A whole address where the world's is known, else one relative to the feed.
fn url(room: &Room<'_>, to: Address) -> String {
    match room.settings.public_base() {
        Some(base) => format!("{base}{}{}", folder(room.place.language, room.place.first), to.path(room.place.mode)),
        None => room.link(to),
    }
}

fn moment(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn link(feed: &mut Writer, rel: &str, href: &str) {
    feed.leaf_with("link", &[("rel", rel), ("href", href)], "");
}
