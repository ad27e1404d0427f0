//! Our side: runs the workspace's benchmark, which cannot be linked in because two SQLites do not fit into one program.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::Took;

/// Builds the benchmark and tells where it is.
pub(crate) fn build() -> Result<PathBuf, Box<dyn Error>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut cargo = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    cargo.args(["bench", "--no-run", "--message-format=json", "-p", "sakarkiv-benches", "--manifest-path", manifest]);
    let output = cargo.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    Ok(programs.next_back().ok_or("the benchmark was not built")?)
}

pub(crate) fn run(bench: &Path, folder: &Path, round: usize, letters: usize) -> Result<Took, Box<dyn Error>> {
    let stage = |stage: &str| -> Result<Duration, Box<dyn Error>> {
        let folder = folder.join(format!("ours-{stage}-{round}"));
        fs::create_dir(&folder)?;
        let words = ["--part", "letters", stage, &letters.to_string()];
        let output = Command::new(bench).args(words).arg(folder).stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8(output.stdout)?;
        let seconds = text.lines().find_map(|line| line.strip_prefix("seconds="));
        Ok(Duration::from_secs_f64(seconds.ok_or("the benchmark told no time")?.parse()?))
    };
    Ok(Took { accepted: stage("accepted")?, done: stage("opened")? })
}
