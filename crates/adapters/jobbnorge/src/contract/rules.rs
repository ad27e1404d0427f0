//! What the form of a delivery cannot tell: whether its parts fit each other and the rules of the archive.

use std::collections::BTreeSet;

use sakarkiv_core::screening::{Mask, Whole};

use super::{ApplicantStatus, DeliveredDocument, Delivery, DocumentKind, Event, Exemption, Fault, FaultCode};
use crate::{
    config::RecruitmentConfig,
    screening::{self, DocumentFacts, Treatment},
};

/// How the bytes of a delivery come, which decides what a file must say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binding {
    /// Parts of the same form; each file names its part (`del`).
    Push,
    /// Fetched; each file names its address (`hentUrl`).
    Pull,
    /// Beside the delivery, under the file's own name.
    Folder,
}

impl Delivery {
    /// Checks what must hold beyond the form, and decides how each document is registered, in the order of the documents.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn check(&self, config: &RecruitmentConfig, binding: Binding) -> Result<Vec<Treatment>, Vec<Fault>> {
        let mut faults = Vec::new();
        if !config.employers.contains(&self.employer.number) {
            let message = "the archive does not take deliveries of this organisation; have it set up";
            faults.push(Fault::new(FaultCode::UnknownOrganisation, "/virksomhet/organisasjonsnummer", message));
        }
        self.check_applicants(&mut faults);
        self.check_case_titles(&mut faults);
        self.check_identities(&mut faults);
        let mut treatments = Vec::new();
        for (index, document) in self.documents.iter().enumerate() {
            let place = |member: &str| format!("/dokumenter/{index}/{member}");
            self.check_relations(document, &place, &mut faults);
            self.check_file(document, config, binding, &place, &mut faults);
            match screening::treat(&self.facts(document, config)) {
                Ok(treatment) => treatments.push(treatment),
                Err(refused) => faults.push(Fault::new(refused.code, place(refused.member), refused.message)),
            }
        }
        if faults.is_empty() { Ok(treatments) } else { Err(faults) }
    }

    fn check_applicants(&self, faults: &mut Vec<Fault>) {
        let mut seen = BTreeSet::new();
        for (index, applicant) in self.applicants.iter().enumerate() {
            if !seen.insert(applicant.id.as_str()) {
                faults.push(Fault::invalid(
                    format!("/soekere/{index}/soekerId"),
                    "is the id of an earlier applicant too",
                ));
            }
        }
    }

    /// No applicant's name in what becomes the title of the case, which is public.
    fn check_case_titles(&self, faults: &mut Vec<Fault>) {
        let names = self.applicants.iter().filter_map(|applicant| applicant.name.as_ref());
        let mask = names.fold(Mask::new(), |mask, name| mask.with(name.expose(), Whole::Yes));
        let texts = [
            ("stillingstittel", Some(self.vacancy.title.as_str())),
            ("arbeidssted", self.vacancy.workplace.as_deref()),
            ("referanse", self.vacancy.reference.as_deref()),
        ];
        for (member, text) in texts {
            if text.is_some_and(|text| mask.apply(text) != text) {
                let message = "names an applicant; the case's title is public";
                faults.push(Fault::invalid(format!("/sak/{member}"), message));
            }
        }
    }

    fn check_identities(&self, faults: &mut Vec<Fault>) {
        let mut seen = BTreeSet::new();
        for (index, document) in self.documents.iter().enumerate() {
            if !seen.insert((document.id.as_str(), document.version)) {
                let message = "is the id and version of an earlier document too";
                faults.push(Fault::invalid(format!("/dokumenter/{index}/dokumentId"), message));
            }
        }
    }

    fn check_relations(&self, document: &DeliveredDocument, place: &impl Fn(&str) -> String, faults: &mut Vec<Fault>) {
        use DocumentKind as K;
        let mut add = |member: &str, message: &str| faults.push(Fault::invalid(place(member), message));
        if document.applicant.as_deref().is_some_and(|id| self.applicant(id).is_none()) {
            add("soekerId", "names no applicant of the delivery; send the applicant with it");
        }
        let of_one = matches!(document.kind, K::Application | K::Offer | K::Rejection | K::Contract);
        let of_one_or_attached = matches!(document.kind, K::Cv | K::Testimonial) && document.attached_to.is_none();
        if document.applicant.is_none() && (of_one || of_one_or_attached) {
            add("soekerId", "is missing: this kind of document is about one applicant");
        }
        if document.replaces.is_some_and(|earlier| earlier >= document.version) {
            add("erstatterVersjon", "must be lower than the version");
        }
        match (self.main_of(document), document.attached_to.as_deref()) {
            (_, Some(main)) if main == document.id => add("hoveddokumentId", "names the document itself"),
            (Some(main), _) if main.attached_to.is_some() => {
                add("hoveddokumentId", "names an attachment; name the main document");
            }
            (Some(main), _) if document.applicant.is_some() && main.applicant != document.applicant => {
                add("hoveddokumentId", "names a document about another applicant");
            }
            _ => {}
        }
    }

    fn check_file(
        &self,
        document: &DeliveredDocument,
        config: &RecruitmentConfig,
        binding: Binding,
        place: &impl Fn(&str) -> String,
        faults: &mut Vec<Fault>,
    ) {
        let Some(file) = &document.file else {
            if self.event != Event::DocumentWithdrawn {
                faults.push(Fault::new(
                    FaultCode::FileMissing,
                    place("fil"),
                    "is missing: send the file with the document",
                ));
            }
            return;
        };
        if !config.media_types.contains(&file.media_type) {
            let taken: Vec<&str> = config.media_types.iter().map(|kind| kind.as_str()).collect();
            let message = format!("is not taken; taken are {}", taken.join(", "));
            faults.push(Fault::new(FaultCode::FormatRefused, place("fil/mimetype"), message));
        }
        if file.size > config.file_bytes {
            let message =
                format!("is larger than {} bytes; split the file or have the limit raised", config.file_bytes);
            faults.push(Fault::invalid(place("fil/stoerrelse"), message));
        }
        let (member, there) = match binding {
            Binding::Push => ("del", file.part.is_some()),
            Binding::Pull => ("hentUrl", file.url.is_some()),
            Binding::Folder => ("filnavn", true),
        };
        if !there {
            let message = "is missing: it says where the bytes are";
            faults.push(Fault::new(FaultCode::FileMissing, place(&format!("fil/{member}")), message));
        }
    }

    /// What the screening decision looks at. A delivery that tells of no applicants does not tell that none is left out. Of a
    /// document that was withdrawn only that it was is registered, so nothing of
    /// it can be wrong.
    fn facts(&self, document: &DeliveredDocument, config: &RecruitmentConfig) -> DocumentFacts {
        let about = self.applicant_of(document);
        let withdrawn = self.event == Event::DocumentWithdrawn;
        let any = |exemption| self.applicants.iter().any(|applicant| applicant.exemption == exemption);
        DocumentFacts {
            kind: document.kind,
            direction: document.direction.filter(|_| !withdrawn),
            about: about.map(|applicant| applicant.exemption),
            hired: about.is_some_and(|applicant| applicant.status == ApplicantStatus::Hired),
            any_pending: !withdrawn && any(Exemption::Pending),
            any_granted: self.applicants.is_empty() || any(Exemption::Granted),
            asked: !withdrawn && document.screening.is_some(),
            opened: config.screening.open.contains(&document.kind),
            notes_exempt: if withdrawn { Some(true) } else { config.screening.notes_exempt },
        }
    }
}

