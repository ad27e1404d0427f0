use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use sha2::{Digest, Sha256};

use super::{CodeFact, CodeShows, NameSort, PublicationPolicy};
use crate::{
    case::Case,
    identity::EntryId,
    journal::JournalEntry,
    party::{Party, PartyIdentity},
    screening::{Hides, Mask, Private, Screening, Whole},
};

/// What must not be read in what is published of a case: names, words, numbers. Made once for a case with all its entries, so
/// that a name that one entry screens is not told by another, nor by the case's title.
///
/// `Debug` shows how many there are.
#[derive(Clone)]
pub struct Secrets {
    items: Vec<Secret>,
    id: SecretsId,
    people: Mask,
    screened: Mask,
}

/// Tells one set of secrets from another without telling what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretsId([u8; 32]);

/// One text that must not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What sort of text.
    pub kind: SecretKind,
    /// The text.
    pub text: Private<String>,
    /// The case's own screening hides it, so it must not be read anywhere.
    pub screened_by_case: bool,
    /// The entries that screen it.
    pub screened_in: BTreeSet<EntryId>,
    /// The entries that show it as the name of a party.
    pub shown_in: BTreeSet<EntryId>,
}

/// What sort of text must not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// The name of a person, or of a party that may be one.
    Person,
    /// The name of an organisation.
    Organisation,
    /// A screened word or phrase of a title.
    Word,
    /// A line of the address of a screened party.
    Address,
    /// A national identity number.
    IdentityNumber,
    /// An e-mail address of a party.
    Email,
    /// A telephone number of a party.
    Phone,
}

impl Secrets {
    /// Collects the secrets of a case and its entries.
    #[must_use]
    pub fn of<'a>(
        case: &Case,
        entries: impl IntoIterator<Item = &'a JournalEntry>,
        policy: &PublicationPolicy,
    ) -> Self {
        let mut found = Found::default();
        found.case(case, policy);
        for entry in entries {
            found.entry(entry, policy);
        }
        let items: Vec<Secret> = found.0.into_values().collect();
        let id = SecretsId::of(&items);
        let people = items.iter().filter(|item| item.kind == SecretKind::Person).fold(Mask::new(), with_name);
        let screened = items.iter().filter(|item| item.is_screened()).fold(Mask::new(), with_secret);
        Self { items, id, people, screened }
    }

    /// No secrets: of what belongs to no case.
    #[must_use]
    pub fn none() -> Self {
        Self { items: Vec::new(), id: SecretsId::of(&[]), people: Mask::new(), screened: Mask::new() }
    }

    /// Every secret.
    #[must_use]
    pub fn items(&self) -> &[Secret] {
        &self.items
    }

    /// Tells this set from others.
    #[must_use]
    pub const fn id(&self) -> SecretsId {
        self.id
    }

    /// A text without the names of the case's people.
    pub(super) fn without_people(&self, text: &str) -> String {
        self.people.apply(text)
    }

    /// A text without anything that an entry of the case or the case itself screens.
    pub(super) fn without_screened(&self, text: &str) -> String {
        self.screened.apply(text)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} texts)", self.items.len())
    }
}

impl Secret {
    /// Whether the case or some entry screens it.
    #[must_use]
    pub fn is_screened(&self) -> bool {
        self.screened_by_case || !self.screened_in.is_empty()
    }
}

impl SecretsId {
    /// The 32 bytes of a digest, for keeping what was checked against which secrets.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(items: &[Secret]) -> Self {
        let mut hash = Sha256::new();
        for item in items {
            let text = item.text.expose();
            hash.update([item.kind as u8, u8::from(item.screened_by_case)]);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
            for entries in [&item.screened_in, &item.shown_in] {
                hash.update((entries.len() as u64).to_be_bytes());
                entries.iter().for_each(|entry| hash.update(entry.uuid().as_bytes()));
            }
        }
        Self(hash.finalize().into())
    }
}

/// The screening of an entry or case, with what its code hides.
pub(super) fn effective(screening: Option<&Screening>, policy: &PublicationPolicy) -> Option<Screening> {
    screening.map(|screening| policy.codes.widened(screening))
}

/// Whether what a code stands on shows no titles and names at all.
pub(super) fn is_closed(code: CodeFact) -> bool {
    !matches!(code, CodeFact::NotScreened | CodeFact::Known(CodeShows::Masked))
}

#[derive(Default)]
struct Found(BTreeMap<(SecretKind, String), Secret>);

