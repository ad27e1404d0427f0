//! All that is looked for in what is published of one case, compiled once.

use aho_corasick::{AhoCorasick, MatchKind};
use sakarkiv_core::{
    identity::EntryId,
    publication::{Leak, Secret, SecretKind, Secrets, Span},
};

use crate::{
    LeakConfig, Reach,
    contacts::emails,
    fold::{Break, Folded},
    names::{self, Pattern, Way},
    numbers::{Numbers, digits_of},
};

/// What is looked for in the texts of one case. Made once for a case, used for all its entries.
pub struct Matcher {
    secrets: Vec<Known>,
    patterns: Vec<Shape>,
    automaton: Option<AhoCorasick>,
    numbers: Numbers,
    config: LeakConfig,
}

/// What of a secret matters when it was found.
struct Known {
    kind: SecretKind,
    secret: Secret,
}

/// A pattern without its letters, which the automaton has.
struct Shape {
    breaks: Box<[usize]>,
    chars: usize,
    way: Way,
    secret: usize,
}

/// Which rules hold for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A text of a record as it is shown.
    Shown,
    /// A text that can be found by search for ever: no names of people.
    Searched,
    /// The text of a document.
    Document,
}

/// Something that was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// Which bytes of the text.
    pub span: Span,
    /// What.
    pub leak: Leak,
}

/// Memory for looking through texts, used again from text to text.
#[derive(Default)]
pub struct Scratch {
    folded: Folded,
    hits: Vec<Hit>,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch(..)")
    }
}

impl Scratch {
    /// What the last look found, in the order of the text; overlapping hits of the same kind as one.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }
}

impl std::fmt::Debug for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Matcher({} patterns)", self.patterns.len())
    }
}

impl Matcher {
    /// Compiles what is looked for in the texts of a case.
    #[must_use]
    pub fn new(secrets: &Secrets, config: &LeakConfig) -> Self {
        let mut patterns: Vec<Pattern> = Vec::new();
        let (mut identities, mut phones) = (Vec::new(), Vec::new());
        for (at, secret) in secrets.items().iter().enumerate() {
            let text = secret.text.expose();
            let mut add = |pattern| patterns.push(pattern);
            match secret.kind {
                SecretKind::Person => names::of_person(text, at, config.initials, &mut add),
                SecretKind::Organisation => names::of_organisation(text, at, &mut add),
                SecretKind::Word => names::as_it_stands(text, Way::Word, at, &mut add),
                SecretKind::Address | SecretKind::Email => names::as_it_stands(text, Way::Line, at, &mut add),
                SecretKind::IdentityNumber => identities.extend(digits_of(text, 11)),
                SecretKind::Phone if config.phones || secret.is_screened() => phones.extend(digits_of(text, 8)),
                SecretKind::Phone => {}
            }
        }
        patterns.sort_by(|a, b| (&a.letters, a.way, a.secret).cmp(&(&b.letters, b.way, b.secret)));
        patterns.dedup_by(|a, b| (&a.letters, &a.breaks, a.way, a.secret) == (&b.letters, &b.breaks, b.way, b.secret));
        let letters: Vec<&[u8]> = patterns.iter().map(|pattern| pattern.letters.as_slice()).collect();
        // Names are some hundred bytes in all, far below what an automaton can hold. Where it could not be made the texts are
        // not passed: see `find`.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(letters).ok();
        let shapes = patterns.iter().map(|pattern| Shape {
            breaks: pattern.breaks.clone().into(),
            chars: pattern.letters.iter().filter(|byte| **byte & 0xc0 != 0x80).count(),
            way: pattern.way,
            secret: pattern.secret,
        });
        Self {
            secrets: secrets.items().iter().map(|secret| Known { kind: secret.kind, secret: secret.clone() }).collect(),
            patterns: shapes.collect(),
            automaton,
            numbers: Numbers::new(identities, phones, config),
            config: config.clone(),
        }
    }

