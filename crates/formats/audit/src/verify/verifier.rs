use std::cmp::Reverse;

use sakarkiv_core::identity::Timestamp;
use serde::Serialize;

use super::{Finding, What};
use crate::{Checkpoint, ExportEnd, ExportHeader, Frontier, Hash, Origin, Place, SealedEntry, VerifierKey};

/// Verifies a log entry by entry, in memory that does not grow with it. [`verify`](super::verify) does so for a file.
#[derive(Debug)]
pub struct Verifier {
    origin: Origin,
    start: u64,
    frontier: Frontier,
    /// What the tree must be at certain sizes, the smallest last.
    ahead: Vec<Anchor>,
    /// The largest size at which it was.
    attested: Option<u64>,
    /// An entry that stands too early; the next tells whether others are missing or the order was changed.
    early: Option<(u64, Option<Place>)>,
    place: Option<Place>,
    room: Vec<u8>,
    checkpoints: u64,
    older_checkpoints: u64,
    erased_fields: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    size: u64,
    root: Hash,
    published: bool,
}

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Which log.
    pub origin: Origin,
    /// The sequence of its first entry.
    pub start: u64,
    /// How many entries were verified.
    pub entries: u64,
    /// How many the tree has, pruned ones among them.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many of `size` a signed checkpoint covers. What is behind it may have been changed by whoever made the export.
    pub attested: u64,
    /// How many checkpoints the log was held against.
    pub checkpoints: u64,
    /// How many checkpoints end before the log's start and could not be compared.
    pub older_checkpoints: u64,
    /// How many fields had been erased.
    pub erased_fields: u64,
    /// The earliest moment of an entry.
    pub first: Option<Timestamp>,
    /// The latest moment of an entry.
    pub last: Option<Timestamp>,
}

impl Report {
    /// How many entries no checkpoint covers yet.
    #[must_use]
    pub const fn unattested(&self) -> u64 {
        self.size.saturating_sub(self.attested)
    }
}

impl Verifier {
    /// Begins with what the export's first line says, the keys, and checkpoints that were published earlier.
    ///
    /// Published checkpoints come from [`Note::open`](crate::Note::open), and from outside the archive.
    ///
    /// # Errors
    /// The first [`Finding`].
    pub fn new(header: &ExportHeader, keys: &[VerifierKey], published: &[Checkpoint]) -> Result<Self, Finding> {
        if !header.agrees() {
            return Err(Finding::new(What::Disagrees));
        }
        let own = header.checkpoints.iter().map(|note| note.open(keys)).collect::<Result<Vec<_>, _>>();
        let own = own.map_err(|error| Finding::new(error.into()))?;
        let all = || own.iter().map(|own| (own, false)).chain(published.iter().map(|published| (published, true)));
        if let Some((_, published)) = all().find(|(checkpoint, _)| checkpoint.origin != header.origin) {
            return Err(Finding::new(What::ForeignCheckpoint { published }));
        }
        let signed = all().max_by_key(|(checkpoint, _)| (checkpoint.size, checkpoint.start));
        let signed = signed.map_or(0, |(checkpoint, _)| checkpoint.start);
        if header.start > signed {
            return Err(Finding::new(What::PrunedBeyond { start: header.start, signed }));
        }
        let anchors =
            all().map(|(checkpoint, published)| Anchor { size: checkpoint.size, root: checkpoint.root, published });
        let (mut ahead, older): (Vec<_>, Vec<_>) = anchors.partition(|anchor| anchor.size >= header.start);
        if ahead.is_empty() {
            return Err(Finding::new(What::NoCheckpoint));
        }
        ahead.sort_by_key(|anchor| Reverse(anchor.size));
        let mut verifier = Self {
            origin: header.origin.clone(),
            start: header.start,
            frontier: header.frontier.clone(),
            ahead,
            attested: None,
            early: None,
            place: None,
            room: Vec::with_capacity(1024),
            checkpoints: 0,
            older_checkpoints: older.len() as u64,
            erased_fields: 0,
            first: None,
            last: None,
        };
        verifier.compare()?;
        Ok(verifier)
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// The first [`Finding`]. After one, nothing more can be said of the rest.
    pub fn entry(&mut self, entry: &SealedEntry) -> Result<(), Finding> {
        let (found, expected) = (entry.header.sequence, self.frontier.size());
        if let Some((early, place)) = self.early {
            let what = if found == expected {
                What::Reordered { expected, found: early }
            } else {
                What::Missing { first: expected, last: early - 1 }
            };
            return Err(Finding { what, sequence: Some(early), place });
        }
        let finding = |what| Err(Finding::new(what).of_entry(found));
        if entry.header.tenant != *self.origin.tenant() || entry.header.class != self.origin.class() {
            return finding(What::ForeignEntry);
        }
        if let Err(fault) = entry.check_with(&mut self.room) {
            return finding(fault.into());
        }
        if found > expected {
            self.early = Some((found, self.place));
            return Ok(());
        }
        if found < expected {
            return finding(What::Inserted { expected, found });
        }
        self.frontier.append(entry.leaf);
        self.count(entry);
        self.compare()
    }

    /// Ends: behind the last entry, with the export's last line where there is a file.
    ///
    /// # Errors
    /// A [`Finding`], when entries or the end are missing.
    pub fn finish(self, end: Option<&ExportEnd>) -> Result<Report, Finding> {
        let ends = self.frontier.size();
        if let Some((early, place)) = self.early {
            let what = What::Missing { first: ends, last: early - 1 };
            return Err(Finding { what, sequence: Some(early), place });
        }
        let ahead =
            |published| self.ahead.iter().find(|anchor| anchor.published == published).map(|anchor| anchor.size);
        if let Some(signed) = ahead(false) {
            return Err(Finding::new(What::Truncated { ends, signed }));
        }
        if let Some(published) = ahead(true) {
            return Err(Finding::new(What::RolledBack { ends, published }));
        }
        let root = self.frontier.root();
        if end.is_some_and(|end| *end != ExportEnd { size: ends, root }) {
            return Err(Finding::new(What::EndDiffers));
        }
        Ok(Report {
            origin: self.origin,
            start: self.start,
            entries: ends - self.start,
            size: ends,
            root,
            attested: self.attested.unwrap_or(self.start),
            checkpoints: self.checkpoints,
            older_checkpoints: self.older_checkpoints,
            erased_fields: self.erased_fields,
            first: self.first,
            last: self.last,
        })
    }

    /// Says which line is read, for findings.
    pub(super) const fn reads(&mut self, place: Place) {
        self.place = Some(place);
    }

    fn count(&mut self, entry: &SealedEntry) {
        let at = entry.header.at;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        self.erased_fields += entry.fields.iter().filter(|field| field.is_erased()).count() as u64;
    }

    /// Holds the tree against the checkpoints of its present size.
    fn compare(&mut self) -> Result<(), Finding> {
        while let Some(anchor) = self.ahead.pop_if(|anchor| anchor.size == self.frontier.size()) {
            if anchor.root != self.frontier.root() {
                let (after, before) = (self.attested.unwrap_or(self.start), anchor.size);
                return Err(Finding::new(What::Rewritten { after, before, published: anchor.published }));
            }
            self.attested = Some(anchor.size);
            self.checkpoints += 1;
        }
        Ok(())
    }
}
