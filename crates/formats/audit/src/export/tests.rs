use proptest::prelude::*;
use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    identity::{ActorId, Timestamp},
};

use super::*;
use crate::{Salt, SealedEntry};

fn event(value: &str) -> AuditEvent {
    let at = Timestamp::from_timestamp(1_789_459_200, 0).unwrap();
    let (tenant, actor) = (TenantId::new("bodo").unwrap(), ActorId::new("u-42").unwrap());
    AuditEvent::new(at, tenant, actor, Activity::LogRead, ObjectRef::Log).with_detail("query", value)
}

fn sealed(sequence: u64) -> SealedEntry {
    SealedEntry::seal_with(&event("actor = u-7"), sequence, |_| Salt::from_bytes([7; 32])).unwrap()
}

fn header() -> ExportHeader {
    let origin = Origin::new("arkiv.example.no", TenantId::new("bodo").unwrap(), LogClass::Security).unwrap();
    ExportHeader::new(origin, Frontier::new(), Vec::new())
}

fn exported() -> Vec<u8> {
    let mut writer = ExportWriter::new(Vec::new(), &header()).unwrap();
    (0..3).for_each(|sequence| writer.entry(&sealed(sequence)).unwrap());
    writer.finish().unwrap()
}

#[test]
fn an_export_is_read_as_it_was_written() {
    let export = exported();
    let (head, mut reader) = ExportReader::new(&export[..]).unwrap();
    assert_eq!(head, header());
    for sequence in 0..3 {
        assert_eq!(reader.next_line().unwrap(), Some(ExportLine::Entry(sealed(sequence))));
        assert_eq!(reader.place().line, sequence + 2);
    }
    assert!(matches!(reader.next_line().unwrap(), Some(ExportLine::End(ExportEnd { size: 3, .. }))));
    assert_eq!(reader.next_line().unwrap(), None);
}

#[test]
fn only_the_next_entry_of_the_same_log_is_written() {
    let mut writer = ExportWriter::new(Vec::new(), &header()).unwrap();
    assert!(matches!(writer.entry(&sealed(1)), Err(ExportError::OutOfOrder { expected: 0, found: 1 })));
    let mut foreign = sealed(0);
    foreign.header.tenant = TenantId::new("salten").unwrap();
    assert!(matches!(writer.entry(&foreign), Err(ExportError::Foreign(0))));
    let mut disagreeing = header();
    disagreeing.start = 1;
    assert!(matches!(ExportWriter::new(Vec::new(), &disagreeing), Err(ExportError::Disagrees)));
}

#[test]
fn what_is_not_of_the_format_is_located() {
    let export = String::from_utf8(exported()).unwrap();
    let lines: Vec<&str> = export.split_inclusive('\n').collect();
    let read = |text: &str| {
        let (_, mut reader) = ExportReader::new(text.as_bytes())?;
        while reader.next_line()?.is_some() {}
        Ok(reader.place())
    };
    let second = Place { line: 2, byte: lines[0].len() as u64 };
    assert!(
        matches!(read(&export.replacen("\"actor\"", "\"aktor\"", 1)), Err(ReadError::Malformed { place, .. }) if place == second)
    );
    assert!(
        matches!(read(&export.replacen("{\"header\"", " {\"header\"", 1)), Err(ReadError::Malformed { place, column: 0 }) if place == second)
    );
    assert!(matches!(read(export.trim_end()), Err(ReadError::CutShort(Place { line: 5, .. }))));
    assert!(matches!(read(""), Err(ReadError::CutShort(Place { line: 1, byte: 0 }))));
    assert!(matches!(read(&export.replacen("\"version\":1", "\"version\":2", 1)), Err(ReadError::Unknown)));
    let long = format!("{}{}", lines[0], "x".repeat(MAX_LINE + 1));
    assert!(matches!(read(&long), Err(ReadError::TooLong(place)) if place == second));
}

#[test]
fn an_unreadable_line_is_not_quoted() {
    let export = String::from_utf8(exported()).unwrap().replacen("\"sequence\":0", "\"sequence\":\"Kari\"", 1);
    let (_, mut reader) = ExportReader::new(export.as_bytes()).unwrap();
    let error = reader.next_line().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Kari"));
}

#[test]
fn the_largest_entry_fits_a_line() {
    let mut event = event(&"\u{1}".repeat(SealedEntry::MAX_VALUES - 256)).from_client("\u{1}".repeat(4096));
    for number in 0..255_u8 {
        event =
            event.with_detail(format!("{}{}", char::from(number % 25 + 1), "\u{1}".repeat(usize::from(number))), "x");
    }
    let entry = SealedEntry::seal_with(&event, 0, |_| Salt::from_bytes([7; 32])).unwrap();
    let mut writer = ExportWriter::new(Vec::new(), &header()).unwrap();
    writer.entry(&entry).unwrap();
    let export = writer.finish().unwrap();
    let (_, mut reader) = ExportReader::new(&export[..]).unwrap();
    assert_eq!(reader.next_line().unwrap(), Some(ExportLine::Entry(entry)));
}

fn table(value: &str, options: CsvOptions) -> String {
    let mut writer = CsvWriter::new(Vec::new(), options).unwrap();
    writer.entry(&SealedEntry::seal_with(&event(value), 0, |_| Salt::from_bytes([7; 32])).unwrap()).unwrap();
    let mut erased = sealed(1);
    erased.erase("query");
    writer.entry(&erased).unwrap();
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

#[test]
fn a_table_has_a_head_and_a_row_for_each_entry() {
    let table = table("a \"b\"", CsvOptions::new());
    let rows: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(rows[0], "sequence,at,tenant,class,actor,client,activity,object_kind,object_id,outcome,rule,details");
    assert_eq!(rows[1], r#"0,2026-09-15T08:00:00.000000000Z,bodo,security,u-42,,log_read,log,,done,,"query: a ""b""""#);
    assert_eq!(rows[2], "1,2026-09-15T08:00:00.000000000Z,bodo,security,u-42,,log_read,log,,done,,query (erased)");
    assert_eq!(rows[3..], [""]);
}

#[test]
fn norwegian_spreadsheets_get_their_separator_and_letters() {
    let table = table("Ås", CsvOptions::for_norwegian_spreadsheets());
    assert!(table.starts_with("\u{feff}sequence;at;"), "{table}");
}

#[test]
fn nothing_is_taken_for_a_formula() {
    let cell = |text: &str| {
        let mut row = String::new();
        csv::put_cell(&mut row, text);
        row
    };
    assert_eq!(cell("=1+1"), "'=1+1");
    assert_eq!(cell(" @SUM(A1)"), "\" '@SUM(A1)\"");
    assert_eq!(cell("a;=1"), "\"a;'=1\"");
    assert_eq!(cell("a\n-1"), "\"a\n'-1\"");
    assert_eq!(cell("＝1"), "'＝1");
    assert_eq!(cell("\t=1"), "\"'\t'=1\"");
    assert_eq!(cell("\"=1"), "\"\"\"'=1\"");
    assert_eq!(cell("u-42"), "u-42");
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes in prop::collection::vec(any::<u8>(), 0..200), behind in any::<bool>()) {
        if behind {
            bytes = [exported(), bytes].concat();
        }
        if let Ok((_, mut reader)) = ExportReader::new(&bytes[..]) {
            while let Ok(Some(_)) = reader.next_line() {}
        }
    }
}
