package main

import (
	"strings"
	"unicode/utf8"
)

// line is one row of the table.
type line struct {
	what, goal, measured string
	// ratio is how the two sides compare; of a bound, how much of it is used up.
	ratio   string
	verdict string // "met" or "missed"; "" where there is no goal
}

func verdictOf(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// table writes the lines as a table in Markdown, with its columns in line.
func table(lines []line) string {
	cells := [][]string{{"what", "goal", "measured", "ratio", "verdict"}}
	for _, l := range lines {
		cells = append(cells, []string{l.what, l.goal, l.measured, l.ratio, l.verdict})
	}
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for at, row := range cells {
		for i, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+1))
		}
		b.WriteString("|\n")
		if at == 0 {
			for _, width := range widths {
				b.WriteString("|" + strings.Repeat("-", width+2))
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}
