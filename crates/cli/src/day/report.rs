//! What a person sees at the end: tables on the terminal and a page with the day's curve.

use std::{fmt::Write as _, path::Path};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use thiserror::Error;

use super::{
    chart::{self, ChartError},
    figures::Figures,
    town::Town,
    verdict::Verdict,
};

/// The report could not be made.
#[derive(Debug, Error)]
pub(crate) enum ReportError {
    #[error(transparent)]
    Chart(#[from] ChartError),
    #[error("the report cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Everything the report tells.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) seed: u64,
    pub(crate) kills: u32,
    pub(crate) notices: usize,
    pub(crate) requests: usize,
    pub(crate) town: &'a Town,
    pub(crate) figures: &'a Figures,
    pub(crate) verdict: &'a Verdict,
    pub(crate) begins: sakarkiv::core::identity::Timestamp,
    /// What else happened, in a sentence each.
    pub(crate) stories: &'a [&'a str],
}

/// The states a letter can be in at the end, with the words for people.
const STATES: [(&str, &str); 8] = [
    ("opened", "opened"),
    ("delivered", "unopened"),
    ("printed", "printed"),
    ("sent_to_print", "at the printer"),
    ("accepted", "on its way"),
    ("closed", "closed"),
    ("failed", "failed"),
    ("withdrawn", "withdrawn"),
];

impl Report<'_> {
    /// The rows: tenant, letters by state, mail taken in, mail set aside.
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |tenant: &super::town::Tenant| {
            let states = self.figures.states(&tenant.id);
            let (taken, aside) = self.figures.received(&tenant.id);
            let handed_in: usize = states.values().sum();
            let mut row = vec![tenant.name.to_owned(), handed_in.to_string()];
            row.extend(STATES.iter().map(|(state, _)| states.get(state).copied().unwrap_or(0).to_string()));
            row.extend([taken.to_string(), aside.to_string()]);
            row
        };
        self.town.tenants.iter().map(row).collect()
    }

    fn head() -> Vec<&'static str> {
        let mut head = vec!["tenant", "letters out"];
        head.extend(STATES.iter().map(|(_, words)| *words));
        head.extend(["mail in", "set aside"]);
        head
    }

    /// The summary for the terminal.
    pub(crate) fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header(Self::head()).add_rows(self.rows());
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut text = table.to_string();
        let _infallible = write!(
            text,
            "\n{} requests seen by the other side, {} notices to people, the office's process killed {} times\n{}\n",
            self.requests,
            self.notices,
            self.kills,
            self.reconciled()
        );
        for complaint in self.verdict.complaints() {
            text.push_str(&complaint);
            text.push('\n');
        }
        text
    }

    fn reconciled(&self) -> String {
        let sums = &self.figures.reconciled;
        format!(
            "after the outage {} letters were compared with what SvarUt has: {} adopted, {} differences",
            sums.checked, sums.adopted, sums.differences
        )
    }

    /// Writes the page.
    pub(crate) fn write(&self, file: &Path) -> Result<(), ReportError> {
        let curve = chart::svg(&self.figures.curve(self.begins))?;
        std::fs::write(file, self.page(&curve).into_string())?;
        Ok(())
    }

    fn page(&self, curve: &str) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "A mail day, seed " (self.seed) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 { "A municipality's mail day" }
                        p.verdict.ok[self.verdict.is_ok()].failed[!self.verdict.is_ok()] { (self.verdict.line()) }
                        p {
                            "Seed " (self.seed) ". The office's process was killed " (self.kills)
                            " times. People got " (self.notices) " notices. The other side saw " (self.requests) " requests, and " (self.reconciled()) "."
                        }
                        h2 { "Mail in half-hours" }
                        figure {
                            (PreEscaped(curve))
                            figcaption {
                                "Letters that SvarUt took over, mail that was registered from SvarInn, and what failed or was set "
                                "aside, on the first day. SvarUt was gone from 12:00 to 12:50."
                            }
                        }
                        h2 { "Where everything stands in the end" }
                        div.wide {
                            table {
                                thead { tr { @for name in Self::head() { th scope="col" { (name) } } } }
                                tbody {
                                    @for row in self.rows() {
                                        tr {
                                            @for (n, cell) in row.iter().enumerate() {
                                                @if n == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                        @for story in self.stories { p { (story) "." } }
                        @if !self.verdict.is_ok() {
                            h2 { "What is wrong" }
                            ul { @for complaint in self.verdict.complaints() { li { (complaint) } } }
                        }
                    }
                }
            }
        }
    }
}

const STYLE: &str = "
:root { color-scheme: light; font-family: system-ui, sans-serif; line-height: 1.5; color: #1b1b1b; background: #fff }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
.verdict { font: 1rem ui-monospace, monospace; padding: .6rem .8rem; border-left: .4rem solid }
.ok { border-color: #2e7d32; background: #edf7ee } .failed { border-color: #b71c1c; background: #fdecec }
figure { margin: 0 } figure svg { max-width: 100%; height: auto } figcaption { color: #444; font-size: .9rem }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { padding: .35rem .6rem; border-bottom: 1px solid #ccc; text-align: right; font-variant-numeric: tabular-nums }
th[scope=row], thead th:first-child { text-align: left } thead th { font-size: .85rem; vertical-align: bottom }
";
