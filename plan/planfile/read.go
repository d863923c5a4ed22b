package planfile

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
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Bounds of a saved plan that is read.
const (
	maxLine    = 1 << 20  // bytes
	maxHeader  = 64 << 20 // the same, of the first line
	maxChanges = 2_000_000
)

// File is a saved plan that was read.
type File struct {
	Header
	changes []change
	body    []byte // what the seal covers
	seal    string
}

// errNotOurs is why a file cannot be used as a saved plan.
var errNotOurs = errors.New("it is not a plan that \"tmsync plan --out\" has written, or it is damaged")

// Read reads a saved plan, without knowing yet whether it was edited: Verify
// tells. It takes nothing that Write does not write.
func Read(in io.Reader) (*File, error) {
	f := &File{}
	r := bufio.NewReaderSize(in, 1<<16)
	line, err := readLine(r, maxHeader)
	if err != nil {
		return nil, err
	}
	var kind struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if json.Unmarshal(line, &kind) != nil || kind.Format != format {
		return nil, errNotOurs
	}
	if kind.Version < firstVersion || kind.Version > outputVersion {
		return nil, fmt.Errorf("it has version %d of the format, and this tmsync reads versions up to %d: use the tmsync that has made it", kind.Version, outputVersion)
	}
	if err := strictly(line, &f.Header); err != nil || f.Version != f.version() || f.Changes < 0 || f.Changes > maxChanges || !outputsSound(f.Outputs) {
		return nil, errNotOurs
	}
	f.body = append(f.body, line...)
	for range f.Changes {
		var c change
		if line, err = readLine(r, maxLine); err == nil {
			err = strictly(line, &c)
		}
		if err == nil {
			err = c.check()
		}
		if err != nil {
			return nil, errNotOurs
		}
		f.body = append(f.body, line...)
		f.changes = append(f.changes, c)
	}
	var s seal
	if line, err = readLine(r, maxLine); err != nil || strictly(line, &s) != nil {
		return nil, errNotOurs
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return nil, errNotOurs
	}
	f.seal = s.MAC
	return f, nil
}

// outputsSound reports whether each output becomes something else.
func outputsSound(outputs []Output) bool {
	return !slices.ContainsFunc(outputs, func(o Output) bool { return o.Before == nil && o.After == nil })
}

// readLine reads a line of so many bytes at most, and its end.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, errNotOurs
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, errNotOurs
		}
	}
}

// strictly decodes a line that must read as Write would write it.
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
		return errNotOurs
	}
	return nil
}

func (c *change) check() error {
	for _, f := range c.Fields {
		if _, ok := tracking.ParseAttr(f.Name); !ok {
			return errNotOurs
		}
	}
	if _, ok := parseKey(c.Key); !ok {
		return errNotOurs
	}
	if _, ok := parseKey(c.OldKey); !ok && c.OldKey != "" {
		return errNotOurs
	}
	return nil
}

func parseKey(s string) (tracking.Key, bool) {
	carrier, number, ok := strings.Cut(s, "/")
	return tracking.Key{Carrier: carrier, Number: number}, ok && carrier != "" && number != ""
}

// Verify reports whether the file is as Write wrote it with this key.
func (f *File) Verify(key Key) bool {
	sum := hmac.New(sha256.New, key)
	sum.Write(f.body)
	// The texts are compared: to decode a seal would let several texts pass for it.
	return hmac.Equal([]byte(f.seal), []byte(base64.RawURLEncoding.EncodeToString(sum.Sum(nil))))
}

// Plan returns the saved plan for looking at. It has no values of sensitive
// attributes, and cannot be applied.
func (f *File) Plan() *plan.Plan {
	p := &plan.Plan{Counts: f.Counts, Selected: f.Selected, Changes: make([]plan.Change, len(f.changes))}
	for _, o := range f.Outputs {
		p.Outputs = append(p.Outputs, plan.OutputChange{Before: o.Before.remembered(o.Name), After: o.After.remembered(o.Name)})
	}
	for i := range f.changes {
		s, c := &f.changes[i], &p.Changes[i]
		c.Addr, c.From, c.Action, c.Reason = s.Addr, s.From, s.Action, s.Reason
		c.OldAddr, c.Taken = s.OldAddr, s.Taken
		c.Key, _ = parseKey(s.Key) // check has seen both
		c.OldKey, _ = parseKey(s.OldKey)
		if s.File != "" {
			c.Declared = &tracking.Declared{Source: tracking.SourceAt(s.File, s.Line)}
		}
		for _, sf := range s.Fields {
			a, _ := tracking.ParseAttr(sf.Name)
			c.Fields = append(c.Fields, plan.Field{
				Attr: a, From: sf.From, To: sf.To, Known: sf.Known, Drift: sf.Drift, Force: sf.Force, Secret: sf.Secret,
			})
		}
	}
	return p
}

// remembered is the value as the state has it, without its fingerprint.
func (v *OutputValue) remembered(name string) *state.Output {
	if v == nil {
		return nil
	}
	return &state.Output{Name: name, Sensitive: v.Sensitive, Type: string(v.Type), Value: string(v.Value)}
}
