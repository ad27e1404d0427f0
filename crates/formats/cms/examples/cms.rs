//! Encrypts and decrypts files from the command line, in flat memory:
//!
//! ```text
//! cms encrypt CERTIFICATE PLAIN MESSAGE [cbc|gcm]
//! cms decrypt KEY MESSAGE PLAIN [PASSWORD]
//! ```
//!
//! The decrypted file appears under its name only when the message proved whole.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sakarkiv_cms::{ContentCipher, EncryptOptions, Keyring, Limits, Recipient, Stage, decrypt, encrypt};
use tempfile::NamedTempFile;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["encrypt", certificate, plain, message, cipher @ ..] => {
            let recipient = Recipient::from_certificate(&fs::read(certificate)?)?;
            let cipher = if *cipher == ["gcm"] { ContentCipher::Aes256Gcm } else { ContentCipher::Aes256Cbc };
            let options = EncryptOptions::default().with_cipher(cipher);
            let bytes = encrypt(File::open(plain)?, &[recipient], File::create(message)?, &options)?;
            println!("encrypted {bytes} bytes with {cipher}");
        }
        ["decrypt", key, message, plain, password @ ..] => {
            let keyring = Keyring::new().with(&fs::read(key)?, password.first().copied())?;
            let opened = decrypt(File::open(message)?, &keyring, Named::new(plain)?, &Limits::default())?;
            println!("decrypted {} bytes with {} under {}", opened.bytes, opened.cipher, opened.key_transport);
        }
        _ => {
            return Err("usage: cms encrypt CERTIFICATE PLAIN MESSAGE [cbc|gcm] | cms decrypt KEY MESSAGE PLAIN".into());
        }
    }
    Ok(())
}

/// A stage of one's own: a temporary file beside its destination, renamed at the very end.
struct Named {
    file: NamedTempFile,
    destination: PathBuf,
}

impl Named {
    fn new(destination: impl AsRef<Path>) -> io::Result<Self> {
        let destination = destination.as_ref().to_owned();
        let folder = destination.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { file: NamedTempFile::new_in(folder)?, destination })
    }
}

impl Write for Named {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Stage for Named {
    type Content = ();

    fn release(self) -> io::Result<()> {
        self.file.persist(self.destination)?;
        Ok(())
    }
}
