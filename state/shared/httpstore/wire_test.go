package httpstore_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/httpstore"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

const secret = "http-secret-for-tests"

func expectPermanent(t *testing.T, err error, says string) {
	t.Helper()
	if permanent := (*shared.PermanentError)(nil); !errors.As(err, &permanent) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v; want one for good that says %q", err, says)
	}
	expectNoSecret(t, err)
}

func expectNoSecret(t *testing.T, err error) {
	t.Helper()
	if err != nil && (strings.Contains(err.Error(), secret) || strings.ContainsAny(err.Error(), "\r\n")) {
		t.Errorf("the error has the password, or several lines: %q", err)
	}
}

// TestConfig refuses addresses by which something would leak.
func TestConfig(t *testing.T) {
	const address = "https://gitlab.example.com/api/v4/projects/7/terraform/state/parcels"
	for _, test := range []struct {
		says   string
		config httpstore.Config
	}{
		{"no address", httpstore.Config{}},
		{"use https", httpstore.Config{Address: "http://gitlab.example.com/state"}},
		{"use https", httpstore.Config{Address: "http://192.168.0.1/state"}},
		{"no address of a store", httpstore.Config{Address: "ftp://gitlab.example.com/state"}},
		{"no address of a store", httpstore.Config{Address: "/state"}},
		{"is no address", httpstore.Config{Address: "https://user:" + secret + "@gitlab.example.com:port/state"}},
		{"belong into username", httpstore.Config{Address: "https://user:" + secret + "@gitlab.example.com/state"}},
		{"must be the address or lie below it", httpstore.Config{Address: address, LockAddress: "https://elsewhere.example.com/lock"}},
		{"must be the address or lie below it", httpstore.Config{Address: address, LockAddress: address + "-other/lock"}},
		{"unlock_address and no lock_address", httpstore.Config{Address: address, UnlockAddress: address}},
		{"no certificate", httpstore.Config{Address: address, ClientCAPEM: "none"}},
		{"both or neither", httpstore.Config{Address: address, ClientCertPEM: "one"}},
	} {
		_, err := httpstore.Open(t.Context(), test.config)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("the error is %v; want one that says %q", err, test.says)
		}
		expectNoSecret(t, err)
	}
	for _, plain := range []string{"http://localhost:1/state", "http://127.0.0.2/state", "http://[::1]:1/state"} {
		open(t, httpstore.Config{Address: plain})
	}
	if e := open(t, httpstore.Config{Address: address + "?token=" + secret}); e.Name() != address {
		t.Errorf("the state is named %s", e.Name())
	}
}

