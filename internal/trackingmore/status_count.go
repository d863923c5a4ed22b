package trackingmore

import (
	"context"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
)

// statuses are the live statuses in the order of a parcel's life (API.md §1).
func statuses() []string {
	return []string{"pending", "notfound", "transit", "pickup", "delivered", "undelivered", "exception", "expired"}
}

// StatusCounts returns the number of trackings with each status (API.md §2.12):
// first the documented ones, in the order of a parcel's life. Whether archived ones
// count is not documented.
func (c *Client) StatusCounts(ctx context.Context) ([]tracking.StatusCount, error) {
	data, err := c.put(ctx, question{query: tracking.QueryStatusCount})
	if err != nil {
		return nil, err
	}
	o, err := objectOf(data)
	if err != nil {
		return nil, c.unlike("counts")
	}
	var counts []tracking.StatusCount
	for _, m := range o {
		n, err := textOf(m.value).number(maxTotal)
		if err == nil && len(m.name) <= maxStatus {
			counts = append(counts, tracking.StatusCount{Status: m.name, Count: n})
		}
	}
	if len(counts) == 0 {
		return nil, c.unlike("counts")
	}
	known := statuses()
	place := func(status string) int {
		if i := slices.Index(known, status); i >= 0 {
			return i
		}
		return len(known)
	}
	slices.SortFunc(counts, func(a, b tracking.StatusCount) int {
		if d := place(a.Status) - place(b.Status); d != 0 {
			return d
		}
		return strings.Compare(a.Status, b.Status)
	})
	return counts, nil
}
