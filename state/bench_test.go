package state_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// many gives a state of n trackings as people have them.
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
			})),
		})
	}
	return s
}

const benchSize = 100_000

func BenchmarkWrite(b *testing.B) {
	s := many(benchSize)
	b.SetBytes(int64(len(write(b, s))))
	b.ReportAllocs()
	for b.Loop() {
		must(b, s.Write(io.Discard))
	}
}

func BenchmarkRead(b *testing.B) {
	file := write(b, many(benchSize))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := state.Read(bytes.NewReader(file), nil)
		must(b, err)
	}
}

// BenchmarkBatch begins and settles a batch of 40 against a large state.
func BenchmarkBatch(b *testing.B) {
	dir := b.TempDir()
	s := open(b, state.NewLocal(dir, stateName), state.OpenOptions{})
	base := many(benchSize)
	var all []*state.Record
	for i := range base.Records {
		all = append(all, &base.Records[i])
	}
	must(b, s.Settle(0, puts(all...), nil))
	must(b, s.Commit(b.Context()))
	batches := [2][]*state.Record{}
	for i, title := range []string{"X", "Y"} {
		for n := range 40 {
			r := *all[n*100]
			r.Applied = r.Applied.Clone()
			r.Applied.Put(tracking.Title, title)
			batches[i] = append(batches[i], &r)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		in := creates(batches[i%2]...)
		in.Op = tracking.OpUpdate
		must(b, s.Settle(begin(b, s, in), puts(batches[i%2]...), nil))
	}
	must(b, s.Close())
}
