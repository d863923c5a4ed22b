package plan

import _ "embed"

// Manual is the account of how a plan is made: README.md.
//
//go:embed README.md
var Manual string
