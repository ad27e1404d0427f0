-- Small records that parts of the office keep for themselves.
CREATE TABLE kept (
    tenant  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- When something has to be done about it.
    due     INTEGER,
    value   TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_due ON kept (tenant, kind, due) WHERE due IS NOT NULL;
