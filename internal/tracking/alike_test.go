package tracking

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAlike(t *testing.T) {
	long := "A parcel with a title that is longer than fifty characters"
	for _, tt := range []struct {
		attr        Attr
		sent, shown string
		want        bool
	}{
		{Title, "Red & blue", "Red &amp; blue", true},
		{Title, "Red & blue", "red & BLUE", true},
		{Title, "Red 🎉", "Red", true},
		{Title, "<b>Red</b> shoes", "Red shoes", true},
		{Title, long, long[:30], true},
		{Title, long[:25] + "& more", long[:25] + "&am", true},
		{Title, long, long[:10], false}, // too short a part
		{Title, "Red", "Blue", false},
		{Title, "Red", "", false},
		{Title, "", "Red", false},
		{OrderCreateTime, "2026-08-27 16:51", "2026-08-27 08:51", true},
		{OrderCreateTime, "2026-08-27 16:51", "2026-08-27 00:00", true},
		{OrderCreateTime, "2026-08-27 16:51", "2026-01-01 00:00", false},
		{OrderCreateTime, "2026-08-27 16:51", "soon", false},
		{Archived, "true", "false", false},
	} {
		if got := tt.attr.Alike(tt.sent, tt.shown); got != tt.want {
			t.Errorf("%s %q, shown as %q: alike is %t, want %t", tt.attr, tt.sent, tt.shown, got, tt.want)
		}
	}
}

func TestAlikeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringMatching("[A-Za-z0-9&<> ]{1,60}").Draw(t, "value")
		if strings.TrimSpace(letters(v)) == "" {
			return
		}
		if !Title.Alike(v, strings.ToUpper(strings.ReplaceAll(v, "& ", "&amp; "))) && !strings.Contains(v, "&") {
			t.Fatalf("%q is not alike in capitals", v)
		}
		if w := rapid.StringMatching("[a-z]{1,19}").Draw(t, "other"); Title.Alike(v, w) && letters(w) != letters(v) {
			t.Fatalf("%q is like %q", v, w)
		}
	})
}
