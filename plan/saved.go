package plan

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// A saved plan is a file of lines, each one JSON object (version 1):
//
//	header   what the plan was made from, with which options, and its counts
//	change   one line for each, sorted as in the plan
//	seal     a MAC over all lines before it
//
// The key of the MACs is derived from the API key, which whoever makes a plan and
// whoever applies it have anyway (SealKey). Sensitive values are not in the file:
// in their place stands a MAC, by which a new plan's can be compared. Version 1 is
// released: it is never changed, only followed by another. Version 2 is that, with
// the answers to data blocks in the header. Version 3 is either of them, and names
// its state, what the patterns of its options selected, and the limits of an apply.
const (
	savedFormat  = "tmsync-plan"
	savedVersion = 1
	dataVersion  = 2
	stateVersion = 3
)

// Bounds of a saved plan that is read.
const (
	maxSavedLine    = 1 << 20  // bytes
	maxSavedHeader  = 64 << 20 // the same, of the first line
	maxSavedChanges = 2_000_000
)

// Header says what a saved plan was made from.
type Header struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	ID      string    `json:"id"` // of this plan, random
	Tool    string    `json:"tool"`
	Created time.Time `json:"created"`
	// The state that it was made from.
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"`
	// Config is a MAC over the configuration's hash, Provider and Endpoint where it
	// is to be applied.
	Config   string `json:"config"`
	Provider string `json:"provider"`
	Endpoint string `json:"endpoint"`
	Options  Saved  `json:"options"`
	Counts   Counts `json:"counts"`
	// Selected is what the patterns of the options stood for.
	Selected []Selected `json:"selected,omitempty"`
	// What it costs, as a Cost: its members may change no place in the file.
	Estimate Estimate `json:"estimate"`
	Facts    Facts    `json:"account"`
	Rate     float64  `json:"rate"` // requests a second, 0 without a limit
	Free     bool     `json:"free"` // the service has no credits to tell of
	Changes  int      `json:"changes"`
	// What data blocks were told, and what that has cost; with answers, the file is of
	// version 2.
	Data    *DataCost     `json:"data,omitempty"`
	Answers []SavedAnswer `json:"answers,omitempty"`
}

// Cost returns what the plan costs.
func (h *Header) Cost() Cost {
	return Cost{Estimate: h.Estimate, Facts: h.Facts, Rate: h.Rate, Free: h.Free, Data: h.Data}
}

// SetCost notes what the plan costs.
func (h *Header) SetCost(c Cost) {
	h.Estimate, h.Facts, h.Rate, h.Free, h.Data = c.Estimate, c.Facts, c.Rate, c.Free, c.Data
}

// Saved are the options that a plan was made with: applying it makes it again.
type Saved struct {
	Destroy      bool     `json:"destroy,omitempty"`
	RefreshOnly  bool     `json:"refresh_only,omitempty"`
	Refresh      string   `json:"refresh,omitempty"`
	Mode         string   `json:"mode,omitempty"`
	Targets      []string `json:"targets,omitempty"`
	Excludes     []string `json:"excludes,omitempty"`
	Replace      []string `json:"replace,omitempty"`
	AllowDeletes *int     `json:"allow_deletes,omitempty"`
	AllowMissing *int     `json:"allow_missing,omitempty"`
	AllowCredits int      `json:"allow_credits,omitempty"`
	// State is the file of the state, relative to the configuration's directory;
	// a plan of an earlier version does not name it.
	State string `json:"state,omitempty"`
	// MaxRequests and MaxDuration limit an apply; one that is given then goes before.
	MaxRequests *int   `json:"max_requests,omitempty"`
	MaxDuration string `json:"max_duration,omitempty"`
	// Vars are --var and --var-file of variables that are not sensitive.
	Vars []SavedVar `json:"vars,omitempty"`
}

// SavedVar is one --var or one --var-file: one of the two is set.
type SavedVar struct {
	Assign string `json:"var,omitempty"`
	File   string `json:"var_file,omitempty"`
}

// savedChange is a change in the file.
type savedChange struct {
	Addr    tracking.Addr `json:"address"`
	From    tracking.Addr `json:"from,omitempty"`
	Action  Action        `json:"action"`
	Reason  Reason        `json:"reason"`
	Key     string        `json:"key"`
	OldKey  string        `json:"old_key,omitempty"`
	OldAddr tracking.Addr `json:"old_address,omitempty"`
	Taken   bool          `json:"taken,omitempty"`
	Fields  []savedField  `json:"fields,omitempty"`
	// Seen is a MAC over what the service had, for what would be lost or moved.
	Seen string `json:"seen,omitempty"`
	File string `json:"file,omitempty"` // where it is declared
	Line int    `json:"line,omitempty"`
}

