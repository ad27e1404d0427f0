//! The pages as a router.

use std::collections::BTreeSet;

use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
    routing::any,
};
use sakarkiv_core::{
    document::{BlobRef, FileName},
    identity::DocumentId,
    ports::PortErrorKind,
};

use crate::{
    address::{Address, Holder, Mode, Place, Suffix},
    feeds,
    journal::Journal,
    page::JournalPage,
    query::{Query, encode},
    views::{self, Refusal, Room, content_policy, faulty_search, refuse, search},
};

impl JournalPage {
    /// The pages as a router of their own, to serve as it is or to mount under any path with `nest`, or with `nest_service`,
    /// which answers the path with a slash at its end too. All links are relative, so it may also stand behind a proxy that
    /// takes a part of the path away.
    ///
    /// Every answer forbids scripts and loading, guessing of types, and indexing by search engines
    /// (`X-Robots-Tag: noindex`, Noark 5 requirement 5.2.38). Nothing is asked of readers but what stands in the address.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        // By a fallback too: a mounted router is asked for `/mount/` by that alone.
        Router::new().route("/", any(answer)).route("/{*path}", any(answer)).fallback(answer).with_state(self.clone())
    }
}

async fn answer(State(page): State<JournalPage>, OriginalUri(original): OriginalUri, request: Request) -> Response {
    let path = request.uri().path();
    let (place, found) = locate(&page, original.path(), path);
    let mut response = if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = refusal(&page, place, Refusal::Method);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        response
    } else if !found {
        refusal(&page, place, Refusal::NotFound)
    } else if let Address::Document(holder, document, suffix) = place.address {
        file(&page, place, (holder, document, suffix)).await
    } else {
        text(&page, place, request.uri().query().unwrap_or_default())
    };
    protect(response.headers_mut());
    response
}

/// Where a request stands, and whether there is such an address.
fn locate(page: &JournalPage, original: &str, path: &str) -> (Place, bool) {
    let first = page.settings().language();
    let mut rest = path.strip_prefix('/').unwrap_or(path);
    let mut language = first;
    for other in page.settings().every_language().into_iter().skip(1) {
        if let Some(below) = rest.strip_prefix(other.tag()).filter(|below| below.is_empty() || below.starts_with('/')) {
            (language, rest) = (other, below.strip_prefix('/').unwrap_or(below));
            break;
        }
    }
    let address = Address::parse(rest);
    let root = root(original, path);
    let place = Place { mode: Mode::Live, root, language, first, address: address.unwrap_or(Address::Front) };
    (place, address.is_some())
}

/// From the path a browser asked for to the root of the pages. `path` is what is left of it below the mount.
fn root(original: &str, path: &str) -> String {
    const DEEPEST: usize = 5;
    let depth = path.matches('/').count().saturating_sub(1);
    match original.rsplit_once('/') {
        // Mounted, and asked for without a slash at the end: relative links start beside it.
        Some((_, mount)) if !mount.is_empty() && path.len() <= 1 => format!("./{mount}/"),
        _ if depth == 0 => "./".to_owned(),
        _ if depth <= DEEPEST => "../".repeat(depth),
        // No page lies so deep; a long row of steps in each link of the refusal would be a gift to whoever wants much sent.
        _ => format!("{}/", original.strip_suffix(path).unwrap_or_default()),
    }
}

fn text(page: &JournalPage, place: Place, query: &str) -> Response {
    let journal = page.journal();
    let unreadable = BTreeSet::new();
    let room = room(page, &journal, place, &unreadable);
    match room.place.address {
        Address::Search => match Query::parse(query) {
            Ok(query) => found(&room, search(&room, &query)),
            Err(fault) => html(&room, StatusCode::BAD_REQUEST, faulty_search(&room, fault)),
        },
        Address::Atom => feed_response(&room, feeds::ATOM, feeds::atom(&room, page.tenant())),
        Address::JsonFeed => feed_response(&room, feeds::JSON, feeds::json(&room)),
        _ => found(&room, views::page(&room)),
    }
}

/// A document, when it is open now.
async fn file(page: &JournalPage, place: Place, at: (Holder, DocumentId, Suffix)) -> Response {
    let (holder, document, suffix) = at;
    let Some((content, name)) = open_file(page, at) else {
        return refusal(page, place, Refusal::NotFound);
    };
    let stream = match page.blobs().open(page.tenant(), &content).await {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!(?holder, %document, %error, "an open document cannot be read");
            let gone = error.kind() == PortErrorKind::Rejected;
            return refusal(page, place, if gone { Refusal::NotFound } else { Refusal::Failing });
        }
    };
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(suffix.media_type()));
    headers.insert(CONTENT_LENGTH, content.size.into());
    headers.insert(CONTENT_DISPOSITION, disposition(&name, suffix));
    // A viewer of documents draws with a style of its own; it gets no more.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'",
        ),
    );
    response
}

