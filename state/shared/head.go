package shared

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tmsync/tmsync/state"
)

const (
	headFormat  = "tmsync-head"
	headVersion = 1

	maxHead     = 96 << 10 // bytes, where parts of the journal are blobs of their own
	maxHeadSole = 32 << 20 // bytes, where the head has all of the journal
	maxPrevious = 5        // states before the present one that are kept
	maxTTL      = 24 * time.Hour
)

// head is the one value that is replaced: whoever replaces it has won.
type head struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Write is random in every write, so that no two heads are the same bytes. A writer
	// whose answer was lost recognises its own by it.
	Write string `json:"write"`
	Beat  uint64 `json:"beat"`  // counts writes
	Epoch uint64 `json:"epoch"` // counts holders: the fencing token
	// Lock is the holder, or the last one once it is released.
	Lock     *lockInfo  `json:"lock,omitempty"`
	Released bool       `json:"released,omitempty"`
	ForcedAt *time.Time `json:"forced_at,omitempty"` // the lock was broken, and nobody has waited since
	// Unfenced means that the service's own lock is all that keeps two runs apart.
	Unfenced bool        `json:"unfenced,omitempty"`
	State    *stateRef   `json:"state,omitempty"`
	Previous []stateRef  `json:"previous,omitempty"` // the newest first
	Journal  *journalRef `json:"journal,omitempty"`
	Plan     *planRef    `json:"plan,omitempty"`
	// LastRequest is not before the last request. It is by the clock of the machine
	// that wrote it.
	LastRequest *time.Time `json:"last_request,omitempty"`
}

type lockInfo struct {
	ID        string    `json:"id"`
	Operation string    `json:"operation,omitempty"`
	Who       string    `json:"who,omitempty"`
	Host      string    `json:"host,omitempty"`
	PID       int       `json:"pid,omitempty"`
	Since     time.Time `json:"since"`
	Tool      string    `json:"tool,omitempty"`
	TTL       int64     `json:"ttl_ms"` // after so long without a write it is stale
}

// stateRef names a state's blob. Hash is of the state's own bytes.
type stateRef struct {
	Blob    string     `json:"blob"`
	Hash    string     `json:"hash"`
	Serial  uint64     `json:"serial"`
	Lineage string     `json:"lineage"`
	Bytes   int64      `json:"bytes"`  // of the state
	Stored  int64      `json:"stored"` // bytes of the blob
	At      *time.Time `json:"at,omitempty"`
}

// journalRef is a journal: closed parts, which are blobs, and the tail.
type journalRef struct {
	Epoch uint64 `json:"epoch"`
	First uint64 `json:"first,omitempty"` // number of the first part
	Parts uint64 `json:"parts,omitempty"`
	Last  string `json:"last,omitempty"` // hash of the last part, which has that of the one before
	Tail  []byte `json:"tail,omitempty"` // gzip members
}

// planRef is the saved plan that was begun on a state, or led to it.
type planRef struct {
	ID      string `json:"id"`
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"`
	Applied bool   `json:"applied,omitempty"`
}

// holder returns who holds the lock, nil for nobody.
func (h *head) holder() *lockInfo {
	if h == nil || h.Released {
		return nil
	}
	return h.Lock
}

func (l *lockInfo) ttl() time.Duration {
	return time.Duration(min(max(l.TTL, 0), maxTTL.Milliseconds())) * time.Millisecond
}

// info returns a holder as it may be shown.
func (l *lockInfo) info() *state.Info {
	if l == nil {
		return nil
	}
	const most = 200 // characters of each text
	info := state.Info{
		ID: l.ID, Operation: l.Operation, Who: l.Who, Host: l.Host,
		PID: l.PID, Since: l.Since, Tool: l.Tool,
	}.Visible(most)
	return &info
}

// encode returns the head's bytes. One that is too large for its store is an error.
func (h *head) encode(most int) ([]byte, error) {
	h.Format, h.Version = headFormat, headVersion
	data, err := json.Marshal(h)
	if err == nil && len(data) > most {
		err = fmt.Errorf("the head would take %d bytes, and may have %d", len(data), most)
	}
	return data, err
}

// decode reads a head. It takes nothing that this version does not know, since the
// next write would drop it.
func decode(data []byte) (*head, error) {
	if len(data) > maxHeadSole {
		return nil, fmt.Errorf("it has %d bytes", len(data))
	}
	var named struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return nil, errors.New("it is not JSON, or cut short")
	}
	if named.Format != headFormat {
		return nil, fmt.Errorf("its format is not %s", headFormat)
	}
	if named.Version > headVersion {
		return nil, state.ErrNewer
	}
	var h head
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return nil, errors.New("it has a field that no head of its version has, or a value of another kind")
	}
	refs := h.Previous
	if h.State != nil {
		refs = append([]stateRef{*h.State}, refs...)
	}
	odd := func(r stateRef) bool { return r.Blob == "" || r.Hash == "" || r.Lineage == "" || r.Serial == 0 }
	if h.Write == "" || len(h.Previous) > maxPrevious || slices.ContainsFunc(refs, odd) {
		return nil, errors.New("something in it is missing")
	}
	if j := h.Journal; j != nil && j.Parts > 0 && j.Last == "" {
		return nil, errors.New("the hash of the journal's last part is missing")
	}
	return &h, nil
}

// names lists the blobs that the head names, those of the journal among them.
func (h *head) names() []string {
	var names []string
	if h.State != nil {
		names = append(names, h.State.Blob)
	}
	for _, r := range h.Previous {
		names = append(names, r.Blob)
	}
	if j := h.Journal; j != nil {
		for n := range j.Parts {
			names = append(names, j.part(n))
		}
	}
	return names
}

// part is the name of the journal's n-th part, from 0 on.
func (j *journalRef) part(n uint64) string {
	return fmt.Sprintf("journal-%d-%d.gz", j.Epoch, j.First+n)
}

// stateName is the name of a state's blob.
func stateName(serial uint64, hash string) string {
	return fmt.Sprintf("state-%d-%s.jsonl.gz", serial, hash)
}
