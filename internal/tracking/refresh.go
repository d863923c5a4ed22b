package tracking

// RefreshMode is what a plan reads from the service.
type RefreshMode string

// The ways to refresh.
const (
	RefreshAuto    RefreshMode = "auto"    // everything of ours, in the fewest requests
	RefreshFull    RefreshMode = "full"    // the whole account
	RefreshManaged RefreshMode = "managed" // everything of ours, by number
	RefreshChanged RefreshMode = "changed" // what the configuration changes
	RefreshNone    RefreshMode = "false"   // nothing: a plan from the state alone
)

// RefreshModes returns what a configuration may say of it.
func RefreshModes() []RefreshMode {
	return []RefreshMode{RefreshAuto, RefreshChanged, RefreshFull, RefreshManaged}
}

// Numbers are the numbers that a refresh was about; nil stands for all.
type Numbers map[string]bool

// Add adds that of a key.
func (n Numbers) Add(k Key) { n[k.Number] = true }

// Has reports whether a key's number is one of them.
func (n Numbers) Has(k Key) bool { return n == nil || n[k.Number] }
