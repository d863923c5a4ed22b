package httpstore_test

import (
	"crypto/rand"
	"net/http/httptest"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/httpstore"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// gitlab starts a service and returns the backend of a state in it.
func gitlab(t *testing.T, g *storetest.GitLab) func(name string) httpstore.Config {
	t.Helper()
	g.Username, g.Password = "gitlab-ci-token", "http-secret-for-tests"
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return func(name string) httpstore.Config {
		address := server.URL + "/api/v4/projects/7/terraform/state/" + name
		c := httpstore.Config{Address: address, Username: g.Username, Password: g.Password}
		if !g.NoLocks {
			c.LockAddress, c.UnlockAddress, c.LockMethod, c.UnlockMethod = address+"/lock", address+"/lock", "POST", "DELETE"
		}
		return c
	}
}

func open(t testing.TB, c httpstore.Config) shared.Engine {
	t.Helper()
	e, err := httpstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContract(t *testing.T) {
	for name, service := range map[string]*storetest.GitLab{
		"GitLab":           {},
		"only the latest":  {OnlyLatest: true},
		"nothing deleted":  {NoDelete: true},
		"without any lock": {NoLocks: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := gitlab(t, service)
			t.Run("engine", func(t *testing.T) {
				storetest.Contract(t, func(t *testing.T, name string) shared.Engine { return open(t, config(name)) })
			})
			t.Run("protocol", func(t *testing.T) {
				if name != "GitLab" {
					exhaustive.Only(t)
				}
				sharedtest.Contract(t, func(t testing.TB) func() shared.Engine {
					name := "protocol-" + rand.Text()
					return func() shared.Engine { return open(t, config(name)) }
				})
			})
		})
	}
}
