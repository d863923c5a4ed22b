package render

import (
	"fmt"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// Line is what one change looks like, in plain texts that are not escaped. Nothing
// sensitive is in it.
type Line struct {
	Key      string
	OldKey   string // "" where it stays
	Addr     string
	From     string // the address before, "" where it stays
	Declared Source // no file where nothing declares it
	Fields   []LineField
	Why      string // "" where that is plain
}

// LineField is one attribute of a Line. Its values are as a terminal shows them.
type LineField struct {
	Attr   tracking.Attr
	Before string // "" where there was nothing, or it is not shown
	After  string
	Forces bool // a replacement
}

// LineOf returns the line of a change, with texts of at most so many bytes. The name of
// the file alone is whole.
func LineOf(c *plan.Change, most int) *Line {
	l := &Line{
		Key: text.Shorten(c.Key.String(), most), Addr: text.Shorten(string(c.Addr), most), From: text.Shorten(string(c.From), most),
		Declared: declaredAt(c), Why: because(c),
	}
	if !c.OldKey.IsZero() && c.OldKey != c.Key {
		l.OldKey = text.Shorten(c.OldKey.String(), most)
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		field := LineField{Attr: f.Attr, After: lineValue(f, f.To, most), Forces: f.Force}
		switch {
		case created(c), f.Sensitive():
		case f.Known:
			field.Before = lineValue(f, f.From, most)
		default:
			field.Before = "(not known)"
		}
		l.Fields = append(l.Fields, field)
	}
	return l
}

// lineValue returns a value of a field, with its length where it is cut.
func lineValue(f *plan.Field, v string, most int) string {
	s := Style{}.value(f.Attr, text.Shorten(v, most), f.Sensitive())
	if len(v) > most && !f.Sensitive() {
		s += fmt.Sprintf(" (%s bytes)", text.Count(len(v)))
	}
	return s
}

// Symbol returns the symbol of an action: "+", "-/+".
func Symbol(a plan.Action) string { return looks[a].symbol }
