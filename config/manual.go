package config

import _ "embed"

// Manual is the reference of the language: README.md.
//
//go:embed README.md
var Manual string
