package state_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// TestAhead holds that a state that was read ahead is taken where it is the one that is
// opened, and that in all other cases it is as if nothing had been read.
func TestAhead(t *testing.T) {
	good := write(t, many(5000)) // 1.7 MB
	other := many(4999)
	other.Serial = 2
	broken := bytes.Replace(good, []byte("Order 00004000"), []byte("Order 0000400X"), 1)
	for _, tt := range []struct {
		name          string
		ahead, opened []byte
		end           bool
		want          int // records; 0: it cannot be opened
	}{
		{"taken", good, broken, false, 5000}, // which only looks the same
		{"replaced", good, write(t, other), false, 4999},
		{"broken then", broken, good, false, 5000},
		{"broken", broken, broken, false, 0},
		{"gone then", nil, good, false, 5000},
		{"small", write(t, many(10)), write(t, many(11)), false, 11},
		{"ended", good, broken, true, 0},
		{"not begun", nil, broken, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, stateName)
			if tt.ahead != nil {
				writeFile(t, path, tt.ahead)
			}
			ahead, steps := state.NewAhead(t.Context()), 0
			if tt.name != "not begun" {
				ahead.Begin(local.New(dir, stateName), nil, func() { steps++ })
				<-ahead.Done()
			}
			if tt.end {
				ahead.End()
			}
			writeFile(t, path, tt.opened)
			s, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{Ahead: ahead})
			if tt.want == 0 {
				if !errors.As(err, new(*state.FormatError)) {
					t.Errorf("Open() = %v", err)
				}
				return
			}
			must(t, err)
			if n := len(s.State().Records); n != tt.want {
				t.Errorf("there are %d records, want %d", n, tt.want)
			}
			if tt.name == "taken" && steps < len(good)>>20 {
				t.Errorf("it went on %d times", steps)
			}
			must(t, s.Close())
		})
	}
}

// TestAheadEnds holds that the reading ends with its context, and that End waits for
// that: no goroutine is left (TestMain).
func TestAheadEnds(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, stateName), write(t, many(5000)))
	ctx, cancel := context.WithCancel(t.Context())
	ahead, begun, canceled := state.NewAhead(ctx), make(chan struct{}), make(chan struct{})
	var steps int
	ahead.Begin(local.New(dir, stateName), nil, func() {
		if steps++; steps == 1 {
			close(begun)
			<-canceled
		}
	})
	<-begun
	cancel()
	close(canceled) // not ctx.Done, which is closed before the contexts made of ctx are
	ahead.End()
	ahead.End() // as often as it pleases
	if steps != 1 {
		t.Errorf("it went on %d times after it was told to end", steps-1)
	}
	(*state.Ahead)(nil).End()
}
