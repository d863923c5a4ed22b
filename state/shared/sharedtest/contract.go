package sharedtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/statetest"
)

// Contract holds the protocol over an engine to its promises. Open makes an empty store, and returns what makes each process's
// way to it. It takes some 10 s by the clock, and nothing in it depends on how fast the
// store is.
func Contract(t *testing.T, open func(testing.TB) func() shared.Engine) {
	for name, test := range map[string]func(*testing.T, func() shared.Engine){
		"probe": contractProbe, "sessions": contractSessions, "many requests": contractManyRequests,
		"race for the lock": contractLock, "takeover": contractTakeover, "zombie": contractZombie, "force-unlock": contractForce,
		"snapshot": contractSnapshot, "saved plan": contractPlan,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func contractProbe(t *testing.T, process func() shared.Engine) {
	st, err := shared.New(process(), shared.Options{}).Verify(t.Context())
	statetest.Must(t, err)
	if st.HeadBytes != 0 || st.Blobs != 0 || len(st.Missing) > 0 {
		t.Errorf("an empty store is %+v", st)
	}
}

// Diff fails the test if two values differ, and shows where.
func Diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, d)
	}
}
