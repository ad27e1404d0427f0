use proptest::prelude::*;
use sakarkiv_core::{audit::LogClass, identity::TenantId};

use super::*;

fn signer(name: &str, seed: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(name, &[seed; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    let origin = Origin::new("arkiv.example.no", TenantId::new("bodo").unwrap(), LogClass::Security).unwrap();
    let mut frontier = Frontier::new();
    (0..5).for_each(|number| frontier.append(Hash::of(&[number])));
    let at = Timestamp::from_timestamp(1_789_459_200, 5).unwrap();
    Checkpoint::of(origin, &frontier).pruned_to(2).signed_at(at)
}

#[test]
fn notes_of_others_verify() {
    // The note that the documentation of Go's package for signed notes shows: its signature holds, though it is no log's.
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse::<VerifierKey>().unwrap();
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let note = format!(
        "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    let not_ours = NoteError::NotCheckpoint("origin, size or root is not such");
    assert_eq!(Note::parse(&note).unwrap().open(std::slice::from_ref(&key)), Err(not_ours));
    let changed = Note::parse(&note.replace("cryptography", "cryptographi")).unwrap();
    assert_eq!(changed.open(&[key]), Err(NoteError::BadSignature { name: "PeterNeumann".into() }));
}

#[test]
fn a_checkpoint_comes_back_as_it_was_signed() {
    let signer = signer("arkiv.example.no/log", 7);
    let note = checkpoint().sign(&signer).unwrap();
    let text = note.to_string();
    assert!(text.starts_with("arkiv.example.no/bodo/security\n5\n"), "{text}");
    assert!(text.contains("\nstart 2\ntime 2026-09-15T08:00:00.000000005Z\n\n— arkiv.example.no/log "), "{text}");
    assert_eq!(Note::parse(&text).unwrap(), note);
    assert_eq!(note.open(&[signer.key().clone()]).unwrap(), checkpoint());
    let json = serde_json::to_string(&note).unwrap();
    assert_eq!(serde_json::from_str::<Note>(&json).unwrap(), note);
}

#[test]
fn one_known_key_is_enough_and_one_bad_signature_of_a_known_key_too_many() {
    let (old, new, witness) = (signer("log", 1), signer("log", 2), signer("witness", 3));
    let mut note = checkpoint().sign(&old).unwrap();
    note.add_signature(&new).unwrap();
    note.add_signature(&witness).unwrap();
    for key in [old.key(), new.key(), witness.key()] {
        assert!(note.open(std::slice::from_ref(key)).is_ok());
    }
    assert_eq!(note.open(&[signer("log", 4).key().clone()]), Err(NoteError::NoKnownKey));
    assert_eq!(note.open(&[]), Err(NoteError::NoKnownKey));
    let mut text = note.to_string();
    let end = text.split_off(text.len() - 10);
    let note = Note::parse(&(text + &end.replacen(|c: char| c != 'A', "A", 1))).unwrap();
    assert!(note.open(&[old.key().clone(), new.key().clone()]).is_ok(), "an unknown signature is passed over");
    let bad = NoteError::BadSignature { name: "witness".into() };
    assert_eq!(note.open(&[old.key().clone(), witness.key().clone()]), Err(bad));
}

#[test]
fn hostile_notes_are_refused() {
    let signature = format!("— k {}", STANDARD_OF_64_BYTES);
    let many = format!("a\n\n{}", format!("{signature}\n").repeat(65));
    let long = format!("{}\n\n{signature}\n", "a".repeat(Note::MAX_BYTES));
    let sound = format!("a\n\n{signature}\n");
    assert!(Note::parse(&sound).is_ok());
    for bad in [
        "",
        "\n\n",
        "a\n\n",
        "a\n\n\n",
        &signature,
        &format!("a\n{signature}\n"),
        sound.trim_end(),
        &sound.replace('a', "\u{1}"),
        &sound.replace('a', "\r"),
        &sound.replace("— k", "- k"),
        &sound.replace("— k", "—  k"),
        &sound.replace("— k", "— k+k"),
        "a\n\n— k AAAAAA==\n",
        "a\n\n— k ???\n",
        &many,
        &long,
    ] {
        assert!(Note::parse(bad).is_err(), "{:?} was taken", bad.chars().take(60).collect::<String>());
    }
}

#[test]
fn a_file_gives_each_of_its_notes_whatever_stands_between_them() {
    let note = checkpoint().sign(&signer("log", 7)).unwrap();
    let of = |mut file: &[u8]| {
        let mut found = Vec::new();
        while let Some(next) = Note::read_next(&mut file).unwrap() {
            found.push(next);
        }
        found
    };
    let whole = note.to_string();
    assert_eq!(of(whole.as_bytes()), [Ok(note.clone())], "a note on its own needs no end");
    assert_eq!(of(format!("\n--\n{whole}--\n\n--\n{whole}--\n").as_bytes()), [Ok(note.clone()), Ok(note.clone())]);
    assert!(of(b"").is_empty() && of(b"\n--\n--\n").is_empty());
    let cut_in_a_letter = whole.find('—').unwrap() + 1;
    let long_line = [&[b'x'; Note::MAX_BYTES][..], b"--\n", whole.as_bytes()].concat();
    let many_lines = "x\n".repeat(2 * Note::MAX_BYTES);
    for (between, told) in [
        (&whole.as_bytes()[..cut_in_a_letter], NoteError::Malformed("it is not text")),
        (&whole.as_bytes()[..40], NoteError::Malformed("no empty line before the signatures")),
        (long_line.as_slice(), NoteError::TooLarge),
        (many_lines.as_bytes(), NoteError::TooLarge),
    ] {
        let file = [whole.as_bytes(), b"--\n", between, b"\n--\n", whole.as_bytes(), b"--\n"].concat();
        assert_eq!(of(&file), [Ok(note.clone()), Err(told), Ok(note.clone())]);
    }
}

#[test]
fn a_note_says_of_which_log_it_is() {
    let note = checkpoint().sign(&signer("log", 7)).unwrap();
    let other = Origin::new("arkiv.example.no", TenantId::new("bod").unwrap(), LogClass::Security).unwrap();
    assert!(note.is_said_of(&checkpoint().origin) && !note.is_said_of(&other));
}

const STANDARD_OF_64_BYTES: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn what_is_signed_but_no_checkpoint_is_refused() {
    let root = Hash::of(b"").to_string();
    let with = |lines: &str| format!("arkiv.example.no/bodo/security\n5\n{root}\n{lines}");
    assert!(Checkpoint::parse(&with("start 2\nother line\n")).is_ok());
    let long = with(&"x\n".repeat(62));
    for bad in [
        "",
        "arkiv.example.no/bodo/security\n5\n",
        &with("\n"),
        &with("start 6\n"),
        &with("start 0\n"),
        &with("start 02\n"),
        &with("start 2\nstart 2\n"),
        &with("time yesterday\n"),
        &with("").replace("\n5\n", "\n05\n"),
        &with("").replace("\n5\n", "\n+5\n"),
        &with("").replace("\n5\n", "\n99999999999999999999\n"),
        &with("").replace("/security", "/other"),
        &with("").replace("bodo", "Bodø"),
        &with("").replace("arkiv.example.no/", ""),
        &long,
    ] {
        assert!(Checkpoint::parse(bad).is_err(), "{bad:?} was taken");
    }
}

#[test]
fn keys_are_read_as_they_are_written() {
    let key = signer("arkiv.example.no/log", 7).key().clone();
    assert_eq!(key.to_string().parse(), Ok(key.clone()));
    let text = key.to_string();
    for bad in [text.replace("arkiv", "arkix"), text.replace('+', " "), format!("{text}A"), String::new()] {
        assert_eq!(bad.parse::<VerifierKey>(), Err(KeyError::Text), "{bad}");
    }
    // ML-DSA and cosignatures have other type numbers.
    let other = "witness.example/w1+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(other.parse::<VerifierKey>(), Err(KeyError::Algorithm));
    assert_eq!(VerifierKey::ed25519("a b", [0; 32]), Err(KeyError::Name));
}

#[test]
fn a_private_key_is_read_from_what_openssl_writes_and_never_shown() {
    // The key of RFC 8410 section 10.3, published there.
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    let signer = Ed25519Signer::from_pkcs8("log", pem.as_bytes()).unwrap();
    let public = signer.key().public();
    assert_eq!(public[..4], [0x19, 0xbf, 0x44, 0x09]);
    assert!(matches!(Ed25519Signer::from_pkcs8("log", b"x"), Err(KeyError::Private)));
    assert!(!format!("{signer:?}").contains("seed"));
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}|([a-z0-9/=+ —\n]{0,80}\n\n— k [A-Za-z0-9+/]{8}\n)") {
        if let Ok(note) = Note::parse(&text) {
            prop_assert_eq!(note.to_string(), text.clone());
        }
        let _ = Checkpoint::parse(&text);
        let _ = text.parse::<VerifierKey>();
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert_eq!(origin.as_str(), text);
        }
    }
}
