use sakarkiv_core::{
    calendar::oslo_date,
    case::CaseNumber,
    identity::PostalAddress,
    intake::{
        CaseFacts, CaseName, CaseWish, Consignment, DesiredClass, DocumentFacts, EntryFacts, Fault, FaultCode,
        PartyFacts, Place, Rejection, ScreeningWish,
        reference::{self, CASE, ENTRY},
    },
    journal::DocumentRole,
    screening::Private,
    text::ExternalKey,
};

use super::{
    CaseMap, EntryMap, Files, Form, FormFile, FormTables, KeyMap, Matrikkel, PartyMap, ReferenceMap, ScreeningMap,
    Template, Wish, field,
};

impl FormTables {
    /// What a form becomes: pure, so the same form always becomes the same consignment.
    ///
    /// # Errors
    /// A [`Rejection`] with every field that is missing or cannot be read, by name; its content is never told.
    pub fn map(&self, form: &Form) -> Result<Consignment, Rejection> {
        let Some(table) = self.pick(form) else {
            let fault = Fault::new(FaultCode::UnknownRule, Place::Consignment);
            return Err(fault.because("no table fits this kind of form").into());
        };
        let mut mapper = Mapper { tables: self, form, faults: Vec::new() };
        let mut consignment = Consignment::new(self.source.clone(), form.key.clone());
        consignment.rule.clone_from(&table.rule);
        (consignment.case, consignment.facts) = mapper.case(&table.case);
        let entries = table.entries.iter().enumerate();
        consignment.entries = entries.map(|(nth, entry)| mapper.entry(nth, entry)).collect();
        match Rejection::of(mapper.faults) {
            Some(rejection) => Err(rejection),
            None => Ok(consignment),
        }
    }
}

struct Mapper<'a> {
    tables: &'a FormTables,
    form: &'a Form,
    faults: Vec<Fault>,
}

