// Package state keeps what tmsync last did, so that a plan can tell what the
// files changed from what somebody else changed at the service.
//
// It holds the state's model and file format (Read, State.Write), the place
// where the file lives (Store), and the Session that a run works with: a
// lock, the state, and a journal in which every request is announced before it
// is sent and every outcome is kept once it is proven.
//
// It knows no configuration, sends nothing, and decides nothing about what is
// to be done.
package state

import (
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Record is what is remembered of one tracking.
type Record struct {
	Addr tracking.Addr
	Key  tracking.Key
	// Ref is the service's own id of the tracking, "" where none matters.
	// It is what was last seen: whoever uses it has to bear that it is dead.
	Ref string
	// Applied is what we last applied, and only what is proven; an attribute
	// that is not in it is unproven. Sensitive values are fingerprints
	// (State.Seal), never clear.
	Applied tracking.Attrs
	// LeftAsIs are create-only attributes whose other value was adopted, until the
	// configuration changes.
	LeftAsIs tracking.AttrSet
	// PreventDestroy stands here because two small fields side by side take less room.
	PreventDestroy bool
	// Kept are values that the service shows in another form, each in that form;
	// Awaited are values that were sent, each as the service showed it before, of which
	// the next list tells how the service keeps them. plan's compare has the table.
	// Both are sealed as Applied is.
	Kept, Awaited tracking.Attrs
	// OnRemove outlives the block that set it, as PreventDestroy does. While the block
	// is there, what it says counts.
	OnRemove tracking.OnRemove
	// Origin is how the tracking came to be managed.
	Origin Origin
	// Stays is the carrier to which the service did not move it, or "".
	Stays string
	// Status is the live status last seen (API.md §2.6), "" when never seen.
	Status string
}

// Origin is how a tracking came to be managed. It decides whether it goes with
// its declaration.
type Origin string

// The origins. States that were written before there were any hold only what
// counts as created.
const (
	Created  Origin = ""
	Imported Origin = "imported" // by an import block, or by the command
	Adopted  Origin = "adopted"  // it was declared, and the service had it already
)

// Removal is what becomes of the tracking once nothing declares it any more.
// onRemove is what is written down about that, where something is.
func (r *Record) Removal(onRemove tracking.OnRemove) tracking.OnRemove {
	switch {
	case onRemove != tracking.RemoveDefault:
		return onRemove
	case r.Origin == Adopted:
		return tracking.RemoveForget
	}
	return tracking.RemoveDelete
}

// Equal reports whether two records say the same.
func (r *Record) Equal(o *Record) bool {
	if r == nil || o == nil {
		return r == o
	}
	return r.Addr == o.Addr && r.Key == o.Key && r.Ref == o.Ref && r.Stays == o.Stays && r.Applied.Equal(o.Applied) && r.LeftAsIs == o.LeftAsIs &&
		r.Kept.Equal(o.Kept) && r.Awaited.Equal(o.Awaited) &&
		r.PreventDestroy == o.PreventDestroy && r.onRemove() == o.onRemove() &&
		r.Status == o.Status && r.Origin == o.Origin
}

// onRemove is on_remove in the file: empty where it is what happens
// without it.
func (r *Record) onRemove() tracking.OnRemove {
	if r.OnRemove == r.Removal(tracking.RemoveDefault) {
		return tracking.RemoveDefault
	}
	return r.OnRemove
}

// State is everything that is remembered. It must not be copied, and its
// records must not be changed: other states may share them.
type State struct {
	Lineage string // names one history of states; another one is never mixed in
	Serial  uint64 // counts the states of a lineage; 0 was never written
	Tool    string // what wrote it
	// Endpoint is the base URL of the service, Account the fingerprint of the
	// account (State.AccountFingerprint); "" is unknown.
	Endpoint string
	Account  string
	Salt     string // keys the fingerprints where there is no state key
	KeyID    string // which key made the fingerprints
	// KeyChanged means that another key made the fingerprints in the file. They have
	// been dropped: sensitive attributes count as unproven.
	KeyChanged bool
	Outputs    []Output // sorted by Name
	Records    []Record // sorted by Addr

	signer   *signer // nil where it cannot or must not be signed
	seal     seal    // of the file that it was read from
	key      []byte
	hashers  sync.Pool // of *hasher
	keys     *keyIndex
	indexing sync.Once
}

// New returns a fresh state with a lineage and a salt of its own. The key is
// TMSYNC_STATE_KEY, empty when that is not set.
func New(tool string, key []byte) *State {
	return &State{Lineage: strings.ToLower(rand.Text()), Salt: rand.Text(), Tool: tool, KeyID: KeyID(key), key: slices.Clone(key), signer: newSigner(key)}
}

// Names yields the address and the key of each record.
func (s *State) Names(yield func(tracking.Addr, tracking.Key) bool) {
	for i := range s.Records {
		if r := &s.Records[i]; !yield(r.Addr, r.Key) {
			return
		}
	}
}

// Find returns the record of an address, nil if there is none.
func (s *State) Find(addr tracking.Addr) *Record {
	if i, found := search(s.Records, addr); found {
		return &s.Records[i]
	}
	return nil
}

// ByKey returns the record of a key, nil if there is none.
func (s *State) ByKey(key tracking.Key) *Record {
	if i, found := s.PlaceOf(key); found {
		return &s.Records[i]
	}
	return nil
}

// PlaceOf returns where in Records the record of a key is. The index behind it is built
// at the first call, unless the state was read.
func (s *State) PlaceOf(key tracking.Key) (i int, found bool) {
	s.indexing.Do(func() {
		if s.keys == nil {
			s.keys, _, _, _ = indexKeys(s.Records)
		}
	})
	return s.keys.find(s.Records, key)
}

func search(records []Record, addr tracking.Addr) (int, bool) {
	return slices.BinarySearchFunc(records, addr, func(r Record, a tracking.Addr) int {
		return strings.Compare(string(r.Addr), string(a))
	})
}

// with returns the state with other records and the same header.
func (s *State) with(records []Record) *State {
	return &State{
		Lineage: s.Lineage, Serial: s.Serial, Tool: s.Tool, Endpoint: s.Endpoint, Account: s.Account,
		Salt: s.Salt, KeyID: s.KeyID, KeyChanged: s.KeyChanged, Outputs: s.Outputs, Records: records, key: s.key, signer: s.signer, seal: s.seal,
	}
}

// merge returns the records with changes put in; nil drops a record. Its cost is
// that of one copy, however many changes there are.
func merge(records []Record, changes map[tracking.Addr]*Record) []Record {
	out := make([]Record, 0, len(records)+len(changes))
	for _, addr := range slices.Sorted(maps.Keys(changes)) {
		i, found := search(records, addr)
		out = append(out, records[:i]...)
		if found {
			i++
		}
		records = records[i:]
		if r := changes[addr]; r != nil {
			out = append(out, *r)
		}
	}
	return append(out, records...)
}
