package config

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
)

// shown is a file's name in messages.
func (l *loader) shown(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return path.Join(l.opts.Display, filepath.ToSlash(name))
}

// readInput reads a file for a function.
func (l *loader) readInput(name string) ([]byte, error) {
	b, err := l.files.ReadFile(name, maxReadFile)
	if err != nil {
		return nil, err
	}
	l.note(noteFile+name, b)
	return b, nil
}

// listFiles finds the configuration files and the variable files that are
// loaded by themselves, both in name order. Directories are passed over; whatever
// else has the name is opened and, if it is not a regular file, complained of.
func (l *loader) listFiles() (configs, vars []string) {
	entries, err := l.files.List()
	if err != nil {
		l.error(nil, "Cannot read the configuration directory", hcldiag.Sentence(files.Problem(err)))
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
	if n := len(configs) + len(vars) + len(auto); n > files.MaxFiles {
		l.error(nil, "Too many files", fmt.Sprintf("A configuration may have %d files; this one has %d.", files.MaxFiles, n))
		return nil, nil
	}
	return configs, slices.Concat(vars, auto)
}

// readConfigs reads the configuration files into l.cfg.sources.
func (l *loader) readConfigs(names []string) {
	for _, name := range names {
		f, err := l.files.Open(name)
		l.addSource(name, f, err)
	}
}

// addSource reads an opened file; it returns nil, and has said why, if that
// fails.
func (l *loader) addSource(name string, f *os.File, err error) *Source {
	l.opts.Progress.step()
	var b []byte
	if err == nil {
		b, err = files.ReadAll(f, maxFileSize)
	}
	shown := l.shown(name)
	if err != nil {
		l.error(nil, "Cannot read file", fmt.Sprintf("%s: %s.", hcldiag.FileName(shown), files.Problem(err)))
		return nil
	}
	if l.size += len(b); l.size > maxTotalSize {
		l.error(nil, "Configuration too large", fmt.Sprintf("The files of a configuration may have %s together; with %s they have more.", text.Size(maxTotalSize), hcldiag.FileName(shown)))
		return nil
	}
	l.note(noteFile+name, b)
	src := &Source{name: shown, src: b, json: strings.HasSuffix(name, ".json")}
	l.cfg.sources = append(l.cfg.sources, src)
	return src
}
