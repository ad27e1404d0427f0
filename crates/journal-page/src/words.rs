//! The words of the pages, in Bokmål and Nynorsk.

use chrono::{Datelike, NaiveDate, Weekday};
use sakarkiv_core::{
    journal::{DocumentRole, EntryKind},
    party::PartyRole,
};

use crate::{address::Month, query::QueryFault, settings::Language};

/// Every text that stands on a page, in one language: what is missing in one does not compile.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) journal: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) menu: &'static str,
    pub(crate) search: &'static str,
    pub(crate) cases: &'static str,
    pub(crate) intro: &'static str,
    pub(crate) search_label: &'static str,
    pub(crate) search_help: &'static str,
    pub(crate) search_button: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) any_kind: &'static str,
    pub(crate) search_first: &'static str,
    pub(crate) nothing_found: &'static str,
    pub(crate) newest_day: &'static str,
    pub(crate) other_days: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) entries_heading: &'static str,
    pub(crate) number: &'static str,
    pub(crate) title: &'static str,
    pub(crate) parties: &'static str,
    pub(crate) party_from: &'static str,
    pub(crate) party_to: &'static str,
    pub(crate) documents: &'static str,
    pub(crate) date: &'static str,
    pub(crate) case: &'static str,
    pub(crate) case_number: &'static str,
    pub(crate) case_date: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) archive: &'static str,
    pub(crate) series: &'static str,
    pub(crate) class: &'static str,
    pub(crate) screening: &'static str,
    pub(crate) screened: &'static str,
    pub(crate) entry: &'static str,
    pub(crate) running_number: &'static str,
    pub(crate) journal_date: &'static str,
    pub(crate) document_date: &'static str,
    pub(crate) no_documents: &'static str,
    pub(crate) file: &'static str,
    pub(crate) opens: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) ask_how: &'static str,
    pub(crate) bare: &'static str,
    pub(crate) stars: &'static str,
    pub(crate) previous_day: &'static str,
    pub(crate) next_day: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) days: &'static str,
    pub(crate) feeds: &'static str,
    pub(crate) letters: &'static str,
    pub(crate) others: &'static str,
    pub(crate) cases_intro: &'static str,
    pub(crate) back: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) not_found_text: &'static str,
    pub(crate) method: &'static str,
    pub(crate) method_text: &'static str,
    pub(crate) failing: &'static str,
    pub(crate) failing_text: &'static str,
    pub(crate) faulty: &'static str,
    one_entry: &'static str,
    many_entries: &'static str,
    one_open: &'static str,
    many_open: &'static str,
    window: &'static str,
    months: &'static str,
    one_month: &'static str,
    page: &'static str,
    of: &'static str,
    language: Language,
}

/// The words of a language.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::Bokmaal => &BOKMAAL,
        Language::Nynorsk => &NYNORSK,
    }
}

impl Words {
    /// `mandag 14. september 2026`.
    pub(crate) fn long_date(&self, day: NaiveDate) -> String {
        format!("{} {}. {} {}", self.weekday(day.weekday()), day.day(), month_name(day.month()), day.year())
    }

    /// `Mandag 14. september 2026`, for headings.
    pub(crate) fn heading_date(&self, day: NaiveDate) -> String {
        let text = self.long_date(day);
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// `september 2026`.
    pub(crate) fn month(&self, month: Month) -> String {
        let day = month.first_day();
        format!("{} {}", month_name(day.month()), day.year())
    }

    /// `3 journalposter`.
    pub(crate) fn entries(&self, count: usize) -> String {
        format!("{count} {}", if count == 1 { self.one_entry } else { self.many_entries })
    }

    /// `2 åpne dokumenter`.
    pub(crate) fn open_documents(&self, count: usize) -> String {
        format!("{count} {}", if count == 1 { self.one_open } else { self.many_open })
    }

    /// How far back the list goes.
    pub(crate) fn window(&self, months: u32) -> String {
        format!("{} {months} {}.", self.window, if months == 1 { self.one_month } else { self.months })
    }

    /// `Side 2 av 5`.
    pub(crate) fn page_of(&self, number: u32, count: u32) -> String {
        format!("{} {number} {} {count}", self.page, self.of)
    }

    pub(crate) const fn entry_kind(&self, kind: EntryKind) -> &'static str {
        match (kind, self.language) {
            (EntryKind::Incoming, Language::Bokmaal) => "Inngående",
            (EntryKind::Incoming, Language::Nynorsk) => "Inngåande",
            (EntryKind::Outgoing, Language::Bokmaal) => "Utgående",
            (EntryKind::Outgoing, Language::Nynorsk) => "Utgåande",
            (EntryKind::InternalFollowUp, Language::Bokmaal) => "Internt, følges opp",
            (EntryKind::InternalFollowUp, Language::Nynorsk) => "Internt, blir følgt opp",
            (EntryKind::Internal, _) => "Internt",
            (EntryKind::Proposal, _) => "Saksframlegg",
        }
    }

