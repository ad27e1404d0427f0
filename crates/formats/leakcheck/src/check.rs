use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sakarkiv_core::{
    document::MediaType,
    identity::{DocumentId, EntryId, TenantId},
    ports::{Blobs, LeakCheck, PortError, PortErrorKind},
    publication::{
        Finding, Fingerprint, Leak, LeakReport, Place, PublicArchive, PublicDocument, PublicFile, PublicMeeting,
        PublicMeetingItem, PublicRecord, PublicText, Secrets, SecretsId, Span,
    },
};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use zeroize::Zeroize;

use crate::{Extracted, LeakConfig, Limits, Matcher, Scope, Scratch, extract};

/// The leak check of an office.
///
/// Texts are looked through at once: a record takes microseconds. Files are read on a thread of their own, with a large stack,
/// and a reader that fails in any way is a finding.
pub struct LeakChecker {
    config: LeakConfig,
    key: FingerprintKey,
    matchers: Mutex<HashMap<SecretsId, Arc<Matcher>>>,
}

/// The key of the fingerprints, of 32 random bytes. Without it nobody can try out which identity number stands behind a
/// fingerprint. Keep it with the tenant's other secrets: with another key nothing that was released stays so.
pub struct FingerprintKey([u8; 32]);

impl FingerprintKey {
    /// Takes random bytes that are kept.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for FingerprintKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(..)")
    }
}

impl fmt::Debug for LeakChecker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeakChecker").field("config", &self.config).finish_non_exhaustive()
    }
}

impl LeakChecker {
    /// A check with a configuration and the key of its fingerprints.
    #[must_use]
    pub fn new(config: LeakConfig, key: FingerprintKey) -> Self {
        Self { config, key, matchers: Mutex::default() }
    }

    /// What is looked for in a case, compiled once and kept for the case's next entries.
    #[must_use]
    pub fn matcher(&self, secrets: &Secrets) -> Arc<Matcher> {
        let mut matchers = self.matchers.lock().unwrap_or_else(PoisonError::into_inner);
        if matchers.len() >= KEPT_CASES && !matchers.contains_key(&secrets.id()) {
            matchers.clear();
        }
        let matcher = matchers.entry(secrets.id());
        Arc::clone(matcher.or_insert_with(|| Arc::new(Matcher::new(secrets, &self.config))))
    }

    /// Looks through the texts of a record; not through its files.
    pub fn check_texts(&self, record: &PublicRecord, matcher: &Matcher, scratch: &mut Scratch) -> Vec<Finding> {
        let mut look = Look { checker: self, matcher, scratch, entry: record.entry, findings: Vec::new() };
        look.record(record);
        look.findings
    }

    /// Looks through the texts of a meeting for the secrets of one of the cases it treats; not through its files.
    pub fn check_meeting_texts(
        &self,
        meeting: &PublicMeeting,
        matcher: &Matcher,
        scratch: &mut Scratch,
    ) -> Vec<Finding> {
        let mut look = Look { checker: self, matcher, scratch, entry: meeting.subject(), findings: Vec::new() };
        look.meeting(meeting);
        look.findings
    }

    /// Looks through what was taken out of a document's file.
    pub fn check_extracted(
        &self,
        entry: EntryId,
        document: DocumentId,
        file: &PublicFile,
        extracted: &Extracted,
        matcher: &Matcher,
        scratch: &mut Scratch,
    ) -> Vec<Finding> {
        let mut look = Look { checker: self, matcher, scratch, entry, findings: Vec::new() };
        let content = file.content.hash.bytes();
        look.text(Place::DocumentText(document), &extracted.text, Scope::Document, Some(content));
        look.text(Place::DocumentData(document), &extracted.data, Scope::Document, Some(content));
        for doubt in &extracted.doubts {
            let finding = look.finding(Place::File(document), *doubt, None, content);
            look.findings.push(finding);
        }
        look.findings
    }

    /// Knows a finding again: a digest of where, what and the text's own digest, under the key.
    fn fingerprint(&self, entry: EntryId, place: Place, leak: Leak, span: Option<Span>, text: &[u8]) -> Fingerprint {
        // The JSON names are stable, which the numbers of the variants are not.
        let what = serde_json::to_vec(&(entry, place, leak, span)).unwrap_or_default();
        let inner = Sha256::new().chain_update(self.key.0).chain_update(text).chain_update(what).finalize();
        // Twice, so that nothing can be appended to what was digested.
        Fingerprint::new(Sha256::new().chain_update(self.key.0).chain_update(inner).finalize().into())
    }
}

