//! A small language for what a JSON body must look like, and the check against it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) presence: Presence,
    pub(crate) kind: Kind,
}

/// Whether a member must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    /// Absent or null at will.
    Nullable,
    /// Absent at will, but not null.
    Omittable,
}

/// A member that may be absent or null.
pub(crate) const fn opt(name: &'static str, kind: Kind) -> Member {
    Member { name, presence: Presence::Nullable, kind }
}

/// A member that may be absent, but not null.
pub(crate) const fn omit(name: &'static str, kind: Kind) -> Member {
    Member { name, presence: Presence::Omittable, kind }
}

/// A member that must be there.
pub(crate) const fn req(name: &'static str, kind: Kind) -> Member {
    Member { name, presence: Presence::Required, kind }
}

/// What a value must be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text of so many characters.
    Text(usize, usize),
    /// Text of so many characters, all of which fit.
    TextOf(usize, usize, fn(char) -> bool),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A UUID.
    Id,
    /// An ISO 8601 moment with offset.
    Moment,
    /// A truth value.
    Flag,
    /// A whole number within bounds.
    Whole(i64, i64),
    /// A list of at most so many.
    List(usize, &'static Self),
    /// A list of at most so many, each only once.
    Set(usize, &'static Self),
    /// An object with these members.
    Object(&'static [Member]),
}

/// Everything that is wrong with an object. Unknown members count when `closed`.
pub(crate) fn problems(object: &Map<String, Value>, members: &[Member], closed: bool) -> Vec<String> {
    let mut found = Vec::new();
    check_object(object, members, closed, "", &mut found);
    found
}

fn check_object(object: &Map<String, Value>, members: &[Member], closed: bool, path: &str, found: &mut Vec<String>) {
    for Member { name, presence, kind } in members {
        let path = if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
        match (object.get(*name), presence) {
            (None | Some(Value::Null), Presence::Required) => found.push(format!("{path} mangler")),
            (Some(Value::Null), Presence::Omittable) => found.push(format!("{path} har ugyldig verdi")),
            (None | Some(Value::Null), _) => {}
            (Some(value), _) => check(value, kind, closed, &path, found),
        }
    }
    if closed {
        let known: BTreeSet<&str> = members.iter().map(|member| member.name).collect();
        let unknown = object.keys().filter(|name| !known.contains(name.as_str()));
        found.extend(unknown.map(|name| format!("{path}: ukjent felt {name}")));
    }
}

fn check(value: &Value, kind: &Kind, closed: bool, path: &str, found: &mut Vec<String>) {
    let fits = match kind {
        Kind::Text(min, max) => text(value, *min, *max, |_| true),
        Kind::TextOf(min, max, allowed) => text(value, *min, *max, allowed),
        Kind::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::Id => value.as_str().is_some_and(|id| uuid::Uuid::try_parse(id).is_ok()),
        Kind::Moment => value.as_str().is_some_and(|at| chrono::DateTime::parse_from_rfc3339(at).is_ok()),
        Kind::Flag => value.is_boolean(),
        Kind::Whole(min, max) => value.as_i64().is_some_and(|number| (*min..=*max).contains(&number)),
        Kind::List(max, of) | Kind::Set(max, of) => {
            let Some(items) = value.as_array() else {
                found.push(format!("{path} må være en liste"));
                return;
            };
            for (index, item) in items.iter().enumerate() {
                check(item, of, closed, &format!("{path}[{index}]"), found);
            }
            let repeats = matches!(kind, Kind::Set(..)) && has_repeats(items);
            items.len() <= *max && !repeats
        }
        Kind::Object(members) => {
            let Some(object) = value.as_object() else {
                found.push(format!("{path} må være et objekt"));
                return;
            };
            check_object(object, members, closed, path, found);
            true
        }
    };
    if !fits {
        found.push(format!("{path} har ugyldig verdi"));
    }
}

fn text(value: &Value, min: usize, max: usize, allowed: impl Fn(char) -> bool) -> bool {
    value.as_str().is_some_and(|text| (min..=max).contains(&text.chars().count()) && text.chars().all(allowed))
}

fn has_repeats(items: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    !items.iter().all(|item| seen.insert(item.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NAME: Kind = Kind::Text(1, 3);
    const MEMBERS: &[Member] = &[
        req("navn", NAME),
        omit("alder", Kind::Whole(0, 200)),
        opt("nivå", Kind::OneOf(&["A", "B"])),
        opt("tall", Kind::Whole(1, 9)),
        opt("sett", Kind::Set(2, &NAME)),
        opt("indre", Kind::Object(&[req("flagg", Kind::Flag)])),
    ];

    fn found(value: &Value) -> Vec<String> {
        problems(value.as_object().unwrap(), MEMBERS, true)
    }

    #[test]
    fn what_fits_has_no_problems_and_null_is_as_good_as_absent() {
        assert_eq!(found(&json!({"navn": "æøå", "nivå": null, "tall": 9, "sett": ["a", "b"]})), [""; 0]);
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        for (value, problem) in [
            (json!({}), "navn mangler"),
            (json!({"navn": null}), "navn mangler"),
            (json!({"navn": "a", "alder": null}), "alder har ugyldig verdi"),
            (json!({"navn": ""}), "navn har ugyldig verdi"),
            (json!({"navn": "æøåæ"}), "navn har ugyldig verdi"),
            (json!({"navn": 1}), "navn har ugyldig verdi"),
            (json!({"navn": "a", "nivå": "C"}), "nivå har ugyldig verdi"),
            (json!({"navn": "a", "tall": 0}), "tall har ugyldig verdi"),
            (json!({"navn": "a", "tall": 1.5}), "tall har ugyldig verdi"),
            (json!({"navn": "a", "sett": ["a", "a"]}), "sett har ugyldig verdi"),
            (json!({"navn": "a", "sett": ["a", ""]}), "sett[1] har ugyldig verdi"),
            (json!({"navn": "a", "sett": ["a", "b", "c"]}), "sett har ugyldig verdi"),
            (json!({"navn": "a", "indre": {}}), "indre.flagg mangler"),
            (json!({"navn": "a", "indre": []}), "indre må være et objekt"),
            (json!({"navn": "a", "skrivefeil": 1}), ": ukjent felt skrivefeil"),
        ] {
            assert_eq!(found(&value), [problem]);
        }
    }
}
