// Package card makes and checks control cards: codes on paper with which staff
// close a lane, open it, or let it only check, at the lane's own reader.
//
// It promises that nobody without the station's key can make a card, that a card
// does what it says at the one lane it was made for and nothing anywhere else,
// and that renewing the key makes every earlier card worthless. A card never
// opens the gate. The package reads no reader and changes no lane: whoever asks
// does what a card says.
//
// # Form
//
// A card says 36 letters, of which readers that type as for another country and
// readers with caps lock make nothing else: only letters that lie on the same key
// on every European board, and capitals and small ones mean the same.
//
//	GSCND  V  K  GGGG  MMMMMMMMMMMMMMMMMMMMMMMMM
//
// GSCND is fixed. V is the version, B. K is what the card does. GGGG counts the
// keys there have been, as four digits to base 16, so that an old card can be
// told from a forged one. The 25 letters behind are the first 100 bits of
// HMAC-SHA256, by the key of that generation, of the text
//
//	gatescand card 1 <action> <generation> <lane>
//
// with single blanks. The digits to base 16 are BCDFGHJKLNPRSTVX.
package card
