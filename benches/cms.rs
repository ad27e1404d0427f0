//! Decrypting a CMS message as SvarInn sends them, against `openssl cms -decrypt` on the same file.

use std::{
    fs::{self, File},
    io::{BufWriter, Read},
    path::Path,
    process::{Command, Stdio},
};

use sakarkiv_cms::{EncryptOptions, Identity, Keyring, Limits, Recipient, Spool, decrypt, encrypt};

use crate::support::{Failed, Ratio, Report, Setting, head, median, megabytes, noise, now, peak_memory, run, tell};

const QUICK_BYTES: u64 = 64 << 20;
const FULL_BYTES: u64 = 1 << 30;
const MOST_MEMORY: f64 = 16e6;

/// How the message is written: as SvarInn does, in ciphertext of 1000 bytes a piece, and in one piece.
const SHAPES: [(&str, &str); 2] = [("pieces", "CMS decrypt, as SvarInn sends"), ("whole", "CMS decrypt, one piece")];

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (bytes, rounds) = if setting.quick { (QUICK_BYTES, 3) } else { (FULL_BYTES, 5) };
    let folder = setting.new_folder()?;
    make_messages(folder.path(), bytes)?;
    let openssl = openssl_version();
    let peer = openssl.as_deref().unwrap_or("openssl: SKIPPED, the program is not there");
    head(&format!("cms: {} MiB, AES-256-CBC, RSA-OAEP, from file to file; {rounds} rounds; {peer}", bytes >> 20));
    let mut ratios = Vec::new();
    for (shape, work) in SHAPES {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for _ in 0..rounds {
            ours.push(ours_once(folder.path(), shape, bytes)?);
            if openssl.is_some() {
                theirs.push(openssl_once(folder.path(), shape, bytes)?);
            }
        }
        ratios.push(ratio(work, &ours, &theirs));
    }
    Ok(ratios)
}

/// One decryption.
struct Once {
    /// Megabytes of content a second.
    rate: f64,
    peak: Option<f64>,
}

fn ratio(work: &'static str, ours: &[Once], theirs: &[Once]) -> Ratio {
    let rate = |runs: &[Once]| median(runs.iter().map(|once| once.rate));
    let peak = |runs: &[Once]| runs.iter().filter_map(|once| once.peak).max_by(f64::total_cmp);
    let by_round = || median(ours.iter().zip(theirs).map(|(ours, theirs)| ours.rate / theirs.rate));
    let ratio = (!theirs.is_empty()).then(by_round);
    let memory_fits = peak(ours).is_none_or(|peak| peak < MOST_MEMORY);
    println!("  {work}: {:.0} MB/s, peak memory {}", rate(ours), megabytes(peak(ours)));
    if !theirs.is_empty() {
        println!(
            "  {:>1$}: {2:.0} MB/s, peak memory {3}",
            "openssl",
            work.len(),
            rate(theirs),
            megabytes(peak(theirs))
        );
    }
    Ratio {
        work,
        ours: format!("{:.0} MB/s, {}", rate(ours), megabytes(peak(ours))),
        theirs: ratio.map_or_else(
            || "openssl is not there".to_owned(),
            |_| format!("openssl {:.0} MB/s, {}", rate(theirs), megabytes(peak(theirs))),
        ),
        ratio,
        aim: "> 1, under 16 MB",
        reached: ratio.map(|ratio| ratio > 1.0 && memory_fits),
    }
}

/// Key, certificate and messages, as files.
fn make_messages(folder: &Path, bytes: u64) -> Result<(), Failed> {
    let identity = Identity::generate("Eksempel kommune mottak")?;
    fs::write(folder.join(KEY), identity.private_key_pem().as_bytes())?;
    fs::write(folder.join(CERTIFICATE), identity.certificate_pem())?;
    let recipient = Recipient::from_certificate(identity.certificate_pem().as_bytes())?;
    let block = noise(1, 1 << 20);
    for (shape, _) in SHAPES {
        let options = EncryptOptions::default();
        let options = if shape == "whole" { options.with_content_length(bytes) } else { options };
        let content = std::iter::repeat_n(block.as_slice(), usize::try_from(bytes >> 20)?);
        let message = BufWriter::new(File::create(folder.join(shape))?);
        encrypt(Chain { pieces: content, left: &[] }, std::slice::from_ref(&recipient), message, &options)?;
    }
    Ok(())
}

/// Reads pieces one after the other.
struct Chain<'a, I> {
    pieces: I,
    left: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a [u8]>> Read for Chain<'a, I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left.is_empty() {
            self.left = self.pieces.next().unwrap_or_default();
        }
        self.left.read(buffer)
    }
}

fn ours_once(folder: &Path, shape: &str, bytes: u64) -> Result<Once, Failed> {
    let report = Report::of_part(&["cms", shape, &folder.display().to_string()])?;
    if report.get("bytes") != Some(bytes) {
        return Err("we decrypted something else than was encrypted".into());
    }
    Ok(Once { rate: bytes as f64 / 1e6 / report.number("seconds")?, peak: report.get("peak") })
}

/// Decrypts once, in a process of its own.
pub(crate) fn part(words: &[&str]) -> Result<(), Failed> {
    let [shape, folder] = words else { return Err("cms takes a shape and a folder".into()) };
    let folder = Path::new(folder);
    // With reading the key, as the other program's time has it.
    let start = now();
    let keyring = Keyring::new().with(&fs::read(folder.join(KEY))?, None)?;
    let message = File::open(folder.join(shape))?;
    let bytes = decrypt(message, &keyring, Spool::in_folder(folder)?, &Limits::default())?.bytes;
    tell("seconds", Some(start.elapsed().as_secs_f64()));
    tell("bytes", Some(bytes));
    tell("peak", peak_memory());
    Ok(())
}

fn openssl_once(folder: &Path, shape: &str, bytes: u64) -> Result<Once, Failed> {
    let plain = folder.join("plain");
    let mut command = Command::new("openssl");
    command.args(["cms", "-decrypt", "-binary", "-inform", "DER", "-in"]).arg(folder.join(shape));
    command.arg("-inkey").arg(folder.join(KEY)).arg("-recip").arg(folder.join(CERTIFICATE)).arg("-out").arg(&plain);
    let (took, peak) = run(&mut command)?;
    if fs::metadata(&plain)?.len() != bytes {
        return Err("openssl decrypted something else than was encrypted".into());
    }
    fs::remove_file(plain)?;
    Ok(Once { rate: bytes as f64 / 1e6 / took.as_secs_f64(), peak: peak.map(|bytes| bytes as f64) })
}

fn openssl_version() -> Option<String> {
    let output = Command::new("openssl").arg("version").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    output.status.success().then(|| words.join(" "))
}

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";
