package text

import (
	"fmt"
	"log/slog"
)

// LogAttr returns an attribute of a log line with its texts made inert. It is for
// the ReplaceAttr of a slog handler, which quotes what is left.
func LogAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Inert(v.String()))
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			a.Value = slog.StringValue(Inert(err.Error()))
		} else if s, ok := v.Any().(fmt.Stringer); ok {
			a.Value = slog.StringValue(Inert(s.String()))
		}
	}
	return a
}
