package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// DefaultStatePath is where the state is kept unless the files say otherwise.
const DefaultStatePath = "tmsync.state.jsonl"

var (
	tmsyncSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "name"}, {Name: "required_version"}, {Name: "refresh"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "state"}, {Type: "backend", LabelNames: []string{"kind"}}},
	}
	stateSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "path"}}}
)

// place is where the state lives: at a path, or behind a backend. Both are empty
// where what is said of that is wrong.
type place struct {
	path    string
	at      *hcl.Range // what says so, nil for nothing
	backend *Backend
}

// general is what the tmsync blocks say together.
type general struct {
	place
	name    string // "" for none
	refresh tracking.RefreshMode
}

// decodeTmsync reads the tmsync blocks. They may be several, as Terraform's terraform
// blocks: one file has the backend, another one the name.
func decodeTmsync(dec *decoder, version string, environ map[string]string) (g general) {
	content, diags := dec.mergedContent(dec.blocks("tmsync"), tmsyncSchema)
	decodeRequiredVersion(dec, version, content.Attributes["required_version"])
	choice(dec, content.Attributes["refresh"], &g.refresh, tracking.RefreshModes())
	g.name = decodeName(dec, content.Attributes["name"])
	g.place = decodePlace(dec, content, diags, environ)
	return g
}

// mergedContent returns what blocks say together, and what they may not say at all.
// It reports that, and an argument that two of them have.
func (dec *decoder) mergedContent(blocks hcl.Blocks, schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	merged := &hcl.BodyContent{Attributes: hcl.Attributes{}}
	var all hcl.Diagnostics
	for _, block := range blocks {
		content, diags := block.Body.Content(schema)
		dec.report(diags...)
		all = append(all, diags...)
		merged.Blocks = append(merged.Blocks, content.Blocks...)
		for _, known := range schema.Attributes {
			attr, other := content.Attributes[known.Name], merged.Attributes[known.Name]
			switch {
			case attr == nil:
			case other == nil:
				merged.Attributes[known.Name] = attr
			default:
				dec.error(&attr.NameRange, "Duplicate "+attr.Name, fmt.Sprintf("The %s blocks together may have one %s; another one is at %s.", block.Type, attr.Name, hcldiag.Place(other.NameRange)))
			}
		}
	}
	return merged, all
}

// plainName is what the configuration may call itself: it stands in titles, and in the
// mark by which its comment is found.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// decodeName reads what the configuration calls itself, "" for nothing.
func decodeName(dec *decoder, attr *hcl.Attribute) string {
	if attr == nil {
		return ""
	}
	v := dec.evaluate(attr.Expr)
	if v.HasMark(eval.Sensitive{}) {
		dec.error(attr.Expr.Range().Ptr(), "Sensitive value not allowed", "The name stands in reports, and must not come from anything sensitive. If it may be shown, write nonsensitive() around it.")
		return ""
	}
	v, ok := dec.convertTo(attr, v, cty.String)
	if !ok {
		return ""
	}
	name := v.AsString()
	if !plainName.MatchString(name) {
		dec.error(attr.Expr.Range().Ptr(), "Invalid name", "The name of a configuration has up to 40 letters from a to z, digits, \".\", \"_\" and \"-\", and begins with a letter or a digit, such as \"shop-de\".")
		return ""
	}
	return name
}

// decodePlace reads the blocks that say where the state lives. diags are those of the
// block around them.
func decodePlace(dec *decoder, content *hcl.BodyContent, diags hcl.Diagnostics, environ map[string]string) place {
	switch {
	case len(content.Blocks) > 0:
	case diags.HasErrors(): // what is not known here may have been meant to say it
		return place{}
	default:
		return place{path: DefaultStatePath}
	}
	first := content.Blocks[0]
	for _, extra := range content.Blocks[1:] {
		if extra.Type == first.Type {
			dec.error(&extra.DefRange, "Duplicate "+first.Type+" block", fmt.Sprintf("There may be one %s block; another one is at %s.", first.Type, hcldiag.Place(first.DefRange)))
		} else {
			dec.error(&extra.DefRange, "Two places for the state", fmt.Sprintf("The state lives in one place: a state block is a file of this machine, and a backend block a store that is shared. The %s block is at %s; remove one of them.", first.Type, hcldiag.Place(first.DefRange)))
		}
	}
	p := place{at: first.DefRange.Ptr()}
	if first.Type == "backend" {
		p.backend = decodeBackend(dec, environ, first)
	} else {
		p.path, p.at = decodeState(dec, first)
	}
	if len(content.Blocks) > 1 {
		return place{}
	}
	return p
}

