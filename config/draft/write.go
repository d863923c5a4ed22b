package draft

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// writer writes the draft of a table.
type writer struct {
	*table
	numbers  *parcels // nil: there is no column of them
	order    *column
	carriers *carriers // nil: there is no column of them
	out      strings.Builder
}

// blankLines takes away what an empty part leaves.
var blankLines = strings.NewReplacer("\n\n\n", "\n\n", "\n\n}", "\n}")

// toDecide begins a comment about something that is left to people.
const toDecide = "To decide: "

// lineWidth is how long a comment gets.
const lineWidth = 76

// comment writes a comment of any length.
func (w *writer) comment(format string, args ...any) {
	for _, line := range text.Wrap(text.OneLine(text.Inert(fmt.Sprintf(format, args...))), lineWidth, lineWidth) {
		w.line("# %s", line)
	}
}

// decide writes a comment about something that is left to people.
func (w *writer) decide(format string, args ...any) { w.comment(toDecide+format, args...) }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

// write returns the text, and what it leaves open.
func (w *writer) write() (string, []Open) {
	whose := "Orders"
	if w.shop >= 0 {
		whose = "Orders of " + shops[w.shop].name
	}
	w.comment("%s, from %s. It runs against the embedded sandbox, which needs no account: tmsync plan, then tmsync apply. For the real service take the endpoint out, and set TRACKINGMORE_API_KEY.", whose, text.Quote(w.name))
	w.line("\nprovider \"trackingmore\" {\nendpoint = \"sandbox\"\n}\n")
	w.names()
	w.line("trackings \"orders\" {")
	w.fileArgs()
	w.rowArgs()
	w.attributes()
	w.lifecycle()
	w.line("}")
	formatted := string(hclwrite.Format([]byte(blankLines.Replace(w.out.String()))))
	return formatted, open(formatted)
}

// open finds what a text leaves to people.
func open(formatted string) (all []Open) {
	n, in := 0, false
	for line := range strings.Lines(formatted) {
		n++
		comment, is := strings.CutPrefix(strings.TrimSpace(line), "# ")
		what, begins := strings.CutPrefix(comment, toDecide)
		switch {
		case is && begins:
			all = append(all, Open{Line: n, What: what})
		case is && in && !strings.Contains(comment, " = "):
			all[len(all)-1].What += " " + comment
		}
		in = is && (begins || in && !strings.Contains(comment, " = "))
	}
	return all
}

// names writes what the carriers' names leave open.
func (w *writer) names() {
	if w.carriers == nil {
		return
	}
	undecided := w.carriers.undecided()
	if len(undecided) == 0 {
		return
	}
	w.line("carriers {\nnames = {")
	w.decide("the code of %s, in place of null. Parcels of these names are left out until then. tmsync carriers PATTERN lists codes.", quoteSome(undecided))
	what := "row"
	if w.numbers.inList() {
		what = "parcel"
	}
	for _, name := range undecided {
		n := w.carriers.seen[name]
		w.line("%s = null # %s%s", text.HCLQuote(name), text.Plural(n.rows, what), candidates(n.found))
	}
	w.line("}\n}\n")
}

// candidates lists the carriers that a name may stand for.
func candidates(found carrier.Found) string {
	var all []string
	for _, c := range found.Candidates[:min(len(found.Candidates), 5)] {
		all = append(all, fmt.Sprintf("%s (%s)", c.Code, text.Inert(c.Name)))
	}
	if len(all) == 0 {
		return ""
	}
	return "; perhaps " + strings.Join(all, ", ")
}

// fileArgs writes what the file is.
func (w *writer) fileArgs() {
	w.line("file = %s # names or globs, such as \"orders/*\"", text.HCLQuote(w.name))
	o := w.options
	for _, a := range [][2]string{{"separator", o.Separator}, {"encoding", o.Encoding}, {"sheet", o.Sheet}, {"path", o.Path}} {
		if a[1] != "" {
			w.line("%s = %s", a[0], text.HCLQuote(a[1]))
		}
	}
	switch {
	case o.Header == rows.NoHeader:
		var quoted []string
		for _, name := range o.Columns {
			quoted = append(quoted, text.HCLQuote(name))
		}
		w.decide("what the columns are, in their order.")
		w.line("header = 0")
		w.line("columns = [%s]", strings.Join(quoted, ", "))
	case o.Header > 0:
		w.line("header = %d # the line that names the columns", o.Header)
	}
}

