//! Numbers that belong to people: identity numbers, bank accounts, telephones.

use sakarkiv_core::{
    identity::{ControlDigits, NationalIdentityNumber},
    publication::Leak,
};

use crate::{
    LeakConfig,
    fold::{Digit, Gap},
};

/// A number that was found: which of the digits, and what it is.
pub(crate) struct NumberHit {
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) leak: Leak,
}

/// The numbers of one case's people, and what else is looked for.
pub(crate) struct Numbers {
    /// Identity numbers of the case's people, as eleven digits.
    identities: Vec<u64>,
    /// Telephone numbers of the case's people, the last eight digits.
    phones: Vec<u64>,
    any_account: bool,
    any_phone: bool,
    own_accounts: Vec<u64>,
    own_phones: Vec<u64>,
}

impl Numbers {
    pub(crate) fn new(identities: Vec<u64>, phones: Vec<u64>, config: &LeakConfig) -> Self {
        let own = |texts: &std::collections::BTreeSet<String>, digits| {
            texts.iter().filter_map(|text| digits_of(text, digits)).collect()
        };
        Self {
            identities,
            phones,
            any_account: config.accounts,
            any_phone: config.phones,
            own_accounts: own(&config.own_accounts, 11),
            own_phones: own(&config.own_phones, 8),
        }
    }

    /// Looks through the digits of a text. `keyword` tells whether one of some words stands shortly before a place.
    pub(crate) fn find(&self, digits: &[Digit], text: &str, mut found: impl FnMut(NumberHit)) {
        if digits.len() < PHONE {
            return;
        }
        for first in 0..digits.len() {
            let Some(window) = digits.get(first..first + IDENTITY) else { break };
            if let Some(leak) = self.eleven(window, digits.get(first + IDENTITY), text) {
                found(NumberHit { first, count: IDENTITY, leak });
            }
        }
        if !self.any_phone && self.phones.is_empty() {
            return;
        }
        for first in 0..digits.len() {
            let Some(window) = digits.get(first..first + PHONE) else { break };
            if self.is_phone(window, digits.get(first + PHONE), digits.get(..first).unwrap_or_default(), text) {
                found(NumberHit { first, count: PHONE, leak: Leak::Phone });
            }
        }
    }

    fn eleven(&self, window: &[Digit], next: Option<&Digit>, text: &str) -> Option<Leak> {
        let inside = window.get(1..)?;
        if inside.iter().any(|digit| digit.gap == Gap::Far) {
            return None;
        }
        let value = window.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit.value));
        // A number that belongs to the case is one in any grouping, also inside a longer one.
        if self.identities.contains(&value) {
            return Some(Leak::IdentityNumber);
        }
        let parted = window.first()?.gap != Gap::None && next.is_none_or(|digit| digit.gap != Gap::None);
        if !parted {
            return None;
        }
        let groups = Groups::of(inside)?;
        let values: [u8; IDENTITY] = std::array::from_fn(|at| window.get(at).map_or(0, |digit| digit.value));
        if groups.fits_identity() && has_plausible_date(&values) && is_identity(&values) {
            return Some(Leak::IdentityNumber);
        }
        let account = self.any_account && is_account(&values) && !self.own_accounts.contains(&value);
        let start = window.first()?.at as usize;
        let grouped = groups.at == ACCOUNT_GROUPS;
        let named = || says(text, start, &["konto", "iban", "innbetaling", "kto"]) || is_iban(window, text);
        (account && (grouped || named())).then_some(Leak::BankAccount)
    }

    fn is_phone(&self, window: &[Digit], next: Option<&Digit>, before: &[Digit], text: &str) -> bool {
        let Some((first, inside)) = window.split_first() else { return false };
        if inside.iter().any(|digit| digit.gap == Gap::Far) {
            return false;
        }
        let value = window.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit.value));
        let ends = next.is_none_or(|digit| !matches!(digit.gap, Gap::None | Gap::Soft));
        let abroad = country_code(first, before, text);
        let begins = abroad || first.gap != Gap::None;
        if !ends || !begins || self.own_phones.contains(&value) {
            return false;
        }
        if self.phones.contains(&value) {
            return true;
        }
        let plausible = self.any_phone && (2..=9).contains(&first.value) && first.value != 6;
        let alone = abroad || (first.gap == Gap::Far && next.is_none_or(|digit| digit.gap == Gap::Far));
        let Some(groups) = Groups::of(inside) else { return false };
        let start = first.at as usize;
        let grouped = PHONE_GROUPS.contains(&groups.at) && groups.blanks_only(inside, text);
        plausible && (abroad || (grouped && alone) || (groups.at == 0 && says(text, start, PHONE_WORDS)))
    }
}

