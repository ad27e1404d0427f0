//! Screening (skjerming): what is kept from the public (R1.3), and the types that keep personal content out of logs and
//! views.
//!
//! Screening protects against **public access** (offentleglova). It is not the internal right to read; that is
//! [`access`](crate::access).

mod content;
mod mask;
mod rule;

pub use content::{Private, Screened};
pub use mask::{MASK, Mask, Whole};
pub use rule::{AccessCode, Hides, Screening, ScreeningError};