// savedField is an attribute of a change. Of a sensitive one, FromMAC and ToMAC
// stand for the values.
type savedField struct {
	Name    string `json:"name"`
	From    string `json:"from,omitempty"`
	FromMAC string `json:"from_mac,omitempty"`
	To      string `json:"to,omitempty"`
	ToMAC   string `json:"to_mac,omitempty"`
	Known   bool   `json:"known,omitempty"`
	Drift   bool   `json:"drift,omitempty"`
	Force   bool   `json:"force,omitempty"`
	Secret  bool   `json:"secret,omitempty"`
}

type seal struct {
	MAC string `json:"mac"`
}

// SealKey is the key that authenticates saved plans of one account and one
// lineage of states.
type SealKey []byte

// NewSealKey derives the key from the API key.
func NewSealKey(apiKey, lineage string) SealKey {
	return mac([]byte(apiKey), "tmsync saved plan", lineage)
}

// Text gives a MAC over a text, such as the configuration's hash.
func (k SealKey) Text(what, text string) string {
	return base64.RawURLEncoding.EncodeToString(mac(k, what, text))
}

// Same says whether a MAC is that of a text.
func (k SealKey) Same(what, text, mac string) bool {
	return hmac.Equal([]byte(k.Text(what, text)), []byte(mac))
}

// mac separates its parts by their lengths, so that no two inputs run together.
func mac(key []byte, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return m.Sum(nil)
}

// Save writes a plan to a file. The header's Format, Version, Counts, Selected and
// Changes are filled in.
func Save(out io.Writer, key SealKey, h Header, p *Plan) error {
	h.Format, h.Counts, h.Selected, h.Changes = savedFormat, p.Counts, p.Selected, len(p.Changes)
	h.Version = h.version()
	sum := hmac.New(sha256.New, key)
	buf := bufio.NewWriterSize(out, 1<<16)
	w := json.NewEncoder(io.MultiWriter(buf, sum))
	w.SetEscapeHTML(false)
	err := w.Encode(h)
	for i := range p.Changes {
		if err == nil {
			err = w.Encode(key.change(&p.Changes[i]))
		}
	}
	if err != nil {
		return err
	}
	last := json.NewEncoder(buf)
	if err := last.Encode(seal{base64.RawURLEncoding.EncodeToString(sum.Sum(nil))}); err != nil {
		return err
	}
	return buf.Flush()
}

// version is the version that can hold a header: the lowest one.
func (h *Header) version() int {
	switch {
	case h.Options.State != "" || h.Options.MaxRequests != nil || h.Options.MaxDuration != "", h.Options.AllowCredits > 0, len(h.Selected) > 0:
		return stateVersion
	case h.Data != nil || len(h.Answers) > 0:
		return dataVersion
	}
	return savedVersion
}

// change brings a change into the form of the file.
func (k SealKey) change(c *Change) savedChange {
	s := savedChange{
		Addr: c.Addr, From: c.From, Action: c.Action, Reason: c.Reason, Key: c.Key.String(),
		OldAddr: c.OldAddr, Taken: c.Taken,
	}
	if !c.OldKey.IsZero() {
		s.OldKey = c.OldKey.String()
	}
	for i := range c.Fields {
		s.Fields = append(s.Fields, k.field(c, &c.Fields[i]))
	}
	if c.Seen != nil && (c.Destroys() || c.Action == ChangeCarrier) {
		text := c.Seen.Key.String()
		for a, v := range c.Seen.Attrs.All() {
			if a != tracking.TrackUpdates { // the service ends it by itself
				text += fmt.Sprintf("\n%s %d %s", a, len(v), v)
			}
		}
		s.Seen = k.Text("seen", text)
	}
	if c.Declared != nil {
		if rng := c.Declared.Range(); rng.Filename != "" {
			s.File, s.Line = rng.Filename, rng.Start.Line
		}
	}
	return s
}

func (k SealKey) field(c *Change, f *Field) savedField {
	s := savedField{Name: f.Attr.String(), Known: f.Known, Drift: f.Drift, Force: f.Force, Secret: f.Secret}
	if !f.Sensitive() {
		s.From, s.To = f.From, f.To
		return s
	}
	name := s.Name + " " + c.Key.Number
	if f.Known {
		s.FromMAC = k.Text(name, f.From)
	}
	s.ToMAC = k.Text(name, f.To)
	return s
}

