package state

import _ "embed"

// Manual is the reference of the state and its files: README.md.
//
//go:embed README.md
var Manual string
