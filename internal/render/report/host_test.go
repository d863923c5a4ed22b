package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// A link leads to the file at the host, whatever the file is called; and there is none
// where nothing can be shown.
func TestLinks(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"main.hcl", "parcels/main.hcl?plain=1#L3"},
		{"orders/2026-09.csv", "parcels/orders/2026-09.csv?plain=1#L3"},
		{"a b&c=d#e?f.csv", "parcels/a%20b%26c%3Dd%23e%3Ff.csv?plain=1#L3"},
		{"](javascript:alert(1)).csv", "parcels/%5D%28javascript%3Aalert%281%29%29.csv?plain=1#L3"},
		{`"><script>.csv`, "parcels/%22%3E%3Cscript%3E.csv?plain=1#L3"},
		{"%2e%2e|~*.csv", "parcels/%252e%252e%7C%7E%2A.csv?plain=1#L3"},
		{"订单.csv", "parcels/%E8%AE%A2%E5%8D%95.csv?plain=1#L3"},
		{"outside.csv", ""}, {"../../x.csv", ""}, {"a/../../../x.csv", ""}, {"a//b.csv", ""}, {"\xff.csv", ""}, {strings.Repeat("d/", 300) + "x.csv", ""},
	} {
		r := aRun(&plan.Plan{Changes: []plan.Change{{Addr: "tracking.a", Action: plan.Create, Key: key("10001"), Declared: &tracking.Declared{Source: tracking.SourceAt(tt.file, 3)}}}})
		r.Host = aHost()
		comment, page := markdown(t, r), htmlReport(t, r)
		checkMarkdown(t, comment)
		checkHTML(t, page)
		address := "https://git.example/shop/all/blob/0123456789abcdef0123456789abcdef01234567/" + tt.want
		if tt.want == "" {
			if strings.Contains(comment+page, "git.example") {
				t.Errorf("%q has a link:\n%s", tt.file, comment)
			}
			continue
		}
		if !strings.Contains(comment, "]("+address+")") {
			t.Errorf("%q has not the link %s:\n%s", tt.file, address, comment)
		}
		if file := strings.TrimSuffix(address, "#L3"); !strings.Contains(page, fmt.Sprintf(`"u":%q`, file)) {
			t.Errorf("%q has not the link %s in the page", tt.file, address)
		}
	}
}

// Only an address that can be nothing else is a host's.
func TestNewHost(t *testing.T) {
	for files, want := range map[string]bool{
		"https://github.com/shop/parcels/blob/0123":                true,
		"https://git.example.org:8443/git/a/b/.github/-/blob/0123": true,
		"":                                      false,
		"http://github.com/a/b/blob/0123":       false,
		"javascript:alert(1)//https://a/b":      false,
		"https://user:pw@github.com/a/blob":     false,
		"https://github.com":                    false,
		"https:///a/b":                          false,
		"https://github.com/a/../b/blob/0":      false,
		"https://github.com/a/.":                false,
		"https://github.com//a":                 false,
		"https://github.com/a?b/blob/0":         false,
		"https://github.com/a#/blob/0":          false,
		"https://github.com/a)b/blob/0":         false,
		"https://github.com/a\"><b>/blob/0":     false,
		"https://github.com/a\n/blob/0":         false,
		"https://github.com/a/blob/0\n":         false,
		"https://github.com/%2e%2e/blob":        false,
		"https://a/" + strings.Repeat("b", 500): false,
	} {
		host := report.NewHost(files, func(file string) (string, bool) { return file, true })
		if got := host != nil; got != want {
			t.Errorf("%q is a host's address: %v, want %v", files, got, want)
		}
	}
}

// Links are left out before anything else is.
func TestLinksGiveWay(t *testing.T) {
	for n, links := range map[int]int{60: 60, 80: 0} {
		p := &plan.Plan{}
		for i := range n {
			p.Changes = append(p.Changes, plan.Change{
				Addr: tracking.NewAddr("trackings", "orders").Index(fmt.Sprint(i)), Action: plan.Create, Key: key(fmt.Sprintf("4029%07d", i)), Declared: declared(i + 2),
				Fields: []plan.Field{{Attr: tracking.Title, To: fmt.Sprint(i, strings.Repeat("-", 95))}},
			})
		}
		with, without := aRun(p), aRun(p)
		with.Host = aHost()
		text, plain := markdown(t, with), markdown(t, without)
		if got := strings.Count(text, "]("); got != links || strings.Count(text, "\n") != strings.Count(plain, "\n") || strings.Contains(text, "Not everything fits") {
			t.Errorf("%d changes have %d links in %d bytes, and %d without; want %d, and nothing else left out", n, got, len(text), len(plain), links)
		}
	}
}
