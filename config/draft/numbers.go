package draft

import (
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/rows"
)

// numberForm is what a tracking number looks like, roughly.
var numberForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{4,49}$`)

// looksNumber reports whether a text may be a tracking number. One whose digits a
// spreadsheet program has lost looks like one, too: it is to be found out, not passed over.
func looksNumber(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits >= 4 && (numberForm.MatchString(s) || strings.ContainsAny(s, "+.,'=\""))
}

// between are what stands between several numbers in a cell.
const between = ",;|/\n"

// parcels is how numbers stand in their column.
type parcels struct {
	column   *column
	list     bool     // it has lists, as JSON does
	seps     string   // between numbers in a cell; "" if each has one
	spaces   bool     // within numbers
	none     []string // what stands there instead of a number, in small letters
	repeated bool     // a number is in several rows
	several  bool     // an order has several numbers
}

// findNumbers chooses the column of numbers; nil if there is none.
func (t *table) findNumbers() *parcels {
	for _, c := range t.find(numberRole) {
		p := &parcels{column: c, list: c.lists > 0}
		p.findSeparators()
		good, kept := 0, 0
		for v, n := range c.values {
			kept += n
			if len(p.split(v)) > 0 {
				good += n
			}
		}
		if p.inList() && !p.list && p.seps != "" {
			continue // what a shop's list has in one text is no list of its own
		}
		if good > 0 && 2*good >= kept {
			p.placeholders()
			return p
		}
	}
	return nil
}

// findSeparators finds out what stands between the numbers of a cell, and within them.
func (p *parcels) findSeparators() {
	if p.list {
		p.seps = "," // which stands between the elements
		return
	}
	for _, sep := range between {
		for v := range p.column.values {
			if separate(v, string(sep)) {
				p.seps += string(sep)
				break
			}
		}
	}
	for v := range p.column.values {
		p.spaces = p.spaces || slices.ContainsFunc(splitAny(v), func(s string) bool { return strings.Contains(s, " ") && looksNumber(s) })
	}
}

// separate reports whether sep stands between a text's numbers, or after the last.
func separate(v, sep string) bool {
	parts := strings.Split(v, sep)
	return len(parts) > 1 && looksNumber(strings.TrimSpace(parts[0])) && !slices.ContainsFunc(parts, func(s string) bool {
		s = strings.TrimSpace(s)
		return s != "" && len(splitAny(s)) == 1 && !looksNumber(s)
	})
}

func splitAny(v string) (parts []string) {
	for _, s := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(between, r) }) {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	return parts
}

// split returns the numbers of a cell.
func (p *parcels) split(v string) (numbers []string) {
	parts := []string{v}
	if p.seps != "" {
		parts = splitAny(v)
	}
	for _, s := range parts {
		if looksNumber(s) {
			numbers = append(numbers, s)
		}
	}
	return numbers
}

// maxPlaceholders is how many texts may stand instead of a number.
const maxPlaceholders = 8

// placeholders are short texts without a digit, such as "n/a". What else is no number is
// an error, and not passed over.
func (p *parcels) placeholders() {
	for v := range p.column.values {
		if len(v) <= 20 && !strings.ContainsAny(v, "0123456789#=") {
			p.none = append(p.none, strings.ToLower(v))
		}
	}
	slices.Sort(p.none)
	p.none = slices.Compact(p.none)
	if len(p.none) > maxPlaceholders {
		p.none = nil
	}
}

// missing reports whether a cell has no number.
func (p *parcels) missing(v string) bool {
	return v == "" || slices.Contains(p.none, strings.ToLower(v))
}

// maxRelated is among how many numbers those are looked for that are in several rows.
const maxRelated = 500_000

// relate reads the rows again that have a number: only these count for what else is in
// the columns. It finds out which numbers and orders are in several, and the carriers.
func (t *table) relate(p *parcels, order *column, by *carriers) error {
	numbers, orders := map[string]bool{}, map[string]string{}
	for _, c := range t.columns {
		c.values, c.cut = map[string]int{}, false
	}
	return t.each(func(in rows.Reader) {
		elements := []cty.Value{cty.NilVal}
		if p.inList() {
			elements = t.elements(in, p.column)
		}
		for _, el := range elements {
			t.relateOne(in, el, p, order, by, numbers, orders)
		}
	})
}

// relateOne is relate of a row, or of one element of its list of parcels.
func (t *table) relateOne(in rows.Reader, el cty.Value, p *parcels, order *column, by *carriers, numbers map[string]bool, orders map[string]string) {
	cell, _, ok := t.cell(in, p.column, el)
	if !ok || p.missing(cell) {
		return
	}
	for _, c := range t.columns {
		if c.elsewhere {
			continue
		}
		if other, list, _ := t.cell(in, c, el); other != "" && !list {
			c.note(other)
		}
	}
	all := p.split(cell)
	if by != nil {
		name, _, _ := t.cell(in, by.column, el)
		by.note(name, all)
	}
	of := ""
	if order != nil {
		of, _, _ = t.cell(in, order, el)
	}
	if len(numbers) > maxRelated {
		return
	}
	for _, n := range all {
		p.repeated = p.repeated || numbers[n]
		numbers[n] = true
		if other, twice := orders[of]; twice && of != "" && other != n {
			p.several = true
		}
		orders[of] = n
	}
}

// inList reports whether the numbers are in objects of a list.
func (p *parcels) inList() bool { return p.column.path != nil && p.column.path.inList }
