package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// maxKey bounds keys of for_each and of CSV rows, and block names, in bytes.
const maxKey = 512

// field is an argument of a tracking or trackings block for each tracking:
// an attribute, or one of the three below.
type field uint8

const (
	carrierField field = 0xff - iota
	numberField
	keyField
)

func (f field) String() string {
	switch f {
	case carrierField:
		return "carrier_code"
	case numberField:
		return "tracking_number"
	case keyField:
		return "key"
	}
	return tracking.Attr(f).String()
}

func (f field) isAttr() bool { return f < keyField }

func (f field) sensitive() bool { return f.isAttr() && tracking.Attr(f).Spec().Sensitive }

// setting is what a value sets of a tracking.
type setting struct {
	text   string
	has    bool // else it is not set
	secret bool // it comes from something sensitive
}

// problem is what is wrong with a value, ready for a diagnostic.
type problem struct{ summary, detail string }

// digits are the fields whose values look like numbers, but are texts: as
// numbers they would lose leading zeros.
var digits = []field{carrierField, numberField, field(tracking.CustomerPhone), field(tracking.PostalCode), field(tracking.AccountNumber)}

// valueText returns the known value of an argument as canonical text. has is false
// for null: the field is not set.
func (x *expander) valueText(f field, v cty.Value) (s setting, wrong *problem) {
	if v.IsMarked() {
		secret := v.HasMark(eval.Sensitive{})
		if secret && !f.isAttr() {
			return s, &problem{"Sensitive value not allowed", fmt.Sprintf("%s is part of what identifies a tracking, and is shown everywhere. It must not come from anything sensitive. If it may be shown, write nonsensitive() around it.", f)}
		}
		v, _ = v.Unmark()
		if s, wrong = x.valueText(f, v); wrong != nil {
			wrong = &problem{wrong.summary, fmt.Sprintf("The value of %s is not valid. It comes from a sensitive variable and is not shown here.", f)}
		}
		s.secret = secret
		return s, wrong
	}
	if v.IsNull() {
		return s, missing(f)
	}
	if v.Type() == cty.Number && slices.Contains(digits, f) {
		return s, quoteProblem(f)
	}
	if f.isAttr() && tracking.Attr(f).Spec().Kind == tracking.KindBool && v.Type() == cty.Number {
		return s, &problem{"Invalid attribute value", fmt.Sprintf("%s must be true or false.", f)}
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil {
		return s, &problem{"Invalid attribute value", fmt.Sprintf("%s must be a single value: %s.", f, err)}
	}
	return x.fieldText(f, text.AsString())
}

func missing(f field) *problem {
	switch f {
	case carrierField:
		return &problem{"Missing carrier code", "The carrier code is null. Every tracking needs one, such as \"dhl\". carrier() returns null for a name that the carriers block leaves open: give its code there, or leave out what has none with where."}
	case numberField:
		return &problem{"Missing tracking number", "The tracking number is null. Every tracking needs one; leave out items that have none, with \"if\" in for_each or with where."}
	case keyField:
		return &problem{"Missing key", "The key is null. It makes the address of a tracking and must be a string."}
	}
	return nil
}

func quoteProblem(f field) *problem {
	const why = "As a number it would lose leading zeros, and perhaps its last digits. Write it in quotes, and read it as a string."
	if f == numberField {
		return &problem{"Tracking number must be quoted", "A tracking number is a string, even if it has only digits. " + why}
	}
	return &problem{"Value must be quoted", fmt.Sprintf("%s is a string, even if it has only digits. %s", f, why)}
}

// fieldText returns a text in canonical form.
func (x *expander) fieldText(f field, s string) (sets setting, wrong *problem) {
	switch f {
	case carrierField:
		sets.text, wrong = x.carrierText(s)
	case numberField:
		sets.text, wrong = numberText(s)
	case keyField:
		sets.text, wrong = keyText(s)
	default:
		sets.text, wrong = x.attrText(tracking.Attr(f), s)
	}
	sets.has = wrong == nil
	return sets, wrong
}

func (x *expander) carrierText(s string) (string, *problem) {
	if code, ok := x.carriers[s]; ok {
		return code, nil
	}
	if wrong := damagedText(carrierField, s); wrong != nil {
		return "", wrong
	}
	code, err := tracking.CanonicalCarrier(s)
	if err != nil {
		if strings.TrimSpace(s) == "" {
			return "", &problem{"Missing carrier code", text.Sentence(err)}
		}
		hint := ""
		if found := x.carrierNames().Find(s, ""); found.Code != "" {
			hint = fmt.Sprintf(" As a name it stands for %q: carrier(…) returns the codes of names.", found.Code)
		}
		return "", &problem{"Invalid carrier code", text.Sentence(err) + hint}
	}
	x.carriers[s] = code
	return code, nil
}

func numberText(s string) (string, *problem) {
	switch {
	case s != "" && strings.TrimSpace(s) == "":
		return "", &problem{"Missing tracking number", "The tracking number has blanks only, which is as good as empty. Leave such items out by what is left of them: trimspace(row.number) != \"\", with \"if\" in for_each or with where."}
	case s == "":
		return "", &problem{"Missing tracking number", "The tracking number is empty. Leave out items that have none, with \"if\" in for_each or with where."}
	}
	if wrong := damagedText(numberField, s); wrong != nil {
		return "", wrong
	}
	number, err := tracking.CanonicalNumber(s)
	if err != nil {
		return "", &problem{"Invalid tracking number", text.Sentence(err)}
	}
	return number, nil
}

// damagedText returns what a spreadsheet program has done to a text; nil if there is
// no trace of that.
func damagedText(f field, s string) *problem {
	what, advice := carrier.DigitsDamage(s)
	if what == "" {
		return nil
	}
	name := map[field]string{carrierField: "carrier code", numberField: "tracking number", keyField: "key"}[f]
	return &problem{"Damaged " + name, fmt.Sprintf("A spreadsheet program has changed this %s, %s: it is %s. %s", name, text.Quote(text.Shorten(strings.TrimSpace(s), 64)), what, advice)}
}

func keyText(s string) (string, *problem) {
	if s == "" {
		return "", &problem{"Missing key", "The key is empty. It makes the address of a tracking and must be a string."}
	}
	if hidden := text.Invisible(s); hidden != "" {
		return "", &problem{"Invisible characters in a key", fmt.Sprintf("The key has characters that cannot be seen: %s. Remove them.", hidden)}
	}
	if wrong := damagedText(keyField, s); wrong != nil {
		return "", wrong
	}
	if len(s) > maxKey {
		return "", &problem{"Key too long", fmt.Sprintf("A key has at most %d bytes; this one has %d.", maxKey, len(s))}
	}
	return s, nil
}

// joiners are characters without a width that names may have. Persian, Hindi and emoji
// are written with them.
var joiners = strings.NewReplacer("\u200c", "", "\u200d", "")

// oneLine joins a text's lines to one.
var oneLine = strings.NewReplacer("\n", " ", "\t", " ")

func (x *expander) attrText(a tracking.Attr, s string) (string, *problem) {
	if len(s) > 2*tracking.MaxTextLen {
		return "", &problem{"Invalid attribute value", fmt.Sprintf("%s has at most %d bytes; this one has %d.", a, tracking.MaxTextLen, len(s))}
	}
	if a.Spec().Kind == tracking.KindBool {
		switch word := strings.TrimSpace(s); {
		case word == "":
			return "", &problem{"Invalid attribute value", fmt.Sprintf("%s must be true or false; it is empty. Null leaves it alone, as in: row.x != \"\" ? row.x : null.", a)}
		case !strings.EqualFold(word, "true") && !strings.EqualFold(word, "false"):
			return "", &problem{"Invalid attribute value", fmt.Sprintf("%s must be true or false.", a)}
		}
	}
	if a == tracking.CustomerPhone { // an apostrophe before it is how a sheet keeps it as it is
		s = strings.TrimPrefix(strings.TrimSpace(s), "'")
	}
	canonical, err := a.Canonical(s)
	if err != nil {
		return "", &problem{"Invalid attribute value", text.FullStop(err.Error())}
	}
	visible := canonical
	if a.Spec().Lines {
		visible = oneLine.Replace(canonical)
	}
	hidden := text.Invisible(visible)
	if hidden != "" && (a == tracking.Title || a == tracking.CustomerName) {
		hidden = text.Invisible(joiners.Replace(visible))
	}
	if hidden != "" {
		return "", &problem{"Invisible characters in a value", fmt.Sprintf("%s has characters that cannot be seen, or that change how the text around them looks: %s. Remove them.", a, hidden)}
	}
	if a == tracking.CustomerEmail && canonical != "" && !looksLikeEmail(canonical) {
		return "", &problem{"Invalid e-mail address", "customer_email must be one address, such as \"li@example.org\". The value is not shown here."}
	}
	if service := x.provider.Service; !service.Knows(a) {
		return "", &problem{"Unsupported attribute", fmt.Sprintf("%s has no %s: it can neither be set nor read there. Remove it; with %s there is one.",
			service.Name, a, service.Elsewhere(func(s *tracking.Service) bool { return s.Knows(a) }))}
	}
	if a == tracking.TrackUpdates && canonical == "false" && !x.provider.Service.Offers(tracking.OpStopUpdates) {
		return "", &problem{"Unsupported attribute value", x.provider.Service.Name + " has no call that stops the updates of a tracking. Remove track_updates, or delete the tracking."}
	}
	return canonical, nil
}

func looksLikeEmail(s string) bool {
	name, domain, found := strings.Cut(s, "@")
	return found && name != "" && strings.Contains(strings.Trim(domain, "."), ".") && len(s) <= 254 && !strings.ContainsAny(domain, "@") && !strings.ContainsAny(s, " \t,;<>\"")
}
