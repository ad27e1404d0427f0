-- By what other systems know cases and entries. A copy of what stands in the records' bodies, to find them by.
CREATE TABLE external_keys (
    tenant TEXT NOT NULL,
    system TEXT NOT NULL,
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    -- 0: a case, 1: an entry.
    sort   INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (tenant, system, kind, value, sort, record)
) STRICT, WITHOUT ROWID;

CREATE INDEX external_keys_record ON external_keys (tenant, sort, record);

INSERT OR IGNORE INTO external_keys
SELECT cases.tenant, key.value ->> '$.system', key.value ->> '$.kind', key.value ->> '$.value', 0, cases.id
FROM cases, json_each(cases.body, '$.external_keys') AS key;

INSERT OR IGNORE INTO external_keys
SELECT entries.tenant, key.value ->> '$.system', key.value ->> '$.kind', key.value ->> '$.value', 1, entries.id
FROM entries, json_each(entries.body, '$.external_keys') AS key;
