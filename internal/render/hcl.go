package render

import (
	"bufio"
	"fmt"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// HCLBlock is a block of a configuration to be written.
type HCLBlock struct {
	Type, Name string
	Comments   []string // lines above it, without the "#"
	Args       []HCLArg
	Lifecycle  []HCLArg // of the block inside, left out where there are none
}

// HCLArg is one argument. The expression stands as it is; see text.HCLQuote.
type HCLArg struct{ Name, Expr string }

// HCLAttrs returns attributes as arguments, in table order: those that have a value,
// and with null those in the set nulls that have none. The values of those in the
// set masked are not shown: what comes of that is no configuration.
func HCLAttrs(attrs tracking.Attrs, nulls, masked tracking.AttrSet) []HCLArg {
	args := make([]HCLArg, 0, attrs.Len())
	for a := range (attrs.Set() | nulls).All() {
		v, has := attrs.Get(a)
		switch {
		case !has:
			v = "null"
		case masked.Has(a):
			v = "(sensitive)"
		case a.Spec().Kind != tracking.KindBool:
			v = text.HCLQuote(v)
		}
		args = append(args, HCLArg{a.String(), v})
	}
	return args
}

// HCL writes a block as tmsync fmt formats it, and returns the writer's error.
func HCL(w *bufio.Writer, b HCLBlock) error {
	for _, line := range b.Comments {
		fmt.Fprintf(w, "# %s\n", text.Inert(line))
	}
	fmt.Fprintf(w, "%s %s {\n", b.Type, text.HCLQuote(b.Name))
	hclArgs(w, "  ", b.Args)
	if len(b.Lifecycle) > 0 {
		w.WriteString("\n  lifecycle {\n")
		hclArgs(w, "    ", b.Lifecycle)
		w.WriteString("  }\n")
	}
	_, err := w.WriteString("}\n")
	return err
}

// hclArgs writes arguments one below the other, with their "=" aligned. An error
// of the writer stays with it.
func hclArgs(w *bufio.Writer, indent string, args []HCLArg) {
	width := 0
	for _, arg := range args {
		width = max(width, len(arg.Name))
	}
	for _, arg := range args {
		fmt.Fprintf(w, "%s%-*s = %s\n", indent, width, arg.Name, arg.Expr)
	}
}
