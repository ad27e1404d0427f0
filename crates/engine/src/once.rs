//! Opening cases and registering entries once for each of the caller's keys, so that a caller who lost an answer or its own
//! process can simply ask again (as for letters: [`Desk::submit`]).

use sakarkiv_core::{
    case::NewCase,
    identity::{CaseId, EntryId},
    journal::NewEntry,
    ports::{Op, Remembered, StoreError, Transaction},
};

use crate::desk::{Desk, DeskError};

impl Desk<'_> {
    /// Opens a case, or tells the one that was opened under the same key.
    ///
    /// # Errors
    /// [`DeskError`]; after [`StoreError::Unknown`] ask again under the same key. [`StoreError::Duplicate`] when the key stands
    /// for something else. A refusal is logged.
    pub async fn open_case_once(&self, key: &str, case: NewCase) -> Result<CaseId, DeskError> {
        let key = format!("case:{key}");
        let (id, ops) = self.opening(case).await?;
        if let Some(earlier) = self.remembered(&key).await? {
            return as_case(earlier);
        }
        let transaction = Transaction { tenant: self.tenant.id.clone(), ops };
        self.commit_once(key, Remembered::Case(id), transaction).await.and_then(as_case)
    }

    /// Registers a journal entry, or tells the one that was registered under the same key.
    ///
    /// # Errors
    /// As [`open_case_once`](Self::open_case_once).
    pub async fn register_once(&self, key: &str, case: CaseId, entry: NewEntry) -> Result<EntryId, DeskError> {
        let key = format!("entry:{key}");
        let (id, ops) = self.registering(case, entry).await?;
        if let Some(earlier) = self.remembered(&key).await? {
            return as_entry(earlier);
        }
        let transaction = Transaction { tenant: self.tenant.id.clone(), ops };
        self.commit_once(key, Remembered::Entry(id), transaction).await.and_then(as_entry)
    }

    /// Commits under a key. Two who do so at once, or a lost answer: whichever is stored counts.
    async fn commit_once(
        &self,
        key: String,
        object: Remembered,
        transaction: Transaction,
    ) -> Result<Remembered, DeskError> {
        let transaction = transaction.with(Op::Remember { key: key.clone(), object });
        match self.office.commit(transaction).await {
            Ok(_) => Ok(object),
            Err(error @ (StoreError::Duplicate { .. } | StoreError::Unknown(_))) => {
                Ok(self.remembered(&key).await?.ok_or(error)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn remembered(&self, key: &str) -> Result<Option<Remembered>, StoreError> {
        self.office.store.remembered(&self.tenant.id, key).await
    }
}

const fn as_case(object: Remembered) -> Result<CaseId, DeskError> {
    match object {
        Remembered::Case(id) => Ok(id),
        _ => Err(DeskError::Store(StoreError::Duplicate { what: "key" })),
    }
}

const fn as_entry(object: Remembered) -> Result<EntryId, DeskError> {
    match object {
        Remembered::Entry(id) => Ok(id),
        _ => Err(DeskError::Store(StoreError::Duplicate { what: "key" })),
    }
}
