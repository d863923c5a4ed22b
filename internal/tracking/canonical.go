package tracking

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// canonicalText trims a text and normalises it to NFC, like HCL's strings.
func canonicalText(v string) string {
	v = strings.TrimSpace(v)
	if norm.NFC.QuickSpanString(v) == len(v) {
		return v
	}
	return norm.NFC.String(v)
}

func canonicalBool(v string) (string, error) {
	switch strings.ToLower(v) {
	case "true", "1":
		return "true", nil
	case "false", "0":
		return "false", nil
	}
	return "", fmt.Errorf("%q is neither true nor false", v)
}

// The values of the status attribute. They are orders to the service, written
// as 4, 7 and 8; only the first two can be read back, as a word (API.md §5.1).
const (
	StatusDelivered = "delivered"
	StatusException = "exception"
	StatusOriginal  = "original"
)

func canonicalStatus(v string) (string, error) {
	switch v {
	case StatusDelivered, StatusException, StatusOriginal:
		return v, nil
	case "4", "7", "8":
		word := map[string]string{"4": StatusDelivered, "7": StatusException, "8": StatusOriginal}[v]
		return "", fmt.Errorf("status takes a word: write %q instead of %s", word, v)
	}
	return "", fmt.Errorf("status is one of %q, %q and %q; %q is none of them", StatusDelivered, StatusException, StatusOriginal, v)
}

func canonicalCountry(v string) (string, error) {
	code, hint := strings.ToUpper(v), ""
	if len(code) == 2 {
		if r, err := language.ParseRegion(code); err == nil && r.IsCountry() {
			now := r.Canonicalize().String() // "UK" is an alias, "SU" is history
			if now == code {
				return code, nil
			}
			hint = fmt.Sprintf(" Did you mean %q?", now)
		}
	}
	return "", fmt.Errorf("%q is not a country code of two letters (ISO 3166-1), such as \"DE\".%s", v, hint)
}

// canonicalCountryOrName accepts a country code, or a name as the carrier writes
// it.
func canonicalCountryOrName(v string) (string, error) {
	if len(v) == 2 {
		return canonicalCountry(v)
	}
	return v, nil
}

func canonicalLang(v string) (string, error) {
	code := strings.ToLower(v)
	if len(code) == 2 && 'a' <= code[0] && code[0] <= 'z' && 'a' <= code[1] && code[1] <= 'z' {
		return code, nil
	}
	return "", fmt.Errorf("%q is not a language code of two letters, such as \"en\"", v)
}

// OrderTimeLayout is the canonical form of order_create_time: the form in which
// the list reports it (API.md §5.10). It has no time zone at the service.
const OrderTimeLayout = "2006-01-02 15:04"

func canonicalOrderTime(v string) (string, error) {
	if v == "0" { // what a create answers when there is none (API.md §1)
		return "", nil
	}
	if t, err := time.Parse(OrderTimeLayout, v); err == nil { // nearly all are, in a list of 100,000
		return t.Format(OrderTimeLayout), nil
	}
	t, err := wallClock(v)
	switch {
	case err == nil:
		return t.Format(OrderTimeLayout), nil
	case !errors.Is(err, errNoTime):
		return "", err
	}
	return "", fmt.Errorf("%q is not a time such as \"2026-08-27 16:51\"; the service keeps it to the minute and without a time zone, as formatdate(\"YYYY-MM-DD hh:mm\", …) writes it. parsedate() reads other forms", v)
}

// ShipDateLayout is the canonical form of tracking_ship_date (API.md §1).
const ShipDateLayout = "20060102"

func canonicalShipDate(v string) (string, error) {
	if t, err := time.Parse(ShipDateLayout, v); err == nil {
		return t.Format(ShipDateLayout), nil
	}
	t, err := wallClock(v)
	switch {
	case err == nil:
		return t.Format(ShipDateLayout), nil
	case !errors.Is(err, errNoTime):
		return "", err
	}
	return "", fmt.Errorf("%q is not a day such as \"20261001\" or \"2026-10-01\"; parsedate() reads other forms", v)
}
