package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// source is one configuration or variable file.
type source struct {
	name   string // as shown to the user
	src    []byte
	json   bool
	vars   bool // a variable file
	pieces []piece
}

// readAll reads and closes a file of at most limit bytes.
func readAll(f *os.File, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil {
		b.Grow(int(min(info.Size(), limit)) + bytes.MinRead) // all of it, and room to see its end
	}
	_, err := b.ReadFrom(io.LimitReader(f, limit+1))
	if err == nil && int64(b.Len()) > limit {
		err = fmt.Errorf("the file is larger than %s", text.Size(limit))
	}
	return b.Bytes(), errors.Join(err, f.Close())
}

// nameText writes a file's name within a sentence.
func nameText(name string) string {
	if invisible(name) != "" {
		return strconv.Quote(name)
	}
	return name
}

// fileProblem says why a file could not be read.
func fileProblem(err error) string {
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, errNotRegular):
		return "it is not a regular file"
	case errors.As(err, &pathErr) && strings.Contains(pathErr.Err.Error(), "escapes"):
		return errOutside.Error()
	case errors.As(err, &pathErr):
		return pathErr.Err.Error()
	}
	return err.Error()
}

// shown is a file's name in messages.
func (l *loader) shown(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return path.Join(l.opts.Display, filepath.ToSlash(name))
}

// listFiles finds the configuration files and the variable files that are
// loaded by themselves, both in name order. Folders are passed over; whatever
// else has the name is opened and, if it is not a regular file, complained of.
func (l *loader) listFiles() (configs, vars []string) {
	entries, err := fs.ReadDir(l.files.root.FS(), ".")
	if err != nil {
		l.error(nil, "Cannot read the configuration directory", sentence(fileProblem(err)))
		return nil, nil
	}
	var auto []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") {
			continue
		}
		base := strings.TrimSuffix(name, ".json")
		switch {
		case strings.HasSuffix(base, ".hcl"):
			configs = append(configs, name)
		case base == "tmsync.tmvars":
			vars = append(vars, name)
		case strings.HasSuffix(base, ".auto.tmvars"):
			auto = append(auto, name)
		}
	}
	if n := len(configs) + len(vars) + len(auto); n > maxFiles {
		l.error(nil, "Too many files", fmt.Sprintf("A configuration may have %d files; this one has %d.", maxFiles, n))
		return nil, nil
	}
	return configs, slices.Concat(vars, auto)
}

// readConfigs reads the configuration files into l.cfg.sources.
func (l *loader) readConfigs(names []string) {
	for _, name := range names {
		f, err := l.files.open(name)
		l.addSource(name, f, err)
	}
}

// addSource reads an opened file; it returns nil, and has said why, if that
// fails.
func (l *loader) addSource(name string, f *os.File, err error) *source {
	l.opts.Progress.step()
	var b []byte
	if err == nil {
		b, err = readAll(f, maxFileSize)
	}
	shown := l.shown(name)
	if err != nil {
		l.error(nil, "Cannot read file", fmt.Sprintf("%s: %s.", nameText(shown), fileProblem(err)))
		return nil
	}
	if l.size += len(b); l.size > maxTotalSize {
		l.error(nil, "Configuration too large", fmt.Sprintf("The files of a configuration may have %s together; with %s they have more.", text.Size(maxTotalSize), nameText(shown)))
		return nil
	}
	l.note(noteFile+name, b)
	src := &source{name: shown, src: b, json: strings.HasSuffix(name, ".json")}
	l.cfg.sources = append(l.cfg.sources, src)
	return src
}
