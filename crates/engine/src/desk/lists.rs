//! Lists and searches: filtered by the same decision as single records, before anything is counted.

use chrono::NaiveDate;
use sakarkiv_core::{
    access::{Object, Subject, View},
    audit::{Activity, ObjectRef},
    case::{Case, CaseKind, CaseNumber, CaseStatus},
    identity::{CaseId, EntryId, UnitId},
    journal::{EntryKind, EntryNumber, EntryStatus, JournalEntry},
    ports::{CaseFilter, Op, StoreError},
    screening::Private,
    sensitivity::SensitivityClass,
};

use super::{Desk, DeskError};

/// A case in a list: as much of it as the actor may see.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseCard {
    /// Which case.
    pub id: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// Its kind.
    pub kind: CaseKind,
    /// Its status.
    pub status: CaseStatus,
    /// Its date.
    pub date: NaiveDate,
    /// The responsible unit.
    pub unit: UnitId,
    /// The title where the actor sees all of it, the public title otherwise.
    pub title: Private<String>,
    /// How much the actor sees; never [`View::None`].
    pub view: View,
}

/// A journal entry in a list: as much of it as the actor may see.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryCard {
    /// Which entry.
    pub id: EntryId,
    /// Its case.
    pub case: CaseId,
    /// Its numbers.
    pub number: EntryNumber,
    /// Its kind.
    pub kind: EntryKind,
    /// Its status.
    pub status: EntryStatus,
    /// Its journal date, once it has one.
    pub journal_date: Option<NaiveDate>,
    /// The unit that handles it.
    pub unit: Option<UnitId>,
    /// The title where the actor sees all of it, the public title otherwise.
    pub title: Private<String>,
    /// How much the actor sees; never [`View::None`].
    pub view: View,
}

