package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Output is what is remembered of an output of the configuration. It is written as one
// JSON object, before the records and in the order of the names:
//
//	{"output":"count","type":"number","value":3}
//	{"output":"pin","sensitive":true,"sum":"hmac:…"}
//
// What is sensitive, or takes much room, has a fingerprint in place of its value.
// Neither of them means that the value is not known any more: another key made the
// fingerprint.
type Output struct {
	Name      string
	Sensitive bool
	// Type and Value are JSON without white space, both "" where Sum stands for them.
	Type, Value string
	Sum         string
}

// maxOutput bounds an output's value and type that are kept in clear, in bytes.
const maxOutput = 4 << 10

// maxOutputName is how long an output's name may be, in bytes.
const maxOutputName = 1 << 10

var outputFields = []string{"output", "sensitive", "type", "value", "sum"}

const outputPrefix = `{"output":`

// SealOutput returns an output as it is remembered. The type and the value are JSON.
func (s *State) SealOutput(name string, sensitive bool, typ, value []byte) Output {
	o := Output{Name: name, Sensitive: sensitive}
	if !sensitive && len(typ)+len(value) <= maxOutput {
		o.Type, o.Value = string(typ), string(value)
		return o
	}
	h := s.hasher()
	defer s.hashers.Put(h)
	o.Sum = string(h.fingerprint("output", name, string(typ)+"\x00"+string(value)))
	return o
}

func appendOutput(dst []byte, o *Output) []byte {
	dst = appendField(dst, outputPrefix, o.Name)
	if o.Sensitive {
		dst = append(dst, `,"sensitive":true`...)
	}
	if o.Value != "" {
		dst = append(append(dst, `,"type":`...), o.Type...)
		dst = append(append(dst, `,"value":`...), o.Value...)
	}
	if o.Sum != "" {
		dst = appendField(dst, `,"sum":`, o.Sum)
	}
	return append(dst, '}')
}

func (p *recordReader) output() (o Output, err error) {
	err = p.object(outputFields, 1, func(field int) (err error) {
		switch field {
		case 0:
			o.Name, err = p.text()
		case 1:
			o.Sensitive, err = true, p.yes()
		case 2:
			o.Type, err = p.json()
		case 3:
			o.Value, err = p.json()
		case 4:
			o.Sum, err = p.text()
		}
		return err
	})
	if err == nil {
		err = o.check()
	}
	if p.dropSensitive {
		o.Sum = ""
	}
	return o, err
}

// json reads any JSON value without white space.
func (p *parser) json() (string, error) {
	rest := p.b[p.i:]
	d := json.NewDecoder(bytes.NewReader(rest))
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		return "", p.expected("a JSON value")
	}
	if n := d.InputOffset(); n != int64(len(raw)) || !compact(raw) {
		return "", p.expected("a JSON value without white space")
	}
	p.i += len(raw)
	return p.texts.keep(raw), nil
}

func compact(value []byte) bool {
	var b bytes.Buffer
	return json.Compact(&b, value) == nil && bytes.Equal(b.Bytes(), value)
}

func (o *Output) check() error {
	switch {
	case o.Name == "" || len(o.Name) > maxOutputName || !utf8.ValidString(o.Name):
		return fmt.Errorf("the name of an output has 1 to %d bytes of UTF-8", maxOutputName)
	case (o.Type == "") != (o.Value == "") || o.Value != "" && o.Sum != "":
		return errors.New("an output has a type and a value, or a fingerprint")
	case o.Sensitive && o.Value != "":
		return errors.New("a sensitive output must not stand here in clear")
	case o.Sum != "" && !Sealed(o.Sum):
		return errors.New("the fingerprint of an output is none")
	case len(o.Type)+len(o.Value) > maxOutput:
		return fmt.Errorf("an output may take %d bytes in clear", maxOutput)
	case o.Value != "" && !(compact([]byte(o.Type)) && compact([]byte(o.Value))):
		return errors.New("the value of an output is JSON without white space")
	}
	return nil
}

// checkOutputs checks the outputs of a state that is to be written.
func (s *State) checkOutputs() error {
	for i := range s.Outputs {
		if err := s.Outputs[i].check(); err != nil {
			return fmt.Errorf("output %s: %w", excerpt([]byte(s.Outputs[i].Name)), err)
		}
		if i > 0 && s.Outputs[i].Name <= s.Outputs[i-1].Name {
			return errors.New("the outputs are not sorted by name, or two have the same")
		}
	}
	return nil
}

// isOutput reports whether a line begins as an output does, and no record.
func isOutput(line []byte) bool { return bytes.HasPrefix(line, []byte(outputPrefix)) }

// nextOutput reads the line of an output, which must be as the header announces it.
// outputs and records are those before.
func (d *decoder) nextOutput(h *headerV1, outputs []Output, records int) ([]Output, error) {
	switch {
	case uint64(len(outputs)) == h.outputs:
		return outputs, misfit{fmt.Errorf("there are more outputs than the %d that line 1 announces", h.outputs), false}
	case records > 0:
		return outputs, misfit{errors.New("an output stands behind trackings"), false}
	}
	o, err := d.output()
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, err
	}
	if n := len(outputs); n > 0 && strings.Compare(o.Name, outputs[n-1].Name) <= 0 {
		return outputs, misfit{errors.New("the outputs are not sorted by name, or one stands twice"), false}
	}
	return append(outputs, o), nil
}
