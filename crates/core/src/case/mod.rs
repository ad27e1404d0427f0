//! Cases (saksmapper).

mod number;

pub use number::{CaseNumber, CaseNumberError};

/// Placeholder that the ports rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {}
/// Placeholder that the ports rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCase {}
