package apply

import _ "embed"

// Manual is the account of what an apply promises, and how that is proven: README.md.
//
//go:embed README.md
var Manual string
