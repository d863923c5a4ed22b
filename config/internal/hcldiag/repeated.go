package hcldiag

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
)

// How many repeated mistakes there are.
const (
	MaxRepeated = 50     // shown of one kind
	maxCounted  = 10_000 // counted, after which the rest is not looked at
)

// Repeated collects what may go wrong once for each of many rows or elements:
// the first ones are shown, the others counted.
type Repeated struct {
	Report func(*hcl.Diagnostic) // takes those that are shown
	Place  *hcl.Range            // of the sum of the others
	What   string                // where they are, in words
	n      int
	last   hcl.DiagnosticSeverity
	at     *hcl.Range // of the last one that is shown
}

// Add counts a mistake, and shows one of the first.
func (m *Repeated) Add(d *hcl.Diagnostic) {
	if m.Shown() {
		m.Report(d)
		m.at = d.Subject
	}
	m.Count(d.Severity)
}

// Count is add for one that is not shown.
func (m *Repeated) Count(severity hcl.DiagnosticSeverity) {
	m.last = severity
	m.n++
}

// Shown reports whether the next one is going to be shown.
func (m *Repeated) Shown() bool { return m.n < MaxRepeated }

// Full reports that there are too many to look for more.
func (m *Repeated) Full() bool { return m.n >= maxCounted }

// Close reports how many there were beyond those that are shown. Then it begins
// anew.
func (m *Repeated) Close() {
	if more := m.n - MaxRepeated; more > 0 {
		rest := ""
		if m.Full() {
			rest = " What comes after them was not looked at."
		}
		d := MoreLikeThese(m.last, more, fmt.Sprintf("There are %d more mistakes like these in %s. The first %d are shown.%s", more, m.What, MaxRepeated, rest), m.at)
		d.Subject = m.Place
		m.Report(d)
	}
	m.n = 0
}

// Pattern returns a message without its values, which have quotes or digits. Messages of
// one pattern tell one mistake, and what to do about it.
func Pattern(message string) string { return valueInMessage.ReplaceAllString(message, "") }

var valueInMessage = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'.'|U\+\S+|\S*\d\S*`)

// maxPlaces is how many places of one mistake are named.
const maxPlaces = 5

// Kinds collects mistakes that many rows may have. Those of a kind become one
// diagnostic.
type Kinds struct {
	Report func(*hcl.Diagnostic)
	Noun   string // what has the mistakes: "Rows"
	kinds  []*kind
	index  map[string]*kind
	n      int
	ended  bool // somebody was told that it is full
}

// kind is the mistakes of one kind.
type kind struct {
	first  *hcl.Diagnostic
	n      int
	places []string
	file   string // of the last of them
	last   string // its place
}

// At is where a mistake is: a line or a cell of a file, or the name of something.
type At struct{ File, Place string }

// Has reports whether there has been a mistake of a kind.
func (k *Kinds) Has(key string) bool { return k.index[key] != nil }

// Add counts a mistake. Those with the same key are of one kind, of which the first is
// shown, and the places of some; of the others d is not looked at. value is what stands there, "" if that is not to be
// seen.
func (k *Kinds) Add(key string, d *hcl.Diagnostic, at At, value string) {
	one := k.index[key]
	if one == nil {
		if k.index == nil {
			k.index = map[string]*kind{}
		}
		one = &kind{first: d}
		k.index[key] = one
		k.kinds = append(k.kinds, one)
	}
	if one.n++; len(one.places) < maxPlaces {
		place := at.Place
		if at.File != "" && at.File != one.file {
			place = FileName(at.File) + ":" + place
			one.file = at.File
		}
		same := place == one.last && value == ""
		one.last = place
		if value != "" {
			place += " (" + text.Quote(text.Shorten(value, maxValue)) + ")"
		}
		if !same { // several mistakes in a row, or rows in a line
			one.places = append(one.places, place)
		}
	}
	k.n++
}

// maxValue is how much of a value is shown beside its place, in bytes.
const maxValue = 30

// Full reports that there are too many to look for more.
func (k *Kinds) Full() bool {
	k.ended = k.ended || k.n >= maxCounted
	return k.ended
}

// Close reports a diagnostic for each kind. Then it begins anew.
func (k *Kinds) Close() {
	for _, one := range k.kinds {
		if one.n > 1 {
			first := ""
			if one.n > len(one.places) {
				first = "the first "
			}
			one.first.Detail += fmt.Sprintf("\n\n%s with this mistake: %s, %sat %s.", k.Noun, text.Count(one.n), first, strings.Join(one.places, ", "))
			if k.ended {
				one.first.Detail += " What comes after them was not looked at."
			}
		}
		k.Report(one.first)
	}
	k.kinds, k.index, k.n, k.ended = nil, nil, 0, false
}
