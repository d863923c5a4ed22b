package trackingmore

import (
	"context"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Send performs one operation on some trackings in one request. It returns exactly
// one outcome for each item, in their order, whatever happens. There are at most
// Service().Calls[op].Max items, no two with the same key.
//
// What the item is judged by, in short (API.md §2, §3):
//   - what the answer has of the item by name;
//   - where it names none: a code that turns the whole request down;
//   - for a PUT or DELETE of one: the answer's code;
//   - a carrier change is never Done: its success is InDoubt and Accepted,
//     to be read back under the new key;
//   - so is a bulk change whose answer mentions nothing, but as it stands.
//
// Whatever cannot be sent at all, from an operation that the service lacks to an
// attribute that the call cannot change, is Unsent.
func (c *Client) Send(ctx context.Context, op tracking.Op, items []tracking.Item) []tracking.Outcome {
	if len(items) == 0 {
		return nil
	}
	unsent := func(why string) []tracking.Outcome {
		return all(items, tracking.Outcome{Verdict: tracking.Unsent, Message: why})
	}
	how, ok := c.dialect.calls[op]
	if !ok {
		return unsent(fmt.Sprintf("%s has no call for this operation (%s)", c.service.Name, op))
	}
	if len(items) > how.max {
		return unsent(fmt.Sprintf("%d trackings in one request, where %s takes at most %d", len(items), how.name, how.max))
	}
	how = how.taking(len(items))
	if how.byRef {
		return []tracking.Outcome{c.sendByRef(ctx, op, how, items[0])}
	}
	return c.send(ctx, op, how, items)
}

// send performs one operation by one call. Items of a call by id have one.
func (c *Client) send(ctx context.Context, op tracking.Op, how call, items []tracking.Item) []tracking.Outcome {
	r, err := how.encode(c.dialect, items)
	if err != nil {
		return all(items, tracking.Outcome{Verdict: tracking.Unsent, Message: err.Error()})
	}
	r.call, r.quote, r.most, r.parse = how.name, c.quoter(items), maxBody, envelopeOf
	a, fail := c.exchange(ctx, r)
	if fail != nil {
		o := inDoubt(fail.Code, fail.Error())
		if fail.Unsent {
			o.Verdict = tracking.Unsent
		}
		return all(items, o)
	}
	named, wrong := c.dialect.hear(a.data, items)
	if how.byRef {
		c.noteForeign(items, named)
	}
	return how.judge(&ruling{op: op, items: items, answer: a, codes: r.codes, named: named, wrong: wrong, quote: r.quote})
}
