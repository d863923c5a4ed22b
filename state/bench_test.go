package state_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/budget"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// many returns a state of n trackings as people have them.
func many(n int) *state.State {
	s := state.New("tmsync/bench", nil)
	s.Serial = 1
	for i := range n {
		number := fmt.Sprintf("4029%08d", i)
		s.Records = append(s.Records, state.Record{
			Addr: tracking.NewAddr("trackings", "orders").Index(fmt.Sprintf("%08d", i)),
			Key:  tracking.Key{Carrier: "sto", Number: number}, Status: "transit",
			Applied: s.Seal(number, tracking.AttrsOf(map[tracking.Attr]string{
				tracking.Title: fmt.Sprintf("Order %08d", i), tracking.OrderID: fmt.Sprintf("%08d", i),
				tracking.CustomerName: fmt.Sprint("Ann ", i), tracking.CustomerEmail: fmt.Sprint(i, "@example.org"),
				tracking.LogisticsChannel: "4PX", tracking.DestinationCode: "DE", tracking.Archived: "false",
			}), 0),
		})
	}
	return s
}

const benchSize = 100_000

func BenchmarkWrite(b *testing.B) {
	s := many(benchSize)
	b.SetBytes(int64(len(write(b, s))))
	budget.Run(b, benchSize, budget.Use{Bytes: 50, Allocs: 0.1}, func() { must(b, s.Write(io.Discard)) })
}

// BenchmarkRead reads records, of which each takes some 240 bytes. The id and the carrier
// that it stays with are 32 of them.
func BenchmarkRead(b *testing.B) {
	file := write(b, many(benchSize))
	b.SetBytes(int64(len(file)))
	budget.Run(b, benchSize, budget.Use{Bytes: 500, Allocs: 0.1}, func() {
		_, err := state.Read(bytes.NewReader(file), nil)
		must(b, err)
	})
}

// batchSize is how many trackings a request takes.
const batchSize = 40

// BenchmarkBatch begins and settles a batch of 40 against a large state, on the
// real disk. Since a batch takes a second at the service's rate, %apply is the
// share of an apply that is spent on knowing what it did.
func BenchmarkBatch(b *testing.B) {
	b.Run("update", func(b *testing.B) {
		s, disk := benchSession(b)
		records := s.State().Records
		batches := [2][]*state.Record{}
		for i, title := range []string{"X", "Y"} {
			for n := range batchSize {
				r := records[n*100]
				r.Applied = r.Applied.Clone()
				r.Applied.Put(tracking.Title, title)
				batches[i] = append(batches[i], &r)
			}
		}
		measure(b, disk, func(n int) {
			in := creates(batches[n%2]...)
			in.Op = tracking.OpUpdate
			must(b, s.Settle(begin(b, s, in), puts(batches[n%2]...), nil))
		})
	})
	b.Run("create", func(b *testing.B) {
		s, disk := benchSession(b)
		pattern := s.State().Records[:batchSize]
		measure(b, disk, func(n int) {
			batch := make([]*state.Record, batchSize)
			for i := range batch {
				r := pattern[i]
				r.Addr = tracking.NewAddr("tracking", "new").Index(fmt.Sprint(n, i))
				r.Key.Number = fmt.Sprintf("n%dx%d", n, i)
				batch[i] = &r
			}
			must(b, s.Settle(begin(b, s, creates(batch...)), puts(batch...), nil))
		})
	})
}

// benchSession returns a session with a large state on a disk that counts.
func benchSession(b *testing.B) (*state.Session, *syncFS) {
	disk := &syncFS{}
	store := local.New(b.TempDir(), stateName)
	store.FS = disk
	s := open(b, store, state.OpenOptions{})
	b.Cleanup(func() { must(b, s.Close()) })
	base := many(benchSize)
	var all []*state.Record
	for i := range base.Records {
		all = append(all, &base.Records[i])
	}
	must(b, s.Settle(0, puts(all...), nil))
	must(b, s.Commit(b.Context()))
	return s, disk
}

func measure(b *testing.B, disk *syncFS, batch func(n int)) {
	batch(0) // starts the journal
	b.ReportAllocs()
	disk.syncs = 0
	n := 0
	for b.Loop() {
		n++
		batch(n)
	}
	b.ReportMetric(float64(disk.syncs)/float64(n), "syncs/op")
	b.ReportMetric(100*b.Elapsed().Seconds()/float64(n), "%apply")
}

// BenchmarkReplay opens what a killed run leaves that has created so many
// trackings: no state, and a long journal.
func BenchmarkReplay(b *testing.B) {
	const size = 20_000 // at most: the store copies its journal to add to it
	m := &memory{}
	s := open(b, m, state.OpenOptions{})
	base := many(size)
	for i := 0; i < size; i += batchSize {
		var batch []*state.Record
		for n := range batchSize {
			batch = append(batch, &base.Records[i+n])
		}
		must(b, s.Settle(begin(b, s, creates(batch...)), puts(batch...), nil))
	}
	b.SetBytes(int64(len(m.journal)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := state.Open(b.Context(), m, state.OpenOptions{})
		must(b, err)
		if len(s.State().Records) != size {
			b.Fatal("some are lacking")
		}
	}
	b.ReportMetric(float64(len(m.journal))/size, "B/tracking")
}

// syncFS counts the syncs of files and directories.
type syncFS struct {
	local.OS
	syncs int
}

func (c *syncFS) SyncDir(name string) error {
	c.syncs++
	return c.OS.SyncDir(name)
}

func (c *syncFS) Open(name string, flag int, perm fs.FileMode) (local.File, error) {
	f, err := c.OS.Open(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return syncFile{f, c}, nil
}

type syncFile struct {
	local.File
	c *syncFS
}

func (f syncFile) Sync() error {
	f.c.syncs++
	return f.File.Sync()
}
