package carrier

import (
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// brandList has the names that people write, beside those of the built-in list.
//
//go:embed brands.txt
var brandList string

// brand is what a name of the table stands for.
type brand struct {
	codes    []string
	open     bool // others have the name, too
	services bool // words that name a service may follow
}

// brands are the names of the table by their letters.
var brands = sync.OnceValue(func() map[string]brand {
	out := map[string]brand{}
	for line := range strings.Lines(brandList) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(columns) != 3 {
			continue
		}
		b := brand{codes: strings.Split(columns[1], ",")}
		if last := len(b.codes) - 1; b.codes[last] == "?" {
			b.codes, b.open = b.codes[:last], true
		}
		for name := range strings.SplitSeq(columns[0], "|") {
			name, b.services = strings.CutSuffix(name, "*")
			out[strings.Join(words(name), "")] = b
		}
	}
	return out
})

// serviceWords may follow the name of a carrier without making it another one.
var serviceWords = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(`
		tracked untracked signed for class special delivery guaranteed by next day days working saturday
		standard economy priority premium express expedited saver select plus ground advantage home air airmail surface mail
		international internacional internazionale internationaal intl domestic worldwide national nationwide global europe
		parcel parcels package packages packet paket pakete paquet paq colis pacco pakket small medium large letter letters brief lettre suivie flat rate envelope box
		registered einschreiben recommandé recommande certified first second overnight smartpost surepost media retail
		courier kurier shipping versand service services access point shop parcelshop parcelstore locker pickup relais domicile
		household standardversand business classic prio warenpost and the of to up kg h
		inc ltd limited llc plc gmbh ag kg co corp corporation company sa sas srl spa bv nv sl ab as oy ooo ооо
		отправление посылка экспресс курьер 快递 速递 速运 物流 小包 平邮 挂号`) {
		out[strings.Join(words(word), "")] = true
	}
	return out
})

// amount is a word such as 48, 1st, 15kg, 1pm and 2day.
var amount = regexp.MustCompile(`^(express)?\d{1,3}(st|nd|rd|th|kg|g|h|hr|hrs|am|pm|day|days)?$`)

// Names finds the codes of carriers by what people call them. It is not safe for concurrent
// use.
type Names struct {
	own    map[string]string   // the user's, by letters
	listed map[string]string   // names by codes
	named  map[string][]string // codes by the letters of their names
	found  map[string]Found    // of names that have been asked for without a number
	words  map[string][]string // of codes and names, by codes; nil: nobody has asked
}

// NewNames returns the names of a list, those of the table, and the user's own. A nil
// list is the built-in one. An own name without a code stands for none: that is open.
func NewNames(own map[string]string, list []tracking.Carrier) *Names {
	n := &Names{own: make(map[string]string, len(own)), listed: map[string]string{}, named: map[string][]string{}, found: map[string]Found{}}
	for name, code := range own {
		n.own[Letters(name)] = code
	}
	if list == nil {
		list = All()
	}
	for _, c := range list {
		n.listed[c.Code] = c.Name
		if letters := Letters(c.Name); letters != "" {
			n.named[letters] = append(n.named[letters], c.Code)
		}
	}
	return n
}

// Reason is why a name stands for a code.
type Reason string

// The reasons.
const (
	ByOwnName Reason = "your carriers block"
	ByCode    Reason = "a code"
	ByName    Reason = "its name"
	ByNumber  Reason = "the form of its numbers"
)

// Found is what a name stands for: a code, or else what it might stand for.
type Found struct {
	Code       string
	By         Reason             // also without a code, of an own name
	Candidates []tracking.Carrier // without a code: the likeliest first
	fits       []string           // those that have the name
}

// Find returns the carrier that a name certainly stands for. A number, "" if it is not
// known, decides among several that have the name, and never against it.
func (n *Names) Find(name, number string) Found {
	name = strings.TrimSpace(name)
	if len(name) > maxNameLen {
		return Found{}
	}
	found, known := n.found[name]
	if !known {
		if len(n.found) == maxRemembered {
			clear(n.found)
		}
		found = n.find(name)
		n.found[name] = found
	}
	if found.Code == "" {
		if code := proven(found.fits, number); code != "" {
			return Found{Code: code, By: ByNumber}
		}
	}
	return found
}

// maxRemembered is how many names are remembered.
const maxRemembered = 1000

// find is Find without a number.
func (n *Names) find(name string) Found {
	if code, ok := n.own[Letters(name)]; ok && code != "" {
		return Found{Code: code, By: ByOwnName}
	} else if ok {
		return Found{By: ByOwnName, Candidates: n.listedAs(name).Candidates}
	}
	return n.listedAs(name)
}

// listedAs is find without the user's own names.
func (n *Names) listedAs(name string) Found {
	if _, ok := n.listed[name]; ok {
		return Found{Code: name, By: ByCode}
	}
	codes, open := n.fits(words(name))
	if len(codes) == 1 && !open {
		return Found{Code: codes[0], By: ByName}
	}
	found := Found{fits: codes}
	if len(codes) == 0 {
		for _, a := range n.alike(words(name)) {
			codes = append(codes, a.code)
		}
	}
	for _, code := range codes {
		found.Candidates = append(found.Candidates, tracking.Carrier{Code: code, Name: n.listed[code]})
	}
	return found
}

// maxNameLen bounds names, in bytes.
const maxNameLen = 200

