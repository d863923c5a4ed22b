package planfile

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Write writes a plan to a file. The header's Format, Version, Counts, Selected,
// Changes and Outputs are filled in.
func Write(out io.Writer, key Key, h Header, p *plan.Plan) error {
	h.Format, h.Counts, h.Selected, h.Changes = format, p.Counts, p.Selected, len(p.Changes)
	h.Outputs = nil
	for i := range p.Outputs {
		c := &p.Outputs[i]
		h.Outputs = append(h.Outputs, Output{c.Name(), outputValue(c.Before), outputValue(c.After)})
	}
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
	case len(h.Outputs) > 0:
		return outputVersion
	case h.Options.State != "" || h.Options.MaxRequests != nil || h.Options.MaxDuration != "", h.Options.AllowCredits > 0, len(h.Selected) > 0:
		return stateVersion
	case h.Data != nil || len(h.Answers) > 0:
		return dataVersion
	}
	return firstVersion
}

func outputValue(o *state.Output) *OutputValue {
	if o == nil {
		return nil
	}
	v := &OutputValue{Sensitive: o.Sensitive}
	if o.Value != "" {
		v.Type, v.Value = json.RawMessage(o.Type), json.RawMessage(o.Value)
	}
	return v
}

// change returns a change as the file stores it.
func (k Key) change(c *plan.Change) change {
	s := change{
		Addr: c.Addr, From: c.From, Action: c.Action, Reason: c.Reason, Key: c.Key.String(),
		OldAddr: c.OldAddr, Taken: c.Taken,
	}
	if !c.OldKey.IsZero() {
		s.OldKey = c.OldKey.String()
	}
	for i := range c.Fields {
		s.Fields = append(s.Fields, k.field(c, &c.Fields[i]))
	}
	if c.Seen != nil && (c.Destroys() || c.Action == plan.ChangeCarrier) {
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

func (k Key) field(c *plan.Change, f *plan.Field) field {
	s := field{Name: f.Attr.String(), Known: f.Known, Drift: f.Drift, Force: f.Force, Secret: f.Secret}
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
