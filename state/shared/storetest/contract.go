package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/state/shared"
)

// Contract holds an engine to what shared.Engine says. Open returns the engine of
// the state of that name, as another process would open it.
func Contract(t *testing.T, open func(t *testing.T, name string) shared.Engine) {
	c := contract{open: open, run: strconv.FormatUint(rand.Uint64(), 36)}
	for _, test := range []struct {
		name string
		f    func(*testing.T, shared.Engine, func() shared.Engine)
	}{
		{"absent", testAbsent},
		{"head", testHead},
		{"large head", testLargeHead},
		{"blobs", testBlobs},
		{"large blob", testLargeBlob},
		{"register", testRegister},
		{"race to create", testRaceToCreate},
		{"race to swap", testRaceToSwap},
		{"context", testContext},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := c.run + "-" + test.name[:4] + strconv.FormatUint(rand.Uint64(), 36)
			again := func() shared.Engine { return open(t, name) }
			test.f(t, again(), again)
		})
	}
	t.Run("neighbours", c.testNeighbours)
}

type contract struct {
	open func(*testing.T, string) shared.Engine
	run  string // in the names of states, for stores that outlive the test
}

// within bounds a call: an engine never waits by itself.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func expectHead(t *testing.T, e shared.Engine, data []byte, version string) {
	t.Helper()
	gotData, gotVersion, err := e.Head(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(gotData, data) || gotVersion != version {
		t.Fatalf("the head is %.40q in version %q, want %.40q in %q", gotData, gotVersion, data, version)
	}
}

func expectConflict(t *testing.T, version string, err error) {
	t.Helper()
	if !errors.Is(err, shared.ErrConflict) || version != "" {
		t.Fatalf("version %q, error %v; want ErrConflict", version, err)
	}
}

func testAbsent(t *testing.T, e shared.Engine, _ func() shared.Engine) {
	expectHead(t, e, nil, "")
	if _, err := e.Blob(within(t), "state-1-00"); !errors.Is(err, shared.ErrNoBlob) {
		t.Errorf("a blob that is not there: %v", err)
	}
	if err := e.DeleteBlob(within(t), "state-1-00"); err != nil {
		t.Errorf("deleting a blob that is not there: %v", err)
	}
	if blobs, _, err := e.Blobs(within(t)); len(blobs) != 0 || err != nil {
		t.Errorf("the blobs of a state that is not there: %v, %v", blobs, err)
	}
	version, err := e.SwapHead(within(t), "nothing", []byte("{}"))
	expectConflict(t, version, err)
	expectHead(t, e, nil, "")
}

func testHead(t *testing.T, e shared.Engine, again func() shared.Engine) {
	first := must[string](t)(e.SwapHead(within(t), "", []byte(`{"n":1}`)))
	expectHead(t, again(), []byte(`{"n":1}`), first)
	version, err := again().SwapHead(within(t), "", []byte(`{"n":2}`))
	expectConflict(t, version, err)
	expectHead(t, e, []byte(`{"n":1}`), first)

	second := must[string](t)(again().SwapHead(within(t), first, []byte(`{"n":3}`)))
	if second == first {
		t.Fatalf("two heads have one version, %q", first)
	}
	version, err = e.SwapHead(within(t), first, []byte(`{"n":4}`))
	expectConflict(t, version, err)
	expectHead(t, e, []byte(`{"n":3}`), second)
	must[string](t)(e.SwapHead(within(t), second, []byte(`{"n":5}`)))
}

func testLargeHead(t *testing.T, e shared.Engine, again func() shared.Engine) {
	data := noise(256 << 10)
	expectHead(t, again(), data, must[string](t)(e.SwapHead(within(t), "", data)))
}

// noise is data that no compression makes smaller.
func noise(n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	_, _ = source.Read(data)
	return data
}

func blobName(serial int, data []byte) string {
	return fmt.Sprintf("state-%d-%x.jsonl.gz", serial, sha256.Sum256(data))
}

