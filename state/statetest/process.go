package statetest

import (
	"errors"
	"io/fs"

	"github.com/tmsync/tmsync/state/local"
)

// ErrKilled is what the operations of a killed process fail with.
var ErrKilled = errors.New("the process was killed")

// Kind is a kind of operation.
type Kind string

// The operations of a process. Those that are known to change nothing on the
// disk are the reads: Read, Stat, Lstat and ReadDir. Opening counts as a change
// when it may create a file, closing and the lock never do.
const (
	Mkdir    Kind = "mkdir"
	Open     Kind = "open" // of a file that is there
	Create   Kind = "create"
	Read     Kind = "read"
	Write    Kind = "write"
	Truncate Kind = "truncate"
	Chmod    Kind = "chmod"
	Sync     Kind = "sync"
	Close    Kind = "close"
	Stat     Kind = "stat"
	Lstat    Kind = "lstat"
	ReadDir  Kind = "readdir"
	Rename   Kind = "rename"
	Remove   Kind = "remove"
	SyncDir  Kind = "syncdir"
	TryLock  Kind = "trylock"
	Unlock   Kind = "unlock"
)

// Changes reports whether operations of this kind change the disk or its
// durability.
func (k Kind) Changes() bool {
	switch k {
	case Mkdir, Create, Write, Truncate, Chmod, Sync, Rename, Remove, SyncDir:
		return true
	}
	return false
}

// Op is an operation that a process is about to do.
type Op struct {
	N    int // counts the operations of the process, from 1
	Kind Kind
	Name string // of the file or directory; of a rename, the new name
}

// Fault is what happens to an operation; the zero value is nothing.
type Fault struct {
	// Err is what the operation fails with. It is not done then, unless Done or
	// Part say so. A sync that fails is final: what it should have made durable
	// never is, even if a later sync of the file succeeds.
	Err error
	// Kill ends the process before the operation, unless Done or Part is set.
	Kill bool
	// Done runs the operation all the same.
	Done bool
	// Part writes only the first half of a write's bytes. Without Err and Kill it is a
	// short write that says how much it wrote, and no more. It means nothing to other
	// operations.
	Part bool
}

// At returns a hook for a fault at the n-th operation that changes the disk. The
// hook counts them from 1 on.
func At(n int, f Fault) func(Op) Fault {
	return func(op Op) Fault {
		if op.Kind.Changes() {
			n--
			if n == 0 {
				return f
			}
		}
		return Fault{}
	}
}

// From returns a hook for a fault at every operation from the n-th on. Only
// operations that change the disk count.
func From(n int, f Fault) func(Op) Fault {
	return func(op Op) Fault {
		if op.Kind.Changes() {
			n--
			if n <= 0 {
				return f
			}
		}
		return Fault{}
	}
}

// Process is a process that works on a disk. It is a local.FS.
type Process struct {
	// Hook, if not nil, is called before each operation, in the goroutine that runs it.
	// It may use the disk. It must not be changed while an operation is going on.
	Hook func(Op) Fault
	// OnKill is called once when the process is killed, unless it is nil: the
	// place to cut what else it has, such as its connections.
	OnKill func()

	disk  *Disk
	ops   int
	dead  bool
	throw bool // Run: die by a panic
}

// Process starts a process on the disk.
func (d *Disk) Process() *Process { return &Process{disk: d} }

// Store returns the store of the process for a state in Root.
func (p *Process) Store(stateName string) *local.Store {
	l := local.New(Root, stateName)
	l.FS = p
	return l
}

// Disk returns the disk that the process works on.
func (p *Process) Disk() *Disk { return p.disk }

// Killed reports whether the process was killed.
func (p *Process) Killed() bool {
	p.disk.mu.Lock()
	defer p.disk.mu.Unlock()
	return p.dead
}

// Kill kills the process from outside, as a signal does: between two operations.
func (p *Process) Kill() {
	p.disk.mu.Lock()
	was := p.dead
	p.dead = true
	for _, n := range p.disk.names {
		if n.lock != nil && n.lock.owner == p {
			n.lock = nil
		}
	}
	p.disk.mu.Unlock()
	if !was && p.OnKill != nil {
		p.OnKill()
	}
}

// killed is what a process panics with in Run.
type killed struct{ p *Process }

// Run runs the code of a process in this goroutine. It reports whether the process
// was killed before it ended. At its death an operation does not return with
// ErrKilled but panics, as no line after it would have been run. Deferred functions
// do run; whatever they do reaches the disk no more. Operations in other goroutines
// must not be under way: their panic would not be caught.
func (p *Process) Run(code func()) (wasKilled bool) {
	p.throw = true
	defer func() {
		p.throw = false
		r := recover()
		if k, ours := r.(killed); ours && k.p == p {
			wasKilled = true
		} else if r != nil {
			panic(r)
		}
	}()
	code()
	return p.Killed()
}

// way is how much of an operation is done.
type way int

const (
	whole way = iota
	part
	failed // not at all, and the process learns it
)

// do runs an operation, or what the hook makes of it.
func (p *Process) do(kind Kind, name string, act func(way) error) error {
	if p.Killed() {
		return p.died()
	}
	p.disk.mu.Lock()
	p.ops++
	op := Op{N: p.ops, Kind: kind, Name: clean(name)}
	p.disk.mu.Unlock()
	var f Fault
	if p.Hook != nil {
		f = p.Hook(op)
	}
	if p.Killed() { // by the hook, or beside it
		return p.died()
	}
	p.disk.mu.Lock()
	var err error
	partly := f.Part && kind == Write
	switch {
	case f.Done, !f.Kill && !partly && f.Err == nil:
		err = act(whole)
	case partly:
		err = act(part)
	case f.Err != nil:
		err = act(failed)
	}
	p.disk.mu.Unlock()
	if f.Kill {
		p.Kill()
		return p.died()
	}
	if f.Err != nil {
		return &fs.PathError{Op: string(kind), Path: op.Name, Err: f.Err}
	}
	return err
}

// look runs an operation that is done whole or not at all.
func (p *Process) look(kind Kind, name string, act func() error) error {
	return p.do(kind, name, func(w way) error {
		if w == whole {
			return act()
		}
		return nil
	})
}

func (p *Process) died() error {
	if p.throw {
		panic(killed{p})
	}
	return ErrKilled
}
