package state_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/state"
)

// lines is a file that is made while it is read: line n of it is next(n), "" is
// the end.
type lines struct {
	next func(n int) string
	n    int
	rest string
}

func (l *lines) Read(b []byte) (int, error) {
	if l.rest == "" {
		if l.rest = l.next(l.n); l.rest == "" {
			return 0, io.EOF
		}
		l.n++
	}
	n := copy(b, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (l *lines) Close() error { return nil }

// long is a store with a long journal.
type long struct {
	memory
	next func(n int) string
}

func (l *long) Journal() state.Journal { return longJournal{memoryJournal{&l.memory}, l.next} }

type longJournal struct {
	memoryJournal
	next func(n int) string
}

func (j longJournal) Read(context.Context) (io.ReadCloser, error) { return &lines{next: j.next}, nil }

func longIntent(n int) string {
	return line(fmt.Sprintf(`{"intent":%d,"begun":"2026-11-01T10:00:00Z","op":"create","items":[{"address":"tracking.b","carrier":"sto","number":"22222","attrs":{}}]}`, n))
}

// TestLongJournal reads up to a million entries. Only what is still open is kept, and
// it does not matter how many are open at once.
func TestLongJournal(t *testing.T) {
	settled := func(n int) string { return line(fmt.Sprintf(`{"settle":%d}`, n)) }
	tests := []struct {
		name    string
		entries int
		next    func(n int) string
		left    int
		heap    int64 // bytes at most
	}{
		{"one after the other", exhaustive.Or(1_000_000, 200_000), func(n int) string {
			if n%2 == 0 {
				return longIntent(n/2 + 1)
			}
			return settled(n/2 + 1)
		}, 0, 8 << 20},
		{"all open, then settled in order", 300_000, func(n int) string {
			if n < 150_000 {
				return longIntent(n + 1)
			}
			return settled(n - 150_000 + 1)
		}, 0, 8 << 20},
		{"few settled", 30_000, func(n int) string {
			if n < 10_000 {
				return longIntent(n + 1)
			}
			return line(`{"settle":0}`)
		}, 10_000, 16 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &long{next: func(n int) string {
				if n == 0 {
					return journalOf("l1", 0)
				} else if n > tt.entries {
					return ""
				}
				return tt.next(n - 1)
			}}
			before := heap()
			s := open(t, store, state.OpenOptions{})
			if left := len(s.InDoubt()); left != tt.left {
				t.Errorf("%d requests are open, want %d", left, tt.left)
			}
			if used := int64(heap()) - int64(before); used > tt.heap {
				t.Errorf("%d bytes are in use, want at most %d", used, tt.heap)
			}
			runtime.KeepAlive(s)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestAnnouncedTooMany reads a file whose header announces more trackings than
// any memory holds, behind as many as would make one believe it.
func TestAnnouncedTooMany(t *testing.T) {
	var records []string
	for n := range 3000 {
		records = append(records, fmt.Sprintf(`{"address":"tracking.a%04d","carrier":"sto","number":"n%04d","applied":{}}`, n, n))
	}
	for _, count := range []int{3001, 1 << 53} {
		_, err := parse(sealed(header("5", count), records...))
		if want := fmt.Sprintf("the file ends after 3000 of %d trackings", count); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read() = %v, want %q", err, want)
		}
	}
	s, err := parse(sealed(header("5", 3000), records...))
	must(t, err)
	if len(s.Records) != 3000 || cap(s.Records) > 3100 {
		t.Errorf("%d records in room for %d", len(s.Records), cap(s.Records))
	}
}
