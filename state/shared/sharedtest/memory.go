// Package sharedtest is for the tests of shared states: a store in memory on which
// anything may go wrong, and what every engine has to hold.
package sharedtest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tmsync/tmsync/state/shared"
)

// Call is a kind of call of an engine.
type Call string

// The calls.
const (
	Head       Call = "head"
	SwapHead   Call = "swap head"
	PutBlob    Call = "put blob"
	Blob       Call = "blob"
	DeleteBlob Call = "delete blob"
	Blobs      Call = "blobs"
	Probe      Call = "probe"
	Lock       Call = "lock"
	Unlock     Call = "unlock"
)

// Fault is what happens to a call; the zero value is nothing.
type Fault struct {
	Err  error         // what it fails with; it is not done then, unless Done says so
	Done bool          // it is done all the same: its answer is lost
	Wait time.Duration // before it is done
	// Late has it fail with a time-out, and arrive before the so-many-th call after it.
	Late int
	// Kill ends the process: before the call, or after it with Done.
	Kill bool
	// Stop stops the process for so long before the call, or after it with Done.
	Stop time.Duration
}

// ErrLost is the error of an answer that was lost.
var ErrLost = errors.New("the connection was reset")

// Memory is a store in memory.
type Memory struct {
	// Limits are what its engines say of themselves.
	Limits shared.Limits
	// Locking has it keep locks as GitLab does: a write without the lock is refused.
	Locking bool
	// Careless has it ignore conditions; Racy has it check them without a lock.
	Careless, Racy bool
	// ReadOnly has it refuse what changes anything.
	ReadOnly bool

	mu       sync.Mutex
	values   map[string]value // the head, and the registers of the probe
	blobs    map[string]stored
	lock     string // id of the service's own lock
	lockInfo []byte
	count    int
	parked   []parked
	calls    map[Call]int
}

type value struct {
	data    []byte
	version string
}

type stored struct {
	data []byte
	at   time.Time
}

type parked struct {
	calls int
	do    func()
}

// NewMemory returns an empty store that keeps conditions.
func NewMemory() *Memory {
	return &Memory{
		Limits: shared.Limits{Parts: true, Fenced: true},
		values: map[string]value{}, blobs: map[string]stored{}, calls: map[Call]int{},
	}
}

// Engine returns a process's way to the store.
func (m *Memory) Engine() *Engine { return &Engine{m: m} }

// Calls returns how often each call was made.
func (m *Memory) Calls() map[Call]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.calls)
}

// HeadBytes returns the head as it is, and SetHead replaces it behind everybody's
// back; nil removes it.
func (m *Memory) HeadBytes() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.values[""].data)
}

// SetHead replaces the head behind everybody's back; nil removes it.
func (m *Memory) SetHead(data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if data == nil {
		delete(m.values, "")
		return
	}
	m.put("", data)
}

// BlobNames returns the names of the blobs, sorted.
func (m *Memory) BlobNames() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.blobs))
}

// EditBlob changes a blob behind everybody's back; nil removes it.
func (m *Memory) EditBlob(name string, edit func([]byte) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.blobs[name]
	if b.data = edit(bytes.Clone(b.data)); b.data == nil {
		delete(m.blobs, name)
		return
	}
	m.blobs[name] = b
}

func (m *Memory) put(key string, data []byte) string {
	m.count++
	version := fmt.Sprint("v", m.count)
	m.values[key] = value{bytes.Clone(data), version}
	return version
}
