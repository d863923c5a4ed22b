package statetest

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tmsync/tmsync/state/local"
)

func failure(kind Kind, name string, err error) error {
	return &fs.PathError{Op: string(kind), Path: clean(name), Err: err}
}

// Mkdir creates a directory.
func (p *Process) Mkdir(name string, perm fs.FileMode) error {
	return p.look(Mkdir, name, func() error {
		name := clean(name)
		if p.disk.names[name] != nil {
			return failure(Mkdir, name, fs.ErrExist)
		}
		return p.disk.create(Mkdir, name, fs.ModeDir|perm.Perm())
	})
}

// create creates a file or a directory in an existing directory.
func (d *Disk) create(kind Kind, name string, mode fs.FileMode) error {
	directory := path.Dir(name)
	if parent := d.names[directory]; parent == nil {
		return failure(kind, name, fs.ErrNotExist)
	} else if !parent.mode.IsDir() {
		return failure(kind, name, syscall.ENOTDIR)
	}
	d.change(naming{directory: directory, to: name, node: &node{mode: mode, changed: d.now()}})
	return nil
}

// Open opens a file, or creates it.
func (p *Process) Open(name string, flag int, perm fs.FileMode) (local.File, error) {
	kind := Open
	if flag&os.O_CREATE != 0 {
		kind = Create
	}
	var f *file
	err := p.look(kind, name, func() error {
		name := clean(name)
		d := p.disk
		n := d.names[name]
		switch {
		case n == nil && kind == Open:
			return failure(kind, name, fs.ErrNotExist)
		case n == nil:
			if err := d.create(kind, name, perm.Perm()); err != nil {
				return err
			}
			n = d.names[name]
		case n.mode.IsDir():
			return failure(kind, name, syscall.EISDIR)
		case kind == Create && flag&os.O_EXCL != 0:
			return failure(kind, name, fs.ErrExist)
		case flag&os.O_TRUNC != 0:
			n.do(change{truncate: true}, d.now())
		}
		f = &file{p: p, name: name, node: n, flag: flag}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Lstat describes a file or a directory.
func (p *Process) Lstat(name string) (fs.FileInfo, error) { return p.describe(Lstat, name) }

// Stat describes a file or a directory. There are no links on the disk.
func (p *Process) Stat(name string) (fs.FileInfo, error) { return p.describe(Stat, name) }

func (p *Process) describe(kind Kind, name string) (info fs.FileInfo, err error) {
	err = p.look(kind, name, func() error {
		n := p.disk.names[clean(name)]
		if n == nil {
			return failure(kind, name, fs.ErrNotExist)
		}
		info = n.info(clean(name))
		return nil
	})
	return info, err
}

// ReadDir lists a directory by name.
func (p *Process) ReadDir(name string) (entries []fs.DirEntry, err error) {
	err = p.look(ReadDir, name, func() error {
		directory := clean(name)
		if n := p.disk.names[directory]; n == nil || !n.mode.IsDir() {
			return failure(ReadDir, name, fs.ErrNotExist)
		}
		for name, n := range p.disk.names {
			if path.Dir(name) == directory {
				entries = append(entries, fs.FileInfoToDirEntry(n.info(name)))
			}
		}
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		return nil
	})
	return entries, err
}

// Rename returns a file another name in its directory, and replaces what has it.
func (p *Process) Rename(from, to string) error {
	return p.look(Rename, to, func() error {
		from, to := clean(from), clean(to)
		n := p.disk.names[from]
		if n == nil {
			return failure(Rename, from, fs.ErrNotExist)
		}
		if path.Dir(from) != path.Dir(to) {
			return failure(Rename, to, syscall.EXDEV)
		}
		p.disk.change(naming{directory: path.Dir(to), from: from, to: to, node: n})
		return nil
	})
}

// Remove removes a file.
func (p *Process) Remove(name string) error {
	return p.look(Remove, name, func() error {
		name := clean(name)
		n := p.disk.names[name]
		if n == nil {
			return failure(Remove, name, fs.ErrNotExist)
		}
		p.disk.change(naming{directory: path.Dir(name), from: name, node: n})
		return nil
	})
}

// SyncDir syncs a directory's names.
func (p *Process) SyncDir(name string) error {
	return p.look(SyncDir, name, func() error {
		if p.disk.names[clean(name)] == nil {
			return failure(SyncDir, name, fs.ErrNotExist)
		}
		p.disk.syncDirectory(clean(name))
		return nil
	})
}

// SameFile reports whether two descriptions are of one file.
func (p *Process) SameFile(a, b fs.FileInfo) bool {
	x, ok1 := a.(info)
	y, ok2 := b.(info)
	return ok1 && ok2 && x.node == y.node
}

// lock is a lock that a process has on a file.
type lock struct {
	owner *Process
	name  string
	node  *node
}

// TryLock takes the lock of a file. It goes with the process.
func (p *Process) TryLock(name string) (local.Lock, bool, error) {
	var l *lock
	err := p.look(TryLock, name, func() error {
		n := p.disk.names[clean(name)]
		if n == nil {
			return failure(TryLock, name, fs.ErrNotExist)
		}
		if n.lock == nil {
			l = &lock{owner: p, name: clean(name), node: n}
			n.lock = l
		}
		return nil
	})
	if err != nil || l == nil {
		return nil, false, err
	}
	return l, true, nil
}

// Stat describes the file that is locked.
func (l *lock) Stat() (i fs.FileInfo, err error) {
	err = l.owner.look(Stat, l.name, func() error {
		i = l.node.info(l.name)
		return nil
	})
	return i, err
}

// Unlock releases the lock. Doing so twice is harmless.
func (l *lock) Unlock() error {
	return l.owner.look(Unlock, l.name, func() error {
		if l.node.lock == l {
			l.node.lock = nil
		}
		return nil
	})
}

// info describes a node under a name.
type info struct {
	name    string
	size    int64
	mode    fs.FileMode
	changed time.Time
	node    *node
}

func (n *node) info(name string) info {
	return info{name: path.Base(name), size: int64(len(n.data)), mode: n.mode, changed: n.changed, node: n}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.changed }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
