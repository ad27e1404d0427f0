//! Transactions and records, one behaviour a test.

use futures_util::future::join_all;
use sakarkiv_core::{
    case::CaseChange,
    delivery::{DeliveryState, Priority},
    document::{BlobRef, Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{DocumentId, NoticeId},
    journal::{Change, NewDocument},
    ports::{Assigned, DeliveryFilter, Fence, Op, Remembered, Store as _, StoreError, Transaction},
    routing::MailboxKind,
};

use crate::support::*;

fn mark(name: &str, value: &str) -> Op {
    Op::PutMark { name: name.to_owned(), value: Some(value.to_owned()) }
}

fn remember(key: &str) -> Op {
    Op::Remember { key: key.to_owned(), object: Remembered::Letter(letter_id(1)) }
}

#[test]
fn case_numbers_run_through_a_year_of_a_tenant_without_gaps() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        let first = commit(store, &bodo(), open_case(1, 2026)).await.unwrap();
        let failing = Transaction::new(bodo()).with(open_case(2, 2026)).with(add_entry(2, 99, 2026));
        assert!(matches!(store.commit(failing).await, Err(StoreError::NotFound { what: "case" })));
        let second = commit(store, &bodo(), open_case(3, 2026)).await.unwrap();
        let next_year = commit(store, &bodo(), open_case(4, 2027)).await.unwrap();
        let elsewhere = commit(store, &fire(), open_case(5, 2026)).await.unwrap();
        let numbers: Vec<_> =
            [first, second, next_year, elsewhere].iter().map(|number| case_number(number).to_string()).collect();
        assert_eq!(numbers, ["2026/1", "2026/2", "2027/1", "2026/1"]);
        assert!(store.case(&bodo(), case_id(2)).await.unwrap().is_none(), "the failed one left nothing");
        let number = case_number(&commit(store, &bodo(), open_case(6, 2026)).await.unwrap());
        assert!(store.case_by_number(&bodo(), number).await.unwrap().is_some());
        assert!(store.case_by_number(&fire(), number).await.unwrap().is_none());
    });
}

#[test]
fn the_same_case_or_a_year_that_has_no_numbers_is_refused() {
    let office = Office::new();
    wait(async {
        commit(&office.store, &bodo(), open_case(1, 2026)).await.unwrap();
        let again = commit(&office.store, &bodo(), open_case(1, 2026)).await;
        assert!(matches!(again, Err(StoreError::Duplicate { what: "case" })));
        for year in [-1, 0, 70_000] {
            assert!(matches!(commit(&office.store, &bodo(), open_case(2, year)).await, Err(StoreError::Invalid(_))));
        }
    });
}

#[test]
fn a_transaction_answers_each_operation_and_happens_whole_or_not_at_all() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        let good = Transaction::new(bodo()).with(open_case(1, 2026)).with(mark("a", "1")).with(remember("k"));
        let assigned = store.commit(good).await.unwrap();
        assert!(matches!(*assigned, [Assigned::Case(_), Assigned::Nothing, Assigned::Nothing]));
        let bad = Transaction::new(bodo()).with(mark("a", "2")).with(Op::Audit(event(&bodo(), 1))).with(remember("k"));
        assert!(matches!(store.commit(bad).await, Err(StoreError::Duplicate { what: "key" })));
        assert_eq!(store.mark(&bodo(), "a").await.unwrap().as_deref(), Some("1"));
        assert!(store.audit_log(&bodo(), 0, 10).await.unwrap().is_empty());
    });
}

#[test]
fn one_that_fails_among_many_takes_no_other_along() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        let commits = (0..64).map(|number: usize| {
            let mut transaction =
                Transaction::new(bodo()).with(Op::Audit(event(&bodo(), 1))).with(mark(&number.to_string(), "there"));
            if number == 20 {
                transaction = transaction.with(Op::PutIntake(intake(&bodo(), "unknown", 7)));
            }
            store.commit(transaction)
        });
        let outcomes = join_all(commits).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            let there = store.mark(&bodo(), &number.to_string()).await.unwrap().is_some();
            assert_eq!((outcome.is_ok(), there), (number != 20, number != 20), "{number}: {outcome:?}");
        }
        let places: Vec<_> =
            store.audit_log(&bodo(), 0, 100).await.unwrap().iter().map(|record| record.sequence).collect();
        assert_eq!(places, (1..=63).collect::<Vec<_>>());
    });
}

