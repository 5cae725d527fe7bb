package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
)

// The hash of a journal row is SHA-256 over the hash of the row before it
// (the genesis for the first one) and the canonical encoding of the row:
//
//	byte 1                    the version of the encoding
//	for each column from seq to inside, in the order of the table:
//	  NULL    uvarint 0
//	  INTEGER uvarint 1+8, then 8 bytes, big endian, two's complement
//	  TEXT    uvarint 1+n, then n bytes of UTF-8
//
// Every column is length-prefixed, so no two rows have the same encoding.
const encodingVersion = 1

// canonical builds one encoding.
type canonical struct {
	b []byte
}

func newCanonical(scratch []byte) canonical {
	return canonical{b: append(scratch[:0], encodingVersion)}
}

func (c *canonical) integer(v int64) {
	c.b = binary.AppendUvarint(c.b, 1+8)
	c.b = binary.BigEndian.AppendUint64(c.b, uint64(v))
}

func (c *canonical) text(s string) {
	c.b = binary.AppendUvarint(c.b, 1+uint64(len(s)))
	c.b = append(c.b, s...)
}

func (c *canonical) null() { c.b = binary.AppendUvarint(c.b, 0) }

func (c *canonical) flag(v bool) {
	if v {
		c.integer(1)
		return
	}
	c.integer(0)
}

func (c *canonical) maybeInteger(v sql.NullInt64) {
	if !v.Valid {
		c.null()
		return
	}
	c.integer(v.Int64)
}

func (c *canonical) maybeText(v sql.NullString) {
	if !v.Valid {
		c.null()
		return
	}
	c.text(v.String)
}

// chain gives the hash of a row whose encoding is enc and whose predecessor's
// hash is before.
func chain(before, enc []byte) []byte {
	h := sha256.New()
	h.Write(before)
	h.Write(enc)
	return h.Sum(nil)
}
