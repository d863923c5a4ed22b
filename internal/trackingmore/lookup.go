package trackingmore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// chunkSize is how many numbers one request can ask for besides the control.
func (d *Dialect) chunkSize(control string) int {
	if control == "" {
		return d.limits.numbers
	}
	return d.limits.numbers - 1
}

// Lookup returns the trackings under some numbers, whatever the carrier. It asks
// for as many a request as the service takes. A key without a carrier stands for its number
// under any. What does not show up is asked for once more, when reads have caught
// up with writes, and with a control: a number that is known to be there, or one
// that has just shown up. An answer without the control proves nothing and is an
// error which wraps ErrInconclusive. control is "" when no number is known to be
// there; its own trackings are returned only if it is among the keys.
func (c *Client) Lookup(ctx context.Context, keys []tracking.Key, control string) ([]tracking.Remote, error) {
	l := newListing()
	if err := c.askFor(ctx, l, numbersOf(keys)); err != nil {
		return nil, err
	}
	control = orDefault(control, l.control())
	absent := numbersOf(slices.DeleteFunc(slices.Clone(keys), l.has))
	if len(absent) == 0 {
		return l.items, nil
	}
	if err := c.catchUp(ctx, control); err != nil {
		return nil, err
	}
	l = l.without(absent, keys)
	for chunk := range slices.Chunk(absent, c.dialect.chunkSize(control)) {
		items, err := c.askAgain(ctx, chunk, control)
		if err != nil {
			return nil, err
		}
		l.add(items)
	}
	return l.items, c.askArchived(ctx, l, numbersOf(slices.DeleteFunc(slices.Clone(keys), l.has)))
}

// without returns a listing without what some numbers have under keys that are not
// wanted. An answer that is to come tells if that is still there.
func (l *listing) without(numbers []string, wanted []tracking.Key) *listing {
	named := make(map[tracking.Key]bool, len(wanted))
	for _, k := range wanted {
		named[k] = true
	}
	kept := newListing()
	kept.add(slices.DeleteFunc(l.items, func(r tracking.Remote) bool {
		_, again := slices.BinarySearch(numbers, r.Key.Number)
		return again && !named[r.Key]
	}))
	return kept
}

// askArchived asks for numbers among the archived trackings. A service may keep those
// back unless it is asked for them.
func (c *Client) askArchived(ctx context.Context, l *listing, numbers []string) error {
	if c.dialect.list.archived == "" {
		return nil
	}
	for chunk := range slices.Chunk(numbers, c.dialect.limits.numbers) {
		items, err := c.askIn(ctx, c.dialect.list.archived, chunk, "")
		if err != nil {
			return err
		}
		l.add(items)
	}
	return nil
}

// has reports whether a key, or a number without a carrier, has shown up.
func (l *listing) has(k tracking.Key) bool {
	if k.Carrier == "" {
		return slices.ContainsFunc(l.items, func(it tracking.Remote) bool { return it.Key.Number == k.Number })
	}
	_, shown := l.at[k]
	return shown
}

