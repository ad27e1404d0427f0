//! PDF: the text of pages, forms and appearances, and every text string of the document beside (title, author, remarks, fields,
//! bookmarks).

use std::collections::{BTreeMap, HashMap};

use lopdf::{Dictionary, Document, Encoding, LoadOptions, Object, ObjectId, Stream, content::Content};
use sakarkiv_core::publication::Leak;

use super::{Extracted, utf_16, windows_1252, xml};
use crate::{Limits, fold::SOFT_GAP};

/// Takes the text out of a PDF.
pub(super) fn read(bytes: &[u8], limits: Limits) -> Extracted {
    let options = LoadOptions::with_max_decompressed_size(limits.unpacked.min(MOST_IN_A_STREAM));
    let document = match Document::load_mem_with_options(bytes, options) {
        Ok(document) => document,
        Err(_) if bytes.windows(8).any(|window| window == b"/Encrypt") => {
            return Extracted::doubtful(Leak::Encrypted);
        }
        Err(_) => return Extracted::doubtful(Leak::Unreadable),
    };
    if document.is_encrypted() && !document.was_encrypted() {
        return Extracted::doubtful(Leak::Encrypted);
    }
    let mut reader = Reader {
        document: &document,
        extracted: Extracted::default(),
        limits,
        left: limits.unpacked,
        encodings: HashMap::new(),
        forms: HashMap::new(),
        lost: 0,
        told: 0,
    };
    reader.forms();
    reader.pages();
    reader.strings();
    if reader.lost > MOST_LOST.max(reader.told / 100) {
        reader.extracted.doubt(Leak::Unreadable);
    }
    reader.extracted
}

struct Reader<'a> {
    document: &'a Document,
    extracted: Extracted,
    limits: Limits,
    /// How much may still be unpacked.
    left: usize,
    /// By the address of the font's dictionary. Nothing for a font whose letters nobody can tell.
    encodings: HashMap<usize, Option<Encoding<'a>>>,
    /// What stands on forms: whether they have letters, and whether they have pictures.
    forms: HashMap<ObjectId, Seen>,
    /// Strings shown that gave no letters, and those that did.
    lost: usize,
    told: usize,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    letters: bool,
    picture: bool,
}

type Fonts<'a> = BTreeMap<Vec<u8>, &'a Dictionary>;

impl<'a> Reader<'a> {
    /// Forms, appearances and patterns: shown on pages or not, their text is in the file.
    fn forms(&mut self) {
        let document = self.document;
        for (id, object) in &document.objects {
            let Object::Stream(stream) = object else { continue };
            let subtype = stream.dict.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
            let kind = stream.dict.get(b"Type").and_then(Object::as_name).unwrap_or_default();
            match (kind, subtype) {
                (b"EmbeddedFile", _) => self.extracted.doubt(Leak::Embedded),
                (b"Metadata", _) => {
                    if let Some(content) = self.unpack(stream) {
                        let mut about = Extracted::default();
                        xml::read(&String::from_utf8_lossy(&content), &mut about, self.limits);
                        self.extracted.add_data(&about.text, self.limits);
                        self.extracted.add_data(&about.data, self.limits);
                    }
                }
                (_, b"Form") => {
                    let resources = stream.dict.get_deref(b"Resources", document).and_then(Object::as_dict).ok();
                    let fonts = resources.map_or_else(Fonts::new, |resources| self.fonts_of(resources));
                    let pictures = resources.is_some_and(|resources| self.has(resources, b"Image"));
                    let content = self.unpack(stream).unwrap_or_default();
                    let seen = self.content(&content, &fonts);
                    self.forms.insert(*id, Seen { picture: seen.picture || pictures, ..seen });
                }
                _ => {}
            }
        }
    }

    fn pages(&mut self) {
        let document = self.document;
        let mut pages = 0;
        for page in document.page_iter() {
            pages += 1;
            let fonts = document.get_page_fonts(page).unwrap_or_default();
            let most = self.left.min(MOST_IN_A_STREAM);
            let Ok(content) = document.get_page_content_with_limit(page, most) else {
                self.extracted.doubt(Leak::Unreadable);
                continue;
            };
            self.left = self.left.saturating_sub(content.len());
            if self.left == 0 {
                self.extracted.doubt(Leak::TooLarge);
                return;
            }
            let seen = self.content(&content, &fonts);
            let shown = self.shown_on(page).fold(seen, |seen, other| Seen {
                letters: seen.letters || other.letters,
                picture: seen.picture || other.picture,
            });
            if shown.picture && !shown.letters {
                self.extracted.doubt(Leak::ImageOnly);
            }
        }
        if pages == 0 {
            self.extracted.doubt(Leak::Unreadable);
        }
    }

