//! Cases full of what must not be told, in the ways in which people write it.

use std::collections::HashSet;

use sakarkiv_core::{
    case::{Case, CaseKind, CaseNumber, NewCase},
    document::{Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{ActorId, CaseId, DocumentId, EntryId, NationalIdentityNumber, PartyId, Timestamp, UnitId},
    journal::{EntryKind, EntryNumber, EntryStatus, JournalEntry, NewDocument, NewEntry},
    party::{Party, PartyIdentity, PartyRole},
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_testkit::doubles::MemoryBlobs;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::pdfs::text_page;
use crate::{clearance::chance::Chance, einnsyn::world::tenant};

/// A case with its entries and what nobody may read of it.
pub(super) struct Folder {
    pub(super) case: Case,
    pub(super) entries: Vec<JournalEntry>,
    pub(super) marks: Marks,
}

/// What stands in secrets and nowhere else.
#[derive(Default)]
pub(super) struct Marks {
    /// The beginnings of secret names and words: letters alone, small, of one length.
    pub(super) words: HashSet<String>,
    /// Identity numbers, all synthetic.
    pub(super) numbers: HashSet<String>,
}

/// How every secret name and word begins.
const START: &str = "zq";
/// How many letters of it are like no other's.
const LENGTH: usize = 10;

impl Marks {
    pub(super) fn extend(&mut self, other: Self) {
        self.words.extend(other.words);
        self.numbers.extend(other.numbers);
    }

    /// The secrets that a text tells, whatever stands between their letters.
    pub(super) fn told(&self, text: &str) -> Vec<String> {
        // Secrets begin with plain letters, so all else can be left out.
        let plain: String = unescaped(text).chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        let words = plain.match_indices(START).filter_map(|(at, _)| plain.get(at..at + LENGTH));
        let words = words.filter(|word| self.words.contains(*word));
        let runs = plain.split(|c: char| !c.is_ascii_digit());
        let numbers = runs.flat_map(|run| run.as_bytes().windows(11).filter_map(|digits| str::from_utf8(digits).ok()));
        words.chain(numbers.filter(|number| self.numbers.contains(*number))).map(str::to_owned).collect()
    }
}

/// A text without the escapes of JSON and of addresses, which may stand in the middle of a word.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(match part.split_at_checked(2) {
            Some((digits, rest)) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => rest,
            _ => part,
        });
    }
    plain.replace("\\n", "")
}

struct Secret {
    person: String,
    word: String,
    number: NationalIdentityNumber,
}

impl Secret {
    fn new(seed: u64, chance: &Chance) -> Self {
        let first = chance.pick(&["Kari", "Ola Åge", "Bjørn", "Sæunn"]);
        let end = chance.pick(&["", "sen", "ås", "-Ødegård"]);
        let person = format!("{first} {}{end}", capital(&start(seed * 2)));
        Self { person, word: start(seed * 2 + 1) + chance.pick(&["", "sak", "ærend"]), number: number(seed) }
    }

    fn marks(&self, seed: u64) -> Marks {
        let words = [start(seed * 2), start(seed * 2 + 1)].into();
        Marks { words, numbers: [self.number.digits().to_owned()].into() }
    }

    /// A sentence that tells something, or nothing.
    fn sentence(&self, chance: &Chance) -> String {
        match chance.below(9) {
            0 | 1 => format!("Klage fra {}", written(&self.person, chance)),
            2 => format!("Om {} på eiendommen", written(&self.word, chance)),
            3 => format!("Skjema {} mottatt", grouped(self.number.digits(), chance)),
            4 => {
                let (first, last) = self.person.rsplit_once(' ').unwrap();
                format!("Til {}", written(&format!("{last}, {first}"), chance))
            }
            _ => chance.pick(&["Søknad om garasje", "Nabovarsel", "Svar på høring", "Tegninger av naust"]).to_owned(),
        }
    }
}

impl Folder {
    pub(super) fn new(seed: u64, blobs: &MemoryBlobs) -> Self {
        let chance = Chance::new(seed);
        let secret = Secret::new(seed, &chance);
        let case_number = CaseNumber::new(2026, u32::try_from(seed).unwrap() + 1).unwrap();
        let case_id = CaseId::from_uuid(Uuid::from_u64_pair(seed + 1, 0xC0));
        let mut case = NewCase::new(CaseKind::Building, secret.sentence(&chance).as_str().into(), unit(), actor());
        if chance.one_in(5) {
            case.screening = Some(screening(&secret.word));
        }
        let case = case.open(case_id, tenant(), case_number, journaled()).unwrap();
        let entries = (0..1 + chance.below(3) as u64).map(|part| {
            let number = u32::try_from(part).unwrap() + 1;
            let sequence = u32::try_from(seed * 4 + part).unwrap() + 1;
            let numbers = EntryNumber::new(case_number, number, 2026, sequence).unwrap();
            let id = EntryId::from_uuid(Uuid::from_u64_pair(seed + 1, 0xE0 + part));
            entry(&secret, (seed, part), &chance, blobs).register(id, tenant(), case_id, numbers, journaled()).unwrap()
        });
        Self { entries: entries.collect(), case, marks: secret.marks(seed) }
    }
}

