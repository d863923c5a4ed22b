package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// BackupSuffix ends the name of the state before the present one.
const BackupSuffix = ".backup"

// Store is where a state lives: one place that is read, replaced whole, and
// locked. It is all that a Session needs.
type Store interface {
	// Name is what users call the state, for messages: tmsync.state.jsonl.
	Name() string
	// Read returns the state's bytes and their version; nil and "" when there is
	// no state yet.
	Read(ctx context.Context) (io.ReadCloser, Version, error)
	// Swap replaces the state durably and all at once, and keeps a backup. Unless old
	// is still its version it changes nothing and returns ErrConflict.
	Swap(ctx context.Context, old Version, write func(io.Writer) error) (Version, error)
	// Lock waits up to timeout for the lock, and holds it until unlock. While somebody
	// else has it the error is a *LockedError; where nothing can be written,
	// ErrNotWritable.
	Lock(ctx context.Context, info Info, timeout time.Duration) (unlock func() error, err error)
	// Held reports whether the lock and that version of the state are unchanged. It is
	// cheap, and asked before each request is announced; ErrRemoved, ErrConflict and a
	// *FencedError say that they are not.
	Held(ctx context.Context, version Version) error
	// Hold checks that the lock is this run's for the time of one request. It renews
	// the lock where it must. It is asked just before each request leaves. A
	// *FencedError means that the lock is not this run's any more.
	Hold(ctx context.Context) error
	// Journal is the journal beside the state.
	Journal() Journal
	// Seen returns the state last seen in this place, zero if unknown; SetSeen
	// remembers one. They are there to notice mistakes and may forget without a word.
	Seen() Mark
	SetSeen(Mark)
}

// Managed is a Store with what commands do beside a Session.
type Managed interface {
	Store
	// Prepare creates the place of the state where there is none. Lock does so by
	// itself.
	Prepare(ctx context.Context) error
	// Exposed returns the places where somebody else could replace the state.
	Exposed() []string
	// Keep copies state and journal, where they exist, for good. It returns the names
	// of the copies.
	Keep(ctx context.Context, at time.Time) ([]string, error)
	// Backup opens the previous state, nil if there is none, and returns its name.
	Backup(ctx context.Context) (r io.ReadCloser, name string, err error)
	// LockName is what users call the lock.
	LockName() string
	// ClearLock removes the name that the last holder of the lock left, and returns it.
	// While somebody holds the lock the error is a *LockedError.
	ClearLock(ctx context.Context) (*Info, error)
	// NotePath is the path of a note on this machine that belongs to the state.
	NotePath(name string) string
	// LastRequest is when another machine's run may have sent its last request; zero
	// when that is long ago, or not known here.
	LastRequest() time.Time
}

// Breakable is a Store whose lock can outlive its holder and be broken.
type Breakable interface {
	// Holder returns who holds the lock, nil for nobody.
	Holder(ctx context.Context) (*Info, error)
	// BreakLock takes the lock away from its holder. It returns ErrOtherLock unless
	// id is that of the lock. A holder that lives sends nothing more.
	BreakLock(ctx context.Context, id string) error
}

// ErrOtherLock is returned when the lock is not the one that was named.
var ErrOtherLock = errors.New("the state is not locked by that lock")

// Mark identifies one state of a lineage.
type Mark struct {
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"`
	// Sum is the version of the state's content, "" when that is not known.
	Sum Version `json:"sum,omitempty"`
	// Plan is the saved plan that was begun on it, or led to it. Applied means that
	// nothing of it is left.
	Plan    string `json:"plan,omitempty"`
	Applied bool   `json:"applied,omitempty"`
}

