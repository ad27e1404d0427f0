//! An inbox with mail that may be broken, and a way to tell people that may not work.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::{FileName, MediaType},
    identity::{InboxId, TenantId},
    ports::{
        Blobs, Inbox, InboxCapabilities, ItemId, Notice, Notifier, PortError, PortErrorKind, ReceivedDocument,
        ReceivedMail, Refusal, Waiting,
    },
    screening::Private,
};

use super::{
    Fault,
    kernel::{Kernel, Life},
};

#[derive(Debug)]
pub(super) struct SimInbox {
    pub(super) kernel: Arc<Kernel>,
    pub(super) life: Arc<Life>,
    pub(super) id: InboxId,
}

impl SimInbox {
    fn error(kind: PortErrorKind, detail: &str) -> PortError {
        PortError::new(kind, "simulated.inbox", detail)
    }

    async fn ask(&self, what: &'static str) -> Result<(), PortError> {
        self.kernel.point(&self.life, what).await;
        let (wait, fails) = self.kernel.with(|core| {
            let wait = core.rng.between(20, 400);
            (wait, core.strikes(Fault::Transient, 60))
        });
        self.kernel.wait(wait).await;
        if fails { Err(Self::error(PortErrorKind::Transient, "busy")) } else { Ok(()) }
    }

    fn flaw(&self, id: &ItemId) -> Option<Fault> {
        self.kernel.with(|core| {
            let now = core.now;
            let item = core.world.items.get(id)?;
            item.flaw.filter(|flaw| flaw.holds(now)).map(|flaw| flaw.kind)
        })
    }
}

#[async_trait]
impl Inbox for SimInbox {
    fn id(&self) -> &InboxId {
        &self.id
    }

    fn capabilities(&self) -> InboxCapabilities {
        InboxCapabilities::new(Duration::from_secs(60), Duration::from_secs(10 * 60))
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        self.ask("inbox.list").await?;
        Ok(self.kernel.with(|core| {
            let now = core.now;
            let mut list = Vec::new();
            let mut struck = Vec::new();
            for (id, item) in core.world.items.iter().filter(|(_, item)| item.from <= now && !item.acknowledged) {
                match item.flaw.filter(|flaw| flaw.holds(now)).map(|flaw| flaw.kind) {
                    Some(Fault::MalformedEntry) => {
                        struck.push(Fault::MalformedEntry);
                        list.push(Waiting::unreadable(id.clone(), "the entry cannot be read"));
                    }
                    Some(Fault::ListedTwice) => {
                        struck.push(Fault::ListedTwice);
                        list.extend([Waiting::new(id.clone(), None), Waiting::new(id.clone(), None)]);
                    }
                    _ => list.push(Waiting::new(id.clone(), None)),
                }
            }
            struck.into_iter().for_each(|fault| core.struck(fault));
            list
        }))
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        self.ask("inbox.fetch").await?;
        match self.flaw(id) {
            Some(Fault::Undecryptable) => {
                self.kernel.with(|core| core.struck(Fault::Undecryptable));
                return Err(Self::error(PortErrorKind::Misconfigured, "no key opens it"));
            }
            Some(Fault::MalformedEntry) => return Err(Self::error(PortErrorKind::Rejected, "it cannot be read")),
            _ => {}
        }
        let waits = self.kernel.with(|core| core.world.items.get(id).is_some_and(|item| !item.acknowledged));
        if !waits {
            return Err(Self::error(PortErrorKind::Rejected, "no such item is waiting"));
        }
        let content = Bytes::from(id.0.clone());
        let size = content.len() as u64;
        let blob = blobs.put(tenant, stream::iter([Ok(content)]).boxed(), size).await?;
        let mut mail = ReceivedMail::new(id.clone(), Private::new("Innkommet brev".to_owned()));
        mail.documents = vec![ReceivedDocument {
            file_name: FileName::sanitize("brev.pdf"),
            media_type: MediaType::pdf(),
            blob,
            sensitive_personal_data: false,
        }];
        Ok(mail)
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        self.ask("inbox.acknowledge").await?;
        let lost = self.kernel.with(|core| {
            core.note(self.life.node, "acknowledges", id.0.len() as u64);
            core.saw_acknowledged(id);
            if let Some(item) = core.world.items.get_mut(id) {
                item.acknowledged = true;
            }
            core.strikes(Fault::LostReply, 70)
        });
        self.kernel.point(&self.life, "inbox.acknowledge answered").await;
        if lost { Err(Self::error(PortErrorKind::Transient, "no answer")) } else { Ok(()) }
    }

    async fn refuse(&self, _: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        self.ask("inbox.refuse").await?;
        if refusal.permanent { Err(PortError::unsupported("simulated.refuse")) } else { Ok(()) }
    }

    async fn check(&self) -> Result<(), PortError> {
        self.ask("inbox.check").await
    }
}

#[derive(Debug)]
pub(super) struct SimNotifier {
    pub(super) kernel: Arc<Kernel>,
    pub(super) life: Arc<Life>,
}

#[async_trait]
impl Notifier for SimNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        self.kernel.point(&self.life, "notifier.notify").await;
        let fails = self.kernel.with(|core| {
            let fails = core.strikes(Fault::NotifierFails, 200);
            if !fails {
                core.note(self.life.node, "people are told", 0);
                core.saw_told(&notice.subject);
            }
            fails
        });
        self.kernel.point(&self.life, "notifier.notify answered").await;
        if fails {
            return Err(PortError::new(PortErrorKind::Transient, "simulated.notify", "no answer"));
        }
        Ok(())
    }
}
