package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/tracking"
)

// A record is written as one JSON object without white space (version 3):
//
//	{"address":"tracking.a","carrier":"sto","number":"40293",
//	 "applied":{"title":"…","archived":"true"},
//	 "lifecycle":{"prevent_destroy":true,"on_remove":"archive"},
//	 "left":["comment"],"status":"transit",
//	 "kept":{"title":"…"},"awaited":{"order_id":"…"},"origin":"adopted","id":"9a3f…",
//	 "stays":"zto"}
//
// The first four fields are always there, the others where they say something.
// Values of attributes are texts, booleans too, in the order of the attribute
// table. All versions are released: they are never changed, only followed by
// another. Version 1 had no kept, awaited and origin, version 2 no id and stays.
var (
	recordV1    = []string{"address", "carrier", "number", "applied", "lifecycle", "left", "status"}
	recordV2    = append(slices.Clip(recordV1), "kept", "awaited", "origin")
	recordV3    = append(slices.Clip(recordV2), "id", "stays")
	lifecycleV1 = []string{"prevent_destroy", "on_remove"}
	attrNames   = attributeNames()
)

// recordFields are the fields of a record in a version of a state's format.
func recordFields(version uint64) []string {
	return [][]string{recordV1, recordV2, recordV3}[min(version, 3)-1]
}

const recordV1Required = 1<<4 - 1

func attributeNames() []string {
	var names []string
	for a := range tracking.AllAttrs() {
		names = append(names, a.String())
	}
	return names
}

// appendRecord writes a record that check has passed.
func appendRecord(dst []byte, r *Record) []byte {
	dst = appendField(dst, `{"address":`, string(r.Addr))
	dst = appendField(dst, `,"carrier":`, r.Key.Carrier)
	dst = appendField(dst, `,"number":`, r.Key.Number)
	dst = append(dst, `,"applied":`...)
	dst = appendAttrs(dst, r.Applied)
	if on := r.onRemove(); r.PreventDestroy && on != tracking.RemoveDefault {
		dst = appendField(dst, `,"lifecycle":{"prevent_destroy":true,"on_remove":`, string(on))
		dst = append(dst, '}')
	} else if r.PreventDestroy {
		dst = append(dst, `,"lifecycle":{"prevent_destroy":true}`...)
	} else if on != tracking.RemoveDefault {
		dst = appendField(dst, `,"lifecycle":{"on_remove":`, string(on))
		dst = append(dst, '}')
	}
	if r.LeftAsIs != 0 {
		sep := `,"left":[`
		for a := range r.LeftAsIs.All() {
			dst = appendField(dst, sep, a.String())
			sep = ","
		}
		dst = append(dst, ']')
	}
	if r.Status != "" {
		dst = appendField(dst, `,"status":`, r.Status)
	}
	if r.Kept.Len() > 0 {
		dst = appendAttrs(append(dst, `,"kept":`...), r.Kept)
	}
	if r.Awaited.Len() > 0 {
		dst = appendAttrs(append(dst, `,"awaited":`...), r.Awaited)
	}
	if r.Origin != Created {
		dst = appendField(dst, `,"origin":`, string(r.Origin))
	}
	if r.Ref != "" {
		dst = appendField(dst, `,"id":`, r.Ref)
	}
	if r.Stays != "" {
		dst = appendField(dst, `,"stays":`, r.Stays)
	}
	return append(dst, '}')
}

// mostBytes is a cheap upper bound of the length of a record's line.
func (r *Record) mostBytes() int {
	const (
		names  = 1 << 10 // bytes for all but what follows
		name   = 40      // for an attribute's, and what stands around it
		escape = 6       // for a byte of a text
	)
	n := names + escape*(len(r.Addr)+len(r.Key.Carrier)+len(r.Key.Number)+len(r.Status)+len(r.Ref)+len(r.Stays))
	for _, as := range []tracking.Attrs{r.Applied, r.Kept, r.Awaited} {
		for _, v := range as.All() {
			n += name + escape*len(v)
		}
	}
	return n
}

func appendField(dst []byte, name, value string) []byte {
	return appendText(append(dst, name...), value)
}

func appendAttrs(dst []byte, as tracking.Attrs) []byte {
	dst = append(dst, '{')
	first := true
	for a, v := range as.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, a.String()...) // names need no escape
		dst = append(dst, '"', ':')
		dst = appendText(dst, v)
	}
	return append(dst, '}')
}

// recordReader reads records, and drops sensitive values that were fingerprinted
// with another key: nothing can be compared with them any more.
type recordReader struct {
	parser
	fields        []string // that a record of the file's version has
	dropSensitive bool
	values        []string // what is left of a block of attribute values
}

