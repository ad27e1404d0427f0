use sakarkiv_core::publication::Leak;
use sakarkiv_leakcheck::{LeakConfig, Scope};

use super::world::{World, checker, find};

/// Texts as they stand in journals and in the documents of municipalities; nothing in them is anybody's.
const CLEAN: &[&str] = &[
    "Søknad om tillatelse til tiltak – gnr. 12, bnr. 345, Storgata 1, 8001 Bodø",
    "Deres ref.: 2024/1234-5  Vår ref.: 24/00123-7  Dato: 05.01.2024",
    "Saksnr. 2024/1234, jf. sak 2019/98765, journalpost 2024/1234-17, løpenr. 4711/2024",
    "Org.nr. 974 760 673 MVA, org.nr. 310000027 og 910 925 496",
    "KID 0012345678906, faktura 100200300, beløp kr 1 234 567,89, forfall 20240131",
    "KID: 001234567890123456, fakturanr. 20240131001",
    "Reguleringsplan for Testbyen sentrum, plan-ID 1804-2024007, vedtatt 17.06.2024 i PS 24/00056",
    "Budsjett 2023 2024 2025 2026: 12 500 13 750 14 200 15 900 | 1 200 300 400 500",
    "Koordinater EUREF89 UTM33: N 7463512.25 Ø 475873.11; høyde 12,45 moh.",
    "ISBN 978-82-15-00000-1, ISSN 0806-6094, GTIN 7038010009457",
    "UUID 5a2e9d61-8f0b-4a3e-8d11-2c7f1b6e0a77, sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "Møte 12.03.2024 kl. 09:00–15:30, møterom 1.234, telefon sentralbord 75 55 50 00",
    "Forvaltningsloven § 13 første ledd nr. 1, offentleglova §§ 13, 14, 23 og 26, LOV-2006-05-19-16",
    "Personell og nabovarsel: kravet til nabovarsling følger av pbl. § 21-3, krangel er ikke et tema",
    "Karin, Karianne og Testpersonell er andre ord; Hannes hage, et test-person-oppsett uten navn",
    "Nabo krangler ikke. Vestgård gård, Prøvestøl og Olafsgate 12 B",
    "12345678901 er ikke et gyldig nummer, og 32139000553 eller 01139000553 heller ikke",
    "11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30",
    "1. 2. 3. 4. 5. 6. 7. 8. 9. 10. 11. 12. 13. 14. 15.",
    "2024-01-31T12:00:00.000+01:00 2024-02-29 31.12.2024 24.12.24",
    "Målestokk 1:1000, areal 1 250,5 m², BYA 24,7 %, BRA 312 m2, kote +12,4",
];

#[test]
fn clean_norwegian_text_is_not_flagged() {
    for text in CLEAN {
        for scope in [Scope::Shown, Scope::Searched, Scope::Document] {
            let hits = find(text, scope, &LeakConfig::default());
            let told: Vec<_> = hits.iter().map(|hit| (hit.leak, &text[hit.span.start..hit.span.end])).collect();
            assert!(told.is_empty(), "{told:?} in {text:?}");
        }
    }
}

#[test]
fn figures_of_a_whole_budget_are_hardly_ever_taken_for_a_number() {
    // Rows of amounts with blanks between thousands, the same at each run.
    let mut state = 7_u64;
    let mut amount = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = (state >> 33) % 9_000_000;
        if value >= 1_000_000 {
            format!("{} {:03} {:03}", value / 1_000_000, value / 1_000 % 1_000, value % 1_000)
        } else {
            format!("{} {:03}", value / 1_000, value % 1_000)
        }
    };
    let rows: Vec<String> = (0..2_000).map(|_| [amount(), amount(), amount(), amount()].join("   ")).collect();
    let hits = find(&rows.join("\n"), Scope::Document, &LeakConfig::default());
    let numbers = hits.iter().filter(|hit| hit.leak == Leak::IdentityNumber).count();
    assert!(numbers <= 8, "{numbers} of 8,000 amounts");
}

#[test]
fn a_record_that_the_rules_made_passes() {
    let world = World::new();
    for number in [1, 2] {
        let record = world.record(number);
        let checker = checker();
        let findings = checker.check_texts(
            &record,
            &checker.matcher(&world.secrets()),
            &mut sakarkiv_leakcheck::Scratch::default(),
        );
        assert_eq!(findings, []);
    }
}
