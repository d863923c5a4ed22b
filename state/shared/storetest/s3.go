package storetest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// S3 returns an S3 server with buckets, all in memory. It looks at no signatures.
func S3(t testing.TB, buckets ...string) http.Handler {
	t.Helper()
	backend := s3mem.New()
	for _, b := range buckets {
		if err := backend.CreateBucket(b); err != nil {
			t.Fatal(err)
		}
	}
	return gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
}

// Unconditional is an S3 server that ignores conditions.
func Unconditional(s3 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Match")
		r.Header.Del("If-None-Match")
		s3.ServeHTTP(w, r)
	})
}

// Unlocked is an S3 server that checks conditions, and writes some time later. One
// request after the other it is right.
func Unlocked(s3 http.Handler, between time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		match, noneMatch := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
		if r.Method == http.MethodPut && match+noneMatch != "" {
			there := httptest.NewRecorder()
			s3.ServeHTTP(there, httptest.NewRequest(http.MethodHead, r.URL.String(), nil))
			if noneMatch != "" && there.Code == http.StatusOK || match != "" && there.Header().Get("ETag") != match {
				http.Error(w, "<Error><Code>PreconditionFailed</Code></Error>", http.StatusPreconditionFailed)
				return
			}
			time.Sleep(between)
		}
		Unconditional(s3).ServeHTTP(w, r)
	})
}
