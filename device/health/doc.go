// Package health says what is wrong with this box and what to do about it.
//
// It promises that a condition is always named by a code of a fixed table, with
// words for staff and a remedy that can be tried without reading a manual; that
// a code nobody put into the table is shown as critical rather than swallowed;
// and that the clock never claims to be right when nothing vouches for it. It
// decides nothing about a ticket and stops nothing: it only says.
package health
