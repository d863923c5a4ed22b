//go:build unix

package httpstore_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/httpstore"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// TestProcesses is what real processes do to each other over GitLab's rules.
func TestProcesses(t *testing.T) {
	sharedtest.Process(openAt(t))
	c := gitlab(t, &storetest.GitLab{})("state")
	sharedtest.Processes(t, c.Address, openAt(t))
}

func openAt(t *testing.T) func(at string) (shared.Engine, error) {
	return func(at string) (shared.Engine, error) {
		return httpstore.Open(t.Context(), httpstore.Config{
			Address: at, Username: "gitlab-ci-token", Password: secret,
			LockAddress: at + "/lock", UnlockAddress: at + "/lock", LockMethod: "POST", UnlockMethod: "DELETE",
		})
	}
}

// TestLostAnswers goes on where the service has carried out what it does not say.
func TestLostAnswers(t *testing.T) {
	c := gitlab(t, &storetest.GitLab{})("dropped")
	u, err := url.Parse(c.Address)
	if err != nil {
		t.Fatal(err)
	}
	address, dropped := storetest.Drop(t, u.Host, 3, "POST /", "DELETE /")
	e, err := openAt(t)(strings.Replace(c.Address, u.Host, address, 1))
	if err != nil {
		t.Fatal(err)
	}
	sharedtest.Dropping(t, e, dropped)
}