/// The file behind an address, when it is open now.
fn open_file(
    page: &JournalPage,
    (holder, document, suffix): (Holder, DocumentId, Suffix),
) -> Option<(BlobRef, FileName)> {
    let now = page.now();
    let journal = page.journal();
    let (_, file) = match holder {
        Holder::Entry(entry) => journal.entry(entry, now)?.record().files().find(|(id, _)| *id == document)?,
        Holder::Meeting(meeting) => {
            journal.meetings().meeting(meeting, now)?.files().find(|(id, _)| *id == document)?
        }
    };
    let is_open = file.accessible_after <= now && Suffix::of(&file.media_type) == suffix;
    is_open.then(|| (file.content, file.name.clone()))
}

/// What a browser shall do with a file, and what it is called (RFC 6266): PDF and images are shown, all else is saved. Whatever
/// stands in the name, only plain characters and their encoding reach the header.
fn disposition(name: &FileName, suffix: Suffix) -> HeaderValue {
    let shown = matches!(suffix.media_type(), "application/pdf" | "image/png" | "image/jpeg");
    let way = if shown { "inline" } else { "attachment" };
    let plain: String = name
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let header = format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{}", encode(name.as_str()));
    HeaderValue::try_from(header).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

fn refusal(page: &JournalPage, place: Place, refusal: Refusal) -> Response {
    let journal = page.journal();
    let unreadable = BTreeSet::new();
    let room = room(page, &journal, Place { address: Address::Front, ..place }, &unreadable);
    let status = match refusal {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::Failing => StatusCode::SERVICE_UNAVAILABLE,
    };
    html(&room, status, refuse(&room, refusal))
}

fn room<'a>(
    page: &'a JournalPage,
    journal: &'a Journal,
    place: Place,
    unreadable: &'a BTreeSet<DocumentId>,
) -> Room<'a> {
    Room { settings: page.settings(), journal, now: page.now(), place, unreadable, last_lists: page.last_lists() }
}

fn found(room: &Room<'_>, text: Option<String>) -> Response {
    match text {
        Some(text) => html(room, StatusCode::OK, text),
        None => html(room, StatusCode::NOT_FOUND, refuse(room, Refusal::NotFound)),
    }
}

fn html(room: &Room<'_>, status: StatusCode, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, room.place.language.tag()),
        (CONTENT_SECURITY_POLICY, content_policy()),
    ];
    (status, headers, text).into_response()
}

fn feed_response(room: &Room<'_>, media_type: &'static str, feed: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_LANGUAGE, room.place.language.tag()),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (headers, feed).into_response()
}

/// What stands on every answer.
fn protect(headers: &mut HeaderMap) {
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, noarchive"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
        // What is withdrawn must be gone at the next look.
        (CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use sakarkiv_core::document::MediaType;

    use super::*;

    #[test]
    fn the_root_is_found_from_wherever_a_page_is_mounted() {
        for (original, path, expected) in [
            ("/", "/", "./"),
            ("/sok", "/sok", "./"),
            ("/dag/2026-09-14", "/dag/2026-09-14", "../"),
            ("/nn/dag/2026-09-14", "/nn/dag/2026-09-14", "../../"),
            ("/post/journal", "/", "./journal/"),
            ("/post/journal/", "/", "./"),
            ("/post/journal/sok", "/sok", "./"),
            ("/post/journal/a/b/c/d/e/f/g", "/a/b/c/d/e/f/g", "/post/journal/"),
        ] {
            assert_eq!(root(original, path), expected, "{original}");
        }
    }

    #[test]
    fn nothing_in_a_file_name_breaks_out_of_its_header() {
        let pdf = Suffix::of(&MediaType::pdf());
        let name = FileName::sanitize("vedtak; filename=x.html\r\nSet-Cookie: a\u{202e}å.pdf");
        let header = disposition(&name, pdf);
        let text = header.to_str().unwrap();
        assert!(text.starts_with("inline; filename=\"") && !text.contains(['\r', '\n']), "{text}");
        assert_eq!(text.matches('"').count(), 2);
        assert_eq!(text.matches(';').count(), 2);
        let page = disposition(&FileName::sanitize("a.html"), Suffix::of(&MediaType::sanitize("text/html")));
        assert!(page.to_str().unwrap().starts_with("attachment;"));
    }
}
