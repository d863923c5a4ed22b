package sandbox_test

import (
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

func TestRewrite(t *testing.T) {
	for _, tt := range []struct{ rewrite, attr, value, want string }{
		{"cut=3", "title", "Äpfel", "Äpf"},
		{"cut=0", "title", "Red", ""},
		{"escape", "comment", `<a> & "b"`, "&lt;a&gt; &amp; &#34;b&#34;"},
		{"lower", "customer_email", "Ann@Example.org", "ann@example.org"},
		{"lower", "title", "Red", "Red"},
		{"bmp", "title", "Red 🎉!", "Red !"},
		{"tags", "order_id", "<b>A</b>-1", "A-1"},
		{"trim", "title", " Red ", "Red"},
		{"date", "order_create_time", "2026-08-27 16:51", "2026-08-27 00:00"},
		{"date", "order_create_time", "", ""},
		{"cut=3", "lang", "long", "long"},
	} {
		r, err := sandbox.ParseRewrite(tt.rewrite)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Of(tt.attr, tt.value); got != tt.want {
			t.Errorf("%s makes %q of %s %q, want %q", tt.rewrite, got, tt.attr, tt.value, tt.want)
		}
	}
	for _, text := range []string{"", "upper", "cut", "cut=", "cut=-1", "escape=1"} {
		if _, err := sandbox.ParseRewrite(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
