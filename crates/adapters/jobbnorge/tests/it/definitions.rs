//! Deliveries and receipts against the published schemas: what we write keeps to them, and what they refuse we refuse.

use proptest::prelude::*;
use sakarkiv_core::intake::{FaultCode, Place, Rejection};
use sakarkiv_jobbnorge::{
    contract::{Binding, Delivery, DeliveryState, Fault, Receipt},
    mapping::consignment_key,
};
use sakarkiv_testkit::definitions::Definition;
use serde_json::{Value, json};

use crate::support::{config, receipt, sim, vacancy, whole_case};

fn deliveries() -> Option<Definition> {
    Definition::published_schema("jobbnorge", "rekruttering-leveranse-v1.schema.json", "leveranse")
}

fn receipts() -> Option<Definition> {
    Definition::published_schema("jobbnorge", "rekruttering-kvittering-v1.schema.json", "kvittering")
}

fn samples() -> Vec<Value> {
    let (_, sim) = sim();
    whole_case(&vacancy(&sim)).into_iter().map(|delivery| delivery.body).collect()
}

#[test]
fn every_delivery_that_is_read_is_written_again_as_the_schema_wants_it() {
    let Some(definition) = deliveries() else { return };
    for sample in samples() {
        assert_eq!(definition.problems("leveranse", &sample), [""; 0]);
        let delivery = Delivery::from_json(&sample).unwrap();
        let written = delivery.to_json();
        assert_eq!(definition.problems("leveranse", &written), [""; 0]);
        assert_eq!(Delivery::read(written.to_string().as_bytes()).unwrap(), delivery);
    }
}

#[test]
fn every_receipt_keeps_to_the_schema() {
    let Some(definition) = receipts() else { return };
    let sound = |receipt: &Receipt| assert_eq!(definition.problems("kvittering", &receipt.to_json()), [""; 0]);
    let now = crate::support::NOW.parse().unwrap();
    for sample in samples() {
        let delivery = Delivery::from_json(&sample).unwrap();
        let prepared = delivery.prepare(&config(), Binding::Folder).unwrap();
        let blob = |index: usize| {
            let file = delivery.documents[index].file.as_ref()?;
            Some(sakarkiv_core::document::BlobRef { hash: file.hash, size: file.size })
        };
        let source = sakarkiv_core::identity::SourceId::new("jobbnorge").unwrap();
        let consignment = prepared.consignment(source, consignment_key(&delivery).unwrap(), &config(), blob);
        sound(&prepared.receipt(&receipt(&consignment)));
        for code in FaultCode::ALL.iter().copied() {
            for place in [
                Place::Consignment,
                Place::Case,
                Place::Entry { entry: 0 },
                Place::File { entry: 9, document: 0, file: 0 },
            ] {
                sound(&prepared.refusal(&Rejection::new(code, place), now));
            }
        }
    }
    for state in DeliveryState::ALL {
        sound(&Receipt::new("a".to_owned(), *state, now));
    }
    for code in sakarkiv_jobbnorge::contract::FaultCode::ALL {
        sound(&Receipt::refusing_unread(
            "a".to_owned(),
            &[Fault::new(*code, "", "m"), Fault::new(*code, "/sak", "n")],
            now,
        ));
    }
}

#[test]
fn the_public_list_of_the_simulator_keeps_to_what_was_observed() {
    let Some(definition) = Definition::published_schema("jobbnorge", "public-jobs-v3.observed.schema.json", "liste")
    else {
        return;
    };
    let list = json!({"jobs": [{"id": 1, "title": "Lærer", "deadline": "Løpende", "jobType": null, "locations": null}],
        "meta": {"jobCountTotal": 1, "employerCountTotal": 1}});
    assert_eq!(definition.problems("liste", &list), [""; 0]);
}

/// Every place in a document.
fn places(value: &Value, pointer: &str, all: &mut Vec<String>) {
    all.push(pointer.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| places(member, &format!("{pointer}/{name}"), all))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{pointer}/{index}"), all));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Any value in any place: whatever the schema refuses, the reader refuses too, and says where.
    #[test]
    fn nothing_is_read_that_the_schema_refuses(sample in 0..6_usize, place in any::<prop::sample::Index>(), bad in 0..14_usize) {
        let Some(definition) = deliveries() else { return Ok(()) };
        let mut value = samples()[sample].clone();
        let mut all = Vec::new();
        places(&value, "", &mut all);
        let place = place.get(&all);
        let strange = [json!(null), json!(""), json!(" "), json!("x"), json!(0), json!(-1), json!(1.5), json!(1), json!([]),
            json!({}), json!(true), json!("2026-02-30"), json!("x".repeat(300)), json!({"ukjent": 1})];
        *value.pointer_mut(place).unwrap() = strange[bad].clone();
        let refused = !definition.problems("leveranse", &value).is_empty();
        match Delivery::from_json(&value) {
            Ok(delivery) => {
                prop_assert!(!refused, "{place} {}: {:?}", strange[bad], definition.problems("leveranse", &value));
                prop_assert_eq!(definition.problems("leveranse", &delivery.to_json()), [""; 0]);
            }
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }
}
