package config

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/config/source"
)

// parsed is what came out of one piece.
type parsed struct {
	syntax   *hcl.Diagnostic // the first syntax error; nothing else is set then
	diags    hcl.Diagnostics
	settings hcl.Blocks     // every block that declares no tracking
	declares []*declaration // the blocks that do
}

func (p parsed) wrong() bool { return p.syntax != nil || len(p.diags) > 0 }

func (j job) parse() parsed {
	if len(j.literal) > 0 {
		return parsed{declares: j.literal}
	}
	file, problem := j.src.Parse(j.Piece)
	if problem != nil {
		return parsed{syntax: problem}
	}
	return decodeRoot(eval.CheckedBody(file.Body))
}

// job is a piece of a source.
type job struct {
	src *source.File
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
func (rd *reader) parseAll(sources []*source.File) []parsed {
	jobs, problems := rd.jobs(sources, rd.literals)
	results := rd.parseJobs(jobs)
	if rd.literals && (len(problems) > 0 || slices.ContainsFunc(results, parsed.wrong)) {
		jobs, problems = rd.jobs(sources, false)
		results = rd.parseJobs(jobs)
	}
	rd.report(problems...)
	ok := len(problems) == 0
	var last *source.File
	for i, r := range results {
		if r.syntax != nil {
			if jobs[i].src != last {
				rd.report(r.syntax)
			}
			last, ok = jobs[i].src, false
		}
	}
	if !ok {
		return nil
	}
	for _, r := range results {
		rd.report(r.diags...)
	}
	if len(results) < len(jobs) {
		return nil
	}
	return results
}

// maxSettings bounds the tokens of everything but trackings, which is retained.
const maxSettings = 1_500_000

// jobs prepares the sources. With any problem nothing but syntax errors is of
// interest.
func (rd *reader) jobs(sources []*source.File, literals bool) (jobs []job, problems hcl.Diagnostics) {
	kept, textWork := 0, 0
	for _, src := range sources {
		rd.progress.step()
		r, read := &literalReader{file: src.Name, src: src.Text}, scan.Skip(nil)
		if literals {
			read = r.skip
		}
		if problem := src.Prepare(read); problem != nil {
			problems = append(problems, problem)
		}
		for _, p := range src.Pieces {
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
				src.Pieces = nil // nothing is parsed, for snippets neither
			}
			return nil, append(problems, at.Diagnostic(src.Name, src.Text))
		}
	}
	return jobs, problems
}

// parseJobs parses, in order, until there are more errors than will be shown.
func (rd *reader) parseJobs(jobs []job) []parsed {
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
				rd.progress.read(jobs[i].End - jobs[i].Start)
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
	{Type: "carriers"},
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
