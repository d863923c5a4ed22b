package render

import "github.com/tmsync/tmsync/internal/text"

// The encoders of this package, one for each place that text of the files or
// the service may reach. They rest on text.Inert.
//
//	terminal, plain files   Inert, Quote, InertLines
//	log line                LogAttr
//	JSON                    JSON
//	CSV                     CSV
//	Markdown                Markdown, Fence
//	HTML                    HTML, HTMLAttr
//	GitHub's runner         WorkflowCommand, WorkflowOutput

// Inert is text.Inert.
func Inert(s string) string { return text.Inert(s) }

// Quote is text.Quote.
func Quote(s string) string { return text.Quote(s) }

// InertLines is text.InertLines.
func InertLines(s string) string { return text.InertLines(s) }

func hidden(r rune) bool             { return text.Hidden(r) }
func vso(s string, at int) bool      { return text.RunnerMark(s, at) }
func workflow(s string, at int) bool { return text.CommandColon(s, at) }