func put(t *testing.T, e shared.Engine, name string, data []byte) {
	t.Helper()
	if err := e.PutBlob(within(t), name, int64(len(data)), bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
}

func expectBlob(t *testing.T, e shared.Engine, name string, data []byte) {
	t.Helper()
	r, err := e.Blob(within(t), name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Fatalf("%s has %d bytes, not the %d that were put", name, len(got), len(data))
	}
}

func testBlobs(t *testing.T, e shared.Engine, again func() shared.Engine) {
	must[string](t)(e.SwapHead(within(t), "", []byte("{}")))
	one, two := noise(3<<20+1), noise(100)
	oneName, twoName := blobName(1, one), blobName(2, two)
	put(t, e, oneName, one)
	put(t, again(), oneName, one) // twice is harmless
	expectBlob(t, again(), oneName, one)
	put(t, e, twoName, two)
	expectBlob(t, again(), twoName, two)
	expectBlob(t, again(), oneName, one) // until the head names the second, the first has to be there
	if _, err := e.Blob(within(t), blobName(3, two)); !errors.Is(err, shared.ErrNoBlob) {
		t.Errorf("a blob that is not there, beside others: %v", err)
	}
	expectHead(t, e, []byte("{}"), must[string](t)(version(e, t)))
	if !e.Limits().Parts {
		return // the service itself replaces states, and keeps what it likes of them
	}
	put(t, e, "journal-1-1.gz", nil)
	expectBlob(t, again(), "journal-1-1.gz", nil)

	blobs, now, err := again().Blobs(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, b := range blobs {
		names = append(names, b.Name)
		if age := now.Sub(b.Stored); age < -2*time.Second || age > time.Minute {
			t.Errorf("%s was stored at %v, and the store's time is %v", b.Name, b.Stored, now)
		}
	}
	if diff := cmp.Diff([]string{"journal-1-1.gz", oneName, twoName}, names); diff != "" {
		t.Errorf("blobs (-want +got):\n%s", diff)
	}
	for range 2 {
		if err := e.DeleteBlob(within(t), oneName); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := again().Blob(within(t), oneName); !errors.Is(err, shared.ErrNoBlob) {
		t.Errorf("a blob that was deleted: %v", err)
	}
	expectBlob(t, again(), twoName, two)
}

func version(e shared.Engine, t *testing.T) (string, error) {
	_, v, err := e.Head(within(t))
	return v, err
}

// testLargeBlob puts the state of a million trackings, or at least one of several parts.
func testLargeBlob(t *testing.T, e shared.Engine, again func() shared.Engine) {
	must[string](t)(e.SwapHead(within(t), "", []byte("{}")))
	data := noise(exhaustive.Or(60<<20, 5<<20))
	put(t, e, blobName(1, data), data)
	expectBlob(t, again(), blobName(1, data), data)
}

func testRegister(t *testing.T, e shared.Engine, again func() shared.Engine) {
	r := e.Probe("probe-" + strconv.FormatUint(rand.Uint64(), 36))
	first := must[string](t)(r.Swap(within(t), "", []byte(`{"n":1}`)))
	version, err := r.Swap(within(t), "", []byte(`{"n":2}`))
	expectConflict(t, version, err)
	must[string](t)(r.Swap(within(t), first, []byte(`{"n":3}`)))
	version, err = r.Swap(within(t), first, []byte(`{"n":4}`))
	expectConflict(t, version, err)
	for range 2 {
		if err := r.Remove(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	expectHead(t, again(), nil, "")
	if blobs, _, err := again().Blobs(within(t)); len(blobs) != 0 || err != nil {
		t.Errorf("what a probe leaves: %v, %v", blobs, err)
	}
}

const racers = 50

// testRaceToCreate lets all racers create one register, several times.
func testRaceToCreate(t *testing.T, e shared.Engine, again func() shared.Engine) {
	engines := engines(again)
	for round := range exhaustive.Or(40, 2) {
		name := fmt.Sprintf("probe-race-%d-%d", round, rand.Uint64())
		var winners, refused atomic.Int32
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range racers {
			r := engines[i%len(engines)].Probe(name)
			all.Go(func() {
				<-start
				_, err := r.Swap(within(t), "", fmt.Appendf(nil, `{"racer":%d}`, i))
				switch {
				case err == nil:
					winners.Add(1)
				case errors.Is(err, shared.ErrConflict):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
		if winners.Load() != 1 || refused.Load() != racers-1 {
			t.Fatalf("round %d: %d of %d have won, %d were refused", round, winners.Load(), racers, refused.Load())
		}
		if err := e.Probe(name).Remove(within(t)); err != nil {
			t.Fatal(err)
		}
	}
}

// engines are as many as a run of several machines has.
func engines(again func() shared.Engine) []shared.Engine {
	all := make([]shared.Engine, 5)
	for i := range all {
		all[i] = again()
	}
	return all
}

// testRaceToSwap lets all racers count the head up: none is lost.
func testRaceToSwap(t *testing.T, e shared.Engine, again func() shared.Engine) {
	must[string](t)(e.SwapHead(within(t), "", []byte(`{"n":0}`)))
	engines, increments := engines(again), exhaustive.Or(300, 60)
	var left atomic.Int32
	left.Store(int32(increments))
	var all sync.WaitGroup
	for i := range racers {
		e := engines[i%len(engines)]
		all.Go(func() {
			for left.Add(-1) >= 0 {
				for !increment(t, e) && !t.Failed() {
				}
			}
		})
	}
	all.Wait()
	data, _, err := e.Head(within(t))
	if want := fmt.Sprintf(`{"n":%d}`, increments); err != nil || string(data) != want {
		t.Fatalf("after %d increments the head is %s, %v", increments, data, err)
	}
}

// increment reports whether it has won.
func increment(t *testing.T, e shared.Engine) bool {
	data, version, err := e.Head(within(t))
	if err != nil {
		t.Error(err)
		return false
	}
	var n int
	if _, err := fmt.Sscanf(string(data), `{"n":%d}`, &n); err != nil {
		t.Error(err)
		return false
	}
	_, err = e.SwapHead(within(t), version, fmt.Appendf(nil, `{"n":%d}`, n+1))
	if err != nil && !errors.Is(err, shared.ErrConflict) {
		t.Error(err)
	}
	return err == nil
}

// testContext ends every method by its context.
func testContext(t *testing.T, e shared.Engine, again func() shared.Engine) {
	must[string](t)(e.SwapHead(within(t), "", []byte("{}")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, head := e.Head(ctx)
	_, swap := e.SwapHead(ctx, "", nil)
	_, blob := e.Blob(ctx, "state-1-00")
	for what, err := range map[string]error{"Head": head, "SwapHead": swap, "Blob": blob, "PutBlob": e.PutBlob(ctx, "state-1-00", 1, bytes.NewReader([]byte("x")))} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that has ended: %v", what, err)
		}
	}
	if data, _, err := again().Head(within(t)); err != nil || string(data) != "{}" {
		t.Errorf("the head afterwards: %q, %v", data, err)
	}
}

// testNeighbours keeps states apart whose names begin alike.
func (c contract) testNeighbours(t *testing.T) {
	name := c.run + "-near"
	names := []string{name, name + "2", name + "/2", name + "/2/3"}
	data := map[string][]byte{}
	for i, n := range names {
		data[n] = fmt.Appendf(nil, "the state %d", i)
		e := c.open(t, n)
		must[string](t)(e.SwapHead(within(t), "", fmt.Appendf(nil, `{"n":%d}`, i)))
		put(t, e, blobName(1, data[n]), data[n])
	}
	for i, n := range names {
		e := c.open(t, n)
		expectHead(t, e, fmt.Appendf(nil, `{"n":%d}`, i), must[string](t)(version(e, t)))
		expectBlob(t, e, blobName(1, data[n]), data[n])
		blobs, _, err := e.Blobs(within(t))
		if want := 1; err != nil || e.Limits().Parts && len(blobs) != want {
			t.Errorf("the blobs of %s are %v, %v", n, blobs, err)
		}
	}
}
