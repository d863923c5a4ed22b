package tracking_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
)

func TestCanonical(t *testing.T) {
	tests := []struct {
		attr tracking.Attr
		in   string
		want string
		err  string // a part of the message
	}{
		{tracking.Title, "  Red shoes ", "Red shoes", ""},
		{tracking.Title, "Cafe\u0301", "Caf\u00e9", ""},
		{tracking.Title, "", "", ""},
		{tracking.Title, strings.Repeat("x", tracking.MaxTextLen+1), "", "at most 4096 bytes"},
		{tracking.Archived, "TRUE", "true", ""},
		{tracking.Archived, "0", "false", ""},
		{tracking.Archived, "", "", "neither true nor false"},
		{tracking.DestinationCode, "de", "DE", ""},
		{tracking.DestinationCode, "XK", "XK", ""},
		{tracking.DestinationCode, "", "", ""},
		{tracking.DestinationCode, "UK", "", `Did you mean "GB"?`},
		{tracking.DestinationCode, "Germany", "", "two letters"},
		{tracking.Status, "delivered", "delivered", ""},
		{tracking.Status, "7", "", `write "exception"`},
		{tracking.Status, "lost", "", "one of"},
		{tracking.OrderCreateTime, "2017/8/27 16:51", "2017-08-27 16:51", ""},
		{tracking.OrderCreateTime, "2017-08-27 16:51:30", "2017-08-27 16:51", ""},
		{tracking.OrderCreateTime, "2017-08-27T16:51", "2017-08-27 16:51", ""},
		{tracking.OrderCreateTime, "2017-08-27", "2017-08-27 00:00", ""},
		{tracking.OrderCreateTime, "0", "", ""},
		{tracking.OrderCreateTime, "2017-08-27T16:51:00Z", "2017-08-27 16:51", ""},
		{tracking.ShipDate, "2018-10-01", "20181001", ""},
		{tracking.ShipDate, "20181001", "20181001", ""},
		{tracking.ShipDate, "01.10.2018", "20181001", ""},
		{tracking.DestinationCountry, "de", "DE", ""},
		{tracking.DestinationCountry, "Germany", "Germany", ""},
		{tracking.DestinationCountry, "XX", "", "two letters"},
		{tracking.Lang, "EN", "en", ""},
		{tracking.Lang, "english", "", "two letters"},
	}
	for _, tt := range tests {
		got, err := tt.attr.Canonical(tt.in)
		switch {
		case tt.err == "" && (err != nil || got != tt.want):
			t.Errorf("%s: Canonical(%.20q) = %q, %v, want %q", tt.attr, tt.in, got, err, tt.want)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: Canonical(%.20q) = %q, %v, want an error with %q", tt.attr, tt.in, got, err, tt.err)
		}
	}
}

// A canonical value is its own canonical form, whatever it was made of.
func TestCanonicalIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(slices.Collect(tracking.AllAttrs())).Draw(t, "attr")
		v := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"2017/8/27 16:51", "2018-10-01", "de", "true", "delivered"})).Draw(t, "value")
		once, err := a.Canonical(v)
		if err != nil {
			return
		}
		if once == "" {
			return // "" is a value of every text, and of nothing else
		}
		if twice, err := a.Canonical(once); err != nil || twice != once {
			t.Fatalf("%s: %q became %q and then %q, %v", a, v, once, twice, err)
		}
	})
}

func TestKeys(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{"sto/402934299065", "sto/402934299065", ""},
		{"royal-mail/RB 123 456 785 GB", "royal-mail/RB123456785GB", ""},
		{"Correios-Cabo-Verde/AB12_3-4", "Correios-Cabo-Verde/AB12_3-4", ""},
		{"sto", "", "CARRIER/NUMBER"},
		{"sto/1234", "", "has 4"},
		{"sto/" + strings.Repeat("1", 65), "", "has 65"},
		{"/12345", "", "must not be empty"},
		{"sto/12345,67890", "", "','"},
		{"sto/1234\u0435", "", "U+0435"},
		{"s\u200bto/12345", "", "U+200B"},
	}
	for _, tt := range tests {
		got, err := tracking.ParseKey(tt.in)
		switch {
		case tt.err == "" && (err != nil || got.String() != tt.want):
			t.Errorf("ParseKey(%q) = %v, %v, want %s", tt.in, got, err, tt.want)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("ParseKey(%q) = %v, %v, want an error with %q", tt.in, got, err, tt.err)
		}
	}
}

