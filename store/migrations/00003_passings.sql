-- +goose Up

-- What the contact of a gate said after an admission: somebody went through, or
-- nobody did in time. No row while nobody knows, and none at gates without a
-- contact. Written once, after the journal row, and not part of its chain: it
-- says what became of an admission and changes nothing about it.
--   seq:   of the check-in.
--   state: passed, not_passed, or unknown when the station stopped meanwhile.
CREATE TABLE passings (
    seq     INTEGER PRIMARY KEY,
    state   TEXT    NOT NULL CHECK (state IN ('passed', 'not_passed', 'unknown')),
    wall    INTEGER,
    trusted INTEGER NOT NULL,
    boot    TEXT    NOT NULL,
    since   INTEGER NOT NULL
) STRICT;
