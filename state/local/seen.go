package local

import (
	"encoding/json"
	"io"
	"os"

	"github.com/tmsync/tmsync/state"
)

// maxSeen bounds what is read of the note of what was seen, in bytes.
const maxSeen = 64 << 10

// Seen returns the state that was last seen in this place.
func (l *Store) Seen() state.Mark {
	var m state.Mark
	if l.readNote(l.NotePath(seenName), &m) {
		return m
	}
	return l.before.seen(l)
}

// SetSeen remembers a state.
func (l *Store) SetSeen(m state.Mark) {
	if l.Seen() == m {
		return
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil || len(text) >= maxSeen {
		return
	}
	_ = replace(l.FS, l.NotePath(seenName), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}, func() error { return nil })
}

// readNote reads a note into v and reports whether it could.
func (l *Store) readNote(path string, v any) bool {
	f, err := openRegular(l.FS, path, os.O_RDONLY)
	if f == nil || err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSeen))
	return err == nil && json.Unmarshal(text, v) == nil
}