#[async_trait]
impl LeakCheck for LeakChecker {
    async fn check(
        &self,
        record: &PublicRecord,
        secrets: &Arc<Secrets>,
        blobs: Arc<dyn Blobs>,
    ) -> Result<LeakReport, PortError> {
        let matcher = self.matcher(secrets);
        let mut findings = self.check_texts(record, &matcher, &mut Scratch::default());
        for (document, file) in record.files() {
            let extracted = read(&record.tenant, file, self.config.limits, &*blobs).await?;
            let scratch = &mut Scratch::default();
            findings.extend(self.check_extracted(record.entry, document, file, &extracted, &matcher, scratch));
        }
        findings.sort();
        findings.dedup();
        Ok(LeakReport { findings, ..LeakReport::clean(record) })
    }

    async fn check_meeting(
        &self,
        meeting: &PublicMeeting,
        secrets: &[Arc<Secrets>],
        blobs: Arc<dyn Blobs>,
    ) -> Result<LeakReport, PortError> {
        // Identity numbers and the like are looked for also where no case has secrets.
        let mut matchers = vec![Arc::new(Matcher::new(&Secrets::none(), &self.config))];
        matchers.extend(secrets.iter().map(|secrets| self.matcher(secrets)));
        let scratch = &mut Scratch::default();
        let mut findings = Vec::new();
        for matcher in &matchers {
            findings.extend(self.check_meeting_texts(meeting, matcher, scratch));
        }
        for (document, file) in meeting.files() {
            let extracted = read(&meeting.tenant, file, self.config.limits, &*blobs).await?;
            let scratch = &mut Scratch::default();
            for matcher in &matchers {
                let found = self.check_extracted(meeting.subject(), document, file, &extracted, matcher, scratch);
                findings.extend(found);
            }
        }
        findings.sort();
        findings.dedup();
        Ok(LeakReport { findings, ..meeting.clean_report() })
    }
}

