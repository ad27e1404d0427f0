//! Verifies exports of audit logs, with no archive, no database and no network.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use sakarkiv_audit::{
    Checkpoint, ExportReader, MAX_LINE, Note, NoteError, Origin, Report, Verdict, VerifierKey, verify,
};

/// Verifies exports of audit logs, with no archive, no database and no network.
///
/// Ends with 0 when the log is sound, 1 when it was tampered with, 2 when it could not be verified.
#[derive(Debug, Parser)]
#[command(name = "sakarkiv-audit", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies an export against keys and against checkpoints that were published earlier.
    Verify {
        /// The export; `-` for the standard input.
        file: PathBuf,
        /// A key of the archive, as `name+id+base64`; `sakarkiv serve --check` prints it as the log key. It must not come from
        /// whoever made the export.
        #[arg(long = "key", required = true, value_name = "NAME+ID+KEY")]
        keys: Vec<VerifierKey>,
        /// A file with signed checkpoints that were published earlier, held outside the archive: one, or several as the
        /// archive writes them. Those of other logs are left out.
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// Writes the verdict as JSON.
        #[arg(long)]
        json: bool,
    },
}

type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let Command::Verify { file, keys, checkpoints, json } = Arguments::parse().command;
    match run(&file, &keys, &checkpoints, json) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("sakarkiv-audit: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(file: &Path, keys: &[VerifierKey], checkpoints: &[PathBuf], json: bool) -> Result<bool, Failed> {
    let mut input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Box::new(BufReader::with_capacity(1 << 16, file))
    };
    let mut first = Vec::new();
    input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut first)?;
    let published = match ExportReader::new(first.as_slice()) {
        Ok((header, _)) => published(checkpoints, &header.origin, keys)?,
        // What is wrong with the line, the verification says.
        Err(_) => Vec::new(),
    };
    let verdict = verify(first.as_slice().chain(input), keys, &published)?;
    if json {
        println!("{}", serde_json::to_string(&verdict)?);
    } else {
        tell(&verdict, published.is_empty());
    }
    Ok(matches!(verdict, Verdict::Sound(_)))
}

/// The checkpoints of one log in files that may hold those of others as well.
fn published(files: &[PathBuf], origin: &Origin, keys: &[VerifierKey]) -> Result<Vec<Checkpoint>, Failed> {
    let mut published = Vec::new();
    for path in files {
        let held = Held::read(path, origin, keys).map_err(|error| format!("{}: {error}", path.display()))?;
        held.tell(path);
        published.extend(held.of_the_log);
    }
    if published.is_empty() && !files.is_empty() {
        return Err(format!("no checkpoint that was given is of the log {origin}: give those of this log").into());
    }
    Ok(published)
}

/// What a file of checkpoints holds.
#[derive(Default)]
struct Held {
    of_the_log: Vec<Checkpoint>,
    of_others: u64,
    /// Pieces that are no checkpoints.
    spoilt: u64,
}

impl Held {
    fn read(path: &Path, origin: &Origin, keys: &[VerifierKey]) -> Result<Self, Failed> {
        let mut file = BufReader::new(File::open(path)?);
        let (mut held, mut fault) = (Self::default(), NoteError::Malformed("there is none"));
        while let Some(note) = Note::read_next(&mut file)? {
            match note {
                Ok(note) if note.is_said_of(origin) => held.of_the_log.push(note.open(keys)?),
                Ok(_) => held.of_others += 1,
                Err(error) => (held.spoilt, fault) = (held.spoilt + 1, error),
            }
        }
        if held.of_the_log.is_empty() && held.of_others == 0 { Err(fault.into()) } else { Ok(held) }
    }

    fn tell(&self, path: &Path) {
        let path = path.display();
        if self.of_others > 0 {
            eprintln!("note: {path}: checkpoints of other logs were left out: {}", self.of_others);
        }
        if self.spoilt > 0 {
            eprintln!(
                "note: {path}: pieces that are no checkpoints, cut off while they were written perhaps, were left out: {}",
                self.spoilt
            );
        }
    }
}

fn tell(verdict: &Verdict, nothing_published: bool) {
    match verdict {
        Verdict::Tampered(finding) => println!("TAMPERED: {finding}"),
        Verdict::Sound(report) => {
            println!("SOUND: {}", report.origin);
            tell_report(report);
            if nothing_published {
                println!(
                    "note: no published checkpoint was given, so an archive rolled back as a whole would go unnoticed"
                );
            }
        }
    }
}

fn tell_report(report: &Report) {
    println!("entries:     {} (from {} on, {} with pruned ones)", report.entries, report.start, report.size);
    println!("root:        {}", report.root);
    if let (Some(first), Some(last)) = (report.first, report.last) {
        println!("time:        {} to {}", first.to_rfc3339(), last.to_rfc3339());
    }
    println!("erased:      {} fields", report.erased_fields);
    println!("checkpoints: {} agree, {} are older than the log's start", report.checkpoints, report.older_checkpoints);
    if report.unattested() > 0 {
        println!(
            "note: the last {} entries are behind the newest checkpoint: nothing vouches for them",
            report.unattested()
        );
    }
}
