package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/terraform"
	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/text"
)

// maxTotalSize bounds the bytes of all files, and is named in its error;
// source.MaxSize is what one may have.
const maxTotalSize = 256 << 20

// reader finds, reads and parses the files of a configuration.
type reader struct {
	*diagnostics
	inputs
	files    *files.Directory
	progress *Progress
	literals bool // see load
	size     int  // bytes read so far
	sources  []*source.File
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

// listFiles returns the configuration and automatic variable files, both in name
// order. Directories are passed over; whatever else has the name is opened and, if
// it is not a regular file, complained of.
func (rd *reader) listFiles() (configs, vars []string) {
	entries, err := rd.files.List()
	if err != nil {
		rd.error(nil, "Cannot read the configuration directory", text.Sentence(files.Problem(err)))
		return nil, nil
	}
	var auto, foreign []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") {
			continue
		}
		base := strings.TrimSuffix(name, ".json")
		switch {
		case terraform.IsFile(name):
			foreign = append(foreign, hcldiag.FileName(rd.files.Shown(name)))
		case strings.HasSuffix(base, ".hcl"):
			configs = append(configs, name)
		case base == "tmsync.tmvars":
			vars = append(vars, name)
		case strings.HasSuffix(base, ".auto.tmvars"):
			auto = append(auto, name)
		}
	}
	if len(foreign) > 0 {
		rd.report(hcldiag.Warning("Terraform's files are not read", terraform.FilesNotice(foreign)))
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
func (rd *reader) addSource(name string, f *os.File, err error) *source.File {
	rd.progress.step()
	var b []byte
	if err == nil {
		b, err = files.ReadAll(f, source.MaxSize)
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
	src := source.New(shown, b)
	rd.sources = append(rd.sources, src)
	return src
}

// inputs are the digests of what decides what is declared. A file goes by its name in
// the directory: however that is given to tmsync, the hash is the same.
type inputs map[string][sha256.Size]byte

// noteFile begins the note of a file.
const noteFile = "file "

func (in inputs) note(what string, content []byte) { in.noteSum(what, sha256.Sum256(content)) }

func (in inputs) noteSum(what string, sum [sha256.Size]byte) { in[what] = sum }

// fileNames returns the names of the files among them.
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

// Inputs returns the files that were read, as they are shown to the user.
func (c *Config) Inputs() []string {
	names := c.inputs.fileNames()
	for i, name := range names {
		names[i] = c.files.Shown(name)
	}
	return names
}

// readVarFiles reads the variable files and sorts their values by precedence, with
// --var:
//
//	environment < tmsync.tmvars < *.auto.tmvars < --var and --var-file as given
//
// The environment is left for assignVariables. The result is nil if a file
// could not be read.
func (rd *reader) readVarFiles(auto []string, vars []VarFlag) []given {
	values := []given{}
	ok := true
	add := func(src *source.File) {
		ok = src != nil && rd.parseVarFile(src, &values) && ok
	}
	for _, name := range auto {
		f, err := rd.files.Open(name)
		add(rd.addSource(name, f, err))
	}
	for _, flag := range vars {
		if flag.File != "" {
			f, err := rd.files.OpenGiven(flag.File)
			add(rd.addSource(flag.File, f, err))
			continue
		}
		name, text, found := strings.Cut(flag.Assign, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			rd.error(nil, "Invalid --var", "--var takes NAME=VALUE, for example --var 'shop=main'.")
			ok = false
			continue
		}
		values = append(values, given{name: name, text: text, from: "--var"})
	}
	if !ok {
		return nil
	}
	return values
}

// parseVarFile adds the values of a file, in the order of the file.
func (rd *reader) parseVarFile(src *source.File, values *[]given) bool {
	src.Vars = true
	file, problem := src.ParseWhole()
	if problem != nil {
		rd.report(problem)
		return false
	}
	attrs, diags := eval.CheckedBody(file.Body).JustAttributes()
	rd.report(diags...)
	for _, a := range eval.InOrder(attrs) {
		*values = append(*values, given{name: a.Name, expr: a.Expr, from: src.Name})
	}
	return true
}
