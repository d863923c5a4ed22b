package trackingmore

import (
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// ruling is what a judge needs: what was sent, and what came back.
type ruling struct {
	op    tracking.Op
	items []tracking.Item
	*answer
	codes codes
	named []evidence          // what the answer has by name
	wrong error               // why none of that counts
	quote func(string) string // makes words of the service fit to be repeated
}

// judge turns an answer with a code into one outcome for each item.
type judge func(r *ruling) []tracking.Outcome

// all returns every item the same outcome.
func all(items []tracking.Item, o tracking.Outcome) []tracking.Outcome {
	out := make([]tracking.Outcome, len(items))
	for i := range out {
		out[i] = o
	}
	return out
}

// outcome returns what a code proves, with the service's words about it.
func (r *ruling) outcome(code int, message string) tracking.Outcome {
	return tracking.Outcome{Verdict: r.codes.verdict(r.op, code), Code: code, Message: r.codes.said(code, message), About: r.codes[code].about}
}

// doubt is the outcome of items about which the answer proves nothing.
func (r *ruling) doubt(why string) tracking.Outcome {
	o := inDoubt(r.code, why)
	o.Accepted = r.codes.succeeded(r.code)
	return o
}

// inDoubt is the outcome of an item about which an answer proves nothing.
func inDoubt(code int, why string) tracking.Outcome {
	return tracking.Outcome{Verdict: tracking.InDoubt, Code: code, Message: why}
}

// whole judges by the answer's code alone, where that turns the request down.
// That one tracking is there, or is not, cannot hold for many at once.
func (r *ruling) whole() []tracking.Outcome {
	o := r.outcome(r.code, r.message)
	if len(r.items) > 1 && (o.Verdict == tracking.Exists || o.Verdict == tracking.Missing) {
		o.Verdict = tracking.InDoubt
	}
	o.Whole = len(r.items) > 1 && o.Verdict == tracking.Refused
	return all(r.items, o)
}

// judgeMoved judges a carrier change. Success is not proof: the answer carries
// no tracking, and whether the old key is gone is not documented (API.md §2.10).
func judgeMoved(r *ruling) []tracking.Outcome {
	if r.codes.succeeded(r.code) {
		return all(r.items, r.doubt("the service says that it has changed the carrier, but does not show the tracking"))
	}
	return r.whole()
}

// judgeAlone judges one tracking's change or deletion on its own path (API.md §2.3,
// §2.4). The answer's code says what became of it, unless the data speak of a
// tracking: of this one with a code of its own, or of another one, which proves
// nothing.
func judgeAlone(r *ruling) []tracking.Outcome {
	if r.wrong == nil && len(r.named) == 0 {
		return r.whole()
	}
	return judgeBulk(r)
}

// judgeBulk judges a request with many trackings (API.md §2.5, §2.7, §2.8,
// §2.13). Each is judged by what the answer has of it by name:
//
//	listed in trackings[]      done if the whole answer is a success; but a code
//	                           of its own comes first
//	listed in errors[]         the code it carries
//	both, with other results   in doubt
//	listed nowhere             in doubt; but if nothing is listed at all, a code
//	                           that turns the request down holds for all
//
// Counters prove nothing. An answer that names what was not sent is somebody
// else's, and one with a code that is not known proves nothing either.
func judgeBulk(r *ruling) []tracking.Outcome {
	if r.codes.verdict(r.op, r.code) == tracking.InDoubt {
		return r.whole()
	}
	switch {
	case r.wrong != nil:
		return all(r.items, r.doubt(fmt.Sprintf("the answer contradicts itself: %v", r.wrong)))
	case len(r.named) == 0 && !r.codes.succeeded(r.code):
		return r.whole()
	}
	out := all(r.items, r.doubt("the answer does not mention this tracking"))
	found, foreign := match(r.op, r.items, r.named)
	if foreign {
		return all(r.items, r.doubt("the answer names a tracking that was not sent"))
	}
	for i, about := range found {
		for j, e := range about {
			o := r.judgeOne(r.items[i], e)
			if j > 0 && (o.Verdict != out[i].Verdict || o.Key != out[i].Key) {
				out[i] = r.doubt("the answer contradicts itself about this tracking")
				break
			}
			out[i] = o
		}
	}
	return out
}

// judgeOne judges one item by one piece of evidence.
func (r *ruling) judgeOne(item tracking.Item, e evidence) tracking.Outcome {
	if e.ambiguous {
		return r.doubt("the answer does not tell which of two trackings it means")
	}
	if e.code == 0 && !e.failed {
		if !r.codes.succeeded(r.code) {
			return r.doubt("the answer turns the request down, but lists this tracking")
		}
		e.code = r.code
	}
	o := r.outcome(e.code, r.quote(e.message))
	o.Shown, o.Ref = e.shown, refOf(wireText(e.ref))
	if e.key.Carrier != "" && e.key.Carrier != item.Key.Carrier {
		if c, err := tracking.CanonicalCarrier(e.key.Carrier); err != nil || c != e.key.Carrier {
			return r.doubt("the answer names a carrier that there cannot be")
		}
		o.Key = e.key
	}
	return o
}

// match finds the items that the evidence is about: by carrier and number, else
// by number alone where the answer leaves out the carrier or, for a create, the
// service may have corrected it (API.md §5.12). found has a list for each item;
// foreign means that something was named that was not sent.
func match(op tracking.Op, items []tracking.Item, named []evidence) (found [][]evidence, foreign bool) {
	found = make([][]evidence, len(items))
	exact := make([]bool, len(items))
	var rest []evidence
	for _, e := range named {
		hit := false
		for i := range items {
			if items[i].Key == e.key {
				found[i] = append(found[i], e)
				exact[i], hit = true, true
			}
		}
		if !hit {
			rest = append(rest, e)
		}
	}
	for _, e := range rest {
		var fits []int
		for i := range items {
			byNumber := e.key.Carrier == "" || op == tracking.OpCreate
			if byNumber && !exact[i] && items[i].Key.Number == e.key.Number {
				fits = append(fits, i)
			}
		}
		e.ambiguous = len(fits) > 1
		foreign = foreign || len(fits) == 0
		for _, i := range fits {
			found[i] = append(found[i], e)
		}
	}
	return found, foreign
}