impl Found {
    fn case(&mut self, case: &Case, policy: &PublicationPolicy) {
        let Some(screening) = effective(case.screening(), policy) else { return };
        let closed = is_closed(CodeFact::of(case.screening(), policy));
        for phrase in hidden_phrases(&screening, case.title().expose(), closed) {
            self.add(SecretKind::Word, &phrase).screened_by_case = true;
        }
        if let Some(class) = case.class().filter(|_| closed || screening.hides(Hides::ClassId)) {
            self.add(SecretKind::Word, class.expose()).screened_by_case = true;
        }
    }

    fn entry(&mut self, entry: &JournalEntry, policy: &PublicationPolicy) {
        let id = entry.id();
        let screening = effective(entry.screening(), policy);
        let closed = is_closed(CodeFact::of(entry.screening(), policy));
        let all_names = closed || screening.as_ref().is_some_and(|screening| screening.hides(Hides::PartyNames));
        for phrase in screening.iter().flat_map(|screening| hidden_phrases(screening, entry.title().expose(), closed)) {
            self.add(SecretKind::Word, &phrase).screened_in.insert(id);
        }
        for attached in entry.documents() {
            let document = &attached.document;
            let Some(own) = effective(document.screening(), policy) else { continue };
            let closed = is_closed(CodeFact::of(document.screening(), policy)) || own.hides(Hides::DocumentTitles);
            for phrase in hidden_phrases(&own, document.title().expose(), closed) {
                self.add(SecretKind::Word, &phrase).screened_in.insert(id);
            }
        }
        for party in entry.parties() {
            self.party(id, party, all_names || party.is_screened(), policy);
        }
    }

    fn party(&mut self, entry: EntryId, party: &Party, screened: bool, policy: &PublicationPolicy) {
        let person = NameSort::of(party, policy).is_person();
        let kind = if person { SecretKind::Person } else { SecretKind::Organisation };
        let mark = |secret: &mut Secret| {
            if screened {
                secret.screened_in.insert(entry)
            } else {
                false
            };
        };
        let name = self.add(kind, party.name().expose());
        mark(name);
        if !screened {
            name.shown_in.insert(entry);
        }
        if let Some(PartyIdentity::Person(number)) = party.identity() {
            mark(self.add(SecretKind::IdentityNumber, number.digits()));
        }
        let contact = party.contact();
        let contacts = [
            (SecretKind::Person, &contact.person),
            (SecretKind::Email, &contact.email),
            (SecretKind::Phone, &contact.phone),
        ];
        for (kind, text) in contacts {
            if let Some(text) = text {
                mark(self.add(kind, text.expose()));
            }
        }
        for line in party.address().filter(|_| screened).map_or(&[][..], |address| address.lines()) {
            mark(self.add(SecretKind::Address, line));
        }
    }

    fn add(&mut self, kind: SecretKind, text: &str) -> &mut Secret {
        let text = text.trim();
        self.0.entry((kind, text.to_owned())).or_insert_with(|| Secret {
            kind,
            text: Private::from(text),
            screened_by_case: false,
            screened_in: BTreeSet::new(),
            shown_in: BTreeSet::new(),
        })
    }
}

/// What of a title is hidden: the marked words, or where none is marked the parts of the title that are.
fn hidden_phrases(screening: &Screening, title: &str, closed: bool) -> Vec<String> {
    let words = screening.words().iter().map(|word| word.expose().clone());
    let whole = closed
        || screening.hides(Hides::Everything)
        || (screening.marks().any(|mark| mark == Hides::TitleWords) && screening.words().is_empty());
    let skipped = match (whole, screening.hides(Hides::TitleAfterFirstLine)) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => usize::MAX,
    };
    let lines = title.lines().skip(skipped).filter(|line| line.chars().nth(MIN_PHRASE).is_some()).map(str::to_owned);
    words.chain(lines).filter(|text| Mask::is_maskable(text)).collect()
}

fn with_secret(mask: Mask, secret: &Secret) -> Mask {
    match secret.kind {
        SecretKind::Person => with_name(mask, secret),
        _ => mask.with(secret.text.expose(), Whole::No),
    }
}

/// Hides a person's full name anywhere, and each part of it as a word of its own.
fn with_name(mask: Mask, secret: &Secret) -> Mask {
    let name = secret.text.expose();
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().nth(1).is_some());
    parts.fold(mask.with(name, Whole::No), |mask, part| mask.with(part, Whole::Yes))
}

/// A hidden line shorter than this is too common to be looked for: `Klage`.
const MIN_PHRASE: usize = 12;
