package render_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/render"
)

func TestManual(t *testing.T) {
	const document = "# A title\n\n" +
		"![A picture](plan.svg)\n\n" +
		"**Bold words** stay, and a paragraph is wrapped at the width of the terminal, as `code *is* not`,\nbut 2 \\* 3 is. See [there](../state/README.md#files), [here](#a-title) and [far](https://example.com).\n\n" +
		"- an item\n- another one, which is so long that it needs a second line, and that is indented, as it should be\n\n" +
		"10. ten\n\n" +
		"```sh\nrun  --this # as it is, however long it may be: ........................................................\n```\n\n" +
		"    so   is this\n\n" +
		"### Small\n\n" +
		"| | then |\n|---|---|\n| `a\\|b` | one |\n| two words | a cell that is so wide that the table can only fit when it is broken into lines |\n" +
		"an escape \x1b[31m\n"
	const want = `A TITLE


Bold words stay, and a paragraph is wrapped at the width of the terminal, as
` + "`code *is* not`" + `, but 2 * 3 is. See there (` + "`tmsync help state`" + `), here and far
(https://example.com).

- an item
- another one, which is so long that it needs a second line, and that is
  indented, as it should be

10. ten

    run  --this # as it is, however long it may be: ........................................................

    so   is this

Small

           then
---------  ---------------------------------------------------------------------
` + "`a|b`" + `      one
two words  a cell that is so wide that the table can only fit when it is broken
           into lines
an escape \u001b[31m
`
	topic := func(path string) string {
		if strings.HasPrefix(path, "../state/") {
			return "state"
		}
		return ""
	}
	for _, color := range []bool{false, true} {
		var b strings.Builder
		if err := render.Manual(&b, document, render.Style{Color: color}, topic); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if color {
			for _, marked := range []string{"\x1b[1mA TITLE\x1b[0m", "\x1b[1mBold words\x1b[0m", "\x1b[1mSmall\x1b[0m"} {
				plain := strings.TrimSuffix(strings.TrimPrefix(marked, "\x1b[1m"), "\x1b[0m")
				if !strings.Contains(got, marked) {
					t.Errorf("%q does not stand out", plain)
				}
				got = strings.Replace(got, marked, plain, 1)
			}
		}
		if diff := cmp.Diff(want, strings.ReplaceAll(got, "\n\n\n\n", "\n\n\n")); diff != "" {
			t.Errorf("colour %t (-want +got):\n%s", color, diff)
		}
	}
}