/// The first entry of a case screens the person and the word; the others only know them.
fn entry(secret: &Secret, at: (u64, u64), chance: &Chance, blobs: &MemoryBlobs) -> NewEntry {
    let mut entry = NewEntry::new(EntryKind::Incoming, secret.sentence(chance).as_str().into(), actor());
    entry.status = EntryStatus::Journaled;
    let id = PartyId::from_uuid(Uuid::from_u64_pair(at.0 + 1, 0xA0 + at.1));
    let party = |name: &str| Party::new(id, PartyRole::Sender, name.into()).unwrap();
    if at.1 == 0 {
        let person = PartyIdentity::Person(secret.number.clone());
        entry.parties = vec![party(&secret.person).screened(true).identified_by(person)];
        entry.screening = Some(screening(&secret.word));
    } else {
        entry.parties = vec![party("Prøvebedriften AS")];
    }
    entry.documents = vec![NewDocument::main(document(secret, at, chance, blobs))];
    entry
}

fn document(secret: &Secret, at: (u64, u64), chance: &Chance, blobs: &MemoryBlobs) -> Document {
    let told = secret.sentence(chance);
    let (kind, ending, content) = match chance.below(3) {
        0 => ("text/plain", "txt", format!("Til kommunen.\n{told}\nMed hilsen avsender").into_bytes()),
        1 => ("application/pdf", "pdf", text_page(&lines(&told, |line| format!("({line}) Tj")))),
        _ => ("application/pdf", "pdf", text_page(&lines(&told, kerned))),
    };
    let name = secret.sentence(chance);
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type: MediaType::parse(kind).unwrap(),
        file_name: FileName::sanitize(&format!("{name}.{ending}")),
        content: blobs.insert(&tenant(), content),
        created: journaled(),
        created_by: actor(),
    };
    let id = DocumentId::from_uuid(Uuid::from_u64_pair(at.0 + 1, 0xD0 + at.1));
    let title = secret.sentence(chance);
    Document::new(id, title.as_str().into()).unwrap().with_version(version).unwrap().finished()
}

/// A name or word as people write it, and as programs do.
fn written(text: &str, chance: &Chance) -> String {
    match chance.below(8) {
        0 => text.to_uppercase(),
        1 => format!("{text}s"),
        2 => text.nfd().collect(),
        3 => text.replace(' ', "\u{a0}"),
        4 => text.replace(' ', "  "),
        5 => broken(text, "\u{ad}"),
        6 => broken(text, "-\n"),
        _ => text.to_owned(),
    }
}

/// A text broken before its last three letters.
fn broken(text: &str, by: &str) -> String {
    let at = text.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
    let (before, after) = text.split_at(at);
    format!("{before}{by}{after}")
}

fn grouped(digits: &str, chance: &Chance) -> String {
    let (day, rest) = digits.split_at(6);
    format!("{day}{}{rest}", chance.pick(&["", " ", "-", "\u{a0}", "."]))
}

/// The operators that write the lines of a text below each other, in the letters that a simple font has.
fn lines(text: &str, write: impl Fn(&str) -> String) -> String {
    // No writer of PDFs leaves a soft hyphen in the middle of a line, where a simple font shows it as a hyphen.
    let has = |c: &char| u32::from(*c) < 0x100 && *c != '\u{ad}';
    let line = |line: &str| write(&line.nfc().filter(has).collect::<String>());
    text.lines().map(line).collect::<Vec<_>>().join(" 0 -14 Td ")
}

/// The operators that write each word in two parts, moved a little towards each other.
fn kerned(text: &str) -> String {
    let part = |word: &str| {
        let middle = word.char_indices().nth(word.chars().count() / 2).map_or(0, |(at, _)| at);
        let (start, end) = word.split_at(middle);
        format!("({start}) 30 ({end} ) ")
    };
    format!("[{}] TJ", text.split_whitespace().map(part).collect::<String>())
}

/// The beginning of a secret that no other one has.
fn start(number: u64) -> String {
    const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];
    const CONSONANTS: [char; 12] = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 't', 'v'];
    let mut rest = usize::try_from(number).unwrap();
    let mut text = START.to_owned();
    while text.len() < LENGTH {
        text.push(VOWELS[rest % VOWELS.len()]);
        rest /= VOWELS.len();
        text.push(CONSONANTS[rest % CONSONANTS.len()]);
        rest /= CONSONANTS.len();
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A synthetic identity number (month + 80). Some series of digits have none, so the next one is tried.
fn number(seed: u64) -> NationalIdentityNumber {
    let numbers = (seed * 3..).flat_map(|nth| {
        let (day, month, year, rest) = (1 + nth % 28, 81 + nth / 28 % 12, nth / 336 % 40, nth / 13_440 % 500);
        (0..100).map(move |check| format!("{day:02}{month:02}{year:02}{rest:03}{check:02}"))
    });
    numbers.filter_map(|number| NationalIdentityNumber::parse(&number).ok()).next().unwrap()
}

fn screening(word: &str) -> Screening {
    let code = AccessCode::new("UO").unwrap();
    Screening::new(code, "offl. § 13 jf. fvl. § 13", [Hides::TitleWords]).unwrap().with_words([word]).unwrap()
}

pub(super) fn unit() -> UnitId {
    UnitId::new("byplan").unwrap()
}

fn actor() -> ActorId {
    ActorId::new("arkivar-1").unwrap()
}

fn journaled() -> Timestamp {
    "2026-09-14T08:00:00Z".parse().unwrap()
}
