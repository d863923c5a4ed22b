// Package text writes words, numbers and sizes for people, and has the encoders for
// each place that text of the files or the service may reach. It knows nothing of
// trackings.
//
//	terminal, plain files   Inert, Quote, InertLines
//	log line                LogAttr
//	JSON                    JSON, WriteJSON
//	CSV                     CSV
//	HCL                     HCLQuote
//	Markdown                Markdown, Fence
//	GitHub's runner         WorkflowCommand, WorkflowOutput
//
// All of them rest on what Inert escapes.
package text
