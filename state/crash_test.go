package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// crashFS is the operating system's file system, which writes down every
// operation that changes something, and can die before one of them.
type crashFS struct {
	state.OS
	disk  *disk
	ops   int
	dieAt int   // the operation that is not done any more, 0 for none
	once  bool  // only that one fails; otherwise everything after it does too
	cause error // what it fails with
	after func(op int)
}

func (c *crashFS) do(op func() error) error {
	c.ops++
	if c.ops == c.dieAt || c.dieAt > 0 && c.ops > c.dieAt && !c.once {
		return c.cause
	}
	err := op()
	if err == nil && c.after != nil {
		c.after(c.ops)
	}
	return err
}

func (c *crashFS) Mkdir(name string, perm fs.FileMode) error {
	return c.do(func() error {
		c.disk.names[c.disk.rel(name)] = &inode{folder: true}
		return c.OS.Mkdir(name, perm)
	})
}

func (c *crashFS) Open(name string, flag int, perm fs.FileMode) (state.File, error) {
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return c.OS.Open(name, flag, perm)
	}
	var f state.File
	err := c.do(func() (err error) {
		if f, err = c.OS.Open(name, flag, perm); err == nil && flag&os.O_CREATE != 0 {
			c.disk.names[c.disk.rel(name)] = &inode{}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &crashFile{f, c, c.disk.names[c.disk.rel(name)]}, nil
}

func (c *crashFS) Rename(from, to string) error {
	return c.do(func() error {
		c.disk.names[c.disk.rel(to)] = c.disk.names[c.disk.rel(from)]
		delete(c.disk.names, c.disk.rel(from))
		return c.OS.Rename(from, to)
	})
}

func (c *crashFS) Remove(name string) error {
	return c.do(func() error {
		delete(c.disk.names, c.disk.rel(name))
		return c.OS.Remove(name)
	})
}

func (c *crashFS) SyncDir(name string) error {
	return c.do(func() error {
		c.disk.syncDir(name)
		return c.OS.SyncDir(name)
	})
}

type crashFile struct {
	state.File
	fs    *crashFS
	inode *inode
}

func (f *crashFile) Write(b []byte) (n int, err error) {
	err = f.fs.do(func() error {
		f.inode.data = append(f.inode.data, b...)
		n, err = f.File.Write(b)
		return err
	})
	if n == 0 && f.fs.ops == f.fs.dieAt { // it dies halfway
		n, _ = f.File.Write(b[:len(b)/2])
	}
	return n, err
}

func (f *crashFile) Truncate(size int64) error {
	return f.fs.do(func() error {
		f.inode.data = bytes.Clone(f.inode.data[:size])
		return f.File.Truncate(size)
	})
}

func (f *crashFile) Sync() error {
	return f.fs.do(func() error {
		f.inode.durable = bytes.Clone(f.inode.data)
		return f.File.Sync()
	})
}

// disk is what a power loss would leave: names and bytes that were synced, and
// perhaps others.
type disk struct {
	root           string
	names, durable map[string]*inode
}

type inode struct {
	folder        bool
	data, durable []byte
}

func newDisk(t *testing.T, root string) *disk {
	t.Helper()
	d := &disk{root: root, names: map[string]*inode{}}
	must(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		n := &inode{folder: e.IsDir()}
		if !n.folder {
			n.data = readFile(t, path)
			n.durable = n.data
		}
		d.names[d.rel(path)] = n
		return nil
	}))
	d.durable = maps.Clone(d.names)
	return d
}

func (d *disk) rel(path string) string {
	rel, err := filepath.Rel(d.root, path)
	if err != nil {
		panic(err)
	}
	return rel
}

func (d *disk) syncDir(dir string) {
	in := func(name string, _ *inode) bool { return filepath.Dir(name) == d.rel(dir) }
	maps.DeleteFunc(d.durable, in)
	for name, n := range d.names {
		if in(name, n) {
			d.durable[name] = n
		}
	}
}

