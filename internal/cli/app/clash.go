package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan/planfile"
)

// No file that a run writes may be one that it reads, one of tmsync's own, or
// another one that it writes; and the state may be none of these either. What can
// be known from the command line is looked at first of all, what the files say
// when they are read, and both before the state is opened and anybody is asked.

// namedFile is a file that a flag or a variable names.
type namedFile struct {
	by    string // "--md-out"; of what is read, what it is
	path  string
	isNew bool // it must not be there yet, and may become one of the configuration
}

// fileNames are the files of one run.
type fileNames struct {
	writes, reads []namedFile
	state         string // of --state, or of a saved plan; "" when it is the configured one
	Clash         bool   // there is one: nothing that a flag names is written
	loaded        bool   // what the configuration reads has been looked at
}

// Writes records a file that the run is going to write; "" is none.
func (a *App) Writes(by, path string) {
	if path != "" {
		a.Files.writes = append(a.Files.writes, namedFile{by: by, path: a.InDir(path)})
	}
}

// Creates is Writes for a file that must not be there yet.
func (a *App) Creates(by, path string) {
	if path != "" {
		a.Files.writes = append(a.Files.writes, namedFile{by: by, path: a.InDir(path), isNew: true})
	}
}

// Reads records a file that the run reads, and what it is.
func (a *App) Reads(what, path string) {
	if path != "" {
		a.Files.reads = append(a.Files.reads, namedFile{by: what, path: a.InDir(path)})
	}
}

// filePlace is where a path leads to: the path as it was given, as it is without
// links, and what is there.
type filePlace struct {
	given, path string
	info        fs.FileInfo // nil: nothing
}

func placeOf(path string) filePlace {
	info, _ := os.Stat(path) // what cannot be described has its path to go by
	return filePlace{filepath.Clean(path), resolved(path), info}
}

// resolved returns a path with its links resolved. Its end need not exist.
func resolved(path string) string {
	path = filepath.Clean(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	dir, name := filepath.Split(path)
	if dir = filepath.Clean(dir); dir == path || name == "" {
		return path
	}
	return filepath.Join(resolved(dir), name)
}

// same reports whether two places are one. Names that differ in case only are one
// on many file systems.
func (p filePlace) same(o filePlace) bool {
	return strings.EqualFold(p.path, o.path) || p.info != nil && o.info != nil && os.SameFile(p.info, o.info)
}

// claim is a reason why a file must not be written.
type claim struct {
	what string // the file is that
	has  func(filePlace) bool
	free func(namedFile) bool // those that it does not bind; nil: it binds all
}

// claims are those that the command line makes.
func (a *App) claims() []claim {
	all := []claim{
		{what: "in .tmsync, where tmsync keeps its own files", has: func(p filePlace) bool { return a.below(p, ".tmsync") }},
		{what: "in .git, where git keeps its own files", has: func(p filePlace) bool { return a.below(p, ".git") }},
		{what: "a file for keys and tokens, by its name", has: isDotEnv},
		{what: "a file of the configuration", has: isConfigurationFile, free: func(f namedFile) bool { return f.isNew }},
	}
	for _, r := range a.Files.reads {
		all = append(all, claim{what: r.by, has: placeOf(r.path).same})
	}
	all = append(all, claim{what: "a saved plan, which only --out replaces", has: isSavedPlan, free: func(f namedFile) bool { return f.by == "--out" }})
	if a.Files.state != "" {
		all = append(all, claimsOfState(a.InDir(a.Files.state))...)
	}
	return all
}

// below reports whether a place is in a directory of a name.
func (a *App) below(p filePlace, name string) bool {
	for path, base := range map[string]string{p.given: a.Dir, p.path: resolved(a.Dir)} {
		if rel, err := filepath.Rel(base, path); err == nil && filepath.IsLocal(rel) {
			path = rel // where the configuration itself is does not count
		}
		for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
			if strings.EqualFold(part, name) {
				return true
			}
		}
	}
	return false
}

func isConfigurationFile(p filePlace) bool {
	for _, path := range []string{p.given, p.path} {
		name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".json")
		if strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".tmvars") {
			return true
		}
	}
	return false
}

// isDotEnv reports whether a file is one that shells and tools read keys from.
func isDotEnv(p filePlace) bool {
	return strings.HasPrefix(strings.ToLower(filepath.Base(p.path)), ".env")
}

func isSavedPlan(p filePlace) bool {
	return p.info != nil && p.info.Mode().IsRegular() && planfile.Begins(beginning(p.path))
}