    pub(crate) const fn party_role(&self, role: PartyRole) -> &'static str {
        match (role, self.language) {
            (PartyRole::Sender, Language::Bokmaal) => "Avsender",
            (PartyRole::Sender, Language::Nynorsk) => "Avsendar",
            (PartyRole::Recipient, Language::Bokmaal) => "Mottaker",
            (PartyRole::Recipient, Language::Nynorsk) => "Mottakar",
            (PartyRole::CopyRecipient, Language::Bokmaal) => "Kopimottaker",
            (PartyRole::CopyRecipient, Language::Nynorsk) => "Kopimottakar",
            (PartyRole::GroupRecipient, Language::Bokmaal) => "Gruppemottaker",
            (PartyRole::GroupRecipient, Language::Nynorsk) => "Gruppemottakar",
            (PartyRole::InternalSender, Language::Bokmaal) => "Intern avsender",
            (PartyRole::InternalSender, Language::Nynorsk) => "Intern avsendar",
            (PartyRole::InternalRecipient, Language::Bokmaal) => "Intern mottaker",
            (PartyRole::InternalRecipient, Language::Nynorsk) => "Intern mottakar",
            (PartyRole::InternalCopyRecipient, Language::Bokmaal) => "Intern kopimottaker",
            (PartyRole::InternalCopyRecipient, Language::Nynorsk) => "Intern kopimottakar",
            (PartyRole::CoSender, Language::Bokmaal) => "Medavsender",
            (PartyRole::CoSender, Language::Nynorsk) => "Medavsendar",
        }
    }

    pub(crate) const fn document_role(&self, role: DocumentRole) -> &'static str {
        match (role, self.language) {
            (DocumentRole::Main, _) => "Hoveddokument",
            (DocumentRole::Attachment, _) => "Vedlegg",
        }
    }

    pub(crate) const fn query_fault(&self, fault: QueryFault) -> &'static str {
        match (fault, self.language) {
            (QueryFault::TooLong, Language::Bokmaal) => "Søket er for langt. Skriv høyst 200 tegn.",
            (QueryFault::TooLong, Language::Nynorsk) => "Søket er for langt. Skriv høgst 200 teikn.",
            (QueryFault::Malformed, Language::Bokmaal) => "Søket kan ikke leses. Skriv det på nytt.",
            (QueryFault::Malformed, Language::Nynorsk) => "Søket kan ikkje lesast. Skriv det på nytt.",
            (QueryFault::From, Language::Bokmaal) => "Fra-datoen finnes ikke. Skriv den slik: 14.09.2026.",
            (QueryFault::From, Language::Nynorsk) => "Frå-datoen finst ikkje. Skriv han slik: 14.09.2026.",
            (QueryFault::To, Language::Bokmaal) => "Til-datoen finnes ikke. Skriv den slik: 14.09.2026.",
            (QueryFault::To, Language::Nynorsk) => "Til-datoen finst ikkje. Skriv han slik: 14.09.2026.",
            (QueryFault::Order, Language::Bokmaal) => "Fra-datoen kommer etter til-datoen. Bytt dem om.",
            (QueryFault::Order, Language::Nynorsk) => "Frå-datoen kjem etter til-datoen. Byt dei om.",
            (QueryFault::Kind, Language::Bokmaal) => "Typen finnes ikke. Velg en av typene i skjemaet.",
            (QueryFault::Kind, Language::Nynorsk) => "Typen finst ikkje. Vel ein av typane i skjemaet.",
            (QueryFault::Page, Language::Bokmaal) => "Siden finnes ikke. Søk på nytt.",
            (QueryFault::Page, Language::Nynorsk) => "Sida finst ikkje. Søk på nytt.",
        }
    }

    const fn weekday(&self, day: Weekday) -> &'static str {
        match (day, self.language) {
            (Weekday::Mon, Language::Bokmaal) => "mandag",
            (Weekday::Mon, Language::Nynorsk) => "måndag",
            (Weekday::Tue, Language::Bokmaal) => "tirsdag",
            (Weekday::Tue, Language::Nynorsk) => "tysdag",
            (Weekday::Wed, _) => "onsdag",
            (Weekday::Thu, _) => "torsdag",
            (Weekday::Fri, _) => "fredag",
            (Weekday::Sat, Language::Bokmaal) => "lørdag",
            (Weekday::Sat, Language::Nynorsk) => "laurdag",
            (Weekday::Sun, Language::Bokmaal) => "søndag",
            (Weekday::Sun, Language::Nynorsk) => "sundag",
        }
    }
}

