//! What the adapter keeps in the office's store.

use std::{marker::PhantomData, sync::Arc};

use sakarkiv_core::{
    identity::TenantId,
    ports::{Kept, KeptFilter, Op, PortError, PortErrorKind, Store, Transaction},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::of_store;

/// Records of one sort and form.
#[derive(Debug, Clone)]
pub(crate) struct Ledger<T> {
    store: Arc<dyn Store>,
    tenant: TenantId,
    kind: &'static str,
    form: PhantomData<fn() -> T>,
}

/// A record with the version it has in the store.
#[derive(Debug, Clone)]
pub(crate) struct Line<T> {
    pub(crate) key: String,
    pub(crate) value: T,
    pub(crate) version: u64,
}

impl<T: Serialize + DeserializeOwned> Ledger<T> {
    pub(crate) fn new(store: &Arc<dyn Store>, tenant: &TenantId, kind: &'static str) -> Self {
        Self { store: Arc::clone(store), tenant: tenant.clone(), kind, form: PhantomData }
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Option<Line<T>>, PortError> {
        let kept = self.store.kept(&self.tenant, self.kind, key).await.map_err(of_store(NAME))?;
        kept.map(line).transpose()
    }

    pub(crate) async fn has(&self, key: &str) -> Result<bool, PortError> {
        let kept = self.store.kept(&self.tenant, self.kind, key).await.map_err(of_store(NAME))?;
        Ok(kept.is_some())
    }

    /// Records in the order of their keys, after one.
    pub(crate) async fn list(&self, after: Option<String>, limit: usize) -> Result<Vec<Line<T>>, PortError> {
        let filter = KeptFilter::of(self.kind);
        let kept = self.store.kept_list(&self.tenant, &filter, after, limit).await.map_err(of_store(NAME))?;
        kept.into_iter().map(line).collect()
    }

    /// Keeps a record in place of the one of that version, 0 being none. Gives its new version.
    pub(crate) async fn put(&self, key: &str, value: &T, version: u64) -> Result<u64, PortError> {
        self.commit(vec![self.keep(key, value, version)?]).await?;
        Ok(version + 1)
    }

    /// The change that keeps a record.
    pub(crate) fn keep(&self, key: &str, value: &T, version: u64) -> Result<Op, PortError> {
        let value = serde_json::to_string(value).map_err(|_| unreadable())?;
        Ok(Op::Keep(Kept { version, ..Kept::new(self.kind, key, value) }))
    }

    /// The change that drops a record.
    pub(crate) fn discard(&self, key: &str) -> Op {
        Op::Discard { kind: self.kind.to_owned(), key: key.to_owned() }
    }

    pub(crate) async fn commit(&self, ops: Vec<Op>) -> Result<(), PortError> {
        let transaction = Transaction { tenant: self.tenant.clone(), ops };
        self.store.commit(transaction).await.map(drop).map_err(of_store(NAME))
    }
}

fn line<T: DeserializeOwned>(kept: Kept) -> Result<Line<T>, PortError> {
    let value = serde_json::from_str(&kept.value).map_err(|_| unreadable())?;
    Ok(Line { key: kept.key, value, version: kept.version })
}

fn unreadable() -> PortError {
    PortError::new(
        PortErrorKind::Misconfigured,
        NAME,
        "a record of the adapter in the store cannot be read; restore it",
    )
}

const NAME: &str = "einnsyn.ledger";