// images writes what a power loss now could leave into folders: the names and
// the bytes that were synced; all names, with the bytes that were synced; and
// everything.
func (d *disk) images(t *testing.T) map[string]string {
	t.Helper()
	image := func(names map[string]*inode, data func(*inode) []byte) string {
		dir := t.TempDir()
		for _, name := range slices.Sorted(maps.Keys(names)) {
			_, there := names[filepath.Dir(name)]
			switch n := names[name]; {
			case n.folder:
				must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
			case there || filepath.Dir(name) == ".":
				must(t, os.WriteFile(filepath.Join(dir, name), data(n), 0o600))
			}
		}
		return dir
	}
	synced := func(n *inode) []byte { return n.durable }
	return map[string]string{
		"synced only": image(d.durable, synced),
		"all names":   image(d.names, synced),
		"everything":  image(d.names, func(n *inode) []byte { return n.data }),
	}
}

// knowledge is what a run can know: the records, and what is in doubt.
type knowledge struct{ Titles, Doubts []string }

func known(s *state.Session) knowledge {
	return knowledge{titles(s.State()), doubts(s)}
}

// voyage is an apply in steps: begun, settled in part, committed, gone on.
func voyage() []func(*testing.T, *state.Session) error {
	commit := func(t *testing.T, s *state.Session) error { return s.Commit(t.Context()) }
	recD := rec("tracking.d", "sto/44444", "D")
	return []func(*testing.T, *state.Session) error{
		func(_ *testing.T, s *state.Session) error { return beginning(creates(recB, recC))(s) },
		func(_ *testing.T, s *state.Session) error { return s.Settle(1, puts(recB), []int{1}) },
		func(_ *testing.T, s *state.Session) error { return beginning(creates(recD))(s) },
		commit,
		func(_ *testing.T, s *state.Session) error { return s.Settle(1, puts(recC), nil) },
		func(_ *testing.T, s *state.Session) error { return s.Settle(2, nil, nil) },
		func(_ *testing.T, s *state.Session) error {
			return beginning(state.Intent{Op: tracking.OpDelete, Items: []state.IntentItem{{Addr: "tracking.c", Key: recC.Key}}})(s)
		},
		func(_ *testing.T, s *state.Session) error {
			return s.Settle(3, []state.Effect{{Addr: "tracking.c"}}, nil)
		},
		commit,
	}
}

// sail runs a voyage until it fails, and gives what was known after each step.
func sail(t *testing.T, store state.Store, after func()) []knowledge {
	t.Helper()
	s, err := state.Open(t.Context(), store, state.OpenOptions{})
	if err != nil {
		return nil
	}
	log := []knowledge{known(s)}
	after()
	for _, step := range voyage() {
		if err := step(t, s); err != nil {
			return log
		}
		log = append(log, known(s))
		after()
	}
	return log
}

// among checks that what was found is what was known before or after a step.
func among(t *testing.T, when, dir string, log []knowledge, step int) {
	t.Helper()
	s, err := state.Open(t.Context(), state.NewLocal(dir, stateName), state.OpenOptions{NoLock: true})
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return
	}
	got := known(s)
	for _, want := range log[step:min(step+2, len(log))] {
		if cmp.Equal(want, got, plainState) {
			return
		}
	}
	t.Errorf("%s, after step %d, is known\n%v\nwant one of\n%v", when, step, got, log[step:min(step+2, len(log))])
}

// each runs with a state that is there, and with none.
func each(t *testing.T, run func(t *testing.T, dir func() string)) {
	t.Helper()
	for _, fresh := range []bool{false, true} {
		t.Run(fmt.Sprintf("fresh %t", fresh), func(t *testing.T) {
			run(t, func() string {
				dir := t.TempDir()
				if !fresh {
					seed(t, dir, recA)
				}
				return dir
			})
		})
	}
}

// TestKillAnywhere ends a run before, and in the middle of, each of its file
// operations. The next run knows all that the dead one had learned.
func TestKillAnywhere(t *testing.T) { failAnywhere(t, false) }

