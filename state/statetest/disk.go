// Package statetest is a disk in memory for tests: one that loses its power, and
// whose processes are killed, at any operation.
//
// A Disk is shared by any number of simulated processes. Each Process is a
// local.FS, so that a local.Store works on it (Process.Store), and has a switch
// of its own: once it is killed, nothing that it does reaches the disk any more,
// its locks are gone, and every operation fails with ErrKilled (or panics, see
// Process.Run). Other processes are not affected.
//
// Before each operation of a process its Hook is asked, and may have it fail (an
// input/output error, a full disk), be done in part (a short write), or be the
// process's last, before, halfway through or after it is done.
//
// The disk knows what was synced. Disk.PowerLoss returns the disk as a power loss
// at this moment could leave it: nothing that was not synced, all of it, or any
// choice of names and bytes. The disk itself goes on as it was, so that every
// moment of a run can be looked at in one run.
package statetest

import (
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Root is the one directory that is on a new disk.
const Root = "/disk"

// Disk is a disk in memory. It may be used by several goroutines.
type Disk struct {
	mu     sync.Mutex
	names  map[string]*node // as every process sees them
	synced map[string]*node // as they are sure to be after a power loss
	log    []naming         // what happened to names since, in order
	ticks  int64            // the disk's clock, so that no two changes have one time
}

// node is a file or a directory.
type node struct {
	mode    fs.FileMode
	changed time.Time
	data    []byte
	synced  []byte   // the data as it is sure to be after a power loss
	log     []change // what happened to the data since, in order
	lock    *lock    // who has the file locked
}

// change is a write or a truncation of a file.
type change struct {
	at       int64 // where it was written, or the new size
	data     []byte
	truncate bool
	lost     bool // a sync after it failed: no later one makes it durable
}

// naming is the change of a name in a directory. A rename is one change: it is
// never done by half.
type naming struct {
	directory string
	from, to  string // from is "" when a name was made; to is "" when it was removed
	node      *node
}

// NewDisk returns a disk with the directory Root on it.
func NewDisk() *Disk {
	d := &Disk{names: make(map[string]*node), synced: make(map[string]*node)}
	d.names[Root] = &node{mode: fs.ModeDir | 0o700, changed: d.now()}
	d.synced[Root] = d.names[Root]
	return d
}

func (d *Disk) now() time.Time {
	d.ticks++
	return time.Unix(1_000_000_000, d.ticks*int64(time.Millisecond))
}

// clean returns a name the one form that it has on the disk.
func clean(name string) string { return path.Clean(filepath.ToSlash(name)) }

// Files returns the files that processes see, by name. It is nobody's operation:
// no hook is asked.
func (d *Disk) Files() map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	files := make(map[string][]byte)
	for name, n := range d.names {
		if !n.mode.IsDir() {
			files[name] = slices.Clone(n.data)
		}
	}
	return files
}

// ReadFile returns what is in a file, and reports whether there is one. It is
// nobody's operation.
func (d *Disk) ReadFile(name string) ([]byte, bool) {
	data, found := d.Files()[clean(name)]
	return data, found
}

// WriteFile replaces a file, durably. It stands for what somebody else does between
// two operations of a process.
func (d *Disk) WriteFile(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = clean(name)
	d.forget(name)
	n := &node{mode: 0o600, changed: d.now(), data: slices.Clone(data), synced: slices.Clone(data)}
	d.names[name], d.synced[name] = n, n
}

// Remove removes a file durably, as somebody else might.
func (d *Disk) Remove(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = clean(name)
	d.forget(name)
	delete(d.names, name)
	delete(d.synced, name)
}

// forget drops from the log what happened to a name.
func (d *Disk) forget(name string) {
	d.log = slices.DeleteFunc(d.log, func(n naming) bool { return n.to == name || n.to == "" && n.from == name })
}

// apply renames in names or, once the change is durable, in synced.
func (n naming) apply(names map[string]*node) {
	if n.from != "" && names[n.from] == n.node {
		delete(names, n.from)
	}
	if n.to != "" {
		names[n.to] = n.node
	}
}

