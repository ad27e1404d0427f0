//! Verifies exports of audit logs, with no archive, no database and no network.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use sakarkiv_audit::{Checkpoint, Note, Report, Verdict, VerifierKey, verify};

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
        /// A key of the archive, as `name+id+base64`. It must not come from whoever made the export.
        #[arg(long = "key", required = true, value_name = "NAME+ID+KEY")]
        keys: Vec<VerifierKey>,
        /// A file with a signed checkpoint that was published earlier, held outside the archive.
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
    let published: Vec<Checkpoint> = checkpoints.iter().map(|path| opened(path, keys)).collect::<Result<_, _>>()?;
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Box::new(BufReader::with_capacity(1 << 16, file))
    };
    let verdict = verify(input, keys, &published)?;
    if json {
        println!("{}", serde_json::to_string(&verdict)?);
    } else {
        tell(&verdict, published.is_empty());
    }
    Ok(matches!(verdict, Verdict::Sound(_)))
}

fn opened(path: &Path, keys: &[VerifierKey]) -> Result<Checkpoint, Failed> {
    let named = |error: &dyn std::error::Error| format!("{}: {error}", path.display());
    // No note is as long as this; a file that is cannot be one.
    if std::fs::metadata(path).map_err(|error| named(&error))?.len() > Note::MAX_BYTES as u64 {
        return Err(format!("{}: too long for a checkpoint", path.display()).into());
    }
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    let checkpoint = Note::parse(&text).and_then(|note| note.open(keys));
    Ok(checkpoint.map_err(|error| named(&error))?)
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
