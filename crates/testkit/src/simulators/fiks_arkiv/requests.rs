//! What the system asks, as XML of its own making. Each is held to the published schema before it is sent.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{FiksArkivSim, PREFIX, checks};

const ROOT: &str = "https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv";

/// A file that is sent with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The name for people.
    pub name: String,
    /// The name in the message.
    pub entry: String,
    /// The bytes.
    pub content: Bytes,
}

impl Attachment {
    /// A file by the name for people, under a plain name in the message.
    #[must_use]
    pub fn new(name: &str, entry: &str, content: impl Into<Bytes>) -> Self {
        Self { name: name.to_owned(), entry: entry.to_owned(), content: content.into() }
    }
}

impl FiksArkivSim {
    /// Opens a case under a key of ours.
    pub fn open_case(&self, key: &str, title: &str) -> Uuid {
        self.arkivmelding(0, &self.mappe(key, title), Vec::new())
    }

    /// Registers an incoming entry with one main document and attachments, in the case of a key.
    pub fn file_entry(&self, case: &str, key: &str, title: &str, files: &[Attachment]) -> Uuid {
        let parent = format!("<referanseForelderMappe>{}</referanseForelderMappe>", self.key("m:", case));
        let body = self.registrering(&parent, key, title, files);
        self.arkivmelding(files.len(), &body, attached(files))
    }

    /// Opens a case, unless the key is known, and registers an entry in it, in one message.
    pub fn file_case_and_entry(&self, case: &str, key: &str, title: &str, files: &[Attachment]) -> Uuid {
        let body = format!("{}{}", self.mappe(case, title), self.registrering("", key, title, files));
        self.arkivmelding(files.len(), &body, attached(files))
    }

    /// Says that a case is done.
    pub fn close_case(&self, key: &str) -> Uuid {
        let xml = message(
            "arkivmeldingOppdatering",
            "arkivmelding/oppdater/v1",
            &format!(
                "<mappeOppdateringer xsi:type=\"saksmappeOppdatering\"><referanseTilMappe>{}</referanseTilMappe>\
                 <saksstatus><m:kode>A</m:kode></saksstatus></mappeOppdateringer>",
                self.key("m:", key)
            ),
        );
        self.ask("arkivering.arkivmelding.oppdater", "arkivmelding.xml", xml)
    }

    /// Gives an entry another title and screens it.
    pub fn retitle_entry(&self, key: &str, title: &str) -> Uuid {
        let xml = message(
            "arkivmeldingOppdatering",
            "arkivmelding/oppdater/v1",
            &format!(
                "<registreringOppdateringer xsi:type=\"journalpostOppdatering\">\
                 <referanseTilRegistrering>{}</referanseTilRegistrering><skjermingOppdateringer><oppdatering>\
                 <tilgangsrestriksjon><m:kode>UO</m:kode></tilgangsrestriksjon>\
                 <skjermingshjemmel>Offl. § 13</skjermingshjemmel></oppdatering></skjermingOppdateringer>\
                 <tittel>{}</tittel></registreringOppdateringer>",
                self.key("m:", key),
                escaped(title)
            ),
        );
        self.ask("arkivering.arkivmelding.oppdater", "arkivmelding.xml", xml)
    }

    /// Signs an entry off as taken note of, without an id of the archive's for the party.
    pub fn sign_off(&self, key: &str) -> Uuid {
        self.sign_off_part(key, "1")
    }

    /// Signs an entry off as taken note of, for a party.
    pub fn sign_off_part(&self, key: &str, party: &str) -> Uuid {
        let body = format!(
            "<avskrivning><avskrivningsdato>2026-03-02</avskrivningsdato>\
             <avskrevetAv><m:initialer>KNO</m:initialer></avskrevetAv>\
             <avskrivningsmaate><m:kode>TE</m:kode></avskrivningsmaate></avskrivning>\
             {}",
            self.part(key, party)
        );
        let xml = message("nyAvskrivning", "avskrivning/opprett/v1", &body);
        self.ask("arkivering.avskrivning.opprett", "avskrivning-opprett.xml", xml)
    }

    /// Takes the sign-off of an entry back, for a party.
    pub fn undo_sign_off(&self, key: &str, party: &str) -> Uuid {
        let xml = message("slettAvskrivning", "avskrivning/slett/v1", &self.part(key, party));
        self.ask("arkivering.avskrivning.slett", "avskrivning-slett.xml", xml)
    }

