package plan

import (
	"fmt"
	"math"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// StopKind is why an apply must not start.
type StopKind string

// The kinds, in the order in which they are looked at.
const (
	StopAccount StopKind = "account" // another account than the state's
	StopMissing StopKind = "missing" // too much has vanished at once
	StopEmpty   StopKind = "empty"   // nothing declared, something managed
	StopDeletes StopKind = "deletes" // more deletes than safety allows
	StopCosts   StopKind = "costs"   // it costs more credits than safety allows
	StopCredits StopKind = "credits" // fewer credits than creates
)

// Stop is one reason not to apply a plan. A plan shows it as a warning.
type Stop struct {
	Kind    StopKind
	Summary string
	Detail  string // what, why, and the flag that lets it pass
}

// Limits is what is allowed: by the safety block, and beyond it.
type Limits struct {
	tracking.Safety
	// What is allowed for this plan alone; nil where nothing was said.
	AllowDeletes, AllowMissing, AllowCredits *int
	// Spent is what reading data blocks for the plan has cost already.
	Spent float64
}

// NeedsCredits returns the --allow-credits that a cost needs, 0 for none.
func (l Limits) NeedsCredits(cost float64) int {
	cost = math.Round(cost*10) / 10 // fifths add up to a little more
	if l.MaxCredits == nil || cost <= *l.MaxCredits || cost <= float64(orNone(l.AllowCredits)) {
		return 0
	}
	return int(math.Ceil(cost))
}

func orNone(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// Facts is what is known of the account when a plan is checked.
type Facts struct {
	Known        bool `json:"known"` // whether the account was asked
	Credits      int  `json:"credits"`
	OtherAccount bool `json:"other_account,omitempty"` // its identity is not the one in the state
}

// mostVanished is how many of some trackings may vanish at once.
func mostVanished(of int) int { return max(20, of/20) }

// NeedsAll reports whether too much is missing of a part that was read. A few thousand
// that have vanished are much of a pull request, but little of what is managed; the limits
// are for the whole, so that is to be read.
func (p *Plan) NeedsAll() bool {
	return p.Unread > 0 && (p.AllVanished || p.Vanished > mostVanished(p.Read))
}

// Check returns the reasons not to apply a plan.
//
//   - the account is not the one that the state belongs to
//   - more than max(20, 5 %) of what the state manages has vanished, or all of two
//     or more
//   - nothing is declared although something is managed
//   - deletes and replacements exceed both max_deletes and max_delete_percent
//   - it may cost more credits than max_credits
//   - the account's credits do not suffice
//
// A destroy is its own permission to delete.
func Check(p *Plan, e Estimate, l Limits, f Facts) []Stop {
	var stops []Stop
	stop := func(kind StopKind, summary, format string, args ...any) {
		stops = append(stops, Stop{kind, summary, fmt.Sprintf(format, args...)})
	}
	if f.Known && f.OtherAccount && l.AllowMissing == nil {
		stop(StopAccount, "Another account",
			"The API key belongs to another account than the one that the state was made with, so everything would look as if it had vanished. "+
				"Use the key of that account. If the account itself has changed, for example its e-mail address, --allow-missing=0 accepts it.")
	}
	const seldom = "This is more often a wrong key or a fault of the service than the truth. If it is true, --allow-missing=%d lets it pass."
	switch limit := mostVanished(p.Managed); {
	case p.Vanished <= orNone(l.AllowMissing):
	case p.Vanished > limit:
		stop(StopMissing, "Too many trackings have vanished",
			"%d of the %d trackings that the state manages are no longer at the service, more than %d (20, or 5 %%) at once. "+seldom,
			p.Vanished, p.Managed, limit, p.Vanished)
	case p.AllVanished && p.Vanished > 1:
		stop(StopMissing, "All trackings have vanished",
			"None of the %d trackings that the state expects at the service is there. "+seldom, p.Vanished, p.Vanished)
	}
	deletes := p.Deletes()
	if !p.Destroy && p.Declared == 0 && p.Managed > 0 && orNone(l.AllowDeletes) < max(1, deletes) {
		stop(StopEmpty, "The configuration declares no trackings",
			"The state manages %d of them, which would all be removed, %d by deletion. If this is meant, "+
				"--allow-deletes=%d lets it pass, or run \"tmsync destroy\".%s", p.Managed, deletes, max(1, deletes), rollingAdvice(p))
	}
	percent := 0.0
	if p.Managed > 0 {
		percent = 100 * float64(deletes) / float64(p.Managed)
	}
	if !p.Destroy && deletes > l.MaxDeletes && percent > l.MaxDeletePercent && deletes > orNone(l.AllowDeletes) {
		stop(StopDeletes, "More deletes than the safety limit allows",
			"The plan deletes %d of %d managed trackings (%.0f %%), replacements included. The safety block allows %d, or %g %%. "+
				"If this is meant, --allow-deletes=%d lets it pass.%s",
			deletes, p.Managed, percent, l.MaxDeletes, l.MaxDeletePercent, deletes, rollingAdvice(p))
	}
	cost := float64(e.MaxCredits) + l.Spent
	if n := l.NeedsCredits(cost); n > 0 && e.MaxCredits > 0 {
		data := ""
		if l.Spent > 0 {
			data = fmt.Sprintf(", %s of them for data that was read for it", creditText(l.Spent))
		}
		stop(StopCosts, "More credits than the safety limit allows",
			"The plan may cost %s credits%s, and the safety block allows %g. If this is meant, --allow-credits=%d lets it pass.",
			creditText(cost), data, *l.MaxCredits, n)
	}
	if f.Known && e.MinCredits > f.Credits {
		stop(StopCredits, "Too few credits",
			"The plan creates %d trackings, one credit each, and the account has %d left. Buy credits, or declare fewer trackings.",
			e.MinCredits, f.Credits)
	}
	return stops
}

// mostBlocks is how many blocks a message names.
const mostBlocks = 3

// RollingNote returns what to know of rows that have gone, "" if none have. Files may
// hold the latest orders only.
func (p *Plan) RollingNote() string {
	if len(p.Shrunk) == 0 {
		return ""
	}
	deletes, names := 0, []string{}
	for i, s := range p.Shrunk {
		deletes += s.Deletes
		if i < mostBlocks {
			names = append(names, string(s.Block))
		}
	}
	if more := len(p.Shrunk) - mostBlocks; more > 0 {
		names = append(names, text.Plural(more, "other block"))
	}
	are := "are"
	if deletes == 1 {
		are = "is"
	}
	return fmt.Sprintf("%s %s deleted because the rows have gone from the files of %s. If these files hold only the latest orders, "+
		"such as those of the last 30 days, older parcels are no mistake: set on_remove = \"forget\" in the lifecycle block there, and they stay at the service; "+
		"or use --mode=upsert, which deletes nothing.", text.Plural(deletes, "parcel"), are, strings.Join(names, ", "))
}

// rollingAdvice is the note as a paragraph of its own.
func rollingAdvice(p *Plan) string {
	if note := p.RollingNote(); note != "" {
		return "\n\n" + note
	}
	return ""
}

// creditText writes a number of credits, which may be a part of one.
func creditText(n float64) string { return tracking.Price{Least: n, Most: n}.String() }
