use bytes::Bytes;
use futures_util::future::BoxFuture;
use sakarkiv_core::{
    document::{BlobRef, FileName, MediaType},
    intake::FileFacts,
    journal::DocumentRole,
};

use super::{Form, FormFile};

/// A form whose files are at hand and not in the archive yet. `Debug` shows no field.
#[derive(Debug, Clone)]
pub struct Loose {
    form: Form,
    files: Vec<LooseFile>,
}

#[derive(Debug, Clone)]
struct LooseFile {
    role: DocumentRole,
    name: FileName,
    media_type: MediaType,
    content: Bytes,
}

impl Loose {
    /// A form without files.
    #[must_use]
    pub const fn new(form: Form) -> Self {
        Self { form, files: Vec::new() }
    }

    /// Adds a file.
    pub fn add(&mut self, role: DocumentRole, name: FileName, media_type: MediaType, content: Bytes) {
        self.files.push(LooseFile { role, name, media_type, content });
    }

    /// The form, without its files.
    #[must_use]
    pub const fn form(&self) -> &Form {
        &self.form
    }

    /// The files: what they are, their names and their bytes.
    pub fn files(&self) -> impl Iterator<Item = (DocumentRole, &FileName, &Bytes)> {
        self.files.iter().map(|file| (file.role, &file.name, &file.content))
    }

    /// Puts the files into the archive, in order, by `put`, and gives the whole form.
    ///
    /// # Errors
    /// The first that `put` gives.
    pub async fn store<'a, E>(self, put: impl Fn(Bytes) -> BoxFuture<'a, Result<BlobRef, E>>) -> Result<Form, E> {
        let Self { mut form, files } = self;
        for LooseFile { role, name, media_type, content } in files {
            let file = FileFacts::new(name, media_type, put(content).await?);
            form.files.push(FormFile { role, title: None, file });
        }
        Ok(form)
    }
}