func TestAddr(t *testing.T) {
	for key, want := range map[string]string{
		"A-1":       `trackings.orders["A-1"]`,
		`say "hi"`:  `trackings.orders["say \"hi\""]`,
		"${x}":      `trackings.orders["$${x}"]`,
		"line\nend": `trackings.orders["line\nend"]`,
	} {
		a := tracking.NewAddr("trackings", "orders").Index(key)
		if string(a) != want {
			t.Errorf("Index(%q) = %s, want %s", key, a, want)
		}
	}
}

// An address comes apart into what it was made of, whatever the key has in it.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Draw(t, "key")
		block := tracking.NewAddr("trackings", "orders")
		for addr, want := range map[tracking.Addr]string{block: "", block.Index(key): norm.NFC.String(key)} {
			if addr.IsDeposed() || !addr.Deposed(tracking.Key{Carrier: "sto", Number: "12345"}).IsDeposed() {
				t.Errorf("which address is deposed is not known of %s", addr)
			}
			kind, name, got := addr.Split()
			if kind != "trackings" || name != "orders" || got != want {
				t.Errorf("%s comes apart into %q, %q, %q", addr, kind, name, got)
			}
		}
	})
	kind, name, key := tracking.NewAddr("tracking", "a").Index("k").Deposed(tracking.Key{Carrier: "sto", Number: "12345"}).Split()
	if kind != "tracking" || name != "a" || key != "" {
		t.Errorf("a deposed address comes apart into %q, %q, %q", kind, name, key)
	}
}

// Attrs is a map that is packed.
func TestAttrsAgainstAMap(t *testing.T) {
	attr := rapid.SampledFrom(slices.Collect(tracking.AllAttrs()))
	rapid.Check(t, func(t *rapid.T) {
		var as tracking.Attrs
		model := map[tracking.Attr]string{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				a, v := attr.Draw(t, "attr"), rapid.String().Draw(t, "value")
				as.Put(a, v)
				model[a] = v
			},
			"drop": func(t *rapid.T) {
				a := attr.Draw(t, "attr")
				as.Drop(a)
				delete(model, a)
			},
			"": func(t *rapid.T) {
				if !as.Equal(tracking.AttrsOf(model)) || as.Len() != len(model) || as.Set().Len() != len(model) {
					t.Fatalf("have %v, want %v", as, model)
				}
				for a, v := range as.All() {
					if got, ok := as.Get(a); !ok || got != v || model[a] != v {
						t.Fatalf("%s is %q, %q and %q", a, got, v, model[a])
					}
				}
			},
		})
	})
}

// The table says one thing about each attribute, and the names are unique.
func TestSpecs(t *testing.T) {
	var names []string
	for a := range tracking.AllAttrs() {
		s := a.Spec()
		names = append(names, s.Name)
		if got, ok := tracking.ParseAttr(s.Name); !ok || got != a {
			t.Errorf("ParseAttr(%q) = %v, %v, want %v", s.Name, got, ok, a)
		}
		if s.Doc == "" {
			t.Errorf("%s has no description", s.Name)
		}
		if !slices.ContainsFunc(tracking.Services, func(s *tracking.Service) bool { return s.Knows(a) }) {
			t.Errorf("no service knows %s", s.Name)
		}
	}
	sensitive := tracking.SelectAttrs(func(s *tracking.Spec) bool { return s.Sensitive }).String()
	want := "customer_name, customer_email, customer_phone, tracking_postal_code, tracking_account_number"
	if diff := cmp.Diff(want, sensitive); diff != "" {
		t.Errorf("sensitive attributes (-want +got):\n%s", diff)
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(slices.Collect(tracking.AllAttrs())) {
		t.Error("two attributes share a name")
	}
}
