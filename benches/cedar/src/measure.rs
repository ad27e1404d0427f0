//! Time, medians and the table of ratios.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Whether a first look is wanted.
pub(crate) fn quick() -> bool {
    std::env::var_os("SAKARKIV_BENCH_QUICK").is_some_and(|value| value != "0" && !value.is_empty())
}

/// A head line before a measure's own lines.
pub(crate) fn head(text: &str) {
    println!("\n{text}");
}

/// The seconds of processor time that this thread took: what else runs on the machine hardly matters to it.
pub(crate) fn thread_time<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = ThreadTime::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

pub(crate) fn wall_time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = now();
    let done = work();
    (done, start.elapsed())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> Instant {
    Instant::now()
}

/// How long each of many calls took, in nanoseconds; reading the clock included.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u64>);

impl Latencies {
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (done, took) = wall_time(work);
        self.0.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        done
    }

    /// The half and the 99 in a hundred.
    pub(crate) fn ended(mut self) -> (f64, f64) {
        self.0.sort_unstable();
        let at = |percent: usize| self.0.get(self.0.len() * percent / 100).map_or(f64::NAN, |time| *time as f64);
        (at(50), at(99))
    }
}

/// One line of the last table: medians of the rounds, and the median of the rounds' ratios.
pub(crate) struct Line {
    work: &'static str,
    ours: String,
    cedar: String,
    /// How many times better ours is.
    ratio: f64,
    aim: String,
    reached: Option<bool>,
}

impl Line {
    pub(crate) fn rates(work: &'static str, ours: &[f64], cedar: &[f64], least: Option<f64>) -> Self {
        let told = |rates: &[f64]| format!("{:.0}/s", median(rates.iter().copied()));
        let aim = least.map_or_else(String::new, |least| format!("{least:.0}/s"));
        let reached = least.map(|least| median(ours.iter().copied()) >= least);
        Self { work, ours: told(ours), cedar: told(cedar), ratio: ratio(ours, cedar), aim, reached }
    }

    pub(crate) fn nanoseconds(work: &'static str, ours: &[f64], cedar: &[f64], most: Option<f64>) -> Self {
        Self::times(work, ours, cedar, "ns", most)
    }

    pub(crate) fn milliseconds(work: &'static str, ours: &[f64], cedar: &[f64], most: f64) -> Self {
        Self::times(work, ours, cedar, "ms", Some(most))
    }

    fn times(work: &'static str, ours: &[f64], cedar: &[f64], unit: &str, most: Option<f64>) -> Self {
        let told = |times: &[f64]| format!("{:.1} {unit}", median(times.iter().copied()));
        let aim = most.map_or_else(String::new, |most| format!("{most:.0} {unit}"));
        let reached = most.map(|most| median(ours.iter().copied()) <= most);
        Self { work, ours: told(ours), cedar: told(cedar), ratio: ratio(cedar, ours), aim, reached }
    }
}

pub(crate) fn print(lines: &[Line]) {
    println!("\n{:<36} {:>16} {:>16} {:>8}  {:<12}", "ratios", "ours", "Cedar", "ratio", "aim");
    for Line { work, ours, cedar, ratio, aim, reached } in lines {
        let verdict = match reached {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        };
        println!("{work:<36} {ours:>16} {cedar:>16} {ratio:>8.0}  {aim:<12} {verdict}");
    }
}

fn ratio(better: &[f64], worse: &[f64]) -> f64 {
    median(better.iter().zip(worse).map(|(better, worse)| better / worse))
}

/// The middle value.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
