-- The access register: who may do what, with every version there was.
CREATE TABLE access (
    seq     INTEGER PRIMARY KEY,
    tenant  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- Whom it is about, which record, and when something happens by itself.
    holder  TEXT,
    object  TEXT,
    due     INTEGER,
    format  INTEGER NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (tenant, id, kind)
) STRICT;

CREATE INDEX access_kind ON access (tenant, kind, id);
CREATE INDEX access_holder ON access (tenant, holder, id, kind) WHERE holder IS NOT NULL;
CREATE INDEX access_object ON access (tenant, object, id, kind) WHERE object IS NOT NULL;
CREATE INDEX access_due ON access (tenant, due) WHERE due IS NOT NULL;

-- What a record was before it was changed.
CREATE TABLE access_history (
    seq     INTEGER PRIMARY KEY,
    tenant  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- When this version was made.
    at      INTEGER NOT NULL,
    format  INTEGER NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (tenant, kind, id, version)
) STRICT;
