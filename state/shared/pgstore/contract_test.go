package pgstore_test

import (
	"crypto/rand"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/pgstore"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

func open(t testing.TB, c pgstore.Config) shared.Engine {
	t.Helper()
	e, err := pgstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContractReal(t *testing.T)      { testContract(t, storetest.RealPG) }
func TestContractPGBouncer(t *testing.T) { testContract(t, storetest.RealPGBouncer) }

// testContract holds engine and protocol to their contracts, each over states of its
// own.
func testContract(t *testing.T, variable string) {
	address := storetest.Real(t, variable).String()
	state := func(t testing.TB, name string) shared.Engine {
		return open(t, pgstore.Config{ConnStr: address, Schema: `con"tract`, Name: name})
	}
	t.Run("engine", func(t *testing.T) {
		storetest.Contract(t, func(t *testing.T, name string) shared.Engine { return state(t, name) })
	})
	t.Run("protocol", func(t *testing.T) {
		sharedtest.Contract(t, func(t testing.TB) func() shared.Engine {
			name := "protocol/" + rand.Text()
			return func() shared.Engine { return state(t, name) }
		})
	})
}
