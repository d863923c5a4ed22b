package render

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
)

// ValidationDocument is the output of "validate --json". Its names are Terraform's.
type ValidationDocument struct {
	FormatVersion string               `json:"format_version"`
	Valid         bool                 `json:"valid"`
	ErrorCount    int                  `json:"error_count"`
	WarningCount  int                  `json:"warning_count"`
	Diagnostics   []DiagnosticDocument `json:"diagnostics"`
	// Rows are those of the files that trackings blocks read, if the configuration is
	// valid.
	Rows tracking.RowCounts `json:"rows,omitzero"`
}

// DiagnosticDocument is one diagnostic.
type DiagnosticDocument struct {
	Severity string           `json:"severity"` // error or warning
	Summary  string           `json:"summary"`
	Detail   string           `json:"detail"`
	Range    *RangeDocument   `json:"range,omitempty"`
	Snippet  *SnippetDocument `json:"snippet,omitempty"`
}

// RangeDocument is a place in a file. Lines and columns count from 1, bytes from 0.
type RangeDocument struct {
	Filename string      `json:"filename"`
	Start    PosDocument `json:"start"`
	End      PosDocument `json:"end"`
}

// PosDocument is one end of a place.
type PosDocument struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// SnippetDocument is the line of a place. What is sensitive in it is overwritten.
type SnippetDocument struct {
	Context              *string  `json:"context"` // the block, if it is known
	Code                 string   `json:"code"`
	StartLine            int      `json:"start_line"`
	HighlightStartOffset int      `json:"highlight_start_offset"` // in bytes of code
	HighlightEndOffset   int      `json:"highlight_end_offset"`
	Values               []string `json:"values"` // always empty: they may be sensitive
}

// NewValidationDocument returns the document of diagnostics.
func NewValidationDocument(diags hcl.Diagnostics, files map[string]*hcl.File) *ValidationDocument {
	doc := &ValidationDocument{FormatVersion: FormatVersion, Valid: !diags.HasErrors(), Diagnostics: []DiagnosticDocument{}}
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			doc.ErrorCount++
		} else {
			doc.WarningCount++
		}
		doc.Diagnostics = append(doc.Diagnostics, NewDiagnosticDocument(d, files))
	}
	return doc
}

// NewDiagnosticDocument returns the document of one diagnostic.
func NewDiagnosticDocument(d *hcl.Diagnostic, files map[string]*hcl.File) DiagnosticDocument {
	doc := DiagnosticDocument{Severity: "error", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		doc.Severity = "warning"
	}
	if d.Subject == nil {
		return doc
	}
	pos := func(p hcl.Pos) PosDocument { return PosDocument{p.Line, p.Column, p.Byte} }
	doc.Range = &RangeDocument{d.Subject.Filename, pos(d.Subject.Start), pos(d.Subject.End)}
	f := files[d.Subject.Filename]
	if f == nil || d.Subject.Start.Byte < 0 || d.Subject.Start.Byte >= len(f.Bytes) {
		return doc
	}
	from := bytes.LastIndexByte(f.Bytes[:d.Subject.Start.Byte], '\n') + 1
	snip := &SnippetDocument{StartLine: d.Subject.Start.Line, Values: []string{}}
	snip.Code, snip.HighlightStartOffset, snip.HighlightEndOffset = clip(f.Bytes, from, endOfLine(f.Bytes, from), d.Subject)
	if name := (inertNav{f.Nav}).ContextString(d.Subject.Start.Byte); name != "" {
		snip.Context = &name
	}
	doc.Snippet = snip
	return doc
}
