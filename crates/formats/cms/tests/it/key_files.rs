//! Key files as they are met, made by `openssl`.

use sakarkiv_cms::{EncryptOptions, KeyError, Keyring, Recipient};

use crate::support::{IDENTITIES, OpenSsl, open, recipient, seal, skipped};

const PASSWORD: &str = "blåbær og 1 fløte";

fn opens_mail(openssl: &OpenSsl, keyring: &Keyring) -> bool {
    let recipient = Recipient::from_certificate(&openssl.read("cert.pem")).unwrap();
    open(&seal(b"mail", &[recipient], &EncryptOptions::default()), keyring).is_ok()
}

#[test]
fn our_own_keys_load_from_pem_and_der() {
    let identity = &IDENTITIES[0];
    let pem = [identity.certificate_pem().as_bytes(), identity.private_key_pem().as_bytes()].concat();
    let message = seal(b"mail", &[recipient(0)], &EncryptOptions::default());
    for file in [&pem, identity.private_key_der()] {
        let keyring = Keyring::new().with(file, None).unwrap();
        assert_eq!(keyring.len(), 1);
        assert!(open(&message, &keyring).is_ok());
    }
    let mut keyring = Keyring::new();
    assert_eq!(keyring.add(identity.certificate_der(), None), Ok(0));
    assert_eq!(keyring.add(&pem, None), Ok(1));
    assert_eq!((keyring.add(&pem, None), keyring.len()), (Ok(1), 1), "the same key is held once");
    assert!(open(&message, &keyring).is_ok());
}

#[test]
fn debug_shows_fingerprints_only() {
    let keyring = Keyring::new().with(IDENTITIES[0].private_key_der(), None).unwrap();
    let fingerprint = keyring.fingerprints().next().unwrap();
    assert_eq!(format!("{keyring:?}"), format!("Keyring {{ keys: [{fingerprint}], certificates: 0 }}"));
    assert_eq!(format!("{:?}", IDENTITIES[0]), "Identity { .. }");
}

#[test]
fn files_without_a_key_say_so() {
    let mut keyring = Keyring::new();
    assert_eq!(keyring.add(b"", None), Err(KeyError::Unreadable));
    assert_eq!(keyring.add(b"no key here", None), Err(KeyError::Unreadable));
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let missing = Err(KeyError::Missing { wanted: "private key or certificate" });
    assert_eq!(keyring.add(block("PUBLIC KEY", "AAAA").as_bytes(), None), missing);
    assert_eq!(keyring.add(block("PRIVATE KEY", "!!!").as_bytes(), None), Err(KeyError::Unreadable));
    assert_eq!(keyring.add(b"-----BEGIN PRIVATE KEY-----\nAAAA\n", None), Err(KeyError::Unreadable));
    assert!(keyring.is_empty());
}

#[test]
fn pem_and_der_keys_of_openssl_load() {
    let Some(openssl) = OpenSsl::start("pem_and_der_keys_of_openssl_load") else { return };
    openssl.run(["rsa", "-in", "key.pem", "-traditional", "-out", "pkcs1.pem"]);
    openssl.run(["rsa", "-in", "key.pem", "-traditional", "-outform", "DER", "-out", "pkcs1.der"]);
    openssl.run(["pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER", "-out", "pkcs8.der"]);
    for file in ["key.pem", "pkcs1.pem", "pkcs1.der", "pkcs8.der"] {
        assert!(opens_mail(&openssl, &Keyring::new().with(&openssl.read(file), None).unwrap()), "{file}");
    }
}