// numbersOf returns the numbers of some keys, sorted, each once.
func numbersOf(keys []tracking.Key) []string {
	numbers := make([]string, len(keys))
	for i, k := range keys {
		numbers[i] = k.Number
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// catchUp waits until reads show the last write, of this client or an earlier one.
// What a read lacks then is not there. Without a control the next answer comes a
// lag after the one before at least: the two have to agree.
func (c *Client) catchUp(ctx context.Context, control string) error {
	if control == "" {
		return sleepUntil(ctx, time.Now().Add(c.lag))
	}
	return c.settled(ctx)
}

// settled waits until reads show what was written last.
func (c *Client) settled(ctx context.Context) error {
	c.mu.Lock()
	from := c.written
	c.mu.Unlock()
	if now := time.Now(); from.After(now) {
		from = now
	}
	return sleepUntil(ctx, from.Add(c.lag))
}

// wrote records that the account may have been changed just now.
func (c *Client) wrote() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = time.Now()
}

// joined writes numbers for a query. The characters that they have need no
// escape; any other must not become part of the query.
func joined(numbers []string) string {
	escaped := make([]string, len(numbers))
	for i, n := range numbers {
		escaped[i] = url.QueryEscape(n)
	}
	return strings.Join(escaped, ",")
}

// errNoControl is returned for an answer that lacks what is certainly there.
var errNoControl = fmt.Errorf("%w: a tracking that was there before is missing from the answer, so that nothing else can be called gone; try again", ErrInconclusive)

// askAgain asks for numbers that have not shown up. Where an answer without any may
// mean that one of them is not there, each is asked for alone.
func (c *Client) askAgain(ctx context.Context, numbers []string, control string) ([]tracking.Remote, error) {
	items, err := c.ask(ctx, numbers, control)
	if !c.dialect.list.vague || len(items) > 0 || err != nil && !errors.Is(err, errNoControl) || err == nil && (control != "" || len(numbers) == 1) {
		return items, err
	}
	if control != "" {
		if _, err := c.ask(ctx, nil, control); err != nil {
			return nil, err
		}
	}
	for _, n := range numbers {
		one, err := c.ask(ctx, []string{n}, "")
		if err != nil {
			return nil, err
		}
		items = append(items, one...)
	}
	return items, nil
}

// ask is one request for some numbers.
func (c *Client) ask(ctx context.Context, numbers []string, control string) ([]tracking.Remote, error) {
	return c.askIn(ctx, "", numbers, control)
}

// askIn is ask among what a query selects. The query is "" or ends in "&".
func (c *Client) askIn(ctx context.Context, query string, numbers []string, control string) ([]tracking.Remote, error) {
	numbers = slices.Sorted(slices.Values(numbers))
	asked := numbers
	if _, in := slices.BinarySearch(numbers, control); control != "" && !in {
		asked = append(slices.Clip(asked), control)
	}
	p, err := c.page(ctx, query+c.dialect.list.numbers+"="+joined(asked)+"&", 1)
	if err != nil {
		return nil, err
	}
	// One page is one moment; what a second one lacks may have moved to the first.
	if p.total > p.size() || c.dialect.list.bare && p.size() == c.dialect.limits.page {
		return nil, fmt.Errorf("%w: asked for %d tracking numbers, the service gives %d trackings of %d", ErrInconclusive, len(asked), p.size(), p.total)
	}
	if p.unnamed > 0 {
		return nil, fmt.Errorf("%w: asked for %d tracking numbers, the service gives %d trackings without a carrier or a number; try again later", ErrInconclusive, len(asked), p.unnamed)
	}
	var rest []string // that a server may have kept back, which gives no more a page
	if c.dialect.list.bare && round(p.size()) {
		rest = p.without(asked)
	}
	controlled := control == ""
	found := p.items[:0]
	for _, item := range p.items {
		controlled = controlled || item.Key.Number == control
		if _, in := slices.BinarySearch(numbers, item.Key.Number); in {
			found = append(found, item)
		}
	}
	if len(rest) > 0 && len(rest) < len(asked) {
		if controlled {
			control = ""
		}
		more, err := c.askIn(ctx, query, rest, control)
		return append(found, more...), err
	}
	if !controlled {
		return nil, errNoControl
	}
	return found, nil
}

// without returns those of some numbers that are not on a page.
func (p *page) without(numbers []string) []string {
	shown := make(map[string]bool, len(p.items))
	for i := range p.items {
		shown[p.items[i].Key.Number] = true
	}
	return slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { return shown[n] })
}

// page reads one page for a query, which is "" or ends in "&".
func (c *Client) page(ctx context.Context, query string, n int) (*page, error) {
	var p *page
	as := &c.dialect.list
	path := fmt.Sprintf("%s?%s%s=%d&%s=%d", as.path, query, as.size, c.dialect.limits.page, as.page, n)
	a, err := c.read(ctx, callList, path, maxPage, func(body []byte) (m meta, _ json.RawMessage, err error) {
		m, p, err = c.dialect.parsePage(body)
		return m, nil, err
	})
	if fail := (*Error)(nil); errors.As(err, &fail) && slices.Contains(as.none, fail.Code) {
		none := &page{dialect: c.dialect, ended: true}
		if as.bare {
			none.total = -1
		}
		return none, nil
	}
	if err != nil {
		return nil, err
	}
	p.asOf = a.date
	if p.dropped > 0 {
		c.observe(Event{Kind: EventDropped, Call: callList, Items: p.dropped})
	}
	return p, nil
}
