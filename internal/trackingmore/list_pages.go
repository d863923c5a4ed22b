package trackingmore

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Bounds of a list that does not end.
const (
	maxListSize = 1 << 30 // of all that is kept of it, in bytes
)

// maxPasses bounds how often an incomplete list is read.
const maxPasses = 3

// listPages reads page by page. In ModeAuto it turns to numbers after the first
// page, if asking for what is not on it takes fewer requests than the rest.
//
//	list               what is done
//	-----------------  ------------------------------------------------------
//	complete           known keys that are missing are asked for by number
//	not, even if read  declared ones, too; where the whole is wanted it is an
//	again              error
//
// It is read again where that takes fewer requests than asking for what is missing. of
// is a query for some of the trackings, "" for all.
func (c *Client) listPages(ctx context.Context, o ListOptions, whole bool, of string) (*listing, error) {
	var before *listing
	for pass := 1; ; pass++ {
		l, err := c.readPages(ctx, o, pass == 1, whole, of)
		if err != nil {
			return nil, err
		}
		if l.byNumber {
			if err := c.askFor(ctx, l, slices.Collect(l.missing(o.Known, o.Declared))); err != nil {
				return nil, err
			}
			return l, c.confirmKeys(ctx, l, o.Known)
		}
		l.full = l.ended && !whole || l.complete(before)
		switch again := pass < maxPasses; {
		case again && whole && (!l.full || len(l.items) == 0 && before == nil):
		case again && !l.full && moreThan(l.pages*c.dialect.chunkSize(l.control()), l.missing(o.Known, o.Declared)):
		case whole && !l.full:
			return nil, l.incomplete()
		default:
			return l, c.conclude(ctx, o, l, whole)
		}
		before = l
	}
}

// conclude confirms what the list does not show.
func (c *Client) conclude(ctx context.Context, o ListOptions, l *listing, whole bool) error {
	keys := [][]tracking.Key{o.Known}
	if !l.full {
		keys = append(keys, o.Declared)
	}
	if len(l.items) == 0 && (whole || moreThan(0, l.missing(keys...))) {
		if err := c.countAgain(ctx); err != nil {
			return err
		}
	}
	return c.confirmKeys(ctx, l, keys...)
}

// complete reports whether the pages show all that there is: as many trackings as
// every one of them says there are. Where they do not say, the list has to show
// the same twice.
func (l *listing) complete(before *listing) bool {
	if l.unsteady || l.total >= 0 {
		return !l.unsteady && l.total == len(l.items)+l.dropped
	}
	if before == nil || len(before.items) != len(l.items) {
		return false
	}
	for k := range l.at {
		if _, ok := before.at[k]; !ok {
			return false
		}
	}
	return true
}

// incomplete returns the error for a list that lacks trackings it announces.
func (l *listing) incomplete() error {
	shown := len(l.items) + l.dropped
	switch {
	case l.unsteady:
		return fmt.Errorf("%w: the list was changed each of the %d times that it was read; try again later", ErrInconclusive, maxPasses)
	case l.total < 0:
		return fmt.Errorf("%w: the list shows other trackings each time that it is read, and does not say how many there are; try again later", ErrInconclusive)
	}
	return fmt.Errorf("%w: the list is not complete: it says that there are %d trackings, and shows %d; try again later", ErrInconclusive, l.total, shown)
}

// readPages reads the list, page by page. It ends when the service's total is
// reached, a page is empty, or the rest is better asked for by numbers; without
// totals as bareList tells. The total may change from page to page, and a page may
// hold fewer trackings than were asked for.
//
// The first page is not pinned, so that this machine's clock does not matter. The
// others are pinned to what existed by then, if the service says when that was.
func (c *Client) readPages(ctx context.Context, o ListOptions, pinned, whole bool, of string) (*listing, error) {
	l := newListing()
	var bare *bareList
	if c.dialect.list.bare {
		bare = newBareList(c.dialect, o)
	}
	maxPages := maxTotal / c.dialect.limits.page
	query, got, most := of, 0, maxPages
	for n := 1; ; n++ {
		p, err := c.page(ctx, query, n)
		if err != nil {
			return nil, err
		}
		if err := l.take(p); err != nil {
			return nil, err
		}
		c.observe(Event{Kind: EventPage, Call: callList, Items: len(l.items), Total: p.total})
		got += p.size()
		if bare != nil {
			switch bare.after(p, n, c.dialect.limits.numbers, whole || o.Mode == ModeFull) {
			case nextEnded:
				l.ended = true
				return l, nil
			case nextEnough:
				return l, nil
			case nextNumbers:
				l.byNumber = true
				return l, nil
			case nextPage:
			}
		}
		if p.size() == 0 || p.total >= 0 && got >= p.total {
			return l, nil
		}
		if n == 1 {
			if pinned && !p.asOf.IsZero() {
				query = of + c.dialect.list.until + "=" + url.QueryEscape(c.dialect.list.time(p.asOf.Add(time.Second))) + "&"
			}
			if left := p.total - got; left > 0 {
				pages := ceilDiv(left, p.size())
				most = min(2*pages+10, maxPages)
				if o.Mode != ModeFull && len(p.items) > 0 && !moreThan((pages-1)*c.dialect.limits.numbers, l.missing(o.Known, o.Declared)) {
					l.byNumber = true
					return l, nil
				}
				l.expect(left)
			}
		}
		if n > most {
			return nil, fmt.Errorf("%w: the list does not end where its first page says, which is after %d trackings; %d pages show %d", ErrInconclusive, l.total, n, len(l.items))
		}
	}
}

// take adds a page.
func (l *listing) take(p *page) error {
	before := len(l.items)
	l.add(p.items)
	l.dropped += p.dropped
	switch l.pages++; {
	case l.pages == 1:
		l.total = p.total
	case len(p.items) > 0 && len(l.items) == before:
		return fmt.Errorf("%w: a page of the list shows nothing that was not on another; try again later", ErrInconclusive)
	case !p.ended && p.total != l.total:
		l.unsteady = true
	}
	if l.size > maxListSize {
		return fmt.Errorf("%w: the list goes on after %d trackings, and more than %d MiB of it are not kept in memory", ErrInconclusive, len(l.items), maxListSize>>20)
	}
	return nil
}

// countAgain confirms a list that shows nothing at all: it asks, where the service
// can tell, how many trackings there are. No answer is no evidence; confirm asks
// for every known one all the same. That archived ones may not count (API.md §2.12)
// does not matter here.
func (c *Client) countAgain(ctx context.Context) error {
	if !c.service.Answers(tracking.QueryStatusCount) {
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
