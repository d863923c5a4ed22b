// Package pace keeps the rate of an account between processes. The service counts
// the requests of an account, whichever process they come from; so the processes
// of one machine tell each other, in a file per account, when the last request
// left and until when the service wants none, and take turns by a kernel lock.
//
// Everything is done as well as it can be. Where there is no file, or nothing can
// be made of it, a process keeps its own pace only; nothing here fails.
package pace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

// Record is what processes tell each other. A zero time is none.
type Record struct {
	Last   time.Time // when the last request was written
	Live   time.Time // when the last one was that has a rate of its own besides
	Closed time.Time // until when nothing may leave
}

// patience is how long a turn is waited for. Who has it is about to write a
// request, which may take as long as it takes to connect, or was stopped.
const patience = 5 * time.Second

// poll is how often a turn that somebody else has is tried again.
const poll = 5 * time.Millisecond

// File is the file of one account. A nil File is none.
type File struct {
	path string
	// stuck means that whoever has the turn makes no progress. It is waited for only
	// once.
	stuck atomic.Bool
}

// ForAccount returns the file of an account in a directory, "" for none. Nothing
// is read or written yet.
//
// The name is a hash of the host and the API key. Such a key is a random UUID of
// 122 bits, so that nobody can find it by trying what has this hash.
func ForAccount(dir, host, key string) *File {
	if dir == "" {
		return nil
	}
	sum := sha256.Sum256([]byte("tmsync pace of an account\x00" + strings.ToLower(host) + "\x00" + key))
	return &File{path: filepath.Join(dir, hex.EncodeToString(sum[:16]))}
}

// Read returns what others have left behind.
func (f *File) Read() Record {
	if f == nil {
		return Record{}
	}
	file, err := os.OpenFile(f.path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return Record{}
	}
	defer file.Close()
	return read(file)
}

// Turn is the account's turn. Whoever has it may send a request, and lets others
// have it as soon as that is written. A nil Turn is that of no File.
type Turn struct {
	lock *flock.Flock // nil: it could not be locked
	file *os.File     // nil: it could not be opened
}

// Take waits for the turn. When that takes too long, or a lock cannot be had, it
// is taken all the same.
func (f *File) Take(ctx context.Context) *Turn {
	if f == nil {
		return nil
	}
	file, err := f.open()
	if err != nil {
		return nil
	}
	return &Turn{lock: f.lock(ctx), file: file}
}

// lock waits for the lock; it is nil where there is none to be had.
func (f *File) lock(ctx context.Context) *flock.Flock {
	// A file of its own, because a locked one cannot be read everywhere.
	lock := flock.New(f.path+".lock", flock.SetFlag(os.O_RDWR|os.O_CREATE|openFlags), flock.SetPermissions(fileMode))
	held, err := lock.TryLock()
	if err == nil && !held && !f.stuck.Load() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		held, err = lock.TryLockContext(ctx, poll)
		f.stuck.Store(errors.Is(err, context.DeadlineExceeded))
	}
	if err != nil || !held {
		_ = lock.Close()
		return nil
	}
	f.stuck.Store(false)
	return lock
}

// Modes of what is created: a file reveals when its account is in use.
const (
	fileMode = 0o600
	dirMode  = 0o700
)

// open opens the file for reading and writing, and makes it if need be.
func (f *File) open() (*os.File, error) {
	const flags = os.O_RDWR | os.O_CREATE | openFlags
	file, err := os.OpenFile(f.path, flags, fileMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(f.path), dirMode); err == nil {
			file, err = os.OpenFile(f.path, flags, fileMode)
		}
	}
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fs.ErrInvalid, file.Close())
	}
	return file, nil
}

// Record returns what others have left behind.
func (t *Turn) Record() Record {
	if t == nil {
		return Record{}
	}
	return read(t.file)
}

// Write writes the record for the next turn.
func (t *Turn) Write(r Record) {
	if t == nil {
		return
	}
	// In place: it needs no room on a disk that has none, and what was torn by a
	// crash is no record.
	_, _ = t.file.WriteAt(r.encode(), 0)
}

// End returns the turn to the next one.
func (t *Turn) End() {
	if t == nil {
		return
	}
	_ = t.file.Close()
	if t.lock != nil {
		_ = t.lock.Unlock()
	}
}

// Records have a length of their own: a new one covers the one before.
const (
	form   = "%019d %019d %019d"
	length = 3*19 + 2 + len(" 00000000\n")
)

func (r Record) encode() []byte {
	text := fmt.Sprintf(form, unix(r.Last), unix(r.Live), unix(r.Closed))
	return fmt.Appendf(nil, "%s %08x\n", text, crc32.ChecksumIEEE([]byte(text)))
}

// read reads a record. What is damaged is none.
func read(file io.ReaderAt) Record {
	text := make([]byte, length)
	if n, _ := file.ReadAt(text, 0); n < length {
		return Record{}
	}
	var last, live, closed int64
	if _, err := fmt.Sscanf(string(text), form, &last, &live, &closed); err != nil {
		return Record{}
	}
	r := Record{at(last), at(live), at(closed)}
	if string(r.encode()) != string(text) {
		return Record{}
	}
	return r
}

// unix returns a time in nanoseconds, 0 for none or out of bounds.
func unix(t time.Time) int64 {
	if t.Year() < 1970 || t.Year() > 2200 {
		return 0
	}
	return max(t.UnixNano(), 0)
}

func at(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(0, unix)
}
