use chrono::NaiveDate;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::{CaseContents, CaseKind, CaseNumber, CaseObstacle, CaseStatus};
use crate::{
    calendar,
    identity::{ActorId, CaseId, GroupId, TenantId, Timestamp, UnitId},
    screening::{Private, Screening},
    text::{self, ExternalKey, MAX_NAME, MAX_TITLE, TextError},
};

/// A case (saksmappe): what belongs together about one matter (R1.1).
///
/// Changed only by [`amend`](Self::amend) and [`move_to`](Self::move_to), which keep the locks and the life cycle. The JSON
/// form has the accessors' names as keys; the title is in it, because it is the form at rest.
///
/// ```
/// use chrono::DateTime;
/// use sakarkiv_core::{
///     case::{CaseKind, CaseNumber, NewCase},
///     identity::{ActorId, CaseId, TenantId, UnitId},
/// };
///
/// let new = NewCase::new(CaseKind::Building, "Storgata 1: ny garasje".into(), UnitId::new("byggesak")?, ActorId::new("u1")?);
/// let id = CaseId::from_uuid(uuid::Uuid::from_u128(1));
/// let case = new.open(id, TenantId::new("bodo")?, CaseNumber::new(2026, 123)?, DateTime::UNIX_EPOCH)?;
/// assert_eq!(case.number().to_string(), "2026/123");
/// assert_eq!(case.public_title(), "Storgata 1: ny garasje");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Case(pub(super) Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fields {
    pub(super) id: CaseId,
    pub(super) tenant: TenantId,
    pub(super) number: CaseNumber,
    pub(super) kind: CaseKind,
    pub(super) status: CaseStatus,
    pub(super) title: Private<String>,
    #[serde(default)]
    pub(super) public_title: Option<Private<String>>,
    #[serde(default)]
    pub(super) class: Option<Private<String>>,
    #[serde(default)]
    pub(super) series: Option<String>,
    pub(super) unit: UnitId,
    #[serde(default)]
    pub(super) case_handler: Option<ActorId>,
    pub(super) date: NaiveDate,
    #[serde(default)]
    pub(super) closed: Option<Closing>,
    #[serde(default)]
    pub(super) screening: Option<Screening>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_group: Option<GroupId>,
    #[serde(default)]
    pub(super) external_keys: Vec<ExternalKey>,
    pub(super) created: Timestamp,
    pub(super) created_by: ActorId,
    pub(super) version: u64,
}

/// When and by whom a case was closed (avsluttetDato M602, avsluttetAv M603).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
}

/// What a caller gives to open a case; the store adds the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewCase {
    /// What kind of case.
    pub kind: CaseKind,
    /// Under processing, or reserved when the archive has yet to confirm it. No other status can begin a case.
    pub status: CaseStatus,
    /// The title (tittel, M020).
    pub title: Private<String>,
    /// A public title (offentligTittel, M025) of its own wording; otherwise it is derived from the title. The screening is
    /// applied to it all the same.
    pub public_title: Option<Private<String>>,
    /// The class (klasse, M002) it is filed under. May be a birth number, so it is private.
    pub class: Option<Private<String>>,
    /// The series (arkivdel) it belongs to.
    pub series: Option<String>,
    /// The responsible unit (administrativEnhet, M305).
    pub unit: UnitId,
    /// The case handler (saksansvarlig, M306).
    pub case_handler: Option<ActorId>,
    /// The date of the case (saksdato, M100); today when left out.
    pub date: Option<NaiveDate>,
    /// The screening.
    pub screening: Option<Screening>,
    /// The access group (tilgangsgruppe) whose members may get at the case. Its entries never take it over (R2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_group: Option<GroupId>,
    /// Keys by which other systems know it.
    pub external_keys: Vec<ExternalKey>,
    /// Who opens it (opprettetAv, M601).
    pub created_by: ActorId,
}

