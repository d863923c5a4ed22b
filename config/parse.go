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
	"sync/atomic"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
)

// A file is parsed in pieces, since the parser's memory and part of its time
// grow with what it is given at once, and since pieces can be parsed side by
// side. What a piece declares is taken out of its syntax tree at once, and the
// tree is dropped.

// pieceSize is about how large a piece is, in bytes. It ends where an item at
// the top of the file ends.
const pieceSize = 16 << 10

// piece is a part of a source: whole blocks and arguments.
type piece struct {
	start, end int
	line       int  // of its first byte
	broken     bool // the source is certainly wrong at the end of it
}

// cut divides a source into pieces. The error says that it may not be parsed.
func cut(src []byte) ([]piece, *excess) {
	if i := invalidUTF8(src); i >= 0 {
		return nil, &excess{i, "Invalid character encoding", fmt.Sprintf("The file is not UTF-8: byte %d is not part of a character. Save it as UTF-8.", i)}
	}
	var pieces []piece
	s := newScanner(src, false)
	start, item, line := 0, 0, 1 // of the piece, and of the block or argument in it
	add := func(end int, broken bool) {
		pieces = append(pieces, piece{start, end, line, broken})
		line += bytes.Count(src[start:end], []byte("\n"))
		start = end
	}
	for {
		switch s.step() {
		case tokNewline:
			if !s.outside() {
				continue
			}
			item = s.pos
			if s.pos-start >= pieceSize {
				add(s.pos, false)
			}
		case tokBroken:
			if s.excess != nil {
				return nil, s.excess
			}
			add(min(s.pos+1, len(src)), true)
			return pieces, nil
		case tokEOF:
			if !s.outside() && s.pos-item > maxStatement {
				return nil, &excess{s.stack[1].at, "Unclosed bracket or string", "What is opened here is not closed before the end of the file."}
			}
			add(s.pos, false)
			return pieces, nil
		}
		if s.pos-item > maxStatement && s.outside() {
			return nil, &excess{item, "Block too large", fmt.Sprintf("One block or argument may have %s; this one has more. Put the data into a CSV file and use a trackings block.", sizeText(maxStatement))}
		}
	}
}

// invalidUTF8 gives the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}

// parse reads one piece.
func (src *source) parse(p piece) (*hcl.File, hcl.Diagnostics) {
	text := src.src[p.start:p.end]
	if src.json {
		return hcljson.Parse(text, src.name)
	}
	return hclsyntax.ParseConfig(text, src.name, hcl.Pos{Line: p.line, Column: 1, Byte: p.start})
}

// prepare divides the source into pieces, or says why it may not be parsed.
func (src *source) prepare() *hcl.Diagnostic {
	var problem *excess
	if src.json {
		src.pieces = []piece{{start: 0, end: len(src.src), line: 1}}
		problem = checkJSON(src.src)
	} else {
		src.pieces, problem = cut(src.src)
	}
	if problem == nil {
		return nil
	}
	src.pieces = nil
	return problem.diagnostic(src.name, src.src)
}

// checkJSON counts the nesting of a JSON document, and of the templates that
// its strings are.
func checkJSON(src []byte) *excess {
	depth := 0
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '{', '[':
			if depth++; depth > maxNesting {
				return &excess{i, "Configuration nested too deeply", fmt.Sprintf("Objects and arrays may be nested %d levels deep; this is one level more.", maxNesting)}
			}
		case '}', ']':
			depth--
		case '"':
			end := jsonStringEnd(src, i)
			if err := checkJSONString(src[i:end]); err != nil {
				return &excess{i, "Invalid template in a string", "The string cannot be read as a template: " + err.Error() + "."}
			}
			i = end - 1
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

func checkJSONString(raw []byte) error {
	if !bytes.ContainsAny(raw, "$%\\") {
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil // the parser will say what is wrong
	}
	if !strings.Contains(s, "${") && !strings.Contains(s, "%{") {
		return nil
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

func (src *source) parsePiece(p piece) parsed {
	file, diags := src.parse(p)
	if first := firstError(diags); first != nil {
		return parsed{syntax: first}
	}
	if p.broken {
		problem := excess{p.end - 1, "Unbalanced bracket or quote", "What stands here closes nothing that is open, or leaves a string open at the end of a line."}
		return parsed{syntax: problem.diagnostic(src.name, src.src)}
	}
	return decodeRoot(file.Body)
}

// parseAll parses the sources, several pieces at a time. What comes out does
// not depend on how many. With a syntax error in any file nothing else is
// reported, and of each file only the first.
func (l *loader) parseAll(sources []*source) []parsed {
	type job struct {
		src *source
		piece
	}
	var jobs []job
	broken := false
	for _, src := range sources {
		if problem := src.prepare(); problem != nil {
			l.diags = append(l.diags, problem)
			broken = true
		}
		for _, p := range src.pieces {
			jobs = append(jobs, job{src, p})
		}
	}
	results := make([]parsed, len(jobs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				results[i] = jobs[i].src.parsePiece(jobs[i].piece)
			}
		})
	}
	wg.Wait()

	var last *source
	for i, r := range results {
		if r.syntax != nil {
			if jobs[i].src != last {
				l.diags = append(l.diags, r.syntax)
			}
			last, broken = jobs[i].src, true
		}
	}
	if broken {
		return nil
	}
	for _, r := range results {
		l.diags = append(l.diags, r.diags...)
	}
	return results
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
// `on main.hcl line 12, in tracking "a":` of a message.
type navigation struct{ src *source }

// ContextString is what the writers of package hcl ask for.
func (n navigation) ContextString(offset int) string {
	i, _ := slices.BinarySearchFunc(n.src.pieces, offset, func(p piece, offset int) int {
		return cmp.Compare(p.end, offset+1)
	})
	if i == len(n.src.pieces) {
		return ""
	}
	file, _ := n.src.parse(n.src.pieces[i])
	if nav, ok := file.Nav.(interface{ ContextString(offset int) string }); ok {
		return nav.ContextString(offset)
	}
	return ""
}
