use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A whole page in Bokmål around its content: title, style, and nothing from elsewhere. The policy in its head forbids
/// scripts and loading, should a text ever get past the escaping.
#[must_use]
pub fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="nb" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    }
}

/// One figure in words: a number and what it counts.
pub(crate) fn figure(number: usize, words: &str, alarming: bool) -> Markup {
    html! {
        li.alarming[alarming && number > 0] { strong { (number) } " " span { (words) } }
    }
}

/// A table whose rows become cards on a narrow screen. The first cell of a row heads it.
pub(crate) fn table(caption: &str, head: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table {
            caption { (caption) }
            thead { tr { @for name in head { th scope="col" { (name) } } } }
            tbody {
                @for row in rows {
                    tr {
                        @for (place, (cell, name)) in row.iter().zip(head).enumerate() {
                            @if place == 0 { th scope="row" data-label=(name) { (cell) } }
                            @else { td data-label=(name) { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

/// The style of all pages: system fonts, strong contrast, readable on a telephone and on paper.
pub const STYLE: &str = "
:root { color-scheme: light; font-family: system-ui, sans-serif; line-height: 1.5; color: #1b1b1b; background: #fff }
body { margin: 0 } main { max-width: 72rem; margin: 1.5rem auto; padding: 0 1rem }
h1 { line-height: 1.2; margin-bottom: .3rem } h2 { margin-top: 2.2rem } .made { color: #444; margin-top: 0 }
ul.figures { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem }
ul.figures li { border: 1px solid #767676; border-radius: .4rem; padding: .6rem .8rem }
ul.figures strong { display: block; font-size: 2rem; line-height: 1.1 }
ul.figures li.alarming { border-color: #b71c1c; background: #fdecec } li.alarming strong { color: #b71c1c }
ul.todo { padding-left: 1.2rem } ul.todo li { margin-bottom: .5rem }
figure { margin: 0; overflow-x: auto } figure svg { min-width: 36rem; max-width: 100%; height: auto }
figcaption { color: #444; font-size: .9rem }
table { border-collapse: collapse; width: 100%; font-size: .95rem } caption { text-align: left; font-weight: 600; padding: .4rem 0 }
th, td { padding: .45rem .6rem; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top }
thead th { font-size: .85rem; border-bottom: 2px solid #444 } tbody th { font-weight: 600 }
td:nth-last-child(2) { min-width: 9rem } .late { color: #b71c1c; font-weight: 600 } .act { font-weight: 600 } .small { color: #444; font-size: .85rem }
details summary { cursor: pointer; color: #0b4f8a } :focus-visible { outline: 3px solid #0b4f8a; outline-offset: 2px }
@media (max-width: 48rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) } tr { display: block; border: 1px solid #767676; border-radius: .4rem; margin-bottom: .8rem }
  tbody th, td { display: grid; grid-template-columns: 8.5rem 1fr; gap: .5rem; border-bottom: 1px solid #e3e3e3; overflow-wrap: anywhere }
  tbody th::before, td::before { content: attr(data-label); color: #444; font-weight: 400; font-size: .85rem }
  tr > :last-child { border-bottom: 0 } td:empty { display: none }
}
@media print { details > * { display: block } main { max-width: none } tr { break-inside: avoid } }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_and_runs_nothing() {
        let text = page("Rapport <script>", &html! { p { "<img src=x onerror=alert(1)>" } }).into_string();
        assert!(text.contains("default-src 'none'") && text.contains("lang=\"nb\""));
        for loaded in ["<script", "<img", "src=\"", "href=", "@import", "url("] {
            assert!(!text.contains(loaded), "{loaded}");
        }
    }
}
