//! Cases (saksmapper).

mod number;

pub use number::{CaseNumber, CaseNumberError};