#[test]
fn what_was_committed_is_there_after_closing_and_opening() {
    let mut office = Office::new();
    wait(async {
        register(&office.store, &bodo()).await;
        accept(&office.store, letter(&bodo(), 7, &[])).await;
    });
    office = office.reopen();
    wait(async {
        let stored = office.store.letter(&bodo(), letter_id(7)).await.unwrap();
        assert_eq!(stored, Some(letter(&bodo(), 7, &[])));
        let stored = office.store.delivery(&bodo(), letter_id(7)).await.unwrap();
        assert_eq!(stored, Some(queue(&letter(&bodo(), 7, &[]))));
        assert_eq!(office.store.entries(&bodo(), case_id(1)).await.unwrap().len(), 1);
    });
}

#[test]
fn a_letter_is_accepted_once_with_its_own_delivery_and_for_an_entry_that_is_there() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        let orphan = commit(store, &bodo(), add_letter(letter(&bodo(), 1, &[]))).await;
        assert!(matches!(orphan, Err(StoreError::NotFound { what: "entry" })));
        register(store, &bodo()).await;
        accept(store, letter(&bodo(), 1, &[])).await;
        let again = commit(store, &bodo(), add_letter(letter(&bodo(), 1, &[]))).await;
        assert!(matches!(again, Err(StoreError::Duplicate { what: "letter" })));
        let foreign = Op::AddLetter { letter: letter(&bodo(), 2, &[]), delivery: queue(&letter(&bodo(), 3, &[])) };
        assert!(matches!(commit(store, &bodo(), foreign).await, Err(StoreError::Invalid(_))));
    });
}

#[test]
fn entries_are_numbered_in_their_case_and_in_the_journal_of_the_year() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        for case in [1, 2] {
            commit(store, &bodo(), open_case(case, 2026)).await.unwrap();
        }
        let mut numbers = Vec::new();
        for (number, case, year) in [(1, 1, 2026), (2, 2, 2026), (3, 1, 2026), (4, 1, 2027)] {
            numbers.push(numbers_of(&commit(store, &bodo(), add_entry(number, case, year)).await.unwrap()));
        }
        assert_eq!(numbers, [(1, 2026, 1), (1, 2026, 2), (2, 2026, 3), (3, 2027, 1)]);
        let again = commit(store, &bodo(), add_entry(1, 1, 2026)).await;
        assert!(matches!(again, Err(StoreError::Duplicate { what: "entry" })));
        let next = commit(store, &bodo(), add_entry(5, 1, 2026)).await.unwrap();
        assert_eq!(numbers_of(&next), (4, 2026, 4), "the refused one took no number");
        let entries = store.entries(&bodo(), case_id(1)).await.unwrap();
        let ids: Vec<_> = entries.iter().map(id_of).collect();
        assert_eq!(ids, [1, 3, 4, 5].map(entry_id));
    });
}

#[test]
fn a_changed_case_or_entry_is_stored_only_over_the_version_it_was_made_from() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        register(store, &bodo()).await;
        let old = store.case(&bodo(), case_id(1)).await.unwrap().unwrap();
        let renamed = old.amend(CaseChange::Title("Nytt navn".into()).into()).unwrap();
        commit(store, &bodo(), Op::PutCase(renamed.clone())).await.unwrap();
        let outcome = commit(store, &bodo(), Op::PutCase(renamed.clone())).await;
        assert!(matches!(outcome, Err(StoreError::Conflict { what: "case" })));
        let stored = store.case(&bodo(), case_id(1)).await.unwrap().unwrap();
        assert_eq!(stored, renamed.with_version(old.version() + 1));

        let old = store.entry(&bodo(), entry_id(1)).await.unwrap().unwrap();
        let renamed = old.amend(Change::Title("Nytt navn".into()).into()).unwrap();
        commit(store, &bodo(), Op::PutEntry(renamed.clone())).await.unwrap();
        let outcome = commit(store, &bodo(), Op::PutEntry(renamed.clone())).await;
        assert!(matches!(outcome, Err(StoreError::Conflict { what: "entry" })));
        let stored = store.entry(&bodo(), entry_id(1)).await.unwrap().unwrap();
        assert_eq!(stored, renamed.with_version(old.version() + 1));

        let elsewhere = Office::new();
        for op in [Op::PutCase(store.case(&bodo(), case_id(1)).await.unwrap().unwrap()), Op::PutEntry(stored)] {
            let outcome = commit(&elsewhere.store, &bodo(), op).await;
            assert!(matches!(outcome, Err(StoreError::NotFound { .. })), "{outcome:?}");
        }
    });
}

