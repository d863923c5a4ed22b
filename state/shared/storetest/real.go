package storetest

import (
	"net/url"
	"os"
	"testing"
)

// The variables in which .ci/stores says where the real servers are.
const (
	RealS3        = "TMSYNC_TEST_S3"        // http://KEY:SECRET@HOST/BUCKET
	RealPG        = "TMSYNC_TEST_PG"        // a connection string
	RealPGBouncer = "TMSYNC_TEST_PGBOUNCER" // the same server behind a pooler in transaction mode
)

// Real returns where a real server is. Without one the test is skipped: in CI,
// .ci/stores has started it, or has failed.
func Real(t testing.TB, variable string) *url.URL {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		t.Skipf("%s is not set: run the test by .ci/stores to have the server", variable)
	}
	u, err := url.Parse(value)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
