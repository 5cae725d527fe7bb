-- +goose Up

-- Stretches of the tickets in the order of their keys, so that people can be
-- found by name without reading every ticket. A stretch begins at first and
-- ends where the next one of its account begins; the first one begins at ''.
--   written: 1 while people has its row, see the triggers.
--   sieve:   which beginnings of names and orders there are, one bit for each,
--            shared by others by chance (see sieve.go). Whoever searches reads
--            all sieves and only the rows of people that remain.
CREATE TABLE stretches (
    id      INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    first   TEXT    NOT NULL,
    written INTEGER NOT NULL DEFAULT 0 CHECK (written IN (0, 1)),
    sieve   BLOB    NOT NULL DEFAULT x'',
    UNIQUE (account, first)
) STRICT;

-- Finds what has still to be written without reading the rest.
CREATE INDEX stretches_unwritten ON stretches (account, first) WHERE written = 0;

-- What can be searched of the tickets of one stretch: one line for each of
-- them, in their order. There is no row while a stretch has still to be
-- written, which happens behind the sweeps and never inside them.
--   products: ids of terms, once each, a space before and after.
--   names:    the words of the holder's name without case and accents, a space
--             before each.
--   orders:   how the order begins, in lower case.
CREATE TABLE people (
    stretch  INTEGER PRIMARY KEY,
    products TEXT    NOT NULL,
    names    BLOB    NOT NULL,
    orders   BLOB    NOT NULL
) STRICT;

-- +goose StatementBegin
-- A stretch with a row is written.
CREATE TRIGGER people_written AFTER INSERT ON people
BEGIN
    UPDATE stretches SET written = 1 WHERE id = NEW.stretch;
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- A stretch without one is not.
CREATE TRIGGER people_unwritten AFTER DELETE ON people
BEGIN
    UPDATE stretches SET written = 0, sieve = x'' WHERE id = OLD.stretch;
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- A ticket that comes empties its stretch, because the lines no longer fit.
CREATE TRIGGER tickets_come AFTER INSERT ON tickets
BEGIN
    DELETE FROM people WHERE stretch = (SELECT id FROM stretches
        WHERE account = NEW.account AND first <= NEW.ticket ORDER BY first DESC LIMIT 1);
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- A name that goes from a ticket goes from here in the same transaction.
CREATE TRIGGER tickets_change AFTER UPDATE OF holder, reservation, product ON tickets
WHEN OLD.holder IS NOT NEW.holder OR OLD.reservation IS NOT NEW.reservation OR OLD.product IS NOT NEW.product
BEGIN
    DELETE FROM people WHERE stretch = (SELECT id FROM stretches
        WHERE account = NEW.account AND first <= NEW.ticket ORDER BY first DESC LIMIT 1);
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- So does one that goes with its ticket.
CREATE TRIGGER tickets_go AFTER DELETE ON tickets
BEGIN
    DELETE FROM people WHERE stretch = (SELECT id FROM stretches
        WHERE account = OLD.account AND first <= OLD.ticket ORDER BY first DESC LIMIT 1);
END;
-- +goose StatementEnd
