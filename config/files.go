package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
)

// reader finds, reads and parses the files of a configuration.
type reader struct {
	*diagnostics
	inputs
	files    *files.Directory
	progress *Progress
	literals bool // see load
	size     int  // bytes read so far
	sources  []*Source
}

// written is what the files say, before any of it is evaluated.
type written struct {
	settings hcl.Blocks     // all blocks but those of trackings, in file order
	declares []*declaration // these
	values   []given        // of variables, in order of precedence
}

// read reads and parses all files. The result is nil where they cannot be understood.
func (rd *reader) read(vars []VarFlag) *written {
	configs, varFiles := rd.listFiles()
	if rd.diags.HasErrors() {
		return nil
	}
	if len(configs) == 0 {
		rd.error(nil, "No configuration files", "The directory has no *.hcl files. Run this for an example to start from:\n\n    tmsync init\n\nor name another directory with --chdir=DIR.")
		return nil
	}
	rd.readConfigs(configs)
	results := rd.parseAll(slices.Clone(rd.sources))
	values := rd.readVarFiles(varFiles, vars)
	if results == nil || values == nil {
		return nil
	}
	n := 0
	for _, r := range results {
		n += len(r.declares)
	}
	in := &written{declares: make([]*declaration, 0, n), values: values}
	for _, r := range results {
		in.settings = append(in.settings, r.settings...)
		in.declares = append(in.declares, r.declares...)
	}
	return in
}

// listFiles finds the configuration files and the variable files that are
// loaded by themselves, both in name order. Directories are passed over; whatever
// else has the name is opened and, if it is not a regular file, complained of.
func (rd *reader) listFiles() (configs, vars []string) {
	entries, err := rd.files.List()
	if err != nil {
		rd.error(nil, "Cannot read the configuration directory", hcldiag.Sentence(files.Problem(err)))
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
		rd.error(nil, "Too many files", fmt.Sprintf("A configuration may have %d files; this one has %d.", files.MaxFiles, n))
		return nil, nil
	}
	return configs, slices.Concat(vars, auto)
}

// readConfigs reads the configuration files into the sources.
func (rd *reader) readConfigs(names []string) {
	for _, name := range names {
		f, err := rd.files.Open(name)
		rd.addSource(name, f, err)
	}
}

// addSource reads an opened file; it returns nil, and has said why, if that
// fails.
func (rd *reader) addSource(name string, f *os.File, err error) *Source {
	rd.progress.step()
	var b []byte
	if err == nil {
		b, err = files.ReadAll(f, maxFileSize)
	}
	shown := rd.files.Shown(name)
	if err != nil {
		rd.error(nil, "Cannot read file", fmt.Sprintf("%s: %s.", hcldiag.FileName(shown), files.Problem(err)))
		return nil
	}
	if rd.size += len(b); rd.size > maxTotalSize {
		rd.error(nil, "Configuration too large", fmt.Sprintf("The files of a configuration may have %s together; with %s they have more.", text.Size(maxTotalSize), hcldiag.FileName(shown)))
		return nil
	}
	rd.note(noteFile+name, b)
	src := &Source{name: shown, src: b, json: strings.HasSuffix(name, ".json")}
	rd.sources = append(rd.sources, src)
	return src
}
