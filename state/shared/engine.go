// Package shared keeps a state in a store that several machines reach: one small
// head, replaced by compare-and-swap, and blobs that never change. The head has the
// lock, the fencing token, the journal's tail and the name of the state's blob, so
// that there is one point at which a run has won or lost.
package shared

import (
	"context"
	"errors"
	"io"
	"time"
)

// Engine is what a store has to offer: read-your-writes, and linearisable
// compare-and-swap on one key. Nothing is asked across keys. No method retries or
// waits by itself: the Store does, one way for all engines.
type Engine interface {
	// Name is what users call the state: s3://bucket/key. It has no secret.
	Name() string
	// Head returns the head and its version; nil and "" when there is none.
	Head(ctx context.Context) (data []byte, version string, err error)
	// SwapHead replaces the head if old is still its version; "" creates it. It
	// returns ErrConflict where the store has refused; after any other error it is
	// not known whether the head was written.
	SwapHead(ctx context.Context, old string, data []byte) (version string, err error)
	// PutBlob writes a blob of size bytes. A name never gets two contents: to write
	// it twice is harmless. It returns ErrConflict where the place that the name stands
	// for has something else, of a writer that was fenced: a state's blob is then
	// written under the next serial.
	PutBlob(ctx context.Context, name string, size int64, r io.ReadSeeker) error
	// Blob opens a blob. The error is ErrNoBlob where there is none.
	Blob(ctx context.Context, name string) (io.ReadCloser, error)
	// DeleteBlob deletes a blob; one that is not there is no error.
	DeleteBlob(ctx context.Context, name string) error
	// Blobs lists the blobs, and the store's own time at that moment.
	Blobs(ctx context.Context) (blobs []BlobInfo, now time.Time, err error)
	// Probe returns a register beside the head, for trying whether the store keeps
	// conditions. It is removed afterwards.
	Probe(name string) Register
	// Limits are what the protocol may ask of the store.
	Limits() Limits
}

// Register is one value that is replaced by compare-and-swap, as the head is.
type Register struct {
	// Read is as Engine.Head.
	Read func(ctx context.Context) (data []byte, version string, err error)
	// Swap is as Engine.SwapHead.
	Swap func(ctx context.Context, old string, data []byte) (version string, err error)
	// Remove deletes the value; one that is not there is no error.
	Remove func(ctx context.Context) error
}

// Locker is an Engine whose service has locks of its own. They are taken besides
// the one in the head. Every write then names the lock's id.
type Locker interface {
	// Lock takes the service's lock under an id. While somebody else has it the error
	// is a *ServiceLockedError.
	Lock(ctx context.Context, id string, info []byte) error
	// Unlock releases the lock of an id; where it is another's, the error is a
	// *ServiceLockedError. One that is not there is no error.
	Unlock(ctx context.Context, id string) error
}

// BlobInfo is a blob and the store's time of its writing.
type BlobInfo struct {
	Name   string
	Stored time.Time
}

// Limits are what a store can take.
type Limits struct {
	// Parts means that blobs of the journal can be written beside the state's. Without
	// them a journal's tail that is full is folded by a commit.
	Parts bool
	// Fenced means that the store itself refuses a second write from one version. The
	// probe finds out; false is for a service whose locks are all there is.
	Fenced bool
	// Sparing means that the service keeps each head that was written for good:
	// outcomes are written together with the next request's announcement.
	Sparing bool
}

var (
	// ErrConflict is returned when the value was not in the version to replace.
	ErrConflict = errors.New("the value was replaced by somebody else")
	// ErrNoBlob is returned when there is no blob of that name.
	ErrNoBlob = errors.New("no such blob")
)

// ServiceLockedError is returned when somebody else holds the service's own lock.
type ServiceLockedError struct {
	ID   string // of the lock, "" where the service does not tell
	Info []byte // what its holder has left, nil for nothing
}

func (e *ServiceLockedError) Error() string { return "the store's own lock is held by " + e.ID }
