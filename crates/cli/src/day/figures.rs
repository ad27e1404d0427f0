//! The figures of a day, read from the store alone.

use std::collections::BTreeMap;

use chrono::Timelike;
use sakarkiv::{
    core::{
        delivery::{Delivery, DeliveryState},
        identity::{InboxId, TenantId, Timestamp},
        ports::{DeliveryFilter, Intake, IntakeState, Store, StoreError},
    },
    engine::Reconciliation,
};

use super::town::Tenant;

/// How many records one reading takes.
const PAGE: usize = 500;

/// All that the store says about deliveries and incoming mail of the tenants.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) intakes: Vec<Intake>,
    /// What the comparisons with SvarUt after the outage brought to light, all accounts together.
    pub(crate) reconciled: Reconciled,
}

/// Sums of the reconciliation reports.
#[derive(Debug, Default)]
pub(crate) struct Reconciled {
    pub(crate) checked: u64,
    pub(crate) adopted: u64,
    pub(crate) differences: u64,
}

impl Figures {
    pub(crate) async fn read(store: &dyn Store, tenants: &[Tenant], inbox: &InboxId) -> Result<Self, StoreError> {
        let mut figures = Self::default();
        for Tenant { id: tenant, units, .. } in tenants {
            for unit in units {
                if let Some(mark) = store.mark(tenant, &format!("reconciliation:svarut:{}", unit.account)).await? {
                    figures.reconciled.add(&mark)?;
                }
            }
            let mut after = None;
            loop {
                let page = store.deliveries(tenant, &DeliveryFilter::default(), after, PAGE).await?;
                after = page.last().map(|delivery| delivery.letter);
                let last = page.len() < PAGE;
                figures.deliveries.extend(page);
                if last {
                    break;
                }
            }
            let mut after = None;
            loop {
                let page = store.intakes(tenant, inbox, after, PAGE).await?;
                after = page.last().map(|intake| intake.item.clone());
                let last = page.len() < PAGE;
                figures.intakes.extend(page);
                if last {
                    break;
                }
            }
        }
        Ok(figures)
    }

    /// How many of a tenant's deliveries ended in each state.
    pub(crate) fn states(&self, tenant: &TenantId) -> BTreeMap<&'static str, usize> {
        let mut states = BTreeMap::new();
        for delivery in self.deliveries.iter().filter(|delivery| delivery.tenant == *tenant) {
            *states.entry(delivery.state.name()).or_default() += 1;
        }
        states
    }

    /// How much of a tenant's incoming mail is registered and acknowledged, and how much is set aside.
    pub(crate) fn received(&self, tenant: &TenantId) -> (usize, usize) {
        let mine = || self.intakes.iter().filter(|intake| intake.tenant == *tenant);
        let taken = mine().filter(|intake| matches!(intake.state, IntakeState::Acknowledged { .. })).count();
        (taken, mine().count() - taken)
    }

    /// Mail by the half-hour of the first day, counted from `begins`.
    pub(crate) fn curve(&self, begins: Timestamp) -> Curve {
        let mut curve = Curve::default();
        for delivery in &self.deliveries {
            count(&mut curve.out, begins, delivery.accepted);
            if matches!(delivery.state, DeliveryState::Failed(_)) {
                count(&mut curve.failed, begins, delivery.ended);
            }
        }
        for intake in &self.intakes {
            match intake.state {
                IntakeState::SetAside { .. } => count(&mut curve.failed, begins, Some(intake.seen)),
                IntakeState::Registered { .. } | IntakeState::Acknowledged { .. } => {
                    count(&mut curve.received, begins, Some(intake.seen));
                }
            }
        }
        curve
    }
}

impl Reconciled {
    fn add(&mut self, mark: &str) -> Result<(), StoreError> {
        let report: Reconciliation =
            serde_json::from_str(mark).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        self.checked += report.checked;
        self.adopted += report.adopted;
        self.differences += report.missing + report.doubled + report.contradicted;
        Ok(())
    }
}

/// Half-hours of the first day: 06:00 to 20:00.
pub(crate) const SLOTS: usize = 28;

/// How much mail went out, came in and failed in each half-hour.
#[derive(Debug, Default)]
pub(crate) struct Curve {
    pub(crate) out: [u32; SLOTS],
    pub(crate) received: [u32; SLOTS],
    pub(crate) failed: [u32; SLOTS],
}

fn count(slots: &mut [u32; SLOTS], begins: Timestamp, at: Option<Timestamp>) {
    let slot = at.map(|at| (at - begins).num_minutes() / 30).and_then(|slot| usize::try_from(slot).ok());
    if let Some(slot) = slot.and_then(|slot| slots.get_mut(slot)) {
        *slot += 1;
    }
}

/// A moment as a person in Norway reads it, for progress lines: `Mon 12:05`.
pub(crate) fn clock_face(at: Timestamp) -> String {
    let local = sakarkiv::core::calendar::oslo_datetime(at);
    format!("{} {:02}:{:02}", local.format("%a"), local.hour(), local.minute())
}
