use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};
use thiserror::Error;

use crate::{
    decode::{decode, is_character},
    element::{Attribute, Element},
};

/// How much of a message is read. What is beyond is an error, not cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a message. Default: 16 MiB.
    pub bytes: usize,
    /// How deep elements may lie in each other. Default: 64.
    pub depth: usize,
    /// The most elements and attributes in all. Default: 200,000.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, depth: 64, nodes: 200_000 }
    }
}

impl Limits {
    /// The same for messages of at most so many bytes.
    #[must_use]
    pub const fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }
}

/// Why bytes are not a message that can be read. Never tells what was in them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlError {
    /// More bytes than [`Limits::bytes`].
    #[error("the message is larger than {limit} bytes; send large content as files beside it")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Not text in an encoding that is known here.
    #[error("the message is not text in UTF-8, UTF-16, US-ASCII or ISO 8859-1; declare the encoding it is written in")]
    Encoding,
    /// A document type definition.
    #[error("the message has a document type definition; leave it out")]
    Doctype,
    /// An entity other than the five of XML itself.
    #[error("the message uses an entity of its own; write the character itself")]
    Entity,
    /// Elements lie deeper in each other than [`Limits::depth`].
    #[error("elements of the message lie deeper in each other than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More elements and attributes than [`Limits::nodes`].
    #[error("the message has more than {limit} elements and attributes")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The name of a namespace is longer than any real one; every element in it would keep a copy.
    #[error("a namespace of the message has more than {limit} bytes; use the interface's own")]
    NamespaceTooLong {
        /// The limit.
        limit: usize,
    },
    /// Not well-formed XML with one root element.
    #[error("the message is not well-formed XML (about character {at})")]
    IllFormed {
        /// About where, in bytes of UTF-8 from the start.
        at: u64,
    },
}

/// Attributes of one element, declarations of namespaces among them; looking for a repeated name compares each with each.
const MAX_ATTRIBUTES: usize = 64;
/// The longest name of a namespace, in bytes.
const MAX_NAMESPACE: usize = 256;

/// Reads a message into a tree.
///
/// Comments, processing instructions and blanks between elements are passed over. The same bytes always give the same tree.
///
/// # Errors
/// See [`XmlError`]; the first trouble ends the reading.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Element, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError::TooLarge { limit: limits.bytes });
    }
    let text = decode(bytes)?;
    let mut reader = NsReader::from_str(&text);
    let mut tree = Tree { limits, open: Vec::new(), root: None, nodes: 0 };
    loop {
        let before = reader.buffer_position();
        let ill = || XmlError::IllFormed { at: before };
        match reader.read_event().map_err(|_| ill())? {
            Event::Start(start) => tree.open(element(&reader, &start, before)?)?,
            Event::Empty(start) => {
                tree.open(element(&reader, &start, before)?)?;
                tree.close(before)?;
            }
            Event::End(_) => tree.close(before)?,
            Event::Text(text) => tree.text(&text.xml10_content(), before)?,
            Event::CData(text) => tree.text(&text.xml10_content(), before)?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) if is_character(character) => character,
                    Ok(Some(_)) | Err(_) => return Err(ill()),
                    Ok(None) => predefined(&reference.xml10_content()).ok_or(XmlError::Entity)?,
                };
                tree.text(character.encode_utf8(&mut [0; 4]), before)?;
            }
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return tree.finish(before),
        }
    }
}

const fn predefined(name: &str) -> Option<char> {
    match name.as_bytes() {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"apos" => Some('\''),
        b"quot" => Some('"'),
        _ => None,
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>, at: u64) -> Result<Element, XmlError> {
    let ill = || XmlError::IllFormed { at };
    let namespace = |resolved: ResolveResult<'_>| match resolved {
        ResolveResult::Bound(namespace) if namespace.0.len() > MAX_NAMESPACE => {
            Err(XmlError::NamespaceTooLong { limit: MAX_NAMESPACE })
        }
        ResolveResult::Bound(namespace) => Ok(Some(namespace.0.to_owned())),
        ResolveResult::Unbound => Ok(None),
        ResolveResult::Unknown(_) => Err(ill()),
    };
    let (resolved, local) = reader.resolver().resolve_element(start.name());
    let (resolved, name) = (namespace(resolved)?, local.as_ref().to_owned());
    let mut attributes = Vec::new();
    for (seen, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| ill())?;
        if seen == MAX_ATTRIBUTES {
            return Err(XmlError::TooMany { limit: MAX_ATTRIBUTES });
        }
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (resolved, local) = reader.resolver().resolve_attribute(attribute.key);
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| XmlError::Entity)?;
        if !value.chars().all(is_character) {
            return Err(ill());
        }
        attributes.push(Attribute {
            namespace: namespace(resolved)?,
            name: local.as_ref().to_owned(),
            value: value.into_owned(),
        });
    }
    Ok(Element { name, namespace: resolved, attributes, text: String::new(), children: Vec::new() })
}

/// The tree as far as it has been read.
struct Tree<'a> {
    limits: &'a Limits,
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
}

