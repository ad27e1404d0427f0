//! Ids as eInnsyn makes them, and the readable part of addresses (slug).

use sakarkiv_core::identity::Timestamp;

use super::entity::Entity;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SLUG_LENGTH: usize = 75;

/// Makes ids that sort in the order of their making, also when the clock stands still.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    latest: u64,
    made: u128,
}

impl Ids {
    /// Prefix and a UUID version 7 in Crockford's base 32.
    pub(crate) fn make(&mut self, entity: Entity, now: Timestamp) -> String {
        self.latest = self.latest.max(u64::try_from(now.timestamp_millis()).unwrap_or(0));
        self.made += 1;
        // The lower half only looks random.
        let ordered = (self.made << 32) | (self.made.wrapping_mul(0x9e37_79b9) & 0xffff_ffff);
        let uuid = (u128::from(self.latest) << 80) | (7 << 76) | (0b10 << 62) | (ordered & ((1 << 62) - 1));
        format!("{}_{}", entity.prefix(), base32(uuid))
    }
}

/// 128 bits in 26 characters.
pub(crate) fn base32(bits: u128) -> String {
    (0..26_u32)
        .rev()
        .filter_map(|place| {
            let five = usize::try_from((bits >> (5 * place)) & 31).ok()?;
            ALPHABET.get(five).copied().map(char::from)
        })
        .collect()
}

/// A text for an address: lower case, without diacritics, with hyphens, cut at a hyphen.
pub(crate) fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => slug.push_str(letters),
            None if c.is_ascii_alphanumeric() => slug.push(c),
            // A combining mark belongs to the letter before it.
            None if ('\u{300}'..='\u{36f}').contains(&c) => {}
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    let slug = slug.trim_end_matches('-');
    let cut = match slug.char_indices().nth(SLUG_LENGTH) {
        Some((end, _)) => slug.get(..end)?.rsplit_once('-').map_or(slug.get(..end)?, |(before, _)| before),
        None => slug,
    };
    (!cut.is_empty()).then(|| cut.to_owned())
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'ø' => "o",
        'å' => "aa",
        'à' | 'á' | 'â' | 'ã' | 'ä' => "a",
        'ç' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' | 'ŋ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'š' => "s",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'ž' => "z",
        'đ' => "d",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_of_their_making_whatever_the_clock_does() {
        let mut ids = Ids::default();
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();
        let made: Vec<String> = [5, 5, 4, 9].map(|second| ids.make(Entity::Saksmappe, at(second))).into();
        assert!(made.is_sorted(), "{made:?}");
        assert!(made.iter().all(|id| Entity::of_id(id) == Some(Entity::Saksmappe)), "{made:?}");
    }

    #[test]
    fn a_slug_is_plain_hyphenated_and_cut_at_a_hyphen() {
        for (text, expected) in [
            ("2026-318-Søknad om Blåbærsti – *****", Some("2026-318-soknad-om-blaabaersti")),
            ("  Café/Økonomi  ", Some("cafe-okonomi")),
            ("*****", None),
        ] {
            assert_eq!(slug(text).as_deref(), expected, "{text}");
        }
        let long = slug(&"ord og flere ".repeat(10)).unwrap();
        assert!(long.len() <= 75 && !long.ends_with('-'), "{long}");
    }
}