// TestFullDisk has each file operation fail once, halfway where it writes.
func TestFullDisk(t *testing.T) { failAnywhere(t, true) }

func failAnywhere(t *testing.T, once bool) {
	each(t, func(t *testing.T, newDir func() string) {
		full := sail(t, state.NewLocal(newDir(), stateName), func() {})
		if len(full) != len(voyage())+1 {
			t.Fatalf("the voyage ends after step %d", len(full)-1)
		}
		for n := 1; ; n++ {
			dir := newDir()
			store := newMortal(dir)
			c := &crashFS{disk: newDisk(t, dir), dieAt: n, once: once, cause: syscall.ENOSPC}
			store.FS = c
			log := sail(t, store, func() {})
			store.die(t)
			if c.ops < n {
				if n < 40 {
					t.Errorf("the voyage has only %d operations", n)
				}
				return
			}
			among(t, fmt.Sprintf("failed at operation %d", n), dir, full, max(len(log)-1, 0))
			again := open(t, state.NewLocal(dir, stateName), state.OpenOptions{})
			must(t, again.Commit(t.Context()))
			must(t, again.Close())
			left, err := filepath.Glob(filepath.Join(dir, "*", ".*.tmp-*"))
			more, err2 := filepath.Glob(filepath.Join(dir, ".*.tmp-*"))
			if err := errors.Join(err, err2); err != nil || len(left)+len(more) > 0 {
				t.Errorf("failed at operation %d: %v %v are left (%v)", n, left, more, err)
			}
			if t.Failed() {
				return
			}
		}
	})
}

// TestPowerLoss looks, after each file operation of a run, at what a power loss
// could leave: only what was synced, or more.
func TestPowerLoss(t *testing.T) {
	each(t, func(t *testing.T, newDir func() string) {
		dir := newDir()
		step := -1 // of the voyage, as far as it is done
		type loss struct {
			when, dir string
			step      int
		}
		var losses []loss
		store := state.NewLocal(dir, stateName)
		c := &crashFS{disk: newDisk(t, dir)}
		c.after = func(op int) {
			for name, image := range c.disk.images(t) {
				losses = append(losses, loss{fmt.Sprintf("power lost at operation %d, %s", op, name), image, max(step, 0)})
			}
		}
		store.FS = c
		log := sail(t, store, func() { step++ })
		if len(losses) < 100 {
			t.Errorf("only %d images", len(losses))
		}
		for _, l := range losses {
			among(t, l.when, l.dir, log, l.step)
			if t.Failed() {
				return
			}
		}
	})
}

// TestFewSyncs holds that a batch costs two syncs: one before the request, one
// after it.
func TestFewSyncs(t *testing.T) {
	dir := t.TempDir()
	syncs := &syncFS{}
	local := state.NewLocal(dir, stateName)
	local.FS = syncs
	s := open(t, local, state.OpenOptions{})
	defer s.Close()
	begin(t, s, creates(recA)) // starts the journal, which costs more
	syncs.n = 0
	must(t, s.Settle(1, puts(recA), nil))
	for i := range 10 {
		r := rec(tracking.Addr(fmt.Sprintf("tracking.x%d", i)), fmt.Sprintf("sto/%05d", i), "X")
		must(t, s.Settle(begin(t, s, creates(r)), puts(r), nil))
	}
	if syncs.n != 21 {
		t.Errorf("%d syncs for ten batches and a half, want 21", syncs.n)
	}
}

type syncFS struct {
	state.OS
	n int
}

func (c *syncFS) SyncDir(name string) error {
	c.n++
	return c.OS.SyncDir(name)
}

func (c *syncFS) Open(name string, flag int, perm fs.FileMode) (state.File, error) {
	f, err := c.OS.Open(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return syncFile{f, c}, nil
}

type syncFile struct {
	state.File
	c *syncFS
}

func (f syncFile) Sync() error {
	f.c.n++
	return f.File.Sync()
}