#[test]
fn the_documents_of_an_entry_become_durable_with_it_and_must_have_been_put() {
    let mut office = Office::new();
    let content = bytes(1, 50_000);
    let blob = wait(async {
        commit(&office.store, &bodo(), open_case(1, 2026)).await.unwrap();
        let missing = entry_with(BlobRef::of(&content));
        assert!(matches!(commit(&office.store, &bodo(), missing).await, Err(StoreError::MissingBlob)));
        let blob = put(&office.store, &bodo(), &content).await;
        commit(&office.store, &bodo(), entry_with(blob)).await.unwrap();
        blob
    });
    office = office.reopen();
    wait(async {
        office.store.sweep().await.unwrap();
        assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content);
    });
}

#[test]
fn an_entry_or_case_that_breaks_a_rule_takes_no_number() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        let mut untitled = new_case();
        untitled.title = " ".into();
        let op = Op::OpenCase { id: case_id(1), case: untitled, year: 2026, at: at(0) };
        assert!(matches!(commit(store, &bodo(), op).await, Err(StoreError::Invalid(_))));
        assert_eq!(case_number(&commit(store, &bodo(), open_case(1, 2026)).await.unwrap()).sequence(), 1);
        let mut untitled = new_entry();
        untitled.title = " ".into();
        let op = Op::AddEntry { id: entry_id(1), case: case_id(1), entry: untitled, year: 2026, at: at(0) };
        assert!(matches!(commit(store, &bodo(), op).await, Err(StoreError::Invalid(_))));
        let number = commit(store, &bodo(), add_entry(1, 1, 2026)).await.unwrap();
        assert_eq!(numbers_of(&number), (1, 2026, 1));
    });
}

#[test]
fn a_key_stands_for_the_same_thing_for_ever() {
    let office = Office::new();
    wait(async {
        commit(&office.store, &bodo(), remember("invoice-1")).await.unwrap();
        let found = office.store.remembered(&bodo(), "invoice-1").await.unwrap();
        assert_eq!(found, Some(Remembered::Letter(letter_id(1))));
        assert_eq!(office.store.remembered(&bodo(), "invoice-2").await.unwrap(), None);
        let other = Op::Remember { key: "invoice-1".to_owned(), object: Remembered::Case(case_id(9)) };
        assert!(matches!(commit(&office.store, &bodo(), other).await, Err(StoreError::Duplicate { what: "key" })));
    });
}

#[test]
fn marks_are_set_replaced_and_removed() {
    let office = Office::new();
    wait(async {
        for value in [Some("1"), Some("2"), None, None] {
            let op = Op::PutMark { name: "cursor".to_owned(), value: value.map(str::to_owned) };
            commit(&office.store, &bodo(), op).await.unwrap();
            assert_eq!(office.store.mark(&bodo(), "cursor").await.unwrap().as_deref(), value);
        }
    });
}

#[test]
fn an_intake_is_new_once_and_then_changed_by_whoever_has_read_it() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        let put = |version| commit(store, &bodo(), Op::PutIntake(intake(&bodo(), "item", version)));
        assert!(matches!(put(1).await, Err(StoreError::NotFound { what: "intake" })));
        put(0).await.unwrap();
        assert!(matches!(put(0).await, Err(StoreError::Duplicate { what: "intake" })));
        put(1).await.unwrap();
        assert!(matches!(put(1).await, Err(StoreError::Conflict { what: "intake" })));
        let stored = store.intake(&bodo(), &inbox(), &item("item")).await.unwrap();
        assert_eq!(stored, Some(intake(&bodo(), "item", 2)));
    });
}