/// The digits of a text as one number, when there are so many.
pub(crate) fn digits_of(text: &str, count: usize) -> Option<u64> {
    let digits: Vec<u64> = text.chars().filter_map(|c| c.to_digit(10)).map(u64::from).collect();
    let last = digits.get(digits.len().checked_sub(count)?..)?;
    Some(last.iter().fold(0, |value, digit| value * 10 + digit))
}

/// How digits are grouped: a bit for each place where signs stand, and how many signs at the most.
struct Groups {
    at: u16,
    widest: u8,
    count: u32,
}

impl Groups {
    fn of(inside: &[Digit]) -> Option<Self> {
        let mut groups = Self { at: 0, widest: 0, count: 0 };
        for (place, digit) in inside.iter().enumerate() {
            match digit.gap {
                Gap::None | Gap::Soft => {}
                Gap::Signs(signs) => {
                    groups.at |= 1_u16.checked_shl(u32::try_from(place).ok()?)?;
                    groups.widest = groups.widest.max(signs);
                    groups.count += 1;
                }
                Gap::Far => return None,
            }
        }
        Some(groups)
    }

    /// Whether people group an identity number so: by day, month, year and individual number, or by nothing but the same
    /// distance.
    fn fits_identity(&self) -> bool {
        let natural = places(&[2, 4, 6, 9]);
        let spaced = self.count == 10;
        let even = [&[3, 6, 9][..], &[4, 8], &[5], &[5, 10], &[2, 4, 6, 8, 10], &[3, 5, 8], &[7], &[8]];
        (self.at & !natural == 0 && self.widest <= 4)
            || (spaced && self.widest <= 2)
            || (self.widest == 1 && even.iter().any(|groups| places(groups) == self.at))
    }

    fn blanks_only(&self, inside: &[Digit], text: &str) -> bool {
        self.widest == 1
            && inside.iter().filter(|digit| digit.gap != Gap::None).all(|digit| {
                let before = text.get(..digit.at as usize).and_then(|before| before.chars().next_back());
                before.is_some_and(char::is_whitespace)
            })
    }
}

/// Bits for groups that end after so many digits.
const fn places(ends: &[u32]) -> u16 {
    let mut bits = 0;
    let mut rest = ends;
    while let [end, others @ ..] = rest {
        bits |= 1 << (*end - 1);
        rest = others;
    }
    bits
}

/// A first look that spares the full check nearly always: a day, a month, and both with what marks D-numbers and synthetic ones.
fn has_plausible_date(values: &[u8; IDENTITY]) -> bool {
    let [d1, d2, m1, m2, ..] = *values;
    let (day, month) = (d1 * 10 + d2, m1 * 10 + m2);
    matches!(day, 1..=31 | 41..=71) && matches!(month, 1..=12 | 41..=52 | 81..=92)
}

fn is_identity(values: &[u8; IDENTITY]) -> bool {
    let mut digits = [0; IDENTITY];
    for (digit, value) in digits.iter_mut().zip(values) {
        *digit = b'0' + value;
    }
    // The widest rule: what may be a number from 2032 on stands in test populations already.
    std::str::from_utf8(&digits)
        .is_ok_and(|text| NationalIdentityNumber::parse_with(text, ControlDigits::From2032).is_ok())
}

/// The modulus 11 check of Norwegian bank accounts. Accounts that begin with 0000 are none.
fn is_account(values: &[u8; IDENTITY]) -> bool {
    const WEIGHTS: [u32; IDENTITY] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| u32::from(*value) * weight).sum();
    sum.is_multiple_of(11) && values.iter().take(4).any(|value| *value != 0)
}