impl Desk<'_> {
    /// Cases that the actor may know of, in the order of their numbers after `after`, at most `limit`. Of what is screened
    /// from the actor only that is [asked about](CaseFilter::takes_metadata) which its card shows.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<CaseCard>, DeskError> {
        self.list(filter, "", after, limit).await
    }

    /// Cases in whose title, as the actor sees it, every word of `text` stands. What is screened from the actor is not
    /// searched, so a hit tells nothing that the list would not show.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    pub async fn search_cases(
        &self,
        text: &str,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<CaseCard>, DeskError> {
        self.list(filter, text, after, limit).await
    }

    /// Those entries of a case that the actor may know of, by their number in it.
    ///
    /// # Errors
    /// [`DeskError`]; a case of which the actor may know nothing is not there.
    pub async fn entry_cards(&self, case: CaseId) -> Result<Vec<EntryCard>, DeskError> {
        let (case, entries, subject) = self.entries_of(case).await?;
        let seen: Vec<(EntryCard, SensitivityClass)> = entries
            .iter()
            .filter_map(|entry| {
                let object = self.entry_object(entry, &case);
                Some((entry_card(entry, subject.sees(&object))?, object.class))
            })
            .collect();
        self.known_of(&subject, &case, seen.is_empty())?;
        let screened = seen.iter().filter(|(card, class)| shows_screened(card.view, *class)).map(|(card, _)| card.id);
        self.log_listing(ObjectRef::Case(case.id()), Vec::new(), seen.len(), ids(screened)).await?;
        Ok(seen.into_iter().map(|(card, _)| card).collect())
    }

    /// Those entries of a case that the actor may read all of, by their number in it. The reading is logged first.
    ///
    /// # Errors
    /// [`DeskError`]; a case of which the actor may know nothing is not there.
    pub async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, DeskError> {
        let (case, mut entries, subject) = self.entries_of(case).await?;
        entries.retain(|entry| subject.sees(&self.entry_object(entry, &case)) == View::Full);
        self.known_of(&subject, &case, entries.is_empty())?;
        if !entries.is_empty() {
            let read = ids(entries.iter().map(JournalEntry::id));
            self.log_listing(ObjectRef::Case(case.id()), Vec::new(), entries.len(), read).await?;
        }
        Ok(entries)
    }

    /// Cases that the actor may read all of, in the order of their numbers after `after`, at most `limit`. The reading is
    /// logged first.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    pub async fn readable_cases(
        &self,
        filter: &CaseFilter,
        mut after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, DeskError> {
        let subject = self.subject().await?;
        let mut found: Vec<Case> = Vec::new();
        while found.len() < limit {
            let page = self.office.store.cases(&self.tenant.id, filter, after, PAGE).await?;
            after = page.last().map(Case::number);
            let last = page.len() < PAGE;
            found.extend(page.into_iter().filter(|case| subject.sees(&self.case_object(case)) == View::Full));
            if last {
                break;
            }
        }
        found.truncate(limit);
        let read = ids(found.iter().map(Case::id));
        self.log_listing(ObjectRef::Tenant, asked(filter, "")?, found.len(), read).await?;
        Ok(found)
    }

    async fn list(
        &self,
        filter: &CaseFilter,
        text: &str,
        mut after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<CaseCard>, DeskError> {
        let subject = self.subject().await?;
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let mut cards: Vec<CaseCard> = Vec::new();
        let mut screened: Vec<CaseId> = Vec::new();
        while cards.len() < limit {
            let page = self.office.store.cases(&self.tenant.id, filter, after, PAGE).await?;
            after = page.last().map(Case::number);
            for case in &page {
                let object = self.case_object(case);
                let fits = |card: &CaseCard| {
                    has_words(&card.title, &words) && (card.view == View::Full || filter.takes_metadata(case))
                };
                let Some(card) = self.case_card(&subject, case, &object).filter(fits) else { continue };
                if cards.len() == limit {
                    break;
                }
                if shows_screened(card.view, object.class) {
                    screened.push(card.id);
                }
                cards.push(card);
            }
            if page.len() < PAGE {
                break;
            }
        }
        self.log_listing(ObjectRef::Tenant, asked(filter, text)?, cards.len(), ids(screened)).await?;
        Ok(cards)
    }

    fn case_card(&self, subject: &Subject, case: &Case, object: &Object) -> Option<CaseCard> {
        let view = subject.sees(object);
        let title = match view {
            View::None => return None,
            View::Metadata => Private::new(case.public_title()),
            View::Full => case.title().clone(),
        };
        Some(CaseCard {
            id: case.id(),
            number: case.number(),
            kind: case.kind(),
            status: case.status(),
            date: case.date(),
            unit: case.unit().clone(),
            title,
            view,
        })
    }

    async fn entries_of(&self, case: CaseId) -> Result<(Case, Vec<JournalEntry>, Subject), DeskError> {
        let case = self.stored_case(case).await?;
        let entries = self.office.store.entries(&self.tenant.id, case.id()).await?;
        Ok((case, entries, self.subject().await?))
    }

    /// A case that is not to be known of looks the same as one that is not there.
    fn known_of(&self, subject: &Subject, case: &Case, nothing_seen: bool) -> Result<(), DeskError> {
        let unknown = nothing_seen && subject.sees(&self.case_object(case)) == View::None;
        if unknown { Err(DeskError::NotFound) } else { Ok(()) }
    }

    /// One event for a whole list, with what was asked for and the records of which something screened is shown.
    async fn log_listing(
        &self,
        object: ObjectRef,
        asked: Vec<(&str, String)>,
        shown: usize,
        screened: String,
    ) -> Result<(), DeskError> {
        let mut event = self.event(Activity::Read, object).with_detail("list", shown.to_string());
        for (name, value) in asked {
            event = event.with_detail(name, value);
        }
        if !screened.is_empty() {
            event = event.with_detail("screened", screened);
        }
        self.commit([Op::Audit(event)]).await
    }
}

/// What is asked for, as details of the event: the fields of the filter as JSON, and the words.
fn asked(filter: &CaseFilter, text: &str) -> Result<Vec<(&'static str, String)>, StoreError> {
    let mut asked = Vec::new();
    if *filter != CaseFilter::default() {
        let fields = serde_json::to_value(filter).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let mut fields = fields.as_object().cloned().unwrap_or_default();
        fields.retain(|_, value| !value.is_null());
        asked.push(("filter", serde_json::Value::Object(fields).to_string()));
    }
    if !text.is_empty() {
        asked.push(("search", text.to_owned()));
    }
    Ok(asked)
}

fn entry_card(entry: &JournalEntry, view: View) -> Option<EntryCard> {
    let title = match view {
        View::None => return None,
        View::Metadata => Private::new(entry.public_title()),
        View::Full => entry.title().clone(),
    };
    Some(EntryCard {
        id: entry.id(),
        case: entry.case(),
        number: entry.number(),
        kind: entry.kind(),
        status: entry.status(),
        journal_date: entry.journal_date(),
        unit: entry.unit().cloned(),
        title,
        view,
    })
}

fn shows_screened(view: View, class: SensitivityClass) -> bool {
    view == View::Full && class > SensitivityClass::Open
}

fn has_words(title: &Private<String>, words: &[String]) -> bool {
    let title = title.expose().to_lowercase();
    words.iter().all(|word| title.contains(word))
}

fn ids<T: ToString>(ids: impl IntoIterator<Item = T>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
}

const PAGE: usize = 500;
