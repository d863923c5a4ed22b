package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// OpenOptions say who opens a state, and how.
type OpenOptions struct {
	// Operation, Who, Host, PID and Tool tell others who holds the lock; Tool is
	// written into the state as well.
	Operation, Who, Host, Tool string
	PID                        int
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// StateKey is TMSYNC_STATE_KEY, empty when that is not set.
	StateKey []byte
	// Ahead may have read the state already; nil if not.
	Ahead *Ahead
	// LockTimeout is how long to wait for the lock.
	LockTimeout time.Duration
	// NoLock opens without the lock.
	NoLock bool
	// AsIs keeps the state's fingerprints of any key, for copying them (ReadAsIs).
	// StateKey is not asked.
	AsIs bool
	// Mend opens a state or a journal that cannot be read, too: Session.Damage
	// says what is wrong, the session knows nothing of it, and Replace is all that
	// it can do.
	Mend bool
	// ReadOnly writes neither state nor journal: outcomes are settled in memory
	// only, and nothing can be begun or committed. Where even a lock cannot be
	// written, it goes without.
	ReadOnly bool
}

// Session is one run's hold on a state: the lock, the state, and the journal.
// Begin comes before each request, Settle after it, Commit at the end. A run
// may die at any point; the next Open knows what was proven (State) and what may
// have happened (InDoubt).
//
// Once writing has failed, nothing more can be written: everything returns that
// error, and the next run goes on from the disk. It is not for concurrent use.
//
// What Begin and Settle write is written whatever interrupts the run, with a
// background context: a store has deadlines of its own.
type Session struct {
	store   Store
	journal Journal
	opts    OpenOptions
	unlock  func() error
	failed  error

	damage     error
	rolledBack *RolledBack
	onDisk     uint64         // the serial of the state that was read
	ahead      *journalHeader // of a journal that continues a newer state than that, else nil
	// puttingBack means that an older state is put back on purpose.
	puttingBack bool
	unsigned    *UnsignedError // why the state or the journal is not believed, with Mend
	edited      bool
	chain       *chain // of the journal's MACs
	mark        Mark   // of the state as it is, where it is known
	planning    bool   // BeginPlan was called

	state   *State // as it was read or committed, perhaps with changed merged in
	version Version
	// changed is what was settled since the state was read or committed; nil
	// drops an address. merged means that state has all of it.
	changed  map[tracking.Addr]*Record
	merged   bool
	reheaded bool // the header was changed
	owners   map[tracking.Key]tracking.Addr

	open    []Intent // rising by Seq; those without items are settled
	settled int      // how many those are
	seq     uint64   // the last one given
	stage   stage    // of the journal
	ids     bool     // the journal has to be of the version that has ids
	buf     []byte   // the lines that are written to it next
}

// stage is where the journal on disk stands. An earlier run's journal is replaced
// whole before anything of this run's is written: what the system shows of it may
// never have reached the disk.
//
//	Open     none where there is no journal, else earlier
//	Begin    none, earlier → ours; so does Settle, with anything to keep
//	Commit   any → none when nothing is in doubt, else ours, if there is anything new;
//	         so does Replace
type stage int

const (
	none    stage = iota // there is no journal
	earlier              // an earlier run has left it, and it has been folded in
	ours                 // this run has begun it
)

