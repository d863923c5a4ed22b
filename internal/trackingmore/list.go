package trackingmore

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Mode is how much of the account List reads.
type Mode string

// The modes of List.
const (
	ModeAuto    Mode = "auto"    // whichever of the others takes fewer requests
	ModeFull    Mode = "full"    // the whole account, page by page
	ModeManaged Mode = "managed" // only the keys of ListOptions
)

// ListOptions says what List has to learn about.
type ListOptions struct {
	Known    []tracking.Key // what the state manages; absences among these are made sure of
	Declared []tracking.Key // what is declared besides
	Mode     Mode           // "" is ModeAuto
	// Settled says that no read may show what was there before the last write: the
	// first one waits for Lag to be over.
	Settled bool
	Now     time.Time // pins the pages to what existed by then; zero is the current time
}

// List reads the account.
//
// The pages are pinned by one created_at_max, so that what is created meanwhile
// shifts nothing. What is deleted meanwhile shifts the rest and hides some of it:
// so a known key that did not show up is asked for by its number, together with
// a number that is there, before it counts as gone. A listing that cannot be
// brought to that is an error, which wraps ErrInconclusive.
//
// Items may hold trackings that were not asked for, in the service's order.
func (c *Client) List(ctx context.Context, o ListOptions) (*tracking.Listing, error) {
	before := c.Requests()[callList]
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Settled {
		if err := c.settled(ctx); err != nil {
			return nil, fmt.Errorf("waiting for what was written: %w", err)
		}
	}
	l := &listing{at: map[tracking.Key]int{}}
	var err error
	switch o.Mode {
	case ModeAuto, ModeFull, "":
		err = c.listPages(ctx, o, l)
	case ModeManaged:
		err = c.listManaged(ctx, o, l)
	default:
		err = fmt.Errorf("there is no way of listing called %q", o.Mode)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the trackings at %s: %w", c.dialect.name, err)
	}
	return &tracking.Listing{Items: l.items, Full: l.full, Requests: c.Requests()[callList] - before}, nil
}

// listing is a listing that is being put together.
type listing struct {
	items []tracking.Remote
	at    map[tracking.Key]int // where in items
	full  bool
}

// add takes items in. One that comes a second time is newer.
func (l *listing) add(items []tracking.Remote) {
	if len(l.items) == 0 {
		l.expect(len(items))
	}
	for _, item := range items {
		if i, ok := l.at[item.Key]; ok {
			l.items[i] = item
			continue
		}
		l.at[item.Key] = len(l.items)
		l.items = append(l.items, item)
	}
}

// maxRoom bounds the room that is made for what the service says is still to come.
const maxRoom = 1 << 20

// expect makes room for so many more.
func (l *listing) expect(more int) {
	more = min(more, maxRoom)
	l.items = slices.Grow(l.items, more)
	at := make(map[tracking.Key]int, len(l.at)+more)
	maps.Copy(at, l.at)
	l.at = at
}

// missing gives the numbers of the keys that have not shown up, each once.
func (l *listing) missing(keys ...[]tracking.Key) iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, some := range keys {
			for _, k := range some {
				if _, ok := l.at[k]; ok || seen[k.Number] {
					continue
				}
				seen[k.Number] = true
				if !yield(k.Number) {
					return
				}
			}
		}
	}
}

// moreThan says whether there are more than n, and looks no further.
func moreThan(n int, numbers iter.Seq[string]) bool {
	for range numbers {
		if n--; n < 0 {
			return true
		}
	}
	return n < 0
}

// control is a number that is known to be there, "" if none is.
func (l *listing) control() string {
	if len(l.items) == 0 {
		return ""
	}
	return l.items[0].Key.Number
}

// listPages reads page by page. In ModeAuto it turns to numbers after the first
// page, if asking for what is not on it takes fewer requests than the rest.
func (c *Client) listPages(ctx context.Context, o ListOptions, l *listing) error {
	l.full = true
	query := fmt.Sprintf("created_at_max=%d&", o.Now.Unix()+1)
	err := c.pages(ctx, query, func(p *page, left int) (bool, error) {
		before := len(l.items)
		first := before == 0
		l.add(p.items)
		if !first && len(p.items) > 0 && len(l.items) == before {
			return false, fmt.Errorf("%w: a page of the list shows nothing that was not on another; try again later", ErrInconclusive)
		}
		c.observe(Event{Kind: EventPage, Call: callList, Items: len(l.items), Total: p.total})
		if first && o.Mode != ModeFull && p.total >= 0 && len(p.items) > 0 {
			pages := ceilDiv(left, p.size())
			l.full = moreThan((pages-1)*numbersMax, l.missing(o.Known, o.Declared))
		}
		if first && l.full && left > 0 {
			l.expect(left)
		}
		return l.full, nil
	})
	if err != nil {
		return err
	}
	if !l.full {
		if err := c.askFor(ctx, l, slices.Collect(l.missing(o.Known, o.Declared))); err != nil {
			return err
		}
	}
	missing := slices.Collect(l.missing(o.Known))
	if err := c.countAgain(ctx, l, len(missing)); err != nil {
		return err
	}
	return c.confirm(ctx, l, missing)
}

// countAgain makes sure of a list that shows nothing at all, although some of it
// is known: it asks, where the service can tell, how many trackings there are. No
// answer is no evidence; confirm asks for every known one all the same. That
// archived ones may not count (API.md §2.12) does not matter here.
func (c *Client) countAgain(ctx context.Context, l *listing, missing int) error {
	if len(l.items) > 0 || missing == 0 || !c.Offers(tracking.QueryStatusCount) {
		return nil
	}
	total := 0
	if counts, err := c.StatusCounts(ctx); err == nil {
		for _, n := range counts {
			total += n.Count
		}
	}
	if total > 0 {
		return fmt.Errorf("%w: the list is empty, but the service counts %d trackings; try again later", ErrInconclusive, total)
	}
	return nil
}

func ceilDiv(n, by int) int { return (n + by - 1) / by }

// listManaged asks for the numbers alone, and again for the known ones that have
// not shown up.
func (c *Client) listManaged(ctx context.Context, o ListOptions, l *listing) error {
	if err := c.askFor(ctx, l, slices.Collect(l.missing(o.Known, o.Declared))); err != nil {
		return err
	}
	return c.confirm(ctx, l, slices.Collect(l.missing(o.Known)))
}

// askFor asks for numbers for the first time.
func (c *Client) askFor(ctx context.Context, l *listing, numbers []string) error {
	for chunk := range slices.Chunk(numbers, numbersMax) {
		items, err := c.ask(ctx, chunk, "")
		if err != nil {
			return err
		}
		l.add(items)
		c.observe(Event{Kind: EventPage, Call: callList, Items: len(l.items), Total: -1})
	}
	return nil
}

// confirm asks for numbers that have not shown up, so that what does not show up
// then either is gone. Each request carries a number that is there, as a control;
// see catchUp for when it is asked.
func (c *Client) confirm(ctx context.Context, l *listing, numbers []string) error {
	for len(numbers) > 0 {
		control := l.control()
		if err := c.catchUp(ctx, control); err != nil {
			return err
		}
		chunk := numbers[:min(len(numbers), chunkSize(control))]
		items, err := c.ask(ctx, chunk, control)
		if err != nil {
			return err
		}
		l.add(items)
		numbers = numbers[len(chunk):]
	}
	return nil
}
