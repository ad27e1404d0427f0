use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use maud::{Markup, html};
use sakarkiv_core::{
    delivery::{Delivery, Trouble, TroubleKind},
    identity::{AccountId, ChannelId, LetterId, Timestamp},
};

use crate::{csv::csv, page, words};

/// One letter that failed, hangs or was not signed. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureLine {
    /// Which letter.
    pub letter: LetterId,
    /// The channel it is on.
    pub channel: ChannelId,
    /// The account it goes by.
    pub account: AccountId,
    /// How often sending was begun.
    pub attempts: u32,
    /// What is wrong with it.
    pub trouble: Trouble,
}

impl FailureLine {
    /// The line of a delivery in trouble, see [`trouble`](sakarkiv_core::delivery::trouble).
    #[must_use]
    pub fn of(delivery: &Delivery, trouble: Trouble) -> Self {
        Self {
            letter: delivery.letter,
            channel: delivery.channel.clone(),
            account: delivery.account.clone(),
            attempts: delivery.attempts,
            trouble,
        }
    }

    fn cause(&self) -> &'static str {
        words::trouble(self.trouble.cause.code).map_or(self.trouble.cause.text, |(cause, _)| cause)
    }

    fn remedy(&self) -> &'static str {
        words::trouble(self.trouble.cause.code).map_or(self.trouble.remedy, |(_, remedy)| remedy)
    }
}

/// The daily check of everything that failed or hangs in transfer ("overføring feilet", R4.3).
#[derive(Debug, Clone, Copy)]
pub struct FailureReport<'a> {
    /// Whose letters they are, by name.
    pub tenant: &'a str,
    /// When the lines were collected.
    pub made: Timestamp,
    /// The lines, in any order.
    pub lines: &'a [FailureLine],
}

impl FailureReport<'_> {
    /// Every line, for a spreadsheet.
    #[must_use]
    pub fn csv(&self) -> String {
        let row = |line: &FailureLine| {
            vec![
                words::trouble_kind(line.trouble.kind).to_owned(),
                line.channel.to_string(),
                line.account.to_string(),
                line.letter.to_string(),
                words::moment(line.trouble.since),
                line.attempts.to_string(),
                line.cause().to_owned(),
                line.trouble.detail.clone(),
                line.remedy().to_owned(),
            ]
        };
        let rows: Vec<Vec<String>> = self.sorted().map(row).collect();
        csv(&HEAD, rows.iter().map(Vec::as_slice))
    }

    /// A table for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["Hva", "Kanal", "Konto", "Brev", "Siden", "Årsak", "Hva bør gjøres"]);
        for line in self.sorted() {
            table.add_row([
                words::trouble_kind(line.trouble.kind).to_owned(),
                line.channel.to_string(),
                line.account.to_string(),
                line.letter.to_string(),
                words::moment(line.trouble.since),
                line.cause().to_owned(),
                line.remedy().to_owned(),
            ]);
        }
        format!("Overføring feilet, {}, {}\n{table}\n", self.tenant, words::moment(self.made))
    }

    /// One self-contained page for people.
    #[must_use]
    pub fn html(&self) -> String {
        let mut kinds: BTreeMap<TroubleKind, usize> = BTreeMap::new();
        let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
        for line in self.lines {
            *kinds.entry(line.trouble.kind).or_default() += 1;
            *channels.entry(line.channel.as_str()).or_default() += 1;
        }
        let rows: Vec<Vec<Markup>> = self.sorted().map(row).collect();
        let content = html! {
            h1 { "Overføring feilet" }
            p.made { (self.tenant) ". Laget " (words::moment(self.made)) "." }
            ul.figures {
                @for kind in TroubleKind::ALL {
                    (page::figure(kinds.get(&kind).copied().unwrap_or(0), words::trouble_kind(kind), kind <= TroubleKind::Failed))
                }
            }
            @if rows.is_empty() {
                p { "Ingenting har feilet, og ingenting henger." }
            } @else {
                p {
                    "Fordelt på kanal: "
                    @for (place, (channel, count)) in channels.iter().enumerate() { @if place > 0 { ", " } (channel) " " (count) }
                    "."
                }
                (page::table("Brev som trenger tilsyn, de viktigste først", &["Årsak", "Kanal", "Konto", "Siden", "Forsøk", "Hva bør gjøres", "Grunnlag"], &rows))
            }
        };
        page(&format!("Overføring feilet – {}", self.tenant), &content).into_string()
    }

    /// The most urgent kind first, and the oldest first in each.
    fn sorted(&self) -> impl Iterator<Item = &FailureLine> {
        let urgency = |kind| TroubleKind::ALL.into_iter().position(|known| known == kind);
        let mut lines: Vec<&FailureLine> = self.lines.iter().collect();
        lines.sort_by_key(|line| (urgency(line.trouble.kind), line.trouble.since));
        lines.into_iter()
    }
}

fn row(line: &FailureLine) -> Vec<Markup> {
    vec![
        html! { span { (line.cause()) br; span.small { (words::trouble_kind(line.trouble.kind)) } } },
        html! { (line.channel) },
        html! { (line.account) },
        html! { (words::moment(line.trouble.since)) },
        html! { (line.attempts) },
        html! { span.act { (line.remedy()) } },
        html! {
            span.small {
                @if !line.trouble.detail.is_empty() { (line.trouble.detail) br; }
                "Brev " (line.letter)
            }
        },
    ]
}

const HEAD: [&str; 9] = ["Hva", "Kanal", "Konto", "Brev", "Siden", "Forsøk", "Årsak", "Kanalens ord", "Hva bør gjøres"];
