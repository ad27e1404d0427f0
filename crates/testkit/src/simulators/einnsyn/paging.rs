//! Lists: limits, cursors, links to the pages around.

use serde_json::{Map, Value, json};

use super::{
    problem::{FieldError, Problem},
    show::{self, Expand},
};

const MOST: usize = 100;
const USUAL: usize = 25;

/// A query, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) pairs: Vec<(String, String)>,
    /// The path and the query as they came, for the links.
    pub(crate) path: String,
    pub(crate) raw: String,
}

/// What every list takes.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    pub(crate) limit: usize,
    pub(crate) ascending: bool,
    pub(crate) starting_after: Option<String>,
    pub(crate) ending_before: Option<String>,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) external_ids: Option<Vec<String>>,
    pub(crate) owner: Option<String>,
    pub(crate) expand: Expand,
}

impl Query {
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The paths to expand: the name repeated. Joined by commas they are one path that nothing has.
    pub(crate) fn expand(&self) -> Result<Expand, Problem> {
        let paths = self.all("expand");
        refuse_many("expand", &paths)?;
        Ok(show::expand_list(paths))
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let given = self.one("limit");
        let limit = given.map_or(Some(USUAL), |text| text.parse().ok().filter(|limit| (1..=MOST).contains(limit)));
        limit.ok_or_else(|| invalid("limit", given.unwrap_or_default(), "must be between 1 and 100"))
    }

    pub(crate) fn ascending(&self) -> Result<bool, Problem> {
        match self.one("sortOrder") {
            None | Some("desc") => Ok(false),
            Some("asc") => Ok(true),
            Some(other) => Err(invalid("sortOrder", other, "must be asc or desc")),
        }
    }

    pub(crate) fn list(&self) -> Result<ListQuery, Problem> {
        let several = |name: &str| {
            let given = self.all(name);
            refuse_many(name, &given)?;
            Ok((!given.is_empty()).then(|| given.into_iter().map(str::to_owned).collect::<Vec<_>>()))
        };
        Ok(ListQuery {
            limit: self.limit()?,
            ascending: self.ascending()?,
            starting_after: self.one("startingAfter").map(str::to_owned),
            ending_before: self.one("endingBefore").map(str::to_owned),
            ids: several("ids")?,
            external_ids: several("externalIds")?,
            owner: self.one("journalenhet").map(str::to_owned),
            expand: self.expand()?,
        })
    }

    /// The address of the page beyond a place in the list, below the host.
    pub(crate) fn link(&self, set: &str, drop: &str, values: &[&str]) -> String {
        let mut pairs: Vec<String> = self
            .raw
            .split('&')
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                !pair.is_empty() && name != set && name != drop
            })
            .map(str::to_owned)
            .collect();
        pairs.extend(values.iter().map(|value| format!("{set}={}", encoded(value))));
        format!("{}?{}", self.path, pairs.join("&"))
    }
}

/// One page out of all ids, which come oldest first.
pub(crate) fn page(all: &[String], list: &ListQuery, query: &Query) -> (Vec<String>, Map<String, Value>) {
    let mut sorted: Vec<&String> = all.iter().collect();
    if !list.ascending {
        sorted.reverse();
    }
    let passed = |id: &str, pivot: &str| if list.ascending { id > pivot } else { id < pivot };
    let mut links = Map::new();
    let (page, next, previous) = match (&list.starting_after, &list.ending_before) {
        (Some(pivot), _) => {
            let known = !pivot.is_empty() && sorted.contains(&pivot);
            let rest: Vec<&String> = sorted.into_iter().filter(|id| pivot.is_empty() || passed(id, pivot)).collect();
            let more = rest.len() > list.limit;
            (rest.into_iter().take(list.limit).collect::<Vec<_>>(), more, known)
        }
        (None, Some(pivot)) => {
            let known = !pivot.is_empty() && sorted.contains(&pivot);
            let rest: Vec<&String> =
                sorted.into_iter().filter(|id| pivot.is_empty() || (*id != pivot && !passed(id, pivot))).collect();
            let skipped = rest.len().saturating_sub(list.limit);
            (rest.into_iter().skip(skipped).collect(), known, skipped > 0)
        }
        (None, None) => {
            let more = sorted.len() > list.limit;
            (sorted.into_iter().take(list.limit).collect(), more, false)
        }
    };
    let end = |id: Option<&&String>| id.map_or("", |id| id.as_str()).to_owned();
    if next {
        links.insert("next".to_owned(), json!(query.link("startingAfter", "endingBefore", &[&end(page.last())])));
    }
    if previous {
        links.insert("previous".to_owned(), json!(query.link("endingBefore", "startingAfter", &[&end(page.first())])));
    }
    (page.into_iter().cloned().collect(), links)
}

pub(crate) fn invalid(name: &str, value: &str, message: &str) -> Problem {
    let error = FieldError { name: name.to_owned(), value: Some(value.to_owned()), message: message.to_owned() };
    Problem::invalid(vec![error])
}

fn refuse_many(name: &str, given: &[&str]) -> Result<(), Problem> {
    if given.len() > MOST {
        return Err(invalid(name, &format!("{} values", given.len()), "size must be between 0 and 100"));
    }
    Ok(())
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut whole, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
        whole
    })
}
