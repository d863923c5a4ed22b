package trackingmore

import (
	"context"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// A service may want its own id of a tracking in a request. An id never decides what
// a tracking is: that do its carrier and number, by which an id is found, and found
// again.
//
//	id of the item              what is done
//	--------------------------  ----------------------------------------------------
//	known                       sent with it
//	unknown, or once shown to   looked up by number, then sent
//	be another number's
//	the service does not know   looked up by number; sent again, once, if it is another,
//	it                          missing if nothing is there, else in doubt

// sendByRef carries out a call for one tracking that names it by its id.
func (c *Client) sendByRef(ctx context.Context, op tracking.Op, how call, item tracking.Item) tracking.Outcome {
	if item.Ref == "" || c.isForeign(item.Ref) {
		if o, ok := c.findRef(ctx, &item); !ok {
			return o
		}
	}
	o := c.sendOne(ctx, op, how, item)
	if o.Verdict != tracking.Missing {
		return o
	}
	dead := item.Ref
	for _, wait := range []bool{false, true} { // a list that lags may show the dead one
		if wait {
			if err := c.settled(ctx); err != nil {
				break
			}
		}
		if o, ok := c.findRef(ctx, &item); !ok {
			return o
		}
		if item.Ref != dead {
			return c.sendOne(ctx, op, how, item)
		}
	}
	return inDoubt(o.Code, "the service does not know the id under which it lists the tracking")
}

// sendOne sends a request for one tracking, and adds the id to its outcome.
func (c *Client) sendOne(ctx context.Context, op tracking.Op, how call, item tracking.Item) tracking.Outcome {
	o := c.send(ctx, op, how, []tracking.Item{item})[0]
	if o.Ref == "" && o.Verdict == tracking.Done {
		o.Ref = item.Ref
	}
	return o
}

// findRef looks up an item's id by its number. Without one, the outcome says why.
func (c *Client) findRef(ctx context.Context, item *tracking.Item) (tracking.Outcome, bool) {
	found, err := c.Lookup(ctx, []tracking.Key{item.Key}, "")
	if err != nil {
		return tracking.Outcome{Verdict: tracking.Unsent, Message: fmt.Sprintf("not sent: its id at the service could not be looked up: %v", err)}, false
	}
	for i := range found {
		switch r := &found[i]; {
		case r.Key != item.Key:
		case r.Ref == "" || c.isForeign(r.Ref):
			return tracking.Outcome{Verdict: tracking.Refused, Message: "the service shows no id of it that can be used"}, false
		default:
			item.Ref = r.Ref
			return tracking.Outcome{}, true
		}
	}
	return tracking.Outcome{Verdict: tracking.Missing, Message: "the tracking is not there"}, false
}

// isForeign reports whether an answer has shown that an id is another number's.
func (c *Client) isForeign(ref string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.foreign[ref]
}

// noteForeign records the ids under which an answer shows other numbers than were sent.
func (c *Client) noteForeign(items []tracking.Item, named []evidence) {
	for i := range items {
		for _, e := range named {
			if e.key.Number == items[i].Key.Number {
				continue
			}
			c.mu.Lock()
			c.foreign[items[i].Ref] = true
			c.mu.Unlock()
		}
	}
}

// dropShared drops the ids that a listing has under several keys: nobody can tell
// whose they are. They are not sent, wherever they come from.
func (c *Client) dropShared(items []tracking.Remote) {
	first := make(map[string]int, len(items))
	for i := range items {
		ref := items[i].Ref
		if ref == "" {
			continue
		}
		j, shared := first[ref]
		if !shared {
			first[ref] = i
			continue
		}
		items[i].Ref, items[j].Ref = "", ""
		c.mu.Lock()
		c.foreign[ref] = true
		c.mu.Unlock()
	}
}