    /// What the pictures and forms among a page's resources show.
    fn shown_on(&self, page: ObjectId) -> impl Iterator<Item = Seen> {
        let (direct, inherited) = self.document.get_page_resources(page).unwrap_or_default();
        let inherited = inherited.into_iter().filter_map(|id| self.document.get_dictionary(id).ok());
        let objects = direct
            .into_iter()
            .chain(inherited)
            .filter_map(|resources| resources.get_deref(b"XObject", self.document).and_then(Object::as_dict).ok());
        let seen: Vec<Seen> = objects
            .flat_map(Dictionary::iter)
            .map(|(_, object)| {
                let form = object.as_reference().ok().and_then(|id| self.forms.get(&id));
                form.copied().unwrap_or(Seen { letters: false, picture: true })
            })
            .collect();
        seen.into_iter()
    }

    fn has(&self, resources: &Dictionary, subtype: &[u8]) -> bool {
        let Ok(objects) = resources.get_deref(b"XObject", self.document).and_then(Object::as_dict) else {
            return false;
        };
        objects.iter().any(|(_, object)| {
            let stream = self.document.dereference(object).ok().and_then(|(_, object)| object.as_stream().ok());
            stream.and_then(|stream| stream.dict.get(b"Subtype").and_then(Object::as_name).ok()) == Some(subtype)
        })
    }

