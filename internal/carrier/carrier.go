// Package carrier knows carrier codes, and forms of tracking numbers: what can be
// said of them without asking the service.
//
// It makes no request and reads no file but the list that is built in.
package carrier

import (
	"cmp"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tmsync/tmsync/internal/tracking"
)

// builtIn is the list of carriers that tmsync knows by itself.
//
//go:embed carriers.txt
var builtIn string

// entry is a code of the built-in list.
type entry struct {
	name string
	// country is, for the post of a country, what its international numbers end
	// with: two capitals. Else it is empty.
	country string
}

// table is the built-in list, by code.
var table = sync.OnceValue(func() map[string]entry {
	out := map[string]entry{}
	for line := range strings.Lines(builtIn) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		name, country, _ := strings.Cut(rest, "\t")
		out[code] = entry{name, country}
	}
	return out
})

// posts are the codes of the posts of each country, in code order.
var posts = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for _, code := range slices.Sorted(maps.Keys(table())) {
		if country := table()[code].country; country != "" {
			out[country] = append(out[country], code)
		}
	}
	return out
})

// Known returns the name of a carrier of the built-in list. Codes are compared as
// they are: one of them has capitals (API.md §5.21). The list is not complete.
func Known(code string) (name string, ok bool) {
	e, ok := table()[code]
	return e.name, ok
}

// All returns the built-in list in code order.
func All() []tracking.Carrier {
	out := make([]tracking.Carrier, 0, len(table()))
	for code, e := range table() {
		out = append(out, tracking.Carrier{Code: code, Name: e.name})
	}
	slices.SortFunc(out, func(a, b tracking.Carrier) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
