package trackingmore

import (
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// evidence is what an answer has about one tracking by name.
type evidence struct {
	key       tracking.Key // the carrier may be missing
	code      int          // 0 for none
	message   string
	failed    bool // listed among the errors
	ambiguous bool // fits more than one item
	shown     tracking.Attrs
}

// hearing is all the evidence of an answer.
type hearing struct {
	named []evidence
	wrong error // why none of it counts
}

// hear reads the answer to a write of some items, with its evidence.
func hear(body []byte, sent []tracking.Item) (m meta, h hearing, err error) {
	m, err = readEnvelope(body, func(r *parser) (err error) {
		h, err = hearData(r, sent)
		return err
	})
	if err != nil {
		return meta{}, hearing{}, err
	}
	return m, h, nil
}

// hearData collects what the data of an answer say by name. Only some of the
// shapes are documented, so all are understood that cannot be mistaken:
// {trackings: […], errors: […]}, a list alone, or one tracking alone.
func hearData(r *parser, sent []tracking.Item) (hearing, error) {
	if r.PeekKind() != '{' {
		return hearList(r, false, sent)
	}
	var alone naming
	var done, failed hearing
	wrong, err := r.whole(func() error {
		return r.members(func(name []byte) (err error) {
			switch string(name) {
			case "trackings":
				done, err = hearList(r, false, sent)
			case "errors":
				failed, err = hearList(r, true, sent)
			default:
				err = alone.read(r, name)
			}
			return err
		})
	})
	switch {
	case err != nil || wrong != nil:
		return hearing{wrong: wrong}, err
	case alone.named:
		e, err := alone.evidence(sent)
		return hearing{[]evidence{e}, err}, nil
	case done.wrong != nil:
		return done, nil
	case failed.wrong != nil:
		return failed, nil
	}
	named := append(done.named, failed.named...)
	return hearing{named, tooMany(named)}, nil
}

// maxEvidence bounds how many trackings an answer names: some times as many as a
// request can hold.
const maxEvidence = 10 * bulkMax

func tooMany(named []evidence) error {
	if len(named) > maxEvidence {
		return fmt.Errorf("it names more than %d trackings", maxEvidence)
	}
	return nil
}

// hearList collects the evidence of a list. What is no list, no object in it, or names
// no tracking, is none.
func hearList(r *parser, failed bool, sent []tracking.Item) (h hearing, err error) {
	if r.PeekKind() != '[' {
		return h, r.SkipValue()
	}
	h.wrong, err = r.whole(func() error {
		if _, err := r.ReadToken(); err != nil {
			return err
		}
		for r.PeekKind() != ']' {
			if r.PeekKind() != '{' {
				if err := r.SkipValue(); err != nil {
					return err
				}
				continue
			}
			e, err := hearOne(r, sent)
			if err != nil {
				return err
			}
			if e.failed = failed; e.key.Number != "" {
				h.named = append(h.named, e)
			}
			if err := tooMany(h.named); err != nil {
				return err
			}
		}
		_, err := r.ReadToken()
		return err
	})
	return h, err
}

// hearOne reads one element of a list.
func hearOne(r *parser, sent []tracking.Item) (evidence, error) {
	var n naming
	if err := r.members(func(name []byte) error { return n.read(r, name) }); err != nil {
		return evidence{}, err
	}
	return n.evidence(sent)
}

// naming is an object that may name a tracking. A delete wraps what it says in an
// inner meta (API.md §2.8), which comes first.
type naming struct {
	outer, inner words
	named        bool  // there is a tracking number, outside
	wrong        error // what is wrong with the inner meta
	echo         echo
}

// words are the members of an object that count.
type words struct{ number, carrier, code, message wireText }

// read reads the value of a member.
func (n *naming) read(r *parser, name []byte) (err error) {
	switch {
	case string(name) == "meta" && r.PeekKind() == '{':
		n.wrong, err = r.whole(func() error {
			return r.members(func(name []byte) error { return n.inner.read(r, name) })
		})
		return err
	case string(name) == "tracking_number":
		n.named = r.PeekKind() != 'n'
	}
	if to := n.echo.field(name); to != nil {
		*to, err = r.value()
		return err
	}
	return n.outer.read(r, name)
}

func (w *words) read(r *parser, name []byte) error {
	var to *wireText
	switch string(name) {
	case "tracking_number":
		to = &w.number
	case "carrier_code":
		to = &w.carrier
	case "code":
		to = &w.code
	case "message":
		to = &w.message
	default:
		return r.SkipValue()
	}
	value, err := r.value()
	if err == nil {
		*to = textOf(value)
	}
	return err
}

// evidence returns the object's evidence. A code that cannot be read is none that is
// known.
func (n *naming) evidence(sent []tracking.Item) (evidence, error) {
	if n.wrong != nil {
		return evidence{}, n.wrong
	}
	e := evidence{
		key: tracking.Key{
			Carrier: string(orDefault(n.inner.carrier, n.outer.carrier)),
			Number:  string(orDefault(n.inner.number, n.outer.number)),
		},
		message: string(orDefault(n.inner.message, n.outer.message)),
	}
	if code := orDefault(n.inner.code, n.outer.code); code != "" {
		var err error
		if e.code, err = code.number(maxCode); err != nil || e.code == 0 {
			e.code = maxCode
		}
	}
	e.shown = n.echo.otherThan(sent, e.key)
	return e, nil
}
