-- The schema of Beatline 0.1, as it was: frozen. One blank line between two statements.

CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE record (
    n INTEGER NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    force TEXT NOT NULL,
    category TEXT NOT NULL,
    grade TEXT NOT NULL,
    status TEXT NOT NULL,
    beat TEXT,
    reported_at BIGINT NOT NULL,
    occurred_from BIGINT NOT NULL,
    occurred_until BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    level SMALLINT NOT NULL,
    shared SMALLINT NOT NULL,
    compartments SMALLINT NOT NULL,
    min_lon DOUBLE,
    min_lat DOUBLE,
    max_lon DOUBLE,
    max_lat DOUBLE,
    place GEOMETRY,
    written_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (n),
    UNIQUE (id)
);

CREATE INDEX record_newest ON record (kind, reported_at, id);

CREATE INDEX record_live ON record (valid_until) WHERE status IN ('open', 'attended');

CREATE VIRTUAL TABLE record_tree USING rtree(n, min_lon, max_lon, min_lat, max_lat);

CREATE TRIGGER record_tree_in AFTER INSERT ON record WHEN new.min_lon IS NOT NULL BEGIN INSERT INTO record_tree VALUES (new.n, new.min_lon, new.max_lon, new.min_lat, new.max_lat); END;

CREATE TRIGGER record_tree_moved AFTER UPDATE ON record WHEN new.min_lon IS NOT old.min_lon OR new.min_lat IS NOT old.min_lat OR new.max_lon IS NOT old.max_lon OR new.max_lat IS NOT old.max_lat BEGIN DELETE FROM record_tree WHERE n = old.n; INSERT INTO record_tree SELECT new.n, new.min_lon, new.max_lon, new.min_lat, new.max_lat WHERE new.min_lon IS NOT NULL; END;

CREATE TRIGGER record_tree_out AFTER DELETE ON record BEGIN DELETE FROM record_tree WHERE n = old.n; END;

CREATE TABLE record_version (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE record_share (
    record TEXT NOT NULL,
    force TEXT NOT NULL,
    PRIMARY KEY (record, force)
);

CREATE TABLE record_compartment (
    record TEXT NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (record, operation)
);

CREATE TABLE change (
    n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE roster (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE letter (
    digest TEXT NOT NULL,
    feed TEXT NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    raw BLOB NOT NULL,
    actor TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX letter_feed ON letter (feed, reason);

CREATE TABLE officer_state (
    officer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    owner TEXT NOT NULL,
    term BIGINT NOT NULL,
    status TEXT NOT NULL,
    status_at BIGINT NOT NULL,
    tokens DOUBLE NOT NULL,
    tokens_at BIGINT NOT NULL,
    cell_lon DOUBLE,
    cell_lat DOUBLE,
    fix_at BIGINT,
    seen_at BIGINT NOT NULL,
    forgotten BIGINT NOT NULL,
    PRIMARY KEY (officer)
) WITHOUT ROWID;

CREATE TABLE legend (
    n BIGINT NOT NULL,
    names TEXT NOT NULL,
    PRIMARY KEY (n)
);

CREATE TABLE fanout (
    n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    record TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    policy TEXT NOT NULL,
    owner TEXT NOT NULL,
    legend BIGINT NOT NULL,
    width BIGINT NOT NULL,
    officers BLOB NOT NULL,
    rows BLOB NOT NULL
);

CREATE INDEX fanout_record ON fanout (record);

CREATE TABLE inbox (
    officer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    fanout BIGINT NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, seq)
) WITHOUT ROWID;

CREATE TABLE held (
    officer TEXT NOT NULL,
    record TEXT NOT NULL,
    rev BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    act SMALLINT NOT NULL,
    verdict SMALLINT NOT NULL,
    priority SMALLINT NOT NULL,
    inside SMALLINT NOT NULL,
    told_grade SMALLINT NOT NULL,
    told_hazards BIGINT NOT NULL,
    told_lon DOUBLE,
    told_lat DOUBLE,
    told_version BIGINT NOT NULL,
    told_style SMALLINT NOT NULL,
    told_at BIGINT NOT NULL,
    fanout BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (officer, record)
) WITHOUT ROWID;

CREATE INDEX held_record ON held (record);

CREATE TABLE device_cursor (
    officer TEXT NOT NULL,
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    floor BIGINT NOT NULL,
    above BLOB NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, device)
);

CREATE TABLE receipt (
    officer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    device TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, seq)
) WITHOUT ROWID;

CREATE TABLE seen (
    officer TEXT NOT NULL,
    record TEXT NOT NULL,
    rev BIGINT NOT NULL,
    device TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, record, rev)
);

CREATE TABLE answer (
    officer TEXT NOT NULL,
    "key" TEXT NOT NULL,
    device TEXT NOT NULL,
    record TEXT NOT NULL,
    rev BIGINT NOT NULL,
    choice TEXT NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, "key")
);

CREATE INDEX answer_record ON answer (record);
