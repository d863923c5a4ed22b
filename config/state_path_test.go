package config

import "testing"

func TestCheckStatePath(t *testing.T) {
	for path, ok := range map[string]bool{
		"tmsync.state.jsonl": true, "envs/prod/state.jsonl": true, "/srv/state.jsonl": true, "../state.jsonl": true, "a:b": true,
		"": false, ".": false, "..": false, "envs/": false, "envs/..": false, "a\nb": false,
		"a.jsonl.backup": false, "a.jsonl.1700000000.BACKUP": false, "backup": true,
		"s3://bucket/state.jsonl": false, "https://example.org/state": false, "file:///srv/state.jsonl": false, "azure+blob://x/y": false,
	} {
		if problem := CheckStatePath(path); (problem == "") != ok {
			t.Errorf("CheckStatePath(%q) = %q", path, problem)
		}
	}
}