/// Why a case was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A text is blank or too long.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A new case has a status in which none begins.
    #[error("a case begins as `Under behandling` or `Opprettet av saksbehandler`")]
    Beginning,
    /// A closed case without a closing, or the other way round.
    #[error("a closed case, and no other, tells when and by whom it was closed")]
    Closing,
}

impl NewCase {
    /// An open case with what every case must have; the rest is set by field.
    #[must_use]
    pub const fn new(kind: CaseKind, title: Private<String>, unit: UnitId, created_by: ActorId) -> Self {
        Self {
            kind,
            status: CaseStatus::Open,
            title,
            public_title: None,
            class: None,
            series: None,
            unit,
            case_handler: None,
            date: None,
            screening: None,
            access_group: None,
            external_keys: Vec::new(),
            created_by,
        }
    }

    /// Checks all that opening it would check.
    ///
    /// # Errors
    /// [`CaseError`] names the first thing that is wrong.
    pub fn check(&self) -> Result<(), CaseError> {
        if !matches!(self.status, CaseStatus::Open | CaseStatus::Reserved) {
            return Err(CaseError::Beginning);
        }
        check_texts(&self.title, self.public_title.as_ref(), self.class.as_ref(), self.series.as_deref())?;
        Ok(self.external_keys.iter().try_for_each(ExternalKey::check)?)
    }

    /// Makes the case of it: for stores, which give it its number in the same transaction.
    ///
    /// # Errors
    /// [`CaseError`] when [`check`](Self::check) fails.
    pub fn open(self, id: CaseId, tenant: TenantId, number: CaseNumber, at: Timestamp) -> Result<Case, CaseError> {
        self.check()?;
        Case::try_from(Fields {
            id,
            tenant,
            number,
            kind: self.kind,
            status: self.status,
            title: self.title,
            public_title: self.public_title,
            class: self.class,
            series: self.series,
            unit: self.unit,
            case_handler: self.case_handler,
            date: self.date.unwrap_or_else(|| calendar::oslo_date(at)),
            closed: None,
            screening: self.screening,
            access_group: self.access_group,
            external_keys: self.external_keys,
            created: at,
            created_by: self.created_by,
            version: 0,
        })
    }
}

impl Case {
    /// Takes a step of the life cycle. Closing sets when and by whom; reopening takes it away again.
    ///
    /// # Errors
    /// The first [`CaseObstacle`].
    pub fn move_to(
        &self,
        to: CaseStatus,
        contents: &CaseContents,
        by: &ActorId,
        at: Timestamp,
    ) -> Result<Self, CaseObstacle> {
        let contents = CaseContents { has_class: self.0.class.is_some(), ..*contents };
        self.0.status.step(to, &contents)?;
        let mut moved = self.clone();
        moved.0.status = to;
        moved.0.closed = (to == CaseStatus::Closed).then(|| Closing { at, by: by.clone() });
        Ok(moved)
    }

    /// System id (systemID, M001).
    #[must_use]
    pub const fn id(&self) -> CaseId {
        self.0.id
    }

    /// Whose case it is.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// The case number (saksår M011, sakssekvensnummer M012; mappeID, M003).
    #[must_use]
    pub const fn number(&self) -> CaseNumber {
        self.0.number
    }

    /// What kind of case.
    #[must_use]
    pub const fn kind(&self) -> CaseKind {
        self.0.kind
    }

    /// How far it has come (saksstatus, M052).
    #[must_use]
    pub const fn status(&self) -> CaseStatus {
        self.0.status
    }

    /// The title (tittel, M020).
    #[must_use]
    pub const fn title(&self) -> &Private<String> {
        &self.0.title
    }

    /// The public title (offentligTittel, M025): never anything that is screened.
    #[must_use]
    pub fn public_title(&self) -> String {
        let title = self.0.public_title.as_ref().unwrap_or(&self.0.title).expose();
        self.0.screening.as_ref().map_or_else(|| title.clone(), |screening| screening.public_title(title))
    }

