package httpstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state/shared"
)

// document is what the service keeps. It is shaped like a state of Terraform's,
// since services look for the serial; ours is one string, which no check of the
// service counts the elements of.
type document struct {
	Version  int      `json:"version"`
	Serial   uint64   `json:"serial"`
	Lineage  string   `json:"lineage"`
	Blob     string   `json:"blob,omitempty"` // the name of the state's blob
	Data     []byte   `json:"tmsync"`
	Previous *earlier `json:"previous,omitempty"`
}

// earlier is the state that a document replaced.
type earlier struct {
	Blob string `json:"blob"`
	Data []byte `json:"tmsync"`
}

const (
	documentVersion = 4
	documentLineage = "tmsync"
	// mostBody bounds what is read of an answer: a state of a million trackings has
	// 75 MB in base64.
	mostBody = 512 << 20
	// mostSaid bounds what is shown of a refusal.
	mostSaid = 300
)

// answer is a response that was read whole.
type answer struct {
	status int
	method string
	url    *url.URL
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

func (e *engine) do(ctx context.Context, method string, u *url.URL, body []byte) (answer, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), reader)
	if err != nil {
		return answer{}, &shared.PermanentError{Err: fmt.Errorf("%s %s cannot be asked", method, shown(u))}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json")
	if e.config.Username != "" {
		r.SetBasicAuth(e.config.Username, e.config.Password)
	}
	response, err := e.client.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, shown(u), withoutURL(err))
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, mostBody+1))
	switch {
	case err != nil:
		return answer{}, fmt.Errorf("%s %s: %w", method, shown(u), err)
	case len(data) > mostBody:
		return answer{}, &shared.PermanentError{Err: fmt.Errorf("%s %s: the answer has more than %d bytes", method, shown(u), mostBody)}
	}
	return answer{status: response.StatusCode, method: method, url: u, body: data}, nil
}

// withoutURL is an error without the whole address, whose query may be a token.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// get reads a document, nil where there is none.
func (e *engine) get(ctx context.Context, u *url.URL) (*document, error) {
	a, err := e.do(ctx, http.MethodGet, u, nil)
	switch {
	case err != nil:
		return nil, err
	case a.status == http.StatusNotFound, a.ok() && len(a.body) == 0:
		return nil, nil
	case !a.ok():
		return nil, a.refusal("reading")
	}
	var d document
	if err := json.Unmarshal(a.body, &d); err != nil {
		return nil, &shared.PermanentError{Err: fmt.Errorf("GET %s: what is there is no state of tmsync: %w", shown(u), err)}
	}
	if d.Lineage != documentLineage || d.Data == nil {
		return nil, &shared.PermanentError{Err: fmt.Errorf("GET %s: what is there is the state of another tool: give tmsync an address of its own", shown(u))}
	}
	return &d, nil
}

// post writes a document, ErrConflict where its serial is taken.
func (e *engine) post(ctx context.Context, u *url.URL, lockID string, d document) error {
	d.Version, d.Lineage = documentVersion, documentLineage
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if lockID != "" {
		with := *u
		query := with.Query()
		query.Set("ID", lockID)
		with.RawQuery = query.Encode()
		u = &with
	}
	a, err := e.do(ctx, or(e.config.UpdateMethod, http.MethodPost), u, body)
	switch {
	case err != nil:
		return err
	case a.ok():
		return nil
	case a.status == http.StatusUnprocessableEntity, a.status == http.StatusPreconditionFailed:
		return shared.ErrConflict
	case a.status == http.StatusLocked, a.status == http.StatusConflict:
		return &shared.PermanentError{Err: fmt.Errorf("writing to %s: %w", shown(u), a.lockedBy(nil))}
	case a.status == http.StatusRequestEntityTooLarge:
		return &shared.PermanentError{Err: fmt.Errorf("writing to %s: the service takes no state of %d bytes: raise its limit (GitLab: max_terraform_state_size_bytes), or use the s3 or pg backend", shown(u), len(body))}
	}
	return a.refusal("writing")
}

// refusal returns what the service answered. Only 408, 429 and its own failures are
// worth another try.
func (a answer) refusal(what string) error {
	said := text.Shorten(text.OneLine(string(a.body)), mostSaid)
	err := fmt.Errorf("%s: %s %s was answered with %d %s", what, a.method, shown(a.url), a.status, http.StatusText(a.status))
	if said != "" {
		err = fmt.Errorf("%w: %q", err, said)
	}
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return &shared.PermanentError{Err: fmt.Errorf("%w; check username and password (TF_HTTP_USERNAME, TF_HTTP_PASSWORD), and what they may do: on GitLab a Developer reads, a Maintainer writes and locks", err)}
	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooManyRequests, a.status >= 500 && a.status != http.StatusNotImplemented:
		return err
	}
	return &shared.PermanentError{Err: err}
}