// TestRedirect follows nothing but a reading within the origin.
func TestRedirect(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL+"/state?token="+secret, status))
		t.Cleanup(server.Close)
		e := open(t, httpstore.Config{Address: server.URL + "/state", LockAddress: server.URL + "/state", Username: "user", Password: secret})
		_, _, err := e.Head(t.Context())
		expectPermanent(t, err, "another origin")
		_, err = e.SwapHead(t.Context(), "1", []byte("{}"))
		expectPermanent(t, err, "another origin")
		expectPermanent(t, e.(shared.Locker).Lock(t.Context(), "1", []byte("{}")), "another origin")
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d requests went to another origin", n)
	}

	within := http.NewServeMux()
	within.HandleFunc("GET /old-journal", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new-journal", http.StatusFound) })
	within.HandleFunc("POST /old-journal", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new-journal", http.StatusFound) })
	within.HandleFunc("GET /new-journal", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"version":4,"serial":7,"lineage":"tmsync","tmsync":"e30="}`)
	})
	server := httptest.NewServer(within)
	t.Cleanup(server.Close)
	e := open(t, httpstore.Config{Address: server.URL + "/old"})
	if data, version, err := e.Head(t.Context()); err != nil || string(data) != "{}" || version != "7" {
		t.Errorf("a reading that is redirected within the origin: %q %q %v", data, version, err)
	}
	_, err := e.SwapHead(t.Context(), "7", []byte("{}"))
	expectPermanent(t, err, "redirects a POST") // it must not become a GET that looks like success
}

// TestRefusals says what to do about what services say.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		status    int
		permanent bool
		says      string
	}{
		{400, true, "400"}, {401, true, "TF_HTTP_PASSWORD"}, {403, true, "Maintainer"}, {409, true, "lock"}, {423, true, "lock"},
		{413, true, "max_terraform_state_size_bytes"}, {429, false, "429"}, {500, false, "500"}, {501, true, "501"}, {503, false, "503"},
	} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "said\n"+strings.Repeat("so ", 1000), test.status)
			}))
			t.Cleanup(server.Close)
			_, err := open(t, httpstore.Config{Address: server.URL + "/state", Username: "user", Password: secret}).SwapHead(t.Context(), "1", []byte("{}"))
			if test.permanent {
				expectPermanent(t, err, test.says)
			} else if permanent := (*shared.PermanentError)(nil); err == nil || errors.As(err, &permanent) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v; want one that another try may change", err)
			}
			if len(err.Error()) > 800 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// TestForeignState touches nothing that is not ours.
func TestForeignState(t *testing.T) {
	config := gitlab(t, &storetest.GitLab{})
	c := config("terraform")
	r, err := http.NewRequest(http.MethodPost, c.Address, strings.NewReader(`{"version":4,"serial":3,"lineage":"b0b","resources":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(c.Username, c.Password)
	r.Header.Set("Content-Type", "application/json")
	if _, err := http.DefaultClient.Do(r); err != nil {
		t.Fatal(err)
	}
	_, err = open(t, c).SwapHead(t.Context(), "", []byte("{}"))
	expectPermanent(t, err, "another tool")
	c.Address = strings.TrimSuffix(c.Address, "terraform") + "nothing"
	c.LockAddress, c.UnlockAddress = "", ""
	if _, err := open(t, c).SwapHead(t.Context(), "", []byte("{}")); err != nil {
		t.Errorf("an address where nothing is: %v", err)
	}
}

// TestLock takes both locks with one id, names it in every write, and is fenced by
// the service where somebody has broken the lock.
func TestLock(t *testing.T) {
	g := &storetest.GitLab{}
	config := gitlab(t, g)
	a, b := open(t, config("parcels")), open(t, config("parcels"))
	lock := func(e shared.Engine, id string) error {
		info := fmt.Sprintf(`{"ID":%q,"Operation":"apply %[1]s","Info":"of %[1]s","Who":"w","Version":"1","Created":"2026-01-01T00:00:00Z","Path":""}`, id)
		return e.(shared.Locker).Lock(t.Context(), id, []byte(info))
	}
	unlock := func(e shared.Engine, id string) error { return e.(shared.Locker).Unlock(t.Context(), id) }
	for range 2 { // the answer to the first may be lost
		if err := lock(a, "A"); err != nil {
			t.Fatal(err)
		}
	}
	version, err := a.SwapHead(t.Context(), "", []byte(`{"by":"A"}`))
	if err != nil {
		t.Fatal(err)
	}
	var locked *shared.ServiceLockedError
	if err := lock(b, "B"); !errors.As(err, &locked) || locked.ID != "A" || strings.Contains(string(locked.Info), "of B") {
		t.Errorf("a lock that is held: %v, by %+v", err, locked)
	}
	if err := unlock(b, "B"); !errors.As(err, &locked) && err != nil {
		t.Errorf("to give back what is another's: %v", err)
	}
	if _, err := b.SwapHead(t.Context(), version, []byte(`{"by":"B"}`)); err == nil || errors.Is(err, shared.ErrConflict) {
		t.Errorf("a write beside the lock: %v", err)
	}
	// A taker-over breaks the lock by its holder's id.
	if err := unlock(b, "A"); err != nil {
		t.Fatal(err)
	}
	if err := unlock(b, "A"); err != nil {
		t.Errorf("a lock that is not there any more: %v", err)
	}
	if err := lock(b, "B"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.SwapHead(t.Context(), version, []byte(`{"by":"A again"}`)); err == nil {
		t.Error("a zombie writes")
	}
	if _, err := b.SwapHead(t.Context(), version, []byte(`{"by":"B"}`)); err != nil {
		t.Errorf("who holds the lock: %v", err)
	}
	g.Break("parcels-journal")
	if _, err := b.SwapHead(t.Context(), "2", []byte(`{}`)); err == nil {
		t.Error("a write after somebody has broken the lock")
	}
}

// TestLatest finds the state that the head names in a service that keeps only one.
func TestLatest(t *testing.T) {
	config := gitlab(t, &storetest.GitLab{OnlyLatest: true, SameSerial: true, NoLocks: true})
	e := open(t, config("parcels"))
	if _, err := e.SwapHead(t.Context(), "", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	names := []string{"state-1-aa.jsonl.gz", "state-2-bb.jsonl.gz", "state-3-cc.jsonl.gz"}
	for i, name := range names {
		for range 2 { // the second time as after an answer that was lost
			if err := open(t, config("parcels")).PutBlob(t.Context(), name, 1, strings.NewReader(name)); err != nil {
				t.Fatal(err)
			}
		}
		for _, there := range names[max(0, i-1) : i+1] {
			r, err := e.Blob(t.Context(), there)
			if err != nil {
				t.Fatalf("%s after %s was put: %v", there, name, err)
			}
			if data, err := io.ReadAll(r); err != nil || string(data) != there {
				t.Errorf("%s has %q, %v", there, data, err)
			}
		}
	}
}
