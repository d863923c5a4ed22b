package sandbox

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Fault is one way in which the sandbox fails. It is written as
//
//	ENDPOINT[:WHEN]:KIND[-EFFECT][=ARG]
//
// ENDPOINT is the short name of a call, or * for every call:
//
//	post get put delete-one batch list updatemore delete realtime update getuserinfo
//	getstatusnumber notupdate remote costtime aircargo carriers detect retrack
//
// In v4 create is post, update put, delete delete-one, and awb aircargo. A code that
// v4 has another for is said in its way: code=4021 is 4190 there.
//
// WHEN is which requests fail, counted for this fault from the moment it is
// armed: N the N-th only, N+ the N-th and all later ones, * every one. Without
// WHEN it is the first; for item, every one.
//
// KIND is one of
//
//	NNN          HTTP status 300 to 599 with a page of HTML; ARG is the Location of a
//	             redirect, otherwise the Retry-After
//	429          meta.code 429 under HTTP 200; ARG is the Retry-After
//	429-http     the same under HTTP 429
//	202          meta.code 202, which is "worked, but over the limit"
//	code=NNNN    meta.code NNNN for the whole answer
//	item=CARRIER/NUMBER=NNNN
//	             that item is refused with NNNN; whatever else is asked, works
//	drop         the connection is closed without an answer
//	hang         no answer until the client goes away; also written timeout
//	html         HTTP 200 with a page of HTML
//	empty        HTTP 200 with no body
//	truncate     the first half of the true answer
//	redirect=URL a redirect, HTTP 307
//	bomb[=MIB]   HTTP 200 with a body of so many mebibytes, 64 without ARG; packed small
//	             for a client that accepts gzip
//	half         short for 500-half
//	shown=N      a page of the list shows the first N of its trackings, whatever its total
//	total=N      a page of the list says that there are N trackings; with none, nothing
//	endless      a page of the list is full of trackings that are none, and says that there
//	             are more
//
// EFFECT is what the request did before it failed: applied means all of it, half
// the first half of the items (nothing, when the call takes no array). Without
// EFFECT nothing was done; only truncate is applied unless it is half.
//
// Examples: batch:3:500, list:*:code=4021, delete:drop-applied, *:2+:503=120,
// batch:item=sto/402934299065=4015.
type Fault struct {
	text     string
	endpoint string
	from     int
	to       int // 0 means without end
	kind     faultKind
	effect   effect

	status int    // HTTP status
	code   int    // meta code
	arg    string // Location or Retry-After
	key    Key
	mib    int
	shown  int
}

type effect int

const (
	effectNone effect = iota
	effectHalf
	effectApplied
)

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

// defaultBomb is the size of a bomb, in MiB.
const defaultBomb = 64

// String returns the fault as it was written.
func (f Fault) String() string { return f.text }

// ParseFault reads a fault; the grammar stands at Fault.
func ParseFault(text string) (Fault, error) {
	f := Fault{text: text, status: 200}
	if err := f.parse(text); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

func (f *Fault) parse(text string) error {
	name, rest, ok := strings.Cut(text, ":")
	if !ok {
		return fmt.Errorf("it is not of the form ENDPOINT[:WHEN]:KIND, for example batch:3:500")
	}
	if name != "*" && !isEndpoint(name) {
		return fmt.Errorf("%q is not the name of a call", name)
	}
	f.endpoint = name
	when := ""
	if head, tail, ok := strings.Cut(rest, ":"); ok && !strings.Contains(head, "=") {
		when, rest = head, tail
	}
	kind, arg, hasArg := strings.Cut(rest, "=")
	if hasArg && arg == "" {
		return fmt.Errorf("there is nothing behind the =")
	}
	if err := f.parseKind(kind, arg); err != nil {
		return err
	}
	return f.parseWhen(when)
}

func (f *Fault) parseWhen(when string) error {
	switch when {
	case "":
		f.from, f.to = 1, 1
		if f.kind == kindItem {
			f.to = 0
		}
		return nil
	case "*":
		f.from = 1
		return nil
	}
	digits, open := strings.CutSuffix(when, "+")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 {
		return fmt.Errorf("%q says no request: write 3 for the third, 3+ from the third on, * for all", when)
	}
	f.from = n
	if !open {
		f.to = n
	}
	return nil
}

func (f *Fault) parseKind(kind, arg string) error {
	if kind == "half" {
		kind = "500-half"
	}
	if kind == "429-http" {
		f.kind, f.status, f.code, f.arg = kindMeta, codeTooMany, codeTooMany, arg
		return nil
	}
	base, suffix, hasSuffix := strings.Cut(kind, "-")
	switch {
	case !hasSuffix:
	case suffix == "applied":
		f.effect = effectApplied
	case suffix == "half":
		f.effect = effectHalf
	default:
		return fmt.Errorf("%q is no effect: applied and half are", suffix)
	}
	if n, err := strconv.Atoi(base); err == nil {
		return f.parseNumber(n, arg)
	}
	switch base {
	case "code":
		f.kind = kindMeta
		return f.parseCode(arg)
	case "item":
		f.kind = kindItem
		return f.parseItem(arg, hasSuffix)
	case "redirect":
		return f.parseNumber(307, arg)
	case "bomb":
		return f.parseBomb(arg)
	case "shown", "total", "endless":
		return f.parseList(base, arg, hasSuffix)
	}
	if arg != "" {
		return fmt.Errorf("%s takes no argument", base)
	}
	switch base {
	case "drop":
		f.kind = kindDrop
	case "hang", "timeout":
		f.kind = kindHang
	case "html":
		f.kind = kindPage
	case "empty":
		f.kind = kindEmpty
	case "truncate":
		f.kind = kindTruncate
		if !hasSuffix {
			f.effect = effectApplied
		}
	default:
		return fmt.Errorf("%q is no kind of fault", kind)
	}
	return nil
}

// parseNumber reads the kinds that are a number.
func (f *Fault) parseNumber(n int, arg string) error {
	f.arg = arg
	switch {
	case n == codeTooMany || n == codeOverLimit:
		f.kind, f.code = kindMeta, n
	case n >= 300 && n < 400:
		if _, err := url.Parse(arg); err != nil || arg == "" {
			return fmt.Errorf("a redirect needs the address to go to")
		}
		f.kind, f.status = kindPage, n
	case n >= 400 && n < 600:
		f.kind, f.status = kindPage, n
	default:
		return fmt.Errorf("%d is not an HTTP status from 300 to 599", n)
	}
	return nil
}

func (f *Fault) parseCode(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is no meta code", text)
	}
	f.code = n
	return nil
}

func (f *Fault) parseItem(arg string, hasEffect bool) error {
	if hasEffect {
		return fmt.Errorf("an item that is refused has no effect")
	}
	text, code, _ := strings.Cut(arg, "=")
	k, err := parseKey(text)
	if err != nil {
		return err
	}
	f.key = k
	return f.parseCode(code)
}

func (f *Fault) parseBomb(arg string) error {
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
