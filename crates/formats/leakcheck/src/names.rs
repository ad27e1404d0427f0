//! What a name or a word looks like when somebody writes it another way.

use crate::fold::fold_pattern;

/// One way of writing one secret, folded.
pub(crate) struct Pattern {
    pub(crate) letters: Vec<u8>,
    /// Where signs may stand inside it, in bytes from its start.
    pub(crate) breaks: Vec<usize>,
    pub(crate) way: Way,
    /// Which secret.
    pub(crate) secret: usize,
}

/// How a pattern must stand in a text to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Way {
    /// A whole name, in some order of its parts.
    Name,
    /// A name with initials.
    Initials,
    /// One part of a name, as a word of its own.
    Part,
    /// A word or phrase that may stand inside a longer word.
    Word,
    /// An e-mail address or a line of an address, as words of their own.
    Line,
}

/// The ways of writing a person's name.
pub(crate) fn of_person(name: &str, secret: usize, initials: bool, add: &mut impl FnMut(Pattern)) {
    let parts: Vec<&str> =
        name.split(|c: char| c.is_whitespace() || c == ',').filter(|part| has_letter(part)).collect();
    for spelling in spellings(&parts) {
        let parts: Vec<&str> = spelling.iter().map(String::as_str).collect();
        of_spelling(&parts, secret, initials, add);
    }
}

/// The ways of writing an organisation's name: whole, and without the short form of its kind.
pub(crate) fn of_organisation(name: &str, secret: usize, add: &mut impl FnMut(Pattern)) {
    push(name, Way::Word, secret, add);
    let words: Vec<&str> = name.split_whitespace().collect();
    if let [first @ .., last] = words.as_slice() {
        let short = last.chars().count() <= 3 && last.chars().all(char::is_uppercase);
        let rest = first.join(" ");
        if short && rest.chars().count() >= 5 {
            push(&rest, Way::Line, secret, add);
        }
    }
}

/// A text as it stands.
pub(crate) fn as_it_stands(text: &str, way: Way, secret: usize, add: &mut impl FnMut(Pattern)) {
    push(text, way, secret, add);
}

fn of_spelling(parts: &[&str], secret: usize, initials: bool, add: &mut impl FnMut(Pattern)) {
    let [first, .., last] = parts else {
        // A name of one part is looked for as a whole.
        parts.iter().for_each(|part| push(part, Way::Part, secret, add));
        return;
    };
    let but_last = parts.get(..parts.len() - 1).unwrap_or_default();
    push(&parts.join(" "), Way::Name, secret, add);
    push(&format!("{last} {}", but_last.join(" ")), Way::Name, secret, add);
    if parts.len() > 2 {
        push(&format!("{first} {last}"), Way::Name, secret, add);
        push(&format!("{last} {first}"), Way::Name, secret, add);
    }
    for part in parts.iter().flat_map(|part| part.split(|c: char| !c.is_alphanumeric())) {
        if part.chars().nth(1).is_some() {
            push(part, Way::Part, secret, add);
        }
    }
    if !initials || last.chars().count() < 3 {
        return;
    }
    let initial = |part: &&str| part.chars().find(|c| c.is_alphanumeric()).map(String::from);
    let all: Vec<String> = but_last.iter().filter_map(initial).collect();
    let only_first: Vec<String> = all.iter().take(1).cloned().collect();
    let mut ways = vec![all.clone(), only_first];
    // `Kari M. Testperson`
    if let [_, middle @ ..] = all.as_slice()
        && !middle.is_empty()
    {
        ways.push([(*first).to_owned()].into_iter().chain(middle.iter().cloned()).collect());
    }
    ways.dedup();
    for way in ways {
        push(&format!("{} {last}", way.join(" ")), Way::Initials, secret, add);
        push(&format!("{last} {}", way.join(" ")), Way::Initials, secret, add);
    }
}

/// The name as it stands, and as those write it who have no Norwegian letters. Folding takes away dots and rings; here are
/// the letters written as two.
fn spellings(parts: &[&str]) -> Vec<Vec<String>> {
    let spelled = |table: &[(char, &str)]| -> Vec<String> {
        let one = |part: &&str| {
            part.chars().fold(String::new(), |mut text, c| {
                match table.iter().find(|(letter, _)| *letter == c) {
                    Some((_, other)) => text.push_str(other),
                    None => text.push(c),
                }
                text
            })
        };
        parts.iter().map(one).collect()
    };
    let mut all: Vec<Vec<String>> = Vec::new();
    for table in [&[][..], &DOTTED, &RINGED, &[DOTTED, RINGED].concat()] {
        let parts = spelled(table);
        if !all.contains(&parts) {
            all.push(parts);
        }
    }
    all
}

fn push(text: &str, way: Way, secret: usize, add: &mut impl FnMut(Pattern)) {
    let (letters, breaks) = fold_pattern(text);
    if !letters.is_empty() {
        add(Pattern { letters, breaks, way, secret });
    }
}

fn has_letter(part: &str) -> bool {
    part.chars().any(char::is_alphanumeric)
}

const DOTTED: [(char, &str); 2] = [('ø', "oe"), ('Ø', "Oe")];
const RINGED: [(char, &str); 2] = [('å', "aa"), ('Å', "Aa")];
