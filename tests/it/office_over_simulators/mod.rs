//! The whole office as it runs in earnest, with its SQLite store and the adapters of SvarUt, SvarInn and Maskinporten, before
//! the simulated services, through everything that is known to happen to a municipality's mail.

mod letters;
mod mail;
mod outages;
mod reminders;
mod routing;
mod signing;
mod tenants;
pub(crate) mod world;
