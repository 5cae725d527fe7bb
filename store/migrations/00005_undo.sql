-- +goose Up

-- How many uses of a ticket its platform has from here, or may have, since the
-- last reset. After an undo that is more than its entries: no platform takes a
-- use back.
ALTER TABLE presence ADD COLUMN told INTEGER NOT NULL DEFAULT 0;

-- Every entry was told that the ticket was good for.
UPDATE presence SET told = max(1, min(entries, coalesce(
    (SELECT uses FROM tickets t WHERE t.account = presence.account AND t.ticket = presence.ticket), 1)))
    WHERE entries > 0 AND delivery_seq > 0;

-- Who took the use back: '' for the platform. undo is the row of the journal
-- that says so, 0 where there is none.
ALTER TABLE resets ADD COLUMN by TEXT NOT NULL DEFAULT '';
ALTER TABLE resets ADD COLUMN undo INTEGER NOT NULL DEFAULT 0;

-- The story of a ticket tells its resets.
CREATE INDEX resets_of_ticket ON resets (account, ticket);
