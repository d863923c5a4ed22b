package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// question is a matter that the documentation leaves open. The sandbox has answers
// to choose from.
type question struct {
	name    string
	answers []string // words, the first of which holds unless another is given; or a single number
	about   string
}

// isNumber reports whether the answer is a number that can be chosen freely.
func (q question) isNumber() bool {
	_, err := strconv.ParseFloat(q.answers[0], 64)
	return len(q.answers) == 1 && err == nil
}

// String describes the question in a line of help.
func (q question) String() string {
	return fmt.Sprintf("%-34s %s", q.name+"="+strings.Join(q.answers, "|"), q.about)
}

// questionsV2 are open in v2 and v1. The first answer to each is what more speaks
// for.
var questionsV2 = []question{
	{"update", []string{"errors", "meta", "empty"}, "updatemore answers as batch, as delete"},
	{"put", []string{"echo", "row"}, "a PUT answers what was sent, or all"},
	{"order-time", []string{"number", "text"}, "order_create_time in a create's answer"},
	{"carriers", []string{"any", "known"}, "carriers that a create takes"},
	{"no-credit", []string{"create", "read"}, "what 4021 refuses: creates, or reads too"},
}

// settings are the answers to some questions.
type settings struct {
	questions []question
	given     map[string]string
}

// settle checks the answers that are given to some questions.
func settle(version string, questions []question, given map[string]string) (settings, error) {
	for name, answer := range given {
		i := slices.IndexFunc(questions, func(q question) bool { return q.name == name })
		if i < 0 {
			return settings{}, fmt.Errorf("%s has no open question %q: it has %s", version, name, strings.Join(names(questions), ", "))
		}
		q := questions[i]
		if q.isNumber() {
			if n, err := strconv.ParseFloat(answer, 64); err != nil || !(n >= 0 && n <= 1e6) {
				return settings{}, fmt.Errorf("%s: %s takes a number from 0 to 1000000, and %q is none", version, name, answer)
			}
		} else if !slices.Contains(q.answers, answer) {
			return settings{}, fmt.Errorf("%s: %s is one of %s, and not %q", version, name, strings.Join(q.answers, ", "), answer)
		}
	}
	return settings{questions, given}, nil
}

func names(questions []question) []string {
	var all []string
	for _, q := range questions {
		all = append(all, q.name)
	}
	return all
}

// answer returns the answer that holds. That there is no such question is a mistake
// of this package.
func (s settings) answer(name string) (question, string) {
	i := slices.IndexFunc(s.questions, func(q question) bool { return q.name == name })
	if i < 0 {
		panic("sandbox: no open question " + name)
	}
	if given, ok := s.given[name]; ok {
		return s.questions[i], given
	}
	return s.questions[i], s.questions[i].answers[0]
}

// is reports whether a question has an answer.
func (s settings) is(name, word string) bool {
	q, given := s.answer(name)
	if !slices.Contains(q.answers, word) {
		panic("sandbox: " + name + " has no answer " + word)
	}
	return given == word
}

// number is the answer of a question that has a number for one.
func (s settings) number(name string) float64 {
	q, given := s.answer(name)
	if !q.isNumber() {
		panic("sandbox: " + name + " has words for answers")
	}
	n, _ := strconv.ParseFloat(given, 64) // checked by settle
	return n
}

func (s settings) seconds(name string) time.Duration {
	return time.Duration(s.number(name) * float64(time.Second))
}

// OpenQuestions returns what is open in v2 and in v4. Each line is a question with
// its answers.
func OpenQuestions() (v2, v4 []string) {
	for _, q := range questionsV2 {
		v2 = append(v2, q.String())
	}
	for _, q := range questionsV4 {
		v4 = append(v4, q.String())
	}
	return v2, v4
}