/// `14.09.2026`, for tables.
pub(crate) fn short_date(day: NaiveDate) -> String {
    day.format("%d.%m.%Y").to_string()
}

/// The same in both languages.
const fn month_name(month: u32) -> &'static str {
    match month {
        1 => "januar",
        2 => "februar",
        3 => "mars",
        4 => "april",
        5 => "mai",
        6 => "juni",
        7 => "juli",
        8 => "august",
        9 => "september",
        10 => "oktober",
        11 => "november",
        _ => "desember",
    }
}

const BOKMAAL: Words = Words {
    journal: "Offentlig postjournal",
    skip: "Hopp til innholdet",
    menu: "Hovedmeny",
    search: "Søk",
    cases: "Saker A–Å",
    intro: "Her ser du hvilke dokumenter kommunen har mottatt, sendt og skrevet selv. Dokumenter som er åpne, kan du lese med en gang. Resten kan du be om innsyn i.",
    search_label: "Hva leter du etter?",
    search_help: "Ord fra en tittel, et navn, en adresse eller et saksnummer som 2026/123. Personnavn kan ikke søkes fram etter ett år.",
    search_button: "Søk i journalen",
    from: "Journalført fra",
    to: "Journalført til",
    kind: "Type",
    any_kind: "Alle typer",
    search_first: "Skriv noe i søkefeltet, eller velg datoer eller type.",
    nothing_found: "Ingenting i journalen passer med søket. Prøv færre eller andre ord.",
    newest_day: "Siste dag",
    other_days: "Flere dager",
    nothing_yet: "Det er ingen journalposter å vise ennå.",
    entries_heading: "Journalposter",
    number: "Nummer",
    title: "Tittel",
    parties: "Fra og til",
    party_from: "Fra",
    party_to: "Til",
    documents: "Dokumenter",
    date: "Dato",
    case: "Sak",
    case_number: "Saksnummer",
    case_date: "Saksdato",
    unit: "Enhet",
    archive: "Arkiv",
    series: "Arkivdel",
    class: "Klasse",
    screening: "Skjerming",
    screened: "Unntatt offentlighet",
    entry: "Journalpost",
    running_number: "Løpenummer",
    journal_date: "Journaldato",
    document_date: "Dokumentdato",
    no_documents: "Journalposten har ingen dokumenter.",
    file: "Fil",
    opens: "Åpnes",
    closed: "Ikke åpent",
    ask: "Be om innsyn",
    ask_how: "Vil du se et dokument som ikke er åpent, kan du be om innsyn. Oppgi nummeret på journalposten. Du trenger ikke å si hvem du er.",
    bare: "Bare nummer, dato og type vises for denne journalposten.",
    stars: "Fem stjerner (*****) står for ord som er unntatt offentlighet.",
    previous_day: "Forrige dag",
    next_day: "Neste dag",
    previous: "Forrige",
    next: "Neste",
    pages: "Sider",
    days: "Dager",
    feeds: "Følg journalen",
    letters: "Bokstaver",
    others: "Andre tegn",
    cases_intro: "Alle saker i journalen, etter tittel. Velg bokstaven tittelen begynner med.",
    back: "Til forsiden av journalen",
    not_found: "Siden finnes ikke",
    not_found_text: "Den kan være trukket tilbake, den kan ligge utenfor tiden listen dekker, eller adressen kan være feil.",
    method: "Her kan du bare lese",
    method_text: "Journalen tar ikke imot noe. Skriv til postmottaket i stedet.",
    failing: "Noe gikk galt hos oss",
    failing_text: "Dokumentet kan ikke hentes akkurat nå. Prøv igjen om litt.",
    faulty: "Søket må rettes",
    one_entry: "journalpost",
    many_entries: "journalposter",
    one_open: "åpent",
    many_open: "åpne",
    window: "Listen går",
    months: "måneder tilbake",
    one_month: "måned tilbake",
    page: "Side",
    of: "av",
    language: Language::Bokmaal,
};