// Open takes the lock, reads state and journal, and combines them. It writes neither of
// them. Errors: *LockedError, *FormatError, ErrNotWritable, and the store's own.
func Open(ctx context.Context, store Store, opts OpenOptions) (*Session, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Session{
		store: store, journal: store.Journal(), opts: opts, unlock: func() error { return nil },
		changed: make(map[tracking.Addr]*Record), merged: true,
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	err := s.read(ctx)
	if err == nil {
		err = s.replay(ctx)
	}
	if err == nil {
		s.compareSeen()
	}
	if err != nil && opts.Mend {
		err = s.bear(ctx, err)
	}
	if err != nil {
		return nil, errors.Join(err, s.unlock())
	}
	return s, nil
}

// snapshotter is a store that can be read at one moment without the lock.
type snapshotter interface {
	Snapshot(ctx context.Context) error
}

// far reports whether the state is in a store that machines share.
func (s *Session) far() bool {
	_, far := s.store.(snapshotter)
	return far
}

// push is the command that puts a file in the place of the state.
func (s *Session) push(file string) string {
	if s.far() {
		return "tmsync state push FILE, with a copy of it"
	}
	return fmt.Sprintf("tmsync state push --state=%s %s", shellWord(s.store.Name()), shellWord(file))
}

// withoutJournal returns how to go on without a journal.
func (s *Session) withoutJournal() string {
	if s.far() {
		return fmt.Sprintf("put the state alone in its place (tmsync state pull --serial %d > FILE, and tmsync state push --force FILE)", s.onDisk)
	}
	return fmt.Sprintf("move %s away", s.journal.Name())
}

func (s *Session) lock(ctx context.Context) error {
	if s.opts.ReadOnly {
		if store, can := s.store.(snapshotter); can {
			return store.Snapshot(ctx)
		}
	}
	if s.opts.NoLock {
		return nil
	}
	unlock, err := s.store.Lock(ctx, Info{
		ID: rand.Text(), Operation: s.opts.Operation, Who: s.opts.Who, Host: s.opts.Host,
		PID: s.opts.PID, Since: s.opts.Now(), Tool: s.opts.Tool,
	}, s.opts.LockTimeout)
	if s.opts.ReadOnly && errors.Is(err, ErrNotWritable) {
		return nil
	}
	if err != nil {
		return err
	}
	s.unlock = unlock
	return nil
}

// read reads the state; a missing one is fresh.
func (s *Session) read(ctx context.Context) error {
	r, version, err := s.store.Read(ctx)
	if err != nil {
		return err
	}
	if r == nil {
		s.state = New(s.opts.Tool, s.opts.StateKey)
		return nil
	}
	s.version = version
	if s.opts.AsIs {
		s.state, err = ReadAsIs(r)
	} else if s.state = s.opts.Ahead.take(version); s.state == nil {
		s.state, err = Read(r, s.opts.StateKey)
	}
	if err = errors.Join(err, r.Close()); err == nil {
		s.onDisk = s.state.Serial
		return s.trust()
	}
	var broken *FormatError
	if errors.As(err, &broken) {
		name := s.store.Name()
		broken.File = name
		broken.Help = strings.Replace(broken.Help, restoreHelp,
			fmt.Sprintf("restore %s%s by copying it over %s, or the last good version from version control", name, BackupSuffix, name), 1)
	}
	return err
}

// State returns the state with everything that is proven. It stays as it is: what
// is settled later shows in the next call's.
func (s *Session) State() *State {
	if !s.merged {
		s.state = s.state.with(merge(s.state.Records, s.changed))
		s.merged = true
	}
	return s.state
}

// InDoubt returns the requests whose outcome is not proven for every item, oldest
// first. They have the items that are still open, of this run and of earlier ones.
// Each is to be read back at the service and settled.
func (s *Session) InDoubt() []Intent {
	var open []Intent
	for _, in := range s.open {
		if len(in.Items) > 0 {
			open = append(open, in)
		}
	}
	return open
}

// SetAccount sets which service and which account the state belongs to. The account
// is a fingerprint (State.AccountFingerprint). It is kept by the next Commit.
func (s *Session) SetAccount(endpoint, account string) {
	if s.state.Endpoint == endpoint && s.state.Account == account {
		return
	}
	st := s.State()
	next := st.with(st.Records)
	next.Endpoint, next.Account = endpoint, account
	s.state, s.reheaded = next, true
}

// SetOutputs replaces the outputs, which are sorted by name. The next Commit keeps
// them.
func (s *Session) SetOutputs(outputs []Output) {
	if slices.Equal(s.state.Outputs, outputs) {
		return
	}
	st := s.State()
	next := st.with(st.Records)
	next.Outputs = outputs
	s.state, s.reheaded = next, true
}

// Commit writes the state one serial up, if anything has changed. It restarts the
// journal with what is still in doubt. A crash in between is harmless: a journal
// that continues an older serial has been folded into the state already.
func (s *Session) Commit(ctx context.Context) error {
	if err := s.writable(); err != nil {
		return fmt.Errorf("committing the state: %w", err)
	}
	// Whoever has the journal is the one to commit: what it says beyond an older
	// serial would count as folded.
	if err := s.held(); err != nil {
		return fmt.Errorf("committing the state: %w", s.give(err))
	}
	if next := s.Folded(); next != s.state {
		version, err := s.swap(ctx, next)
		if err != nil {
			return fmt.Errorf("committing the state: %w", s.give(err))
		}
		mark := Mark{Lineage: next.Lineage, Serial: next.Serial, Sum: version}
		if s.planning {
			mark.Plan = s.mark.Plan
		}
		s.mark = mark
		s.store.SetSeen(mark)
		s.state, s.version, s.reheaded = next, version, false
		clear(s.changed)
	} else if len(s.open) > 0 {
		return nil
	}
	return s.restart(ctx)
}

// swap writes a state that nobody else knows yet. Its serial rises where another
// run has used that without having committed it.
func (s *Session) swap(ctx context.Context, next *State) (Version, error) {
	const tries = 100
	for range tries {
		version, err := s.store.Swap(ctx, s.version, next.Write)
		if !errors.Is(err, ErrSerialTaken) {
			return version, err
		}
		next.Serial++
	}
	return "", ErrSerialTaken
}

// Folded returns the state as Commit would write it now; it is that of State when
// nothing has changed.
func (s *Session) Folded() *State {
	st := s.State()
	if len(s.changed) == 0 && !s.reheaded && !st.KeyChanged {
		return st
	}
	next := st.with(st.Records)
	next.Serial++
	next.Tool, next.KeyChanged = s.opts.Tool, false
	return next
}

// Close releases the lock. What was not committed stays in the journal.
func (s *Session) Close() error {
	unlock := s.unlock
	s.unlock = func() error { return nil }
	if s.failed == nil {
		s.failed = errors.New("the state is closed")
	}
	return errors.Join(s.journal.Close(), unlock())
}

func (s *Session) writable() error {
	if s.failed == nil && s.opts.ReadOnly {
		return errors.New("the state was opened for reading only")
	}
	return s.failed
}

// fail returns an error of writing and makes it final: what is on disk is not known
// any more.
func (s *Session) fail(err error) error {
	s.failed = err
	return err
}
