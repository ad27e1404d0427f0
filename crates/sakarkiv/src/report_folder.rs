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
use sakarkiv_reports::{BlindInbox, FailureLine, FailureReport, Names, UnopenedReport};
use tokio::runtime::Handle;

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
        let blind: Vec<BlindInbox> = report
            .unopened
            .blind
            .iter()
            .map(|blind| BlindInbox { inbox: blind.inbox.clone(), error: blind.error() })
            .collect();
        let unopened =
            UnopenedReport { tenant, made: report.unopened.made, lines, blind: &blind, history, names: self.names };
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

/// Writes a file beside the one it replaces, under a name that no other process writes to, and only then in its place.
fn replace(folder: &Path, name: &str, content: &str) -> io::Result<()> {
    let mut file = beside().prefix(&format!(".{name}.")).suffix(".part").tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}

/// Files like any other: who may read them is up to whoever runs the program, by its umask.
fn beside<'a>() -> tempfile::Builder<'a, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(<std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    builder
}

#[async_trait]
impl ReportSink for ReportFolder {
    async fn take(&self, report: &OfficeReport) -> Result<(), PortError> {
        // The office does everything in one task, which must not wait for the disk.
        let kept = match Handle::try_current() {
            Ok(runtime) => {
                let (folder, report) = (self.clone(), report.clone());
                let kept = runtime.spawn_blocking(move || folder.keep(&report)).await;
                kept.unwrap_or_else(|_| Err(io::Error::other("the work was broken off")))
            }
            Err(_) => self.keep(report),
        };
        kept.map_err(|error| {
            PortError::new(PortErrorKind::Transient, "report_folder.take", "the report cannot be written")
                .with_source(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use sakarkiv_core::{
        calendar::Calendar,
        identity::{InboxId, OrganisationNumber, TenantId, Timestamp},
        ports::UnopenedMail,
        routing::RecipientKind,
        unopened::{Counterpart, IncomingMail, Limits, Place, Rules, received},
    };
    use sakarkiv_engine::{Blind, BlindReason};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A report with mail from a person.
    fn report(due: &str) -> OfficeReport {
        let mut report = OfficeReport::empty(TenantId::new("bodo").unwrap(), at(due));
        let number = OrganisationNumber::parse("310000027").unwrap();
        let mail = UnopenedMail::new(number, Place::Altinn, at("2026-09-14T08:00:00Z"), "Published");
        let mail = IncomingMail {
            organisation: mail.organisation,
            inbox: InboxId::new("altinn").unwrap(),
            item: None,
            from: Some(Counterpart {
                kind: RecipientKind::Person,
                organisation: None,
                name: "Kari Testperson".to_owned().into(),
            }),
            arrived: mail.arrived,
            due: None,
            place: mail.place,
            coverage: mail.access,
            raw: mail.raw,
            knowledge: mail.knowledge,
            contacts: Vec::new(),
        };
        let (limits, calendar) = (Limits::default(), Calendar::new());
        let rules = Rules { limits: &limits, calendar: &calendar };
        report.unopened.lines.extend(received(&mail, at(due), &rules));
        report
    }

    #[test]
    fn each_report_lies_under_its_day_whole_once_and_without_the_names_of_people() {
        let folder = tempfile::tempdir().unwrap();
        let reports = ReportFolder::new(folder.path().join("reports"));
        reports.keep(&OfficeReport::empty(TenantId::new("bodo").unwrap(), at("2026-09-16T06:00:00Z"))).unwrap();
        reports.keep(&report("2026-09-16T06:00:00Z")).unwrap();
        reports.keep(&report("2026-09-17T06:00:00Z")).unwrap();
        let folder = folder.path().join("reports/bodo");
        let mut names: Vec<String> =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let of = |day: &str| {
            ["overforing-feilet.csv", "overforing-feilet.html", "uapnet.csv", "uapnet.html"]
                .map(|name| format!("{day}-{name}"))
        };
        assert_eq!(names, [of("2026-09-16"), of("2026-09-17")].concat());
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(text("2026-09-16-uapnet.csv").lines().count(), 2, "the later one took the place of the empty one");
        assert!(names.iter().all(|name| !text(name).contains("Testperson")));
        assert!(text("2026-09-16-uapnet.html").contains("310000027"));
    }

    #[test]
    fn a_kept_page_names_the_inbox_that_did_not_answer_and_does_not_say_that_nothing_lies_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = OfficeReport::empty(TenantId::new("bodo").unwrap(), at("2026-09-16T06:00:00Z"));
        let why = BlindReason::NoAnswer(PortErrorKind::Unauthorised);
        report.unopened.blind.push(Blind { inbox: InboxId::new("altinn").unwrap(), why });
        ReportFolder::new(folder.path().to_owned()).keep(&report).unwrap();
        let page = std::fs::read_to_string(folder.path().join("bodo/2026-09-16-uapnet.html")).unwrap();
        assert!(page.contains("altinn") && page.contains("har ikke tilgang til å spørre"), "{page}");
        assert!(!page.contains("Ingen taushetsbelagt post ligger uåpnet"));
    }

    #[test]
    fn what_another_process_is_writing_is_left_alone_and_nothing_of_ours_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("bodo");
        std::fs::create_dir(&place).unwrap();
        let others = place.join(".2026-09-16-uapnet.csv.part");
        std::fs::write(&others, "halv").unwrap();
        ReportFolder::new(folder.path().to_owned()).keep(&report("2026-09-16T06:00:00Z")).unwrap();
        assert_eq!(std::fs::read_to_string(&others).unwrap(), "halv");
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 5);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(
                mode(&place.join("2026-09-16-uapnet.csv")),
                mode(&others),
                "whoever may read others may read it"
            );
        }
    }

    #[test]
    fn the_offices_task_goes_on_while_the_disk_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let reports = ReportFolder::new(folder.path().to_owned());
        let report = report("2026-09-16T06:00:00Z");
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let (free, wait) = std::sync::mpsc::channel();
            let busy = tokio::task::spawn_blocking(move || wait.recv());
            let mut taking = reports.take(&report);
            let first = std::future::poll_fn(|context| Poll::Ready(taking.as_mut().poll(context).is_pending())).await;
            assert!(first, "nothing is written in the task itself");
            free.send(()).unwrap();
            taking.await.unwrap();
            busy.await.unwrap().unwrap();
        });
        assert!(folder.path().join("bodo/2026-09-16-uapnet.html").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a-file");
        std::fs::write(&file, "").unwrap();
        assert!(ReportFolder::new(file).keep(&report("2026-09-16T06:00:00Z")).is_err());
    }
}
