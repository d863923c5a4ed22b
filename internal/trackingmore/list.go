package trackingmore

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

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

// ListOptions are what List has to cover.
type ListOptions struct {
	Known    []tracking.Key // what the state manages; absences among these are made sure of
	Declared []tracking.Key // what is declared besides
	Mode     Mode           // "" is ModeAuto
	// Settled means that no read may show what was there before the last write: the
	// first one waits for Lag to be over.
	Settled bool
}

// List reads what the account has of the keys that are known or declared. What it
// does not return of them is not there: a list that ends early, or was read while
// it changed, is not believed.
//
// The pages of the list are pinned by created_at_max to what existed when the
// first one was made, by the service's clock, so that what is created meanwhile
// shifts nothing. What is deleted meanwhile shifts the rest and hides some of it.
// So a known key that did not show up is asked for by its number, together with
// a number that is there, before it counts as gone; and where the list does not
// show as many as it says there are, so is a declared one. A listing that cannot
// be brought to that is an error, which wraps ErrInconclusive.
//
// Items may hold trackings that were not asked for, in the service's order; they
// may be all that there are only if the listing is Full.
func (c *Client) List(ctx context.Context, o ListOptions) (*tracking.Listing, error) {
	return c.list(ctx, o, false)
}

// ListAll reads all that the account has. It returns everything or an error, which
// wraps ErrInconclusive where the list does not show as many trackings as it says
// there are, however often it is read. Known keys that did not show up are made
// sure of as List does. The mode of the options does not matter.
func (c *Client) ListAll(ctx context.Context, o ListOptions) (*tracking.Whole, error) {
	o.Mode = ModeFull
	l, err := c.list(ctx, o, true)
	if err != nil {
		return nil, err
	}
	return &tracking.Whole{Listing: *l}, nil
}

func (c *Client) list(ctx context.Context, o ListOptions, whole bool) (*tracking.Listing, error) {
	before := c.Requests()[callList]
	if o.Settled {
		if err := c.settled(ctx); err != nil {
			return nil, fmt.Errorf("waiting for what was written: %w", err)
		}
	}
	l := newListing()
	var err error
	switch o.Mode {
	case ModeAuto, ModeFull, "":
		l, err = c.listPages(ctx, o, whole, "")
		if archived := c.dialect.list.archived; err == nil && whole && archived != "" {
			err = c.addArchived(ctx, l, archived)
		}
	case ModeManaged:
		err = c.listManaged(ctx, o, l)
	default:
		err = fmt.Errorf("there is no way of listing called %q", o.Mode)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the trackings at %s: %w", c.service.Name, err)
	}
	if c.dialect.words.ref != "" {
		c.dropShared(l.items)
	}
	return &tracking.Listing{Items: l.items, Full: l.full, Requests: c.Requests()[callList] - before}, nil
}

// addArchived adds the archived trackings, which a list may have kept back.
func (c *Client) addArchived(ctx context.Context, l *listing, query string) error {
	more, err := c.listPages(ctx, ListOptions{Mode: ModeFull}, true, query)
	if err == nil {
		l.add(more.items)
	}
	return err
}

// listing is a listing that is being put together.
type listing struct {
	items []tracking.Remote
	at    map[tracking.Key]int // where in items
	size  int                  // of the items, in bytes, about
	full  bool

	// Of a list that is read by pages:
	pages    int
	dropped  int  // trackings on them without a usable key
	total    int  // how many there are, as the first page says; -1 where it does not
	unsteady bool // another page says something else
	byNumber bool // what they do not show yet is better asked for by number
	ended    bool // the last one shows that it is the last, without a total
}

func newListing() *listing { return &listing{at: map[tracking.Key]int{}} }

// add adds items. One that comes a second time is newer.
func (l *listing) add(items []tracking.Remote) {
	if len(l.items) == 0 {
		l.expect(len(items))
	}
	for _, item := range items {
		if i, ok := l.at[item.Key]; ok {
			l.size += sizeOf(&item) - sizeOf(&l.items[i])
			l.items[i] = item
			continue
		}
		l.at[item.Key] = len(l.items)
		l.items = append(l.items, item)
		l.size += sizeOf(&item)
	}
}

// sizeOf is about what a tracking takes in memory, in bytes.
func sizeOf(r *tracking.Remote) int {
	size := 200 + len(r.Key.Carrier) + len(r.Key.Number) + len(r.Status)
	for _, v := range r.Attrs.All() {
		size += len(v)
	}
	return size
}

// maxRoom bounds the allocation for what the service announces.
const maxRoom = 1 << 20

// expect allocates for so many more.
func (l *listing) expect(more int) {
	more = min(more, maxRoom)
	l.items = slices.Grow(l.items, more)
	at := make(map[tracking.Key]int, len(l.at)+more)
	maps.Copy(at, l.at)
	l.at = at
}

// missing returns the numbers of the keys that have not shown up, each once.
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

// moreThan reports whether there are more than n, and looks no further.
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

func ceilDiv(n, by int) int { return (n + by - 1) / by }

// listManaged asks for the numbers alone, and again for those that are missing.
func (c *Client) listManaged(ctx context.Context, o ListOptions, l *listing) error {
	if err := c.askFor(ctx, l, slices.Collect(l.missing(o.Known, o.Declared))); err != nil {
		return err
	}
	return c.confirmKeys(ctx, l, o.Known)
}

// askFor asks for numbers for the first time.
func (c *Client) askFor(ctx context.Context, l *listing, numbers []string) error {
	for chunk := range slices.Chunk(numbers, c.dialect.limits.numbers) {
		items, err := c.ask(ctx, chunk, "")
		if err != nil {
			return err
		}
		l.add(items)
		c.observe(Event{Kind: EventPage, Call: callList, Items: len(l.items), Total: -1})
	}
	return nil
}

// confirm asks again for numbers that have not shown up. What does not show up then
// either is gone. Each request carries a number that is there, as a control; see
// catchUp for when it is asked.
func (c *Client) confirm(ctx context.Context, l *listing, numbers []string) error {
	for len(numbers) > 0 {
		control := l.control()
		if err := c.catchUp(ctx, control); err != nil {
			return err
		}
		chunk := numbers[:min(len(numbers), c.dialect.chunkSize(control))]
		items, err := c.askAgain(ctx, chunk, control)
		if err != nil {
			return err
		}
		l.add(items)
		numbers = numbers[len(chunk):]
	}
	return nil
}

// confirmKeys confirms the keys that have not shown up; archived ones may have been
// kept back.
func (c *Client) confirmKeys(ctx context.Context, l *listing, keys ...[]tracking.Key) error {
	if err := c.confirm(ctx, l, slices.Collect(l.missing(keys...))); err != nil {
		return err
	}
	return c.askArchived(ctx, l, slices.Collect(l.missing(keys...)))
}
