package render

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// Manual writes a document, which is in Markdown, for a terminal: without its marks,
// and wrapped. topic returns the name under which another document can be read, "" for
// none.
func Manual(out io.Writer, document string, s Style, topic func(path string) string) error {
	m := &manual{w: bufio.NewWriter(out), style: s, width: min(max(s.Width, 80), 100), topic: topic}
	m.write(strings.Split(strings.TrimRight(text.InertLines(document), "\n"), "\n"))
	return m.w.Flush()
}

type manual struct {
	w     *bufio.Writer
	style Style
	width int
	topic func(path string) string
	// text is the lines of a paragraph or list item. Its second line is indented by
	// hang.
	text []string
	hang int
	rows [][]string // of a table
}

var listMark = regexp.MustCompile(`^(?:-|\d+\.) +`)

func (m *manual) write(lines []string) {
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch mark := listMark.FindString(line); {
		case strings.HasPrefix(line, "```"):
			m.flush()
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				m.code(lines[i])
			}
		case strings.HasPrefix(line, "    ") && len(m.text) == 0:
			m.code(line[4:])
		case strings.HasPrefix(line, "#"):
			m.flush()
			m.heading(line)
		case strings.HasPrefix(line, "|"):
			if len(m.text) > 0 {
				m.flush()
			}
			m.rows = append(m.rows, m.cells(line))
		case strings.TrimSpace(line) == "":
			m.flush()
			fmt.Fprintf(m.w, "\n")
		case mark != "":
			m.flush()
			m.text, m.hang = []string{line}, len(mark)
		default:
			if len(m.rows) > 0 {
				m.flush()
			}
			m.text = append(m.text, line)
		}
	}
	m.flush()
}

func (m *manual) code(line string) {
	fmt.Fprintf(m.w, "%s\n", strings.TrimRight("    "+line, " "))
}

func (m *manual) heading(line string) {
	title := strings.TrimLeft(line, "# ")
	if !strings.HasPrefix(line, "###") {
		title = strings.ToUpper(title)
	}
	fmt.Fprintf(m.w, "%s\n", m.style.paint(bold, title))
}

// flush writes the paragraph or the table that has come to its end.
func (m *manual) flush() {
	for i, line := range text.Wrap(text.OneLine(m.inline(strings.Join(m.text, " "))), m.width, m.width-m.hang) {
		if i > 0 {
			line = strings.Repeat(" ", m.hang) + line
		}
		fmt.Fprintf(m.w, "%s\n", m.marked(line))
	}
	m.table()
	m.text, m.hang, m.rows = nil, 0, nil
}

// boldOn and boldOff stand for the marks of bold text while it is wrapped. The document
// has none of them, as text.Inert spells them out.
const boldOn, boldOff = "\x01", "\x02"

var link = regexp.MustCompile(`!?\[([^\]]*)\]\(([^)]*)\)`)

// inline removes the marks from text, but not from `code`.
func (m *manual) inline(text string) string {
	text = link.ReplaceAllStringFunc(text, func(all string) string {
		parts := link.FindStringSubmatch(all)
		path, _, _ := strings.Cut(parts[2], "#")
		switch topic := m.topic(path); {
		case strings.HasPrefix(all, "!"):
			return ""
		case topic != "":
			return parts[1] + " (`tmsync help " + topic + "`)"
		case strings.Contains(path, "://"):
			return parts[1] + " (" + path + ")"
		}
		return parts[1]
	})
	pieces := strings.Split(text, "`")
	mark, next := boldOn, boldOff
	for i := 0; i < len(pieces); i += 2 {
		for strings.Contains(pieces[i], "**") {
			pieces[i] = strings.Replace(pieces[i], "**", mark, 1)
			mark, next = next, mark
		}
		pieces[i] = strings.NewReplacer(`\*`, "*", `\<`, "<").Replace(pieces[i])
	}
	return strings.Join(pieces, "`")
}

// marked replaces the placeholders by the real marks.
func (m *manual) marked(line string) string {
	on, off := "", ""
	if m.style.Color {
		on, off = "\x1b["+bold+"m", "\x1b[0m"
	}
	return strings.NewReplacer(boldOn, on, boldOff, off).Replace(line)
}

// cells are those of one line of a table.
func (m *manual) cells(line string) []string {
	line = strings.ReplaceAll(line, `\|`, "\x03")
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	var cells []string
	for cell := range strings.SplitSeq(line, "|") {
		cells = append(cells, m.inline(strings.ReplaceAll(strings.TrimSpace(cell), "\x03", "|")))
	}
	return cells
}

// table writes the rows in columns. The widest ones are wrapped until all fit.
func (m *manual) table() {
	var widths []int
	for _, row := range m.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if !rule(row) {
				widths[i] = max(widths[i], text.Columns(cell))
			}
		}
	}
	for {
		total, widest := 2*(len(widths)-1), 0
		for i, w := range widths {
			total += w
			if w > widths[widest] {
				widest = i
			}
		}
		if total <= m.width || widths[widest] <= 10 {
			break
		}
		widths[widest]--
	}
	for _, row := range m.rows {
		m.row(row, widths)
	}
}

// rule reports whether a row only divides the header from the others.
func rule(row []string) bool { return strings.Trim(strings.Join(row, ""), "-: ") == "" }

func (m *manual) row(row []string, widths []int) {
	wrapped, height := make([][]string, len(row)), 1
	for i, cell := range row {
		if rule(row) {
			cell = strings.Repeat("-", widths[i])
		}
		wrapped[i] = text.Wrap(text.OneLine(cell), widths[i], widths[i])
		height = max(height, len(wrapped[i]))
	}
	for at := range height {
		line := ""
		for i := range row {
			cell := ""
			if at < len(wrapped[i]) {
				cell = wrapped[i][at]
			}
			line += cell + strings.Repeat(" ", max(0, widths[i]-text.Columns(cell))+2)
		}
		fmt.Fprintf(m.w, "%s\n", m.marked(strings.TrimRight(line, " ")))
	}
}