    /// Adds a file to a document of this id of the archive's, as a variant (`variantformat`) and, if so wished, a version.
    pub fn add_file(&self, document: &str, variant: &str, version: Option<u32>, file: &Attachment) -> Uuid {
        let version =
            version.map(|number| format!("<a:versjonsnummer>{number}</a:versjonsnummer>")).unwrap_or_default();
        let body = format!(
            "<referanseTilDokumentbeskrivelse><m:systemID>{}</m:systemID></referanseTilDokumentbeskrivelse>\
             <dokumentobjekt xmlns:a=\"{ROOT}/arkivmelding/opprett/v1\">{version}\
             <a:variantformat><m:kode>{variant}</m:kode></a:variantformat>{}</dokumentobjekt>",
            escaped(document),
            object("a:", file)
        );
        let kind = "arkivering.dokumentobjekt.opprett";
        let xml = message("dokumentobjektOpprett", "dokumentobjekt/opprett/v1", &body);
        self.checked(kind, &xml);
        let main = ("dokumentobjekt-opprett.xml".to_owned(), Bytes::from(xml));
        self.send(kind, [main].into_iter().chain(attached(std::slice::from_ref(file))).collect())
    }

    /// Asks for a file by an id that the archive showed.
    pub fn ask_for_file(&self, id: &str) -> Uuid {
        let body = format!(
            "<system>{}</system><dokumentfilNoekkel><systemID>{}</systemID></dokumentfilNoekkel>",
            escaped(&self.name),
            escaped(id)
        );
        let xml = message("dokumentfilHent", "dokumentfil/hent/v1", &body);
        self.ask("innsyn.dokumentfil.hent", "dokumentfil-hent.xml", xml)
    }

    /// Asks for a case.
    pub fn ask_for_case(&self, key: &str) -> Uuid {
        let body = format!(
            "<system>{}</system><referanseTilMappe>{}</referanseTilMappe><inkluder>klasse</inkluder>",
            escaped(&self.name),
            self.key("m:", key)
        );
        self.ask("innsyn.mappe.hent", "mappe-hent.xml", message("mappeHent", "mappe/hent/v1", &body))
    }

    /// Asks for an entry with everything in it.
    pub fn ask_for_entry(&self, key: &str) -> Uuid {
        let body = format!(
            "<system>{}</system><referanseTilRegistrering>{}</referanseTilRegistrering>\
             <inkluder>dokumentbeskrivelse</inkluder><inkluder>korrespondansepart</inkluder><inkluder>dokumentobjekt</inkluder>",
            escaped(&self.name),
            self.key("m:", key)
        );
        let xml = message("registreringHent", "registrering/hent/v1", &body);
        self.ask("innsyn.registrering.hent", "registrering-hent.xml", xml)
    }

    /// Looks for cases by a key. `response` is `noekler`, `minimum` or `utvidet`.
    pub fn search_case(&self, key: &str, response: &str) -> Uuid {
        self.search("saksmappe", response, "mappeEksternNoekkel", key)
    }

    /// Looks for entries by a key.
    pub fn search_entry(&self, key: &str, response: &str) -> Uuid {
        self.search("journalpost", response, "registreringEksternId", key)
    }

    /// Asks for a code list.
    pub fn ask_for_codes(&self, list: &str) -> Uuid {
        let body = format!("<kodelistenavn>{}</kodelistenavn>", escaped(list));
        self.ask("innsyn.kodeliste.hent", "kodeliste-hent.xml", message("HentKodeliste", "kodeliste/hent/v1", &body))
    }

    fn search(&self, subject: &str, response: &str, field: &str, key: &str) -> Uuid {
        let body = format!(
            "<system>{}</system><take>10</take><skip>0</skip><sokdefinisjon xsi:type=\"{subject}Sokdefinisjon\">\
             <responstype>{response}</responstype><parametere><operator>equal</operator><sokVerdier><eksternNoekkel>\
             <fagsystem>{}</fagsystem><noekkel>{}</noekkel></eksternNoekkel></sokVerdier><felt>{field}</felt></parametere>\
             </sokdefinisjon>",
            escaped(&self.name),
            escaped(&self.name),
            escaped(key),
        );
        self.ask("innsyn.sok", "sok.xml", message("sok", "sok/v1", &body))
    }

    fn arkivmelding(&self, count: usize, body: &str, files: Vec<(String, Bytes)>) -> Uuid {
        let body = format!("<system>{}</system><antallFiler>{count}</antallFiler>{body}", escaped(&self.name));
        let xml = message("arkivmelding", "arkivmelding/opprett/v1", &body);
        let kind = "arkivering.arkivmelding.opprett";
        self.checked(kind, &xml);
        let main = ("arkivmelding.xml".to_owned(), Bytes::from(xml));
        self.send(kind, [main].into_iter().chain(files).collect())
    }

