//! Reading records: decided, then logged, then shown.

use sakarkiv_core::{
    access::{Action, Object},
    audit::Activity,
    case::Case,
    delivery::{Delivery, Letter},
    identity::{CaseId, EntryId, LetterId},
    journal::JournalEntry,
};

use super::{Desk, DeskError};

impl Desk<'_> {
    /// A case, when the actor may read all of it. The reading is logged first.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn case(&self, id: CaseId) -> Result<Case, DeskError> {
        let case = self.stored_case(id).await?;
        self.read(&self.case_object(&case)).await?;
        Ok(case)
    }

    /// A journal entry, when the actor may read all of it. Access to its case alone gives no access to it (R2.3). The
    /// reading is logged first.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn entry(&self, id: EntryId) -> Result<JournalEntry, DeskError> {
        let (entry, case) = self.stored_entry(id).await?;
        self.read(&self.entry_object(&entry, &case)).await?;
        Ok(entry)
    }

    /// A letter, when the actor may read the entry that it dispatches. The reading is logged first.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn letter(&self, id: LetterId) -> Result<Letter, DeskError> {
        let letter = self.stored_letter(id).await?;
        let object = self.letter_object(&letter).await?;
        self.read(&object).await?;
        Ok(letter)
    }

    /// How far a letter has come: for whoever may read the entry it dispatches, and for those who operate its channel. It
    /// holds nothing personal, so it is not logged.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn delivery(&self, id: LetterId) -> Result<Delivery, DeskError> {
        let letter = self.stored_letter(id).await?;
        let delivery = self.office.store.delivery(&self.tenant.id, id).await?.ok_or(DeskError::NotFound)?;
        let subject = self.subject().await?;
        if !self.operates(&subject, &delivery) {
            let object = self.letter_object(&letter).await?;
            self.require(&subject, Action::Read, &object).await?;
        }
        Ok(delivery)
    }

    pub(super) async fn stored_letter(&self, id: LetterId) -> Result<Letter, DeskError> {
        self.office.store.letter(&self.tenant.id, id).await?.ok_or(DeskError::NotFound)
    }

    /// A letter is as sensitive as its entry and as it was handed in.
    pub(super) async fn letter_object(&self, letter: &Letter) -> Result<Object, DeskError> {
        let (entry, case) = self.stored_entry(letter.entry).await?;
        let mut object = self.entry_object(&entry, &case);
        object.class = object.class.combine(letter.sensitivity);
        Ok(object)
    }

    async fn read(&self, object: &Object) -> Result<(), DeskError> {
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Read, object).await?;
        self.log_reading(Activity::Read, object.record, &decision).await
    }
}
