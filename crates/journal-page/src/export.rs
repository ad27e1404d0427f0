//! The pages as files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use sakarkiv_core::{
    document::{BlobRef, ContentHash},
    identity::{DocumentId, Timestamp},
    ports::PortError,
};
use serde::Serialize;
use tempfile::NamedTempFile;
use thiserror::Error;
use tokio::runtime::Handle;

use crate::{
    address::{Address, Holder, Mode, Month, Place, Suffix, folder as language_folder},
    feeds,
    journal::Journal,
    lists::LastLists,
    page::JournalPage,
    settings::Language,
    views::{self, Room},
};

/// What an export left in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Exported {
    /// Pages and feeds in all.
    pub pages: usize,
    /// Documents in all.
    pub documents: usize,
    /// Files that were written, since they are new or say something else than before.
    pub written: usize,
    /// Files of an earlier export that were removed.
    pub removed: usize,
    /// Open documents whose bytes could not be read; they are shown as not open. The next export tries again.
    pub unreadable: usize,
}

/// Why an export stopped. What is not published any more is removed, also from pages that stay, before documents are copied;
/// repeating it is enough.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The folder cannot be read or written.
    #[error("the folder of the exported journal cannot be written; see that it exists, has room and is ours")]
    Io(#[from] io::Error),
    /// The folder's list of files is not one of ours.
    #[error(
        "the exported journal's own list `.postjournal/files.json` is damaged; remove what was exported and repeat"
    )]
    Damaged,
}

/// What is exported: a copy of what is published, as of one moment.
struct Snapshot {
    page: JournalPage,
    journal: Journal,
    now: Timestamp,
    unreadable: BTreeSet<DocumentId>,
    lists: LastLists,
}

/// The folder, and what stands in it by our own account: each file with the checksum of what is in it.
struct Shelf {
    folder: PathBuf,
    files: BTreeMap<String, ContentHash>,
    written: BTreeSet<String>,
    done: Exported,
}

/// A page or feed, by its path.
type Page = (String, Address, Language);

/// Our own corner of the folder.
const OWN: &str = ".postjournal";
const ROBOTS: &str = "robots.txt";
/// The checksum of what may stand in a file in any form, or not at all.
const UNSURE: ContentHash = ContentHash::new([0; 32]);

impl JournalPage {
    /// Writes the journal as files with relative links, to serve from any folder of any web server or to read from a disk.
    ///
    /// The same pages as the router's but search, whose part the list of cases by letter plays. Repeating it writes what has
    /// changed and removes what is not published any more; files of others are left alone. Files do not change by themselves:
    /// repeat it at least once a day, since names leave the lists, documents open and days pass. `robots.txt` asks search
    /// engines to leave documents alone (pages ask for themselves); it counts when the folder is the root of a host.
    ///
    /// # Errors
    /// [`ExportError`] when the folder cannot be written.
    pub async fn export(&self, folder: impl AsRef<Path>) -> Result<Exported, ExportError> {
        let alone = self.exporting().await;
        let journal = self.journal().clone();
        let mut snapshot = Snapshot {
            page: self.clone(),
            journal,
            now: self.now(),
            unreadable: BTreeSet::new(),
            lists: LastLists::default(),
        };
        let folder = folder.as_ref().to_owned();
        let runtime = Handle::current();
        let work = tokio::task::spawn_blocking(move || {
            let _alone = alone;
            snapshot.export(Shelf::open(folder)?, &runtime)
        });
        work.await.map_err(io::Error::other)?
    }
}

impl Snapshot {
    fn languages(&self) -> Vec<Language> {
        self.page.settings().every_language()
    }

