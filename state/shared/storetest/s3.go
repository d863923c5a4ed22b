package storetest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
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

// Torn is an S3 server that keeps content and ETag apart: every other reading has the
// content before the last, under the ETag of the last.
func Torn(s3 http.Handler) http.Handler {
	var mu sync.Mutex
	readings, last, before := 0, map[string][]byte{}, map[string][]byte{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		s3.ServeHTTP(answer, r)
		said := answer.Body.Bytes()
		if r.Method == http.MethodPut && answer.Code == http.StatusOK {
			before[r.URL.Path], last[r.URL.Path] = last[r.URL.Path], body
		}
		if old := before[r.URL.Path]; r.Method == http.MethodGet && answer.Code == http.StatusOK && old != nil {
			if readings++; readings%2 == 0 {
				said = old
			}
		}
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(said)
	})
}
