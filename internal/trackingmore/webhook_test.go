package trackingmore_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/trackingmore"
)

// The signature was made by another program (hmac of Python).
func TestWebhookSignature(t *testing.T) {
	const mac = "4c61535bfff7b99c8b8c2110ebd4fd42901a75ea3cb5c80204806a6e1c921299"
	signed := func(info string) string { return `{"meta":{"code":200},"data":{},"verifyInfo":` + info + `}` }
	for _, tt := range []struct {
		name, body, email, want string
	}{
		{"right", signed(`{"timeStr":"1469097290","signature":"` + mac + `"}`), "shop@example.org", ""},
		{"number", signed(`{"timeStr":1469097290,"signature":"` + mac + `"}`), "shop@example.org", ""},
		{"capitals", signed(`{"timeStr":"1469097290","signature":"` + strings.ToUpper(mac) + `"}`), "shop@example.org", ""},
		{"another time", signed(`{"timeStr":"1469097291","signature":"` + mac + `"}`), "shop@example.org", "not of this time"},
		{"another account", signed(`{"timeStr":"1469097290","signature":"` + mac + `"}`), "Shop@example.org", "not of this time"},
		{"no account", signed(`{"timeStr":"1469097290","signature":"` + mac + `"}`), "", "is missing"},
		{"cut short", signed(`{"timeStr":"1469097290","signature":"` + mac[:62] + `"}`), "shop@example.org", "64 hexadecimal digits"},
		{"no digits", signed(`{"timeStr":"1469097290","signature":"` + strings.Repeat("x", 64) + `"}`), "shop@example.org", "64 hexadecimal digits"},
		{"no signature", signed(`{"timeStr":"1469097290"}`), "shop@example.org", "not signed"},
		{"no time", signed(`{"signature":"` + mac + `"}`), "shop@example.org", "not signed"},
		{"null", signed(`null`), "shop@example.org", "not signed"},
		{"a word", signed(`"x"`), "shop@example.org", "verifyInfo"},
		{"twice", signed(`{"timeStr":"1","timeStr":"1469097290","signature":"` + mac + `"}`), "shop@example.org", "verifyInfo"},
		{"no JSON", "<html>", "shop@example.org", "not the service's JSON"},
	} {
		s, err := trackingmore.WebhookSignature([]byte(tt.body))
		if err == nil {
			err = s.Verify(tt.email)
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}
