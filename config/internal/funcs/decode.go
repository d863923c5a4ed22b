package funcs

import (
	"errors"
	"fmt"
	"strings"

	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
)

// A short document can decode to large values. How large is estimated from the
// characters that matter in its format, before it is decoded.

// maxDocumentDepth bounds the nesting of a document: decoders are recursive,
// like the parser.
const maxDocumentDepth = 1000

var errTooDeep = fmt.Errorf("the document is nested more than %d levels deep", maxDocumentDepth)

// withoutMark takes a byte order mark off a document before a function sees it.
func withoutMark(f function.Function) function.Function {
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return f.Call([]cty.Value{cty.StringVal(strings.TrimPrefix(args[0].AsString(), "\ufeff"))})
		},
	})
}

// checkCSVText bounds the values of a document.
func checkCSVText(args []cty.Value) error {
	text := eval.Text(args[0])
	rows, fields := 1+strings.Count(text, "\n"), strings.Count(text, ",")
	return checkDocument(len(text) + rows*400 + fields*eval.StringBytes)
}

// checkDocument refuses a document whose values would take too many bytes.
func checkDocument(bytes int) error {
	if bytes > eval.MaxHeld {
		return fmt.Errorf("the values of the document would take more than %s of memory; a trackings block reads large CSV files without such a bound", text.Size(eval.MaxHeld))
	}
	return nil
}

// checkJSONText bounds the values of a document, its numbers and its depth.
func checkJSONText(args []cty.Value) error {
	src := []byte(eval.Text(args[0]))
	depth, size := 0, len(src)
	for tok := range scan.JSONTokens(src) {
		switch tok.Sign {
		case '{':
			depth, size = depth+1, size+eval.ObjectBytes
		case '[':
			depth, size = depth+1, size+eval.TupleBytes
		case ']', '}':
			depth--
		case ',':
			size += eval.ElementBytes
		case '0':
			if size += eval.NumberBytes; !tok.Bounded {
				return errNumber
			}
		}
		if depth > maxDocumentDepth {
			return errTooDeep
		}
	}
	return checkDocument(size)
}

var errNumber = fmt.Errorf("the document has a number of more than %d digits, or beyond 1e%d", scan.MaxDigits, scan.MaxExponent)

// checkYAMLText bounds the depth from above: brackets, and how far to the right
// a line starts a block within blocks. What aliases stand for is counted once
// it is kept (eval.Memory), when it is still shared; only merged maps are copied.
func checkYAMLText(args []cty.Value) error {
	src := eval.Text(args[0])
	if len(src) > maxYAML {
		return fmt.Errorf("a YAML document may have %s; write it as JSON", text.Size(maxYAML))
	}
	depth, digits := 0, 0
	for line := range strings.Lines(src) {
		if len(line)-len(strings.TrimLeft(line, " -?:\t")) > maxDocumentDepth {
			return errTooDeep
		}
		open := strings.Count(line, "[") + strings.Count(line, "{")
		depth += open - strings.Count(line, "]") - strings.Count(line, "}")
		if open > maxDocumentDepth || max(depth, 0) > maxDocumentDepth {
			return errTooDeep
		}
		for i := range len(line) {
			if digits++; !scan.IsDigit(line[i]) && line[i] != '_' {
				digits = 0
			}
			if digits > scan.MaxDigits {
				return errNumber
			}
		}
	}
	aliases, anchors := references(src, '*'), references(src, '&')
	keys := strings.Count(src, ":") + strings.Count(src, ",") + strings.Count(src, "?")
	if anchors > 0 && product(aliases, keys) > maxMerged && (strings.Contains(src, "<<") || strings.ContainsAny(src, `\!`)) {
		return errors.New("the document merges too much with << and aliases; write it out")
	}
	return nil
}

// references counts what may be an anchor or an alias in a YAML document.
func references(text string, sign byte) int {
	n := 0
	for i := 0; i+1 < len(text); i++ {
		if text[i] == sign && text[i+1] > ' ' && (i == 0 || strings.IndexByte(" \t\r\n[{,:-", text[i-1]) >= 0) {
			n++
		}
	}
	return n
}

// yamlDecodeFunc decodes without looking for the type of the document first.
// What aliases stand for is shared in its result.
var yamlDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "src", Type: cty.String}},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return ctyyaml.Standard.Unmarshal([]byte(args[0].AsString()), cty.DynamicPseudoType)
	},
})
