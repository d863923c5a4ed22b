package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/tmsync/tmsync/internal/text"
)

// parse reads one piece.
func (src *source) parse(p piece) (*hcl.File, hcl.Diagnostics) {
	text := src.src[p.start:p.end]
	if src.json {
		return hcljson.Parse(text, src.name)
	}
	return hclsyntax.ParseConfig(text, src.name, hcl.Pos{Line: p.line, Column: 1, Byte: p.start})
}

// prepare divides the source into pieces, or says why it may not be parsed.
// literals says whether literal blocks may be pieces.
func (src *source) prepare(literals bool) *hcl.Diagnostic {
	problem := checkText(src.src)
	switch {
	case problem != nil:
	case src.json:
		src.pieces = []piece{{start: 0, end: len(src.src), line: 1}}
		problem = checkJSON(src.src)
	case literals:
		src.pieces, problem = cut(src.src, &literalReader{file: src.name, src: src.src})
	default:
		src.pieces, problem = cut(src.src, nil)
	}
	if problem == nil {
		return nil
	}
	src.pieces = nil
	return problem.diagnostic(src.name, src.src)
}

// checkText finds what no text has. A zero byte is an error in comments, too: git
// shows nobody what changes in a file with one.
func checkText(src []byte) *excess {
	if i := text.InvalidUTF8(src); i >= 0 {
		return &excess{i, "Invalid character encoding", fmt.Sprintf("The file is not UTF-8: byte %d is not part of a character. Save it as UTF-8.", i)}
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return &excess{i, "Zero byte", fmt.Sprintf("Byte %d of the file is zero. git takes a file with a zero byte for binary, and hides what a change does to it. Take the byte out, and save the file as UTF-8.", i)}
	}
	return nil
}

// checkJSON counts the nesting of a JSON document, and of the templates that
// its strings are, and how much there is for the parser, which takes it in one
// piece.
func checkJSON(src []byte) *excess {
	depth, tokens := 0, 0
	for i := 0; i < len(src); i++ {
		start := i
		switch c := src[i]; {
		case c == ' ', c == '\t', c == '\r', c == '\n':
			continue
		case c == '{', c == '[':
			if depth++; depth > maxNesting {
				return &excess{i, "Configuration nested too deeply", fmt.Sprintf("Objects and arrays may be nested %d levels deep; this is one level more.", maxNesting)}
			}
		case c == '}', c == ']':
			depth--
		case c == '"':
			end := jsonStringEnd(src, i)
			more, err := checkJSONString(src[i:end])
			if err != nil {
				return &excess{i, "Invalid template in a string", "The string cannot be read as a template: " + err.Error() + "."}
			}
			tokens += more
			if rest := bytes.TrimLeft(src[end:], " \t\r\n"); end-i > maxName && len(rest) > 0 && rest[0] == ':' {
				return &excess{i, "Name too long", fmt.Sprintf("A name may have %d bytes; this one has %d.", maxName, end-i)}
			}
			i = end - 1
		case isDigit(c):
			end, ok := jsonNumber(src, i)
			if !ok {
				return &excess{i, "Number out of range", fmt.Sprintf("A number may have %d digits, and go up to 1e%d.", maxDigits, maxExponent)}
			}
			i = end - 1
		}
		if tokens++; tokens > maxJSON {
			return &excess{start, "JSON file too large", fmt.Sprintf("A JSON file may have %d values, names and signs; here it has more. Split it, or put the data into a CSV file and use a trackings block.", maxJSON)}
		}
	}
	return nil
}

// jsonStringEnd finds the end of the string that starts at a quote.
func jsonStringEnd(src []byte, start int) int {
	for i := start + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// checkJSONString looks at a string that may be a template.
func checkJSONString(raw []byte) (tokens int, err error) {
	if !bytes.ContainsAny(raw, "$%\\") {
		return 0, nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return 0, nil // the parser will say what is wrong
	}
	if !strings.Contains(s, "${") && !strings.Contains(s, "%{") {
		return 0, nil
	}
	return checkNesting([]byte(s), true)
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
func (src *source) parseValid(p piece) (*hcl.File, *hcl.Diagnostic) {
	file, diags := src.parse(p)
	if first := firstError(diags); first != nil {
		return nil, first
	}
	if p.broken {
		return nil, unbalanced(p.end-1).diagnostic(src.name, src.src)
	}
	return file, nil
}

func (src *source) parsePiece(p piece) parsed {
	if p.literal != nil {
		return parsed{declares: p.literal}
	}
	file, problem := src.parseValid(p)
	if problem != nil {
		return parsed{syntax: problem}
	}
	return decodeRoot(checkedBody(file.Body))
}

// job is a piece of a source.
type job struct {
	src *source
	piece
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
		if problem := src.prepare(literals); problem != nil {
			problems = append(problems, problem)
		}
		for i, p := range src.pieces {
			src.pieces[i].literal = nil // the job has it
			kept, textWork = kept+p.kept, textWork+p.textWork
			jobs = append(jobs, job{src, p})
			at := excess{offset: p.start}
			switch {
			case kept > maxSettings:
				at.summary, at.detail = "Configuration too large", fmt.Sprintf("All blocks but those of trackings may have %d words, signs and texts together; here they have more. Put the data into CSV files and use trackings blocks.", maxSettings)
			case textWork > maxTextWork:
				at.summary, at.detail = "Texts too large", "The texts of several lines, or with many \"$\" and \"%\", are so large that it takes too long to read them. Put them into files of their own, and use file()."
			default:
				continue
			}
			for _, src := range sources {
				src.pieces = nil // nothing is parsed, for snippets neither
			}
			return nil, append(problems, at.diagnostic(src.name, src.src))
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
				l.opts.Progress.read(jobs[i].end - jobs[i].start)
				if jobs[i].end-jobs[i].start > 16*pieceSize {
					large.Lock()
					put(i, jobs[i].src.parsePiece(jobs[i].piece))
					large.Unlock()
					continue
				}
				put(i, jobs[i].src.parsePiece(jobs[i].piece))
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
	i, _ := slices.BinarySearchFunc(n.src.pieces, offset, func(p piece, offset int) int {
		return cmp.Compare(p.end, offset+1)
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
