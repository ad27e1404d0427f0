//! Requests for access, by the interface and by order.

use std::time::Duration;

use sakarkiv_core::ports::{AccessRequests, Clock, PortErrorKind};
use sakarkiv_einnsyn::parse_order;
use sakarkiv_testkit::simulators::{Fault, When, einnsyn::Action};

use super::world::World;

/// A world with so many entries published.
fn world_with(entries: u32) -> (World, Vec<String>) {
    let mut world = World::new();
    let ids = (1..=entries).map(|number| {
        let record = world.record(number);
        world.publish(&record);
        record.entry.to_string()
    });
    let ids = ids.collect();
    (world, ids)
}

fn asked(world: &World, email: &str, entries: &[String]) -> sakarkiv_testkit::simulators::einnsyn::Order {
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    world.einnsyn.place_order(email, &entries).unwrap()
}

#[test]
fn what_nobody_confirmed_is_left_alone_and_found_when_it_is() {
    let (world, entries) = world_with(2);
    let late = asked(&world, "sen@example.org", &entries[..1]);
    assert_eq!(world.run(world.requests.list()).unwrap(), [""; 0]);
    world.pass(24 * 20);
    world.einnsyn.verify_order(&late).unwrap();
    let listed = world.run(world.requests.list()).unwrap();
    assert_eq!(listed, late.requests);
    let request = world.run(world.requests.fetch(&listed[0])).unwrap();
    assert_eq!(request.order.as_ref(), Some(&late.id));
    assert_eq!(request.sent, world.clock.now());
}

