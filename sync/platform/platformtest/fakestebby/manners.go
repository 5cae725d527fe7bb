package fakestebby

// ErrorForm is a way to write an error.
type ErrorForm int

// The forms of errors that documents and public clients speak of.
const (
	// FormMixed is the documented form for errors of the application and Laravel's for its validation.
	FormMixed ErrorForm = iota
	// FormDocument is {"code": "2108", "message": "…"} for everything.
	FormDocument
	// FormList is {"errors": [{"code": "2108", "message": "…"}]}.
	FormList
	// FormNested is {"errors": {"code": "2108", "message": "…"}}, the document read to the letter.
	FormNested
	// FormFields is {"message": "…", "errors": {"ticketCode": ["…"]}}.
	FormFields
	// FormMessage is {"message": "…"}.
	FormMessage
)

// ErrorForms returns all forms.
func ErrorForms() []ErrorForm {
	return []ErrorForm{FormMixed, FormDocument, FormList, FormNested, FormFields, FormMessage}
}

// Manners are the sides of the real server that nobody outside knows. The zero value is the likeliest: the one that the document and
// public clients suggest.
type Manners struct {
	// ListRefused makes the server insist on a client or a ticket code, as the document says. Otherwise pagination alone lists all
	// tickets of the Point of Sale, as one public client expects.
	ListRefused bool
	// ListSilent makes the server answer such a question with an empty list.
	ListSilent bool
	// Errors is how errors are written.
	Errors ErrorForm
	// ErrorStatus is the status of the application's errors; zero means 400. 200 is possible.
	ErrorStatus int
	// NumericCodes writes error codes as numbers and not as texts.
	NumericCodes bool
	// BrokenTotals makes every answer say what the document's sample says: a total of 2 on 3 pages.
	BrokenTotals bool
	// NoTotals leaves the pagination out of answers.
	NoTotals bool
	// PageMax is the largest page given; zero means 100. HidePageMax makes the answer claim the size that was asked for.
	PageMax     int
	HidePageMax bool
	// Restless gives the tickets of every answer in another order.
	Restless bool
	// ExistsBool writes "exists" as true and not as 1, Arrays writes client and purchasable as arrays of one.
	ExistsBool, Arrays bool
	// LoneOffsets writes offsets of times without a colon: +0000.
	LoneOffsets bool
	// AnyCase makes the filter by ticket code take codes in other case, as MySQL's usual collations do.
	AnyCase bool
	// FilterIgnored makes a look-up answer with all tickets.
	FilterIgnored bool
	// EmptyArray makes a use answer [] and not {}, NoContent 204.
	EmptyArray, NoContent bool
	// NoLock lets uses that arrive together all succeed; see [fakeserver.Front.RaceUses].
	NoLock bool
}

// SetManners chooses how the server behaves from now on.
func (s *Server) SetManners(m Manners) {
	s.mu.Lock()
	s.manners = m
	s.mu.Unlock()
	s.Changed()
}

func (s *Server) mannersNow() Manners {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.manners
}