/// Whether `NO` and two control digits stand right before an account: an IBAN.
fn is_iban(window: &[Digit], text: &str) -> bool {
    let Some(start) = window.first().map(|digit| digit.at as usize) else { return false };
    let mut before = text.get(..start).unwrap_or_default().chars().rev().filter(|c| !c.is_whitespace());
    let digits = [before.next(), before.next()].into_iter().flatten().all(|c| c.is_ascii_digit());
    digits && before.next().is_some_and(|c| c == 'O' || c == 'o') && before.next().is_some_and(|c| c == 'N' || c == 'n')
}

/// Whether `+47` or `0047` stands right before a number.
fn country_code(first: &Digit, before: &[Digit], text: &str) -> bool {
    let code = |digits: &[u8]| {
        let Some(last) = before.len().checked_sub(digits.len()).and_then(|from| before.get(from..)) else {
            return false;
        };
        last.iter().map(|digit| digit.value).eq(digits.iter().copied())
            && last.iter().skip(1).all(|digit| digit.gap == Gap::None)
    };
    let near = matches!(first.gap, Gap::None | Gap::Soft | Gap::Signs(1 | 2));
    let plus = before
        .len()
        .checked_sub(2)
        .and_then(|at| before.get(at))
        .is_some_and(|digit| text.get(..digit.at as usize).is_some_and(|before| before.ends_with('+')));
    near && (code(&[0, 0, 4, 7]) || (code(&[4, 7]) && plus))
}

/// Whether one of some words stands in the forty bytes before a place.
fn says(text: &str, place: usize, words: &[&str]) -> bool {
    let mut from = place.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text.get(from..place).unwrap_or_default().to_lowercase();
    words.iter().any(|word| before.contains(word))
}

const IDENTITY: usize = 11;
const PHONE: usize = 8;

/// `1234.56.78901`.
const ACCOUNT_GROUPS: u16 = places(&[4, 6]);

/// `99 99 99 99`, `999 99 999`.
const PHONE_GROUPS: [u16; 2] = [places(&[2, 4, 6]), places(&[3, 5])];

const PHONE_WORDS: &[&str] = &["tlf", "telefon", "mobil", "ring"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Folded;

    fn leaks(text: &str, config: &LeakConfig) -> Vec<Leak> {
        let mut folded = Folded::default();
        folded.fold(text);
        let mut found = Vec::new();
        Numbers::new(Vec::new(), Vec::new(), config).find(&folded.digits, text, |hit| found.push(hit.leak));
        found
    }

    fn all() -> LeakConfig {
        LeakConfig { phones: true, ..LeakConfig::default() }
    }

    #[test]
    fn accounts_are_told_by_their_groups_or_by_the_words_before() {
        for text in ["1234.56.78911", "1234 56 78911", "Kontonr: 12345678911", "NO12 1234 5678 911"] {
            assert_eq!(leaks(text, &all()), [Leak::BankAccount], "{text}");
        }
        for text in ["1234.56.78912", "Ordre 12345678911", "KID 12345678911"] {
            assert_eq!(leaks(text, &all()), [], "{text}");
        }
        let own = LeakConfig { own_accounts: ["1234.56.78911".to_owned()].into(), ..all() };
        assert_eq!(leaks("1234.56.78911", &own), []);
    }

    #[test]
    fn phones_are_told_by_their_groups_their_country_or_the_words_before() {
        for text in ["99 88 77 66", "998 87 766", "+47 99887766", "0047 998 87 766", "tlf. 99887766", "Mobil:99887766"]
        {
            assert_eq!(leaks(text, &all()), [Leak::Phone], "{text}");
            assert_eq!(leaks(text, &LeakConfig::default()), [], "{text}");
        }
        for text in ["20240131", "31 01 2024", "974 760 673", "Sak 20241234", "10 20 30 40 50 60", "12 34 56 78"] {
            assert_eq!(leaks(text, &all()), [], "{text}");
        }
    }

    #[test]
    fn a_number_inside_a_longer_one_is_none() {
        assert_eq!(leaks("018190005531", &all()), []);
        assert_eq!(leaks("201819000553", &all()), []);
        assert_eq!(leaks("x01819000553y", &all()), [Leak::IdentityNumber]);
    }
}