// File is a saved plan that was read.
type File struct {
	Header
	changes []savedChange
	body    []byte // what the seal covers
	seal    string
}

// errSaved is why a file cannot be used as a saved plan.
var errSaved = errors.New("it is not a plan that \"tmsync plan --out\" has written, or it is damaged")

// ReadSaved reads a saved plan, without knowing yet whether it was edited: Verify
// tells. It takes nothing that Save does not write.
func ReadSaved(in io.Reader) (*File, error) {
	f := &File{}
	r := bufio.NewReaderSize(in, 1<<16)
	line, err := savedLine(r, maxSavedHeader)
	if err != nil {
		return nil, err
	}
	var kind struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if json.Unmarshal(line, &kind) != nil || kind.Format != savedFormat {
		return nil, errSaved
	}
	if kind.Version < savedVersion || kind.Version > stateVersion {
		return nil, fmt.Errorf("it has version %d of the format, and this tmsync reads versions up to %d: use the tmsync that has made it", kind.Version, stateVersion)
	}
	if err := strictly(line, &f.Header); err != nil || f.Version != f.version() || f.Changes < 0 || f.Changes > maxSavedChanges {
		return nil, errSaved
	}
	f.body = append(f.body, line...)
	for range f.Changes {
		var c savedChange
		if line, err = savedLine(r, maxSavedLine); err == nil {
			err = strictly(line, &c)
		}
		if err == nil {
			err = c.check()
		}
		if err != nil {
			return nil, errSaved
		}
		f.body = append(f.body, line...)
		f.changes = append(f.changes, c)
	}
	var s seal
	if line, err = savedLine(r, maxSavedLine); err != nil || strictly(line, &s) != nil {
		return nil, errSaved
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return nil, errSaved
	}
	f.seal = s.MAC
	return f, nil
}

// savedLine reads a line of so many bytes at most, and its end.
func savedLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, errSaved
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, errSaved
		}
	}
}

// strictly decodes a line that must read as Save would write it.
func strictly[T any](line []byte, to *T) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	var again bytes.Buffer
	e := json.NewEncoder(&again)
	e.SetEscapeHTML(false)
	if err := e.Encode(to); err != nil || !bytes.Equal(again.Bytes(), line) {
		return errSaved
	}
	return nil
}

func (c *savedChange) check() error {
	for _, f := range c.Fields {
		if _, ok := tracking.ParseAttr(f.Name); !ok {
			return errSaved
		}
	}
	if _, ok := savedKey(c.Key); !ok {
		return errSaved
	}
	if _, ok := savedKey(c.OldKey); !ok && c.OldKey != "" {
		return errSaved
	}
	return nil
}

func savedKey(s string) (tracking.Key, bool) {
	carrier, number, ok := strings.Cut(s, "/")
	return tracking.Key{Carrier: carrier, Number: number}, ok && carrier != "" && number != ""
}

// Verify says whether the file is as Save wrote it with this key.
func (f *File) Verify(key SealKey) bool {
	sum := hmac.New(sha256.New, key)
	sum.Write(f.body)
	// The texts are compared: to decode a seal would let several texts pass for it.
	return hmac.Equal([]byte(f.seal), []byte(base64.RawURLEncoding.EncodeToString(sum.Sum(nil))))
}

// Plan gives the saved plan for looking at. It has no values of sensitive
// attributes, and cannot be applied.
func (f *File) Plan() *Plan {
	p := &Plan{Counts: f.Counts, Selected: f.Selected, Changes: make([]Change, len(f.changes))}
	for i := range f.changes {
		s, c := &f.changes[i], &p.Changes[i]
		c.Addr, c.From, c.Action, c.Reason = s.Addr, s.From, s.Action, s.Reason
		c.OldAddr, c.Taken = s.OldAddr, s.Taken
		c.Key, _ = savedKey(s.Key) // check has seen both
		c.OldKey, _ = savedKey(s.OldKey)
		if s.File != "" {
			c.Declared = &tracking.Declared{Source: tracking.SourceAt(s.File, s.Line)}
		}
		for _, sf := range s.Fields {
			a, _ := tracking.ParseAttr(sf.Name)
			c.Fields = append(c.Fields, Field{
				Attr: a, From: sf.From, To: sf.To, Known: sf.Known, Drift: sf.Drift, Force: sf.Force, Secret: sf.Secret,
			})
		}
	}
	return p
}