#[test]
fn more_than_a_page_is_read() {
    let (world, entries) = world_with(3);
    for n in 0..70 {
        let order = asked(&world, &format!("s{n}@example.org"), &entries);
        world.einnsyn.verify_order(&order).unwrap();
        world.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(world.run(world.requests.list()).unwrap().len(), 210);
}

#[test]
fn the_same_request_is_listed_once_whichever_way_it_comes_first() {
    for order_first in [true, false] {
        let (world, entries) = world_with(2);
        let order = asked(&world, "sporrer@example.org", &entries);
        world.einnsyn.verify_order(&order).unwrap();
        let message = world.einnsyn.messages().pop().unwrap();
        let take = || world.run(world.requests.take_order(message.order_xml.as_bytes(), message.at)).unwrap();
        if order_first {
            let id = take().unwrap();
            assert_eq!(world.run(world.requests.list()).unwrap(), std::slice::from_ref(&id));
            assert_eq!(world.run(world.requests.fetch(&id)).unwrap().wanted.len(), 2);
            assert_eq!(take(), None, "nor by the same message again");
            world.run(world.requests.mark(&id)).unwrap();
        } else {
            assert_eq!(world.run(world.requests.list()).unwrap(), order.requests);
            assert_eq!(take(), None);
            order.requests.iter().for_each(|id| world.run(world.requests.mark(id)).unwrap());
            assert_eq!(take(), None, "nor after it was registered");
        }
        assert_eq!(world.run(world.requests.list()).unwrap(), [""; 0]);
    }
}

#[test]
fn orders_without_an_id_are_told_apart_by_who_asks_and_when_the_message_came() {
    let world = World::new();
    let take = |email: &str, minutes: u64| {
        let xml = format!(
            "<bestilling><kontaktinfo><e-post>{email}</e-post></kontaktinfo><dokumenter><dokument>\
             <saksnr>2026/318</saksnr><dokumentnr>1</dokumentnr></dokument></dokumenter></bestilling>"
        );
        let sent = world.clock.now() + Duration::from_secs(60 * minutes);
        world.run(world.requests.take_order(xml.as_bytes(), sent)).unwrap()
    };
    let first = take("en@example.org", 0).unwrap();
    let second = take("to@example.org", 0).unwrap();
    assert_ne!(first, second);
    let again = take("en@example.org", 5).unwrap();
    assert_eq!(world.run(world.requests.list()).unwrap().len(), 3);
    world.run(world.requests.mark(&again)).unwrap();
    assert_eq!([take("en@example.org", 0), take("en@example.org", 5)], [None, None], "the same message");
    let request = world.run(world.requests.fetch(&second)).unwrap();
    assert_eq!(request.requester.email.unwrap().expose(), "to@example.org");
}

#[test]
fn parts_of_an_order_that_name_nothing_readable_are_each_taken_once() {
    let world = World::new();
    let take = |case: &str| {
        let xml = format!(
            "<bestilling><id>ik_1</id><kontaktinfo><e-post>en@example.org</e-post></kontaktinfo><dokumenter><dokument>\
             <saksnr>{case}</saksnr></dokument></dokumenter></bestilling>"
        );
        world.run(world.requests.take_order(xml.as_bytes(), world.clock.now())).unwrap()
    };
    let ids = [take("en sak"), take("en annen")];
    assert!(ids.iter().all(Option::is_some) && ids[0] != ids[1], "{ids:?}");
    assert_eq!([take("en sak"), take("en annen")], [None, None]);
}

#[test]
fn orders_of_both_versions_name_the_entry_and_who_asks() {
    for version in [1, 2] {
        let (world, entries) = world_with(1);
        world.einnsyn.set_order_version(&world.unit.id, version);
        let order = asked(&world, "o'sporrer@example.org", &entries);
        world.einnsyn.verify_order(&order).unwrap();
        let message = world.einnsyn.messages().pop().unwrap();
        let request = parse_order(message.order_xml.as_bytes(), message.at).unwrap();
        assert_eq!(request.order.as_ref(), Some(&order.id));
        assert_eq!(request.requester.email.as_ref().unwrap().expose(), "o'sporrer@example.org");
        let wanted = &request.wanted[0];
        assert_eq!((wanted.case.unwrap().to_string().as_str(), wanted.number), ("2026/318", Some(1)));
        assert_eq!(wanted.entry.map(|entry| entry.to_string()), (version == 2).then(|| entries[0].clone()));
        assert_eq!(request.remarks, [""; 0]);
    }
}

#[test]
fn the_published_samples_of_orders_are_read() {
    for (name, count) in [("order-v1.xml", 1), ("order-v2.xml", 3)] {
        let path = format!("{}/../../shared/specs/einnsyn/samples/{name}", env!("CARGO_MANIFEST_DIR"));
        let Ok(xml) = std::fs::read(&path) else {
            println!("skipped: the published samples are not here");
            return;
        };
        let request = parse_order(&xml, "2026-09-14T08:00:00Z".parse().unwrap()).unwrap();
        assert_eq!((request.wanted.len(), request.order.as_deref()), (count, Some("ik_something")));
        assert!(request.wanted.iter().all(|wanted| wanted.case.is_some() && wanted.number.is_some()));
    }
}

#[test]
fn a_fault_at_any_call_neither_doubles_nor_loses_a_request() {
    for fault in [Fault::DropBefore, Fault::DropAfter, Fault::status(500), Fault::outage()] {
        for skip in 0..3 {
            let (world, entries) = world_with(2);
            let order = asked(&world, "sporrer@example.org", &entries);
            world.einnsyn.verify_order(&order).unwrap();
            for action in [Action::Requests, Action::WhoAmI] {
                world.einnsyn.faults().arm(action, When::Later { skip, strike: 1 }, fault.clone());
            }
            let mut listed = Vec::new();
            for _ in 0..5 {
                match world.run(world.requests.list()) {
                    Ok(list) => listed = list,
                    Err(error) => assert_eq!(error.kind(), PortErrorKind::Transient),
                }
            }
            assert_eq!(listed, order.requests);
        }
    }
}

#[test]
fn what_is_no_order_is_refused_and_tells_nothing() {
    let world = World::new();
    let error = world.run(world.requests.take_order(b"<post>Kari Testperson</post>", world.clock.now())).unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Rejected);
    assert!(!format!("{error} {error:?}").contains("Kari"));
}

#[test]
fn nothing_is_kept_of_who_asked_once_a_request_is_registered() {
    let (world, entries) = world_with(1);
    let order = asked(&world, "sporrer@example.org", &entries);
    world.einnsyn.verify_order(&order).unwrap();
    let listed = world.run(world.requests.list()).unwrap();
    let kept = |world: &World| {
        ["einnsyn.request", "einnsyn.request-marked", "einnsyn.request-asked"].map(|kind| {
            let filter = sakarkiv_core::ports::KeptFilter::of(kind);
            let store: &dyn sakarkiv_core::ports::Store = &*world.store;
            let all = world.run(store.kept_list(&super::world::tenant(), &filter, None, 100)).unwrap();
            all.into_iter().map(|kept| kept.value).collect::<String>()
        })
    };
    assert!(kept(&world)[0].contains("sporrer@example.org"));
    world.run(world.requests.mark(&listed[0])).unwrap();
    assert!(kept(&world).iter().all(|text| !text.contains("sporrer")));
}