#[cfg(test)]
mod tests {
    use sakarkiv_core::identity::OrganisationNumber;
    use serde_json::{Value, json};

    use super::*;
    use crate::{contract::samples, screening::Protection};

    fn config() -> RecruitmentConfig {
        RecruitmentConfig::new([OrganisationNumber::parse(samples::EMPLOYER).unwrap()])
    }

    /// The faults of the usual delivery after a change, as `code pointer`.
    fn faults(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut value = samples::delivery();
        change(&mut value);
        let delivery = Delivery::from_json(&value).unwrap();
        let faults = delivery.check(&config(), Binding::Folder).err().unwrap_or_default();
        faults.iter().map(|fault| format!("{} {}", fault.code, fault.pointer)).collect()
    }

    #[test]
    fn the_usual_delivery_is_sound() {
        assert_eq!(faults(|_| ()), [""; 0]);
    }

    #[test]
    fn each_broken_rule_is_told_by_its_code_and_place() {
        let doc = |index: usize, member: &'static str, value: Value| {
            faults(move |delivery| delivery["dokumenter"][index][member] = value)
        };
        assert_eq!(doc(1, "soekerId", json!("99")), ["ugyldig-innhold /dokumenter/1/soekerId"]);
        assert_eq!(doc(0, "versjon", json!(1)), [""; 0]);
        assert_eq!(doc(0, "erstatterVersjon", json!(1)), ["ugyldig-innhold /dokumenter/0/erstatterVersjon"]);
        assert_eq!(doc(0, "hoveddokumentId", json!("liste")), ["ugyldig-innhold /dokumenter/0/hoveddokumentId"]);
        assert_eq!(doc(0, "retning", json!("inn")), ["ugyldig-innhold /dokumenter/0/retning"]);
        assert_eq!(doc(0, "dokumenttype", json!("notat")), ["skjerming-mangler /dokumenter/0/skjerming"]);
        assert_eq!(
            faults(|delivery| delivery["virksomhet"]["organisasjonsnummer"] = json!("123456785")),
            ["ukjent-virksomhet /virksomhet/organisasjonsnummer"]
        );
        assert_eq!(
            faults(|delivery| delivery["dokumenter"][0]["fil"]["mimetype"] = json!("application/x-sh")),
            ["format-ikke-tillatt /dokumenter/0/fil/mimetype"]
        );
        assert_eq!(
            faults(|delivery| delivery["dokumenter"][0].as_object_mut().unwrap().retain(|name, _| name != "fil")),
            ["fil-mangler /dokumenter/0/fil"]
        );
        assert_eq!(
            faults(|delivery| delivery["soekere"][0]["soekerId"] = json!("2")),
            ["ugyldig-innhold /soekere/1/soekerId"]
        );
    }

    #[test]
    fn a_case_title_that_names_an_applicant_is_refused_without_repeating_the_name() {
        let told = |delivery: &mut Value| delivery["sak"]["stillingstittel"] = json!("Rektor etter OLA  dunk");
        assert_eq!(faults(told), ["ugyldig-innhold /sak/stillingstittel"]);
    }

    #[test]
    fn the_public_list_waits_for_every_request_that_is_told_of_to_be_decided() {
        let list = |delivery: &mut Value| {
            delivery["dokumenter"][0]["dokumenttype"] = json!("offentlig-soekerliste");
            delivery["dokumenter"][0].as_object_mut().unwrap().remove("skjerming");
        };
        assert_eq!(faults(list), [""; 0]);
        let pending = |delivery: &mut Value| {
            list(delivery);
            delivery["soekere"][0]["unntakOffentlighet"] = json!("under-behandling");
        };
        assert_eq!(faults(pending), ["ugyldig-innhold /dokumenter/0/dokumenttype"]);
    }

    #[test]
    fn an_opened_document_is_public_only_when_the_delivery_tells_that_nobody_in_it_is_left_out() {
        let mut config = config();
        config.screening.open = [DocumentKind::InterviewMinutes, DocumentKind::ExtendedList].into();
        config.screening.notes_exempt = Some(false);
        for kind in ["intervjureferat", "utvidet-soekerliste", "notat"] {
            let open = |change: fn(&mut Value)| {
                let mut value = samples::delivery();
                value["dokumenter"].as_array_mut().unwrap().truncate(1);
                value["dokumenter"][0]["dokumenttype"] = json!(kind);
                change(&mut value);
                let treatments = Delivery::from_json(&value).unwrap().check(&config, Binding::Folder).unwrap();
                treatments[0].protection == Protection::Open
            };
            assert!(!open(|_| ()), "{kind}: one is left out");
            assert!(open(|delivery| delivery["soekere"][1]["unntakOffentlighet"] = json!("avslaatt")), "{kind}");
            assert!(!open(|delivery| delivery["soekere"] = json!([])), "{kind}: nothing is told");
            assert!(
                !open(|delivery| drop(delivery.as_object_mut().unwrap().remove("soekere"))),
                "{kind}: nothing is told"
            );
        }
    }

    #[test]
    fn a_file_says_where_its_bytes_are_as_the_binding_needs_it() {
        let delivery = Delivery::from_json(&samples::delivery()).unwrap();
        let of = |binding| {
            delivery.check(&config(), binding).map_or_else(|faults| faults[0].pointer.clone(), |_| String::new())
        };
        assert_eq!(of(Binding::Folder), "");
        assert_eq!(of(Binding::Push), "/dokumenter/0/fil/del");
        assert_eq!(of(Binding::Pull), "/dokumenter/0/fil/hentUrl");
    }
}
