use proptest::prelude::*;
use sakarkiv_core::{
    identity::{OrganisationNumber, UnitId},
    intake::{ArchiveFacts, IntakePlan, Planned, PlannedCase, PlannedEntry, plan},
    ports::Entropy,
};
use serde_json::{Value, json};

use super::*;
use crate::contract::{ApplicantStatus, Exemption, samples};

fn config() -> RecruitmentConfig {
    RecruitmentConfig::new([OrganisationNumber::parse(samples::EMPLOYER).unwrap()])
}

fn source() -> SourceId {
    SourceId::new("jobbnorge").unwrap()
}

fn consignment_of(value: &Value, config: &RecruitmentConfig) -> Consignment {
    let delivery = Delivery::from_json(value).unwrap();
    let prepared = delivery.prepare(config, Binding::Folder).unwrap();
    let blob = |index: usize| {
        let file = delivery.documents[index].file.as_ref().unwrap();
        Some(BlobRef { hash: file.hash, size: file.size })
    };
    prepared.consignment(source(), consignment_key(&delivery).unwrap(), config, blob)
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = samples::delivery();
    change(&mut value);
    value
}

#[derive(Debug)]
struct Counting(std::sync::atomic::AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}

/// What the archive would make of it, in an archive that has nothing yet.
fn planned(value: &Value, config: &RecruitmentConfig) -> IntakePlan {
    let consignment = consignment_of(value, config);
    let rules = intake_rules(config, UnitId::new("hr").unwrap());
    let facts = ArchiveFacts::new(
        "2026-03-02T09:00:00Z".parse().unwrap(),
        sakarkiv_core::identity::ActorId::new("jn").unwrap(),
    );
    match plan(&consignment, &facts, &rules, &Counting(1.into())) {
        Ok(Planned::Todo(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_posting_becomes_one_case_under_its_own_key_and_a_known_case_is_named_by_its_number() {
    let consignment = consignment_of(&samples::delivery(), &config());
    let key = reference::key("JobbNorge", reference::CASE, "stilling/4711");
    assert_eq!(consignment.case, CaseWish::FindOrNew(CaseName::Key(key.clone())));
    assert_eq!(consignment.facts.external_keys, [key]);
    let title = consignment.facts.title.unwrap();
    assert_eq!(title.expose(), "Ansettelse - Barnehagelærer, Solbakken barnehage - st.ref. 4711");
    assert_eq!(consignment.sequence, Some(Sequence { row: "stilling/4711".to_owned(), number: 3 }));
    let known = changed(|delivery| delivery["sak"]["arkivSaksnummer"] = json!("2026/318"));
    assert!(matches!(consignment_of(&known, &config()).case, CaseWish::Existing(CaseName::Number(_))));
}

#[test]
fn an_application_is_incoming_with_its_applicant_screened_and_the_name_only_in_the_title() {
    let value = changed(|delivery| {
        delivery["soekere"][1]["navn"] = json!("Eva Skjult");
        delivery["soekere"][1]["foedselsnummer"] = json!("01819000553");
    });
    let consignment = consignment_of(&value, &config());
    let application = &consignment.entries[1];
    assert_eq!(application.kind, Some(EntryKind::Incoming));
    assert_eq!(application.title.expose(), "Søknad fra Eva Skjult");
    assert_eq!(application.public_title.as_ref().unwrap().expose(), "Søknad - st.ref. 4711");
    assert!(application.parties[0].screened && application.parties[0].identity.is_some());
    let screening = application.screening.as_ref().unwrap();
    assert_eq!((screening.code.as_str(), screening.legal_basis.as_deref()), ("UO", Some("Offl. § 25 første ledd")));
    let words: Vec<&str> = screening.words.iter().map(|word| word.expose().as_str()).collect();
    assert_eq!(words, ["Eva", "Skjult"]);
    assert_eq!(application.key.as_ref().unwrap().value.expose(), "stilling/4711/dok/soeknad-2/v1");
    assert_eq!(application.external_keys[0].value.expose(), "bevares");
}

#[test]
fn a_letter_was_sent_on_its_own_day_however_often_it_is_delivered() {
    let sent = |date: Option<&str>, at: &str| {
        let value = changed(|delivery| {
            delivery["tidspunkt"] = json!(at);
            let letter = delivery["dokumenter"][1].as_object_mut().unwrap();
            letter.insert("dokumenttype".to_owned(), json!("tilbudsbrev"));
            letter.retain(|name, _| !matches!(name.as_str(), "retning" | "dokumentdato"));
            letter.extend(date.map(|date| ("dokumentdato".to_owned(), json!(date))));
        });
        consignment_of(&value, &config()).entries[1].sent.unwrap()
    };
    let [first, again] = ["2026-03-02T08:15:00Z", "2026-03-09T08:15:00Z"];
    assert_eq!(sent(Some("2026-03-01"), first), sent(Some("2026-03-01"), again));
    assert_eq!(sent(Some("2026-03-01"), first).to_rfc3339(), "2026-02-28T23:00:00+00:00");
    assert_eq!(sent(None, first).to_rfc3339(), "2026-03-02T08:15:00+00:00");
}

#[test]
fn an_applicant_without_a_name_is_known_by_a_number() {
    let consignment = consignment_of(&samples::delivery(), &config());
    assert_eq!(consignment.entries[1].parties[0].name.expose(), "Søker 2");
}

#[test]
fn only_the_applications_that_the_policy_names_are_archived() {
    let with = |applications| {
        let config = RecruitmentConfig { applications, ..config() };
        let value = changed(|delivery| {
            let mut other = delivery["dokumenter"][1].clone();
            other["dokumentId"] = json!("soeknad-1");
            other["soekerId"] = json!("1");
            delivery["dokumenter"].as_array_mut().unwrap().push(other);
        });
        let sorts = consignment_of(&value, &config).entries;
        sorts.iter().filter(|entry| entry.sort.as_deref() == Some("soeknad")).count()
    };
    assert_eq!(
        [ApplicationPolicy::All, ApplicationPolicy::Hired, ApplicationPolicy::None].map(with),
        [2, 1, 0],
        "the second applicant was hired"
    );
}

#[test]
fn a_cv_lies_with_its_application_and_an_attachment_that_is_protected_otherwise_by_itself() {
    let value = changed(|delivery| {
        let documents = delivery["dokumenter"].as_array_mut().unwrap();
        let mut cv = documents[1].clone();
        cv["dokumentId"] = json!("cv-2");
        cv["dokumenttype"] = json!("cv");
        cv["hoveddokumentId"] = json!("soeknad-2");
        let mut apart = cv.clone();
        apart["dokumentId"] = json!("attest-2");
        apart["dokumenttype"] = json!("attest");
        apart["skjerming"] = json!({"tilgangskode": "P", "hjemmel": "Offl. § 13"});
        documents.extend([cv, apart]);
    });
    let entries = consignment_of(&value, &config()).entries;
    assert_eq!(entries.len(), 3);
    let names: Vec<&str> = entries[1].documents.iter().map(|document| document.files[0].name.as_str()).collect();
    assert_eq!(names, ["soknad.pdf", "soknad (2).pdf"], "two files of an entry never share a name");
    assert_eq!(entries[2].screening.as_ref().unwrap().code, "P");
}

#[test]
fn the_public_list_is_open_by_a_name_of_its_own_and_passes_the_archives_rules() {
    let value = changed(|delivery| {
        let list = &mut delivery["dokumenter"][0];
        list["dokumenttype"] = json!("offentlig-soekerliste");
        list["offentligTittel"] = json!("Søkerliste med Ola Dunk");
        list["fil"]["filnavn"] = json!("liste for Ola Dunk.pdf");
    });
    let plan = planned(&value, &config());
    let PlannedEntry::Register { entry, .. } = &plan.entries[0] else { panic!("registered") };
    assert_eq!(entry.screening, None);
    assert_eq!(entry.public_title.as_ref().unwrap().expose(), "Offentlig søkerliste - st.ref. 4711");
    let document = &entry.documents[0].document;
    assert_eq!(document.public_title(), "Offentlig søkerliste - st.ref. 4711");
    assert_eq!(document.versions()[0].file_name.as_str(), "Offentlig søkerliste.pdf");
}

#[test]
fn a_new_version_is_a_new_entry_that_names_the_one_before() {
    let value = changed(|delivery| {
        delivery["hendelse"] = json!("dokument.erstattet");
        delivery["dokumenter"][0]["versjon"] = json!(2);
        delivery["dokumenter"][0]["erstatterVersjon"] = json!(1);
    });
    let entry = &consignment_of(&value, &config()).entries[0];
    assert_eq!(entry.key.as_ref().unwrap().value.expose(), "stilling/4711/dok/liste/v2");
    let earlier = entry.external_keys.iter().find(|key| key.kind == EARLIER).unwrap();
    assert_eq!(earlier.value.expose(), "stilling/4711/dok/liste/v1");
}

#[test]
fn a_withdrawal_and_a_cancelled_vacancy_are_remarks_and_delete_nothing() {
    let withdrawn = changed(|delivery| {
        delivery["hendelse"] = json!("dokument.trukket");
        for document in delivery["dokumenter"].as_array_mut().unwrap() {
            document.as_object_mut().unwrap().remove("fil");
        }
    });
    let plan = planned(&withdrawn, &config());
    assert_eq!(plan.entries.len(), 2);
    let PlannedEntry::Register { entry, .. } = &plan.entries[1] else { panic!("registered") };
    assert_eq!(entry.title.expose(), "Trukket: Søknad - st.ref. 4711, versjon 1");
    let cancelled = changed(|delivery| {
        delivery["hendelse"] = json!("sak.avlyst");
        delivery.as_object_mut().unwrap().remove("dokumenter");
    });
    let consignment = consignment_of(&cancelled, &config());
    assert_eq!(consignment.finish, Some(CaseStatus::HandlerClosed));
    assert_eq!(consignment.entries.len(), 1);
    let with_documents = changed(|delivery| delivery["hendelse"] = json!("sak.avlyst"));
    assert_eq!(consignment_of(&with_documents, &config()).entries.len(), 3, "the last documents come in too");
}

#[test]
fn changed_facts_of_a_case_correct_the_delivery_that_opened_it() {
    let event = |event: &str| {
        changed(|delivery| {
            delivery["hendelse"] = json!(event);
            delivery.as_object_mut().unwrap().remove("dokumenter");
        })
    };
    let opened = consignment_of(&event("sak.opprettet"), &config());
    let later = consignment_of(&event("sak.endret"), &config());
    assert_eq!(later.relation, Relation::Corrects(opened.key.clone()));
    assert_ne!(later.key, opened.key);
    assert!(opened.relation.is_first());
}

#[test]
fn the_whole_case_is_planned_as_a_recruitment_case_by_the_rules_that_fit() {
    let plan = planned(&samples::delivery(), &config());
    let PlannedCase::Open(case) = &plan.case else { panic!("opened") };
    assert_eq!(case.kind, CaseKind::Recruitment);
    assert_eq!(plan.entries.len(), 2);
    for entry in &plan.entries {
        let PlannedEntry::Register { entry, .. } = entry else { panic!("registered") };
        assert_eq!(entry.screening.as_ref().unwrap().code().as_str(), "UO");
    }
}

/// A delivery with applicants of any standing and a document of any kind about any of them.
fn any_delivery() -> impl Strategy<Value = (Value, RecruitmentConfig)> {
    let person =
        ("[A-ZÆØÅ][a-zæøå]{4,8}qv", "[A-ZÆØÅ][a-zæøå]{4,8}qz", 0..Exemption::ALL.len(), 0..ApplicantStatus::ALL.len());
    let people = proptest::collection::vec(person, 1..4);
    let documents =
        proptest::collection::vec((0..DocumentKind::ALL.len(), 0..5_usize, any::<bool>(), any::<bool>()), 1..5);
    (people, documents, any::<[bool; 3]>(), 0..3_usize).prop_map(
        |(people, documents, [open, notes, exempt], policy)| {
            let name = |index: usize| {
                let (first, last, ..) = &people[index % people.len()];
                format!("{first} {last}")
            };
            let mut value = samples::delivery();
            value["soekere"] = people.iter().enumerate().map(|(index, (_, _, exemption, status))| json!({
            "soekerId": index.to_string(), "navn": name(index),
            "unntakOffentlighet": Exemption::ALL[*exemption].word(), "status": ApplicantStatus::ALL[*status].word(),
        })).collect();
            value["dokumenter"] = documents
                .iter()
                .enumerate()
                .map(|(index, (kind, about, asked, proposed))| {
                    let mut document = samples::delivery()["dokumenter"][0].clone();
                    document["dokumentId"] = json!(format!("d{index}"));
                    document["dokumenttype"] = json!(DocumentKind::ALL[*kind].word());
                    document["tittel"] = json!(format!("Om {}", name(*about)));
                    document["fil"]["filnavn"] = json!(format!("{}.pdf", name(*about)));
                    document.as_object_mut().unwrap().remove("retning");
                    if *about < people.len() {
                        document["soekerId"] = json!(about.to_string());
                    }
                    if *asked {
                        document["skjerming"] = json!({"tilgangskode": "UO", "hjemmel": "Offl. § 25"});
                    }
                    if *proposed {
                        document["offentligTittel"] = json!(format!("Sak {}", name(*about).to_uppercase()));
                    }
                    document
                })
                .collect();
            let mut config = config();
            config.applications = [ApplicationPolicy::All, ApplicationPolicy::Hired, ApplicationPolicy::None][policy];
            config.screening.open = if open { DocumentKind::ALL.iter().copied().collect() } else { BTreeSet::new() };
            config.screening.notes_exempt = notes.then_some(exempt);
            (value, config)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_applicants_name_is_in_anything_public_of_any_delivery_that_is_taken((value, config) in any_delivery()) {
        let delivery = Delivery::from_json(&value).unwrap();
        if delivery.prepare(&config, Binding::Folder).is_err() {
            return Ok(());
        }
        let plan = planned(&value, &config);
        let PlannedCase::Open(case) = &plan.case else { panic!("opened") };
        let mut public = vec![case.public_title.clone().unwrap().expose().clone()];
        let mut shown_parties = Vec::new();
        for entry in &plan.entries {
            let PlannedEntry::Register { entry, .. } = entry else { panic!("registered") };
            let own = entry.public_title.clone().unwrap().expose().clone();
            public.push(entry.screening.as_ref().map_or(own.clone(), |screening| screening.public_title(&own)));
            let hidden = entry.screening.is_some();
            shown_parties.extend(entry.parties.iter().filter(|party| !hidden || !party.is_screened()).map(|party| party.public_name().to_owned()));
            for document in entry.documents.iter().filter(|_| !hidden) {
                public.push(document.document.public_title());
                public.extend(document.document.versions().iter().map(|version| version.file_name.as_str().to_owned()));
            }
        }
        for applicant in &delivery.applicants {
            let name = applicant.name.as_ref().unwrap().expose();
            for text in &public {
                let mask = name.split(' ').fold(Mask::new(), |mask, part| mask.with(part, Whole::No));
                prop_assert_eq!(mask.apply(text), text.clone(), "a name is public");
            }
            let left_out = matches!(applicant.exemption, Exemption::Granted | Exemption::Pending);
            prop_assert!(!left_out || !shown_parties.contains(name), "somebody left out is a public party");
        }
    }
}
