package trackingmore

import (
	"context"
	"encoding/json"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Carriers returns the service's carriers (API.md §2.17), in its order, each code
// once.
func (c *Client) Carriers(ctx context.Context) ([]tracking.Carrier, error) {
	data, err := c.put(ctx, question{query: tracking.QueryCarriers})
	if err != nil {
		return nil, err
	}
	carriers, err := c.dialect.carriersOf(data)
	if err != nil || len(carriers) == 0 {
		return nil, c.unlike("carriers")
	}
	return carriers, nil
}

// Detect returns the likely carriers of a tracking number, the best guess first;
// none for a number that the service cannot tell. It costs a fifth of a credit on
// v2 (API.md §2.17).
func (c *Client) Detect(ctx context.Context, number string) ([]tracking.Carrier, error) {
	var body object
	body.put(c.dialect.words.number, number)
	data, err := c.put(ctx, question{query: tracking.QueryDetect, body: body})
	if err != nil {
		return nil, err
	}
	carriers, err := c.dialect.carriersOf(data)
	if err != nil {
		return nil, c.unlike("carriers")
	}
	return carriers, nil
}

// carriersOf reads carriers. One whose code is none that a request could name is
// left out.
func (d *Dialect) carriersOf(data json.RawMessage) ([]tracking.Carrier, error) {
	rows, err := rowsOf(data, d.words.carrierCode)
	if err != nil {
		return nil, err
	}
	var carriers []tracking.Carrier
	seen := map[string]bool{}
	for _, row := range rows {
		k := tracking.Carrier{Code: string(row.text(d.words.carrierCode)), Name: string(row.text(d.words.carrierName))}
		if canonical, err := tracking.CanonicalCarrier(k.Code); err != nil || canonical != k.Code || seen[k.Code] {
			continue
		}
		seen[k.Code] = true
		carriers = append(carriers, k)
	}
	return carriers, nil
}
