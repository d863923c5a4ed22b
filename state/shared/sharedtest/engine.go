package sharedtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tmsync/tmsync/state/shared"
)

// Engine is a process's way to a Memory. It is a shared.Engine.
type Engine struct {
	// Hook is asked before each call, one at a time, unless it is nil.
	Hook func(call Call, name string) Fault

	m      *Memory
	id     string // of the service's lock
	asking sync.Mutex
	mu     sync.Mutex
	dead   bool
	until  time.Time // it is stopped
}

var _ shared.Engine = (*Engine)(nil)

// Name implements shared.Engine.
func (e *Engine) Name() string { return "memory://state" }

// Limits implements shared.Engine.
func (e *Engine) Limits() shared.Limits { return e.m.Limits }

// Kill ends the process: no call of it is done any more, and none returns.
func (e *Engine) Kill() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dead = true
}

// Stop stops the process for some time, as SIGSTOP does. It notices where it uses the
// store, or asks (Stopped).
func (e *Engine) Stop(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.until = time.Now().Add(d)
}

// Stopped waits as long as the process is stopped. In a process that is dead it does
// not return.
func (e *Engine) Stopped() {
	for {
		e.mu.Lock()
		dead, left := e.dead, time.Until(e.until)
		e.mu.Unlock()
		if dead {
			runtime.Goexit()
		}
		if left <= 0 {
			return
		}
		time.Sleep(left)
	}
}

// Run runs the code of a process, and reports whether it was not killed.
func Run(code func()) (ended bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		code()
		ended = true
	}()
	<-done
	return ended
}

