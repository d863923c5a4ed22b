package tracking

import "github.com/hashicorp/hcl/v2"

// Span is an hcl.Range without the file's name, in less than half of the
// memory: a configuration may have a million of them.
type Span struct{ start, end pos }

// pos is a position as hcl counts it. Files are far smaller than 4 GiB.
type pos struct{ line, column, byte uint32 }

// SpanOf returns the positions of a range.
func SpanOf(r hcl.Range) Span { return Span{posOf(r.Start), posOf(r.End)} }

func posOf(p hcl.Pos) pos { return pos{uint32(p.Line), uint32(p.Column), uint32(p.Byte)} }

// In returns the range in a file.
func (p Span) In(file string) hcl.Range {
	return hcl.Range{Filename: file, Start: p.start.hcl(), End: p.end.hcl()}
}

func (p pos) hcl() hcl.Pos {
	return hcl.Pos{Line: int(p.line), Column: int(p.column), Byte: int(p.byte)}
}