    fn room(&self, address: Address, language: Language) -> Room<'_> {
        let first = self.page.settings().language();
        let depth = format!("{}{}", language_folder(language, first), address.path(Mode::Files)).matches('/').count();
        let root = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
        let place = Place { mode: Mode::Files, root, language, first, address };
        let (settings, journal) = (self.page.settings(), &self.journal);
        Room { settings, journal, now: self.now, place, unreadable: &self.unreadable, last_lists: &self.lists }
    }

    /// Every page and feed by its path.
    fn pages(&self) -> Vec<Page> {
        let first = self.page.settings().language();
        let addresses = self.addresses();
        let in_each = |language: Language| {
            let path = move |address: &Address| {
                (format!("{}{}", language_folder(language, first), address.path(Mode::Files)), *address, language)
            };
            addresses.iter().map(path)
        };
        self.languages().into_iter().flat_map(in_each).collect()
    }

    fn addresses(&self) -> Vec<Address> {
        let room = self.room(Address::Front, self.page.settings().language());
        let mut addresses = vec![Address::Cases, Address::Atom, Address::JsonFeed];
        let mut numbered = |address: Address, lines: usize| {
            addresses.extend((1..=room.pages(lines)).map(|number| address.numbered(number)));
        };
        let lists = room.lists();
        for (day, entries) in &lists.days {
            numbered(Address::Day(*day, 1), *entries);
        }
        for (letter, cases) in &lists.letters {
            numbered(Address::Letter(*letter, 1), cases.len());
            for case in cases {
                numbered(Address::Case(case.case, 1), case.entries);
            }
        }
        let meetings = self.journal.meetings().shown(self.now);
        if !meetings.is_empty() {
            numbered(Address::Meetings(1), meetings.len());
        }
        addresses.extend(meetings.iter().map(|meeting| Address::Meeting(meeting.meeting)));
        let months: BTreeSet<Month> = lists.days.iter().map(|(day, _)| Month::of(*day)).collect();
        addresses.extend(months.into_iter().map(Address::Month));
        addresses.extend(self.journal.shown(self.now).map(|item| Address::Entry(item.record().entry)));
        // Last, so that it never names what is not there yet.
        addresses.push(Address::Front);
        addresses
    }

    /// Every open document by its path.
    fn documents(&self) -> BTreeMap<String, (DocumentId, BlobRef)> {
        let of_entries = self.journal.shown(self.now).flat_map(|item| {
            let record = item.record();
            record.files().map(|(document, file)| (Holder::Entry(record.entry), document, file))
        });
        let of_meetings = self.journal.meetings().shown(self.now).into_iter().flat_map(|meeting| {
            meeting.files().map(|(document, file)| (Holder::Meeting(meeting.meeting), document, file))
        });
        let open = of_entries.chain(of_meetings).filter(|(.., file)| file.accessible_after <= self.now);
        open.map(|(holder, document, file)| {
            let address = Address::Document(holder, document, Suffix::of(&file.media_type));
            (address.path(Mode::Files), (document, file.content))
        })
        .collect()
    }

    fn export(&mut self, mut shelf: Shelf, runtime: &Handle) -> Result<Exported, ExportError> {
        let filled = self.fill(&mut shelf, runtime);
        let accounted = shelf.account(&shelf.files);
        shelf.done.written = shelf.written.len();
        filled.and(accounted).map(|()| shelf.done)
    }

    /// Removes first what is not published any more, from the folder and from the pages in it. Documents may take long, and one
    /// that cannot be written stops the export, so they come after that, and last the pages that name them.
    fn fill(&mut self, shelf: &mut Shelf, runtime: &Handle) -> Result<(), ExportError> {
        let (pages, documents, new) = (self.pages(), self.documents(), shelf.files.is_empty());
        let removed = shelf.keep_only(&pages, &documents);
        let missing: Vec<_> = documents.iter().filter(|(path, (_, content))| !shelf.has(path, content.hash)).collect();
        self.unreadable = missing.iter().map(|(_, (document, _))| *document).collect();
        if !new {
            self.write(shelf, &pages)?;
        }
        removed?;
        let mut unreadable = BTreeSet::new();
        shelf.done.documents = documents.len();
        for (path, (document, content)) in missing {
            if !self.copy(shelf, runtime, path, content)? {
                unreadable.insert(*document);
                shelf.done.documents -= 1;
                shelf.done.unreadable += 1;
            }
        }
        if new || unreadable != self.unreadable {
            self.unreadable = unreadable;
            self.write(shelf, &pages)?;
        }
        shelf.write(ROBOTS, b"User-agent: *\nDisallow: /dokument/\nDisallow: /motedokument/\n")
    }

    fn write(&self, shelf: &mut Shelf, pages: &[Page]) -> Result<(), ExportError> {
        shelf.done.pages = 0;
        for (path, address, language) in pages {
            if let Some(text) = self.text(*address, *language) {
                shelf.write(path, &text)?;
                shelf.done.pages += 1;
            }
        }
        Ok(())
    }

    fn text(&self, address: Address, language: Language) -> Option<Vec<u8>> {
        let room = self.room(address, language);
        match address {
            Address::Atom => Some(feeds::atom(&room, self.page.tenant())),
            Address::JsonFeed => Some(feeds::json(&room)),
            _ => views::page(&room).map(String::into_bytes),
        }
    }

    /// Copies a document. Answers whether it could be read.
    fn copy(&self, shelf: &mut Shelf, runtime: &Handle, path: &str, content: &BlobRef) -> Result<bool, ExportError> {
        let mut file = shelf.staged()?;
        match runtime.block_on(self.read(content, &mut file))? {
            Ok(()) => shelf.place(path, content.hash, file).map(|()| true),
            Err(error) => {
                tracing::warn!(path, %error, "an open document cannot be read and is left out of the export");
                shelf.remove(path)?;
                Ok(false)
            }
        }
    }

    /// Reads a document into a file. The outer error is the file's, the inner one the document's.
    async fn read(&self, content: &BlobRef, file: &mut NamedTempFile) -> io::Result<Result<(), PortError>> {
        let mut stream = match self.page.blobs().open(self.page.tenant(), content).await {
            Ok(stream) => stream,
            Err(error) => return Ok(Err(error)),
        };
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(bytes) => file.write_all(&bytes)?,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }
}