// do does a call, or what the hook makes of it.
func (e *Engine) do(ctx context.Context, call Call, name string, act func() error) error {
	e.Stopped()
	var f Fault
	e.asking.Lock()
	if e.Hook != nil {
		f = e.Hook(call, name)
	}
	e.asking.Unlock()
	if f.Wait > 0 {
		select {
		case <-time.After(f.Wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !f.Done {
		e.suffer(f)
	}
	if f.Late > 0 {
		e.m.park(f.Late, act)
		<-ctx.Done()
		return ctx.Err()
	}
	e.m.arrive(call)
	if f.Err != nil && !f.Done {
		return f.Err
	}
	err := e.m.act(call, act)
	if f.Done {
		e.suffer(f)
		if f.Err != nil {
			return f.Err
		}
	}
	return err
}

func (e *Engine) suffer(f Fault) {
	if f.Kill {
		e.Kill()
	}
	if f.Stop > 0 {
		e.Stop(f.Stop)
	}
	e.Stopped()
}

func (m *Memory) park(calls int, act func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parked = append(m.parked, parked{calls, func() { _ = act() }})
}

// arrive lets what is late arrive.
func (m *Memory) arrive(call Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[call]++
	var still []parked
	for _, p := range m.parked {
		if p.calls--; p.calls > 0 {
			still = append(still, p)
			continue
		}
		p.do()
	}
	m.parked = still
}

func (m *Memory) act(call Call, act func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ReadOnly && call != Head && call != Blob && call != Blobs {
		return &shared.PermanentError{Err: errors.New("403: access denied")}
	}
	return act()
}

// swap replaces a value. The store's lock is held.
func (m *Memory) swap(key, old string, data []byte) (string, error) {
	if !m.Careless && m.values[key].version != old {
		return "", shared.ErrConflict
	}
	return m.put(key, data), nil
}

// Head implements shared.Engine.
func (e *Engine) Head(ctx context.Context) ([]byte, string, error) {
	var data []byte // no result: a late call writes it after the caller has gone
	var version string
	err := e.do(ctx, Head, "", func() error {
		v := e.m.values[""]
		data, version = bytes.Clone(v.data), v.version
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return data, version, nil
}

// SwapHead implements shared.Engine.
func (e *Engine) SwapHead(ctx context.Context, old string, data []byte) (string, error) {
	var version string
	err := e.do(ctx, SwapHead, "", func() (err error) {
		if e.m.Locking && e.m.lock != e.id {
			return errors.New("500: the lock is not yours")
		}
		version, err = e.m.swap("", old, data)
		return err
	})
	if err != nil {
		return "", err
	}
	return version, nil
}

// PutBlob implements shared.Engine.
func (e *Engine) PutBlob(ctx context.Context, name string, size int64, r io.ReadSeeker) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if int64(len(data)) != size {
		return fmt.Errorf("the blob %s has %d bytes, and was to have %d", name, len(data), size)
	}
	return e.do(ctx, PutBlob, name, func() error {
		if b, there := e.m.blobs[name]; there && !bytes.Equal(b.data, data) {
			return shared.ErrConflict
		}
		e.m.blobs[name] = stored{data, time.Now()}
		return nil
	})
}

// Blob implements shared.Engine.
func (e *Engine) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	var r io.ReadCloser
	err := e.do(ctx, Blob, name, func() error {
		b, there := e.m.blobs[name]
		if !there {
			return shared.ErrNoBlob
		}
		r = io.NopCloser(bytes.NewReader(b.data))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// DeleteBlob implements shared.Engine.
func (e *Engine) DeleteBlob(ctx context.Context, name string) error {
	return e.do(ctx, DeleteBlob, name, func() error {
		delete(e.m.blobs, name)
		return nil
	})
}

// Blobs implements shared.Engine.
func (e *Engine) Blobs(ctx context.Context) ([]shared.BlobInfo, time.Time, error) {
	var blobs []shared.BlobInfo
	err := e.do(ctx, Blobs, "", func() error {
		for _, name := range slices.Sorted(maps.Keys(e.m.blobs)) {
			blobs = append(blobs, shared.BlobInfo{Name: name, Stored: e.m.blobs[name].at})
		}
		return nil
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return blobs, time.Now(), nil
}

// Probe implements shared.Engine.
func (e *Engine) Probe(name string) shared.Register {
	r := register{e, name}
	return shared.Register{Read: r.read, Swap: r.swap, Remove: r.remove}
}

type register struct {
	e    *Engine
	name string
}

func (r register) read(ctx context.Context) ([]byte, string, error) {
	var data []byte
	var version string
	err := r.e.do(ctx, Probe, r.name, func() error {
		v := r.e.m.values[r.name]
		data, version = v.data, v.version
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return data, version, nil
}

func (r register) swap(ctx context.Context, old string, data []byte) (string, error) {
	m := r.e.m
	if m.Racy {
		m.mu.Lock()
		now := m.values[r.name].version
		m.mu.Unlock()
		if now != old {
			return "", shared.ErrConflict
		}
		time.Sleep(16 * time.Millisecond)
		old = now
	}
	var version string
	err := r.e.do(ctx, Probe, r.name, func() (err error) {
		if m.Racy {
			version = m.put(r.name, data)
			return nil
		}
		version, err = m.swap(r.name, old, data)
		return err
	})
	if err != nil {
		return "", err
	}
	return version, nil
}

func (r register) remove(ctx context.Context) error {
	return r.e.do(ctx, Probe, r.name, func() error {
		delete(r.e.m.values, r.name)
		return nil
	})
}

// Service is an Engine whose service has locks of its own. It is a shared.Locker.
type Service struct{ *Engine }

var _ shared.Locker = Service{}

// Service returns a process's way to the store, with the service's locks.
func (m *Memory) Service() Service { return Service{m.Engine()} }

// Lock implements shared.Locker.
func (s Service) Lock(ctx context.Context, id string, info []byte) error {
	return s.do(ctx, Lock, id, func() error {
		if s.m.lock != "" {
			return &shared.ServiceLockedError{ID: s.m.lock, Info: bytes.Clone(s.m.lockInfo)}
		}
		s.m.lock, s.m.lockInfo, s.id = id, bytes.Clone(info), id
		return nil
	})
}

// Unlock implements shared.Locker.
func (s Service) Unlock(ctx context.Context, id string) error {
	return s.do(ctx, Unlock, id, func() error {
		if s.m.lock == "" {
			return nil
		}
		if s.m.lock != id {
			return &shared.ServiceLockedError{ID: s.m.lock, Info: bytes.Clone(s.m.lockInfo)}
		}
		s.m.lock, s.m.lockInfo = "", nil
		return nil
	})
}