// decodeState reads a state block: the path, "" where what is said of that is wrong,
// and what says so.
func decodeState(dec *decoder, block *hcl.Block) (path string, at *hcl.Range) {
	content, diags := block.Body.Content(stateSchema)
	dec.report(diags...)
	attr, before := content.Attributes["path"], len(dec.diags)
	if attr == nil && diags.HasErrors() {
		return "", block.DefRange.Ptr()
	}
	if attr == nil {
		return DefaultStatePath, nil
	}
	at = attr.Expr.Range().Ptr()
	path, ok := dec.text(attr)
	if dec.doubtful && len(attr.Expr.Variables()) > 0 {
		return "", at
	}
	if !ok {
		if len(dec.diags) > before { // it is not null
			return "", at
		}
		return DefaultStatePath, at
	}
	if problem := CheckStatePath(path); problem != "" {
		dec.error(at, "Invalid state path", problem)
		return "", at
	}
	return path, at
}

// CheckStatePath returns why a path cannot be that of a state, "" if it can.
func CheckStatePath(path string) string {
	const example = "such as \"tmsync.state.jsonl\"."
	switch base := filepath.Base(path); {
	case isURL.MatchString(path):
		return "The state is a file of this machine, and this is the address of something elsewhere. Name a file, " + example + " A state that is shared has a backend block instead."
	case path == "" || strings.HasSuffix(path, "/") || base == "." || base == ".." || text.Invisible(path) != "":
		return "The path must be the name of a file, " + example
	case strings.HasSuffix(strings.ToLower(base), ".backup"):
		return "Names that end with .backup are for what a state was before it changed. Name the state itself; \"tmsync state push\" puts a backup back."
	}
	return ""
}

var isURL = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

func decodeRequiredVersion(dec *decoder, running string, attr *hcl.Attribute) {
	s, ok := dec.text(attr)
	if !ok {
		return
	}
	rng := attr.Expr.Range()
	constraints, err := parseConstraints(s)
	if err != nil {
		dec.error(&rng, "Invalid version constraint", text.Sentence(err))
		return
	}
	version, _, ok := parseVersion(running)
	if !ok {
		return
	}
	for _, c := range constraints {
		if !c.allows(version) {
			dec.error(&rng, "Unsupported tmsync version", fmt.Sprintf("This configuration asks for tmsync %s; this is tmsync %s. Install a version that fits, or change required_version.", s, running))
			return
		}
	}
}

// constraint is one condition of required_version.
type constraint struct {
	op      string
	version [3]int
	parts   int // how many of them were written
}

// parseConstraints reads conditions such as ">= 0.1, < 2".
func parseConstraints(text string) ([]constraint, error) {
	var out []constraint
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		c := constraint{op: "="}
		for _, op := range []string{">=", "<=", "!=", "~>", ">", "<", "="} {
			if rest, found := strings.CutPrefix(part, op); found {
				c.op, part = op, strings.TrimSpace(rest)
				break
			}
		}
		var ok bool
		if c.version, c.parts, ok = parseVersion(part); !ok {
			return nil, fmt.Errorf("a version constraint is a list of conditions such as \">= 0.1, < 2\", with =, !=, >, >=, <, <= or ~> before each version")
		}
		out = append(out, c)
	}
	return out, nil
}

// parseVersion reads up to three numbers; what follows "-" or "+" is passed
// over.
func parseVersion(text string) (version [3]int, parts int, ok bool) {
	text = strings.TrimPrefix(text, "v")
	if i := strings.IndexAny(text, "-+"); i >= 0 {
		text = text[:i]
	}
	numbers := strings.Split(text, ".")
	if len(numbers) > len(version) {
		return version, 0, false
	}
	for i, number := range numbers {
		n, err := strconv.ParseUint(number, 10, 31)
		if err != nil {
			return version, 0, false
		}
		version[i] = int(n)
	}
	return version, len(numbers), true
}

func (c constraint) allows(version [3]int) bool {
	order := slices.Compare(version[:], c.version[:])
	switch c.op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	default: // ~>: the last number that was written may grow, no other
		fixed := cmp.Or(c.parts-1, 1)
		return order >= 0 && slices.Equal(version[:fixed], c.version[:fixed])
	}
}