impl Mapper<'_> {
    fn case(&mut self, map: &CaseMap) -> (CaseWish, CaseFacts) {
        let key = match &map.key {
            Some(key) => self.key(key, Place::Case),
            None => Some(reference::key(self.tables.source.as_str(), CASE, self.form.key.as_str())),
        };
        let mut facts = CaseFacts::default();
        facts.kind = map.kind;
        facts.title = self.private(map.title.as_ref(), Place::Case);
        facts.public_title = self.private(map.public_title.as_ref(), Place::Case);
        facts.unit = self.text(map.unit.as_ref(), Place::Case);
        facts.case_handler = self.text(map.case_handler.as_ref(), Place::Case);
        facts.classes = map
            .classes
            .iter()
            .filter_map(|class| {
                let (value, screened) = (Private::new(self.present(&class.value)?), class.screened);
                Some(DesiredClass { system: class.system.clone(), value, screened })
            })
            .collect();
        facts.screening = map.screening.as_ref().and_then(|screening| self.screening(screening, Place::Case));
        let references: Vec<ExternalKey> = map.references.iter().filter_map(|map| self.reference(map)).collect();
        facts.external_keys = key.iter().cloned().chain(references).collect();
        (self.wish(map, key), facts)
    }

    fn wish(&mut self, map: &CaseMap, key: Option<ExternalKey>) -> CaseWish {
        let number = map.number.as_ref().and_then(|number| self.present(number));
        let named = match number {
            Some(text) => match text.parse::<CaseNumber>() {
                Ok(number) => Some(CaseName::Number(number)),
                Err(_) => {
                    self.unreadable(Place::Case, map.number.as_ref(), "a case number");
                    None
                }
            },
            None => key.map(CaseName::Key),
        };
        match (map.wish, named) {
            (Wish::New, _) | (_, None) => CaseWish::New,
            (Wish::Existing, Some(name)) => CaseWish::Existing(name),
            (Wish::FindOrNew, Some(name)) => CaseWish::FindOrNew(name),
        }
    }

    fn entry(&mut self, nth: usize, map: &EntryMap) -> EntryFacts {
        let place = Place::Entry { entry: nth };
        let mut entry = EntryFacts::new(self.private(Some(&map.title), place).unwrap_or_default());
        entry.key = match &map.key {
            Some(key) => self.key(key, place),
            None => {
                let own = self.form.key.as_str();
                let value = if nth == 0 { own.to_owned() } else { format!("{own}#{}", nth.saturating_add(1)) };
                Some(reference::key(self.tables.source.as_str(), ENTRY, value))
            }
        };
        (entry.sort, entry.kind, entry.status) = (map.sort.clone(), map.kind, map.status);
        entry.public_title = self.private(map.public_title.as_ref(), place);
        entry.document_date = match self.text(map.date.as_ref(), place) {
            None => Some(oslo_date(self.form.sent)),
            Some(text) => {
                let day = field::day(&text);
                if day.is_none() {
                    self.unreadable(place, map.date.as_ref(), "a date");
                }
                day
            }
        };
        entry.received = Some(self.form.came_in());
        entry.parties = map.parties.iter().filter_map(|party| self.party(party)).collect();
        entry.documents = documents(&self.form.files, map.files);
        entry.screening = map.screening.as_ref().and_then(|screening| self.screening(screening, place));
        entry
    }

    fn party(&self, map: &PartyMap) -> Option<PartyFacts> {
        let text = |template: &Option<Template>| template.as_ref().and_then(|template| self.present(template));
        let mut party = PartyFacts::new(map.role, Private::new(self.present(&map.name)?));
        party.identity = text(&map.identity).and_then(|number| field::identity(&number));
        if let (Some(street), Some(code), Some(city)) = (text(&map.street), text(&map.postal_code), text(&map.city)) {
            party.address = PostalAddress::new([street], &code, &city).ok();
        }
        party.contact.email = text(&map.email).map(Private::new);
        party.contact.phone = text(&map.phone).map(Private::new);
        party.screened = map.screened;
        Some(party)
    }

    fn reference(&mut self, map: &ReferenceMap) -> Option<ExternalKey> {
        match map {
            ReferenceMap::Key(KeyMap { system, kind, value }) => {
                Some(reference::key(system, kind, self.present(value)?))
            }
            ReferenceMap::Matrikkel(Matrikkel { municipality, farm, title, lease, section }) => {
                let municipality = self.present(municipality)?;
                let mut numbers = [0; 4];
                for (number, template) in
                    numbers.iter_mut().zip([Some(farm), Some(title), lease.as_ref(), section.as_ref()])
                {
                    let text = template.and_then(|template| self.present(template)).unwrap_or_default();
                    match field::number(&text) {
                        Some(read) => *number = read,
                        None => self.unreadable(Place::Case, template, "a number of the land register"),
                    }
                }
                let [farm, title, lease, section] = numbers;
                (farm > 0).then(|| reference::matrikkel(&municipality, farm, title, lease, section))
            }
        }
    }

    fn key(&mut self, map: &KeyMap, place: Place) -> Option<ExternalKey> {
        let value = self.text(Some(&map.value), place)?;
        Some(reference::key(&map.system, &map.kind, value))
    }

    fn screening(&mut self, map: &ScreeningMap, place: Place) -> Option<ScreeningWish> {
        let mut wish = ScreeningWish::new(self.text(Some(&map.code), place)?);
        wish.legal_basis = self.text(map.legal_basis.as_ref(), place);
        Some(wish)
    }

    fn private(&mut self, template: Option<&Template>, place: Place) -> Option<Private<String>> {
        self.text(template, place).map(Private::new)
    }

    /// The filled text, nothing when it is blank. A field that must be there and is not, is a fault.
    fn text(&mut self, template: Option<&Template>, place: Place) -> Option<String> {
        match template?.fill(self.form) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(field) => {
                let fault = Fault::new(FaultCode::InvalidContent, place);
                self.faults.push(fault.because(format_args!("field `{field}` is missing")));
                None
            }
        }
    }

    /// The filled text, nothing when a field is missing or it is blank.
    fn present(&self, template: &Template) -> Option<String> {
        template.fill(self.form).ok().filter(|text| !text.is_empty())
    }

    fn unreadable(&mut self, place: Place, template: Option<&Template>, wanted: &str) {
        let template = template.map(ToString::to_string).unwrap_or_default();
        let fault = Fault::new(FaultCode::InvalidContent, place);
        self.faults.push(fault.because(format_args!("`{template}` does not give {wanted}")));
    }
}

/// The files of an entry. Where none is the main one, the first is.
fn documents(files: &[FormFile], which: Files) -> Vec<DocumentFacts> {
    let wanted = files.iter().filter(|file| match which {
        Files::All => true,
        Files::Main => file.role == DocumentRole::Main,
        Files::Attachments => file.role != DocumentRole::Main,
    });
    let mut documents: Vec<DocumentFacts> = wanted
        .map(|file| {
            let mut document = DocumentFacts::new(file.role, file.file.clone());
            document.title.clone_from(&file.title);
            document
        })
        .collect();
    let has_main = documents.iter().any(|document| document.role == DocumentRole::Main);
    if let Some(first) = documents.first_mut().filter(|_| !has_main) {
        first.role = DocumentRole::Main;
    }
    documents
}
