//! What the client asks for, each as the definition has it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{GeoCall, GeoClient, escaped};

impl GeoClient {
    /// Opens a case under a key of ours, on a property.
    #[must_use]
    pub fn open_case(&self, key: &str, title: &str) -> GeoCall {
        let body = format!(
            "<o:mappe><k:tittel>{}</k:tittel><k:saksstatus><c:kodeverdi>B</c:kodeverdi></k:saksstatus>\
             <k:administrativEnhetInit>OPPM</k:administrativEnhetInit><k:Matrikkelnummer><m:liste>\
             <m:kommunenummer>1804</m:kommunenummer><m:gaardsnummer>138</m:gaardsnummer><m:bruksnummer>2211</m:bruksnummer>\
             </m:liste></k:Matrikkelnummer>{}</o:mappe>",
            escaped(title),
            self.key("k:referanseEksternNoekkel", key)
        );
        self.update("NySaksmappe", &body)
    }

    /// Registers an incoming entry in the case of a key.
    #[must_use]
    pub fn register(&self, case: &str, key: &str, title: &str) -> GeoCall {
        let body = format!(
            "<o:journalpost><k:journalposttype><c:kodeverdi>I</c:kodeverdi></k:journalposttype>\
             <k:dokumentetsDato>2026-03-02T00:00:00</k:dokumentetsDato><k:journalstatus><c:kodeverdi>J</c:kodeverdi></k:journalstatus>\
             <k:tittel>{}</k:tittel><k:skjerming/><k:korrespondansepart><k:liste>\
             <k:korrespondanseparttype><c:kodeverdi>EA</c:kodeverdi></k:korrespondanseparttype>\
             <k:Kontakt xsi:type=\"p:Organisasjon\"><p:navn>Prøvedal Bygg AS</p:navn>\
             <p:organisasjonsnummer>310000027</p:organisasjonsnummer></k:Kontakt></k:liste></k:korrespondansepart>{}{}</o:journalpost>",
            escaped(title),
            self.key("k:referanseEksternNoekkel", key),
            self.key("k:referanseMappeEksternNoekkel", case)
        );
        self.update("NyJournalpost", &body)
    }

    /// Attaches a document to an entry, by the archive's id of it.
    #[must_use]
    pub fn attach(&self, entry: &str, title: &str, file_name: &str, content: &[u8]) -> GeoCall {
        let body = format!(
            "<o:dokument><d:tittel>{}</d:tittel><d:variantformat><c:kodeverdi>P</c:kodeverdi></d:variantformat>\
             <d:referanseJournalpostSystemID>{entry}</d:referanseJournalpostSystemID><d:Fil xsi:type=\"d:Filinnhold\">\
             <d:filnavn>{}</d:filnavn><d:mimeType>application/pdf</d:mimeType><d:base64>{}</d:base64></d:Fil></o:dokument>\
             <o:returnerFil>false</o:returnerFil>",
            escaped(title),
            escaped(file_name),
            STANDARD.encode(content)
        );
        self.update("NyDokument", &body)
    }

    /// Takes the case of a key on in its life cycle.
    #[must_use]
    pub fn move_case(&self, key: &str, status: &str) -> GeoCall {
        let body = format!(
            "<o:saksstatuskode><c:kodeverdi>{}</c:kodeverdi></o:saksstatuskode>{}",
            escaped(status),
            self.case_key("o:saksnokkel", key)
        );
        self.update("OppdaterMappeStatus", &body)
    }

    /// Names a property that the case of a key is about, or with `gone` takes it away.
    #[must_use]
    pub fn property(&self, case: &str, farm: u32, title: u32, gone: bool) -> GeoCall {
        let operation = if gone { "SlettMatrikkelnummer" } else { "NyMatrikkelnummer" };
        let body = format!(
            "<o:matrikkelnr><m:liste><m:kommunenummer>1804</m:kommunenummer><m:gaardsnummer>{farm}</m:gaardsnummer>\
             <m:bruksnummer>{title}</m:bruksnummer></m:liste></o:matrikkelnr>{}",
            self.case_key("o:saksnokkel", case)
        );
        self.update(operation, &body)
    }

    /// Names a building that the case of a key is about, or with `gone` takes it away.
    #[must_use]
    pub fn building(&self, case: &str, number: u32, gone: bool) -> GeoCall {
        let operation = if gone { "SlettBygning" } else { "NyBygning" };
        let body = format!(
            "<o:bygninger><m:liste><m:bygningsNummer>{number}</m:bygningsNummer></m:liste></o:bygninger>{}",
            self.case_key("o:saksnokkel", case)
        );
        self.update(operation, &body)
    }

    /// Gives the entry of a key to another unit and person.
    #[must_use]
    pub fn hand_over(&self, entry: &str, unit: &str, user: &str) -> GeoCall {
        let body = format!(
            "<o:nyAdministrativEnhetKode>{}</o:nyAdministrativEnhetKode><o:nySaksbehandlerInit>{}</o:nySaksbehandlerInit>{}",
            escaped(unit),
            escaped(user),
            self.entry_key("o:journalpostnokkel", entry)
        );
        self.update("OppdaterJournalpostAnsvarlig", &body)
    }

