//! One text in the form in which it is searched.
//!
//! Only letters and digits are left, without case, accents, width and invisible characters, and with the letters of those who
//! have no æ, ø and å; where something else stood is kept as a break. So a name is the same whether blanks, hyphens, underscores or nothing stand between its parts, and one pass
//! of a multi-pattern automaton finds it.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text as it is searched. Its buffers are used again for the next text.
#[derive(Default)]
pub(crate) struct Folded {
    /// Folded letters and digits, in UTF-8.
    pub(crate) letters: Vec<u8>,
    /// Where in the text the letters from a place on come from, and whether a break stands before it.
    runs: Vec<Run>,
    /// Every digit.
    pub(crate) digits: Vec<Digit>,
    /// Where `@`, or what stands for it, is.
    pub(crate) at_signs: Vec<usize>,
}

/// Letters that follow each other in the text as they do here.
#[derive(Clone, Copy)]
struct Run {
    letters: u32,
    text: u32,
    before: Break,
}

/// What stands before a letter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Break {
    /// Nothing.
    None,
    /// Something that may or may not part words: a change of case or from letters to digits, a hyphen at the end of a line, a
    /// gap of unknown width on a page.
    Soft,
    /// Something that parts words.
    Hard,
}

/// A digit of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digit {
    pub(crate) value: u8,
    pub(crate) gap: Gap,
    /// Where it begins in the text, and how many bytes it has.
    pub(crate) at: u32,
    pub(crate) len: u8,
}

/// What stands between a digit and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing.
    None,
    /// A gap on a page of which nobody knows whether it is one.
    Soft,
    /// So many signs that are neither letters nor digits, the first of which is a blank or not.
    Signs(u8),
    /// Letters, or the beginning.
    Far,
}

/// A gap of unknown width on a page. Readers of files write it where they cannot tell.
pub(crate) const SOFT_GAP: char = '\u{200b}';

/// The longest text that is searched; positions have 32 bits.
pub(crate) const MAX_TEXT: usize = 1 << 30;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Break,
    Lower,
    Upper,
    Digit,
}

struct State {
    last: Last,
    before: Break,
    /// The next letter does not follow the last one in the text.
    jumped: bool,
    gap: Gap,
    hyphen: bool,
}

