-- The tamper-evident logs: for each tenant one for each way of keeping.

-- A log. `tree` is the frontier at its end, `cut` that of what was pruned. `owner` is one number for all logs of a tenant.
CREATE TABLE audit_logs (
    id                INTEGER PRIMARY KEY,
    owner             INTEGER NOT NULL,
    tenant            TEXT NOT NULL,
    class             TEXT NOT NULL,
    tree              BLOB NOT NULL,
    cut               BLOB NOT NULL,
    checkpoint        TEXT,
    checkpoint_at_cut TEXT,
    UNIQUE (tenant, class)
) STRICT;

-- An entry. `id` is the owner's number times 2^40 plus the place among the owner's entries, so that they lie together in the
-- order of writing. `object` is one byte for the kind and 16 for the identifier, or kind and identifier as text. `fields` is
-- the row of its fields, where it has any.
CREATE TABLE audit_entries (
    id       INTEGER PRIMARY KEY,
    owner    INTEGER NOT NULL,
    log      INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    client   TEXT,
    activity TEXT NOT NULL,
    object   BLOB NOT NULL,
    outcome  INTEGER NOT NULL,
    rule     TEXT,
    layout   INTEGER NOT NULL,
    leaf     BLOB NOT NULL,
    fields   INTEGER
) STRICT;

-- Name, commitment, salt and value of an entry's fields. Rows are added at the end alone, so none is ever moved to another
-- page: what is erased leaves no copy behind.
CREATE TABLE audit_fields (
    id     INTEGER PRIMARY KEY,
    fields BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX audit_sequence ON audit_entries (log, sequence);
CREATE INDEX audit_time ON audit_entries (log, at);
CREATE INDEX audit_actor ON audit_entries (owner, actor, at);
CREATE INDEX audit_client ON audit_entries (owner, client, at) WHERE client IS NOT NULL;
CREATE INDEX audit_activity ON audit_entries (owner, activity, at);
CREATE INDEX audit_object ON audit_entries (owner, object, at);

-- Complete subtrees of 256, 65,536, … entries (level 1, 2, …), so that a proof reads little.
CREATE TABLE audit_nodes (
    log   INTEGER NOT NULL,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash  BLOB NOT NULL,
    PRIMARY KEY (log, level, place)
) STRICT, WITHOUT ROWID;
