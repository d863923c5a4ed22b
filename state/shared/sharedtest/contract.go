package sharedtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/state/shared"
)

// Contract holds an engine to all that the protocol rests on, and the protocol over it
// to what it promises. Open makes an empty store, and returns what makes each process's
// way to it. It takes some 10 s by the clock, and nothing in it depends on how fast the
// store is.
func Contract(t *testing.T, open func(testing.TB) func() shared.Engine) {
	for name, test := range map[string]func(*testing.T, func() shared.Engine){
		"head": contractHead, "large head": contractLargeHead, "blobs": contractBlobs, "large blob": contractLargeBlob,
		"race": contractRace, "probe": contractProbe, "sessions": contractSessions, "many requests": contractManyRequests,
		"race for the lock": contractLock, "takeover": contractTakeover, "zombie": contractZombie, "force-unlock": contractForce,
		"snapshot": contractSnapshot, "saved plan": contractPlan,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// locked takes the service's own lock, where writing needs it.
func locked(t testing.TB, e shared.Engine) {
	t.Helper()
	service, has := e.(shared.Locker)
	if !has {
		return
	}
	id := fmt.Sprintf("contract-%d", rand.Uint64())
	info := fmt.Sprintf(`{"ID":%q,"Operation":"test","Info":"","Who":"test","Version":"1","Created":"2026-01-01T00:00:00Z","Path":"test"}`, id)
	must(t, service.Lock(t.Context(), id, []byte(info)))
	t.Cleanup(func() { _ = service.Unlock(context.Background(), id) })
}

func contractHead(t *testing.T, process func() shared.Engine) {
	ctx, a, b := t.Context(), process(), process()
	locked(t, a)
	if data, v, err := a.Head(ctx); data != nil || v != "" || err != nil {
		t.Errorf("no head: %q %q %v", data, v, err)
	}
	v1, err := a.SwapHead(ctx, "", []byte("one"))
	must(t, err)
	read := func(want, version string) {
		t.Helper()
		for _, e := range []shared.Engine{a, b} {
			data, v, err := e.Head(ctx)
			must(t, err)
			if string(data) != want || v != version {
				t.Errorf("the head is %q %q, want %q %q", data, v, want, version)
			}
		}
	}
	read("one", v1)
	refused := func(old string) {
		t.Helper()
		if _, err := a.SwapHead(ctx, old, []byte("refused")); err == nil {
			t.Errorf("a write from %q was not refused", old)
		}
	}
	refused("")
	read("one", v1)
	v2, err := a.SwapHead(ctx, v1, []byte("two"))
	must(t, err)
	if v2 == v1 || v2 == "" {
		t.Errorf("versions %q and %q", v1, v2)
	}
	refused(v1)
	refused("")
	read("two", v2)
}

func contractLargeHead(t *testing.T, process func() shared.Engine) {
	e := process()
	locked(t, e)
	data := make([]byte, 256<<10)
	for i := range data {
		data[i] = 'a' + byte(rand.IntN(26))
	}
	v, err := e.SwapHead(t.Context(), "", data)
	must(t, err)
	got, gotV, err := process().Head(t.Context())
	must(t, err)
	if !bytes.Equal(got, data) || gotV != v {
		t.Errorf("%d bytes came back of %d, version %q of %q", len(got), len(data), gotV, v)
	}
}

// blobOf returns a name as the protocol gives it, and what may be in it.
func blobOf(serial, size int) (name string, data []byte) {
	data = make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(serial)}).Read(data)
	sum := sha256.Sum256(data)
	return fmt.Sprintf("state-%d-%s.jsonl.gz", serial, hex.EncodeToString(sum[:])), data
}

func putBlob(t testing.TB, e shared.Engine, name string, data []byte) {
	t.Helper()
	must(t, e.PutBlob(t.Context(), name, int64(len(data)), bytes.NewReader(data)))
}

