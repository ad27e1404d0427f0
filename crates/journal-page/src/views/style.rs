/// The style of all pages: system fonts, strong contrast (WCAG 2.1, 1.4.3 and 1.4.11), visible focus, tables that become cards
/// on a telephone, and a plain form on paper.
pub(super) const STYLE: &str = "
:root { color-scheme: light; font-family: system-ui, 'Segoe UI', 'Noto Sans', sans-serif; line-height: 1.5; color: #1b1f23; background: #fff }
* { box-sizing: border-box } body { margin: 0; min-height: 100vh; display: flex; flex-direction: column }
.wide { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem }
a { color: #0b4f8a; text-underline-offset: .15em } a:hover { text-decoration-thickness: .14em }
:focus-visible { outline: 3px solid #b35300; outline-offset: 2px; border-radius: 2px } main:focus { outline: none }
.skip { position: absolute; left: 1rem; top: -6rem; background: #fff; color: #0b3557; padding: .6rem 1rem; z-index: 1 } .skip:focus { top: .5rem }
header { background: #0b3557; color: #fff } header a { color: #fff }
header .wide { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem 2rem; padding-top: .7rem; padding-bottom: .7rem }
header :focus-visible { outline-color: #ffd28a } .office { margin: 0; font-weight: 700; font-size: 1.15rem } .office a { text-decoration: none }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem }
header nav { flex: 1 } header nav a { display: inline-block; padding: .35rem 0; text-decoration: none; border-bottom: 3px solid transparent }
header nav a:hover, header nav a[aria-current] { border-bottom-color: #fff } .language { margin-left: auto }
main { flex: 1; padding: 1.6rem 0 3rem } h1 { font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.1rem); line-height: 1.2; margin: 0 0 .6rem; overflow-wrap: anywhere }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.2rem 0 .6rem } h4 { margin: 1.2rem 0 .2rem }
.text { white-space: pre-line; max-width: 48rem; margin: 0; overflow-wrap: anywhere } .matter, .paper { border-top: 1px solid #d3dae0; padding: .2rem 0 1rem } .matter h3, .paper h3 { margin: 1rem 0 0; overflow-wrap: anywhere } .matter > .small, .paper > .small { margin: 0 }
.decided { border-left: 5px solid #1c6434; padding: .1rem 1rem; margin: 1.2rem 0 } .decided h4 { margin-top: .2rem } .votes { max-width: 40rem } .lead { font-size: 1.1rem; max-width: 44rem; margin-top: 0 }
.small { color: #4a5259; font-size: .92rem } .above { color: #4a5259; margin: 0 0 .3rem; font-weight: 600 }
form { background: #eef3f8; border-radius: .5rem; padding: 1.1rem 1.25rem 1.25rem; margin: 1.4rem 0 }
label { display: block; font-weight: 600; margin-bottom: .15rem } .help { margin: 0 0 .45rem; color: #3d454c; font-size: .92rem; max-width: 44rem }
input, select, button { font: inherit; padding: .5rem .65rem; border: 1px solid #5d6871; border-radius: .3rem; background: #fff; color: inherit; min-height: 2.75rem; max-width: 100% }
input[type=search] { width: 100% } input[aria-invalid] { border: 2px solid #a3140c }
button { background: #0b4f8a; border-color: #0b4f8a; color: #fff; font-weight: 600; padding: .5rem 1.4rem; cursor: pointer } button:hover { background: #083a66 }
.line { display: flex; flex-wrap: wrap; gap: .9rem 1.1rem; align-items: flex-end } .line > .grow { flex: 1 1 18rem } .under { margin-top: .9rem }
.fault { border-left: 5px solid #a3140c; background: #fdefee; padding: .7rem 1rem; margin: 1rem 0 } .note { border-left: 5px solid #0b4f8a; background: #eef3f8; padding: .7rem 1rem; margin: 1.2rem 0; max-width: 48rem } .note p, .fault p { margin: 0 }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem } caption { text-align: left; color: #4a5259; padding: .3rem 0 }
th, td { padding: .6rem .75rem .6rem 0; border-bottom: 1px solid #d3dae0; text-align: left; vertical-align: top; overflow-wrap: anywhere }
thead th { font-size: .9rem; color: #3d454c; border-bottom: 2px solid #5d6871; white-space: nowrap } tbody th { font-weight: 600 } tbody tr:hover { background: #f5f8fb }
.number { white-space: nowrap; font-variant-numeric: tabular-nums } td .case { display: block; color: #4a5259; font-size: .92rem } .open { color: #1c6434; font-weight: 600 }
.kind { white-space: nowrap } dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .45rem 1.5rem; margin: .6rem 0; max-width: 52rem } dt { color: #4a5259 } dd { margin: 0; overflow-wrap: anywhere }
.days { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0 2rem } .days li { display: flex; justify-content: space-between; gap: .6rem; border-bottom: 1px solid #d3dae0; padding: .45rem 0 }
.turn { display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; margin: 1.2rem 0 } .letters { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem }
.letters a { display: block; min-width: 2.75rem; padding: .5rem .6rem; text-align: center; border: 1px solid #5d6871; border-radius: .3rem; text-decoration: none; font-weight: 600 } .letters a:hover { background: #eef3f8 } .letters a[aria-current] { background: #0b3557; color: #fff }
footer { background: #eef3f8; color: #3d454c; font-size: .95rem; padding: 1rem 0 } footer p { margin: .3rem 0 }
@media (max-width: 46rem) {
  table, caption, tbody, tr, th, td { display: block } header nav { flex-basis: 100% } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  tbody tr { border: 1px solid #b4bec6; border-radius: .5rem; padding: .4rem .9rem; margin-bottom: .8rem } th, td { border: 0; padding: .25rem 0 }
  tbody [data-label]::before { content: attr(data-label) ': '; color: #4a5259; font-weight: 400 } .title { font-size: 1.05rem } .title::before, .parties::before { content: none !important }
  td:empty { display: none } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .7rem } .language { margin-left: 0 } button { width: 100% } .line > * { flex: 1 1 9rem } .line input, .line select { width: 100% }
}
@media print { header nav, form, .skip, .turn, .letters, footer a { display: none } header { background: none; color: #000 } header a, a { color: #000; text-decoration: none } main { padding: 0 } tr { break-inside: avoid } body { display: block } }
";

#[cfg(test)]
mod tests {
    use super::STYLE;

    /// The share of light that a colour of six digits gives back (WCAG 2.1, relative luminance).
    fn luminance(colour: &str) -> f64 {
        let digits: String = match colour.len() {
            3 => colour.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => colour.to_owned(),
        };
        let parts =
            [0, 2, 4].map(|at| f64::from(u8::from_str_radix(digits.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0);
        let [red, green, blue] = parts.map(|c| if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn texts_stand_out_from_what_they_stand_on_as_the_law_demands() {
        for (text, ground) in [
            ("1b1f23", "fff"),
            ("1b1f23", "eef3f8"),
            ("1b1f23", "fdefee"),
            ("0b4f8a", "fff"),
            ("0b4f8a", "eef3f8"),
            ("0b4f8a", "f5f8fb"),
            ("4a5259", "fff"),
            ("4a5259", "f5f8fb"),
            ("3d454c", "eef3f8"),
            ("1c6434", "f5f8fb"),
            ("fff", "0b3557"),
            ("fff", "0b4f8a"),
        ] {
            for colour in [text, ground] {
                assert!(STYLE.contains(&format!("#{colour}")), "{colour} is not in use");
            }
            assert!(contrast(text, ground) >= 4.5, "{text} on {ground}: {}", contrast(text, ground));
        }
    }

    #[test]
    fn borders_of_fields_and_the_mark_of_focus_can_be_seen() {
        for (mark, ground) in
            [("5d6871", "fff"), ("b35300", "fff"), ("b35300", "eef3f8"), ("ffd28a", "0b3557"), ("a3140c", "fff")]
        {
            assert!(STYLE.contains(&format!("#{mark}")) && contrast(mark, ground) >= 3.0, "{mark} on {ground}");
        }
    }
}
