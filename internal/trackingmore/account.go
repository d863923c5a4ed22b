package trackingmore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Account asks for the account behind the API key (api.md §2.11). Services whose
// Service().Account has no name cannot tell, which is an error.
func (c *Client) Account(ctx context.Context) (tracking.Account, error) {
	if c.dialect.account == "" {
		return tracking.Account{}, fmt.Errorf("%s has no call that tells of the account", c.dialect.name)
	}
	var account tracking.Account
	err := c.read(ctx, callAccount, c.dialect.account, maxBody, func(body []byte) (meta, error) {
		m, data, err := envelopeOf(body)
		if err == nil && succeeded(m.code) {
			account, err = accountOf(data)
		}
		return m, err
	})
	if err != nil {
		return tracking.Account{}, fmt.Errorf("reading the account at %s: %w", c.dialect.name, err)
	}
	return account, nil
}

// accountOf reads the account. Its e-mail address and the time of its
// registration together are its identity.
func accountOf(data []byte) (tracking.Account, error) {
	o, err := objectOf(data)
	if err != nil {
		return tracking.Account{}, fmt.Errorf("the answer is not the service's account: %w", err)
	}
	credits, err := strconv.Atoi(string(o.text("track_number")))
	if err != nil {
		return tracking.Account{}, fmt.Errorf("the answer is not the service's account: track_number is not a whole number")
	}
	email := strings.ToLower(strings.TrimSpace(string(o.text("email"))))
	if email == "" {
		return tracking.Account{}, fmt.Errorf("the answer is not the service's account: it has no email")
	}
	return tracking.Account{Credits: max(credits, 0), Identity: email + " " + string(o.text("regtime"))}, nil
}
