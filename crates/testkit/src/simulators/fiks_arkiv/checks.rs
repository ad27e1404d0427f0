//! What is wrong with an answer.

use super::{FiksAnswer, PREFIX};
use crate::definitions::XmlDefinition;

const ERRORS: [&str; 3] = ["feilmelding.ugyldigforespoersel", "feilmelding.ikkefunnet", "feilmelding.serverfeil"];

/// Whether nothing more comes after a message of this kind.
pub(super) fn is_final(kind: &str) -> bool {
    !kind.ends_with(".mottatt")
}

/// Everything that is wrong with an answer to a question, after these answers before it; by the published schemas too, if
/// so wished.
pub(super) fn complaints(
    question: Option<&str>,
    before: &[&FiksAnswer],
    answer: &FiksAnswer,
    schemas: bool,
) -> Vec<String> {
    let Some(question) = question else { return vec![format!("{} answers nothing that was asked", answer.tail())] };
    let mut found = Vec::new();
    let question = question.strip_prefix(PREFIX).unwrap_or(question);
    if !may_answer(question, answer.tail()) {
        found.push(format!("{} is no answer to {question}", answer.tail()));
    }
    if answer.correlation != Some(format!("samtale-{}", answer.to)) {
        found.push(format!("{} left the dialogue", answer.tail()));
    }
    // What failed may work when it comes again; what was done stays done.
    if let Some(earlier) = before.iter().find(|earlier| is_final(&earlier.kind) && !ERRORS.contains(&earlier.tail()))
        && is_final(&answer.kind)
        && (earlier.kind != answer.kind || earlier.files != answer.files)
    {
        let (first, second) = (earlier.tail(), answer.tail());
        found.push(format!("a message that came again was answered otherwise: {first} and {second}"));
    }
    found.extend(content(answer, schemas));
    found
}

fn may_answer(question: &str, answer: &str) -> bool {
    ERRORS.contains(&answer)
        || answer.strip_prefix(question).is_some_and(|rest| match rest {
            ".mottatt" => question.starts_with("arkivering."),
            ".kvittering" => question.starts_with("arkivering."),
            rest => question.starts_with("innsyn.") && rest.starts_with(".resultat"),
        })
}

/// Whether the content is as its schema wants it.
fn content(answer: &FiksAnswer, schemas: bool) -> Vec<String> {
    if answer.tail() == "innsyn.dokumentfil.hent.resultat" {
        let only = answer.files.len() == 1;
        return if only { Vec::new() } else { vec![format!("{} is not one file", answer.tail())] };
    }
    match (is_bare(answer.tail()), answer.xml()) {
        (true, None) => Vec::new(),
        (true, Some(_)) => vec![format!("{} has content and must have none", answer.tail())],
        (false, None) => vec![format!("{} has no XML", answer.tail())],
        (false, Some(xml)) if schemas => problems(&answer.kind, xml),
        (false, Some(_)) => Vec::new(),
    }
}

fn is_bare(tail: &str) -> bool {
    tail.ends_with(".mottatt")
        || (tail.ends_with(".kvittering") && !tail.contains(".opprett.kvittering"))
        || tail == "arkivering.avskrivning.opprett.kvittering"
}

/// Everything in which the XML of a kind differs from the kind's published schema.
pub(super) fn problems(kind: &str, xml: &str) -> Vec<String> {
    let Some(schema) = XmlDefinition::published("fiks-arkiv", &format!("V1/{kind}.xsd")) else { return Vec::new() };
    schema.problems(xml).into_iter().map(|problem| format!("{kind}: {problem}")).collect()
}
