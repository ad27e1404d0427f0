-- Every table starts with the tenant, and so does every key and index: nothing is ever looked up without it.
-- `body` is the record as JSON in the form that `format` says; the other columns are what is searched by.
-- Moments are nanoseconds since 1970, UTC.

CREATE TABLE counters (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Documents that some record names. `content` is empty for those that are files.
CREATE TABLE blobs (
    seq     INTEGER PRIMARY KEY,
    tenant  TEXT NOT NULL,
    hash    BLOB NOT NULL,
    size    INTEGER NOT NULL,
    content BLOB,
    UNIQUE (tenant, hash)
) STRICT;

CREATE TABLE cases (
    seq      INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    id       BLOB NOT NULL,
    year     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    -- How many entries it was given, which is the number of the last one.
    entries  INTEGER NOT NULL DEFAULT 0,
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    UNIQUE (tenant, id),
    UNIQUE (tenant, year, sequence)
) STRICT;

CREATE TABLE entries (
    seq              INTEGER PRIMARY KEY,
    tenant           TEXT NOT NULL,
    id               BLOB NOT NULL,
    case_id          BLOB NOT NULL,
    in_case          INTEGER NOT NULL,
    journal_year     INTEGER NOT NULL,
    journal_sequence INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    format           INTEGER NOT NULL,
    body             TEXT NOT NULL,
    UNIQUE (tenant, id),
    UNIQUE (tenant, case_id, in_case),
    UNIQUE (tenant, journal_year, journal_sequence)
) STRICT;

CREATE TABLE letters (
    seq    INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id     BLOB NOT NULL,
    format INTEGER NOT NULL,
    body   TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;

-- `seq` rises with acceptance and so keeps order between letters of one moment.
CREATE TABLE deliveries (
    seq       INTEGER PRIMARY KEY,
    tenant    TEXT NOT NULL,
    letter    BLOB NOT NULL,
    channel   TEXT NOT NULL,
    account   TEXT NOT NULL,
    state     TEXT NOT NULL,
    -- 0 dispatch, 1 follow-up, empty when nothing is left to do.
    work      INTEGER,
    -- 0 leaves first.
    priority  INTEGER NOT NULL,
    due       INTEGER,
    order_key TEXT,
    -- The last moment at which it was queued, sending was begun or the channel was heard of.
    touched   INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    -- The newest claim. `owner` and `lease` are empty when it was given up.
    fence     INTEGER NOT NULL DEFAULT 0,
    owner     TEXT,
    lease     INTEGER,
    format    INTEGER NOT NULL,
    body      TEXT NOT NULL,
    UNIQUE (tenant, letter)
) STRICT;

CREATE INDEX deliveries_due ON deliveries (tenant, channel, account, work, priority, due, seq)
    WHERE work IS NOT NULL AND due IS NOT NULL;
CREATE INDEX deliveries_order ON deliveries (tenant, order_key, seq)
    WHERE order_key IS NOT NULL AND work = 0;
CREATE INDEX deliveries_owner ON deliveries (owner) WHERE owner IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (tenant, channel, account, work) WHERE lease IS NOT NULL;
CREATE INDEX deliveries_state ON deliveries (tenant, channel, account, state);

CREATE TABLE intakes (
    seq     INTEGER PRIMARY KEY,
    tenant  TEXT NOT NULL,
    inbox   TEXT NOT NULL,
    item    TEXT NOT NULL,
    version INTEGER NOT NULL,
    format  INTEGER NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (tenant, inbox, item)
) STRICT;

CREATE TABLE remembered (
    tenant TEXT NOT NULL,
    key    TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    seq    INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id     BLOB NOT NULL,
    at     INTEGER NOT NULL,
    told   INTEGER NOT NULL DEFAULT 0,
    format INTEGER NOT NULL,
    body   TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;

CREATE INDEX notices_open ON notices (tenant, at, id) WHERE told = 0;

CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    UNIQUE (tenant, sequence)
) STRICT;
