//! The public journal (offentlig journal, R7): what shall stand there, and bringing it about.
//!
//! Two sorts of loops, with durable records between them:
//! - The *editor* of a tenant follows the tenant's log from a durable cursor, so that it sees every change, and looks again
//!   when a delay ends, a file opens or names grow old. For each entry of a changed case it keeps an [`Edition`]: what shall
//!   be shown, as a digest, and what the leak check found in it. What is held back is told to the archivists.
//! - Each *publisher* has a [`Stand`] for each entry that was ever to be shown there: what shall stand there, under which
//!   revision, and what does. Its loop closes the gap, withdrawals first. It plans anew from the whole case at that moment
//!   and hands out nothing but what the edition was cleared for, so a change that came in between is never overtaken.
//!
//! Meetings of committees are handed in at a desk, checked there, and brought about by the same loops; the editor looks at them
//! again when a case that they treat changes.
//!
//! Once a day each publisher's own list is compared with the stands, and what differs is healed.

mod away;
mod compare;
mod draft;
mod edit;
mod editor;
pub(crate) mod meeting;
mod publisher;
mod setup;
mod state;

pub use setup::{Publication, PublisherTarget, Rhythm};

pub(crate) use self::{
    away::take_away,
    draft::Whole,
    editor::{Care, changes_publication, editor_loop},
    publisher::publisher_loop,
    setup::Publishing,
    state::{
        AtPublisher, EDITION, Edition, HELD, HeldBack, Stand, Standing, Stored, WORD, Word, key, put, read, read_page,
    },
};