#[test]
fn password_protected_keys_of_openssl_load() {
    let Some(openssl) = OpenSsl::start("password_protected_keys_of_openssl_load") else { return };
    let pass = format!("pass:{PASSWORD}");
    let topk8 = ["pkcs8", "-topk8", "-in", "key.pem", "-passout", &pass, "-out", "protected"];
    let traditional = ["rsa", "-traditional", "-in", "key.pem", "-passout", &pass, "-out", "protected"];
    let ways: [(&[&str], &[&str]); 11] = [
        (&topk8, &[]),
        (&topk8, &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"]),
        (&topk8, &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"]),
        (&topk8, &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"]),
        (&topk8, &["-v2", "des3"]),
        (&topk8, &["-v1", "PBE-SHA1-3DES"]),
        (&topk8, &["-outform", "DER"]),
        (&traditional, &["-aes256"]),
        (&traditional, &["-aes192"]),
        (&traditional, &["-aes128"]),
        (&traditional, &["-des3"]),
    ];
    for (command, options) in ways {
        openssl.run(command.iter().chain(options));
        let file = openssl.read("protected");
        let keyring = Keyring::new().with(&file, Some(PASSWORD)).unwrap();
        assert!(opens_mail(&openssl, &keyring), "{options:?}");
        assert_eq!(Keyring::new().add(&file, None), Err(KeyError::PasswordNeeded), "{options:?}");
        for wrong in ["blåbær", ""] {
            assert_eq!(Keyring::new().add(&file, Some(wrong)), Err(KeyError::WrongPassword), "{options:?}");
        }
    }
    openssl.run(topk8.iter().chain(&["-scrypt"]));
    let error = Keyring::new().add(&openssl.read("protected"), Some(PASSWORD)).unwrap_err();
    assert!(error.to_string().contains("1.3.6.1.4.1.11591.4.11"), "{error}");
}

#[test]
fn key_stores_of_openssl_load_with_key_and_certificate() {
    let Some(openssl) = OpenSsl::start("key_stores_of_openssl_load_with_key_and_certificate") else { return };
    let old = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    let ways: [(&[&str], &str); 6] = [
        (&[], PASSWORD),
        (&[], ""),
        (&old, PASSWORD),
        (&["-keypbe", "AES-128-CBC", "-certpbe", "NONE", "-macalg", "sha512"], PASSWORD),
        (&["-nomac"], PASSWORD),
        (&["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha384", "-iter", "1"], PASSWORD),
    ];
    for (options, password) in ways {
        let pass = format!("pass:{password}");
        let command = ["pkcs12", "-export", "-in", "cert.pem", "-inkey", "key.pem", "-passout", &pass, "-out", "store"];
        openssl.run(command.iter().chain(options));
        let file = openssl.read("store");
        let keyring = Keyring::new().with(&file, Some(password)).unwrap();
        assert!(format!("{keyring:?}").contains("certificates: 1"), "{options:?}");
        assert!(opens_mail(&openssl, &keyring), "{options:?}");
        assert_eq!(Keyring::new().add(&file, Some("feil")), Err(KeyError::WrongPassword), "{options:?}");
        assert_eq!(Keyring::new().add(&file, None), Err(KeyError::PasswordNeeded), "{options:?}");
    }
}

#[test]
fn a_store_with_an_rc2_certificate_still_gives_its_key() {
    let Some(openssl) = OpenSsl::start("a_store_with_an_rc2_certificate_still_gives_its_key") else { return };
    let command = "pkcs12 -export -legacy -in cert.pem -inkey key.pem -passout pass:secret -out store";
    if !openssl.try_run(&command.split(' ').collect::<Vec<_>>()) {
        skipped("a_store_with_an_rc2_certificate_still_gives_its_key", "this `openssl` has no legacy provider");
        return;
    }
    let keyring = Keyring::new().with(&openssl.read("store"), Some("secret")).unwrap();
    assert!(format!("{keyring:?}").contains("certificates: 0"));
    assert!(opens_mail(&openssl, &keyring));
}

#[test]
fn keys_of_another_kind_are_refused() {
    let Some(openssl) = OpenSsl::start("keys_of_another_kind_are_refused") else { return };
    openssl.run("ecparam -name prime256v1 -genkey -noout -out ec.sec1".split(' '));
    openssl.run("pkcs8 -topk8 -nocrypt -in ec.sec1 -out ec.pem".split(' '));
    openssl.run("req -x509 -key ec.pem -batch -subj /CN=ec -out ec.cert".split(' '));
    openssl.run("genrsa -out short.pem 1024".split(' '));
    assert_eq!(Keyring::new().add(&openssl.read("ec.pem"), None), Err(KeyError::Rejected));
    assert_eq!(Keyring::new().add(&openssl.read("short.pem"), None), Err(KeyError::Rejected));
    assert_eq!(Recipient::from_certificate(&openssl.read("ec.cert")).unwrap_err(), KeyError::Rejected);
}

#[test]
fn openssl_accepts_the_identities_we_make() {
    let Some(openssl) = OpenSsl::start("openssl_accepts_the_identities_we_make") else { return };
    openssl.write("ours.key", IDENTITIES[0].private_key_pem().as_bytes());
    openssl.write("ours.pem", IDENTITIES[0].certificate_pem().as_bytes());
    openssl.run(["rsa", "-in", "ours.key", "-check", "-noout"]);
    let verified = openssl.run(["verify", "-x509_strict", "-CAfile", "ours.pem", "ours.pem"]);
    assert_eq!(String::from_utf8_lossy(&verified), "ours.pem: OK\n");
}
