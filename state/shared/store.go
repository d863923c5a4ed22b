package shared

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tmsync/tmsync/state"
)

// Options say who uses a store, and who hears of what.
type Options struct {
	// Now is the wall clock, Monotonic one that nobody sets; nil is the machine's. They
	// are compared with themselves only, never with another machine's.
	Now       func() time.Time
	Monotonic func() time.Duration
	// RequestTimeout is how long a request to the service may take; 0 is 30 s. Nobody
	// takes the lock over before it has ended.
	RequestTimeout time.Duration
	// TTL is how long the lock lives without a sign of life; 0 is 90 s, or three times
	// RequestTimeout. With a shorter one, all times of the protocol are shorter.
	TTL time.Duration
	// NotesDir is the directory of the notes on this machine, "" for none. It is
	// created when there is something to note.
	NotesDir string
	// Waiting is called with what is waited for, at each look at the lock.
	Waiting func(Wait)
	// Beside is told who holds the lock of a state that is read without it.
	Beside func(state.Info)
	// Unfenced is called if only the service's own locks keep two runs apart. That is
	// when the lock is taken.
	Unfenced func()
}

// Wait is what a run waits for.
type Wait struct {
	Holder state.Info
	// Since is how long it has waited. Most is how long it will yet, if nothing changes.
	Since, Most time.Duration
	// ForSign means that no more than a sign of life is waited for: a holder that gives
	// none is dead, and its lock is taken over.
	ForSign bool
}

const defaultTimeout = 30 * time.Second

// Store is a state.Store over an Engine. Its Session may be used by one goroutine;
// another one of the Store's own renews the lock meanwhile.
type Store struct {
	link
	opts  Options
	most  int // bytes of a head
	times times
	notes notes
	// packer is the journal's, which one goroutine writes.
	packer packer

	mu      turn      // everything below; held during each write of the head
	head    *head     // as it is at the store, with what is written next; nil when unknown
	version string    // of the head at the store, "" for none
	known   bool      // head and version are those of the store
	proof   moment    // the start of the last write that has succeeded
	own     *lockInfo // the lock, as long as this run has it
	lost    error     // why nothing can be written any more
	folded  bool      // nothing was journalled since the state was replaced
	part    uint64    // number of the journal's next part in this epoch
	planned bool      // this run has begun a saved plan
	free    time.Time // see LastRequest
	stop    chan struct{}
	stopped chan struct{}
}

var (
	_ state.Managed   = (*Store)(nil)
	_ state.Breakable = (*Store)(nil)
)

// New returns the store of the state that an engine keeps. The engine is not asked
// yet.
func New(e Engine, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Monotonic == nil {
		start := time.Now()
		o.Monotonic = func() time.Duration { return time.Since(start) }
	}
	if o.RequestTimeout <= 0 {
		o.RequestTimeout = defaultTimeout
	}
	if o.TTL <= 0 {
		o.TTL = max(leastTTL, 3*o.RequestTimeout)
	}
	if o.Waiting == nil {
		o.Waiting = func(Wait) {}
	}
	if o.Beside == nil {
		o.Beside = func(state.Info) {}
	}
	if o.Unfenced == nil {
		o.Unfenced = func() {}
	}
	s := &Store{
		link: link{e, o.Now, o.Monotonic}, opts: o, most: maxHead, times: timesOf(o.TTL), notes: notes{o.NotesDir}, mu: make(turn, 1),
	}
	if !e.Limits().Parts {
		s.most = maxHeadSole
	}
	return s
}

// LockName is what users call the lock, which is part of the head.
func (s *Store) LockName() string { return s.Name() }

// Exposed names no place: who may write to a store is the store's matter.
func (s *Store) Exposed() []string { return nil }

// NotePath is where a note of this machine is kept.
func (s *Store) NotePath(name string) string { return s.notes.path(name) }

// Journal is the journal in the head.
func (s *Store) Journal() state.Journal { return &journal{s} }

// Prepare tries whether the store keeps conditions, where it has no head yet.
func (s *Store) Prepare(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.read(ctx); err != nil || s.version != "" {
		return err
	}
	return s.examine(ctx)
}

// Snapshot reads the head: what is read of state and journal afterwards is of this
// one moment. It takes no lock, and needs no right to write.
func (s *Store) Snapshot(ctx context.Context) error {
	s.mu.Lock()
	err := s.read(ctx)
	holder := s.head.holder()
	s.mu.Unlock()
	if err == nil && holder != nil {
		s.opts.Beside(*holder.info())
	}
	return err
}

// read reads the head. Mu is held.
func (s *Store) read(ctx context.Context) error {
	s.known = false
	h, version, err := s.fetch(ctx)
	if err != nil {
		return err
	}
	if h == nil {
		h = &head{}
	}
	s.head, s.version, s.known = h, version, true
	if s.own == nil {
		s.lost = nil // of a run before
	}
	return nil
}

// current reads the head unless it is known. Mu is held.
func (s *Store) current(ctx context.Context) error {
	if s.known {
		return nil
	}
	return s.read(ctx)
}

// Read opens the state that the head names. The head of a snapshot, or of a run that
// has the lock, is known already; a blob that is gone has been replaced meanwhile,
// and the head is read again.
func (s *Store) Read(ctx context.Context) (io.ReadCloser, state.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for tries := 3; ; tries-- {
		if err := s.current(ctx); err != nil {
			return nil, "", err
		}
		ref := s.head.State
		if ref == nil {
			return nil, "", nil
		}
		r, err := s.openState(ctx, *ref)
		if errors.Is(err, ErrNoBlob) && s.own == nil && tries > 0 {
			s.known = false
			continue
		}
		if errors.Is(err, ErrNoBlob) {
			err = s.damaged(*ref, "it is not there")
		}
		if errors.As(err, new(*state.FormatError)) {
			// It has a version all the same, in whose place another one can be put.
			r, err = io.NopCloser(broken{err}), nil
		}
		if err != nil {
			return nil, "", err
		}
		return r, state.Version(ref.Hash), nil
	}
}

// broken is a state that cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// Held reports whether the run may go on, as far as is known here: what it writes
// next is refused if it may not.
func (s *Store) Held(_ context.Context, version state.Version) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	if s.known && s.stateVersion() != version {
		return fmt.Errorf("the state %s: %w", s.Name(), state.ErrConflict)
	}
	return nil
}

func (s *Store) stateVersion() state.Version {
	if s.head.State == nil {
		return ""
	}
	return state.Version(s.head.State.Hash)
}

// LastRequest is when another run may have sent its last request. Since two clocks
// may differ, one of ten seconds ago, or of the future, may have been just before the
// lock was taken.
func (s *Store) LastRequest() time.Time { return s.free }
