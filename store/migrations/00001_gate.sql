-- +goose Up

-- Who this database belongs to. One row, written once.
--   genesis: 32 random bytes the hash chain of the journal starts from.
CREATE TABLE meta (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    station_id TEXT    NOT NULL,
    genesis    BLOB    NOT NULL CHECK (length(genesis) = 32)
) STRICT;

-- What changes with every check-in. One row, so that an admission touches one
-- page for all of it.
--   head_seq, head_hash: the newest journal row; a journal that ends earlier has been cut.
--   inside:              people inside by this station's own count, never below 0.
--   admitted, refused, held: running totals over entry and exit lanes, see journal.
--   step:                orders sweeps against settled deliveries without a clock.
CREATE TABLE state (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    head_seq  INTEGER NOT NULL,
    head_hash BLOB    NOT NULL,
    inside    INTEGER NOT NULL CHECK (inside >= 0),
    admitted  INTEGER NOT NULL,
    refused   INTEGER NOT NULL,
    held      INTEGER NOT NULL,
    step      INTEGER NOT NULL
) STRICT;

-- Where the journal begins. Rows up to seq have been pruned and hash is that
-- of the last of them; seq 0 and the genesis while nothing has been pruned.
CREATE TABLE anchor (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Written by the write test of the watchdog and by nothing else.
CREATE TABLE heartbeat (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    beats INTEGER NOT NULL
) STRICT;

-- Names of accounts, so that a million tickets need not repeat them.
CREATE TABLE accounts (
    id   INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

-- Texts that many tickets share: events, products, tariffs, devices.
CREATE TABLE terms (
    id   INTEGER PRIMARY KEY,
    text TEXT    NOT NULL UNIQUE
) STRICT;

-- Events as the platforms publish them. An event that is no longer published
-- stays, because tickets refer to it.
--   starts, ends: microseconds since 1970 UTC, NULL where unknown.
CREATE TABLE events (
    account   INTEGER NOT NULL REFERENCES accounts (id),
    event     TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    starts    INTEGER,
    ends      INTEGER,
    zone      TEXT    NOT NULL,
    parent    TEXT    NOT NULL,
    published INTEGER NOT NULL CHECK (published IN (0, 1)),
    PRIMARY KEY (account, event)
) STRICT, WITHOUT ROWID;

-- Public keys the platforms sign tickets with. event is the event that brought
-- the key, signs the one whose tickets it signs ('' for all of the account).
CREATE TABLE keys (
    account INTEGER NOT NULL,
    event   TEXT    NOT NULL,
    place   INTEGER NOT NULL,
    signs   TEXT    NOT NULL,
    pem     TEXT    NOT NULL,
    PRIMARY KEY (account, event, place),
    FOREIGN KEY (account, event) REFERENCES events (account, event)
) STRICT, WITHOUT ROWID;

-- Events that staff chose to serve.
CREATE TABLE chosen (
    account INTEGER NOT NULL REFERENCES accounts (id),
    event   TEXT    NOT NULL,
    PRIMARY KEY (account, event)
) STRICT, WITHOUT ROWID;

-- The lists of tickets, one for every event of an account ('' where the
-- platform has none), each with its last sweep.
--   complete:  generation of the last sweep that was complete, 0 before the
--              first. A ticket whose generation is lower was not seen by it
--              and counts as revoked.
--   complete_step: step at which that sweep began.
--   as_of_*:   when the last complete sweep or increment began.
--   tickets:   rows of this list that are not revoked that way.
--   watermark: where the next increment goes on, in the platform's words.
--   generation, cursor, began_*, began_step, seen, total, done: the last sweep
--              (generation 0: none yet).
CREATE TABLE lists (
    id            INTEGER PRIMARY KEY,
    account       INTEGER NOT NULL REFERENCES accounts (id),
    event         TEXT    NOT NULL,
    complete      INTEGER NOT NULL DEFAULT 0,
    complete_step INTEGER NOT NULL DEFAULT 0,
    as_of_wall    INTEGER,
    as_of_trusted INTEGER NOT NULL DEFAULT 0,
    as_of_boot    TEXT    NOT NULL DEFAULT '',
    as_of_since   INTEGER NOT NULL DEFAULT 0,
    tickets       INTEGER NOT NULL DEFAULT 0,
    watermark     TEXT    NOT NULL DEFAULT '',
    generation    INTEGER NOT NULL DEFAULT 0,
    cursor        TEXT    NOT NULL DEFAULT '',
    began_wall    INTEGER,
    began_trusted INTEGER NOT NULL DEFAULT 0,
    began_boot    TEXT    NOT NULL DEFAULT '',
    began_since   INTEGER NOT NULL DEFAULT 0,
    began_step    INTEGER NOT NULL DEFAULT 0,
    seen          INTEGER NOT NULL DEFAULT 0,
    total         INTEGER NOT NULL DEFAULT -1,
    done          INTEGER NOT NULL DEFAULT 1 CHECK (done IN (0, 1)),
    UNIQUE (account, event)
) STRICT;

-- Tickets as the platforms last told us, keyed by their identity. Kept small:
-- a million of them must fit on a card. No foreign keys, for the same reason:
-- list, event, product, price and used_by are ids that only this program writes.
--   generation: of the sweep that last saw it, see lists.complete.
--   step:       when the request that last brought it began.
--   used_at, valid_from, valid_until: microseconds since 1970 UTC, NULL where open or unknown.
CREATE TABLE tickets (
    account     INTEGER NOT NULL,
    ticket      TEXT    NOT NULL,
    list        INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    event       INTEGER,
    product     INTEGER,
    price       INTEGER,
    status      TEXT    NOT NULL,
    used        INTEGER NOT NULL,
    used_at     INTEGER,
    used_by     INTEGER,
    uses        INTEGER NOT NULL,
    valid_from  INTEGER,
    valid_until INTEGER,
    holder      TEXT,
    reservation TEXT,
    PRIMARY KEY (account, ticket)
) STRICT, WITHOUT ROWID;

-- What this station itself knows of a ticket: who is inside and how often it
-- has been used. Apart from tickets, so that no pull can un-use one.
--   entries, inside, entry_*, exit_*: passages since the last reset (see resets).
--   admitted_seq, event, grounds:     the last entry ever, resets or not.
--   delivery_seq: its last check-in that was to be delivered, 0 for none.
--   last_seq:     its last check-in of any kind, the head of its story.
CREATE TABLE presence (
    account       INTEGER NOT NULL,
    ticket        TEXT    NOT NULL,
    entries       INTEGER NOT NULL,
    inside        INTEGER NOT NULL CHECK (inside IN (0, 1)),
    entry_seq     INTEGER NOT NULL,
    entry_wall    INTEGER,
    entry_trusted INTEGER NOT NULL,
    entry_boot    TEXT    NOT NULL,
    entry_since   INTEGER NOT NULL,
    entry_station TEXT    NOT NULL,
    entry_lane    TEXT    NOT NULL,
    entry_by      TEXT    NOT NULL,
    exit_seq      INTEGER NOT NULL,
    exit_wall     INTEGER,
    exit_trusted  INTEGER NOT NULL,
    exit_boot     TEXT    NOT NULL,
    exit_since    INTEGER NOT NULL,
    exit_station  TEXT    NOT NULL,
    exit_lane     TEXT    NOT NULL,
    exit_by       TEXT    NOT NULL,
    admitted_seq  INTEGER NOT NULL,
    event         TEXT    NOT NULL,
    grounds       TEXT    NOT NULL,
    delivery_seq  INTEGER NOT NULL,
    last_seq      INTEGER NOT NULL,
    PRIMARY KEY (account, ticket)
) STRICT, WITHOUT ROWID;

-- Every scan, admitted or not, in the order of their recording. Append-only
-- and hash-chained; no names and no codes. The columns before hash, in this
-- order, are what the hash covers (see hash.go).
--   wall:      microseconds since 1970 UTC; since: nanoseconds since boot.
--   list_age:  nanoseconds, NULL where not known.
--   before:    seq of the previous check-in of the same ticket, 0 for none.
--   told:      1 when the check-in was to be delivered.
--   admitted, refused, held, inside: running totals after this check-in, so
--              that what happened since any row is one subtraction.
CREATE TABLE journal (
    seq           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL,
    station       TEXT    NOT NULL,
    lane          TEXT    NOT NULL,
    direction     TEXT    NOT NULL,
    wall          INTEGER,
    trusted       INTEGER NOT NULL,
    boot          TEXT    NOT NULL,
    since         INTEGER NOT NULL,
    verdict       TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    grounds       TEXT    NOT NULL,
    rung          INTEGER NOT NULL,
    platform      TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    ticket        TEXT    NOT NULL,
    event         TEXT    NOT NULL,
    product       TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    by            TEXT    NOT NULL,
    note          TEXT    NOT NULL,
    previous_at   INTEGER,
    previous_station TEXT,
    previous_lane TEXT,
    previous_by   TEXT,
    window_from   INTEGER,
    window_until  INTEGER,
    list_age      INTEGER,
    before        INTEGER NOT NULL,
    told          INTEGER NOT NULL,
    admitted      INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    held          INTEGER NOT NULL,
    inside        INTEGER NOT NULL,
    hash          BLOB    NOT NULL
) STRICT;

-- +goose StatementBegin
-- A journal row is never changed.
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- A journal row is never removed, unless the anchor has been moved past it.
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
WHEN OLD.seq > (SELECT seq FROM anchor)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- The next row follows the newest one; this also stops INSERT OR REPLACE.
CREATE TRIGGER journal_in_order BEFORE INSERT ON journal
WHEN NEW.seq <> (SELECT head_seq + 1 FROM state)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- The head and the totals move with the newest row, so neither can be without
-- the other.
CREATE TRIGGER journal_head AFTER INSERT ON journal
BEGIN
    UPDATE state SET head_seq = NEW.seq, head_hash = NEW.hash, inside = NEW.inside,
        admitted = NEW.admitted, refused = NEW.refused, held = NEW.held;
END;
-- +goose StatementEnd

-- Check-ins that still have to reach their platform, and those it will not
-- take (buried), which stay here until somebody retries them.
--   previous:  the ticket's delivery before this one, 0 for none; it goes first.
--   earlier:   an earlier use of the ticket was delivered, or may have been.
--   attempt:   requests whose intent was made durable; intent_*: the last of them.
--   next_at:   microseconds since 1970 UTC, not before; postponed_at: when
--              that was said, so that a clock set back delays nothing for ever.
--   code:      as scanned; NULL when admitted by hand.
CREATE TABLE outbox (
    seq            INTEGER PRIMARY KEY,
    account        INTEGER NOT NULL,
    ticket         TEXT    NOT NULL,
    event          TEXT    NOT NULL,
    previous       INTEGER NOT NULL,
    earlier        INTEGER NOT NULL,
    buried         INTEGER NOT NULL DEFAULT 0 CHECK (buried IN (0, 1)),
    attempt        INTEGER NOT NULL DEFAULT 0,
    intent_wall    INTEGER,
    intent_trusted INTEGER NOT NULL DEFAULT 0,
    intent_boot    TEXT    NOT NULL DEFAULT '',
    intent_since   INTEGER NOT NULL DEFAULT 0,
    next_at        INTEGER NOT NULL DEFAULT 0,
    postponed_at   INTEGER NOT NULL DEFAULT 0,
    cause          TEXT    NOT NULL DEFAULT '',
    remedy         TEXT    NOT NULL DEFAULT '',
    code           BLOB
) STRICT;

-- Deliveries that came to an end, with the step at which they did. The code
-- as scanned is gone by then.
--   state: delivered, conflict or withdrawn.  ours: the platform had it from
--   us already, an answer had been lost.
CREATE TABLE delivered (
    seq     INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    ticket  TEXT    NOT NULL,
    event   TEXT    NOT NULL,
    earlier INTEGER NOT NULL,
    state   TEXT    NOT NULL,
    ours    INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    step    INTEGER NOT NULL,
    settled_wall    INTEGER,
    settled_trusted INTEGER NOT NULL,
    settled_boot    TEXT    NOT NULL,
    settled_since   INTEGER NOT NULL
) STRICT;

-- Disagreements between a platform and the journal, for people to look at.
-- seq is our check-in, 0 where none is involved; wall clocks in microseconds.
CREATE TABLE conflicts (
    id               INTEGER PRIMARY KEY,
    kind             TEXT    NOT NULL,
    account          TEXT    NOT NULL,
    ticket           TEXT    NOT NULL,
    seq              INTEGER NOT NULL,
    opened_wall      INTEGER,
    opened_trusted   INTEGER NOT NULL,
    opened_boot      TEXT    NOT NULL,
    opened_since     INTEGER NOT NULL,
    our_wall         INTEGER,
    our_trusted      INTEGER NOT NULL,
    our_boot         TEXT    NOT NULL,
    our_since        INTEGER NOT NULL,
    our_lane         TEXT    NOT NULL,
    theirs           TEXT    NOT NULL,
    their_at         INTEGER,
    remedy           TEXT    NOT NULL,
    resolved         INTEGER NOT NULL DEFAULT 0 CHECK (resolved IN (0, 1)),
    resolved_wall    INTEGER,
    resolved_trusted INTEGER NOT NULL DEFAULT 0,
    resolved_boot    TEXT    NOT NULL DEFAULT '',
    resolved_since   INTEGER NOT NULL DEFAULT 0,
    note             TEXT    NOT NULL DEFAULT ''
) STRICT;

-- The same disagreement is opened once, and not again after it was resolved.
CREATE UNIQUE INDEX conflicts_once ON conflicts (account, ticket, kind, seq);

-- Finds the open ones without reading the rest.
CREATE INDEX conflicts_open ON conflicts (id) WHERE resolved = 0;

-- Every time an organiser's reset let a used ticket enter again: which entry
-- it took back, when and why.
CREATE TABLE resets (
    id      INTEGER PRIMARY KEY,
    account TEXT    NOT NULL,
    ticket  TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    wall    INTEGER,
    trusted INTEGER NOT NULL,
    boot    TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    why     TEXT    NOT NULL
) STRICT;
