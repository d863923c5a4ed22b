package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// faultKind is what the server does about a fault.
type faultKind int

const (
	kindPage faultKind = iota // status with HTML
	kindMeta                  // code in an envelope, under status
	kindItem                  // key is refused with code
	kindDrop
	kindHang
	kindEmpty
	kindTruncate
	kindBomb
	kindShown
	kindTotal
	kindEndless
)

// kindSpec is a kind of fault as it is written.
type kindSpec struct {
	form  string // how it is written, with its argument
	about string // one sentence, for a line of help
	// read takes the argument; the effect has been read.
	read func(f *Fault, arg string) error
}

// name is what a kind begins with.
func (k kindSpec) name() string {
	name, _, _ := strings.Cut(k.form, "=")
	return strings.TrimSuffix(name, "[")
}

// faultKinds are the kinds of a fault. Of those that are numbers the first takes
// every status that has no row.
var faultKinds = []kindSpec{
	{"NNN[=ARG]", "HTTP 300 to 599; ARG: Location or Retry-After.", nil}, // parseKind has the number
	{"429[=SECONDS]", "Code 429 under HTTP 200, and a Retry-After.", under(codeTooMany, 200)},
	{"429-http[=SECONDS]", "The same under HTTP 429.", under(codeTooMany, codeTooMany)},
	{"202[=SECONDS]", "Code 202: it worked, but over the limit.", under(codeOverLimit, 200)},
	{"code=NNNN", "A meta code for the whole answer.", (*Fault).readCode},
	{"item=CARRIER/NUMBER=NNNN", "That item is refused with NNNN, and no other.", (*Fault).readItem},
	{"drop", "The connection is closed without an answer.", is(kindDrop)},
	{"hang", "No answer comes until the client goes away.", is(kindHang)},
	{"timeout", "Another name of hang.", is(kindHang)},
	{"html", "HTTP 200 comes with a page of HTML.", is(kindPage)},
	{"empty", "HTTP 200 comes with no body.", is(kindEmpty)},
	{"truncate", "The first half of the true answer comes.", (*Fault).readTruncate},
	{"redirect=URL", "HTTP 307 leads to another address.", func(f *Fault, arg string) error { return f.readStatus(307, arg) }},
	{"bomb[=MIB]", "HTTP 200 comes with so many MiB: 64, or MIB.", (*Fault).readBomb},
	{"half", "Short for 500-half.", (*Fault).readHalf},
	{"shown=N", "A list shows the first N of a page alone.", onList("shown", kindShown)},
	{"total=N", "A list says that it has N; with none, nothing.", onList("total", kindTotal)},
	{"endless", "A list has no end, and nothing real in it.", onList("endless", kindEndless)},
}

// FaultKinds describes each kind of fault in a line of help.
func FaultKinds() []string {
	var lines []string
	for _, k := range faultKinds {
		lines = append(lines, fmt.Sprintf("%-24s %s", k.form, k.about))
	}
	return lines
}

// parseKind reads KIND[-EFFECT] and its argument.
func (f *Fault) parseKind(kind, arg string) error {
	spec, effect := findKind(kind)
	switch effect {
	case "":
	case "applied":
		f.effect = effectApplied
	case "half":
		f.effect = effectHalf
	default:
		return fmt.Errorf("%q is no effect: applied and half are", effect)
	}
	if spec.read != nil {
		if arg != "" && !strings.Contains(spec.form, "=") {
			return fmt.Errorf("%s takes no argument", spec.form)
		}
		return spec.read(f, arg)
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(kind, "-"+effect)); err == nil {
		return f.readStatus(n, arg)
	}
	return fmt.Errorf("%q is no kind of fault", kind)
}

// findKind returns the kind that is written, and the effect behind it. A kind that
// has no name is the zero one.
func findKind(written string) (k kindSpec, effect string) {
	for _, k := range faultKinds {
		if k.name() == written {
			return k, ""
		}
	}
	base, effect := written, ""
	if i := strings.LastIndexByte(written, '-'); i > 0 {
		base, effect = written[:i], written[i+1:]
	}
	for _, k := range faultKinds {
		if k.name() == base {
			return k, effect
		}
	}
	return kindSpec{}, effect
}

// is reads a kind that says all by its name.
func is(kind faultKind) func(*Fault, string) error {
	return func(f *Fault, _ string) error {
		f.kind = kind
		return nil
	}
}

// under reads a kind that is a code under a status.
func under(meta, status int) func(*Fault, string) error {
	return func(f *Fault, arg string) error {
		f.kind, f.code, f.status, f.arg = kindMeta, meta, status, arg
		return nil
	}
}

// readStatus reads a kind that is a status.
func (f *Fault) readStatus(n int, arg string) error {
	f.kind, f.status, f.arg = kindPage, n, arg
	switch {
	case n < 300 || n > 599:
		return fmt.Errorf("%d is not an HTTP status from 300 to 599", n)
	case n < 400:
		if _, err := url.Parse(arg); err != nil || arg == "" {
			return errors.New("a redirect needs the address to go to")
		}
	}
	return nil
}

func (f *Fault) readCode(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is no meta code", text)
	}
	f.kind, f.code = kindMeta, n
	return nil
}

func (f *Fault) readItem(arg string) error {
	if f.effect != effectNone {
		return errors.New("an item that is refused has no effect")
	}
	text, code, _ := strings.Cut(arg, "=")
	k, err := parseKey(text)
	if err != nil {
		return err
	}
	err = f.readCode(code)
	f.kind, f.key = kindItem, k
	return err
}

func (f *Fault) readTruncate(string) error {
	f.kind = kindTruncate
	if f.effect == effectNone {
		f.effect = effectApplied
	}
	return nil
}

func (f *Fault) readHalf(string) error {
	if f.effect != effectNone {
		return errors.New("half is an effect already")
	}
	f.effect = effectHalf
	return f.readStatus(500, "")
}

// defaultBomb is the size of a bomb, in MiB.
const defaultBomb = 64

func (f *Fault) readBomb(arg string) error {
	f.kind, f.mib = kindBomb, defaultBomb
	if arg == "" {
		return nil
	}
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > 1<<14 {
		return fmt.Errorf("%q is no number of mebibytes from 1 to %d", arg, 1<<14)
	}
	f.mib = n
	return nil
}

// onList reads a kind that only a list has.
func onList(name string, kind faultKind) func(*Fault, string) error {
	return func(f *Fault, arg string) error {
		switch {
		case f.endpoint != "list":
			return fmt.Errorf("only a list has %s", name)
		case f.effect != effectNone:
			return errors.New("a list has no effect")
		}
		f.kind, f.effect, f.arg = kind, effectApplied, arg
		if kind == kindEndless || kind == kindTotal && arg == "none" {
			return nil
		}
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no number of trackings", arg)
		}
		f.shown = n
		return nil
	}
}