impl Shelf {
    fn open(folder: PathBuf) -> Result<Self, ExportError> {
        let own = folder.join(OWN);
        fs::create_dir_all(own.join("staging"))?;
        for left in fs::read_dir(own.join("staging"))? {
            fs::remove_file(left?.path())?;
        }
        let files: BTreeMap<String, ContentHash> = match fs::read(own.join("files.json")) {
            Ok(json) => serde_json::from_slice(&json).map_err(|_| ExportError::Damaged)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error.into()),
        };
        // What is removed by it must lie below the folder.
        if files.keys().any(|path| !is_ours(path)) {
            return Err(ExportError::Damaged);
        }
        Ok(Self { folder, files, written: BTreeSet::new(), done: Exported::default() })
    }

    /// Removes what is not wanted any more and documents that are others than before, and writes down what will come, so that an
    /// export that is cut off is mended by the next one. What cannot be removed keeps nothing else.
    fn keep_only(
        &mut self,
        pages: &[Page],
        documents: &BTreeMap<String, (DocumentId, BlobRef)>,
    ) -> Result<(), ExportError> {
        let wanted: BTreeSet<&String> = pages.iter().map(|(path, ..)| path).chain(documents.keys()).collect();
        let (mut unwanted, mut failed) = (Vec::new(), Ok(()));
        for (path, hash) in &self.files {
            let stays = path == ROBOTS || wanted.contains(path);
            let other = documents.get(path).is_some_and(|(_, content)| content.hash != *hash);
            if !stays || other {
                unwanted.push((path.clone(), !stays));
            }
        }
        for (path, gone) in unwanted {
            let removed = self.remove(&path);
            self.done.removed += usize::from(gone && removed.is_ok());
            failed = failed.and(removed);
        }
        for path in wanted {
            self.files.entry(path.clone()).or_insert(UNSURE);
        }
        // Pages are about to change: an export that is cut off must not leave them taken for what they were.
        let sure = |path: &String, hash: &ContentHash| if documents.contains_key(path) { *hash } else { UNSURE };
        let begun: BTreeMap<&String, ContentHash> =
            self.files.iter().map(|(path, hash)| (path, sure(path, hash))).collect();
        failed.and(self.account(&begun))
    }

    fn has(&self, path: &str, hash: ContentHash) -> bool {
        self.files.get(path) == Some(&hash) && self.folder.join(path).exists()
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let hash = ContentHash::of(bytes);
        if self.has(path, hash) {
            return Ok(());
        }
        let mut file = self.staged()?;
        file.write_all(bytes)?;
        self.place(path, hash, file)
    }

    fn place(&mut self, path: &str, hash: ContentHash, file: NamedTempFile) -> Result<(), ExportError> {
        let target = self.folder.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        readable(&file)?;
        file.persist(target).map_err(|refused| refused.error)?;
        self.files.insert(path.to_owned(), hash);
        self.written.insert(path.to_owned());
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), ExportError> {
        match fs::remove_file(self.folder.join(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => self.files.remove(path),
        };
        Ok(())
    }

    fn staged(&self) -> Result<NamedTempFile, ExportError> {
        Ok(NamedTempFile::new_in(self.folder.join(OWN).join("staging"))?)
    }

    /// Writes down what stands in the folder.
    fn account(&self, files: &impl Serialize) -> Result<(), ExportError> {
        let mut file = self.staged()?;
        serde_json::to_writer(&mut file, files).map_err(io::Error::from)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(OWN).join("files.json")).map_err(|refused| refused.error)?;
        Ok(())
    }
}

/// Whether a path is one that an export writes: plain names, downwards only.
fn is_ours(path: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'))
    };
    path.split('/').all(plain)
}

/// Web servers run as somebody else, and staged files are their owner's alone.
#[cfg(unix)]
fn readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}