func readBlob(t testing.TB, e shared.Engine, name string, want []byte) {
	t.Helper()
	r, err := e.Blob(t.Context(), name)
	must(t, err)
	got, err := io.ReadAll(r)
	must(t, errors.Join(err, r.Close()))
	if !bytes.Equal(got, want) {
		t.Errorf("%s has %d other bytes, want %d", name, len(got), len(want))
	}
}

func contractBlobs(t *testing.T, process func() shared.Engine) {
	ctx, a, b := t.Context(), process(), process()
	locked(t, a)
	one, first := blobOf(1, 1000)
	if _, err := a.Blob(ctx, one); !errors.Is(err, shared.ErrNoBlob) {
		t.Errorf("a blob that is not there: %v", err)
	}
	must(t, a.DeleteBlob(ctx, one))
	putBlob(t, a, one, first)
	putBlob(t, a, one, first)
	two, second := blobOf(2, 2000)
	putBlob(t, a, two, second)
	readBlob(t, b, one, first)
	readBlob(t, b, two, second)
	r, err := b.Blob(ctx, one)
	must(t, err)
	must(t, r.Close()) // unread
	if a.Limits().Parts {
		putBlob(t, a, "journal-3-0.gz", []byte("part"))
		readBlob(t, b, "journal-3-0.gz", []byte("part"))
	}
	listed, now, err := a.Blobs(ctx)
	must(t, err)
	names := map[string]bool{}
	for _, l := range listed {
		names[l.Name] = true
		if age := now.Sub(l.Stored); age < -time.Minute || age > time.Hour {
			t.Errorf("%s was written %v ago, by the store's time", l.Name, age)
		}
	}
	if len(listed) > 0 && (!names[one] || !names[two]) { // a service may have no list
		t.Errorf("the list is %v", listed)
	}
	must(t, a.DeleteBlob(ctx, one))
	readBlob(t, b, two, second)
}

func contractLargeBlob(t *testing.T, process func() shared.Engine) {
	e := process()
	locked(t, e)
	size := 60 << 20
	if testing.Short() {
		size = 1 << 20
	}
	name, data := blobOf(1, size)
	putBlob(t, e, name, data)
	readBlob(t, process(), name, data)
}

// contractRace has many writers create a value at once, and count one up.
func contractRace(t *testing.T, process func() shared.Engine) {
	const writers, rounds, counted = 50, 10, 100
	if !process().Limits().Fenced {
		t.Skip("the service's own lock is all there is")
	}
	engines := make([]shared.Engine, writers)
	for i := range engines {
		engines[i] = process()
	}
	locked(t, engines[0])
	for round := range rounds {
		var won atomic.Int32
		var wg sync.WaitGroup
		name := fmt.Sprintf("probe-race%d", round)
		for i, e := range engines {
			wg.Go(func() {
				if _, err := e.Probe(name).Swap(t.Context(), "", fmt.Appendf(nil, `{"writer":%d}`, i)); err == nil {
					won.Add(1)
				} else if !errors.Is(err, shared.ErrConflict) {
					t.Errorf("a writer that has lost is told %v", err)
				}
			})
		}
		wg.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("round %d: %d of %d writers have won", round, n, writers)
		}
		must(t, engines[0].Probe(name).Remove(t.Context()))
	}
	count := process().Probe("probe-count")
	version, err := count.Swap(t.Context(), "", []byte(`{"writer":-1}`))
	must(t, err)
	for n := range counted {
		v, err := count.Swap(t.Context(), version, fmt.Appendf(nil, `{"writer":%d}`, n))
		must(t, err)
		if _, err := count.Swap(t.Context(), version, fmt.Appendf(nil, `{"late":%d}`, n)); !errors.Is(err, shared.ErrConflict) {
			t.Fatalf("a write from a version before is told %v", err)
		}
		version = v
	}
	must(t, count.Remove(t.Context()))
}

func contractProbe(t *testing.T, process func() shared.Engine) {
	st, err := shared.New(process(), shared.Options{}).Verify(t.Context())
	must(t, err)
	if st.HeadBytes != 0 || st.Blobs != 0 || len(st.Missing) > 0 {
		t.Errorf("an empty store is %+v", st)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, d)
	}
}
