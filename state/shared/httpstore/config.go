package httpstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/settings"
)

// Config is the backend block. Methods that are empty are Terraform's, an empty
// UnlockAddress is LockAddress, and without that the service has no locks.
type Config settings.HTTP

// resource is one state of the service: where it is, and where it is locked.
type resource struct {
	address, lock, unlock *url.URL // the latter two nil for a service without locks
}

// journalSuffix ends the name of the state in which the head is.
const journalSuffix = "-journal"

// resources returns where the state is and, beside it, the head.
func (c Config) resources() (state, head resource, err error) {
	if state.address, err = parse("address", c.Address); err != nil {
		return state, head, err
	}
	head.address = beside(state.address, journalSuffix)
	if c.LockAddress == "" {
		if c.UnlockAddress != "" {
			return state, head, errors.New("the http backend has an unlock_address and no lock_address")
		}
		return state, head, nil
	}
	if state.lock, head.lock, err = c.locks("lock_address", c.LockAddress, state, head); err != nil || c.UnlockAddress == "" {
		state.unlock, head.unlock = state.lock, head.lock
		return state, head, err
	}
	state.unlock, head.unlock, err = c.locks("unlock_address", c.UnlockAddress, state, head)
	return state, head, err
}

// locks returns where the state is locked, and where the head is: in the same place
// below its own address.
func (c Config) locks(argument, value string, state, head resource) (*url.URL, *url.URL, error) {
	lock, err := parse(argument, value)
	if err != nil {
		return nil, nil, err
	}
	below, ok := strings.CutPrefix(lock.Path, state.address.Path)
	if !ok || lock.Scheme != state.address.Scheme || lock.Host != state.address.Host || below != "" && !strings.HasPrefix(below, "/") {
		return nil, nil, fmt.Errorf("%s of the http backend must be the address or lie below it (%s/lock), since tmsync locks %s in the same way", argument, shown(state.address), shown(head.address))
	}
	headLock := *lock
	headLock.Path, headLock.RawPath = head.address.Path+below, ""
	return lock, &headLock, nil
}

func parse(argument, value string) (*url.URL, error) {
	if value == "" {
		return nil, fmt.Errorf("the http backend has no %s", argument)
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		// The error of url has the address, and somebody may have written a password into it.
		return nil, fmt.Errorf("%s of the http backend is no address", argument)
	case u.User != nil:
		return nil, fmt.Errorf("%s of the http backend has a user or a password in it: they belong into username and password, since addresses are shown", argument)
	}
	if err := shared.CheckAddress(u); err != nil {
		return nil, fmt.Errorf("%s of the http backend: %w", argument, err)
	}
	return u, nil
}

// beside is an address whose last element ends with a suffix.
func beside(u *url.URL, suffix string) *url.URL {
	b := *u
	b.Path, b.RawPath = strings.TrimSuffix(u.Path, "/")+suffix, ""
	return &b
}

// below is an address under another one.
func below(u *url.URL, elements ...string) *url.URL { return u.JoinPath(elements...) }

// shown is an address for people. What follows its path may be a token.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// client makes the client, which neither retries nor follows a redirect elsewhere.
func (c Config) client() (*http.Client, error) {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("the transport of this program is of an unknown kind, %T", http.DefaultTransport)
	}
	transport = transport.Clone()
	settings := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.SkipCertVerification}
	if c.ClientCAPEM != "" {
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM([]byte(c.ClientCAPEM)) {
			return nil, errors.New("client_ca_certificate_pem of the http backend has no certificate")
		}
	}
	if (c.ClientCertPEM == "") != (c.ClientKeyPEM == "") {
		return nil, errors.New("the http backend has one of client_certificate_pem and client_private_key_pem: it takes both or neither")
	}
	if c.ClientCertPEM != "" {
		pair, err := tls.X509KeyPair([]byte(c.ClientCertPEM), []byte(c.ClientKeyPEM))
		if err != nil {
			return nil, fmt.Errorf("client_certificate_pem of the http backend: %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	transport.TLSClientConfig = settings
	return shared.Client(transport), nil
}

// or is a value, or what stands for an empty one.
func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
