package config

import (
	"maps"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functionTable builds the table of functions: those of cty under the names that
// they have in Terraform, and ours (functions_values.go, functions_files.go).
func (l *loader) functionTable() map[string]function.Function {
	table := map[string]function.Function{
		// numbers
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
		"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": guarded(stdlib.ParseIntFunc, checkParseInt), "pow": stdlib.PowFunc,
		"signum": stdlib.SignumFunc, "sum": sumFunc,

		// texts
		"chomp": stdlib.ChompFunc, "endswith": endsWithFunc, "format": guarded(stdlib.FormatFunc, checkFormat),
		"formatlist": guarded(stdlib.FormatListFunc, checkFormatList), "indent": guarded(stdlib.IndentFunc, checkIndent),
		"join": guarded(stdlib.JoinFunc, checkJoin), "lower": stdlib.LowerFunc, "regex": guarded(stdlib.RegexFunc, l.checkPatternArgs), "regexall": guarded(stdlib.RegexAllFunc, l.checkPatternArgs),
		"replace": l.replaceFunc(), "split": guarded(stdlib.SplitFunc, checkSplit), "startswith": startsWithFunc, "strcontains": strContainsFunc,
		"strrev": guarded(stdlib.ReverseFunc, l.checkGraphemes), "substr": guarded(stdlib.SubstrFunc, l.checkGraphemes), "title": stdlib.TitleFunc, "trim": guarded(stdlib.TrimFunc, checkTrim),
		"trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"upper": stdlib.UpperFunc,

		// collections
		"alltrue": allTrueFunc, "anytrue": anyTrueFunc, "chunklist": stdlib.ChunklistFunc, "coalesce": coalesceFunc,
		"coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": l.distinctFunc(), "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "index": indexFunc, "keys": stdlib.KeysFunc, "length": guarded(lengthFunc, l.checkGraphemes),
		"lookup": lookupFunc, "merge": stdlib.MergeFunc, "one": oneFunc, "range": stdlib.RangeFunc,
		"reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
		"setproduct": guarded(stdlib.SetProductFunc, l.checkProduct), "setsubtract": stdlib.SetSubtractFunc,
		"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
		"transpose": transposeFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		// types
		"can": tryfunc.CanFunc, "try": tryFunc, "nonsensitive": nonsensitiveFunc, "sensitive": sensitiveFunc,
		"tobool": stdlib.MakeToFunc(cty.Bool), "tolist": l.convertFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": l.convertFunc(cty.Map(cty.DynamicPseudoType)), "tonumber": stdlib.MakeToFunc(cty.Number),
		"toset": l.convertFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String),

		// encodings
		"base64decode": base64DecodeFunc, "base64encode": base64EncodeFunc, "csvdecode": guarded(stdlib.CSVDecodeFunc, l.checkCSVText),
		"jsondecode": guarded(stdlib.JSONDecodeFunc, l.checkJSONText), "jsonencode": guarded(stdlib.JSONEncodeFunc, checkEncoded),
		"md5": md5Func, "sha256": sha256Func, "urlencode": urlEncodeFunc,
		"yamldecode": guarded(yamlDecodeFunc, l.checkYAMLText), "yamlencode": guarded(ctyyaml.YAMLEncodeFunc, checkEncoded),

		// time
		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc, "timecmp": timeCmpFunc,
		"timestamp": l.timestampFunc(),

		// what lies outside
		"env": l.envFunc(), "file": l.fileFunc(), "fileexists": l.fileExistsFunc(), "fileset": l.fileSetFunc(),
	}
	// A template cannot call templatefile: it could call itself.
	table["templatefile"] = l.templateFileFunc(maps.Clone(table))
	return table
}