// change applies a change to a name.
func (d *Disk) change(n naming) {
	n.apply(d.names)
	d.log = append(d.log, n)
}

// syncDirectory syncs a directory's names.
func (d *Disk) syncDirectory(directory string) {
	d.log = slices.DeleteFunc(d.log, func(n naming) bool {
		if n.directory == directory {
			n.apply(d.synced)
		}
		return n.directory == directory
	})
}

// do changes the data of a file.
func (n *node) do(c change, now time.Time) {
	n.data = c.apply(n.data)
	n.log = append(n.log, c)
	n.changed = now
}

func (c change) apply(data []byte) []byte {
	if c.truncate {
		return resized(data, c.at)
	}
	data = resized(data, max(int64(len(data)), c.at+int64(len(c.data))))
	copy(data[c.at:], c.data)
	return data
}

func resized(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size:size]
	}
	return append(data, make([]byte, size-int64(len(data)))...)
}

// sync syncs what no failed sync has lost.
func (n *node) sync() {
	if !slices.ContainsFunc(n.log, func(c change) bool { return c.lost }) {
		n.synced, n.log = slices.Clone(n.data), nil
		return
	}
	n.log = slices.DeleteFunc(n.log, func(c change) bool {
		if !c.lost {
			n.synced = c.apply(slices.Clone(n.synced))
		}
		return !c.lost
	})
}

// syncFailed is what a failed sync does: the system counts what it could not
// write as written, and never tries again.
func (n *node) syncFailed() {
	for i := range n.log {
		n.log[i].lost = true
	}
}

// Keep decides what a power loss leaves of something that was not synced: it
// returns one of n ways, from 0 (nothing is left) to n-1 (it is there whole).
// Nothing and Everything are two of them; the IntN method of a seeded
// rand.Rand is a random choice.
type Keep func(n int) int

// Nothing keeps nothing that was not synced.
func Nothing(int) int { return 0 }

// Everything keeps all of it.
func Everything(n int) int { return n - 1 }

// PowerLoss returns a disk as a power loss now could leave this one. All of it is
// synced, and nobody has a lock on it. This disk stays as it is.
func (d *Disk) PowerLoss(keep Keep) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := &Disk{names: maps.Clone(d.synced), ticks: d.ticks}
	for _, n := range d.log {
		if keep(2) == 1 {
			n.apply(left.names)
		}
	}
	maps.DeleteFunc(left.names, func(name string, _ *node) bool { return name != Root && !left.reachable(name) })
	after := make(map[*node]*node)
	for _, name := range slices.Sorted(maps.Keys(left.names)) {
		n := left.names[name]
		if after[n] == nil {
			after[n] = n.powerLoss(keep)
		}
		left.names[name] = after[n]
	}
	left.synced = maps.Clone(left.names)
	return left
}

// reachable reports whether all directories above a name are there.
func (d *Disk) reachable(name string) bool {
	for name = path.Dir(name); strings.HasPrefix(name, Root); name = path.Dir(name) {
		if d.names[name] == nil {
			return false
		}
	}
	return true
}

// powerLoss returns what is left of a file. Of a write there may be nothing, zeros
// where only the file's new size was kept, either half with zeros for the other,
// only the first half, or all of it.
func (n *node) powerLoss(keep Keep) *node {
	data := slices.Clone(n.synced)
	for _, c := range n.log {
		if c.truncate {
			if keep(2) == 1 {
				data = c.apply(data)
			}
			continue
		}
		half := len(c.data) / 2
		part := change{at: c.at, data: make([]byte, len(c.data))}
		switch keep(6) {
		case 0:
			continue
		case 1:
		case 2:
			copy(part.data, c.data[:half])
		case 3:
			copy(part.data[half:], c.data[half:])
		case 4:
			part.data = c.data[:half]
		case 5:
			part.data = c.data
		}
		data = part.apply(data)
	}
	return &node{mode: n.mode, changed: n.changed, data: data, synced: slices.Clone(data)}
}
