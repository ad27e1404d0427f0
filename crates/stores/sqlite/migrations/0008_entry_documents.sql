-- In which entries documents and their files stand. A copy of what stands in the entries' bodies, to find them by.
CREATE TABLE entry_documents (
    tenant TEXT NOT NULL,
    -- Of a document or of one of its files.
    id     BLOB NOT NULL,
    entry  BLOB NOT NULL,
    PRIMARY KEY (tenant, id, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_documents_entry ON entry_documents (tenant, entry, id);
