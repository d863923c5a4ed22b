//go:build unix

package pgstore_test

import (
	"crypto/rand"
	"net/url"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/pgstore"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// TestProcesses is what real processes do to each other over a real server.
func TestProcesses(t *testing.T) {
	sharedtest.Process(openAt(t))
	at := storetest.Real(t, storetest.RealPG)
	sharedtest.Processes(t, at.String(), openAt(t))
}

// openAt opens a connection string with the state's name as its fragment.
func openAt(t *testing.T) func(at string) (shared.Engine, error) {
	return func(at string) (shared.Engine, error) {
		u, err := url.Parse(at)
		if err != nil {
			return nil, err
		}
		name := u.Path
		u.Path = "/postgres"
		return pgstore.Open(t.Context(), pgstore.Config{ConnStr: u.String(), Schema: "processes", Name: name})
	}
}

// TestLostAnswers goes on where the server has carried out what it does not say.
func TestLostAnswers(t *testing.T) {
	u := storetest.Real(t, storetest.RealPG)
	address, dropped := storetest.Drop(t, u.Host, 3, "UPDATE", "INSERT")
	u.Host = address
	u.Path += "/dropped/" + rand.Text()
	e, err := openAt(t)(u.String())
	if err != nil {
		t.Fatal(err)
	}
	sharedtest.Dropping(t, e, dropped)
}
