//! The rules that every letter and every deadline passes, against a look-up of their answers: to notice when they get slow.

use std::{collections::HashMap, hint::black_box};

use chrono::NaiveDate;
use sakarkiv::core::{
    calendar::Calendar,
    routing::{Facts, Outcome, decide},
};

use crate::support::{Failed, Ratio, Setting, head, median, now};

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (rounds, repeats) = if setting.quick { (5, 2) } else { (15, 5) };
    head(&format!("rules: {rounds} rounds, one thread"));
    Ok(vec![routing(rounds, repeats), working_days(rounds, repeats)?])
}

/// Every combination of facts.
fn routing(rounds: usize, repeats: usize) -> Ratio {
    let all: Vec<Facts> = Facts::every().collect();
    let table: HashMap<Facts, Outcome> = all.iter().map(|facts| (*facts, decide(facts).outcome)).collect();
    compare("routing decisions", rounds, repeats, &all, decide, |facts| table.get(facts))
}

/// The date ten working days on, for every date of twenty years.
fn working_days(rounds: usize, repeats: usize) -> Result<Ratio, Failed> {
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).ok_or("no such date")?;
    let all: Vec<NaiveDate> = first.iter_days().take(20 * 365).collect();
    let calendar = Calendar::new().closed_every_year(12, 24);
    let terms: Vec<NaiveDate> = all.iter().map(|date| calendar.add_working_days(*date, 10)).collect();
    let look_up = |date: &NaiveDate| terms.get(usize::try_from((*date - first).num_days()).unwrap_or(usize::MAX));
    let add = |date: &NaiveDate| calendar.add_working_days(*date, 10);
    Ok(compare("deadlines of 10 working days", rounds, repeats, &all, add, look_up))
}

fn compare<T, A, B>(
    work: &'static str,
    rounds: usize,
    repeats: usize,
    inputs: &[T],
    rule: impl Fn(&T) -> A,
    table: impl Fn(&T) -> B,
) -> Ratio {
    let pairs: Vec<(f64, f64)> =
        (0..rounds).map(|_| (rate(repeats, inputs, &rule), rate(repeats, inputs, &table))).collect();
    let (ours, theirs) = (median(pairs.iter().map(|pair| pair.0)), median(pairs.iter().map(|pair| pair.1)));
    println!("  {work}: {:.2} million/s; look-up {:.1} million/s", ours / 1e6, theirs / 1e6);
    Ratio {
        work,
        ours: format!("{:.2} million/s", ours / 1e6),
        theirs: format!("table {:.1} million/s", theirs / 1e6),
        ratio: Some(median(pairs.iter().map(|(ours, theirs)| ours / theirs))),
        aim: "for comparison over time",
        reached: None,
    }
}

/// Inputs done a second.
fn rate<T, A>(repeats: usize, inputs: &[T], work: impl Fn(&T) -> A) -> f64 {
    let start = now();
    for _ in 0..repeats {
        for input in inputs {
            black_box(work(black_box(input)));
        }
    }
    (repeats * inputs.len()) as f64 / start.elapsed().as_secs_f64()
}
