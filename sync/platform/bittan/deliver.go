package bittan

import (
	"context"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const opDeliver = "deliver check-in"

// settleTime is how long after a request for a use, whose answer was lost, the
// server may still be working on it.
const settleTime = 30 * time.Second

// task is one attempt at a delivery.
type task struct {
	admission.Delivery

	id   string
	jot  platform.Jot
	memo memo // of an earlier attempt's use that was not answered, where sent is set
	sent bool
}

// Deliver makes one attempt at having the server count a use. The server
// counts whatever it is told to and never refuses; what is right to count is
// decided here.
//
// On today's server a use is asked for only where the ticket, just looked up,
// admits, is for the event and has no use. The count before is jotted down
// first. The answer to the use gives the count before it: the same count proves
// that nobody came between. After a lost answer the count is looked up again:
// one more than jotted down is our use, the same means that the request was
// lost, once settleTime has passed since it left, and more means that somebody
// else used the ticket too.
//
// On servers that count every request, the request is the use and its answer
// the proof. The form of the server is found out anew just before, so that the
// network is known to carry. A use that may have left is never asked for again.
func (d *Drawer) Deliver(ctx context.Context, del admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	t := task{Delivery: del, jot: jot}
	var ok bool
	if t.id, ok = canonical(del.Ticket.ID); !ok {
		return rejected("the check-in names no ticket of BitTan", ""), nil
	}
	if t.memo, t.sent = readMemo(del.Memo); t.sent && !t.memo.counted {
		return lost(), nil
	}
	f, err := d.form(ctx, opDeliver, true)
	if err != nil {
		return admission.Outcome{}, err
	}
	var out admission.Outcome
	switch {
	case f == formPeek:
		out, err = d.deliverCounted(ctx, t)
	case t.sent:
		return lost(), nil // the server has been put back to a form that cannot be asked
	default:
		out, err = d.deliverBlind(ctx, t, f)
	}
	if err != nil {
		d.doubt(err)
	}
	return out, err
}

// deliverCounted is a delivery to a server that can be asked for the count.
func (d *Drawer) deliverCounted(ctx context.Context, t task) (admission.Outcome, error) {
	asked := d.now() // the count that comes back may be as old as this
	before, err := d.peek(ctx, opDeliver, t.id)
	if err != nil {
		return admission.Outcome{}, err
	}
	if t.sent {
		if out, err := d.settle(ctx, t, before, asked); err != nil || out.Kind != "" {
			return out, err
		}
	}
	if out := standingOf(before, notCounted); out.Kind != "" {
		return out, nil
	}
	if before.uses > 0 && !t.sent {
		return usedBefore(t.Delivery, before.uses, "this one was not counted"), nil
	}
	if out := otherEvent(t.Delivery, before, notCounted); out.Kind != "" {
		return out, nil
	}
	return d.use(ctx, t, before.uses)
}

// settle says what became of a use whose answer was lost, by the count alone:
// the ticket's state may have changed since. The zero outcome means that the
// use was never counted and can be asked for again.
func (d *Drawer) settle(ctx context.Context, t task, s answer, asked time.Time) (admission.Outcome, error) {
	switch more := s.uses - t.memo.uses; {
	case !s.found:
		return standingOf(s, "whether the use was counted is not known"), nil
	case more == 1:
		return ours(), nil
	case more > 1:
		return usedBefore(t.Delivery, s.uses-1, isCounted), nil
	case more < 0:
		return rejected("the count was set back while the answer to a use was lost",
			"look the ticket up on the organiser's page, and set its count right"), nil
	}
	since := asked.Sub(t.memo.sent)
	if since < 0 {
		// The clock was set back: nobody knows how long ago it was.
		t.memo.sent, since = asked, 0
		if err := t.jot(ctx, t.memo.String()); err != nil {
			return admission.Outcome{}, err
		}
	}
	if known, ok := d.left.since(t.id, asked); ok && known >= 0 && known < since {
		since = known // the clock was set forward
	}
	if since < settleTime {
		return admission.Outcome{}, &platform.Error{
			Class: platform.NotYet, Op: opDeliver, Host: d.client().Host(), RetryAfter: settleTime - since,
			Detail: "the answer to a use was lost, and the server may still be working on it",
			Remedy: "the ticket will be looked up again",
		}
	}
	return admission.Outcome{}, nil
}

// use asks for one use of a ticket that has been used so often before.
func (d *Drawer) use(ctx context.Context, t task, uses int64) (admission.Outcome, error) {
	if err := t.jot(ctx, memo{counted: true, uses: uses, sent: d.now()}.String()); err != nil {
		return admission.Outcome{}, err
	}
	d.left.note(t.id, d.now())
	r, err := d.put(ctx, d.using, opDeliver, peekBody{t.id, d.password, true})
	if leftNothing(r, err) {
		return admission.Outcome{}, d.takeBack(ctx, t, formPeek, r, err)
	}
	if err != nil {
		return admission.Outcome{}, err
	}
	a, err := d.read(opDeliver, r, formPeek, t.id)
	if err != nil {
		return admission.Outcome{}, err
	}
	return took(t, a, uses), nil
}

// deliverBlind is a delivery to a server that counts every request.
func (d *Drawer) deliverBlind(ctx context.Context, t task, f form) (admission.Outcome, error) {
	if err := t.jot(ctx, memo{sent: d.now()}.String()); err != nil {
		return admission.Outcome{}, err
	}
	var body any = bareBody{t.id}
	if f == formPassword {
		body = passwordBody{t.id, d.password}
	}
	r, err := d.put(ctx, d.using, opDeliver, body)
	if leftNothing(r, err) {
		return admission.Outcome{}, d.takeBack(ctx, t, f, r, err)
	}
	var a answer
	if err == nil {
		a, err = d.read(opDeliver, r, f, t.id)
	}
	if err != nil {
		d.doubt(err)
		return lost(), nil
	}
	return took(t, a, 0), nil
}

// took reads the answer to a use of a ticket that had been used so often
// before. A ticket that changed its state or its event since it was looked up
// has been counted all the same.
func took(t task, a answer, uses int64) admission.Outcome {
	if out := standingOf(a, isCounted); out.Kind != "" {
		return out
	}
	if a.uses > uses {
		return usedBefore(t.Delivery, a.uses, isCounted)
	}
	if out := otherEvent(t.Delivery, a, isCounted); out.Kind != "" {
		return out
	}
	return delivered()
}

// leftNothing tells whether it is certain that a request had no effect: it
// never left, or the server refused it before it looked for the ticket.
func leftNothing(r platform.Reply, err error) bool {
	if err != nil {
		return !r.Sent
	}
	return isRefusal(r)
}

// takeBack restores the memo from before a request that had no effect, and
// gives the request's error. Where the memo cannot be restored the attempt
// counts as one that may have left.
func (d *Drawer) takeBack(ctx context.Context, t task, f form, r platform.Reply, err error) error {
	// Often it is the context's end that kept the request from leaving.
	if err := t.jot(context.WithoutCancel(ctx), t.Memo); err != nil {
		return err
	}
	if err == nil {
		_, err = d.read(opDeliver, r, f, t.id)
	}
	return err
}
