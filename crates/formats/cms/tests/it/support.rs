use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use sakarkiv_cms::{
    CmsError, Decrypted, EncryptOptions, Identity, InMemory, Keyring, Limits, Recipient, decrypt, encrypt,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Three key pairs for the whole run; making one takes a while.
pub(crate) static IDENTITIES: LazyLock<[Identity; 3]> =
    LazyLock::new(|| ["mottak", "forrige mottak", "annet system"].map(|name| Identity::generate(name).unwrap()));

pub(crate) fn recipient(index: usize) -> Recipient {
    Recipient::from_certificate(IDENTITIES[index].certificate_der()).unwrap()
}

/// Private keys of the given identities, without certificates.
pub(crate) fn bare_keys(indices: &[usize]) -> Keyring {
    let mut keyring = Keyring::new();
    for index in indices {
        keyring.add(IDENTITIES[*index].private_key_der(), None).unwrap();
    }
    keyring
}

/// Private keys of the given identities with their certificates.
pub(crate) fn keys(indices: &[usize]) -> Keyring {
    let mut keyring = bare_keys(indices);
    for index in indices {
        keyring.add(IDENTITIES[*index].certificate_pem().as_bytes(), None).unwrap();
    }
    keyring
}

pub(crate) fn seal(content: &[u8], recipients: &[Recipient], options: &EncryptOptions) -> Vec<u8> {
    let mut message = Vec::new();
    assert_eq!(encrypt(content, recipients, &mut message, options).unwrap(), content.len() as u64);
    message
}

pub(crate) fn open(message: &[u8], keyring: &Keyring) -> Result<Decrypted<Zeroizing<Vec<u8>>>, CmsError> {
    decrypt(message, keyring, InMemory::new(), &Limits::default())
}

/// Content that shows when pieces are mixed up.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|n| u8::try_from((n * 7 + n / 256) % 251).unwrap()).collect()
}

/// Says that a test could not do its work, past the capture of output, so that it is seen in a green run as well.
#[expect(clippy::explicit_write, reason = "the print macros are captured in a green run")]
pub(crate) fn skipped(test: &str, reason: &str) {
    writeln!(io::stderr(), "skipped: {test}: {reason}").unwrap();
}

/// A folder in which `openssl` can be run, with one key and certificate of its own making.
pub(crate) struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    /// `None`, loudly, where there is no `openssl`.
    pub(crate) fn start(test: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            skipped(test, "the program `openssl` is not installed, so nothing was compared with it");
            return None;
        }
        let openssl = Self { folder: tempfile::tempdir().unwrap() };
        openssl.make_key("key.pem", "cert.pem");
        Some(openssl)
    }

    pub(crate) fn make_key(&self, key: &str, certificate: &str) {
        let args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-batch", "-subj", "/CN=mottak", "-days", "30"];
        self.run(args.into_iter().chain(["-keyout", key, "-out", certificate]));
    }

    /// Runs `openssl`; its failure is the test's.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Vec<u8> {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let output = Command::new("openssl").args(&args).current_dir(&self.folder).output().unwrap();
        assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Runs `openssl` for something that this build of it may lack.
    pub(crate) fn try_run(&self, args: &[&str]) -> bool {
        Command::new("openssl").args(args).current_dir(&self.folder).output().unwrap().status.success()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
