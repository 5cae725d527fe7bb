-- +goose Up

-- What a drawer wrote down between two attempts at a delivery, in words of its
-- own: what a platform that counts every use had counted before ours.
ALTER TABLE outbox ADD COLUMN memo TEXT NOT NULL DEFAULT '';

-- 1 where the list holds usable tickets only: one that has gone from it was
-- used or has expired, and was not taken back.
ALTER TABLE lists ADD COLUMN usable_only INTEGER NOT NULL DEFAULT 0 CHECK (usable_only IN (0, 1));

-- Kinds of tickets of an event, where codes or answers name them by an id.
CREATE TABLE products (
    account INTEGER NOT NULL,
    event   TEXT    NOT NULL,
    place   INTEGER NOT NULL,
    product TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    PRIMARY KEY (account, event, place),
    FOREIGN KEY (account, event) REFERENCES events (account, event)
) STRICT, WITHOUT ROWID;
