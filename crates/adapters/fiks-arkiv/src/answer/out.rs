//! A message that is being written: elements of its own schema and of the metadata catalogue, whose prefix is `m`.

use chrono::{NaiveDate, SecondsFormat};
use sakarkiv_core::{calendar::oslo_datetime, identity::Timestamp, text::ExternalKey};
use sakarkiv_xml::Writer;

/// What every namespace of the protocol begins with.
const ROOT: &str = "https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(crate) struct Out {
    writer: Writer,
    /// The prefix of the elements that records are made of: none where they are the message's own.
    prefix: &'static str,
}

impl Out {
    /// A message of a root element and the tail of its namespace.
    pub(crate) fn message(root: &str, namespace: &str) -> Self {
        let mut writer = Writer::new();
        let own = format!("{ROOT}{namespace}");
        let catalogue = format!("{ROOT}metadatakatalog/v1");
        writer.open(root, &[("xmlns", &own), ("xmlns:m", &catalogue), ("xmlns:xsi", XSI)]);
        Self { writer, prefix: "" }
    }

    /// A message whose records are elements of another schema, under the prefix `a`.
    pub(crate) fn message_with_records(root: &str, namespace: &str, records: &str) -> Self {
        let mut writer = Writer::new();
        let own = format!("{ROOT}{namespace}");
        let catalogue = format!("{ROOT}metadatakatalog/v1");
        let records = format!("{ROOT}{records}");
        writer.open(root, &[("xmlns", &own), ("xmlns:m", &catalogue), ("xmlns:a", &records)]);
        Self { writer, prefix: "a:" }
    }

    pub(crate) fn finish(self) -> String {
        self.writer.finish()
    }

    /// Begins an element of the message itself.
    pub(crate) fn open(&mut self, name: &str) {
        self.writer.open(name, &[]);
    }

    /// Begins an element of the message itself, of a type that is not the one of the schema's element.
    pub(crate) fn open_as(&mut self, name: &str, xsi_type: Option<&str>) {
        match xsi_type {
            Some(xsi_type) => self.writer.open(name, &[("xsi:type", xsi_type)]),
            None => self.open(name),
        }
    }

    pub(crate) fn close(&mut self) {
        self.writer.close();
    }

    /// A text of the message itself.
    pub(crate) fn own(&mut self, name: &str, text: &str) {
        self.writer.leaf(name, text);
    }

    /// Begins an element of a record.
    pub(crate) fn part(&mut self, name: &str) {
        let name = format!("{}{name}", self.prefix);
        self.writer.open(&name, &[]);
    }

    /// A text of a record. One that is empty is left out: no type of the catalogue takes an empty text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        if !text.trim().is_empty() {
            let name = format!("{}{name}", self.prefix);
            self.writer.leaf(&name, text);
        }
    }

    pub(crate) fn number(&mut self, name: &str, number: impl Copy + ToString) {
        self.text(name, &number.to_string());
    }

    pub(crate) fn flag(&mut self, name: &str, flag: bool) {
        if flag {
            self.text(name, "true");
        }
    }

    pub(crate) fn date(&mut self, name: &str, date: NaiveDate) {
        self.text(name, &date.to_string());
    }

    /// A moment, in Norwegian time with its offset.
    pub(crate) fn moment(&mut self, name: &str, moment: Timestamp) {
        self.text(name, &oslo_datetime(moment).to_rfc3339_opts(SecondsFormat::Secs, false));
    }

    /// A code with its name (`kode`).
    pub(crate) fn code(&mut self, name: &str, code: &str, description: &str) {
        self.part(name);
        self.writer.leaf("m:kode", code);
        if !description.is_empty() && description != code {
            self.writer.leaf("m:beskrivelse", description);
        }
        self.close();
    }

    /// Who or what by a name of ours (`identifikatorer`). Without any it is empty, where the schema asks for the element.
    pub(crate) fn identified(&mut self, name: &str, identifier: Option<&str>) {
        self.part(name);
        if let Some(identifier) = identifier {
            self.writer.leaf("m:identifikator", identifier);
        }
        self.close();
    }

    /// The key of a specialist system.
    pub(crate) fn key(&mut self, key: Option<&ExternalKey>) {
        if let Some(key) = key {
            self.part("referanseEksternNoekkel");
            self.writer.leaf("m:fagsystem", &key.system);
            self.writer.leaf("m:noekkel", key.value.expose());
            self.close();
        }
    }

    /// A text of the catalogue, within an element whose type is the catalogue's.
    pub(crate) fn catalogue(&mut self, name: &str, text: &str) {
        let name = format!("m:{name}");
        self.writer.leaf(&name, text);
    }
}