const NYNORSK: Words = Words {
    journal: "Offentleg postjournal",
    skip: "Hopp til innhaldet",
    menu: "Hovudmeny",
    search: "Søk",
    cases: "Saker A–Å",
    intro: "Her ser du kva dokument kommunen har fått, sendt og skrive sjølv. Dokument som er opne, kan du lese med ein gong. Resten kan du be om innsyn i.",
    search_label: "Kva leitar du etter?",
    search_help: "Ord frå ein tittel, eit namn, ei adresse eller eit saksnummer som 2026/123. Personnamn kan ikkje søkjast fram etter eitt år.",
    search_button: "Søk i journalen",
    from: "Journalført frå",
    to: "Journalført til",
    kind: "Type",
    any_kind: "Alle typar",
    search_first: "Skriv noko i søkjefeltet, eller vel datoar eller type.",
    nothing_found: "Ingenting i journalen passar med søket. Prøv færre eller andre ord.",
    newest_day: "Siste dag",
    other_days: "Fleire dagar",
    nothing_yet: "Det er ingen journalpostar å vise enno.",
    entries_heading: "Journalpostar",
    number: "Nummer",
    title: "Tittel",
    parties: "Frå og til",
    party_from: "Frå",
    party_to: "Til",
    documents: "Dokument",
    date: "Dato",
    case: "Sak",
    case_number: "Saksnummer",
    case_date: "Saksdato",
    unit: "Eining",
    archive: "Arkiv",
    series: "Arkivdel",
    class: "Klasse",
    screening: "Skjerming",
    screened: "Unnateke offentlegheit",
    entry: "Journalpost",
    running_number: "Løpenummer",
    journal_date: "Journaldato",
    document_date: "Dokumentdato",
    no_documents: "Journalposten har ingen dokument.",
    file: "Fil",
    opens: "Blir opna",
    closed: "Ikkje ope",
    ask: "Be om innsyn",
    ask_how: "Vil du sjå eit dokument som ikkje er ope, kan du be om innsyn. Oppgi nummeret på journalposten. Du treng ikkje å seie kven du er.",
    bare: "Berre nummer, dato og type blir vist for denne journalposten.",
    stars: "Fem stjerner (*****) står for ord som er unnatekne offentlegheit.",
    previous_day: "Førre dag",
    next_day: "Neste dag",
    previous: "Førre",
    next: "Neste",
    pages: "Sider",
    days: "Dagar",
    feeds: "Følg journalen",
    letters: "Bokstavar",
    others: "Andre teikn",
    cases_intro: "Alle saker i journalen, etter tittel. Vel bokstaven tittelen byrjar med.",
    back: "Til framsida av journalen",
    not_found: "Sida finst ikkje",
    not_found_text: "Ho kan vere trekt tilbake, ho kan liggje utanfor tida lista dekkjer, eller adressa kan vere feil.",
    method: "Her kan du berre lese",
    method_text: "Journalen tek ikkje imot noko. Skriv til postmottaket i staden.",
    failing: "Noko gjekk gale hos oss",
    failing_text: "Dokumentet kan ikkje hentast akkurat no. Prøv igjen om litt.",
    faulty: "Søket må rettast",
    one_entry: "journalpost",
    many_entries: "journalpostar",
    one_open: "ope",
    many_open: "opne",
    window: "Lista går",
    months: "månader tilbake",
    one_month: "månad tilbake",
    page: "Side",
    of: "av",
    language: Language::Nynorsk,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_as_norwegians_write_them() {
        let day = "2026-09-14".parse().unwrap();
        assert_eq!(words(Language::Bokmaal).heading_date(day), "Mandag 14. september 2026");
        assert_eq!(words(Language::Nynorsk).long_date(day), "måndag 14. september 2026");
        assert_eq!(short_date(day), "14.09.2026");
        assert_eq!(words(Language::Nynorsk).month(Month::of(day)), "september 2026");
    }

    #[test]
    fn one_is_not_many() {
        let words = words(Language::Bokmaal);
        assert_eq!((words.entries(1), words.entries(2)), ("1 journalpost".to_owned(), "2 journalposter".to_owned()));
        assert_eq!(words.open_documents(1), "1 åpent");
        assert_eq!(words.window(3), "Listen går 3 måneder tilbake.");
    }
}
