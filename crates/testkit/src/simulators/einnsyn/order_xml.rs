//! An order as a unit gets it: `order.xml` in both versions, and the text around it.

use chrono::NaiveDate;
use sakarkiv_core::calendar::oslo_date;

use super::{store::Record, world::World};

/// A rendered order.
pub(crate) struct Letter {
    pub(crate) xml: String,
    pub(crate) text: String,
}

/// One entry that is asked for, as the order tells of it.
struct Wanted {
    case_number: String,
    document_number: i64,
    journal_number: String,
    /// Nothing: the responsible party has no name.
    clerk: Option<String>,
    unit_code: Option<String>,
    archive: Option<String>,
    archive_part: Option<String>,
    external_id: String,
    system_id: Option<String>,
    case_title: String,
    title: String,
    document_date: Option<NaiveDate>,
    journal_date: Option<NaiveDate>,
}

struct Head<'a> {
    order: &'a str,
    placed: NaiveDate,
    requester: &'a str,
    unit: &'a Record,
}

/// The order for one unit. Nothing when it cannot be put together: the class of a case does not lead to an archive.
pub(crate) fn letter(world: &World, order: &str, unit: &str, requests: &[String]) -> Option<Letter> {
    let unit = world.store.get(unit)?;
    let record = world.store.get(order)?;
    let placed = oslo_date(world.orders.get(order)?.created);
    let head = Head { order, placed, requester: record.text("email")?, unit };
    let wanted: Vec<Wanted> = requests.iter().map(|request| wanted(world, request)).collect::<Option<_>>()?;
    let xml = match unit.number("orderXmlVersjon") {
        None | Some(1) => first_version(&head, &wanted),
        Some(_) => second_version(&head, &wanted),
    };
    Some(Letter { xml, text: plain_text(&head, &wanted) })
}

fn wanted(world: &World, request: &str) -> Option<Wanted> {
    let entry = world.store.get(&world.store.one(request, "journalpost")?)?;
    let case = world.store.get(&world.store.one(&entry.id, "saksmappe")?)?;
    let (archive, archive_part) = origin(world, &case.id)?;
    let parties = world.parties(&entry.id);
    let (clerk, unit_code) = match responsible(entry, &parties) {
        Some(party) => {
            (party.text("saksbehandler").map(str::to_owned), party.text("administrativEnhet").map(str::to_owned))
        }
        None => (Some("[Ufordelt]".to_owned()), fitting(entry, &parties, "administrativEnhet").map(|(_, code)| code)),
    };
    let date = |name| entry.text(name).and_then(|date| date.parse().ok());
    let title = |record: &Record| record.text("offentligTittelSensitiv").unwrap_or_default().to_owned();
    Some(Wanted {
        case_number: format!("{}/{}", case.number("saksaar")?, case.number("sakssekvensnummer")?),
        document_number: entry.number("journalpostnummer")?,
        journal_number: format!("{}/{}", entry.number("journalsekvensnummer")?, entry.number("journalaar")? % 100),
        clerk,
        unit_code,
        archive,
        archive_part,
        external_id: entry.text("externalId").unwrap_or_default().to_owned(),
        system_id: entry.text("systemId").map(str::to_owned),
        case_title: title(case),
        title: title(entry),
        document_date: date("dokumentetsDato"),
        journal_date: date("journaldato"),
    })
}

/// System ids of the archive and its part that a case belongs to: by its class when it has one.
fn origin(world: &World, case: &str) -> Option<(Option<String>, Option<String>)> {
    let part = match world.store.one(case, "klasse") {
        Some(class) => world.store.one(&class, "arkivdel")?,
        None => world.store.one(case, "arkivdel")?,
    };
    let archive = world.store.one(&part, "arkiv")?;
    let system_id = |id: &str| world.store.get(id).and_then(|record| record.text("systemId").map(str::to_owned));
    Some((system_id(&archive), system_id(&part)))
}

/// The party that says who handles an entry: the responsible one, even when it names nobody, else the best guess.
fn responsible<'a>(entry: &Record, parties: &'a [Record]) -> Option<&'a Record> {
    let named = parties.iter().find(|party| party.flag("erBehandlingsansvarlig"));
    named.or_else(|| fitting(entry, parties, "saksbehandler").map(|(party, _)| party))
}

/// Of the parties on our side of an entry, the one with something to say: ordinary ones before internal ones, those with a
/// unit first.
fn fitting<'a>(entry: &Record, parties: &'a [Record], member: &str) -> Option<(&'a Record, String)> {
    let kind = |party: &Record| party.text("korrespondanseparttype").unwrap_or_default().to_lowercase();
    let ours = |party: &Record| match entry.text("journalposttype") {
        Some("inngaaende_dokument") => kind(party).ends_with("mottaker"),
        Some("utgaaende_dokument") => kind(party).ends_with("avsender"),
        _ => true,
    };
    let says = |party: &Record, member: &str| {
        let said = party.text(member).map(str::trim).filter(|said| !said.is_empty());
        said.filter(|said| !said.to_lowercase().contains("ufordelt")).map(str::to_owned)
    };
    let ours = parties.iter().filter(|party| !kind(party).ends_with("kopimottaker") && ours(party));
    ours.filter_map(|party| says(party, member).map(|said| (party, said)))
        .min_by_key(|(party, _)| (says(party, "administrativEnhet").is_none(), kind(party).contains("intern")))
}