    /// Looks through one text of an entry's record. The hits are in the scratch memory.
    pub fn find(&self, text: &str, scope: Scope, entry: EntryId, scratch: &mut Scratch) {
        let Scratch { folded, hits } = scratch;
        hits.clear();
        folded.fold(text);
        match &self.automaton {
            Some(automaton) => {
                for found in automaton.find_overlapping_iter(&folded.letters) {
                    let Some(shape) = self.patterns.get(found.pattern().as_usize()) else { continue };
                    if !shape.stands(folded, found.start(), found.end(), scope) {
                        continue;
                    }
                    if let Some(leak) = self.verdict(shape, scope, entry) {
                        let (start, end) = folded.text_of(found.start(), found.end(), text);
                        hits.push(Hit { span: Span { start, end }, leak });
                    }
                }
            }
            None => hits.push(Hit { span: Span { start: 0, end: text.len() }, leak: Leak::TooLarge }),
        }
        self.numbers.find(&folded.digits, text, |hit| {
            let digit = |at| folded.digits.get(at);
            if let (Some(first), Some(last)) = (digit(hit.first), digit(hit.first + hit.count - 1)) {
                let span = Span { start: first.at as usize, end: last.at as usize + usize::from(last.len) };
                hits.push(Hit { span, leak: hit.leak });
            }
        });
        if self.config.emails {
            emails(text, &folded.at_signs, &self.config.own_domains, |span| {
                hits.push(Hit { span, leak: Leak::Email });
            });
        }
        merge(hits);
    }

    /// What a secret is in a text of an entry, or nothing when it may stand there.
    fn verdict(&self, shape: &Shape, scope: Scope, entry: EntryId) -> Option<Leak> {
        let Known { kind, secret } = self.secrets.get(shape.secret)?;
        let here = secret.screened_by_case || secret.screened_in.contains(&entry);
        let elsewhere = !here && self.config.across_entries && !secret.screened_in.is_empty();
        let part = shape.way == Way::Part;
        let reaches = |reach: Reach| reach == Reach::Everywhere || (reach == Reach::Record && scope != Scope::Document);
        let screened = here && (!part || reaches(self.config.name_parts));
        match kind {
            SecretKind::Person | SecretKind::Organisation => {
                let person = *kind == SecretKind::Person;
                let stranger = !part && !here && !secret.shown_in.contains(&entry) && reaches(self.config.case_people);
                if screened {
                    Some(Leak::ScreenedName)
                } else if elsewhere && !part {
                    Some(Leak::NameScreenedElsewhere)
                } else if person && scope == Scope::Searched {
                    Some(Leak::SearchableName)
                } else {
                    (person && stranger).then_some(Leak::CasePerson)
                }
            }
            SecretKind::Word if here => Some(Leak::ScreenedWord),
            SecretKind::Word => elsewhere.then_some(Leak::WordScreenedElsewhere),
            SecretKind::Address => (here || elsewhere).then_some(Leak::Address),
            SecretKind::Email => (here || elsewhere || self.config.emails).then_some(Leak::Email),
            SecretKind::IdentityNumber | SecretKind::Phone => None,
        }
    }
}

impl Shape {
    /// Whether letters that match are this name or word, going by what stands around and between them.
    fn stands(&self, folded: &Folded, start: usize, end: usize, scope: Scope) -> bool {
        let (mut hard, mut foreign, mut met) = (0, 0, 0);
        for (at, kind) in folded.breaks(start, end) {
            let own = self.breaks.contains(&at);
            met += usize::from(own);
            if kind == Break::Hard {
                hard += 1;
                foreign += usize::from(!own);
            }
        }
        let begins = folded.before(start) != Break::None;
        let ends = ends_word(folded, end);
        if foreign > 0 {
            // Letters one by one, as in a spaced heading.
            return self.chars >= 4 && hard + 1 == self.chars && begins && ends;
        }
        let parted = met == self.breaks.len();
        match self.way {
            Way::Part | Way::Initials | Way::Line => begins && ends,
            Way::Name if parted && !self.breaks.is_empty() => (begins && ends) || self.chars >= 8,
            Way::Name => (begins && ends) || (self.chars >= 10 && (begins || ends)),
            Way::Word if scope == Scope::Document && self.chars < 6 => begins,
            Way::Word => true,
        }
    }
}

/// Whether a word ends before a letter, or after a genitive -s that stands there.
fn ends_word(folded: &Folded, end: usize) -> bool {
    folded.before(end) != Break::None
        || (folded.letters.get(end) == Some(&b's') && folded.before(end + 1) != Break::None)
}

/// In the order of the text, overlapping hits of the same kind as one.
fn merge(hits: &mut Vec<Hit>) {
    if hits.len() < 2 {
        return;
    }
    hits.sort_unstable_by_key(|hit| (hit.leak, hit.span));
    hits.dedup_by(|next, kept| {
        let one = kept.leak == next.leak && next.span.start < kept.span.end;
        if one {
            kept.span.end = kept.span.end.max(next.span.end);
        }
        one
    });
    hits.sort_unstable();
}