// Journal is a durable file that only grows, until it is started again. What a
// method has written is durable when it returns, but that after Swap a Reset may wait
// for what is written next: the journal of before says nothing that the state does
// not know. After an error nothing is known about the file's end, and nothing more
// may be written to it.
type Journal interface {
	// Name is what users call the journal, for messages.
	Name() string
	// Read returns the journal's bytes, nil when there is none. It comes first:
	// what somebody else has written since is never overwritten.
	Read(ctx context.Context) (io.ReadCloser, error)
	// Reset replaces the whole journal at once; nil removes it.
	Reset(ctx context.Context, data []byte) error
	// Append adds data to the journal that Reset has started: what an earlier run
	// has left is never gone on with.
	Append(ctx context.Context, data []byte) error
	// Check returns an error unless the journal is as this run has left it.
	Check(ctx context.Context) error
	// Close closes the file. The journal stays.
	Close() error
}

// Version identifies one content of a state in its store, "" its absence.
type Version string

// ErrConflict is returned when somebody else has replaced the state in between.
var ErrConflict = errors.New("the state was replaced by somebody else while this run was going on")

// ErrSerialTaken is returned when a writer that was fenced has used the serial. The
// next one is to be taken.
var ErrSerialTaken = errors.New("another run has written a state of this serial, which nothing names")

// ErrNotWritable is returned when the place of the state cannot be written.
var ErrNotWritable = errors.New("the directory of the state cannot be written")

// Info is who holds the lock, for others.
type Info struct {
	ID        string // of this lock
	Operation string // the command
	Who       string // the user
	Host      string
	PID       int
	Since     time.Time
	Tool      string // and its version
}

// LockedError is returned while somebody else holds the lock.
type LockedError struct {
	State  string // its name as shown to the user
	Holder *Info  // nil when it could not be read
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the state %s is locked by another run%s; wait until it has ended, or let --lock-timeout=5m wait for it", e.State, e.holder())
}

func (e *LockedError) holder() string {
	if e.Holder == nil {
		return ", which has not left its name"
	}
	return " (" + e.Holder.String() + ")"
}

// Visible returns the holder without what a terminal would not show. Most is how many
// characters of each text stay.
func (i Info) Visible(most int) Info {
	for _, s := range []*string{&i.ID, &i.Operation, &i.Who, &i.Host, &i.Tool} {
		shown := strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return -1
		}, *s)
		runes := []rune(shown)
		*s = string(runes[:min(len(runes), most)])
	}
	return i
}

// String describes a holder for people: its command, user, host, process and
// time, as far as they are known.
func (i Info) String() string {
	var parts []string
	for _, p := range []struct{ label, value string }{
		{"", i.Operation}, {"by ", i.Who}, {"on ", i.Host}, {"lock id ", i.ID}, {"with ", i.Tool},
	} {
		if p.value != "" {
			parts = append(parts, p.label+p.value)
		}
	}
	if i.PID != 0 {
		parts = append(parts, fmt.Sprintf("process %d", i.PID))
	}
	if !i.Since.IsZero() {
		parts = append(parts, "since "+i.Since.UTC().Format(time.RFC3339))
	}
	return strings.Join(parts, ", ")
}

// FencedError is returned when a shared state's lock is another run's now. Nothing
// more is sent or written; what was sent is in the shared journal, from where the
// next run goes on.
type FencedError struct {
	State string // its name as shown to the user
	// By is who has the lock now, or had it last; nil when it was broken by
	// force-unlock, or when Cause tells.
	By *Info
	// Cause is why the store could not be asked, nil where it has answered.
	Cause error
}

func (e *FencedError) Error() string {
	const goesOn = "nothing more was sent; what was sent is in the journal of the state, and the next apply goes on from there"
	switch {
	case e.Cause != nil:
		return fmt.Sprintf("the lock of %s could not be kept, since its store did not take what was written (%v); %s", e.State, e.Cause, goesOn)
	case e.By != nil:
		return fmt.Sprintf("another run has taken over the lock of %s (%s); %s", e.State, e.By, goesOn)
	}
	return fmt.Sprintf("somebody has broken the lock of %s by force-unlock; %s", e.State, goesOn)
}

// Unwrap returns the cause.
func (e *FencedError) Unwrap() error { return e.Cause }