    /// The class (klasse, M002) it is filed under.
    #[must_use]
    pub const fn class(&self) -> Option<&Private<String>> {
        self.0.class.as_ref()
    }

    /// The series (arkivdel) it belongs to.
    #[must_use]
    pub fn series(&self) -> Option<&str> {
        self.0.series.as_deref()
    }

    /// The responsible unit (administrativEnhet, M305).
    #[must_use]
    pub const fn unit(&self) -> &UnitId {
        &self.0.unit
    }

    /// The case handler (saksansvarlig, M306).
    #[must_use]
    pub const fn case_handler(&self) -> Option<&ActorId> {
        self.0.case_handler.as_ref()
    }

    /// The date of the case (saksdato, M100).
    #[must_use]
    pub const fn date(&self) -> NaiveDate {
        self.0.date
    }

    /// When and by whom it was closed, while it is.
    #[must_use]
    pub const fn closed(&self) -> Option<&Closing> {
        self.0.closed.as_ref()
    }

    /// The screening.
    #[must_use]
    pub const fn screening(&self) -> Option<&Screening> {
        self.0.screening.as_ref()
    }

    /// The access group (tilgangsgruppe) whose members may get at it, if it has one. Its entries have their own (R2.3).
    #[must_use]
    pub const fn access_group(&self) -> Option<&GroupId> {
        self.0.access_group.as_ref()
    }

    /// Keys by which other systems know it (eksternReferanse, M413).
    #[must_use]
    pub fn external_keys(&self) -> &[ExternalKey] {
        &self.0.external_keys
    }

    /// When it was opened here (opprettetDato, M600).
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.0.created
    }

    /// Who opened it (opprettetAv, M601).
    #[must_use]
    pub const fn created_by(&self) -> &ActorId {
        &self.0.created_by
    }

    /// How many times the stored case was changed; a store refuses a change that starts from another version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.0.version
    }

    /// The same case as stored after a change: for stores.
    #[must_use]
    pub const fn with_version(mut self, version: u64) -> Self {
        self.0.version = version;
        self
    }
}

