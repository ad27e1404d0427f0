use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use sakarkiv_core::{
    calendar::oslo_date,
    ports::{PortError, PortErrorKind},
};
use sakarkiv_engine::{OfficeReport, ReportSink};
use sakarkiv_reports::{FailureLine, FailureReport, Names, UnopenedReport};

/// Keeps reports in a folder, one below it for each tenant: as CSV for spreadsheets and as pages for people, under the day
/// on which each was due (`2026-11-23-uapnet.html`, `2026-11-23-overforing-feilet.csv`). A file is there whole or not at all,
/// and a report that is made again takes the place of the earlier one.
#[derive(Debug, Clone)]
pub struct ReportFolder {
    folder: PathBuf,
    names: Names,
}

impl ReportFolder {
    /// A folder; made with the first report. People are not named: files travel.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, names: Names::Hidden }
    }

    /// The same, with people named: only for a folder that nobody but readers with an official need can open.
    #[must_use]
    pub const fn naming_people(mut self) -> Self {
        self.names = Names::Shown;
        self
    }

    fn keep(&self, report: &OfficeReport) -> io::Result<()> {
        let folder = self.folder.join(report.tenant.as_str());
        std::fs::create_dir_all(&folder)?;
        let day = oslo_date(report.due);
        let tenant = if report.name.is_empty() { report.tenant.as_str() } else { &report.name };
        let (lines, history) = (&report.unopened.lines, &report.history);
        let unopened = UnopenedReport { tenant, made: report.unopened.made, lines, history, names: self.names };
        let lines: Vec<FailureLine> =
            report.failed.iter().map(|failed| FailureLine::of(&failed.delivery, failed.trouble.clone())).collect();
        let failures = FailureReport { tenant, made: report.unopened.made, lines: &lines };
        let page = unopened.html().map_err(io::Error::other)?;
        let files = [
            ("uapnet.csv", unopened.csv()),
            ("uapnet.html", page),
            ("overforing-feilet.csv", failures.csv()),
            ("overforing-feilet.html", failures.html()),
        ];
        files.iter().try_for_each(|(name, content)| replace(&folder, &format!("{day}-{name}"), content))?;
        // The names are durable with the folder.
        File::open(&folder)?.sync_all()
    }
}

/// Writes a file beside the one it replaces, and only then in its place.
fn replace(folder: &Path, name: &str, content: &str) -> io::Result<()> {
    let beside = folder.join(format!(".{name}.part"));
    let mut file = File::create(&beside)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, folder.join(name))
}

#[async_trait]
impl ReportSink for ReportFolder {
    async fn take(&self, report: &OfficeReport) -> Result<(), PortError> {
        self.keep(report).map_err(|error| {
            PortError::new(PortErrorKind::Transient, "report_folder.take", "the report cannot be written")
                .with_source(error)
        })
    }
}