#[test]
fn intakes_are_listed_in_pages_by_item() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        for name in ["b", "", "å", "a"] {
            commit(store, &bodo(), Op::PutIntake(intake(&bodo(), name, 0))).await.unwrap();
        }
        let names = |after: Option<&str>, limit| {
            let after = after.map(item);
            async move {
                let page = store.intakes(&bodo(), &inbox(), after, limit).await.unwrap();
                page.into_iter().map(|intake| intake.item.0).collect::<Vec<_>>()
            }
        };
        assert_eq!(names(None, 2).await, ["", "a"]);
        assert_eq!(names(Some("a"), 2).await, ["b", "å"]);
        assert_eq!(names(Some(""), 1).await, ["a"]);
        assert!(names(Some("å"), 2).await.is_empty());
    });
}

#[test]
fn notices_are_open_until_told_and_oldest_first() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        for (number, minute) in [(1, 30), (2, 10), (3, 20)] {
            commit(store, &bodo(), Op::AddNotice(notice(&bodo(), number, minute))).await.unwrap();
        }
        let again = commit(store, &bodo(), Op::AddNotice(notice(&bodo(), 1, 40))).await;
        assert!(matches!(again, Err(StoreError::Duplicate { what: "notice" })));
        let told = || Op::NoticeTold(NoticeId::from_uuid(uuid(3)));
        commit(store, &bodo(), told()).await.unwrap();
        commit(store, &bodo(), told()).await.unwrap();
        let open = store.open_notices(&bodo(), 10).await.unwrap();
        assert_eq!(open, [notice(&bodo(), 2, 10), notice(&bodo(), 1, 30)]);
        assert_eq!(store.open_notices(&bodo(), 1).await.unwrap().len(), 1);
    });
}

#[test]
fn the_log_is_read_in_pages_and_has_no_gaps() {
    let office = Office::new();
    wait(async {
        for minute in 0..5 {
            commit(&office.store, &bodo(), Op::Audit(event(&bodo(), minute))).await.unwrap();
        }
        let page = office.store.audit_log(&bodo(), 2, 2).await.unwrap();
        let found: Vec<_> = page.iter().map(|record| (record.sequence, record.event.clone())).collect();
        assert_eq!(found, [(3, event(&bodo(), 2)), (4, event(&bodo(), 3))]);
    });
}

#[test]
fn deliveries_are_listed_by_letter_and_narrowed_by_filter() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        register(store, &bodo()).await;
        for number in [3, 1, 2] {
            accept(store, letter(&bodo(), number, &[])).await;
        }
        let mut sent = store.delivery(&bodo(), letter_id(2)).await.unwrap().unwrap();
        sent.state = DeliveryState::Delivered { mailbox: MailboxKind::CitizenMailbox };
        sent.accepted = Some(at(50));
        sent.delivered = Some(at(60));
        commit(store, &bodo(), Op::ForceDelivery(sent)).await.unwrap();
        let list = |filter: DeliveryFilter, after, limit| async move {
            let page = store.deliveries(&bodo(), &filter, after, limit).await.unwrap();
            page.into_iter().map(|delivery| delivery.letter).collect::<Vec<_>>()
        };
        let all = DeliveryFilter::default;
        let narrowed = |change: fn(&mut DeliveryFilter)| {
            let mut filter = all();
            change(&mut filter);
            filter
        };
        assert_eq!(list(all(), None, 2).await, [letter_id(1), letter_id(2)]);
        assert_eq!(list(all(), Some(letter_id(2)), 2).await, [letter_id(3)]);
        assert_eq!(list(narrowed(|f| f.state = Some("delivered")), None, 9).await, [letter_id(2)]);
        assert_eq!(list(narrowed(|f| f.changed_since = Some(at(60))), None, 9).await, [letter_id(2)]);
        assert!(list(narrowed(|f| f.changed_since = Some(at(61))), None, 9).await.is_empty());
        assert_eq!(list(narrowed(|f| f.channel = Some(svarut())), None, 9).await.len(), 3);
        let elsewhere = || sakarkiv_core::identity::AccountId::new("skole").ok();
        let mut filter = all();
        filter.account = elsewhere();
        assert!(list(filter, None, 9).await.is_empty());
        let counts = store.delivery_counts(&bodo()).await.unwrap();
        let lines: Vec<_> = counts.iter().map(|line| (line.state.as_str(), line.count)).collect();
        assert_eq!(lines, [("delivered", 1), ("queued", 2)]);
    });
}