// rowArgs writes which rows there are, and what each declares.
func (w *writer) rowArgs() {
	if w.numbers == nil {
		w.noNumbers()
		w.noCarrier()
		return
	}
	p := w.numbers
	number := p.column.present()
	switch {
	case p.inList() && p.list:
		w.comment("Several parcels are in a row: a list of numbers in each element.")
		w.line("for_each = flatten([for p in %s[*] : [", p.column.listRef())
		w.line("for n in try(coalesce(%s), []) : merge(p, { %s = n })", write("p", p.column.path.in), oneNumber)
		w.line("]])")
	case p.inList() && len(p.column.path.to) > 0:
		w.parcelsOf("try(%s, [])", p.column.listRef())
	case p.inList():
		w.parcelsOf("%s", p.column.listRef())
	case p.list:
		w.parcelsOf("%s", p.column.ref())
		number = "each.value"
	case len(p.seps) == 1:
		w.parcelsOf("split(%s, %s)", text.HCLQuote(p.seps), p.column.nonNull())
		number = "each.value"
	case p.seps != "":
		w.parcelsOf("split(\",\", replace(%s, %s, \",\"))", p.column.nonNull(), text.HCLQuote("/["+p.seps+"]/"))
		number = "each.value"
	}
	if p.spaces {
		number = "replace(" + number + ", \" \", \"\")"
	}
	if where := w.where(number); where != "" {
		w.line("%s", where)
	}
	w.key(number)
	if p.repeated || w.shop >= 0 && shops[w.shop].lines {
		w.line("on_duplicate = \"first\" # a parcel is in several rows, as an order has several items")
	}
	w.line("")
	switch {
	case w.carriers == nil:
		w.noCarrier()
	case w.carriers.codes:
		w.line("carrier_code = %s", w.carriers.column.present())
	default:
		w.line("carrier_code = %s", w.carrierOf(number))
	}
	w.line("tracking_number = %s", number)
}

// parcelsOf writes for_each. Its comment goes above what is long.
func (w *writer) parcelsOf(format string, args ...any) {
	list := fmt.Sprintf(format, args...)
	if len(list) > lineWidth/2 {
		w.comment("Several parcels are in a row.")
		w.line("for_each = %s", list)
		return
	}
	w.line("for_each = %s # several parcels in a row", list)
}

// carrierOf writes the code of a number's carrier, by its name.
func (w *writer) carrierOf(number string) string {
	return fmt.Sprintf("carrier(%s, %s)", w.carriers.column.present(), number)
}

// where writes the argument for rows with a parcel, or for parcels in them.
func (w *writer) where(number string) string {
	var all []string
	p := w.numbers
	c := p.column
	each := !p.inList() && (p.list || p.seps != "")
	switch {
	case len(p.none) > 0:
		quoted := []string{"\"\""}
		for _, s := range p.none {
			quoted = append(quoted, text.HCLQuote(s))
		}
		all = append(all, fmt.Sprintf("!contains([%s], lower(trimspace(%s)))", strings.Join(quoted, ", "), c.nonNull()))
	case !each:
		all = append(all, "trimspace("+c.nonNull()+") != \"\"")
	}
	if w.carriers != nil && w.carriers.unnamed > 0 {
		w.decide("by whom parcels go that have a number and no carrier: %d of this file, which are left out.", w.carriers.unnamed)
		all = append(all, fmt.Sprintf("trimspace(%s) != \"\"", w.carriers.column.nonNull()))
	}
	if w.carriers != nil && len(w.carriers.undecided()) > 0 {
		all = append(all, w.carrierOf(number)+" != null")
	}
	switch where := strings.Join(all, " && "); {
	case where == "":
		return ""
	case len(where) > lineWidth && len(all) > 1:
		return "where = (\n" + strings.Join(all, " &&\n") + "\n)"
	default:
		return "where = " + where
	}
}

// nonNull writes the column's text, empty where there is none.
func (c *column) nonNull() string {
	switch {
	case c.path != nil && (c.path.inList || c.nulls > 0):
		return "try(coalesce(" + c.present() + "), \"\")"
	case c.nulls == 0:
		return c.ref()
	}
	return c.ref() + " == null ? \"\" : " + c.ref()
}

// key writes the key: the order, and the number where an order may have several.
func (w *writer) key(number string) {
	switch {
	case w.order == nil:
		return // the number is the key
	case number == w.numbers.column.present() && !w.numbers.inList() && !w.numbers.several && w.shop < 0:
		w.line("key = %s", w.order.ref())
	default:
		w.line("key = \"${%s}/${%s}\"", w.order.ref(), number)
	}
}

