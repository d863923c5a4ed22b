// Package tracking holds the nouns that every other package speaks of: the
// key of a tracking, its attributes and the one table that describes them, what
// the files declare, what the service reports, and what can be asked of it.
//
// It knows no file format, no wire format and no rule of planning.
package tracking

import (
	"fmt"
	"strings"
)

// Key is the identity of a tracking at the service: carrier and number. The
// service's own id is opaque, and comes back unchanged when a deleted number is
// created again, so nothing here is ever keyed on it (API.md §1, §5.11). Some
// services want it in a request: it travels beside the key as Ref.
type Key struct {
	Carrier string
	Number  string
}

// String writes the key as people type it: "sto/402934299065".
func (k Key) String() string { return k.Carrier + "/" + k.Number }

// IsZero reports whether the key is not set at all.
func (k Key) IsZero() bool { return k == Key{} }

// Compare orders keys by carrier, then by number.
func (k Key) Compare(o Key) int {
	if c := strings.Compare(k.Carrier, o.Carrier); c != 0 {
		return c
	}
	return strings.Compare(k.Number, o.Number)
}

// ParseKey reads CARRIER/NUMBER, checking both halves.
func ParseKey(s string) (Key, error) {
	carrier, number, ok := strings.Cut(s, "/")
	if !ok {
		return Key{}, fmt.Errorf("%q is not of the form CARRIER/NUMBER, for example sto/402934299065", s)
	}
	carrier, err := CanonicalCarrier(carrier)
	if err != nil {
		return Key{}, err
	}
	number, err = CanonicalNumber(number)
	if err != nil {
		return Key{}, err
	}
	return Key{carrier, number}, nil
}

// Bounds of the two halves of a key, in bytes. The service documents only the
// lower one (API.md §4); the upper ones keep a request URL of 40 numbers short.
const (
	MinNumberLen  = 5
	MaxNumberLen  = 64
	MaxCarrierLen = 64
)

// CanonicalNumber removes the spaces from a tracking number and checks the rest: at
// least five letters, digits, "-" or "_" (API.md §1). Case is kept: the service's
// view of it is not documented.
func CanonicalNumber(s string) (string, error) {
	if strings.ContainsAny(s, " \t\u00a0") {
		s = strings.NewReplacer(" ", "", "\t", "", "\u00a0", "").Replace(s)
	}
	if r, bad := firstOutside(s); bad {
		return "", fmt.Errorf("a tracking number has only the letters A-Z, digits, \"-\" and \"_\"; this one has %s", nameRune(r))
	}
	if n := len(s); n < MinNumberLen || n > MaxNumberLen {
		return "", fmt.Errorf("a tracking number has %d to %d characters; this one has %d", MinNumberLen, MaxNumberLen, n)
	}
	return s, nil
}

// CanonicalCarrier trims a carrier code and checks it: letters, digits, "-" and
// "_" (API.md §1). Codes are compared as they are; one of them has capitals
// (Correios-Cabo-Verde, API.md §5.21).
func CanonicalCarrier(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", fmt.Errorf("a carrier code must not be empty")
	}
	if r, bad := firstOutside(s); bad {
		return "", fmt.Errorf("a carrier code has only the letters A-Z, digits, \"-\" and \"_\"; this one has %s", nameRune(r))
	}
	if len(s) > MaxCarrierLen {
		return "", fmt.Errorf("a carrier code has at most %d characters; this one has %d", MaxCarrierLen, len(s))
	}
	return s, nil
}

func firstOutside(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		default:
			return r, true
		}
	}
	return 0, false
}

// nameRune returns a character's name that distinguishes look-alikes in a message:
// U+0430, never the character itself unless it is ASCII.
func nameRune(r rune) string {
	if r > ' ' && r < 0x7f {
		return fmt.Sprintf("%q", r)
	}
	return fmt.Sprintf("the character %U", r)
}