/// One look at one record.
struct Look<'a> {
    checker: &'a LeakChecker,
    matcher: &'a Matcher,
    scratch: &'a mut Scratch,
    entry: EntryId,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn record(&mut self, record: &PublicRecord) {
        let PublicRecord { archive, case, journal, parties, documents, .. } = record;
        self.archive(archive);
        self.both(Place::CaseTitle, Place::CaseTitleSearch, &case.title);
        self.both(Place::EntryTitle, Place::EntryTitleSearch, &journal.title);
        for screening in [&case.screening, &journal.screening].into_iter().flatten() {
            self.shown(Place::Screening, &screening.code);
            self.shown(Place::Screening, &screening.legal_basis);
        }
        let units = parties.iter().filter_map(|party| party.unit.as_ref());
        for name in [&case.unit, &journal.unit].into_iter().chain(units).filter_map(|unit| unit.name.as_ref()) {
            self.shown(Place::Unit, name);
        }
        for party in parties {
            self.both(Place::PartyName(party.id), Place::PartyNameSearch(party.id), &party.name);
        }
        documents.iter().for_each(|document| self.document(document));
    }

    fn meeting(&mut self, meeting: &PublicMeeting) {
        let PublicMeeting { archive, number, committee, title, place, video, documents, items, .. } = meeting;
        self.archive(archive);
        self.both(Place::MeetingTitle, Place::MeetingTitleSearch, title);
        for text in [Some(number), place.as_ref(), video.as_ref()].into_iter().flatten() {
            self.shown(Place::MeetingData, text);
        }
        committee.name.iter().for_each(|name| self.shown(Place::Unit, name));
        for document in documents {
            let id = document.id;
            self.both(Place::MeetingItemTitle(id), Place::MeetingItemTitleSearch(id), &document.title);
        }
        items.iter().for_each(|item| self.item(item));
        meeting.all_documents().for_each(|document| self.document(document));
    }

    fn item(&mut self, item: &PublicMeetingItem) {
        let id = item.id;
        self.both(Place::MeetingItemTitle(id), Place::MeetingItemTitleSearch(id), &item.title);
        item.video.iter().for_each(|video| self.shown(Place::MeetingData, video));
        let reported = item.report.iter().flat_map(|report| [&report.description, &report.recommendation]);
        let decided = item.decision.iter().flat_map(|decision| [Some(&decision.text), decision.proceedings.as_ref()]);
        for text in reported.chain(item.recommendation.iter()).chain(decided.flatten()) {
            self.both(Place::MeetingText(id), Place::MeetingTextSearch(id), text);
        }
        for vote in item.decision.iter().flat_map(|decision| &decision.votes) {
            self.both(Place::MeetingVoter(id), Place::MeetingVoterSearch(id), &vote.name);
            vote.function.iter().for_each(|function| self.shown(Place::MeetingVoter(id), function));
        }
    }

    fn archive(&mut self, archive: &PublicArchive) {
        self.shown(Place::Archive, &archive.title);
        for text in [&archive.series, &archive.series_title].into_iter().flatten() {
            self.shown(Place::Archive, text);
        }
        archive.class.iter().for_each(|class| self.shown(Place::Class, class));
    }

    fn document(&mut self, document: &PublicDocument) {
        let id = document.id;
        self.both(Place::DocumentTitle(id), Place::DocumentTitleSearch(id), &document.title);
        self.shown(Place::DocumentKind(id), &document.kind);
        if let Some(screening) = &document.screening {
            self.shown(Place::Screening, &screening.code);
            self.shown(Place::Screening, &screening.legal_basis);
        }
        document.file.iter().for_each(|file| self.shown(Place::FileName(id), file.name.as_str()));
    }

    fn shown(&mut self, place: Place, text: &str) {
        self.text(place, text, Scope::Shown, None);
    }

    /// Both forms of a text. Where they are the same, the stricter rules hold for it once.
    fn both(&mut self, shown: Place, searched: Place, text: &PublicText) {
        if text.shown != text.searchable {
            self.text(shown, &text.shown, Scope::Shown, None);
        }
        let place = if text.shown == text.searchable { shown } else { searched };
        self.text(place, &text.searchable, Scope::Searched, None);
    }

    fn text(&mut self, place: Place, text: &str, scope: Scope, content: Option<&[u8]>) {
        if text.is_empty() {
            return;
        }
        self.matcher.find(text, scope, self.entry, self.scratch);
        let hits = self.scratch.hits();
        if hits.is_empty() {
            return;
        }
        let digest: [u8; 32];
        let content = match content {
            Some(content) => content,
            None => {
                digest = Sha256::digest(text.as_bytes()).into();
                &digest
            }
        };
        let told: Vec<_> = hits.iter().take(MOST_HITS).copied().collect();
        // What is beyond is one finding, which no release of the others lets through.
        let rest = hits.get(MOST_HITS).map(|hit| (hit.leak, Span { start: hit.span.start, end: text.len() }));
        for (leak, span) in told.into_iter().map(|hit| (hit.leak, hit.span)).chain(rest) {
            let finding = self.finding(place, leak, Some(span), content);
            self.findings.push(finding);
        }
    }

    fn finding(&self, place: Place, leak: Leak, span: Option<Span>, text: &[u8]) -> Finding {
        let fingerprint = self.checker.fingerprint(self.entry, place, leak, span, text);
        Finding { place, leak, span, fingerprint }
    }
}

/// Reads a document's file to its end and takes the text out of it.
async fn read(tenant: &TenantId, file: &PublicFile, limits: Limits, blobs: &dyn Blobs) -> Result<Extracted, PortError> {
    if usize::try_from(file.content.size).map_or(true, |size| size > limits.file) {
        return Ok(Extracted::doubtful(Leak::TooLarge));
    }
    let mut stream = blobs.open(tenant, &file.content).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.try_next().await? {
        if bytes.len() + chunk.len() > limits.file {
            return Ok(Extracted::doubtful(Leak::TooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    on_own_thread(bytes, file.media_type.clone(), limits).await
}

/// Takes the text out of a file on a thread of its own: a reader that panics or runs out of stack-friendly depth loses its
/// thread, not the office.
async fn on_own_thread(bytes: Vec<u8>, kind: MediaType, limits: Limits) -> Result<Extracted, PortError> {
    let (tell, told) = oneshot::channel();
    let work = move || drop(tell.send(extract(&bytes, &kind, limits)));
    thread::Builder::new().name("leakcheck".to_owned()).stack_size(STACK).spawn(work).map_err(|_| {
        PortError::new(
            PortErrorKind::Transient,
            "leakcheck.read",
            "no thread to read a file on; retry when load is lower",
        )
    })?;
    Ok(told.await.unwrap_or_else(|_| Extracted::doubtful(Leak::Unreadable)))
}

/// Cases whose matchers are kept. A day's publication goes case by case, so few are needed.
const KEPT_CASES: usize = 256;

/// Findings told one by one in one text.
const MOST_HITS: usize = 200;

const STACK: usize = 32 << 20;
