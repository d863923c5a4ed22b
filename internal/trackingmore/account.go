package trackingmore

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Account reads the account behind the API key (API.md §2.11). Services whose
// Service().Account has no name cannot tell, which is an error.
func (c *Client) Account(ctx context.Context) (tracking.Account, error) {
	details, err := c.AccountDetails(ctx)
	return details.Account, err
}

// AccountDetails is Account with the account's other details.
func (c *Client) AccountDetails(ctx context.Context) (tracking.AccountDetails, error) {
	if c.dialect.account == "" {
		return tracking.AccountDetails{}, fmt.Errorf("%s has no call that tells of the account", c.service.Name)
	}
	var account tracking.AccountDetails
	_, err := c.read(ctx, callAccount, c.dialect.account, maxBody, func(body []byte) (meta, json.RawMessage, error) {
		m, data, err := envelopeOf(body)
		if err == nil && c.dialect.codes.succeeded(m.code) {
			account, err = accountOf(data)
		}
		return m, nil, err
	})
	if err != nil {
		return tracking.AccountDetails{}, fmt.Errorf("reading the account at %s: %w", c.service.Name, err)
	}
	return account, nil
}

// maxTime bounds a time of the service, in seconds since 1970.
const maxTime = math.MaxInt32

// accountOf reads the account. Its e-mail address and the time of its
// registration together are its identity.
func accountOf(data []byte) (tracking.AccountDetails, error) {
	o, err := objectOf(data)
	if err != nil {
		return tracking.AccountDetails{}, fmt.Errorf("the answer is not the service's account: %w", err)
	}
	credits, err := strconv.Atoi(string(o.text("track_number")))
	if err != nil {
		return tracking.AccountDetails{}, fmt.Errorf("the answer is not the service's account: track_number is not a whole number")
	}
	email := strings.ToLower(strings.TrimSpace(string(o.text("email"))))
	if email == "" {
		return tracking.AccountDetails{}, fmt.Errorf("the answer is not the service's account: it has no email")
	}
	account := tracking.AccountDetails{
		Account: tracking.Account{Credits: max(credits, 0), Identity: email + " " + string(o.text("regtime"))},
		Money:   string(o.text("money")),
	}
	if seconds, err := o.text("regtime").number(maxTime); err == nil {
		account.Registered = time.Unix(int64(seconds), 0).UTC()
	}
	return account, nil
}
