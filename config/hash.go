package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// note adds something that decides what is declared to the configuration's
// hash. It goes by a file's name in the directory: however that is given to tmsync,
// the hash is the same.
func (l *loader) note(what string, content []byte) {
	l.noteSum(what, sha256.Sum256(content))
}

func (l *loader) noteSum(what string, sum [sha256.Size]byte) {
	l.inputs[what] = sum
}

// Inputs names the files that were read, as they are shown to the user.
func (c *Config) Inputs() []string {
	var names []string
	for _, what := range slices.Sorted(maps.Keys(c.loader.inputs)) {
		if name, ok := strings.CutPrefix(what, noteFile); ok {
			names = append(names, c.loader.shown(name))
		}
	}
	return names
}

// noteFile begins the note of a file.
const noteFile = "file "

// hash is the digest of all that was noted.
func (l *loader) hash() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.inputs)) {
		fmt.Fprintf(h, "%q %x\n", name, l.inputs[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