impl Serialize for Case {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl TryFrom<Fields> for Case {
    type Error = CaseError;
    fn try_from(fields: Fields) -> Result<Self, CaseError> {
        check_texts(&fields.title, fields.public_title.as_ref(), fields.class.as_ref(), fields.series.as_deref())?;
        fields.external_keys.iter().try_for_each(ExternalKey::check)?;
        if fields.closed.is_some() != (fields.status == CaseStatus::Closed) {
            return Err(CaseError::Closing);
        }
        Ok(Self(fields))
    }
}

fn check_texts(
    title: &Private<String>,
    public_title: Option<&Private<String>>,
    class: Option<&Private<String>>,
    series: Option<&str>,
) -> Result<(), TextError> {
    text::check("case title", title.expose(), MAX_TITLE)?;
    text::check_all("public case title", public_title.map(|text| text.expose().as_str()), MAX_TITLE)?;
    text::check_all("class", class.map(|text| text.expose().as_str()), MAX_NAME)?;
    text::check_all("series", series, MAX_NAME)
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::screening::{AccessCode, Hides};

    pub(crate) fn actor() -> ActorId {
        ActorId::new("u1").unwrap()
    }

    pub(crate) fn new_case() -> NewCase {
        NewCase::new(CaseKind::Ordinary, "Klage fra Kari".into(), UnitId::new("byplan").unwrap(), actor())
    }

    pub(crate) fn open(new: NewCase) -> Case {
        let id = CaseId::from_uuid(Uuid::from_u128(1));
        new.open(id, TenantId::new("bodo").unwrap(), CaseNumber::new(2026, 7).unwrap(), DateTime::UNIX_EPOCH).unwrap()
    }

    fn words(words: &[&str]) -> Option<Screening> {
        let code = AccessCode::new("UO").unwrap();
        Some(Screening::new(code, "offl. § 13", [Hides::TitleWords]).unwrap().with_words(words).unwrap())
    }

    #[test]
    fn a_case_begins_open_or_reserved_with_a_title() {
        for status in CaseStatus::ALL {
            let begins = NewCase { status: *status, ..new_case() }.check().is_ok();
            assert_eq!(begins, matches!(status, CaseStatus::Open | CaseStatus::Reserved));
        }
        assert!(matches!(NewCase { title: " ".into(), ..new_case() }.check(), Err(CaseError::Text(_))));
        assert!(matches!(NewCase { class: Some("".into()), ..new_case() }.check(), Err(CaseError::Text(_))));
    }

    #[test]
    fn closing_tells_when_and_by_whom_until_the_case_is_reopened() {
        let case = open(NewCase { class: Some("L42".into()), ..new_case() });
        let contents = CaseContents::default();
        let closed = case.move_to(CaseStatus::Closed, &contents, &actor(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(closed.closed().unwrap().by, actor());
        let again = closed.move_to(CaseStatus::Open, &contents, &actor(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(again, case);
    }

    #[test]
    fn a_case_without_a_class_stays_open_whatever_the_caller_counted() {
        let contents = CaseContents { has_class: true, ..CaseContents::default() };
        let refused = open(new_case()).move_to(CaseStatus::Closed, &contents, &actor(), DateTime::UNIX_EPOCH);
        assert_eq!(refused, Err(CaseObstacle::NoClass));
    }

    #[test]
    fn a_public_title_of_its_own_wording_is_screened_too() {
        let case = open(NewCase { screening: words(&["Kari"]), ..new_case() });
        assert_eq!(case.public_title(), "Klage fra *****");
        let own = NewCase { public_title: Some("Klage, Kari T.".into()), screening: words(&["kari"]), ..new_case() };
        assert_eq!(open(own).public_title(), "Klage, ***** T.");
    }

    #[test]
    fn the_json_form_is_stable_and_checked_when_read() {
        let case = open(NewCase { screening: words(&["Kari"]), ..new_case() }).with_version(3);
        let json = concat!(
            r#"{"id":"00000000-0000-0000-0000-000000000001","tenant":"bodo","number":"2026/7","kind":"ordinary","#,
            r#""status":"open","title":"Klage fra Kari","public_title":null,"class":null,"series":null,"unit":"byplan","#,
            r#""case_handler":null,"date":"1970-01-01","closed":null,"screening":{"code":"UO","#,
            r#""legal_basis":"offl. § 13","hides":["title_words"],"words":["Kari"]},"external_keys":[],"#,
            r#""created":"1970-01-01T00:00:00Z","created_by":"u1","version":3}"#
        );
        assert_eq!(serde_json::to_string(&case).unwrap(), json);
        assert_eq!(serde_json::from_str::<Case>(json).unwrap(), case);
        assert!(serde_json::from_str::<Case>(&json.replace("Klage fra Kari", "")).is_err());
        assert!(serde_json::from_str::<Case>(&json.replace(r#""status":"open""#, r#""status":"closed""#)).is_err());
        assert!(!format!("{case:?}").contains("Kari"));
    }

    proptest! {
        #[test]
        fn every_case_that_can_be_opened_round_trips_and_hides_its_screened_words(
            title in "[a-zæøå ]{0,20}",
            kind in proptest::sample::select(CaseKind::ALL.to_vec()),
            class in proptest::option::of("[A-Z0-9]{0,4}"),
            word in proptest::option::of("[a-zæøå]{1,3}"),
        ) {
            let class = class.as_deref().map(Private::from);
            let screening = word.as_deref().and_then(|word| words(&[word]));
            let new = NewCase { kind, title: title.as_str().into(), class, screening, ..new_case() };
            if new.check().is_ok() {
                let case = open(new);
                let json = serde_json::to_string(&case).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Case>(&json).unwrap(), &case);
                prop_assert!(word.is_none_or(|word| !case.public_title().contains(&word)));
            }
        }
    }
}
