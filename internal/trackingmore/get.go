package trackingmore

import (
	"context"
	"errors"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// callGet is the short name of asking for one tracking on its own path.
const callGet = "get"

// Get reads one tracking by its key (API.md §2.2); nil is a key that the service
// does not know. Unlike Lookup it does not see the number under another carrier,
// nor makes sure that what is missing is gone.
func (c *Client) Get(ctx context.Context, k tracking.Key) (*tracking.Remote, error) {
	if _, err := c.dialect.keyObject(tracking.Item{Key: k}); err != nil {
		return nil, err
	}
	if !c.dialect.keyed {
		return c.getByNumber(ctx, k)
	}
	a, err := c.read(ctx, callGet, keyPath(k), maxBody, envelopeOf)
	if fail := (*Error)(nil); errors.As(err, &fail) && (fail.Code == codeEmpty || fail.Code == codeMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a tracking at %s: %w", c.service.Name, err)
	}
	var item listItem
	if isNull(a.data) || item.read(newParser(a.data), &c.dialect.fields) != nil {
		return nil, c.unlike("tracking")
	}
	r, ok := c.dialect.remote(&item)
	if !ok || r.Key != k {
		return nil, fmt.Errorf("asking %s: the answer shows another tracking than was asked for", c.service.Name)
	}
	return &r, nil
}

// getByNumber is Get where there is no path for a key.
func (c *Client) getByNumber(ctx context.Context, k tracking.Key) (*tracking.Remote, error) {
	items, err := c.ask(ctx, []string{k.Number}, "")
	if err != nil {
		return nil, fmt.Errorf("reading a tracking at %s: %w", c.service.Name, err)
	}
	for i := range items {
		if items[i].Key == k {
			return &items[i], nil
		}
	}
	return nil, nil
}
