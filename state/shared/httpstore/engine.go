// Package httpstore keeps a shared state in a service that speaks Terraform's http
// protocol, as GitLab does. The head is a state of its own beside the state: the
// service keeps each serial of it once, which makes the serial a compare-and-swap.
package httpstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tmsync/tmsync/state/shared"
)

// engine keeps the head in NAME-journal, and the state's blob in NAME.
type engine struct {
	client      *http.Client
	config      Config
	state, head resource

	mu        sync.Mutex
	lockID    string // of the service's locks while this run has them
	versioned *bool  // whether the service keeps earlier versions; nil is not known
}

// locking is an engine whose service has locks.
type locking struct{ *engine }

// Open returns the engine of an address. It does not talk to the service.
func Open(_ context.Context, c Config) (shared.Engine, error) {
	state, head, err := c.resources()
	if err != nil {
		return nil, err
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	e := &engine{client: client, config: c, state: state, head: head}
	if state.lock == nil {
		return e, nil
	}
	return locking{e}, nil
}

func (e *engine) Name() string { return shown(e.state.address) }

func (e *engine) Limits() shared.Limits { return shared.Limits{Fenced: true, Sparing: true} }

func (e *engine) Head(ctx context.Context) ([]byte, string, error) {
	return e.read(ctx, e.head.address)
}

func (e *engine) read(ctx context.Context, address *url.URL) ([]byte, string, error) {
	doc, err := e.get(ctx, address)
	if err != nil || doc == nil {
		return nil, "", err
	}
	return doc.Data, strconv.FormatUint(doc.Serial, 10), nil
}

func (e *engine) SwapHead(ctx context.Context, old string, data []byte) (string, error) {
	if old == "" {
		// Where there is no head yet, what is at the address may be another tool's.
		if _, err := e.get(ctx, e.state.address); err != nil {
			return "", err
		}
	}
	return e.swap(ctx, e.head.address, e.held(), old, data)
}

// swap posts the serial after the old one. The service refuses one that is there.
func (e *engine) swap(ctx context.Context, address *url.URL, lockID, old string, data []byte) (string, error) {
	serial := uint64(1)
	if old != "" {
		n, err := strconv.ParseUint(old, 10, 64)
		if err != nil {
			return "", shared.ErrConflict // no head of ours has such a version
		}
		serial = n + 1
	}
	if err := e.post(ctx, address, lockID, document{Serial: serial, Data: data}); err != nil {
		return "", err
	}
	return strconv.FormatUint(serial, 10), nil
}

// PutBlob posts the state under the serial in its name. The service shows that one.
// A run that was fenced may have taken it.
func (e *engine) PutBlob(ctx context.Context, name string, _ int64, r io.ReadSeeker) error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	previous, err := e.previous(ctx, name)
	if err != nil {
		return err
	}
	err = e.post(ctx, e.state.address, e.held(), document{Serial: serialOf(name), Blob: name, Data: data, Previous: previous})
	if !errors.Is(err, shared.ErrConflict) {
		return err
	}
	there, rerr := e.version(ctx, e.state, serialOf(name))
	if rerr == nil && there == nil {
		there, rerr = e.get(ctx, e.state.address)
	}
	if rerr == nil && there != nil && there.Blob == name {
		return nil // it is written twice
	}
	return errors.Join(err, rerr)
}

// previous is the present state, for a service that keeps only the latest one:
// until the head names the new state, the old one has to be found.
func (e *engine) previous(ctx context.Context, name string) (*earlier, error) {
	versioned, err := e.keepsVersions(ctx)
	if err != nil || versioned {
		return nil, err
	}
	there, err := e.get(ctx, e.state.address)
	switch {
	case err != nil || there == nil:
		return nil, err
	case there.Blob == name:
		return there.Previous, nil
	}
	return &earlier{Blob: there.Blob, Data: there.Data}, nil
}

// keepsVersions reports whether the service gives out a version by its serial. It
// asks for the head's, which is small.
func (e *engine) keepsVersions(ctx context.Context) (bool, error) {
	e.mu.Lock()
	known := e.versioned
	e.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	head, err := e.get(ctx, e.head.address)
	if err != nil || head == nil {
		return false, err
	}
	same, err := e.version(ctx, e.head, head.Serial)
	if err != nil {
		return false, err
	}
	versioned := same != nil && same.Serial == head.Serial && bytes.Equal(same.Data, head.Data)
	e.mu.Lock()
	e.versioned = &versioned
	e.mu.Unlock()
	return versioned, nil
}

func (e *engine) version(ctx context.Context, r resource, serial uint64) (*document, error) {
	doc, err := e.get(ctx, below(r.address, "versions", strconv.FormatUint(serial, 10)))
	var permanent *shared.PermanentError
	if errors.As(err, &permanent) {
		return nil, nil // a service without versions says so in many ways
	}
	return doc, err
}

// Blob reads the present state, the previous one, and the name's version. It
// returns the one that is the blob.
func (e *engine) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	doc, err := e.get(ctx, e.state.address)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, shared.ErrNoBlob
	}
	if doc.Blob != name && (doc.Previous == nil || doc.Previous.Blob != name) && doc.Serial != serialOf(name) {
		if doc, err = e.version(ctx, e.state, serialOf(name)); err != nil {
			return nil, err
		}
	}
	switch {
	case doc != nil && doc.Blob == name:
		return io.NopCloser(bytes.NewReader(doc.Data)), nil
	case doc != nil && doc.Previous != nil && doc.Previous.Blob == name:
		return io.NopCloser(bytes.NewReader(doc.Previous.Data)), nil
	}
	return nil, shared.ErrNoBlob
}

// serialOf is the serial in the name of a state's blob: state-SERIAL-HASH.
func serialOf(name string) uint64 {
	_, rest, _ := strings.Cut(name, "-")
	digits, _, _ := strings.Cut(rest, "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// DeleteBlob does nothing: the service itself replaces a state, or keeps its
// versions until somebody deletes them there.
func (e *engine) DeleteBlob(context.Context, string) error { return nil }

// Blobs lists none, since there is nothing to delete.
func (e *engine) Blobs(context.Context) ([]shared.BlobInfo, time.Time, error) {
	return nil, time.Time{}, nil
}

// Probe returns a state beside the head's. Nobody locks it, and it stays where the
// service has no way to delete it.
func (e *engine) Probe(name string) shared.Register {
	address := beside(e.state.address, "-"+name)
	return shared.Register{
		Read: func(ctx context.Context) ([]byte, string, error) { return e.read(ctx, address) },
		Swap: func(ctx context.Context, old string, data []byte) (string, error) {
			return e.swap(ctx, address, "", old, data)
		},
		Remove: func(ctx context.Context) error {
			answer, err := e.do(ctx, http.MethodDelete, address, nil)
			if err != nil || answer.ok() {
				return err
			}
			switch answer.status {
			case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadRequest:
				return nil
			}
			return answer.refusal("removing the probe")
		},
	}
}