impl Folded {
    /// Folds a text. What is beyond [`MAX_TEXT`] is left out; callers bound their texts far below.
    pub(crate) fn fold(&mut self, text: &str) {
        self.letters.clear();
        self.runs.clear();
        self.digits.clear();
        self.at_signs.clear();
        let mut state = State { last: Last::Break, before: Break::Hard, jumped: true, gap: Gap::Far, hyphen: false };
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if at >= MAX_TEXT {
                break;
            }
            if byte.is_ascii_alphanumeric() {
                self.ascii(byte, at, &mut state);
                at += 1;
            } else if byte.is_ascii() {
                self.sign(char::from(byte), at, &mut state);
                at += 1;
            } else {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                self.other(c, at, &mut state);
                at += c.len_utf8();
            }
        }
    }

    /// What stands before a letter.
    pub(crate) fn before(&self, letter: usize) -> Break {
        if letter >= self.letters.len() {
            return Break::Hard;
        }
        let run = self.runs.partition_point(|run| (run.letters as usize) < letter);
        self.runs.get(run).filter(|run| run.letters as usize == letter).map_or(Break::None, |run| run.before)
    }

    /// The breaks inside letters, without those at their ends: how far from the first, and of what kind.
    pub(crate) fn breaks(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, Break)> {
        let first = self.runs.partition_point(|run| run.letters as usize <= start);
        let inside = self.runs.get(first..).unwrap_or_default().iter();
        inside
            .take_while(move |run| (run.letters as usize) < end)
            .filter(|run| run.before != Break::None)
            .map(move |run| (run.letters as usize - start, run.before))
    }

    /// The bytes of the text that letters come from.
    pub(crate) fn text_of(&self, start: usize, end: usize, text: &str) -> (usize, usize) {
        let from = self.text_at(start);
        let last = self.text_at(end.saturating_sub(1).max(start));
        let mut to = (last + 1).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        let mut from = from.min(to);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        (from, to)
    }

    fn text_at(&self, letter: usize) -> usize {
        let after = self.runs.partition_point(|run| run.letters as usize <= letter);
        after
            .checked_sub(1)
            .and_then(|at| self.runs.get(at))
            .map_or(0, |run| run.text as usize + (letter - run.letters as usize))
    }

    #[inline]
    fn ascii(&mut self, byte: u8, at: usize, state: &mut State) {
        let (now, folded) = match byte {
            b'a'..=b'z' => (Last::Lower, byte),
            b'A'..=b'Z' => (Last::Upper, byte | 0x20),
            _ => (Last::Digit, byte),
        };
        self.begin(now, at, state);
        if now == Last::Digit {
            self.digit(byte.wrapping_sub(b'0'), at, 1, state);
        } else {
            state.gap = Gap::Far;
        }
        self.letters.push(folded);
    }

    /// Notes a break or a jump before a letter, if there is one.
    #[inline]
    fn begin(&mut self, now: Last, at: usize, state: &mut State) {
        let turned = match state.last {
            Last::Lower => now != Last::Lower,
            Last::Upper => now == Last::Digit,
            Last::Digit => now != Last::Digit,
            Last::Break => false,
        };
        let before = if turned { state.before.max(Break::Soft) } else { state.before };
        if before != Break::None || state.jumped {
            self.run(at, before);
        }
        state.last = now;
        state.before = Break::None;
        state.jumped = false;
        state.hyphen = false;
    }

    fn run(&mut self, at: usize, before: Break) {
        let (Ok(letters), Ok(text)) = (u32::try_from(self.letters.len()), u32::try_from(at)) else { return };
        self.runs.push(Run { letters, text, before });
    }

    fn digit(&mut self, value: u8, at: usize, len: u8, state: &mut State) {
        self.digits.push(Digit { value, gap: state.gap, at: u32::try_from(at).unwrap_or(u32::MAX), len });
        state.gap = Gap::None;
    }

    /// A sign that is neither letter nor digit.
    fn sign(&mut self, c: char, at: usize, state: &mut State) {
        if c.is_ascii_control() && !c.is_ascii_whitespace() && c != '\u{b}' {
            state.jumped = true;
            return;
        }
        if c == '@' {
            self.at_signs.push(at);
        }
        // A word that is divided at the end of a line may go on in the next.
        if c == '\n' || c == '\r' {
            if state.hyphen && state.before == Break::Hard {
                state.before = Break::Soft;
            }
        } else if !(state.hyphen && (c == ' ' || c == '\t')) {
            state.hyphen = matches!(c, '-' | '\u{2010}' | '\u{2011}') && state.before == Break::None;
            state.before = Break::Hard;
        }
        state.last = Last::Break;
        state.jumped = true;
        state.gap = match state.gap {
            Gap::Far => Gap::Far,
            Gap::None | Gap::Soft => Gap::Signs(1),
            Gap::Signs(count) => Gap::Signs(count.saturating_add(1)),
        };
    }

    /// Anything beyond ASCII.
    fn other(&mut self, c: char, at: usize, state: &mut State) {
        if c == SOFT_GAP {
            state.before = state.before.max(Break::Soft);
            state.last = Last::Break;
            state.jumped = true;
            if state.gap == Gap::None {
                state.gap = Gap::Soft;
            }
            return;
        }
        if is_invisible(c) {
            state.jumped = true;
            return;
        }
        let now = if c.is_uppercase() { Last::Upper } else { Last::Lower };
        // The letters of Norwegian, without a detour.
        let quick: Option<&[u8]> = match c {
            'æ' | 'Æ' => Some(b"ae"),
            'ø' | 'Ø' => Some(b"o"),
            'å' | 'Å' => Some(b"a"),
            _ => None,
        };
        if let Some(folded) = quick {
            state.gap = Gap::Far;
            self.begin(now, at, state);
            self.letters.extend_from_slice(folded);
            state.jumped = folded.len() != c.len_utf8();
            return;
        }
        let len = u8::try_from(c.len_utf8()).unwrap_or(4);
        let mut any = false;
        for folded in fold_char(c) {
            if let Some(value) = decimal(folded) {
                self.begin(Last::Digit, at, state);
                self.digit(value, at, len, state);
                self.letters.push(b'0' + value);
                any = true;
            } else if folded.is_alphanumeric() {
                self.begin(now, at, state);
                state.gap = Gap::Far;
                let mut buffer = [0; 4];
                self.letters.extend_from_slice(folded.encode_utf8(&mut buffer).as_bytes());
                any = true;
            } else if !is_invisible(folded) {
                self.sign(folded, at, state);
            }
            state.jumped = true;
        }
        if !any {
            state.jumped = true;
        }
    }
}

/// A text folded as patterns are: its letters, and where breaks stood.
pub(crate) fn fold_pattern(text: &str) -> (Vec<u8>, Vec<usize>) {
    let mut folded = Folded::default();
    folded.fold(text);
    let breaks = folded.breaks(0, folded.letters.len()).map(|(at, _)| at).collect();
    (folded.letters, breaks)
}

/// Decomposed, without case; letters of other scripts that look like Latin ones as these.
fn fold_char(c: char) -> impl Iterator<Item = char> {
    std::iter::once(look_alike(c))
        .nfkd()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_invisible(*c))
}

fn look_alike(c: char) -> char {
    match c {
        'а' | 'А' | 'Α' | 'α' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' => 'c',
        'е' | 'Е' | 'Ε' => 'e',
        'Н' | 'Η' => 'h',
        'і' | 'І' | 'Ι' | 'ı' => 'i',
        'ј' | 'Ј' => 'j',
        'К' | 'к' | 'Κ' | 'κ' => 'k',
        'М' | 'Μ' => 'm',
        'Ν' => 'n',
        'ø' | 'Ø' | 'о' | 'О' | 'Ο' | 'ο' => 'o',
        'р' | 'Р' | 'Ρ' | 'ρ' => 'p',
        'ѕ' | 'Ѕ' => 's',
        'Т' | 'Τ' => 't',
        'х' | 'Х' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        'Ζ' => 'z',
        other => other,
    }
}

/// The value of a decimal digit of any script.
fn decimal(c: char) -> Option<u8> {
    if c.is_ascii_digit() {
        return u8::try_from(c.to_digit(10)?).ok();
    }
    if !c.is_numeric() {
        return None;
    }
    // Decimal digits stand in runs of ten.
    let zero = DIGIT_ZEROS.iter().rev().find(|zero| **zero <= c)?;
    u8::try_from(u32::from(c) - u32::from(*zero)).ok().filter(|value| *value < 10)
}

const DIGIT_ZEROS: &[char] = &[
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}',
];

fn is_invisible(c: char) -> bool {
    is_combining_mark(c)
        || (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}
