package render

import "html"

// HTML writes text for the content of an HTML element.
func HTML(s string) string { return html.EscapeString(InertLines(s)) }

// HTMLAttr writes the value of an HTML attribute, with its quotes. It is not for
// attributes whose values are read as addresses, styles or scripts.
func HTMLAttr(s string) string { return `"` + html.EscapeString(Inert(s)) + `"` }
