package state_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

func recAddr(n int) tracking.Addr { return tracking.Addr(fmt.Sprintf("tracking.r%03d", n)) }

// model is what a session does, in the simplest words: a map and a list.
type model struct {
	records map[tracking.Addr]*state.Record
	open    []state.Intent
	serial  uint64
	changed bool
}

func (m *model) titles() []string {
	var st state.State
	for _, addr := range slices.Sorted(maps.Keys(m.records)) {
		st.Records = append(st.Records, *m.records[addr])
	}
	return titles(&st)
}

func (m *model) doubts() []string {
	var out []string
	for _, in := range m.open {
		for _, it := range in.Items {
			out = append(out, fmt.Sprintf("%d %s %s %s", in.Seq, in.Op, it.Addr, it.Key))
		}
	}
	return out
}

func (m *model) settle(effects []state.Effect) {
	for _, e := range effects {
		if e.Record.Equal(m.records[e.Addr]) {
			continue
		}
		m.changed = true
		if e.Record == nil {
			delete(m.records, e.Addr)
		} else {
			m.records[e.Addr] = e.Record
		}
	}
}

// TestSessionLikeModel does anything in any order, with crashes between, and
// holds the session to the model after every step.
func TestSessionLikeModel(t *testing.T) {
	t.Run("files", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			dir, err := os.MkdirTemp("", "state")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			runModel(t, func() state.Store { return local.New(dir, stateName) }, 15)
		})
	})
	t.Run("memory", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			m := &memory{}
			runModel(t, func() state.Store { return m }, 80)
		})
	})
}

func runModel(t *rapid.T, store func() state.Store, steps int) {
	m := &model{records: map[tracking.Addr]*state.Record{}}
	s := reopen(t, store)
	defer func() { _ = s.Close() }()
	for range rapid.IntRange(1, steps).Draw(t, "steps") {
		switch rapid.SampledFrom([]string{"begin", "begin", "settle", "settle", "put", "commit", "crash", "close", "look"}).Draw(t, "step") {
		case "begin":
			in := state.Intent{Op: tracking.OpUpdate}
			for _, e := range drawEffects(t, 1) {
				in.Items = append(in.Items, state.IntentItem{Addr: e.Addr, Key: numbered(e.Addr), Record: e.Record})
			}
			seq, err := s.Begin(in)
			// After a journal was started anew the count may begin again, but it
			// never repeats what is still open.
			if err != nil || slices.ContainsFunc(m.open, func(in state.Intent) bool { return in.Seq >= seq }) {
				t.Fatalf("Begin() = %d, %v", seq, err)
			}
			in.Seq = seq
			m.open = append(m.open, in)
		case "settle":
			if len(m.open) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(m.open)-1).Draw(t, "which")
			in := &m.open[i]
			open := rapid.SliceOfNDistinct(rapid.IntRange(0, len(in.Items)-1), 0, len(in.Items), rapid.ID[int]).Draw(t, "open")
			slices.Sort(open)
			effects := drawEffects(t, 0)
			if err := s.Settle(in.Seq, effects, open); err != nil {
				t.Fatal(err)
			}
			m.settle(effects)
			var left []state.IntentItem
			for _, place := range open {
				left = append(left, in.Items[place])
			}
			if in.Items = left; len(left) == 0 {
				m.open = slices.Delete(m.open, i, i+1)
			}
		case "put":
			effects := drawEffects(t, 0)
			if err := s.Settle(0, effects, nil); err != nil {
				t.Fatal(err)
			}
			m.settle(effects)
		case "commit":
			if err := s.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if m.changed {
				m.serial++
			}
			m.changed = false
		case "close", "crash": // in a file, closing is what a crash does: it only lets go of the lock
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = reopen(t, store)
		case "look":
			s.State() // merges, which must make no difference
		}
		if got := doubts(s); !slices.Equal(m.doubts(), got) {
			t.Fatalf("in doubt is %q, want %q", got, m.doubts())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, store)
	if got := titles(s.State()); !slices.Equal(m.titles(), got) {
		t.Fatalf("records are %q, want %q", got, m.titles())
	}
	if got := s.State().Serial; got != m.serial {
		t.Fatalf("serial %d, want %d", got, m.serial)
	}
}

func reopen(t *rapid.T, store func() state.Store) *state.Session {
	s, err := state.Open(t.Context(), store(), state.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drawEffects draws changes of a few addresses, each of which has its own key.
func drawEffects(t *rapid.T, least int) []state.Effect {
	addrs := rapid.SliceOfNDistinct(rapid.IntRange(0, 7), least, 4, rapid.ID[int]).Draw(t, "addrs")
	var effects []state.Effect
	for _, n := range addrs {
		e := state.Effect{Addr: recAddr(n)}
		if title := rapid.SampledFrom([]string{"", "x", "y", "z"}).Draw(t, "title"); title != "" {
			e.Record = rec(e.Addr, numbered(e.Addr).String(), title)
		}
		effects = append(effects, e)
	}
	return effects
}

func numbered(addr tracking.Addr) tracking.Key {
	return tracking.Key{Carrier: "sto", Number: "number-" + string(addr[len(addr)-3:])}
}