#[test]
fn sending_that_was_begun_is_found_by_time_also_when_it_is_back_in_the_queue() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        register(store, &bodo()).await;
        accept(store, letter(&bodo(), 1, &[])).await;
        let claim = store.claim(request(&bodo(), "a", 100, 1)).await.unwrap().remove(0);
        let mut delivery = claim.delivery;
        for state in [DeliveryState::Attempting { since: at(100) }, DeliveryState::Queued] {
            delivery.state = state;
            let op = Op::PutDelivery { delivery: delivery.clone(), fence: claim.fence, keep: true };
            commit(store, &bodo(), op).await.unwrap();
            delivery.version += 1;
        }
        let mut filter = DeliveryFilter::default();
        filter.changed_since = Some(at(100));
        assert_eq!(store.deliveries(&bodo(), &filter, None, 9).await.unwrap(), [delivery]);
    });
}

#[test]
fn a_person_changes_a_delivery_only_when_nobody_holds_it_and_nobody_changed_it() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        register(store, &bodo()).await;
        accept(store, letter(&bodo(), 1, &[])).await;
        let delivery = store.delivery(&bodo(), letter_id(1)).await.unwrap().unwrap();
        let force = || commit(store, &bodo(), Op::ForceDelivery(delivery.clone()));
        let claim = store.claim(request(&bodo(), "a", 0, 1)).await.unwrap().remove(0);
        assert!(matches!(force().await, Err(StoreError::Fenced)));
        store.release_claims(&node("a")).await.unwrap();
        force().await.unwrap();
        assert!(matches!(force().await, Err(StoreError::Conflict { what: "delivery" })));
        let late = Op::PutDelivery { delivery: claim.delivery, fence: claim.fence, keep: false };
        assert!(matches!(commit(store, &bodo(), late).await, Err(StoreError::Fenced)));
        let unknown = Op::PutDelivery { delivery: queue(&letter(&bodo(), 9, &[])), fence: Fence(1), keep: false };
        assert!(matches!(commit(store, &bodo(), unknown).await, Err(StoreError::NotFound { what: "delivery" })));
    });
}

#[test]
fn every_priority_leaves_in_the_order_of_the_contingency_plan() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        register(store, &bodo()).await;
        for (number, priority) in (1..).zip(Priority::ALL).collect::<Vec<_>>().into_iter().rev() {
            let mut letter = letter(&bodo(), number, &[]);
            letter.priority = priority;
            accept(store, letter).await;
        }
        let claims = store.claim(request(&bodo(), "a", 0, 99)).await.unwrap();
        let order: Vec<_> = claims.iter().map(|claim| claim.delivery.priority).collect();
        assert_eq!(order, Priority::ALL);
    });
}

fn entry_with(blob: BlobRef) -> Op {
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type: MediaType::pdf(),
        file_name: FileName::sanitize("brev.pdf"),
        content: blob,
        created: at(0),
        created_by: clerk(),
    };
    let document = Document::new(DocumentId::from_uuid(uuid(1)), "Brev".into()).unwrap().with_version(version).unwrap();
    let mut entry = new_entry();
    entry.documents.push(NewDocument::main(document));
    Op::AddEntry { id: entry_id(1), case: case_id(1), entry, year: 2026, at: at(0) }
}

fn numbers_of(assigned: &Assigned) -> (u32, u16, u32) {
    let number = entry_number(assigned);
    (number.number(), number.journal_year(), number.journal_sequence())
}

fn id_of(entry: &sakarkiv_core::journal::JournalEntry) -> sakarkiv_core::identity::EntryId {
    entry.id()
}
