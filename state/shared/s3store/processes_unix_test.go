//go:build unix

package s3store_test

import (
	"crypto/rand"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/s3store"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// TestProcesses is what real processes do to each other over a real server.
func TestProcesses(t *testing.T) {
	own(t)
	sharedtest.Process(openAt(t))
	at := storetest.Real(t, storetest.RealS3)
	sharedtest.Processes(t, at.String(), openAt(t))
}

// openAt opens http://KEY:SECRET@HOST/BUCKET/KEY.
func openAt(t *testing.T) func(at string) (shared.Engine, error) {
	return func(at string) (shared.Engine, error) {
		u, err := url.Parse(at)
		if err != nil {
			return nil, err
		}
		bucket, key, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
		secret, _ := u.User.Password()
		return s3store.Open(t.Context(), s3store.Config{
			Bucket: bucket, Key: key, Region: "us-east-1", AccessKey: u.User.Username(), SecretKey: secret,
			Endpoint: "http://" + u.Host, UsePathStyle: true,
		})
	}
}

// TestLostAnswers goes on where the store has carried out what it does not say.
func TestLostAnswers(t *testing.T) {
	own(t)
	server := httptest.NewServer(storetest.S3(t, "acme"))
	t.Cleanup(server.Close)
	for name, u := range map[string]*url.URL{"memory": parsed(t, server.URL), "real": nil} {
		t.Run(name, func(t *testing.T) {
			key := "/acme/dropped/" + rand.Text()
			if u == nil {
				u = storetest.Real(t, storetest.RealS3)
				key = u.Path + "/dropped/" + rand.Text()
			} else {
				u.User = url.UserPassword("tester", "s3-secret-for-tests")
			}
			address, dropped := storetest.Drop(t, u.Host, 3, "PUT /")
			e, err := openAt(t)("http://" + u.User.String() + "@" + address + key)
			if err != nil {
				t.Fatal(err)
			}
			sharedtest.Dropping(t, e, dropped)
		})
	}
}

func parsed(t *testing.T, address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