impl Tree<'_> {
    fn open(&mut self, element: Element) -> Result<(), XmlError> {
        self.nodes = self.nodes.saturating_add(1 + element.attributes.len());
        if self.nodes > self.limits.nodes {
            return Err(XmlError::TooMany { limit: self.limits.nodes });
        }
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooDeep { limit: self.limits.depth });
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self, at: u64) -> Result<(), XmlError> {
        let element = self.open.pop().ok_or(XmlError::IllFormed { at })?;
        match (self.open.last_mut(), &self.root) {
            (Some(parent), _) => parent.children.push(element),
            (None, None) => self.root = Some(element),
            (None, Some(_)) => return Err(XmlError::IllFormed { at }),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, at: u64) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::IllFormed { at }),
        }
        Ok(())
    }

    fn finish(self, at: u64) -> Result<Element, XmlError> {
        self.root.filter(|_| self.open.is_empty()).ok_or(XmlError::IllFormed { at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Writer;

    fn read(text: &str) -> Result<Element, XmlError> {
        parse(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn names_namespaces_types_and_text_are_found_under_any_prefix() {
        let xml = "<?xml version='1.0'?><!-- a --><a xmlns='urn:a' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>\
                   <x:b xmlns:x='urn:b' i:type='x:saksmappe' n='1'> R&#229;d &lt;<![CDATA[ & ]]></x:b><c i:nil='true'/><c>2</c></a>";
        let root = read(xml).unwrap();
        let b = root.child("b").unwrap();
        assert_eq!((root.namespace(), b.namespace(), b.xsi_type()), (Some("urn:a"), Some("urn:b"), Some("saksmappe")));
        assert_eq!((b.text(), b.attribute("n"), b.attribute("m")), ("Råd < &", Some("1"), None));
        assert_eq!(root.child("c").unwrap().text(), "2", "what is nil is not there");
        assert_eq!(format!("{root:?}"), "Element { name: \"a\", children: 3, .. }");
    }

    #[test]
    fn definitions_and_entities_are_refused() {
        assert_eq!(read("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Err(XmlError::Doctype));
        assert_eq!(read("<a>&b;</a>"), Err(XmlError::Entity));
        assert_eq!(read("<a b='&c;'/>"), Err(XmlError::Entity));
    }

    #[test]
    fn every_bound_holds() {
        let limits = Limits { bytes: 100, depth: 3, nodes: 4 };
        let read = |text: &str| parse(text.as_bytes(), &limits).map(|_| ());
        assert_eq!(read("<a><b><c/></b></a>"), Ok(()));
        assert_eq!(read("<a><b><c><d/></c></b></a>"), Err(XmlError::TooDeep { limit: 3 }));
        assert_eq!(read("<a><b/><b/><b/><b/></a>"), Err(XmlError::TooMany { limit: 4 }));
        assert_eq!(read("<a b='' c='' d='' e=''/>"), Err(XmlError::TooMany { limit: 4 }));
        assert_eq!(read(&format!("<a>{}</a>", "x".repeat(100))), Err(XmlError::TooLarge { limit: 100 }));
        assert_eq!(Limits::default().with_bytes(7).bytes, 7);
        let read = |text: String| parse(text.as_bytes(), &Limits::default()).map(|_| ());
        for sort in ["", "xmlns:"] {
            let many = |count: u32| (0..count).map(|n| format!(" {sort}a{n}='b'")).collect::<String>();
            assert_eq!(read(format!("<a{}/>", many(64))), Ok(()));
            assert_eq!(read(format!("<a{}/>", many(65))), Err(XmlError::TooMany { limit: 64 }), "{sort}");
        }
        let (short, long) = ("u".repeat(256), "u".repeat(257));
        assert_eq!(read(format!("<a xmlns='{short}' xmlns:b='{short}' b:c=''><d/></a>")), Ok(()));
        for text in [format!("<a xmlns='{long}'/>"), format!("<a xmlns:b='{long}' b:c=''/>")] {
            assert_eq!(read(text), Err(XmlError::NamespaceTooLong { limit: 256 }));
        }
    }

    #[test]
    fn what_is_not_one_well_formed_element_is_refused() {
        for text in [
            "",
            "a",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>b",
            "<a b='1' b='2'/>",
            "<x:a/>",
            "<a>&#0;</a>",
            "<a>&#xfffe;</a>",
            "<a y:b=''/>",
        ] {
            assert!(matches!(read(text), Err(XmlError::IllFormed { .. })), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes, &Limits::default());
        }

        #[test]
        fn no_text_like_xml_makes_the_reader_panic(text in "[<>/a-c:='\" &;#x0-9!\\[\\]?-]{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_written_is_read_back(text in "\\PC{0,60}", value in "\\PC{0,30}") {
            let mut writer = Writer::new();
            writer.open("a", &[("b", &value)]);
            writer.leaf("c", &text);
            let root = read(&writer.finish()).unwrap();
            let clean = |text: &str| text.chars().map(|c| if is_character(c) { c } else { '\u{fffd}' }).collect::<String>();
            let (value, text) = (clean(&value), clean(&text));
            prop_assert_eq!(root.attribute("b").unwrap(), value.trim());
            prop_assert_eq!(root.child("c").unwrap().text(), text.trim());
        }
    }
}