    /// Adds a party of a role to the entry of a key.
    #[must_use]
    pub fn add_party(&self, entry: &str, role: &str, name: &str) -> GeoCall {
        let body = format!(
            "<o:part><k:liste><k:korrespondanseparttype><c:kodeverdi>{role}</c:kodeverdi></k:korrespondanseparttype>\
             <k:Kontakt><p:navn>{}</p:navn></k:Kontakt></k:liste></o:part>{}",
            escaped(name),
            self.entry_key("o:journalpostnokkel", entry)
        );
        self.update("NyKorrespondansepart", &body)
    }

    /// Takes a party away from the entry of a key, by the archive's id of it.
    #[must_use]
    pub fn remove_party(&self, entry: &str, party: &str) -> GeoCall {
        let body = format!(
            "<o:systemID><t:liste>{}</t:liste></o:systemID>{}",
            escaped(party),
            self.entry_key("o:journalpostnokkel", entry)
        );
        self.update("SlettKorrespondansepart", &body)
    }

    /// Signs the entry of a key off as taken note of.
    #[must_use]
    pub fn sign_off(&self, key: &str) -> GeoCall {
        let body = format!(
            "<o:avskrivning><k:liste><k:avskrivningsmaate><c:kodeverdi>TE</c:kodeverdi></k:avskrivningsmaate></k:liste></o:avskrivning>{}",
            self.entry_key("o:journalnokkel", key)
        );
        self.update("NyAvskrivning", &body)
    }

    /// Takes a sign-off of the entry of a key back, by the archive's id of it.
    #[must_use]
    pub fn undo_sign_off(&self, entry: &str, sign_off: &str) -> GeoCall {
        let body = format!(
            "<o:systemID><t:liste>{}</t:liste></o:systemID>{}",
            escaped(sign_off),
            self.entry_key("o:journalnokkel", entry)
        );
        self.update("SlettAvskrivning", &body)
    }

    /// Looks for the case of a key.
    #[must_use]
    pub fn find_case(&self, key: &str) -> GeoCall {
        self.ask("FinnSaksmapperGittNoekkel", &self.case_key("o:nokkel", key))
    }

    /// Looks for the entry of a key.
    #[must_use]
    pub fn find_entry(&self, key: &str) -> GeoCall {
        self.ask("FinnJournalposterGittNoekkel", &self.entry_key("o:nokkel", key))
    }

    /// Looks for the entry of a key, with or without its parties and its sign-offs.
    #[must_use]
    pub fn find_entry_with(&self, key: &str, parties: bool, sign_offs: bool) -> GeoCall {
        let body = format!(
            "{}<o:returnerKorrespondansepart>{parties}</o:returnerKorrespondansepart>\
             <o:returnerAvskrivning>{sign_offs}</o:returnerAvskrivning>",
            self.entry_key("o:nokkel", key)
        );
        self.ask("FinnJournalposterGittNoekkel", &body)
    }

    /// Looks for the entries of a case, by its number.
    #[must_use]
    pub fn find_entries(&self, year: u16, sequence: u32) -> GeoCall {
        let body = format!(
            "<o:nokkel xsi:type=\"f:Saksnummer\"><f:saksaar>{year}</f:saksaar><f:sakssekvensnummer>{sequence}</f:sakssekvensnummer></o:nokkel>"
        );
        self.ask("FinnJournalposterGittSaksmappeNoekkel", &body)
    }

    /// Looks for the documents of an entry, with their files.
    #[must_use]
    pub fn find_documents(&self, entry: &str) -> GeoCall {
        let body = format!("{}<o:returnerFil>true</o:returnerFil>", self.entry_key("o:journpostnokkel", entry));
        self.ask("FinnDokumenterGittJournalpostnoekkel", &body)
    }

    /// Looks for the documents of a case's entries, by the case's key.
    #[must_use]
    pub fn find_case_documents(&self, case: &str, with_files: bool) -> GeoCall {
        let body = format!("{}<o:returnerFil>{with_files}</o:returnerFil>", self.case_key("o:saksnokkel", case));
        self.ask("FinnDokumenterGittSaksnoekkel", &body)
    }

    /// Asks for the file of a document, by the archive's id of it.
    #[must_use]
    pub fn file(&self, document: &str) -> GeoCall {
        self.ask("HentFil", &format!("<o:systemid><k:id>{}</k:id></o:systemid>", escaped(document)))
    }

    /// Asks for the types of documents.
    #[must_use]
    pub fn document_types(&self) -> GeoCall {
        self.ask("FinnDokumenttyper", "")
    }

    /// Asks for a code list.
    #[must_use]
    pub fn codes(&self, list: &str) -> GeoCall {
        self.ask("HentKodeliste", &format!("<o:kodelistenavn>{}</o:kodelistenavn>", escaped(list)))
    }
}
