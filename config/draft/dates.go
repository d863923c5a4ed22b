package draft

import (
	"slices"
	"strings"

	"github.com/tmsync/tmsync/config/internal/funcs"
	"github.com/tmsync/tmsync/internal/tracking"
)

// dayForms are days that have to be said how they are meant. An S stands for what is
// between their parts.
var dayForms = []string{"MMSDDSYYYY", "DDSMMSYYYY", "MMSDDSYY", "DDSMMSYY", "MMMSDDSYY", "DDSMMMSYY", "MMMSDDSYYYY", "DDSMMMSYYYY", "MMM D, YYYY", "MMMM D, YYYY"}

// clockForms follow them.
var clockForms = []string{"", " hh:mm", " hh:mm:ss", " HH:mm AA", " HH:mm:ss AA", ", hh:mm", ", HH:mm AA"}

// timeOf writes the expression for a column of times. Where several forms fit all of
// them, it is undecided and has one for each.
func timeOf(c *column, attr tracking.Attr) (expr string, undecided []string) {
	plain := true
	for v := range c.values {
		if _, err := attr.Canonical(v); err != nil {
			plain = false
		}
	}
	if plain {
		return c.ref(), nil
	}
	for _, clock := range clockForms {
		for _, day := range dayForms {
			for _, between := range "/-. " {
				form := strings.ReplaceAll(day, "S", string(between)) + clock
				if !strings.Contains(day, "S") && between != '/' {
					continue
				}
				if fits(form, c) {
					undecided = append(undecided, "parsedate(\""+form+"\", "+c.ref()+")")
				}
			}
		}
	}
	if slices.ContainsFunc(undecided, isShortMonth) { // MMMM reads them, too, and the same
		undecided = slices.DeleteFunc(undecided, func(form string) bool { return strings.Contains(form, "MMMM") })
	}
	for i, form := range undecided {
		undecided[i] = c.ref() + " == \"\" ? null : " + form
	}
	if len(undecided) == 1 {
		return undecided[0], nil
	}
	return "", undecided
}

// isShortMonth reports whether a form has the names of months in three letters.
func isShortMonth(form string) bool {
	return strings.Contains(form, "MMM") && !strings.Contains(form, "MMMM")
}

// fits reports whether all values of a column are times of a form.
func fits(form string, c *column) bool {
	for v := range c.values {
		if !funcs.IsDate(form, v) {
			return false
		}
	}
	return len(c.values) > 0
}
