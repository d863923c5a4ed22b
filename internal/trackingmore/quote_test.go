package trackingmore_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// TestCustomersAreNeverRepeated has a service that echoes what it was sent, in
// one form or another. The rest of its words, and what is no secret, is repeated.
func TestCustomersAreNeverRepeated(t *testing.T) {
	values := map[tracking.Attr]string{
		tracking.CustomerName: `Zoë "Canary" O'Neill <x>`, tracking.CustomerEmail: "canary@example.org",
		tracking.CustomerPhone: "+15550100200", tracking.PostalCode: "C4N-4RY", tracking.AccountNumber: "ACC/0815",
		tracking.Title: "Red shoes",
	}
	for name, form := range map[string]func(string) string{
		"as it is":      func(s string) string { return s },
		"small letters": strings.ToLower,
		"capitals":      strings.ToUpper,
		"HTML":          html.EscapeString,
		"query":         url.QueryEscape,
		"path":          url.PathEscape,
		"base64":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 of URL": func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
		"hex":           func(s string) string { return hex.EncodeToString([]byte(s)) },
	} {
		for a, v := range values {
			if a == tracking.PostalCode && (name == "small letters" || name == "capitals") {
				continue // too short to be looked for in another case
			}
			echo := fmt.Sprintf("field %s=%s is wrong", a, form(v))
			sent := []tracking.Item{{Key: key("sto", "11111"), Attrs: attrs(values)}}
			for where, rt := range map[string]transport{
				"item":    replies(200, answerOf(200, fmt.Sprintf(`{"errors":[{"tracking_number":"11111","carrier_code":"sto","code":4015,"message":%q}]}`, echo), "")),
				"answer":  replies(200, answerOf(4015, "[]", echo)),
				"network": fails(errors.New(echo)),
			} {
				var said []string
				c := newClient(t, rt, func(o *trackingmore.Options) {
					o.Observe = func(e trackingmore.Event) { said = append(said, fmt.Sprint(e.Err)) }
				})
				message := c.Send(background(), tracking.OpCreate, sent)[0].Message
				for _, s := range append(said, message) {
					if strings.Contains(s, form(v)) != a.Spec().Sensitive {
						continue
					}
					if a.Spec().Sensitive || s == message {
						t.Errorf("%s, %s, %s: %s", name, where, a, s)
					}
				}
				if !strings.Contains(message, "field") || !strings.Contains(message, "is wrong") {
					t.Errorf("%s, %s, %s: %s", name, where, a, message)
				}
			}
		}
	}
}

func answerOf(code int, data, message string) string {
	return fmt.Sprintf(`{"meta":{"code":%d,"message":%q},"data":%s}`, code, message, data)
}

// Nobody's address is repeated, whoever was asked about; one that is cut off at
// the end neither.
func TestNoAddressIsRepeated(t *testing.T) {
	for _, message := range []string{
		"no account for ann@example.org", "no account for ann%40example.org", "no account for <ann@example.org>",
		"no account for mailto:ann@", strings.Repeat("x ", 140) + "ann@example.org " + strings.Repeat("y", 300),
	} {
		_, err := newClient(t, replies(200, answerOf(4001, "[]", message))).Account(background())
		if err == nil || strings.Contains(err.Error(), "ann") {
			t.Errorf("%q: %v", message, err)
		}
	}
}

// A tracking that is shown without its carrier or its number may be any: the
// answer does not prove that another one is gone.
func TestUnnamed(t *testing.T) {
	for items, want := range map[string]bool{
		`{"tracking_number":"11111","carrier_code":null}`: false,
		`{"tracking_number":"11111"}`:                     false,
		`{"carrier_code":"sto"}`:                          false,
		`7`:                                               false,
		`{"tracking_number":"11111","carrier_code":"no such/carrier"}`: true, // none of ours, for certain
	} {
		body := answerOf(200, `{"total":"1","items":[`+items+`]}`, "")
		_, err := newClient(t, replies(200, body)).Lookup(background(), []tracking.Key{{Number: "11111"}}, "")
		if (err == nil) != want || err != nil && !errors.Is(err, trackingmore.ErrInconclusive) {
			t.Errorf("%s: %v", items, err)
		}
	}
}

// What a state could not hold is not taken in.
func TestOddValues(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	body := answerOf(200, `{"total":"1","items":[{"tracking_number":"11111","carrier_code":"sto","status":"`+long+`"}]}`, "")
	got, err := newClient(t, replies(200, body)).Lookup(background(), []tracking.Key{{Number: "11111"}}, "")
	if err != nil || len(got) != 1 || got[0].Status != "" {
		t.Errorf("%d trackings, %v", len(got), err)
	}
	for _, carrier := range []string{long, "\x1b[2J", " sto", "a/b"} {
		body := answerOf(200, fmt.Sprintf(`{"trackings":[{"tracking_number":"11111","carrier_code":%q}]}`, carrier), "")
		body = strings.ReplaceAll(body, `\x1b`, `\u001b`)
		got := newClient(t, replies(200, body)).Send(background(), tracking.OpCreate, items(key("sto", "11111")))[0]
		if got.Verdict != tracking.InDoubt || !got.Key.IsZero() {
			t.Errorf("%.20q: %.200v", carrier, got)
		}
	}
}
