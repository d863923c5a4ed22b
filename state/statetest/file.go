package statetest

import (
	"io"
	"io/fs"
	"os"
	"slices"
)

// file is an open file of a process.
type file struct {
	p      *Process
	name   string
	node   *node
	flag   int
	offset int64
	closed bool
}

// act runs an operation on the file while it is open.
func (f *file) act(kind Kind, act func(way) error) error {
	return f.p.do(kind, f.name, func(w way) error {
		if f.closed {
			return failure(kind, f.name, fs.ErrClosed)
		}
		return act(w)
	})
}

func (f *file) Read(b []byte) (n int, err error) {
	err = f.act(Read, func(w way) error {
		if w != whole || len(b) == 0 {
			return nil
		}
		if f.offset >= int64(len(f.node.data)) {
			return io.EOF
		}
		n = copy(b, f.node.data[f.offset:])
		f.offset += int64(n)
		return nil
	})
	return n, err
}

func (f *file) Write(b []byte) (n int, err error) {
	err = f.act(Write, func(w way) error {
		if f.flag&(os.O_WRONLY|os.O_RDWR) == 0 {
			return failure(Write, f.name, fs.ErrPermission)
		}
		if w == failed {
			return nil
		}
		if n = len(b); w == part {
			n /= 2
		}
		if f.flag&os.O_APPEND != 0 {
			f.offset = int64(len(f.node.data))
		}
		f.node.do(change{at: f.offset, data: slices.Clone(b[:n])}, f.p.disk.now())
		f.offset += int64(n)
		return nil
	})
	return n, err
}

func (f *file) Truncate(size int64) error {
	return f.act(Truncate, func(w way) error {
		if w == whole {
			f.node.do(change{at: size, truncate: true}, f.p.disk.now())
		}
		return nil
	})
}

func (f *file) Sync() error {
	return f.act(Sync, func(w way) error {
		if w == whole {
			f.node.sync()
		} else {
			f.node.syncFailed()
		}
		return nil
	})
}

func (f *file) Chmod(mode fs.FileMode) error {
	return f.act(Chmod, func(w way) error {
		if w == whole {
			f.node.mode = mode
		}
		return nil
	})
}

func (f *file) Stat() (i fs.FileInfo, err error) {
	err = f.act(Stat, func(w way) error {
		if w == whole {
			i = f.node.info(f.name)
		}
		return nil
	})
	return i, err
}

func (f *file) Close() error {
	return f.act(Close, func(way) error {
		f.closed = true
		return nil
	})
}
