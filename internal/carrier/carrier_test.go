package carrier_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/tracking"
)

// TestBuiltIn holds the list against what is known of the service's codes
// (API.md §1, §2.17).
func TestBuiltIn(t *testing.T) {
	all := carrier.All()
	if len(all) < 600 {
		t.Errorf("the list has %d codes", len(all))
	}
	form := regexp.MustCompile(`^[0-9A-Za-z-]{2,27}$`)
	for i, c := range all {
		if !form.MatchString(c.Code) || c.Name == "" || regexp.MustCompile(`^\s|\s$|[\t"]`).MatchString(c.Name) {
			t.Errorf("odd entry: %q %q", c.Code, c.Name)
		}
		if i > 0 && all[i-1].Code >= c.Code {
			t.Errorf("%s is out of order, or there twice", c.Code)
		}
	}
	for _, code := range []string{"sto", "zto", "yto", "4px", "china-ems", "usps", "phlpost", "lietuvos-pastas", "Correios-Cabo-Verde", "royal-mail"} {
		if name, ok := carrier.Known(code); !ok || !slices.Contains(all, tracking.Carrier{Code: code, Name: name}) {
			t.Errorf("%s is not known, or as %q", code, name)
		}
	}
	for _, code := range []string{"", "STO", "China-EMS", "#", "china ems"} {
		if name, ok := carrier.Known(code); ok {
			t.Errorf("%q is known as %q", code, name)
		}
	}
}

// TestSuggest: words come before letters.
func TestSuggest(t *testing.T) {
	names := carrier.NewNames(nil, nil)
	for _, tt := range []struct{ written, want string }{
		{"chna-ems", "china-ems"},
		{"China-EMS", "china-ems"},
		{"china_post", "china-post"},
		{"chinapost", "china-post"},
		{"usp", "usps"},
		{"dlh", "dhl"},
		{"upss", "ups"},
		{"fdeex", "fedex"},
		{"chian-psot", "china-post"},
		{"royla-mial", "royal-mail"},
		{"yot", "yto"},
		{"correios-cabo-verd", "Correios-Cabo-Verde"},
		{"royalmail", "royal-mail"},
		{"fedx", "fedex"},
		{"swiss-posts", "swiss-post"},
		{"deutschepost", "deutsche-post"},
		{"quite-another-thing", ""},
		{"DHL Express", "dhl"},
		{"DHL Expres", "dhl"},
		{"dhl-expresss", "dhl"},
		{"DHL", "dhl"},
		{"Evri", "hermes-uk"},
		{"PostNL", "postnl-parcels"},
		{"china-pst", "china-post"},
		{"royal-mial", "royal-mail"},
		{"Hermes", "hermes-de"},
		{"ust", ""},
		{"x", ""},
		{"", ""},
		{string(make([]byte, 100_000)), ""},
	} {
		if got := names.Nearest(tt.written); got != tt.want {
			t.Errorf("%.30q: got %q, want %q", tt.written, got, tt.want)
		}
	}
}
