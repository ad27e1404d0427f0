//! The text of XML and HTML, without building anything: a walk from tag to tag. Entities that a file declares itself are not
//! followed but doubted.

use sakarkiv_core::publication::Leak;

use super::Extracted;
use crate::Limits;

/// Adds the text of a file to what was taken out.
pub(super) fn read(xml: &str, extracted: &mut Extracted, limits: Limits) {
    let mut rest = xml;
    while !rest.is_empty() {
        let (text, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        extracted.add_text(&unescape(text), limits);
        rest = match Markup::of(tag) {
            Markup::None => return,
            Markup::Literal { text, after } => {
                extracted.add_text(text, limits);
                after
            }
            Markup::Remark { text, after } => {
                extracted.add_data(text, limits);
                after
            }
            Markup::Declaration { after } => {
                if tag.len() - after.len() > 9 && declares_entities(tag) {
                    extracted.doubt(Leak::Unreadable);
                }
                after
            }
            Markup::Tag { inside, after } => {
                add_tag(inside, extracted, limits);
                after
            }
            Markup::Broken => {
                extracted.doubt(Leak::Unreadable);
                return;
            }
        };
    }
}

enum Markup<'a> {
    None,
    Literal { text: &'a str, after: &'a str },
    Remark { text: &'a str, after: &'a str },
    Declaration { after: &'a str },
    Tag { inside: &'a str, after: &'a str },
    Broken,
}

impl<'a> Markup<'a> {
    fn of(tag: &'a str) -> Self {
        let until = |rest: &'a str, end: &str| rest.split_once(end);
        if tag.is_empty() {
            return Self::None;
        }
        if let Some(rest) = tag.strip_prefix("<!--") {
            return until(rest, "-->").map_or(Self::Broken, |(text, after)| Self::Remark { text, after });
        }
        if let Some(rest) = tag.strip_prefix("<![CDATA[") {
            return until(rest, "]]>").map_or(Self::Broken, |(text, after)| Self::Literal { text, after });
        }
        if let Some(rest) = tag.strip_prefix("<?") {
            return until(rest, "?>").map_or(Self::Broken, |(_, after)| Self::Declaration { after });
        }
        if let Some(rest) = tag.strip_prefix("<!") {
            // A declaration with others inside ends after these.
            let end = if rest.split('>').next().is_some_and(|head| head.contains('[')) { "]>" } else { ">" };
            return until(rest, end).map_or(Self::Broken, |(_, after)| Self::Declaration { after });
        }
        let rest = tag.strip_prefix('<').unwrap_or_default();
        let (mut quote, mut end) = (None, None);
        for (at, byte) in rest.bytes().enumerate() {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if open == byte => quote = None,
                (None, b'>') => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        match end.and_then(|end| Some((rest.get(..end)?, rest.get(end + 1..)?))) {
            Some((inside, after)) => Self::Tag { inside, after },
            None => Self::Broken,
        }
    }
}

fn declares_entities(tag: &str) -> bool {
    tag.get(..tag.len().min(4096)).unwrap_or(tag).contains("<!ENTITY")
}

fn add_tag(inside: &str, extracted: &mut Extracted, limits: Limits) {
    let name = inside.trim_start_matches('/').split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    if !runs_on(local) {
        extracted.add_text("\n", limits);
    }
    let mut rest = inside;
    while let Some((before, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            rest = after;
            continue;
        };
        let Some((value, others)) = after.get(1..).and_then(|after| after.split_once(quote)) else { return };
        let attribute = before.trim_end().rsplit([' ', ':', '\t', '\r', '\n']).next().unwrap_or_default();
        if tells(attribute) {
            extracted.add_data(&unescape(value), limits);
        }
        rest = others;
    }
}

/// Elements that stand inside words: a word goes on after them.
fn runs_on(local: &str) -> bool {
    const WITHIN: &[&str] = &[
        "t",
        "r",
        "rPr",
        "rFonts",
        "b",
        "bCs",
        "i",
        "iCs",
        "u",
        "em",
        "strong",
        "span",
        "a",
        "font",
        "sz",
        "szCs",
        "color",
        "lang",
        "proofErr",
        "bookmarkStart",
        "bookmarkEnd",
        "lastRenderedPageBreak",
        "noProof",
        "vertAlign",
        "highlight",
        "ins",
        "del",
        "delText",
        "smartTag",
        "hyperlink",
        "rStyle",
        "kern",
        "spacing",
        "latin",
        "ea",
        "cs",
        "solidFill",
        "srgbClr",
        "schemeClr",
        "softHyphen",
        "wbr",
        "mark",
        "sub",
        "sup",
        "s",
        "commentRangeStart",
        "commentRangeEnd",
        "commentReference",
        "soft-page-break",
        "bookmark",
        "bookmark-start",
        "bookmark-end",
    ];
    WITHIN.contains(&local)
}

/// Attributes that hold words of people rather than numbers of machines.
fn tells(attribute: &str) -> bool {
    const TELLING: &[&str] = &[
        "author",
        "initials",
        "descr",
        "title",
        "alt",
        "name",
        "content",
        "value",
        "href",
        "Target",
        "creator",
        "label",
        "userId",
        "string-value",
        "placeholder",
        "summary",
    ];
    TELLING.contains(&attribute)
}

/// With the signs that references stand for; one nobody knows stays as it is.
fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after
            .split_once(';')
            .filter(|(name, _)| name.len() <= 10)
            .and_then(|(name, others)| Some((reference(name)?, others)));
        rest = match known {
            Some((sign, others)) => {
                plain.push(sign);
                others
            }
            None => {
                plain.push('&');
                after
            }
        };
    }
    plain.push_str(rest);
    plain.into()
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "shy" => '\u{ad}',
        "aring" => 'å',
        "Aring" => 'Å',
        "oslash" => 'ø',
        "Oslash" => 'Ø',
        "aelig" => 'æ',
        "AElig" => 'Æ',
        "eacute" => 'é',
        "ouml" => 'ö',
        "auml" => 'ä',
        "uuml" => 'ü',
        "ndash" => '–',
        "mdash" => '—',
        _ => return None,
    })
}
