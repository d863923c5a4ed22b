package s3store_test

import (
	"crypto/rand"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/s3store"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// own keeps the settings of whoever runs the test out of it.
func own(t *testing.T) {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	empty := t.TempDir() + "/none"
	t.Setenv("AWS_CONFIG_FILE", empty)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", empty)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func open(t testing.TB, c s3store.Config) shared.Engine {
	t.Helper()
	e, err := s3store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// local is the configuration of a server in this process.
func local(endpoint string) s3store.Config {
	return s3store.Config{
		Bucket: "acme", Key: "parcels", Region: "eu-central-1", AccessKey: "tester", SecretKey: "s3-secret-for-tests",
		Endpoint: endpoint, UsePathStyle: true,
	}
}

func TestContract(t *testing.T) {
	own(t)
	server := httptest.NewServer(storetest.S3(t, "acme"))
	t.Cleanup(server.Close)
	hold(t, local(server.URL))
}

func TestContractReal(t *testing.T) {
	own(t)
	hold(t, versity(t))
}

// versity is the configuration of the real server.
func versity(t *testing.T) s3store.Config {
	u := storetest.Real(t, storetest.RealS3)
	secret, _ := u.User.Password()
	return s3store.Config{
		Bucket: strings.Trim(u.Path, "/"), Region: "us-east-1", AccessKey: u.User.Username(), SecretKey: secret,
		Endpoint: "http://" + u.Host, UsePathStyle: true,
	}
}

// hold holds engine and protocol to their contracts, each over states of its own.
func hold(t *testing.T, c s3store.Config) {
	state := func(t testing.TB, name string) shared.Engine {
		c := c
		c.Key = name
		return open(t, c)
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
