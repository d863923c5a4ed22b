package state

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// maxSeen bounds what is read of the file of states that were seen, in bytes.
const maxSeen = 64 << 10

func (l *Local) seenPath() string { return filepath.Join(l.folder, seenName) }

// Seen gives the state that was last seen under this name.
func (l *Local) Seen() Mark { return l.allSeen()[l.key] }

// SetSeen remembers a state. Several states may share a folder; each is known by
// its name.
func (l *Local) SetSeen(m Mark) {
	seen := l.allSeen()
	if seen[l.key] == m {
		return
	}
	seen[l.key] = m
	text, err := json.MarshalIndent(seen, "", "  ")
	if err != nil || len(text) >= maxSeen {
		return
	}
	_ = replace(l.FS, l.seenPath(), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}, func() error { return nil })
}

// allSeen reads the file; whatever cannot be read of it is forgotten.
func (l *Local) allSeen() map[string]Mark {
	seen := make(map[string]Mark)
	f, err := openRegular(l.FS, l.seenPath(), os.O_RDONLY)
	if f == nil || err != nil {
		return seen
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSeen))
	if err != nil || json.Unmarshal(text, &seen) != nil || seen == nil {
		return make(map[string]Mark)
	}
	return seen
}
