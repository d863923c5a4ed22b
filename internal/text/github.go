package text

import (
	"crypto/rand"
	"strings"
)

// WorkflowCommand returns a command to GitHub's runner as one line with its line
// break:
//
//	::error file=main.hcl,line=3::message
//
// A property is a name and a value; those without a value are left out. The names of
// the command and its properties are not encoded.
func WorkflowCommand(name string, properties [][2]string, message string) string {
	var b strings.Builder
	b.WriteString("::" + name)
	before := byte(' ')
	for _, p := range properties {
		if p[1] != "" {
			b.WriteByte(before)
			b.WriteString(p[0] + "=" + workflowProperty.Replace(Inert(p[1])))
			before = ','
		}
	}
	b.WriteString("::" + workflowData.Replace(InertLines(message)) + "\n")
	return b.String()
}

// What GitHub's runner replaces in the other direction.
var (
	workflowData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	workflowProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WorkflowOutput returns one output or variable for the files GITHUB_OUTPUT and
// GITHUB_ENV. What ends the value is random, so that no value can end by itself and
// go on with another output. Of the name only what identifiers have is kept.
func WorkflowOutput(name, value string) string {
	name = strings.Map(func(r rune) rune {
		if letterOrDigit(r) || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
	end := "end-" + rand.Text()
	return name + "<<" + end + "\n" + InertLines(value) + "\n" + end + "\n"
}
