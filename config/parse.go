package config

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/scan"
)

// parse reads one piece.
func (src *source) parse(p scan.Piece) (*hcl.File, hcl.Diagnostics) {
	text := src.src[p.Start:p.End]
	if src.json {
		return hcljson.Parse(text, src.name)
	}
	return hclsyntax.ParseConfig(text, src.name, hcl.Pos{Line: p.Line, Column: 1, Byte: p.Start})
}

// prepare divides the source into pieces, or says why it may not be parsed. Blocks
// that skip passes are pieces of their own.
func (src *source) prepare(skip scan.Skip) *hcl.Diagnostic {
	problem := scan.CheckText(src.src)
	switch {
	case problem != nil:
	case src.json:
		src.pieces = []scan.Piece{{Start: 0, End: len(src.src), Line: 1}}
		problem = scan.CheckJSON(src.src)
	default:
		src.pieces, problem = scan.Cut(src.src, skip)
	}
	if problem == nil {
		return nil
	}
	src.pieces = nil
	return problem.Diagnostic(src.name, src.src)
}

// firstError picks the one syntax error worth showing: the first in the file.
// Those after it are mostly consequences.
func firstError(diags hcl.Diagnostics) *hcl.Diagnostic {
	var first *hcl.Diagnostic
	for _, d := range diags {
		if d.Severity == hcl.DiagError && (first == nil || d.Subject.Start.Byte < first.Subject.Start.Byte) {
			first = d
		}
	}
	return first
}

// parsed is what came out of one piece.
type parsed struct {
	syntax   *hcl.Diagnostic // the first syntax error; nothing else is set then
	diags    hcl.Diagnostics
	settings hcl.Blocks     // every block that declares no tracking
	declares []*declaration // the blocks that do
}

func (p parsed) wrong() bool { return p.syntax != nil || len(p.diags) > 0 }

// parseValid reads one piece that has no syntax error, or tells the first one.
func (src *source) parseValid(p scan.Piece) (*hcl.File, *hcl.Diagnostic) {
	file, diags := src.parse(p)
	if first := firstError(diags); first != nil {
		return nil, first
	}
	if p.Broken {
		return nil, scan.Unbalanced(p.End-1).Diagnostic(src.name, src.src)
	}
	return file, nil
}

func (j job) parse() parsed {
	if len(j.literal) > 0 {
		return parsed{declares: j.literal}
	}
	file, problem := j.src.parseValid(j.Piece)
	if problem != nil {
		return parsed{syntax: problem}
	}
	return decodeRoot(eval.CheckedBody(file.Body))
}

// job is a piece of a source.
type job struct {
	src *source
	scan.Piece
	literal []*declaration // what the piece consists of; none: it has to be parsed
}

// parseAll parses the sources, several pieces at a time. What comes out does
// not depend on how many. With a syntax error in any file nothing else is
// reported, and of each file only the first; with very many other errors, only
// these.
//
// If anything is wrong anywhere, all is parsed again, literal blocks like others,
// so that messages do not depend on which ones there are.
func (l *loader) parseAll(sources []*source) []parsed {
	jobs, problems := l.jobs(sources, l.literals)
	results := l.parseJobs(jobs)
	if l.literals && (len(problems) > 0 || slices.ContainsFunc(results, parsed.wrong)) {
		jobs, problems = l.jobs(sources, false)
		results = l.parseJobs(jobs)
	}
	l.report(problems...)
	ok := len(problems) == 0
	var last *source
	for i, r := range results {
		if r.syntax != nil {
			if jobs[i].src != last {
				l.report(r.syntax)
			}
			last, ok = jobs[i].src, false
		}
	}
	if !ok {
		return nil
	}
	for _, r := range results {
		l.report(r.diags...)
	}
	if len(results) < len(jobs) {
		return nil
	}
	return results
}

