package shared

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/tmsync/tmsync/internal/loopback"
)

// PermanentError is a refusal that no second try changes: no access, no such
// bucket, a redirect to somebody else. What was to be written is not written.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// Client returns a client for a store over HTTP. Credentials and states go to the
// origin that was named and to nobody else: over https except to this machine, and
// a redirect is followed only for reading and only within the origin.
func Client(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: guarded{t}, CheckRedirect: checkRedirect}
}

// guarded sends nothing in clear to another machine.
type guarded struct{ next http.RoundTripper }

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := CheckAddress(r.URL); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return g.next.RoundTrip(r)
}

// CheckAddress reports an error for an address over which a state must not travel.
func CheckAddress(u *url.URL) error {
	switch {
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "http" && loopback.Host(u.Hostname()):
		return nil
	case u.Scheme == "http" && u.Host != "":
		return &PermanentError{fmt.Errorf("%s is plain http, over which anybody on the way reads the state and its password: use https; plain http is for this machine alone", origin(u))}
	}
	return &PermanentError{fmt.Errorf("%q is no address of a store: it begins with https:// and a host", u.Redacted())}
}

const mostRedirects = 5

func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case origin(r.URL) != origin(first.URL):
		return &PermanentError{fmt.Errorf("%s redirects to another origin, %s: neither the state nor its password go there; name the address itself if it is right", origin(first.URL), origin(r.URL))}
	case first.Method != http.MethodGet && first.Method != http.MethodHead:
		// What was to be written must not become a reading that looks like success.
		return &PermanentError{fmt.Errorf("%s redirects a %s to %s: name that address itself", origin(first.URL), first.Method, r.URL.Redacted())}
	case len(via) >= mostRedirects:
		return &PermanentError{errors.New(origin(first.URL) + " redirects without an end")}
	}
	return nil
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
