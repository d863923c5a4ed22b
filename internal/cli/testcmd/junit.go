package testcmd

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// The document that CI systems read as JUnit's.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"` // in seconds
		Failure *junitFailure `xml:"failure"`
		Skipped *struct{}     `xml:"skipped"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// checkJUnit checks that the file of the results may be written. A configuration
// with mistakes still determines where the state is and what is read.
func (t *tester) checkJUnit() error {
	if t.junit == "" {
		return nil
	}
	a := t.app
	a.Writes("--junit", t.junit)
	if err := a.CheckFiles(); err != nil {
		return app.Fail("A file cannot be written", text.Sentence(err))
	}
	l := a.LoadWatched(config.Options{Environ: a.Environ, Display: a.Display, Now: a.Now, Version: a.Version, Stdin: a.Piped()})
	if l.Err == nil && a.Files.Clash {
		return app.Invalid(app.Failure, l.Diags, l.Config.Sources())
	}
	return l.Err
}

// writeJUnit writes the results, over those of an earlier run.
func (t *tester) writeJUnit() error {
	counts := t.counts()
	doc := junitSuites{Failures: counts[failed], Skipped: counts[skipped], Tests: counts[passed] + counts[failed] + counts[skipped]}
	for i := range t.results {
		doc.Suites = append(doc.Suites, t.results[i].junit())
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	return t.app.WriteOut(t.junit, 0o600, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s%s\n", xml.Header, text)
		return err
	})
}

// junit returns a file's results. Of one that could not be run there is one failure.
func (f *fileResult) junit() junitSuite {
	s := junitSuite{Name: text.Inert(f.name)}
	add := func(c junitCase) {
		c.Class = s.Name
		s.Cases = append(s.Cases, c)
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
	}
	if f.problem != "" {
		add(junitCase{Name: "the file", Time: "0", Failure: &junitFailure{Message: f.problem}})
	}
	for _, r := range f.runs {
		c := junitCase{Name: text.Inert(r.name), Time: fmt.Sprintf("%.3f", r.took.Round(time.Millisecond).Seconds())}
		switch r.verdict {
		case failed:
			var all []string
			for _, p := range r.problems {
				all = append(all, p.String())
			}
			first, _, _ := strings.Cut(all[0], "\n")
			c.Failure = &junitFailure{Message: text.Inert(first), Text: text.InertLines(strings.Join(all, "\n"))}
		case skipped:
			c.Skipped = &struct{}{}
		default:
		}
		add(c)
	}
	return s
}
