package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// ArchiveAfterPattern is what every archive_after matches: a whole number and its
// unit.
const ArchiveAfterPattern = "^0*[1-9][0-9]*[hdw]$"

// maxArchiveAfter bounds archive_after, in days.
const maxArchiveAfter = 36500

// archiveUnits are the units of archive_after, and what else people write for them.
var archiveUnits = []struct {
	unit  string
	words []string
	is    time.Duration
}{
	{"d", []string{"", "day", "days"}, 24 * time.Hour},
	{"w", []string{"week", "weeks"}, 7 * 24 * time.Hour},
	{"h", []string{"hour", "hours"}, time.Hour},
}

var (
	archiveAfterForm = regexp.MustCompile(ArchiveAfterPattern)
	archiveAfterLike = regexp.MustCompile(`^\s*([0-9]+)\s*([[:alpha:]]*)\s*$`)
)

// decodeArchiveAfter reads the argument. It is 0 for null, which takes back what the
// defaults say, and nil where it is wrong.
func decodeArchiveAfter(a *hcl.Attribute, diags *hcl.Diagnostics) *time.Duration {
	v, moreDiags := eval.Constant(a, cty.String, false)
	*diags = append(*diags, moreDiags...)
	if v.IsNull() {
		return new(time.Duration)
	}
	after, problem := parseArchiveAfter(v.AsString())
	if problem != "" {
		*diags = append(*diags, hcldiag.Error(a.Expr.Range().Ptr(), "Invalid archive_after", problem))
		return nil
	}
	return &after
}

// parseArchiveAfter returns the duration, or in sentences what is wrong with it.
func parseArchiveAfter(text string) (after time.Duration, problem string) {
	number, unit, after := archiveAfterParts(text)
	switch {
	case archiveAfterForm.MatchString(text) && after > 0:
		return after, ""
	case archiveAfterForm.MatchString(text):
		return 0, fmt.Sprintf("archive_after may be %d days at most. To archive nothing, leave it out, or write null.", maxArchiveAfter)
	}
	problem = "archive_after is a whole number above zero and its unit, h (hours), d (days) or w (weeks), such as \"30d\"; null is never."
	switch {
	case after > 0:
		problem += fmt.Sprintf(" Did you mean \"%s%s\"?", number, unit)
	case slices.Contains([]string{"month", "months", "year", "years"}, unit):
		problem += " Months and years have no fixed length: write them as days."
	}
	return 0, problem
}

// archiveAfterParts takes apart what looks like a duration. after is 0 where it is
// none, or out of range; otherwise unit is the one to write.
func archiveAfterParts(text string) (number, unit string, after time.Duration) {
	m := archiveAfterLike.FindStringSubmatch(text)
	if m == nil {
		return "", "", 0
	}
	number, unit = m[1], strings.ToLower(m[2])
	for _, u := range archiveUnits {
		if unit != u.unit && !slices.Contains(u.words, unit) {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || time.Duration(n) > maxArchiveAfter*24*time.Hour/u.is {
			return number, u.unit, 0
		}
		return number, u.unit, time.Duration(n) * u.is
	}
	return number, unit, 0
}

// contradiction complains when a block says of all its trackings both whether they
// are archived and when: one of the two cannot be meant. Defaults may say one, and
// a block the other.
func (args *lifecycleArgs) contradiction(inputs []input) *hcl.Diagnostic {
	if args.archiveAfter == nil || *args.archiveAfter == 0 {
		return nil
	}
	if args.ignoreChanges != nil && args.ignoreChanges.Has(tracking.Archived) {
		return hcldiag.Error(&args.archiveAfterRange, "Conflicting arguments", "archive_after archives trackings, and ignore_changes leaves archived alone. Keep one of the two.")
	}
	i := slices.IndexFunc(inputs, func(in input) bool { return in.field == field(tracking.Archived) && in.fixed && in.has })
	if i < 0 {
		return nil
	}
	return hcldiag.Error(&args.archiveAfterRange, "Conflicting arguments", fmt.Sprintf("archived, at %s, says already whether these trackings are archived, so that archive_after would never do anything. Keep one of the two.", hcldiag.Place(inputs[i].rng)))
}