func (w *writer) noCarrier() {
	w.decide("which carrier it is. No column that is known as one names it. tmsync carriers PATTERN lists codes.")
	w.line("# carrier_code = \"dhl\"")
}

// noNumbers writes how a file of orders gets the numbers of another file.
func (w *writer) noNumbers() {
	advice := ""
	if w.shop >= 0 {
		advice = " " + shops[w.shop].advice
	}
	w.decide("which column has the tracking numbers: none that is known as one has any.%s The columns are %s.", advice, w.columnList())
	w.line("# tracking_number = row[\"…\"]")
	if w.order == nil {
		return
	}
	w.comment("If another file has them, by the numbers of orders, write outside of this block")
	w.line("#")
	w.line("# locals {\n#   numbers = { for r in rows(\"numbers.csv\") : r.order => r... }\n# }")
	w.line("#")
	w.comment("and in it")
	w.line("#")
	w.line("# for_each = lookup(local.numbers, %s, [])", w.order.ref())
	w.line("# carrier_code = each.value.carrier\n# tracking_number = each.value.number")
	w.line("")
}

// maxListed is how many columns a comment names.
const maxListed = 40

func (w *writer) columnList() string {
	var quoted []string
	for _, c := range w.columns {
		if !c.twice && len(c.name) <= 60 && len(quoted) < maxListed && !strings.Contains(c.name, "@") {
			quoted = append(quoted, text.Quote(c.name))
		}
	}
	more := ""
	if n := len(w.columns) - len(quoted); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(quoted, ", ") + more
}

// attributes writes what else is known of a parcel.
func (w *writer) attributes() {
	w.line("")
	if w.order != nil {
		w.line("order_id = %s", w.order.ref())
	}
	if c := w.first(titleRole); c != nil {
		w.line("title = %s", c.ref())
	}
	w.time(createdRole, tracking.OrderCreateTime)
	w.time(shippedRole, tracking.ShipDate)
	if c := w.first(countryRole); c != nil && c.fitsAll(tracking.DestinationCode) {
		w.line("destination_code = %s", c.ref())
	}
	w.customers()
	if c := w.first(statusRole); c != nil && len(c.values) > 1 && len(c.values) <= 12 && !c.cut {
		w.line("")
		w.comment("Rows of any %s are declared, if they have a number. In this file: %s.", text.Quote(c.name), quoteSorted(c.values))
	}
}

// quoteSome lists a few of many names.
func quoteSome(names []string) string {
	var quoted []string
	for _, name := range names[:min(len(names), 5)] {
		quoted = append(quoted, text.Quote(name))
	}
	if n := len(names) - len(quoted); n > 0 {
		return fmt.Sprintf("%s (or one of %d more)", strings.Join(quoted, ", "), n)
	}
	return strings.Join(quoted, " or ")
}

func quoteSorted(values map[string]int) string {
	var quoted []string
	for _, v := range slices.Sorted(maps.Keys(values)) {
		quoted = append(quoted, text.Quote(v))
	}
	return strings.Join(quoted, ", ")
}

// fitsAll reports whether an attribute takes all values of a column.
func (c *column) fitsAll(attr tracking.Attr) bool {
	for v := range c.values {
		if _, err := attr.Canonical(v); err != nil {
			return false
		}
	}
	return !c.cut
}

// customers writes what is known of customers, which nobody sends by accident.
func (w *writer) customers() {
	var lines []string
	for _, a := range []struct {
		role role
		attr tracking.Attr
	}{{nameRole, tracking.CustomerName}, {emailRole, tracking.CustomerEmail}, {phoneRole, tracking.CustomerPhone}, {postalRole, tracking.PostalCode}} {
		if c := w.first(a.role); c != nil {
			lines = append(lines, fmt.Sprintf("# %s = %s", a.attr, c.ref()))
		}
	}
	if len(lines) == 0 {
		return
	}
	w.line("")
	w.comment("Customers' data goes to the service only if you say so: uncomment what it is to have. Some carriers need a post code.")
	for _, line := range lines {
		w.line("%s", line)
	}
}

// lifecycle writes what becomes of parcels that later exports do not have.
func (w *writer) lifecycle() {
	w.line("\nlifecycle {")
	has := "A file may cover the last days only."
	if w.shop >= 0 || w.order != nil {
		has = "An export covers the last days or weeks."
	}
	w.comment("%s A parcel that the next one lacks stays at the service; without this it would be deleted.", has)
	w.line("on_remove = \"forget\"")
	w.line("}")
}
