package shared

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"github.com/tmsync/tmsync/state"
)

const (
	seenName = "seen.json"
	maxSeen  = 64 << 10 // bytes
)

// notes are a directory of this machine, "" for none.
type notes struct{ dir string }

func (s notes) path(name string) string { return filepath.Join(s.dir, name) }

// readSeen reads what was seen from here, the zero value for nothing.
func (s notes) readSeen() state.Mark {
	var m state.Mark
	if s.dir == "" {
		return m
	}
	f, err := os.Open(s.path(seenName))
	if err != nil {
		return m
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSeen))
	if err != nil || json.Unmarshal(text, &m) != nil {
		return state.Mark{}
	}
	return m
}

// writeSeen writes that note. It may fail: nothing rests on it.
func (s notes) writeSeen(m state.Mark) {
	if s.dir == "" || s.readSeen() == m {
		return
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil || os.MkdirAll(s.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(s.dir, seenName+".*")
	if err != nil {
		return
	}
	_, err = f.Write(append(text, '\n'))
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), s.path(seenName)) != nil {
		_ = os.Remove(f.Name())
	}
}
