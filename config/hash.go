package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// inputs are the digests of what decides what is declared. A file goes by its name in
// the directory: however that is given to tmsync, the hash is the same.
type inputs map[string][sha256.Size]byte

// noteFile begins the note of a file.
const noteFile = "file "

func (in inputs) note(what string, content []byte) { in.noteSum(what, sha256.Sum256(content)) }

func (in inputs) noteSum(what string, sum [sha256.Size]byte) { in[what] = sum }

// fileNames names the files among them.
func (in inputs) fileNames() (names []string) {
	for _, what := range slices.Sorted(maps.Keys(in)) {
		if name, ok := strings.CutPrefix(what, noteFile); ok {
			names = append(names, name)
		}
	}
	return names
}

// hash is the digest of all of them.
func (in inputs) hash() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(in)) {
		fmt.Fprintf(h, "%q %x\n", name, in[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Inputs names the files that were read, as they are shown to the user.
func (c *Config) Inputs() []string {
	names := c.inputs.fileNames()
	for i, name := range names {
		names[i] = c.files.Shown(name)
	}
	return names
}
