-- The schema of Beatline 0.1, as it was: frozen. One blank line between two statements.

CREATE TABLE meta (
    key TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE record (
    n BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    force TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    grade TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    beat TEXT COLLATE "C",
    reported_at BIGINT NOT NULL,
    occurred_from BIGINT NOT NULL,
    occurred_until BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    level SMALLINT NOT NULL,
    shared SMALLINT NOT NULL,
    compartments SMALLINT NOT NULL,
    min_lon DOUBLE PRECISION,
    min_lat DOUBLE PRECISION,
    max_lon DOUBLE PRECISION,
    max_lat DOUBLE PRECISION,
    place geometry(GEOMETRY,4326),
    written_at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (n),
    UNIQUE (id)
);

CREATE INDEX record_newest ON record (kind, reported_at, id);

CREATE INDEX record_live ON record (valid_until) WHERE status IN ('open', 'attended');

CREATE INDEX record_place ON record USING gist (place, int8range(occurred_from, occurred_until));

CREATE INDEX record_geography ON record USING gist ((place::geography));

CREATE TABLE record_version (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE record_share (
    record TEXT COLLATE "C" NOT NULL,
    force TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record, force)
);

CREATE TABLE record_compartment (
    record TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record, operation)
);

CREATE TABLE change (
    n BIGSERIAL NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (n)
);

ALTER TABLE change ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE INDEX change_xid ON change (xid);

CREATE TABLE roster (
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    written_at BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE letter (
    digest TEXT COLLATE "C" NOT NULL,
    feed TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    raw BYTEA NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX letter_feed ON letter (feed, reason);

CREATE TABLE officer_state (
    officer TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    term BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    status_at BIGINT NOT NULL,
    tokens DOUBLE PRECISION NOT NULL,
    tokens_at BIGINT NOT NULL,
    cell_lon DOUBLE PRECISION,
    cell_lat DOUBLE PRECISION,
    fix_at BIGINT,
    seen_at BIGINT NOT NULL,
    forgotten BIGINT NOT NULL,
    PRIMARY KEY (officer)
) WITH (fillfactor = 50);

CREATE TABLE legend (
    n BIGINT NOT NULL,
    names TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (n)
);

CREATE TABLE fanout (
    n BIGSERIAL NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    policy TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    legend BIGINT NOT NULL,
    width BIGINT NOT NULL,
    officers BYTEA NOT NULL,
    rows BYTEA NOT NULL,
    PRIMARY KEY (n)
);

CREATE INDEX fanout_record ON fanout (record);

ALTER TABLE fanout ALTER COLUMN rows SET STORAGE EXTERNAL;

ALTER TABLE officer_state SET (autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE inbox (
    officer TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    fanout BIGINT NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, seq)
);

CREATE TABLE held (
    officer TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    act SMALLINT NOT NULL,
    verdict SMALLINT NOT NULL,
    priority SMALLINT NOT NULL,
    inside SMALLINT NOT NULL,
    told_grade SMALLINT NOT NULL,
    told_hazards BIGINT NOT NULL,
    told_lon DOUBLE PRECISION,
    told_lat DOUBLE PRECISION,
    told_version BIGINT NOT NULL,
    told_style SMALLINT NOT NULL,
    told_at BIGINT NOT NULL,
    fanout BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (officer, record)
);

CREATE INDEX held_record ON held (record);

CREATE TABLE device_cursor (
    officer TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    epoch TEXT COLLATE "C" NOT NULL,
    floor BIGINT NOT NULL,
    above BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, device)
);

CREATE TABLE receipt (
    officer TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, seq)
);

CREATE TABLE seen (
    officer TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, record, rev)
);

CREATE TABLE answer (
    officer TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    choice TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, key)
);

CREATE INDEX answer_record ON answer (record);
