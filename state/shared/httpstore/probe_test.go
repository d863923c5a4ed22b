package httpstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// TestProbe takes a service that fences, warns of one that only locks, and refuses
// one that does neither.
func TestProbe(t *testing.T) {
	for _, test := range []struct {
		name              string
		service           *storetest.GitLab
		refused, unfenced bool
	}{
		{"serials and locks", &storetest.GitLab{}, false, false},
		{"serials", &storetest.GitLab{NoLocks: true}, false, false},
		{"locks", &storetest.GitLab{SameSerial: true}, false, true},
		{"locks, and nothing is deleted", &storetest.GitLab{SameSerial: true, NoDelete: true, OnlyLatest: true}, false, true},
		{"neither", &storetest.GitLab{SameSerial: true, NoLocks: true}, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			unfenced := false
			config := gitlab(t, test.service)
			store := shared.New(open(t, config("parcels")), shared.Options{Unfenced: func() { unfenced = true }})
			s, err := state.Open(t.Context(), store, state.OpenOptions{Tool: "tmsync/test", LockTimeout: time.Second})
			if err == nil {
				err = s.Close()
			}
			if refused := errors.As(err, new(*shared.ProbeError)); refused != test.refused || !refused && err != nil {
				t.Errorf("the error is %v", err)
			}
			if unfenced != test.unfenced {
				t.Errorf("a warning was given: %t", unfenced)
			}
		})
	}
}
