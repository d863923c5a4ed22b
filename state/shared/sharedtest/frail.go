package sharedtest

import (
	"context"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/tmsync/tmsync/state/shared"
)

// Frail is an engine whose process can be stopped, as by SIGSTOP, and killed.
type Frail struct {
	shared.Engine
	mu   sync.Mutex
	stop chan struct{} // closed when it goes on; nil while it runs
	dead bool
}

// Weaken returns an engine whose process can be stopped and killed. It has locks of its own if the engine has.
func Weaken(e shared.Engine) (shared.Engine, *Frail) {
	f := &Frail{Engine: e}
	if l, has := e.(shared.Locker); has {
		return frailService{f, l}, f
	}
	return f, f
}

// Kill ends the process at its next call, which does not return.
func (f *Frail) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	if f.stop != nil {
		close(f.stop)
		f.stop = nil
	}
}

// Stop stops the process at its next call.
func (f *Frail) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop == nil {
		f.stop = make(chan struct{})
	}
}

// Continue lets a process that was stopped go on.
func (f *Frail) Continue() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop != nil {
		close(f.stop)
		f.stop = nil
	}
}

func (f *Frail) pass() {
	f.mu.Lock()
	stop := f.stop
	f.mu.Unlock()
	if stop != nil {
		<-stop
	}
	f.mu.Lock()
	dead := f.dead
	f.mu.Unlock()
	if dead {
		runtime.Goexit()
	}
}

// Head implements shared.Engine.
func (f *Frail) Head(ctx context.Context) ([]byte, string, error) {
	f.pass()
	return f.Engine.Head(ctx)
}

// SwapHead implements shared.Engine. A process that was stopped while a request left
// sends it when it goes on, whatever its time.
func (f *Frail) SwapHead(ctx context.Context, old string, data []byte) (string, error) {
	f.pass()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return f.Engine.SwapHead(ctx, old, data)
}

// PutBlob implements shared.Engine.
func (f *Frail) PutBlob(ctx context.Context, name string, size int64, r io.ReadSeeker) error {
	f.pass()
	return f.Engine.PutBlob(ctx, name, size, r)
}

// Blob implements shared.Engine.
func (f *Frail) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	f.pass()
	return f.Engine.Blob(ctx, name)
}

// Blobs implements shared.Engine.
func (f *Frail) Blobs(ctx context.Context) ([]shared.BlobInfo, time.Time, error) {
	f.pass()
	return f.Engine.Blobs(ctx)
}

// DeleteBlob implements shared.Engine.
func (f *Frail) DeleteBlob(ctx context.Context, name string) error {
	f.pass()
	return f.Engine.DeleteBlob(ctx, name)
}

type frailService struct {
	*Frail
	service shared.Locker
}

func (f frailService) Lock(ctx context.Context, id string, info []byte) error {
	f.pass()
	return f.service.Lock(ctx, id, info)
}

func (f frailService) Unlock(ctx context.Context, id string) error {
	f.pass()
	return f.service.Unlock(ctx, id)
}
