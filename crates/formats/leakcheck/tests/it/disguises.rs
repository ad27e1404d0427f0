use proptest::prelude::*;
use sakarkiv_core::publication::Leak;
use sakarkiv_leakcheck::{LeakConfig, Reach, Scope};

use super::world::{KARI, NUMBER, OLA, WORD, find, leaks};

#[test]
fn a_screened_name_is_found_however_it_is_written() {
    for text in [
        "Klage fra Kari Anne Testperson",
        "KARI ANNE TESTPERSONS ADVOKAT",
        "testperson, kari anne",
        "Testperson, Kari",
        "Kari Testperson",
        "Kari_Testperson_vedtak.pdf",
        "VedtakKariTestperson2026.pdf",
        "karitestperson.pdf",
        "Kari\u{a0}Testperson",
        "Kari-Anne Testperson",
        "K. Testperson",
        "K A Testperson",
        "Testperson K.A.",
        "Kari A. Testperson",
        "K a r i  T e s t p e r s o n",
        "Kari Test-\nperson",
        "Ka\u{ad}ri Test\u{ad}person",
        "K\u{200d}ari T\u{2060}estperson",
        "Ｋａｒｉ Ｔｅｓｔｐｅｒｓｏｎ",
        "Káŕi Testperson",
        "Каri Теstреrsоn",
        "Kari\nTestperson",
        "Kari (f. 1990) og Kari/Testperson",
    ] {
        for scope in [Scope::Shown, Scope::Searched, Scope::Document] {
            assert_eq!(leaks(text, scope).first(), Some(&Leak::ScreenedName), "{text:?} {scope:?}");
        }
    }
}

#[test]
fn a_part_of_a_screened_name_is_found_in_the_record_and_in_documents_where_configured() {
    for text in ["Klage fra Testperson", "testpersons klage", "KARI"] {
        assert_eq!(leaks(text, Scope::Shown), [Leak::ScreenedName], "{text}");
        assert_eq!(leaks(text, Scope::Document), [], "{text}");
        let config = LeakConfig { name_parts: Reach::Everywhere, ..LeakConfig::default() };
        assert_eq!(find(text, Scope::Document, &config).len(), 1, "{text}");
    }
    assert_eq!(leaks("Skarin testpersonell", Scope::Shown), [], "parts are words of their own");
}

#[test]
fn norwegian_letters_may_be_missing_or_written_as_two() {
    for text in ["Ola Ostgard-Prove", "Ola Oestgaard-Proeve", "OLA ØSTGÅRD PRØVE", "Ola O\u{338}stga\u{30a}rd Prøve"]
    {
        assert_eq!(leaks(text, Scope::Shown), [Leak::CasePerson], "{text}");
    }
}

#[test]
fn people_of_the_case_are_looked_for_where_they_are_no_public_party() {
    assert_eq!(leaks(OLA, Scope::Shown), [Leak::CasePerson]);
    assert_eq!(leaks(OLA, Scope::Searched), [Leak::SearchableName]);
    assert_eq!(leaks(OLA, Scope::Document), []);
    let everywhere = LeakConfig { case_people: Reach::Everywhere, ..LeakConfig::default() };
    assert_eq!(find(OLA, Scope::Document, &everywhere).len(), 1);
    let nowhere = LeakConfig { case_people: Reach::Nowhere, ..LeakConfig::default() };
    assert_eq!(find(OLA, Scope::Shown, &nowhere), []);
}

#[test]
fn what_another_entry_screens_is_found_and_told_apart() {
    use sakarkiv_leakcheck::{Matcher, Scratch};
    let (world, mut scratch) = (super::world::World::new(), Scratch::default());
    let matcher = Matcher::new(&world.secrets(), &LeakConfig::default());
    for (text, leak) in [(KARI, Leak::NameScreenedElsewhere), (WORD, Leak::WordScreenedElsewhere)] {
        matcher.find(text, Scope::Shown, super::world::entry_id(2), &mut scratch);
        assert_eq!(scratch.hits().iter().map(|hit| hit.leak).collect::<Vec<_>>(), [leak]);
    }
}

#[test]
fn words_addresses_and_known_contacts_are_found() {
    for (text, leak) in [
        ("Om Nabokrangelen i Storgata", Leak::ScreenedWord),
        ("nabo-\nkrangel", Leak::ScreenedWord),
        ("bor i LØVETANNVEIEN 12 B", Leak::Address),
        ("send til Kari.T@eksempel.no", Leak::Email),
        ("ring 99 88 77 66", Leak::Phone),
        ("004799887766", Leak::Phone),
    ] {
        assert_eq!(leaks(text, Scope::Document), [leak], "{text}");
    }
}

#[test]
fn identity_numbers_are_found_however_they_are_grouped() {
    for text in [
        "01819000553",
        "018190 00553",
        "018190-00553",
        "018190.00553",
        "01.81.90 00553",
        "01-81-90-00553",
        "0181 90 00553",
        "018190 005 53",
        "018190 / 00553",
        "01 81 90 00 55 3",
        "0 1 8 1 9 0 0 0 5 5 3",
        "018 190 005 53",
        "0181 9000 553",
        "０１８１９０００５５３",
        "٠١٨١٩٠٠٠٥٥٣",
        "018190\u{a0}00553",
        "018190\u{200b}00553",
        "01819\u{ad}000553",
        "018190\n00553",
        "fnr01819000553.pdf",
        "f.nr.:01819000553!",
    ] {
        assert_eq!(leaks(text, Scope::Document), [Leak::IdentityNumber], "{text:?}");
    }
    // The number of one of the case's people, in any grouping and inside a longer number.
    for text in ["0181900 0553 1", "990181900055399"] {
        assert_eq!(leaks(text, Scope::Document), [Leak::IdentityNumber], "{text:?}");
    }
}

