// Package funcs has the functions that expressions can call: those of cty, and ours,
// with bounds on what one call can make explode.
package funcs

import (
	"maps"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/rows"
)

// Env is what functions see of the configuration that calls them.
type Env struct {
	Files *files.Directory // what fileset and fileexists look at
	Now   time.Time        // of timestamp()
	// ReadFile reads a file of a bounded size below the directory, and notes it.
	ReadFile func(name string) ([]byte, error)
	// OpenRows opens a file of rows, for done to be called, and notes it. MatchRows lists
	// what a name or a glob stands for, ShownRows is a name in messages.
	OpenRows  func(name string) (f rows.File, done func(), err error)
	MatchRows func(pattern string) ([]string, error)
	ShownRows func(name string) string
	// Carrier returns the code of the carrier that a name stands for. number may be "".
	// The code is "" where the user leaves it open.
	Carrier func(name, number string) (code string, err error)
	// Step is called for each row that is read.
	Step func()
	// Note notes something else that decides what the configuration declares.
	Note func(what string, content []byte)
	// Report records an error that try() must not hide.
	Report func(diags ...*hcl.Diagnostic)
	// Memory counts what parsed templates take.
	Memory *eval.Memory
}

// Table is the functions of one configuration.
type Table struct {
	env       Env
	templates map[string]hcl.Expression // parsed, by name and text
	rows      map[string]cty.Value      // read, by name and options
	// remembered is how many bytes they take.
	remembered int
}

// New returns the functions that see env.
func New(env Env) *Table {
	return &Table{env: env, templates: map[string]hcl.Expression{}, rows: map[string]cty.Value{}}
}

// Forget lets go of the templates that have been parsed, and of rows.
func (t *Table) Forget() {
	clear(t.templates)
	clear(t.rows)
	t.remembered = 0
}

// Functions returns all functions by name: those of cty under the names that they
// have in Terraform, and ours (values.go, files.go).
func (t *Table) Functions() map[string]function.Function {
	table := map[string]function.Function{
		// numbers
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
		"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": guarded(stdlib.ParseIntFunc, checkParseInt), "pow": stdlib.PowFunc,
		"signum": stdlib.SignumFunc, "sum": sumFunc,

		// texts
		"chomp": stdlib.ChompFunc, "endswith": endsWithFunc, "format": guarded(stdlib.FormatFunc, checkFormat),
		"formatlist": guarded(stdlib.FormatListFunc, checkFormatList), "indent": guarded(stdlib.IndentFunc, checkIndent),
		"join": guarded(stdlib.JoinFunc, checkJoin), "lower": stdlib.LowerFunc, "regex": guarded(stdlib.RegexFunc, checkPatternArgs), "regexall": guarded(stdlib.RegexAllFunc, checkPatternArgs),
		"replace": replaceFunc(), "split": guarded(stdlib.SplitFunc, checkSplit), "startswith": startsWithFunc, "strcontains": strContainsFunc,
		"strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc, "trim": guarded(stdlib.TrimFunc, checkTrim),
		"trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"upper": stdlib.UpperFunc,

		// collections
		"alltrue": allTrueFunc, "anytrue": anyTrueFunc, "chunklist": stdlib.ChunklistFunc, "coalesce": coalesceFunc,
		"coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": distinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "index": indexFunc, "keys": stdlib.KeysFunc, "length": lengthFunc,
		"lookup": lookupFunc, "matchkeys": matchKeysFunc(), "merge": stdlib.MergeFunc, "one": oneFunc, "range": stdlib.RangeFunc,
		"reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
		"setproduct": guarded(stdlib.SetProductFunc, checkProduct), "setsubtract": stdlib.SetSubtractFunc,
		"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
		"transpose": transposeFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		// types
		"can": tryfunc.CanFunc, "try": tryFunc, "issensitive": isSensitiveFunc, "nonsensitive": nonsensitiveFunc, "sensitive": sensitiveFunc,
		"tobool": stdlib.MakeToFunc(cty.Bool), "tolist": convertFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": convertFunc(cty.Map(cty.DynamicPseudoType)), "tonumber": guarded(stdlib.MakeToFunc(cty.Number), checkNumberText),
		"toset": convertFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String), "type": typeFunc,

		// encodings
		"base64decode": base64DecodeFunc, "base64encode": base64EncodeFunc, "csvdecode": withoutMark(guarded(stdlib.CSVDecodeFunc, checkCSVText)),
		"jsondecode": withoutMark(guarded(stdlib.JSONDecodeFunc, checkJSONText)), "jsonencode": guarded(stdlib.JSONEncodeFunc, checkEncoded),
		"textdecodebase64": textDecodeBase64Func, "textencodebase64": textEncodeBase64Func, "urldecode": urlDecodeFunc, "urlencode": urlEncodeFunc,
		"yamldecode": guarded(yamlDecodeFunc, checkYAMLText), "yamlencode": guarded(ctyyaml.YAMLEncodeFunc, checkEncoded),

		// checksums
		"base64sha256": sha256Base64.ofText(), "base64sha512": sha512Base64.ofText(), "md5": md5Hex.ofText(), "sha1": sha1Hex.ofText(),
		"sha256": sha256Hex.ofText(), "sha512": sha512Hex.ofText(), "uuidv5": uuidV5Func,
		"filebase64sha256": sha256Base64.ofFile(t), "filebase64sha512": sha512Base64.ofFile(t), "filemd5": md5Hex.ofFile(t),
		"filesha1": sha1Hex.ofFile(t), "filesha256": sha256Hex.ofFile(t), "filesha512": sha512Hex.ofFile(t),

		// time
		"formatdate": stdlib.FormatDateFunc, "parsedate": parseDateFunc, "timeadd": stdlib.TimeAddFunc, "timecmp": timeCmpFunc,
		"timestamp": t.timestampFunc(), "plantimestamp": t.timestampFunc(),

		// what lies outside
		"basename": basenameFunc, "dirname": dirnameFunc, "filebase64": base64Text.ofFile(t),
		"file": t.fileFunc(), "fileexists": t.fileExistsFunc(), "fileset": t.fileSetFunc(), "rows": t.rowsFunc(), "carrier": t.carrierFunc(),
	}
	for name, f := range table {
		table[name] = prepared(f)
	}
	// A template cannot call these: it could call itself.
	inside := maps.Clone(table)
	table["templatefile"], table["templatestring"] = t.templateFileFunc(inside), t.templateStringFunc(inside)
	return table
}