    fn mappe(&self, key: &str, title: &str) -> String {
        format!(
            "<mappe xsi:type=\"saksmappe\"><tittel>{}</tittel>{}\
             <administrativEnhet><m:identifikator>OPPV</m:identifikator></administrativEnhet>\
             <matrikkelnummer><kommunenummer>1804</kommunenummer><gardsnummer>138</gardsnummer>\
             <bruksnummer>2211</bruksnummer></matrikkelnummer></mappe>",
            escaped(title),
            self.key("", key)
        )
    }

    fn registrering(&self, parent: &str, key: &str, title: &str, files: &[Attachment]) -> String {
        let documents: String = files.iter().zip(1..).map(|(file, number)| document(file, number)).collect();
        format!(
            "<registrering xsi:type=\"journalpost\">{parent}{documents}<tittel>{}</tittel><korrespondansepart>\
             <korrespondanseparttype><m:kode>EA</m:kode></korrespondanseparttype>\
             <korrespondansepartNavn>Prøvedal Bygg AS</korrespondansepartNavn></korrespondansepart>{}\
             <journalposttype><m:kode>I</m:kode></journalposttype><journalstatus><m:kode>J</m:kode></journalstatus>\
             <dokumentetsDato>2026-03-02</dokumentetsDato></registrering>",
            escaped(title),
            self.key("", key)
        )
    }

    /// A key of ours; `prefix` is that of the catalogue where the element itself is the catalogue's.
    fn key(&self, prefix: &str, key: &str) -> String {
        format!(
            "<{prefix}referanseEksternNoekkel><m:fagsystem>{}</m:fagsystem><m:noekkel>{}</m:noekkel></{prefix}referanseEksternNoekkel>",
            escaped(&self.name),
            escaped(key)
        )
    }

    /// Whose part of which entry a sign-off settles.
    fn part(&self, entry: &str, party: &str) -> String {
        format!(
            "<referanseTilJournalpost>{}</referanseTilJournalpost><korrespondansepartID>{}</korrespondansepartID>",
            self.key("m:", entry),
            escaped(party)
        )
    }

    fn ask(&self, kind: &str, file: &str, xml: String) -> Uuid {
        self.checked(kind, &xml);
        self.send(kind, vec![(file.to_owned(), Bytes::from(xml))])
    }

    fn checked(&self, kind: &str, xml: &str) {
        if !self.schemas {
            return;
        }
        let problems = checks::problems(&format!("{PREFIX}{kind}"), xml);
        let own = problems.into_iter().map(|problem| format!("our own question: {problem}"));
        self.world().complaints.extend(own);
    }
}

fn document(file: &Attachment, number: u32) -> String {
    let role = if number == 1 { "H" } else { "V" };
    format!(
        "<dokumentbeskrivelse><tittel>{name}</tittel><tilknyttetRegistreringSom><m:kode>{role}</m:kode></tilknyttetRegistreringSom>\
         <dokumentnummer>{number}</dokumentnummer><dokumentobjekt><variantformat><m:kode>P</m:kode></variantformat>\
         {object}</dokumentobjekt></dokumentbeskrivelse>",
        name = escaped(&file.name),
        object = object("", file),
    )
}

/// What is told of the bytes of a file; `prefix` is that of the schema that the elements are of.
fn object(prefix: &str, file: &Attachment) -> String {
    let hash: String = Sha256::digest(&file.content).iter().map(|byte| format!("{byte:02x}")).collect();
    let told = [
        ("filnavn", escaped(&file.name)),
        ("referanseDokumentfil", escaped(&file.entry)),
        ("sjekksum", hash),
        ("sjekksumAlgoritme", "SHA-256".to_owned()),
        ("filstoerrelse", file.content.len().to_string()),
    ];
    told.iter().map(|(name, text)| format!("<{prefix}{name}>{text}</{prefix}{name}>")).collect()
}

fn attached(files: &[Attachment]) -> Vec<(String, Bytes)> {
    files.iter().map(|file| (file.entry.clone(), file.content.clone())).collect()
}

fn message(root: &str, namespace: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root} xmlns=\"{ROOT}/{namespace}\" xmlns:m=\"{ROOT}/metadatakatalog/v1\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{body}</{root}>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
