//! Letters per second of a whole sakarkiv office against apalis, a known job queue, on SQLite too: the same 100 kB, 16
//! submitters, every submission on the disk before it is answered, every job taken by a worker and acknowledged durably.
//! `README.md` says what is alike and what is not.

mod apalis_queue;
mod office;

use std::{error::Error, time::Duration};

/// What both sides are given.
pub(crate) const SUBMITTERS: usize = 16;
pub(crate) const DOCUMENT_BYTES: usize = 100_000;

/// How long both stages took.
pub(crate) struct Took {
    /// Until the last letter was accepted durably, nothing else running.
    pub(crate) accepted: Duration,
    /// Until the last letter had come to its end.
    pub(crate) done: Duration,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let quick = std::env::var_os("SAKARKIV_BENCH_QUICK").is_some_and(|value| value != "0");
    let (letters, rounds) = if quick { (500, 3) } else { (2_000, 5) };
    let bench = office::build()?;
    let root =
        std::env::var_os("SAKARKIV_BENCH_DIR").unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/target").into());
    std::fs::create_dir_all(&root)?;
    // Kept to the end: for seconds after many files were removed, ext4 looks long for a place for each new one.
    let folder = tempfile::Builder::new().prefix("sakarkiv-peers-").tempdir_in(root)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        ours.push(office::run(&bench, folder.path(), round, letters)?);
        theirs.push(apalis_queue::run(folder.path(), round, letters).await?);
    }
    println!("{letters} letters of 100 kB, {SUBMITTERS} submitters, median of {rounds} rounds in turn");
    println!("{:<12} {:>14} {:>14} {:>7}", "", "sakarkiv", "apalis-sqlite", "ratio");
    for (stage, of) in [("accepted", (|took| took.accepted) as fn(&Took) -> Duration), ("to the end", |took| took.done)]
    {
        let rate = |runs: &[Took]| median(runs.iter().map(|run| letters as f64 / of(run).as_secs_f64()));
        let ratio =
            median(ours.iter().zip(&theirs).map(|(ours, theirs)| of(theirs).as_secs_f64() / of(ours).as_secs_f64()));
        println!("{stage:<12} {:>12.0}/s {:>12.0}/s {ratio:>7.1}", rate(&ours), rate(&theirs));
    }
    Ok(())
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
