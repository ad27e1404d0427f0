//! Measures the works that matter against what they can be compared with, and prints the ratios:
//!
//! ```text
//! cargo bench -p sakarkiv-benches                    everything
//! cargo bench -p sakarkiv-benches -- cms             some of: letters, cms, rules, audit, audit-search, audit-verify,
//!                                                    leaks
//! SAKARKIV_BENCH_QUICK=1 cargo bench …               less of everything, for a first look and for CI
//! SAKARKIV_BENCH_ENTRIES=10000000 cargo bench …      a log of so many entries for audit-search
//! SAKARKIV_BENCH_DIR=/path cargo bench …             on another disk than that of the build
//! ```
//!
//! Each figure is the median of several rounds, and in each round ours and its comparison take turns, so that whatever else
//! the machine does hits both alike. A ratio is the median of the rounds' ratios. What is measured for memory runs in a
//! process of its own, so that nothing else counts.

mod audit;
mod audit_verify;
mod cms;
mod leaks;
mod letters;
mod rules;
mod support;

use support::{Failed, Setting, part, print_machine, print_ratios};

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(words) = part(&words) {
        return match words {
            ["cms", rest @ ..] => cms::part(rest),
            ["letters", rest @ ..] => letters::part(rest),
            _ => Err("no such part".into()),
        };
    }
    // Under `cargo test --benches` there is nothing to do: a measure of an unoptimised build says nothing.
    if !words.contains(&"--bench") {
        println!("nothing measured: run `cargo bench -p sakarkiv-benches`");
        return Ok(());
    }
    let setting = Setting::from_environment()?;
    print_machine(&setting);
    let mut ratios = Vec::new();
    for (name, measure) in WORKS {
        let chosen = words.iter().all(|word| word.starts_with("--")) || words.contains(&name);
        if chosen {
            ratios.extend(measure(&setting)?);
        }
    }
    print_ratios(&ratios);
    Ok(())
}

type Measure = fn(&Setting) -> Result<Vec<support::Ratio>, Failed>;

const WORKS: [(&str, Measure); 7] = [
    ("letters", letters::measure),
    ("cms", cms::measure),
    ("rules", rules::measure),
    ("audit", audit::measure),
    ("audit-search", audit::measure_searches),
    ("audit-verify", audit_verify::measure),
    ("leaks", leaks::measure),
];
