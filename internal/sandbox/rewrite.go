package sandbox

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rewrite is one way in which the service stores a value differently. No source
// says which of them it knows (§5), so a client has to live with each, and with
// several at once. Those of texts are for title, order_id, customer_name,
// customer_email and comment:
//
//	cut=N     at most N characters
//	escape    &, <, > and quotes as entities of HTML
//	lower     customer_email in lower case
//	bmp       without characters of four bytes, such as emoji
//	tags      without tags of HTML
//	trim      without white space at either end
//
// and for the rest:
//
//	date      order_create_time loses its time of day
//	archived  archived stays as it was
//	status    status stays what the carrier has reported
//	echo      post and batch answer with what was sent, not with what is kept
type Rewrite struct {
	kind string
	most int // of cut
}

var rewriteKinds = []string{"cut", "escape", "lower", "bmp", "tags", "trim", "date", "archived", "status", "echo"}

// ParseRewrite reads a Rewrite.
func ParseRewrite(text string) (Rewrite, error) {
	kind, arg, hasArg := strings.Cut(text, "=")
	switch {
	case !slices.Contains(rewriteKinds, kind):
		return Rewrite{}, fmt.Errorf("rewrite %q is none of %s", text, strings.Join(rewriteKinds, ", "))
	case hasArg != (kind == "cut"):
		return Rewrite{}, fmt.Errorf("rewrite %q: cut alone takes a number, as in cut=50", text)
	case !hasArg:
		return Rewrite{kind: kind}, nil
	}
	n, err := strconv.Atoi(arg)
	if err != nil || n < 0 {
		return Rewrite{}, fmt.Errorf("rewrite %q: %q is no number of characters", text, arg)
	}
	return Rewrite{kind: kind, most: n}, nil
}

// rewrites reports whether there is a Rewrite of a kind.
func (s *Server) rewrites(kind string) bool {
	return slices.ContainsFunc(s.opts.Rewrites, func(r Rewrite) bool { return r.kind == kind })
}

// kept is the form in which the account keeps a value.
func (s *Server) kept(f field, v string) string {
	v = f.normal(v)
	for _, r := range s.opts.Rewrites {
		v = r.Of(f.name, v)
	}
	return v
}

var tag = regexp.MustCompile(`<[^<>]*>`)

// Of is the form in which the value of an attribute is kept.
func (r Rewrite) Of(name, v string) string {
	switch {
	case r.kind == "date" && name == "order_create_time" && v != "":
		return v[:len("2006-01-02")] + " 00:00"
	case r.kind == "lower" && name == "customer_email":
		return strings.ToLower(v)
	case !slices.Contains([]string{"title", "order_id", "customer_name", "customer_email", "comment"}, name):
		return v
	}
	switch r.kind {
	case "cut":
		if chars := []rune(v); len(chars) > r.most {
			return string(chars[:r.most])
		}
	case "escape":
		return html.EscapeString(v)
	case "bmp":
		return strings.Map(func(c rune) rune {
			if c > 0xffff {
				return -1
			}
			return c
		}, v)
	case "tags":
		return tag.ReplaceAllString(v, "")
	case "trim":
		return strings.TrimSpace(v)
	}
	return v
}
