// Package admission holds the words of the gate and the rules of the door.
//
// It promises that [Decide] is a pure function: the same facts and the same
// scan give the same decision, on any machine, at any time. It reads no clock,
// opens no file, asks no server and keeps no state. It will never admit
// without grounds, and it will never answer a question it has no facts for
// with a refusal: what the station cannot know is a hold, for a person.
//
// Every other room speaks in the words defined here and uses no second word
// for the same thing.
package admission
