//! Screening (skjerming): what is kept from the public, and the types that keep personal content out of logs and views.

mod content;

pub use content::{Private, Screened};