func claimsOfState(path string) []claim {
	st := placeOf(path)
	dir, name := filepath.Split(strings.ToLower(st.path))
	return []claim{
		{what: "the state", has: st.same},
		{what: "a backup of the state", has: func(p filePlace) bool {
			at, base := filepath.Split(strings.ToLower(p.path))
			return at == dir && strings.HasPrefix(base, name+".") && strings.HasSuffix(base, ".backup")
		}},
	}
}

// found returns which forbidden kind of file a place is, "" if none. by is what names it.
func found(claims []claim, by namedFile, p filePlace) string {
	for _, c := range claims {
		if (c.free == nil || !c.free(by)) && c.has(p) {
			return c.what
		}
	}
	return ""
}

// clashes are the files to be written that are claimed, or are written twice.
func (a *App) clashes(claims []claim) []string {
	var problems []string
	for i, w := range a.Files.writes {
		if special, err := InPlace(w.path); special || err != nil {
			continue // it is written to, or not written at all
		}
		p := placeOf(w.path)
		all := claims
		for _, o := range a.Files.writes[:i] {
			all = append(all[:len(all):len(all)], claim{what: "the file of " + o.by + " as well", has: placeOf(o.path).same})
		}
		if w.isNew && p.info != nil {
			continue // it is refused as it is there, or this run has made it
		}
		if what := found(all, w, p); what != "" {
			problems = append(problems, fmt.Sprintf("%s names %s, which is %s. Name another file.", w.by, text.Quote(a.told(w.path)), what))
		}
	}
	return problems
}

// told is a path of the run as messages name it.
func (a *App) told(path string) string {
	if rel, err := filepath.Rel(a.Env.Dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// CheckFiles checks the files that the command line names.
func (a *App) CheckFiles() error {
	for _, w := range a.Files.writes {
		if w.isNew || a.stream(w.path) != nil {
			continue
		}
		err := a.OwnPath(w.path)
		if err == nil {
			_, err = InPlace(w.path)
		}
		if err != nil {
			return fmt.Errorf("%s cannot write %s: %w", w.by, text.Quote(a.told(w.path)), WithoutPath(err))
		}
	}
	if problems := a.clashes(a.claims()); len(problems) > 0 {
		return errors.New(problems[0])
	}
	return nil
}

// useState records the state that a flag or a saved plan names; "" is none.
func (a *App) useState(path string) error {
	if path == "" {
		return nil
	}
	problem := config.CheckStatePath(path)
	if what := found(a.claims(), namedFile{by: "--state"}, placeOf(a.InDir(path))); problem == "" && what != "" && a.Files.state == "" {
		problem = fmt.Sprintf("The state cannot be %s, which is %s.", text.Quote(path), what)
	}
	if problem != "" {
		a.Files.Clash = true
		return Fail("Invalid --state", problem)
	}
	a.Files.state = path
	if problems := a.clashes(a.claims()); len(problems) > 0 {
		a.Files.Clash = true
		return Fail("One file for two things", strings.Join(problems, "\n"))
	}
	return nil
}

// checkLoaded checks the files again once the configuration is read and the state
// known. What is found is among the errors.
func (a *App) checkLoaded(l *Loaded) {
	a.Files.loaded = true
	claims := a.claims()
	begin := len(claims)
	for _, input := range l.Config.Inputs() {
		if !filepath.IsAbs(input) {
			input = filepath.Join(a.Env.Dir, input)
		}
		claims = append(claims, claim{what: "what the configuration reads", has: placeOf(input).same})
	}
	var diags hcl.Diagnostics
	clash := func(detail string, place *hcl.Range) {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "One file for two things", Detail: detail, Subject: place})
	}
	if path := a.Files.state; path != "" {
		if what := found(claims[begin:], namedFile{by: "--state"}, placeOf(a.InDir(path))); what != "" {
			clash(fmt.Sprintf("The state cannot be %s, which is %s. Give --state another file.", text.Quote(path), what), nil)
		}
	}
	if path := l.Config.StatePath; path != "" && a.Files.state == "" {
		if what := found(claims, namedFile{by: "state.path"}, placeOf(a.InDir(path))); what != "" {
			clash(fmt.Sprintf("The state cannot be %s, which is %s. Name another file.", text.Quote(path), what), l.Config.StateRange)
		}
	}
	if l.Config.StatePath != "" {
		claims = append(claims, claimsOfState(a.InDir(l.Config.StatePath))...)
	}
	for _, problem := range a.clashes(claims) {
		clash(problem, nil)
	}
	if len(diags) > 0 {
		a.Files.Clash = true
	} else if !l.Diags.HasErrors() {
		if err := a.Recorder.start(); err != nil {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "The events cannot be written", Detail: text.Sentence(err)})
		}
	}
	l.Diags = append(l.Diags, diags...)
}
