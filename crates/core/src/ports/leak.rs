use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{Blobs, PortError};
use crate::publication::{LeakReport, PublicMeeting, PublicRecord, Secrets};

/// The last look at a public record before it leaves (R7.7): whether it, or a document file in it, tells what must not be told.
///
/// The engine calls it for each record that would be published, and publishes only what
/// [`clear`](crate::publication::clear) lets through.
#[async_trait]
pub trait LeakCheck: Debug + Send + Sync {
    /// Checks every text of a record and of its document files.
    ///
    /// *Behaviour*
    /// - The report names the record's entry and revision.
    /// - What cannot be read is a finding, never a pass.
    /// - The same record with the same bytes gives the same findings with the same fingerprints; a changed text gives others.
    /// - Findings hold no content.
    ///
    /// # Errors
    /// Those of [`Blobs::open`] and of its stream, except that bytes which are damaged are a finding.
    async fn check(
        &self,
        record: &PublicRecord,
        secrets: &Arc<Secrets>,
        blobs: Arc<dyn Blobs>,
    ) -> Result<LeakReport, PortError>;

    /// Checks every text and document file of a meeting of a committee (R7.9), against the secrets of all the cases it treats.
    ///
    /// *Behaviour*: as [`LeakCheck::check`]; the report names the meeting's [subject](PublicMeeting::subject). A check that
    /// does not know meetings refuses, so that none is published unchecked.
    ///
    /// # Errors
    /// As [`LeakCheck::check`]; `Unsupported` where meetings are not known.
    async fn check_meeting(
        &self,
        _meeting: &PublicMeeting,
        _secrets: &[Arc<Secrets>],
        _blobs: Arc<dyn Blobs>,
    ) -> Result<LeakReport, PortError> {
        Err(PortError::unsupported("leak_check.check_meeting"))
    }
}