// jobs prepares the sources. With any problem nothing but syntax errors is of
// interest.
func (l *loader) jobs(sources []*source, literals bool) (jobs []job, problems hcl.Diagnostics) {
	kept, textWork := 0, 0
	for _, src := range sources {
		l.opts.Progress.step()
		r, read := &literalReader{file: src.name, src: src.src}, scan.Skip(nil)
		if literals {
			read = r.skip
		}
		if problem := src.prepare(read); problem != nil {
			problems = append(problems, problem)
		}
		for _, p := range src.pieces {
			kept, textWork = kept+p.Kept, textWork+p.TextWork
			jobs = append(jobs, job{src, p, r.blocks[p.SkipFrom:p.SkipTo]})
			at := scan.Excess{Offset: p.Start}
			switch {
			case kept > maxSettings:
				at.Summary, at.Detail = "Configuration too large", fmt.Sprintf("All blocks but those of trackings may have %d words, signs and texts together; here they have more. Put the data into CSV files and use trackings blocks.", maxSettings)
			case textWork > scan.MaxTextWork:
				at.Summary, at.Detail = "Texts too large", "The texts of several lines, or with many \"$\" and \"%\", are so large that it takes too long to read them. Put them into files of their own, and use file()."
			default:
				continue
			}
			for _, src := range sources {
				src.pieces = nil // nothing is parsed, for snippets neither
			}
			return nil, append(problems, at.Diagnostic(src.name, src.src))
		}
	}
	return jobs, problems
}

// parseJobs parses, in order, until there are more errors than will be shown.
func (l *loader) parseJobs(jobs []job) []parsed {
	results := make([]parsed, len(jobs))
	var (
		mu       sync.Mutex
		done     = make([]bool, len(jobs))
		next     int         // to be taken
		finished int         // how many, from the first one on, are done
		errors   int         // in these
		end      = len(jobs) // no more than these are wanted
		large    sync.Mutex  // one at a time, for the sake of memory
		wg       sync.WaitGroup
	)
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= end
	}
	put := func(i int, r parsed) {
		mu.Lock()
		defer mu.Unlock()
		results[i], done[i] = r, true
		for finished < end && done[finished] {
			errors += len(results[finished].diags)
			if finished++; errors > maxDiagnostics {
				end = finished
			}
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		wg.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				l.opts.Progress.read(jobs[i].End - jobs[i].Start)
				if jobs[i].End-jobs[i].Start > 16*scan.PieceSize {
					large.Lock()
					put(i, jobs[i].parse())
					large.Unlock()
					continue
				}
				put(i, jobs[i].parse())
			}
		})
	}
	wg.Wait()
	return results[:end]
}

// rootSchema lists the blocks of the language.
var rootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "tmsync"},
	{Type: "provider", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "defaults"},
	{Type: "tracking", LabelNames: []string{"name"}},
	{Type: "trackings", LabelNames: []string{"name"}},
	{Type: "safety"},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "moved"},
	{Type: "removed"},
	{Type: "import"},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "check", LabelNames: []string{"name"}},
}}

func decodeRoot(body hcl.Body) parsed {
	var out parsed
	content, diags := body.Content(rootSchema)
	out.diags = append(out.diags, diags...)
	slices.SortStableFunc(content.Blocks, func(a, b *hcl.Block) int {
		return cmp.Compare(a.DefRange.Start.Byte, b.DefRange.Start.Byte)
	})
	for _, block := range content.Blocks {
		switch block.Type {
		case "tracking", "trackings":
			d, diags := decodeDeclaration(block)
			out.diags = append(out.diags, diags...)
			out.declares = append(out.declares, d)
		default:
			out.settings = append(out.settings, block)
		}
	}
	return out
}

// navigation names the block around a place in a file, for the line
// `on main.hcl line 12, in tracking "a":` of a message. It keeps the piece that
// it was last asked about.
type navigation struct {
	src  *source
	last int // index of a piece
	nav  any
}

// ContextString is what the writers of package hcl ask for.
func (n *navigation) ContextString(offset int) string {
	i, _ := slices.BinarySearchFunc(n.src.pieces, offset, func(p scan.Piece, offset int) int {
		return cmp.Compare(p.End, offset+1)
	})
	if i == len(n.src.pieces) {
		return ""
	}
	if n.nav == nil || n.last != i {
		file, _ := n.src.parse(n.src.pieces[i])
		n.nav, n.last = file.Nav, i
	}
	if nav, ok := n.nav.(interface{ ContextString(offset int) string }); ok {
		return nav.ContextString(offset)
	}
	return ""
}