// fits returns the codes that a name fits: the whole of it, or all but words that name a
// service. open reports whether others have the name, too.
func (n *Names) fits(name []string) (codes []string, open bool) {
	for i := len(name); i > 0; i-- {
		letters := strings.Join(name[:i], "")
		b, known := brands()[letters]
		if i == len(name) || known && b.services {
			codes = slices.DeleteFunc(slices.Clone(b.codes), func(code string) bool { _, ok := n.listed[code]; return !ok })
			if i == len(name) {
				for _, code := range n.named[letters] {
					if !slices.Contains(codes, code) {
						codes = append(codes, code)
					}
				}
			}
			if len(codes) > 0 {
				return codes, b.open
			}
		}
		if word := name[i-1]; !serviceWords()[word] && !amount.MatchString(word) {
			break
		}
	}
	return nil, false
}

// proven returns the one code among several that may have a number of this form; "" if
// that cannot be said.
func proven(codes []string, number string) string {
	number = strings.ToUpper(number)
	proof := ""
	for _, code := range codes {
		if !hasForm(code, number) {
			continue
		}
		if proof != "" {
			return ""
		}
		proof = code
	}
	return proof
}

// hasForm reports whether a number has the form of one carrier's. No other carrier of the
// same name has it: the forms are those of DHL Paket and of a country's post.
func hasForm(code, number string) bool {
	if code == "dhl-germany" && len(number) == 20 && strings.HasPrefix(number, "00340434") && consists(number, numerals) {
		return number[19] == byte('0'+(10-weighBack(number[:19])%10)%10)
	}
	country := table()[code].country
	return country != "" && len(number) == postalLen && consists(number[:2], capitals) && consists(number[2:11], numerals) &&
		number[11:] == country && number[10] == postalCheck(number[2:10])
}

// maxCandidates is how many carriers are proposed.
const maxCandidates = 6

// generic are words that do not say by themselves which carrier is meant.
var generic = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(`
		express post logistics logistic ems international courier couriers global parcel parcels worldwide mail freight domestic
		service services carrier shipping delivery cargo transport package the of and en local group
		uk gb us usa de fr es it nl be pl ru cn hk eu germany deutschland france italy italia spain netherlands poland russia asia europe`) {
		out[word] = true
	}
	return out
})

// resemblance is what a carrier has in common with a name: whole words.
type resemblance struct {
	code          string
	shared, other int // words, and the carrier's others
}

// alike returns the carriers that share words with a name. The words are those of their
// names and codes. Those that share most come first, and of these the ones with fewest
// others.
func (n *Names) alike(name []string) []resemblance {
	if n.words == nil {
		n.words = make(map[string][]string, len(n.listed))
		for code, display := range n.listed {
			have := words(code + " " + display)
			slices.Sort(have)
			n.words[code] = slices.Compact(have)
		}
	}
	var all []resemblance
	for code, have := range n.words {
		shared, telling := 0, false
		for _, w := range name {
			if slices.Contains(have, w) {
				shared++
				telling = telling || !generic()[w] && !amount.MatchString(w)
			}
		}
		if telling {
			all = append(all, resemblance{code, shared, len(have) - shared})
		}
	}
	slices.SortFunc(all, func(a, b resemblance) int {
		return cmp.Or(b.shared-a.shared, a.other-b.other, strings.Compare(a.code, b.code))
	})
	return all
}

// Problem returns why a name has no code, and what it might stand for.
func (f Found) Problem(name string) string {
	shown := text.Quote(text.Shorten(strings.TrimSpace(name), 64))
	switch {
	case strings.TrimSpace(name) == "":
		return "the name of the carrier is empty"
	case len(f.Candidates) == 0:
		return fmt.Sprintf("no carrier is known as %s; give its code in a carriers block: names = { %s = \"…\" }", shown, shown)
	}
	var all []string
	for _, c := range f.Candidates[:min(len(f.Candidates), maxCandidates)] {
		all = append(all, fmt.Sprintf("%s (%s)", c.Code, text.Inert(c.Name)))
	}
	more := ""
	if n := len(f.Candidates) - maxCandidates; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("which carrier %s is, is not certain: %s%s; give the code in a carriers block: names = { %s = \"…\" }", shown, strings.Join(all, ", "), more, shown)
}

// DidYouMean returns a sentence that names the code which was probably meant. It begins
// with a space, and is "" if none is near. Whole words count before letters.
func (n *Names) DidYouMean(written string) string {
	if code := n.Nearest(written); code != "" {
		return " Did you mean " + text.Quote(code) + "?"
	}
	return ""
}

// Nearest returns the code that was probably meant; "" if none is near.
func (n *Names) Nearest(written string) string {
	if len(written) > maxNameLen {
		return ""
	}
	if found := n.Find(written, ""); found.Code != "" && found.Code != written {
		return found.Code
	}
	if codes, _ := n.fits(words(written)); len(codes) > 0 && codes[0] != written {
		return codes[0]
	}
	var likeliest []string // that share as many words as any
	alike := n.alike(words(written))
	for _, a := range alike {
		if a.shared == alike[0].shared && a.code != written {
			likeliest = append(likeliest, a.code)
		}
	}
	if len(likeliest) > 0 {
		return cmp.Or(text.Nearest(written, slices.Values(likeliest)), likeliest[0])
	}
	return text.Nearest(written, func(yield func(string) bool) {
		for code := range n.listed {
			if code != written && !yield(code) {
				return
			}
		}
	})
}

// Letters returns the letters and digits of a name, by which names are compared: without
// case, accents, spaces and marks such as ®.
func Letters(name string) string { return strings.Join(words(name), "") }

// marks are removed from names; a + at the end of a word is a part of it.
var marks = strings.NewReplacer("®", "", "™", "", "©", "", "℠", "", "'", "", "’", "", ".", "")

// words returns the words of a name, in small letters without accents.
func words(name string) []string {
	name = marks.Replace(strings.ToLower(name))
	if rest, ok := strings.CutSuffix(strings.TrimSpace(name), "+"); ok {
		name = rest + "plus"
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(name))
	return strings.FieldsFunc(strings.ToLower(plain), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
