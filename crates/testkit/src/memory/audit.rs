use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
};

use sakarkiv_audit::{
    AuditCursor, AuditPage, AuditQuery, Erasure, FoundEntry, Hash, KeptCheckpoint, LogState, NodeSource, ProveError,
    Prover, Prune, Pruned, SealedEntry, SearchOrder,
};
use sakarkiv_core::{
    audit::{AuditEvent, LogClass},
    ports::{AuditRecord, Entropy, StoreError},
};

use super::table::Table;

/// A stored entry.
#[derive(Debug)]
pub(super) struct Line(SealedEntry);

impl Line {
    /// The entry as those see it who read all logs as one.
    pub(super) fn record(&self, sequence: u64) -> Result<AuditRecord, StoreError> {
        let event = self.0.event().map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(AuditRecord { sequence, event })
    }
}

/// The logs of one tenant.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// By their place among all.
    entries: Table<u64, Arc<Line>>,
    /// The places of each log's entries.
    places: Table<(LogClass, u64), u64>,
    states: Table<LogClass, Arc<LogState>>,
    nodes: Table<(LogClass, u8, u64), Hash>,
    /// The last place that was given.
    last: Table<(), u64>,
}

impl Logs {
    pub(super) fn keep(&mut self) {
        self.entries.keep();
        self.places.keep();
        self.states.keep();
        self.nodes.keep();
        self.last.keep();
    }

    pub(super) fn take_back(&mut self) {
        self.entries.take_back();
        self.places.take_back();
        self.states.take_back();
        self.nodes.take_back();
        self.last.take_back();
    }

    /// All entries in the order of writing.
    pub(super) const fn entries(&self) -> &BTreeMap<u64, Arc<Line>> {
        self.entries.rows()
    }

    pub(super) fn state(&self, class: LogClass) -> LogState {
        self.states.get(&class).map(|state| state.as_ref().clone()).unwrap_or_default()
    }

    pub(super) fn append(&mut self, event: &AuditEvent, entropy: &dyn Entropy) -> Result<(), StoreError> {
        let class = event.activity.log_class();
        let mut state = self.state(class);
        let entry = SealedEntry::seal(event, state.size(), entropy);
        let entry = entry.map_err(|error| StoreError::Invalid(error.to_string()))?;
        let place = self.last.get(&()).copied().unwrap_or_default().saturating_add(1);
        for node in state.frontier.append_recording(entry.leaf) {
            self.nodes.put((class, node.level, node.index), node.hash);
        }
        self.places.put((class, entry.header.sequence), place);
        self.entries.put(place, Arc::new(Line(entry)));
        self.states.put(class, Arc::new(state));
        self.last.put((), place);
        Ok(())
    }

    pub(super) fn search(
        &self,
        query: &AuditQuery,
        order: SearchOrder,
        after: Option<AuditCursor>,
        limit: usize,
    ) -> AuditPage {
        let found = self.entries.rows().iter().filter(|(_, line)| query.takes(&line.0.header));
        let mut found: BTreeSet<(AuditCursor, u64)> = found
            .map(|(place, line)| (AuditCursor { at: line.0.header.at, place: *place }, *place))
            .filter(|(cursor, _)| match (after, order) {
                (None, _) => true,
                (Some(after), SearchOrder::NewestFirst) => *cursor < after,
                (Some(after), SearchOrder::OldestFirst) => *cursor > after,
            })
            .collect();
        let mut page = AuditPage::default();
        let mut next = || match order {
            SearchOrder::NewestFirst => found.pop_last(),
            SearchOrder::OldestFirst => found.pop_first(),
        };
        while page.entries.len() < limit
            && let Some((_, place)) = next()
        {
            let entry = self.entries.get(&place).map(|line| FoundEntry { place, entry: line.0.clone() });
            page.entries.extend(entry);
        }
        if next().is_some() {
            page.next = page.entries.last().map(FoundEntry::cursor);
        }
        page
    }

    pub(super) fn sealed(&self, class: LogClass, from: u64, limit: usize) -> Vec<SealedEntry> {
        let places = self.places.rows().range((class, from)..=(class, u64::MAX)).map(|(_, place)| place);
        places.filter_map(|place| self.entries.get(place)).map(|line| line.0.clone()).take(limit).collect()
    }

