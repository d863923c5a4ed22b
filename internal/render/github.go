package render

import (
	"crypto/rand"
	"strings"
)

// Property is one property of a workflow command; see WorkflowCommand.
type Property struct{ Name, Value string }

// WorkflowCommand returns a command to GitHub's runner as one line with its line
// break:
//
//	::error file=main.hcl,line=3::message
//
// The names of the command and its properties are not encoded. Properties
// without a value are left out.
func WorkflowCommand(name string, properties []Property, message string) string {
	var b strings.Builder
	b.WriteString("::" + name)
	before := byte(' ')
	for _, p := range properties {
		if p.Value != "" {
			b.WriteByte(before)
			b.WriteString(p.Name + "=" + workflowProperty.Replace(Inert(p.Value)))
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