fn first_version(head: &Head<'_>, wanted: &[Wanted]) -> String {
    let mut xml = Xml::default();
    xml.open("bestilling");
    xml.leaf("id", head.order);
    xml.leaf("bestillingsdato", &head.placed.format("%d.%m.%Y").to_string());
    xml.open("til");
    xml.leaf("enhet", head.unit.text("navn").unwrap_or_default());
    xml.optional("enhetepost", head.unit.text("kontaktpunktEpost"));
    xml.close("til");
    xml.leaf("innsynskravepost", head.unit.text("innsynskravEpost").unwrap_or_default());
    xml.open("kontaktinfo");
    xml.leaf("forsendelsesmåte", "e-post");
    for always_empty in ["navn", "organisasjon", "land"] {
        xml.leaf(always_empty, "");
    }
    xml.leaf("e-post", head.requester);
    xml.close("kontaktinfo");
    xml.open("dokumenter");
    for one in wanted {
        xml.open("dokument");
        xml.numbers(one);
        xml.optional("saksbehandler", one.clerk.as_deref());
        xml.close("dokument");
    }
    xml.close("dokumenter");
    xml.close("bestilling");
    xml.whole()
}

fn second_version(head: &Head<'_>, wanted: &[Wanted]) -> String {
    let mut xml = Xml::default();
    xml.open("ein:bestilling xmlns:ein=\"http://einnsyn.no/schema/order/v2\"");
    xml.leaf("id", head.order);
    xml.leaf("bestillingsdato", &head.placed.to_string());
    xml.open("til");
    xml.leaf("virksomhet", head.unit.text("navn").unwrap_or_default());
    xml.leaf("orgnr", head.unit.text("orgnummer").unwrap_or_default());
    xml.leaf("innsynskravepost", head.unit.text("innsynskravEpost").unwrap_or_default());
    xml.optional("enhetepost", head.unit.text("kontaktpunktEpost"));
    xml.close("til");
    xml.open("kontaktinfo");
    xml.leaf("forsendelsesmåte", "e-post");
    xml.leaf("e-post", head.requester);
    xml.leaf("språk", "nb_NO");
    xml.close("kontaktinfo");
    xml.open("dokumenter");
    for one in wanted {
        xml.open("dokument");
        if let Some(archive) = &one.archive {
            xml.open("fagsysteminfo");
            xml.leaf("id", archive);
            xml.optional("delId", one.archive_part.as_deref());
            xml.close("fagsysteminfo");
        }
        xml.leaf("id", &one.external_id);
        xml.optional("systemId", one.system_id.as_deref());
        xml.numbers(one);
        xml.leaf("saksbehandler", one.clerk.as_deref().unwrap_or_default());
        xml.optional("admEnhet", one.unit_code.as_deref());
        xml.close("dokument");
    }
    xml.close("dokumenter");
    xml.close("ein:bestilling");
    xml.whole()
}

fn plain_text(head: &Head<'_>, wanted: &[Wanted]) -> String {
    let date = |date: Option<NaiveDate>| date.map(|date| date.format("%d.%m.%Y").to_string()).unwrap_or_default();
    let mut text = format!(
        "Til: {}\nBestillingsdato: {}\n\nSvar på innsynskravet skal sendes til {}\n",
        head.unit.text("navn").unwrap_or_default(),
        date(Some(head.placed)),
        head.requester
    );
    for one in wanted {
        text.push_str(&format!(
            "\nSaksnr: {} | Dok nr. : {} | Sekvensnr.: {}\nSak: {}\nDokument: {}\nDok.dato: {}\nJournaldato: {}\n\
             Saksbehandler: {}\nEnhet: {}\n",
            one.case_number,
            one.document_number,
            one.journal_number,
            one.case_title,
            one.title,
            date(one.document_date),
            date(one.journal_date),
            one.clerk.as_deref().unwrap_or_default(),
            head.unit.text("navn").unwrap_or_default(),
        ));
    }
    text
}

/// XML, indented, with the many references that the real template engine writes.
#[derive(Default)]
struct Xml {
    lines: Vec<String>,
    depth: usize,
}

impl Xml {
    fn line(&mut self, content: &str) {
        self.lines.push(format!("{}{content}", "    ".repeat(self.depth)));
    }

    fn open(&mut self, tag: &str) {
        self.line(&format!("<{tag}>"));
        self.depth += 1;
    }

    fn close(&mut self, tag: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(&format!("</{tag}>"));
    }

    fn leaf(&mut self, tag: &str, content: &str) {
        self.line(&format!("<{tag}>{}</{tag}>", escaped(content)));
    }

    fn optional(&mut self, tag: &str, content: Option<&str>) {
        if let Some(content) = content.filter(|content| !content.is_empty()) {
            self.leaf(tag, content);
        }
    }

    fn numbers(&mut self, one: &Wanted) {
        self.leaf("saksnr", &one.case_number);
        self.leaf("dokumentnr", &one.document_number.to_string());
        self.leaf("journalnr", &one.journal_number);
    }

    fn whole(self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n{}\n", self.lines.join("\n"))
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut whole, c| {
        match c {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            '"' => whole.push_str("&quot;"),
            '\'' => whole.push_str("&#39;"),
            '=' => whole.push_str("&#61;"),
            '`' => whole.push_str("&#96;"),
            '\n' => whole.push_str("&#10;"),
            c => whole.push(c),
        }
        whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_the_real_template_engine_does() {
        assert_eq!(escaped("A & B's <\"x\"> = 1\n`"), "A &amp; B&#39;s &lt;&quot;x&quot;&gt; &#61; 1&#10;&#96;");
    }
}