func (p *recordReader) record() (r Record, err error) {
	err = p.object(p.fields, recordV1Required, func(field int) (err error) {
		switch field {
		case 0:
			var addr string
			addr, err = p.text()
			r.Addr = tracking.Addr(addr)
		case 1:
			r.Key.Carrier, err = p.word()
		case 2:
			r.Key.Number, err = p.text()
		case 3:
			r.Applied, err = p.attrs()
		case 4:
			err = p.lifecycle(&r)
		case 5:
			r.LeftAsIs, err = p.set()
		case 6:
			r.Status, err = p.word()
		case 7:
			r.Kept, err = p.attrs()
		case 8:
			r.Awaited, err = p.attrs()
		case 9:
			var origin string
			origin, err = p.word()
			r.Origin = Origin(origin)
		case 10:
			r.Ref, err = p.text()
		case 11:
			r.Stays, err = p.word()
		}
		return err
	})
	if err != nil {
		return Record{}, err
	}
	return r, r.check()
}

func (p *recordReader) lifecycle(r *Record) error {
	return p.object(lifecycleV1, 0, func(field int) error {
		if field == 0 {
			r.PreventDestroy = true
			return p.yes()
		}
		on, err := p.word()
		r.OnRemove = tracking.OnRemove(on)
		return err
	})
}

// attrs reads attributes. Their values come from large blocks, as in texts.
func (p *recordReader) attrs() (tracking.Attrs, error) {
	const smallest, largest = 64, 4096
	if cap(p.values)-len(p.values) < len(attrNames) {
		p.values = make([]string, 0, min(max(smallest, 2*cap(p.values)), largest))
	}
	start := len(p.values)
	var set tracking.AttrSet
	err := p.object(attrNames, 0, func(field int) error {
		a := tracking.Attr(field)
		v, err := p.value(a)
		if p.dropSensitive && (a.Spec().Sensitive || Sealed(v)) {
			return err
		}
		p.values = append(p.values, v)
		set = set.With(a)
		return err
	})
	if err != nil {
		return tracking.Attrs{}, err
	}
	end := len(p.values)
	return tracking.PackAttrs(set, p.values[start:end:end]), nil
}

func (p *recordReader) value(a tracking.Attr) (string, error) {
	if a.Spec().Kind != tracking.KindText {
		return p.word()
	}
	return p.text()
}

func (p *recordReader) set() (tracking.AttrSet, error) {
	var set tracking.AttrSet
	err := p.array(func() error {
		name, err := p.raw()
		if err != nil {
			return err
		}
		a, known := tracking.ParseAttr(string(name))
		if !known {
			return fmt.Errorf("unknown attribute %s", excerpt(name))
		}
		if set>>a != 0 {
			return fmt.Errorf("the attribute %q stands twice or in the wrong place", a)
		}
		set = set.With(a)
		return nil
	})
	return set, err
}

// check refuses what could not be read back, or must not be written. It is the
// same before writing and after reading, so that tmsync can read every state it
// writes. Its text contains no value of an attribute.
func (r *Record) check() error {
	if r.Addr == "" {
		return errors.New("the address is empty")
	}
	if !utf8.ValidString(string(r.Addr)) || !utf8.ValidString(r.Status) || !utf8.ValidString(r.Ref) || !utf8.ValidString(r.Stays) {
		return errors.New("the address, the status or the id is not valid UTF-8")
	}
	if err := checkKey(r.Key); err != nil {
		return err
	}
	switch r.OnRemove {
	case tracking.RemoveDefault, tracking.RemoveDelete, tracking.RemoveArchive, tracking.RemoveForget:
	default:
		return errors.New("on_remove is neither delete, archive nor forget")
	}
	switch r.Origin {
	case Created, Imported, Adopted:
	default:
		return errors.New("origin is neither imported nor adopted")
	}
	if r.LeftAsIs&^tracking.EveryAttr != 0 {
		return errors.New("left has attributes that do not exist")
	}
	for _, as := range []tracking.Attrs{r.Applied, r.Kept, r.Awaited} {
		if err := checkAttrs(as); err != nil {
			return err
		}
	}
	return nil
}

func checkKey(k tracking.Key) error {
	if k.Carrier == "" || k.Number == "" {
		return errors.New("the carrier or the number is empty")
	}
	if strings.Contains(k.Carrier, "/") {
		return errors.New(`the carrier has a "/"`)
	}
	if !utf8.ValidString(k.Carrier) || !utf8.ValidString(k.Number) {
		return errors.New("the carrier or the number is not valid UTF-8")
	}
	return nil
}

func checkAttrs(as tracking.Attrs) error {
	for a, v := range as.All() {
		if !utf8.ValidString(v) {
			return fmt.Errorf("%s is not valid UTF-8", a)
		}
		if !sealed(a, v) {
			return fmt.Errorf("%s is not a fingerprint, and must not be kept in clear", a)
		}
	}
	return nil
}

// Sealed is the set of the attributes of which a record has fingerprints.
func (r *Record) Sealed() tracking.AttrSet {
	var s tracking.AttrSet
	for a, v := range r.Applied.All() {
		if Sealed(v) {
			s = s.With(a)
		}
	}
	return s
}
