//! The program `sakarkiv`: without arguments a municipality's mail day against simulators; with `serve` the office against
//! real endpoints.
#![forbid(unsafe_code)]

mod busy;
mod config;
mod day;
mod notices;
mod pages;
mod serve;
mod setup;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use sakarkiv::core::identity::Timestamp;

/// Mail and journal side of a Norwegian public case/archive.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    day: DayArgs,
}

/// Plays a municipality's mail day, end to end, against simulators on this machine. This is what happens without a command.
#[derive(Debug, Args)]
pub(crate) struct DayArgs {
    /// Another day: the same number makes the same mail.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keeps the store and the report in this folder, which must be empty or not be there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Kills the office's process at so many more random moments (it is killed five times in any case).
    #[arg(long, default_value_t = 0, value_name = "N")]
    kills: u32,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the office against real endpoints until told to end.
    ///
    /// What people have to know is appended to `notices.jsonl` in the data folder, a line of JSON each: read or forward it.
    /// The log goes to standard error; the environment variable RUST_LOG says how much of it.
    Serve {
        /// The configuration file (TOML).
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Tests every credential and connection instead, and says what is wrong.
        #[arg(long)]
        check: bool,
    },
    /// The office's process of the demonstration day.
    #[command(hide = true)]
    Office {
        #[arg(long)]
        config: PathBuf,
        #[arg(long)]
        now: Timestamp,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let usual = if matches!(cli.command, Some(Command::Serve { .. })) { SERVICE_LOGS } else { DAY_LOGS };
    let logs = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    tracing_subscriber::fmt().with_env_filter(logs).with_writer(std::io::stderr).init();
    let outcome: Result<ExitCode, Box<dyn std::error::Error>> = match cli.command {
        None => Ok(day::run(&cli.day).await),
        Some(Command::Serve { config, check: true }) => done(serve::check(&config).await),
        Some(Command::Serve { config, check: false }) => done(serve::run(&config).await),
        Some(Command::Office { config, now }) => done(day::office::run(&config, now).await),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("sakarkiv: {error}");
        ExitCode::FAILURE
    })
}

fn done<E: std::error::Error + 'static>(outcome: Result<(), E>) -> Result<ExitCode, Box<dyn std::error::Error>> {
    outcome.map(|()| ExitCode::SUCCESS).map_err(Into::into)
}

/// What the service says of itself when nobody has said how much: that it is open, and what goes wrong in any of our crates,
/// whose names all begin so.
const SERVICE_LOGS: &str = "off,sakarkiv=warn,sakarkiv::serve=info,sakarkiv::pages=info,sakarkiv::setup=info";
/// The day's disturbances are played, and told in its report.
const DAY_LOGS: &str = "off,sakarkiv::pages=info,sakarkiv::setup=info";
