package state_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

const stateName = statetest.StateName

// What a test says often, in a word.
var (
	rec     = statetest.Record
	creates = statetest.Creates
	puts    = statetest.Puts
	open    = statetest.OpenSession
	begin   = statetest.Begin
	titles  = statetest.Titles
	doubts  = statetest.Doubts
	header  = statetest.Header
	sealed  = statetest.Sealed

	must, diff, seed    = statetest.Must, statetest.Diff, statetest.Seed
	readFile, writeFile = statetest.ReadFile, statetest.WriteFile
	journalPath         = statetest.JournalPath
	plain               = statetest.Plain
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mortal is a store whose process can die: its lock goes, and nothing else
// happens.
type mortal struct {
	*local.Store
	unlock func() error
}

func newMortal(dir string) *mortal { return &mortal{Store: local.New(dir, stateName)} }

func (m *mortal) Lock(ctx context.Context, info state.Info, timeout time.Duration) (func() error, error) {
	unlock, err := m.Store.Lock(ctx, info, timeout)
	m.unlock = unlock
	return unlock, err
}

// die lets go of the lock as the kernel does when a process ends.
func (m *mortal) die(t testing.TB) {
	t.Helper()
	if m.unlock != nil {
		must(t, m.unlock())
	}
}

func parse(text string) (*state.State, error) { return state.Read(strings.NewReader(text), nil) }

func write(t testing.TB, s *state.State) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, s.Write(&b))
	return b.Bytes()
}

// memory is a store without files or locks: the seam as a shared store will
// use it.
type memory struct {
	data, journal []byte
	seen          state.Mark
}

func (m *memory) Name() string               { return "memory" }
func (m *memory) Journal() state.Journal     { return memoryJournal{m} }
func (m *memory) Seen() state.Mark           { return m.seen }
func (m *memory) Hold(context.Context) error { return nil }
func (m *memory) Held(_ context.Context, v state.Version) error {
	if v != m.version() {
		return state.ErrConflict
	}
	return nil
}
func (m *memory) SetSeen(k state.Mark) { m.seen = k }

func (m *memory) version() state.Version {
	if m.data == nil {
		return ""
	}
	sum := sha256.Sum256(m.data)
	return state.Version(hex.EncodeToString(sum[:]))
}

func (m *memory) Read(context.Context) (io.ReadCloser, state.Version, error) {
	if m.data == nil {
		return nil, "", nil
	}
	return io.NopCloser(bytes.NewReader(m.data)), m.version(), nil
}

func (m *memory) Swap(_ context.Context, old state.Version, write func(io.Writer) error) (state.Version, error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return "", err
	}
	if m.version() != old {
		return "", state.ErrConflict
	}
	m.data = b.Bytes()
	return m.version(), nil
}

func (m *memory) Lock(context.Context, state.Info, time.Duration) (func() error, error) {
	return func() error { return nil }, nil
}

type memoryJournal struct{ m *memory }

func (j memoryJournal) Name() string                { return "memory journal" }
func (j memoryJournal) Check(context.Context) error { return nil }
func (j memoryJournal) Close() error                { return nil }

func (j memoryJournal) Read(context.Context) (io.ReadCloser, error) {
	if j.m.journal == nil {
		return nil, nil
	}
	return io.NopCloser(bytes.NewReader(j.m.journal)), nil
}

func (j memoryJournal) Reset(_ context.Context, data []byte) error {
	j.m.journal = bytes.Clone(data)
	return nil
}

func (j memoryJournal) Append(_ context.Context, data []byte) error {
	j.m.journal = append(j.m.journal[:len(j.m.journal):len(j.m.journal)], data...)
	return nil
}
