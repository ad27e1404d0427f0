//! The parts of an e-mail. A message inside a message is one part, and is not looked into: whoever sends e-mail may nest them
//! without end, and a tree of them is more than a program's stack holds.

use bytes::Bytes;
use mail_parser::{
    Message, MessageParser, MimeHeaders as _,
    decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode},
};

/// A part that is not made of parts itself.
pub(super) struct Leaf<'m> {
    head: Message<'m>,
    body: &'m [u8],
}

/// Splits a message into its parts, in their order, at most `most` and one more. What lies deeper than anybody nests parts is
/// left together as one.
pub(super) fn leaves(message: &[u8], most: usize) -> Vec<Leaf<'_>> {
    let (mut leaves, mut waiting) = (Vec::new(), vec![(message, 0_usize)]);
    while let Some((part, depth)) = waiting.pop() {
        // What has no head is text.
        let Some(head) = MessageParser::default().parse_headers(part) else { continue };
        let body = body_of(part);
        let inner =
            boundary(&head).filter(|_| depth < DEEPEST).map_or_else(Vec::new, |boundary| split(body, boundary, most));
        if inner.is_empty() {
            leaves.push(Leaf { head, body });
        }
        waiting.extend(inner.into_iter().rev().map(|part| (part, depth.saturating_add(1))));
        if leaves.len() > most {
            break;
        }
    }
    leaves
}

impl Leaf<'_> {
    /// Whether it is the message that people read, and nothing that was attached to it.
    pub(super) fn is_text(&self) -> bool {
        let text = self
            .head
            .content_type()
            .is_none_or(|kind| kind.ctype() == "text" && matches!(kind.subtype(), None | Some("plain" | "html")));
        let attached = self.head.content_disposition().is_some_and(mail_parser::ContentType::is_attachment);
        text && !attached && self.name().is_none()
    }

    /// Whether it is a message itself.
    pub(super) fn is_message(&self) -> bool {
        self.head.content_type().is_some_and(|kind| kind.ctype() == "message")
    }

    /// What it is called, as it says.
    pub(super) fn name(&self) -> Option<&str> {
        self.head.attachment_name()
    }

    /// What it is, as it says.
    pub(super) fn media_type(&self) -> Option<String> {
        let kind = self.head.content_type()?;
        Some(format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")))
    }

    /// Its bytes, in the character set in which they came; as they were written where they are not what they say.
    pub(super) fn content(&self) -> Bytes {
        let encoding = self.head.content_transfer_encoding().unwrap_or_default().trim().to_ascii_lowercase();
        let decoded = match encoding.as_str() {
            "base64" => base64_decode(self.body),
            "quoted-printable" => quoted_printable_decode(self.body),
            _ => None,
        };
        decoded.map_or_else(|| Bytes::copy_from_slice(self.body), Bytes::from)
    }
}

/// What stands after the first blank line.
fn body_of(part: &[u8]) -> &[u8] {
    let mut at = 0_usize;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        at = at.saturating_add(line.len());
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
    }
    part.get(at..).unwrap_or_default()
}

/// What stands between the parts of a part that is made of several.
fn boundary<'h>(head: &'h Message<'_>) -> Option<&'h str> {
    let kind = head.content_type().filter(|kind| kind.ctype() == "multipart")?;
    kind.attribute("boundary").filter(|boundary| !boundary.is_empty())
}

/// The parts between boundaries, at most `most` and one more; the last one also when the message was cut off in it.
fn split<'m>(body: &'m [u8], boundary: &str, most: usize) -> Vec<&'m [u8]> {
    let (mut parts, mut begun, mut at) = (Vec::new(), None, 0_usize);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let after = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()));
        let next = at.saturating_add(line.len());
        if let Some(after @ (b"" | b"--")) = after.map(<[u8]>::trim_ascii_end) {
            parts.extend(begun.and_then(|from| body.get(from..at)).map(without_last_break));
            if after == b"--" || parts.len() > most {
                return parts;
            }
            begun = Some(next);
        }
        at = next;
    }
    parts.extend(begun.and_then(|from| body.get(from..)));
    parts
}

/// The line break before a boundary belongs to the boundary.
fn without_last_break(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// Parts in parts; nobody's e-mail has as many.
const DEEPEST: usize = 20;
