package state

import (
	"context"
	"io"
	"sync/atomic"
)

// Ahead is a state that is read before it is opened. It is taken only if the state has
// the same version when it is opened, with its lock held. What goes wrong is not told: the state is read again then, and tells it.
type Ahead struct {
	ctx   context.Context
	stop  context.CancelFunc
	begun atomic.Bool
	done  chan struct{}

	version Version // these two are good when done is closed
	state   *State  // nil if it could not be read
}

// aheadFrom is how large a state is, in bytes, that is read ahead. Others take less
// than ten milliseconds.
const aheadFrom = 1 << 20

// NewAhead returns an Ahead that has not begun. It ends with the context, or by End.
func NewAhead(ctx context.Context) *Ahead {
	a := &Ahead{done: make(chan struct{})}
	a.ctx, a.stop = context.WithCancel(ctx)
	return a
}

// Begin reads the state, in a goroutine of its own. Nobody else may use the store. step
// is called again and again. It begins once.
func (a *Ahead) Begin(store Store, key []byte, step func()) {
	if !a.begun.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer close(a.done)
		defer func() { _ = recover() }() // it happens again to who opens the state
		a.read(store, key, step)
	}()
}

func (a *Ahead) read(store Store, key []byte, step func()) {
	r, version, err := store.Read(a.ctx)
	if r == nil || err != nil {
		return
	}
	defer r.Close()
	known, ok := r.(sized)
	if !ok || known.Size() < aheadFrom {
		return
	}
	if st, err := Read(&aheadReader{r, known, a.ctx, step}, key); err == nil {
		a.version, a.state = version, st
	}
}

// Done is closed when the reading has ended.
func (a *Ahead) Done() <-chan struct{} { return a.done }

// End stops the reading and waits until it has stopped. What was not taken is lost.
func (a *Ahead) End() {
	if a == nil {
		return
	}
	a.stop()
	if a.begun.Load() {
		<-a.done
		a.state = nil
	}
}

// take waits for the state, and returns it if it has that version; else nil. Only the
// first call does.
func (a *Ahead) take(version Version) *State {
	if a == nil || !a.begun.Load() {
		return nil
	}
	<-a.done
	st := a.state
	if a.state = nil; a.version != version {
		return nil
	}
	return st
}

// aheadReader ends with a context, and tells that it goes on.
type aheadReader struct {
	io.Reader
	sized
	ctx  context.Context
	step func()
}

func (r *aheadReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	r.step()
	return r.Reader.Read(b)
}
