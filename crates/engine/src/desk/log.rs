//! Reading, exporting and keeping the log (R3). Each of it is itself decided and logged.

use std::io::Write;

use sakarkiv_audit::{
    AuditCursor, AuditPage, AuditQuery, CsvOptions, CsvWriter, Erasure, ExportError, ExportHeader, ExportWriter,
    LogState, Note, NoteError, Origin, OriginError, Prune, Pruned, SearchOrder,
};
use sakarkiv_core::{
    access::{Duty, DutyKind},
    audit::{Activity, AuditEvent, LogClass, ObjectRef, Retention, RetentionError, RetentionTerms},
    ports::{Op, StoreError},
    screening::Private,
};
use thiserror::Error;

use super::{Desk, DeskError};
use crate::log_keeping::{self, Keeping};

/// The part of a desk where the log is read and kept.
#[derive(Debug, Clone, Copy)]
pub struct LogDesk<'d, 'a> {
    desk: &'d Desk<'a>,
}

/// Why something with the log was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The office was put together without its log.
    #[error("the office was not given its log: name it with `OfficeBuilder::audit_log`")]
    NoLog,
    /// The archive's name does not fit a log's origin.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The kept checkpoint cannot be read.
    #[error("the checkpoint kept beside the log cannot be read: {0}")]
    Checkpoint(#[from] NoteError),
    /// The export could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The table could not be written.
    #[error("the table could not be written: {0}")]
    Table(#[from] std::io::Error),
    /// The log cannot be kept so.
    #[error(transparent)]
    Retention(#[from] RetentionError),
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl<'d, 'a> LogDesk<'d, 'a> {
    pub(crate) const fn new(desk: &'d Desk<'a>) -> Self {
        Self { desk }
    }

    /// Searches the tenant's logs (R3.4): by time, user, client, activity, object and combinations. What was searched for is
    /// logged before anything is shown.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn search(
        &self,
        query: &AuditQuery,
        order: SearchOrder,
        after: Option<AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, LogError> {
        self.permit(DutyKind::ReadLog).await?;
        let keeping = self.keeping()?;
        let event = self.event(Activity::LogRead).with_detail("query", asked(query)?);
        self.desk.commit([Op::Audit(event)]).await?;
        Ok(keeping.log.search(self.desk.tenant(), query, order, after, limit).await?)
    }

    /// How far a log has come, with the last checkpoint that was kept.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn state(&self, class: LogClass) -> Result<LogState, LogError> {
        self.permit(DutyKind::ReadLog).await?;
        Ok(self.keeping()?.log.state(self.desk.tenant(), class).await?)
    }

    /// Exports one log whole as JSON Lines that `sakarkiv-audit verify` proves without this program or its store. The export
    /// is logged before its first byte leaves, and so is part of itself where it is about the log of security.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn export<W: Write>(&self, class: LogClass, out: W) -> Result<W, LogError> {
        self.permit(DutyKind::ExportLog).await?;
        let keeping = self.keeping()?;
        self.desk.commit([Op::Audit(self.event(Activity::LogExported).with_detail("class", class.as_str()))]).await?;
        let tenant = self.desk.tenant();
        let state = keeping.log.state(tenant, class).await?;
        let origin = Origin::new(&keeping.archive, tenant.clone(), class)?;
        let kept = [&state.checkpoint_at_cut, &state.checkpoint].into_iter().flatten();
        let notes = kept.map(|kept| Note::parse(&kept.note)).collect::<Result<Vec<_>, _>>()?;
        let mut writer = ExportWriter::new(out, &ExportHeader::new(origin, state.cut.clone(), notes))?;
        let mut written = state.cut.clone();
        while written.size() < state.size() {
            let page = keeping.log.sealed(tenant, class, written.size(), PAGE).await?;
            if page.is_empty() {
                return Err(
                    StoreError::Corrupt(format!("entry {} of the log {class} is missing", written.size())).into()
                );
            }
            for entry in page.iter().take_while(|entry| entry.header.sequence < state.size()) {
                writer.entry(entry)?;
                written.append(entry.leaf);
            }
        }
        if written.root() != state.root() {
            return Err(StoreError::Corrupt(format!("the log {class} is not the one its tree was grown over")).into());
        }
        Ok(writer.finish()?)
    }

    /// Exports what a query finds as a table for people. It proves nothing.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn export_table<W: Write>(&self, query: &AuditQuery, options: CsvOptions, out: W) -> Result<W, LogError> {
        self.permit(DutyKind::ExportLog).await?;
        let keeping = self.keeping()?;
        let event = self.event(Activity::LogExported).with_detail("query", asked(query)?);
        self.desk.commit([Op::Audit(event)]).await?;
        let mut writer = CsvWriter::new(out, options)?;
        let mut after = None;
        loop {
            let page = keeping.log.search(self.desk.tenant(), query, SearchOrder::OldestFirst, after, PAGE).await?;
            for found in &page.entries {
                writer.entry(&found.entry)?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(writer.finish()?);
            }
        }
    }

    /// Erases the content of one field of one entry: by order of a court or of the supervisory authority, or because it was
    /// logged by mistake. The log still proves that nothing else changed.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn erase(
        &self,
        class: LogClass,
        sequence: u64,
        field: &str,
        reason: Private<String>,
    ) -> Result<bool, LogError> {
        self.permit(DutyKind::EraseLogFields).await?;
        let keeping = self.keeping()?;
        let event = self.event(Activity::LogFieldErased).with_detail("reason", reason.into_exposed());
        let (tenant, field) = (self.desk.tenant().clone(), field.to_owned());
        Ok(keeping.log.erase(Erasure { tenant, class, sequence, field, event }).await?)
    }

    /// For how long the logs are kept.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn retention(&self) -> Result<Retention, LogError> {
        self.permit(DutyKind::SetRetention).await?;
        Ok(log_keeping::retention(self.desk.office, self.desk.tenant).await?)
    }

    /// Settles for how long the logs are kept. Shorter terms wait for a second person.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn settle_retention(&self, terms: RetentionTerms) -> Result<Retention, LogError> {
        self.permit(DutyKind::SetRetention).await?;
        let present = log_keeping::retention(self.desk.office, self.desk.tenant).await?;
        let settled = present.settle(terms, &self.desk.actor.id, self.desk.now())?;
        self.keep_retention(settled).await
    }

    /// Puts shorter terms that somebody else proposed into force.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn confirm_retention(&self) -> Result<Retention, LogError> {
        self.permit(DutyKind::SetRetention).await?;
        let present = log_keeping::retention(self.desk.office, self.desk.tenant).await?;
        self.keep_retention(present.confirm(&self.desk.actor.id)?).await
    }

    /// Deletes the beginning of a log as far as its time is over. The office does so by itself once a day; this is for whoever
    /// cannot wait.
    ///
    /// # Errors
    /// [`LogError`]; a refusal is logged.
    pub async fn prune(&self, class: LogClass) -> Result<Pruned, LogError> {
        self.permit(DutyKind::SetRetention).await?;
        let (keeping, now) = (self.keeping()?, self.desk.now());
        let retention = log_keeping::retention(self.desk.office, self.desk.tenant).await?;
        let order = Prune {
            tenant: self.desk.tenant().clone(),
            class,
            before: retention.may_go_before(class, now),
            floor: retention.floor(now),
            most: log_keeping::PRUNED_AT_ONCE,
            event: self.event(Activity::LogPruned),
        };
        Ok(keeping.log.prune(order).await?)
    }

    async fn keep_retention(&self, retention: Retention) -> Result<Retention, LogError> {
        let text = serde_json::to_string(&retention).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let event = self.event(Activity::RetentionChanged).with_detail("to", text.clone());
        let mark = Op::PutMark { name: log_keeping::RETENTION.to_owned(), value: Some(text) };
        self.desk.commit([mark, Op::Audit(event)]).await?;
        Ok(retention)
    }

    async fn permit(&self, duty: DutyKind) -> Result<(), DeskError> {
        self.desk.permit(Duty::General(duty)).await.map(drop)
    }

    fn keeping(&self) -> Result<&Keeping, LogError> {
        self.desk.office.keeping.as_ref().ok_or(LogError::NoLog)
    }

    fn event(&self, activity: Activity) -> AuditEvent {
        self.desk.event(activity, ObjectRef::Log)
    }
}

fn asked(query: &AuditQuery) -> Result<String, StoreError> {
    serde_json::to_string(query).map_err(|error| StoreError::Invalid(error.to_string()))
}

const PAGE: usize = 1000;