#[test]
fn numbers_of_others_and_d_numbers_are_found_too() {
    // A D-number, one of the welfare administration's population, and one by the rule of 2032.
    for number in sound_numbers() {
        let spaced = format!("{} {}", &number[..6], &number[6..]);
        assert_eq!(leaks(&number, Scope::Shown), [Leak::IdentityNumber], "{number}");
        assert_eq!(leaks(&spaced, Scope::Shown), [Leak::IdentityNumber], "{spaced}");
    }
}

#[test]
fn a_hit_tells_which_bytes() {
    let text = "Åse, Ærlig og Øystein: Testperson, Kari sier ０１８１９０ 00553.";
    let hits = find(text, Scope::Document, &LeakConfig::default());
    let told: Vec<&str> = hits.iter().map(|hit| &text[hit.span.start..hit.span.end]).collect();
    assert_eq!(told, ["Testperson, Kari", "０１８１９０ 00553"]);
}

/// Synthetic numbers of every kind: birth and D-numbers, both test populations, both rules for control digits.
fn sound_numbers() -> Vec<String> {
    use sakarkiv_core::identity::{ControlDigits, NationalIdentityNumber};
    let mut numbers = Vec::new();
    for head in ["0181900", "4181900", "0141900", "4541900", "3192051"] {
        let of_kind = (0..10_000)
            .map(|tail| format!("{head}{tail:04}"))
            .filter(|text| NationalIdentityNumber::parse_with(text, ControlDigits::From2032).is_ok());
        numbers.extend(of_kind.take(12));
    }
    assert!(numbers.len() >= 36);
    numbers
}

/// Text around a leak.
fn around() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "Vi viser til ",
        "Sak 2024/1234: ",
        "(",
        "– ",
        "Brev, ",
        "§ 13 ",
        "æøå ÆØÅ ",
        "\t",
        "Jf. \u{ad}",
        "日本 ",
    ])
    .prop_map(str::to_owned)
}

fn disguised_name() -> impl Strategy<Value = String> {
    let order = prop::sample::select(vec![
        vec!["Kari", "Anne", "Testperson"],
        vec!["Testperson", "Kari", "Anne"],
        vec!["Kari", "Testperson"],
        vec!["Testperson", "Kari"],
    ]);
    let between =
        prop::sample::select(vec![" ", "  ", ", ", "-", "_", ".", "\u{a0}", "\n", " \u{ad}", "\u{200b}", "/", ""]);
    let style = 0..6_u8;
    (order, between, style, any::<bool>()).prop_map(|(parts, between, style, genitive)| {
        let name = parts.join(between);
        let name = match style {
            0 => name.to_uppercase(),
            1 if !between.is_empty() => name.to_lowercase(),
            2 => name.chars().flat_map(|c| [c, '\u{301}'].into_iter().take(1 + usize::from(c == 'a'))).collect(),
            3 => name.replace('e', "е"),
            4 => name.chars().map(|c| if c.is_ascii_alphabetic() { full_width(c) } else { c }).collect(),
            _ => name,
        };
        if genitive { name + "s" } else { name }
    })
}

fn full_width(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).unwrap()
}

fn disguised_number() -> impl Strategy<Value = String> {
    let separators = prop::sample::select(vec!["", " ", "-", ".", "/", "\u{a0}", "–", " - ", "\n"]);
    let places = prop::sample::select(vec![vec![6], vec![2, 4, 6], vec![4, 6], vec![2, 4, 6, 9], vec![6, 9], vec![]]);
    (prop::sample::select(sound_numbers()), separators, places, any::<bool>()).prop_map(
        |(number, between, places, wide)| {
            let mut text = String::new();
            for (at, digit) in number.chars().enumerate() {
                if places.contains(&at) {
                    text.push_str(between);
                }
                text.push(if wide { full_width(digit) } else { digit });
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_planted_name_is_found(before in around(), name in disguised_name(), after in around()) {
        let text = format!("{before}{name} {after}");
        for scope in [Scope::Shown, Scope::Document] {
            prop_assert!(leaks(&text, scope).contains(&Leak::ScreenedName), "{text:?} {scope:?}");
        }
    }

    #[test]
    fn every_planted_number_is_found(before in around(), number in disguised_number(), after in around()) {
        let text = format!("{before}{number} {after}");
        prop_assert!(leaks(&text, Scope::Document).contains(&Leak::IdentityNumber), "{text:?}");
    }

    #[test]
    fn hits_lie_in_the_text_whatever_it_is(text in "(?s).{0,80}", word in disguised_name(), tail in "(?s).{0,20}") {
        let text = format!("{text}{word}{NUMBER}{tail}");
        for hit in find(&text, Scope::Shown, &LeakConfig { emails: true, phones: true, ..LeakConfig::default() }) {
            prop_assert!(text.get(hit.span.start..hit.span.end).is_some_and(|told| !told.is_empty()), "{hit:?} {text:?}");
        }
    }

    #[test]
    fn what_the_mask_of_the_public_title_hides_is_found_here(
        before in "[A-Za-zæøåÆØÅ ,.-]{0,20}",
        change in "(\u{ad}|\u{301}|\u{a0}|s|S| |,){0,2}",
        after in "[A-Za-zæøåÆØÅ ,.-]{0,20}",
    ) {
        use sakarkiv_core::screening::{Mask, Whole};
        let text = format!("{before}Kari Anne{change} Testperson{change}{after} {WORD}{change}{after}");
        let mask = Mask::new().with(KARI, Whole::No).with("Testperson", Whole::Yes).with(WORD, Whole::No);
        prop_assert_eq!(mask.finds(&text), true);
        prop_assert!(!leaks(&text, Scope::Shown).is_empty(), "{:?}", text);
    }
}
