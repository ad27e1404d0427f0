//! Notices kept as lines of JSON in a file, for operations to read or forward.

use std::{io::Write, path::PathBuf};

use async_trait::async_trait;
use sakarkiv::core::ports::{Notice, Notifier, PortError, PortErrorKind};

/// Appends each notice to a file.
#[derive(Debug)]
pub(crate) struct FileNotifier {
    path: PathBuf,
}

impl FileNotifier {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

#[async_trait]
impl Notifier for FileNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        let failed = |error: std::io::Error| {
            PortError::new(PortErrorKind::Transient, "notices.append", "the notices file cannot be written")
                .with_source(error)
        };
        let mut line = serde_json::to_vec(notice)
            .map_err(|error| PortError::new(PortErrorKind::Rejected, "notices.append", error.to_string()))?;
        line.push(b'\n');
        // One write of one line: a crash in between leaves at worst an unfinished last line.
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.path).map_err(failed)?;
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(failed)
    }
}