    /// Asks the tree of a log.
    pub(super) fn prove<T>(
        &self,
        class: LogClass,
        size: u64,
        ask: impl FnOnce(&mut Prover<'_, Nodes<'_>>) -> Result<T, ProveError<Infallible>>,
    ) -> Result<T, StoreError> {
        let state = self.state(class);
        if size > state.size() {
            return Err(StoreError::Invalid("the log has not that many entries: ask for a smaller tree".to_owned()));
        }
        ask(&mut Prover::new(Nodes { logs: self, class }, &state.cut)).map_err(|error| match error {
            ProveError::Missing { .. } => StoreError::Corrupt(error.to_string()),
            other => StoreError::Invalid(other.to_string()),
        })
    }

    pub(super) fn keep_checkpoint(&mut self, class: LogClass, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        let mut state = self.state(class);
        if self.prove(class, checkpoint.size, |prover| prover.root(checkpoint.size))? != checkpoint.root {
            return Err(StoreError::Invalid("the checkpoint is of another log: verify the log".to_owned()));
        }
        if state.checkpoint.is_some_and(|kept| kept.size > checkpoint.size) {
            return Err(StoreError::Invalid("a checkpoint of a larger log is kept already".to_owned()));
        }
        state.checkpoint = Some(checkpoint);
        self.states.put(class, Arc::new(state));
        Ok(())
    }

    pub(super) fn prune(&mut self, order: Prune, entropy: &dyn Entropy) -> Result<Pruned, StoreError> {
        if order.before > order.floor {
            return Err(StoreError::Invalid(
                "the log must be kept for longer: prune up to the floor at most".to_owned(),
            ));
        }
        let class = order.class;
        let mut state = self.state(class);
        let first = state.first();
        let covered = state.checkpoint.as_ref().map_or(0, |kept| kept.size);
        let old = (first..covered).take_while(|sequence| {
            let place = self.places.get(&(class, *sequence));
            let line = place.and_then(|place| self.entries.get(place));
            line.is_some_and(|line| line.0.header.at < order.before)
        });
        let old = old.count() as u64;
        let count = old.min(order.most);
        if count == 0 {
            return Ok(Pruned { first, ..Pruned::default() });
        }
        let cut = first.saturating_add(count);
        state.cut = self.prove(class, cut, |prover| prover.frontier(cut))?;
        state.checkpoint_at_cut.clone_from(&state.checkpoint);
        self.states.put(class, Arc::new(state));
        for sequence in first..cut {
            if let Some(place) = self.places.get(&(class, sequence)).copied() {
                self.entries.remove(place);
            }
            self.places.remove((class, sequence));
        }
        self.forget_nodes(class, cut);
        let event = order
            .event
            .with_detail("class", class.as_str())
            .with_detail("from", first.to_string())
            .with_detail("to", cut.saturating_sub(1).to_string())
            .with_detail("count", count.to_string());
        self.append(&event, entropy)?;
        Ok(Pruned { count, first: cut, more: old > count })
    }

    /// Nodes that end at or before the cut.
    fn forget_nodes(&mut self, class: LogClass, cut: u64) {
        let gone = |(of, level, index): &(LogClass, u8, u64)| {
            *of == class && cut.checked_shr(u32::from(*level) * 8).is_some_and(|end| *index < end)
        };
        let gone: Vec<_> = self.nodes.rows().keys().filter(|node| gone(node)).copied().collect();
        for node in gone {
            self.nodes.remove(node);
        }
    }

    pub(super) fn erase(&mut self, order: Erasure, entropy: &dyn Entropy) -> Result<bool, StoreError> {
        let missing = |what| StoreError::NotFound { what };
        let place = self.places.get(&(order.class, order.sequence)).copied();
        let place = place.ok_or(missing("log entry"))?;
        let mut entry = self.entries.get(&place).ok_or(missing("log entry"))?.0.clone();
        if !entry.fields.iter().any(|field| field.name == order.field) {
            return Err(missing("field of the log entry"));
        }
        if !entry.erase(&order.field) {
            return Ok(false);
        }
        self.entries.put(place, Arc::new(Line(entry)));
        let event = order
            .event
            .with_detail("class", order.class.as_str())
            .with_detail("sequence", order.sequence.to_string())
            .with_detail("field", order.field);
        self.append(&event, entropy)?;
        Ok(true)
    }
}

/// The nodes of one log's tree.
pub(super) struct Nodes<'a> {
    logs: &'a Logs,
    class: LogClass,
}

impl NodeSource for Nodes<'_> {
    type Error = Infallible;

    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, Infallible> {
        let wanted = first..first.saturating_add(count as u64);
        let node = |index| match level {
            0 => {
                let place = self.logs.places.get(&(self.class, index))?;
                Some(self.logs.entries.get(place)?.0.leaf)
            }
            _ => self.logs.nodes.get(&(self.class, level, index)).copied(),
        };
        Ok(wanted.map_while(node).collect())
    }
}
