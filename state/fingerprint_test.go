package state_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// TestFingerprintsAreFresh asks one state for many fingerprints, and for each a
// state that has never made one: whatever was asked before, they agree. A salt
// may still change when a journal brings its own.
func TestFingerprintsAreFresh(t *testing.T) {
	attr := rapid.SampledFrom(slices.Collect(tracking.AllAttrs()))
	few := rapid.SampledFrom([]string{"", "1", "2", "Ann", "Bob"})
	rapid.Check(t, func(t *rapid.T) {
		s := &state.State{Salt: "x"}
		fresh := func() *state.State { return &state.State{Salt: s.Salt} }
		draw := func(t *rapid.T) (number string, a tracking.Attr, value string) {
			return few.Draw(t, "number"), attr.Draw(t, "attr"), few.Draw(t, "value")
		}
		t.Repeat(map[string]func(*rapid.T){
			"fingerprint": func(t *rapid.T) {
				number, a, value := draw(t)
				if got, want := s.Fingerprint(number, a, value), fresh().Fingerprint(number, a, value); got != want {
					t.Fatalf("the fingerprint of %s/%s/%q is %s, want %s", number, a, value, got, want)
				}
			},
			"same": func(t *rapid.T) {
				number, a, value := draw(t)
				other := few.Draw(t, "stored")
				for _, stored := range []string{other, fresh().Fingerprint(number, a, other)} {
					want := value == other && (value == "" || stored != other || !a.Spec().Sensitive)
					if got := s.Same(number, a, stored, value); got != want {
						t.Fatalf("%s/%s/%q and %q are the same: %v, want %v", number, a, value, stored, got, want)
					}
				}
			},
			"account": func(t *rapid.T) {
				id := few.Draw(t, "account")
				if got, want := s.AccountFingerprint(id), fresh().AccountFingerprint(id); got != want {
					t.Fatalf("the fingerprint of the account %q is %s, want %s", id, got, want)
				}
			},
			"salt": func(t *rapid.T) { s.Salt = few.Draw(t, "salt") },
		})
	})
}

// BenchmarkFingerprints compares the sensitive values of a tracking with what is
// remembered, as a plan without changes does, and remembers them again; and
// fingerprints them for the first time, as a create does.
func BenchmarkFingerprints(b *testing.B) {
	values := [3]string{"Ann Example", "ann@example.org", "+86 138 0013 8000"}
	attrs := [3]tracking.Attr{tracking.CustomerName, tracking.CustomerEmail, tracking.CustomerPhone}
	s := state.New("tmsync/bench", nil)
	numbers := make([]string, 1000)
	stored := make([][3]string, len(numbers))
	for n := range numbers {
		numbers[n] = fmt.Sprintf("4029%08d", n)
		for i, v := range values {
			stored[n][i] = s.Fingerprint(numbers[n], attrs[i], v)
		}
	}
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n = (n + 1) % len(numbers)
			for i, v := range values {
				if !s.Same(numbers[n], attrs[i], stored[n][i], v) || s.Fingerprint(numbers[n], attrs[i], v) != stored[n][i] {
					b.Fatal("a value is not as it was")
				}
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n = (n + 1) % len(numbers)
			for i, v := range values {
				s.Fingerprint(numbers[n], attrs[i], v)
			}
		}
	})
}
