package statetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/statetest"
)

const stateName = "tmsync.state.jsonl"

// A run is killed while it keeps what it has learned. The next one, on what is
// left of the disk after a power loss, knows what was in doubt.
func Example() {
	disk := statetest.NewDisk()
	first := disk.Process()
	killed := first.Run(func() {
		s, err := state.Open(context.Background(), first.Store(stateName), state.OpenOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		key := tracking.Key{Carrier: "sto", Number: "11111"}
		rec := &state.Record{Addr: "tracking.a", Key: key}
		seq, err := s.Begin(state.Intent{Op: tracking.OpCreate, Items: []state.IntentItem{{Addr: rec.Addr, Key: key, Record: rec}}})
		if err != nil {
			fmt.Println(err)
			return
		}
		// The request would be sent here.
		first.Hook = statetest.At(1, statetest.Fault{Kill: true, Part: true})
		_ = s.Settle(seq, []state.Effect{{Addr: rec.Addr, Record: rec}}, nil)
		fmt.Println("never printed")
	})
	fmt.Println("killed:", killed)

	disk = disk.PowerLoss(rand.New(rand.NewPCG(1, 2)).IntN)
	s, err := state.Open(context.Background(), disk.Process().Store(stateName), state.OpenOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	for _, in := range s.InDoubt() {
		fmt.Println("in doubt:", in.Op, in.Items[0].Key)
	}
	// Output:
	// killed: true
	// in doubt: create sto/11111
}

// A process whose disk is full from some moment on goes on without panics: each
// operation fails with the error that it was given.
func ExampleFrom() {
	p := statetest.NewDisk().Process()
	p.Hook = statetest.From(2, statetest.Fault{Err: syscall.ENOSPC})
	_, err := state.Open(context.Background(), p.Store(stateName), state.OpenOptions{})
	fmt.Println(err)
	// Output:
	// creating .tmsync/.gitignore: create: no space left on device
}
