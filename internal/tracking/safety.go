package tracking

// Safety is what an apply may do, and how much it may take away.
type Safety struct {
	// An apply stops when deletes and replacements exceed both of these: a
	// count, and percent of what the state manages.
	MaxDeletes       int
	MaxDeletePercent float64
	// MaxCredits is what a plan may cost at most; nil for any number.
	MaxCredits *float64
	Mode       Mode
	Adopt      AdoptPolicy
}

// Mode limits what an apply may do.
type Mode string

// The modes.
const (
	ModeSync   Mode = "sync"   // everything
	ModeUpsert Mode = "upsert" // never remove anything from the service
	ModeCreate Mode = "create" // only create and adopt
)

// Modes are all modes.
func Modes() []Mode { return []Mode{ModeSync, ModeUpsert, ModeCreate} }

// AdoptPolicy is when a declared tracking that exists already is adopted. What an
// import block names always is.
type AdoptPolicy string

// The policies.
const (
	AdoptAlways    AdoptPolicy = "always"    // so does ""
	AdoptUnchanged AdoptPolicy = "unchanged" // only where no visible value would be overwritten
	AdoptNever     AdoptPolicy = "never"
)

// AdoptPolicies are all policies.
func AdoptPolicies() []AdoptPolicy { return []AdoptPolicy{AdoptAlways, AdoptUnchanged, AdoptNever} }