    fn fonts_of(&self, resources: &'a Dictionary) -> Fonts<'a> {
        let Ok(fonts) = resources.get_deref(b"Font", self.document).and_then(Object::as_dict) else {
            return Fonts::new();
        };
        let font =
            |object: &'a Object| self.document.dereference(object).ok().and_then(|(_, font)| font.as_dict().ok());
        fonts.iter().filter_map(|(name, object)| Some((name.clone(), font(object)?))).collect()
    }

    /// A stream's bytes, while there is room.
    fn unpack(&mut self, stream: &Stream) -> Option<Vec<u8>> {
        match stream.decompressed_content_with_limit(self.left.min(MOST_IN_A_STREAM)) {
            Ok(content) => {
                self.left = self.left.saturating_sub(content.len());
                Some(content)
            }
            Err(_) => {
                self.extracted.doubt(Leak::Unreadable);
                None
            }
        }
    }

    /// The text of one content stream.
    fn content(&mut self, content: &[u8], fonts: &Fonts<'a>) -> Seen {
        let mut seen = Seen::default();
        let mut line = String::new();
        let mut font: Option<usize> = None;
        let mut height = None;
        for operation in Content::decode_iter(content) {
            let Ok(operation) = operation else {
                self.extracted.doubt(Leak::Unreadable);
                break;
            };
            let operands = operation.operands.as_slice();
            match operation.operator.as_str() {
                "Tf" => font = operands.first().and_then(|name| self.font(name, fonts)),
                "Td" | "TD" => line.push(if is_zero(operands.get(1)) { SOFT_GAP } else { '\n' }),
                "Tm" => {
                    let now = operands.get(5).and_then(|y| y.as_float().ok());
                    line.push(if now.is_some() && now == height { SOFT_GAP } else { '\n' });
                    height = now;
                }
                "T*" | "BT" => line.push('\n'),
                "Tj" | "TJ" => self.show(operands, font, &mut line),
                "'" | "\"" => {
                    line.push('\n');
                    self.show(operands.get(operands.len().saturating_sub(1)..).unwrap_or_default(), font, &mut line);
                }
                "BI" => seen.picture = true,
                _ => {}
            }
            if line.len() > FLUSH {
                seen.letters |= self.flush(&mut line);
            }
        }
        line.push('\n');
        seen.letters |= self.flush(&mut line);
        seen
    }

    fn flush(&mut self, line: &mut String) -> bool {
        let letters = line.chars().any(char::is_alphanumeric);
        self.extracted.add_text(line, self.limits);
        line.clear();
        letters
    }

    /// The key of a font, whose encoding is found out at its first use.
    fn font(&mut self, name: &Object, fonts: &Fonts<'a>) -> Option<usize> {
        let font = *fonts.get(name.as_name().ok()?)?;
        let key = std::ptr::from_ref(font) as usize;
        if !self.encodings.contains_key(&key) {
            let encoding = encoding_of(font, self.document, self.left.min(MOST_IN_A_STREAM));
            self.encodings.insert(key, encoding);
        }
        Some(key)
    }

    fn show(&mut self, operands: &[Object], font: Option<usize>, line: &mut String) {
        for operand in operands {
            match operand {
                Object::String(bytes, _) => self.show_string(bytes, font, line),
                Object::Array(parts) => {
                    for part in parts {
                        match part {
                            Object::String(bytes, _) => self.show_string(bytes, font, line),
                            // Pulled apart by more than a seventh of the letter's height: perhaps a blank.
                            gap if gap.as_float().is_ok_and(|gap| gap < -140.0) => line.push(SOFT_GAP),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn show_string(&mut self, bytes: &[u8], font: Option<usize>, line: &mut String) {
        let before = line.len();
        let encoding = font.and_then(|font| self.encodings.get(&font)).and_then(Option::as_ref);
        let read = encoding.is_some_and(|encoding| encoding.write_to_string(bytes, line).is_ok());
        let new = line.get(before..).unwrap_or_default();
        let nothing = !bytes.is_empty() && (new.is_empty() || new.contains(char::REPLACEMENT_CHARACTER));
        if !read || nothing {
            self.lost += 1;
        } else {
            self.told += 1;
        }
    }

    /// Every text string outside the pages. Walks without calling itself, whatever the depth.
    fn strings(&mut self) {
        let mut waiting: Vec<&Object> = self.document.objects.values().collect();
        waiting.extend(self.document.trailer.iter().filter(|(key, _)| *key != b"ID").map(|(_, value)| value));
        while let Some(object) = waiting.pop() {
            let dictionary = match object {
                Object::String(bytes, _) => {
                    if let Some(text) = text_string(bytes) {
                        self.extracted.add_data(&text, self.limits);
                    }
                    continue;
                }
                Object::Array(objects) => {
                    waiting.extend(objects);
                    continue;
                }
                Object::Dictionary(dictionary) => dictionary,
                Object::Stream(stream) => &stream.dict,
                _ => continue,
            };
            waiting.extend(dictionary.iter().filter(|(key, _)| !is_machine(key)).map(|(_, value)| value));
        }
    }
}

/// What a font's codes stand for. Nothing when nobody can tell.
fn encoding_of<'a>(font: &'a Dictionary, document: &'a Document, most: usize) -> Option<Encoding<'a>> {
    let maps = font.get_deref(b"ToUnicode", document).is_ok_and(|object| object.as_stream().is_ok());
    if maps {
        // What the file says itself about its codes goes before what the encoding's name lets guess.
        let mut plain = font.clone();
        plain.remove(b"Encoding");
        if let Ok(Encoding::UnicodeMapEncoding(map)) = plain.get_font_encoding_with_limit(document, most) {
            return Some(Encoding::UnicodeMapEncoding(map));
        }
    }
    let composite = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|subtype| subtype == b"Type0");
    if composite || has_unnamed_glyphs(font, document) {
        return None;
    }
    font.get_font_encoding_with_limit(document, most).ok()
}

/// Whether a font names its letters by numbers (`g12`), which say nothing about what they look like.
fn has_unnamed_glyphs(font: &Dictionary, document: &Document) -> bool {
    let encoding = font.get_deref(b"Encoding", document).and_then(Object::as_dict);
    let Ok(Ok(differences)) =
        encoding.map(|encoding| encoding.get_deref(b"Differences", document).and_then(Object::as_array))
    else {
        return false;
    };
    differences.iter().filter_map(|name| name.as_name().ok()).any(|name| {
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let letters = name.get(..name.len() - digits).unwrap_or_default();
        digits > 0 && matches!(letters, b"g" | b"G" | b"c" | b"C" | b"cid" | b"glyph" | b"index" | b"i")
    })
}

fn is_zero(number: Option<&Object>) -> bool {
    number.and_then(|number| number.as_float().ok()).is_some_and(|number| number.abs() < f32::EPSILON)
}

/// Keys whose strings are for machines: digests, passwords, colour tables.
fn is_machine(key: &[u8]) -> bool {
    matches!(key, b"ID" | b"O" | b"U" | b"OE" | b"UE" | b"Perms" | b"CheckSum" | b"Lookup" | b"ByteRange")
}

/// A text string, or nothing when its bytes are no text.
fn text_string(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => {
            std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| windows_1252(*b)).collect(), str::to_owned)
        }
    };
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    (odd * 4 <= text.chars().count()).then_some(text)
}

/// Strings without letters that are nothing to wonder at: bullets.
const MOST_LOST: usize = 3;

const FLUSH: usize = 64 << 10;

/// No page and no table of a real file is larger.
const MOST_IN_A_STREAM: usize = 64 << 20;
