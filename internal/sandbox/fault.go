package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fault is one way in which the sandbox fails. It is written as
//
//	ENDPOINT[:WHEN]:KIND[-EFFECT][=ARG]
//
// ENDPOINT is one of Endpoints, or * for every call.
//
// In v4 create is post, update put, delete delete-one, and awb aircargo. A code that
// v4 has another for is said in its way: code=4021 is 4190 there.
//
// WHEN is which requests fail, counted for this fault from the moment it is
// armed: N the N-th only, N+ the N-th and all later ones, * every one. Without
// WHEN it is the first; for item, every one.
//
// KIND is one of faultKinds.
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
	if name != "*" && !slices.Contains(Endpoints(), name) {
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
