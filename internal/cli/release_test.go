package cli_test

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// releaseFile is the configuration of goreleaser, as far as the tests look at it.
type releaseFile struct {
	Version  int
	Builds   []releaseBuild
	Checksum struct {
		NameTemplate string `json:"name_template"`
	}
	SBOMs []struct{ Artifacts string }
}

type releaseBuild struct {
	Env, Flags, Ldflags, Goos, Goarch []string
	ModTimestamp                      string `json:"mod_timestamp"`
}

func release(t *testing.T) (releaseFile, releaseBuild) {
	t.Helper()
	var f releaseFile
	readYAML(t, filepath.Join("..", "..", ".goreleaser.yaml"), &f)
	if len(f.Builds) != 1 {
		t.Fatalf("there are %d builds, want 1", len(f.Builds))
	}
	return f, f.Builds[0]
}

// The release says no more and no less than what it needs to be the same
// wherever it is built, and its provenance covers all of it.
func TestReleaseFile(t *testing.T) {
	f, b := release(t)
	want := releaseBuild{
		Env: []string{"CGO_ENABLED=0"}, Flags: []string{"-trimpath", "-buildvcs=false"},
		Ldflags: []string{"-s -w -buildid= -X main.version={{ .Version }}"}, Goos: []string{"linux", "darwin", "windows"},
		Goarch: []string{"amd64", "arm64"}, ModTimestamp: "{{ .CommitTimestamp }}",
	}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Errorf("the build (-want +got):\n%s", diff)
	}
	if f.Version != 2 || len(f.SBOMs) != 1 {
		t.Errorf("version %d with %d SBOMs", f.Version, len(f.SBOMs))
	}
	var workflow actionsFile
	readYAML(t, filepath.Join("..", "..", ".github", "workflows", "release.yml"), &workflow)
	for _, step := range workflow.Jobs["release"].Steps {
		if strings.HasPrefix(step.Uses, "actions/attest-build-provenance@") && step.With["subject-checksums"] == "dist/"+f.Checksum.NameTemplate {
			return
		}
	}
	t.Error("the workflow attests no provenance of what the checksums name")
}

// goBuild builds the program in a directory with the flags of the release.
func goBuild(t *testing.T, dir string, b releaseBuild, version string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "tmsync")
	flags := strings.ReplaceAll(strings.Join(b.Ldflags, " "), "{{ .Version }}", version)
	cmd := exec.Command("go", slices.Concat([]string{"build"}, b.Flags, []string{"-ldflags=" + flags, "-o", out, "."})...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), b.Env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	binary, err := os.ReadFile(out)
	must(t, err)
	return binary
}

// The release is the same bytes wherever it is built, says its version, and
// knows neither the directory nor the commit.
func TestReleaseIsReproducible(t *testing.T) {
	exhaustive.Only(t) // it builds the program twice
	_, b := release(t)
	var first []byte
	for range 2 {
		dir := source(t)
		binary := goBuild(t, dir, b, "1.2.3")
		if bytes.Contains(binary, []byte(dir)) {
			t.Errorf("the binary names the directory %s", dir)
		}
		if first == nil {
			first = binary
		} else if !bytes.Equal(first, binary) {
			t.Error("two builds differ")
		}
	}
	path := filepath.Join(t.TempDir(), "tmsync")
	must(t, os.WriteFile(path, first, 0o700))
	if out, err := exec.Command(path, "version").Output(); err != nil || !strings.HasPrefix(string(out), "tmsync v1.2.3\n") {
		t.Errorf("its version is %q, %v", out, err)
	}
	info, err := buildinfo.Read(bytes.NewReader(first))
	must(t, err)
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs") {
			t.Errorf("it knows %s=%s", s.Key, s.Value)
		}
	}
}

// sources is what the program is built from.
var sources = []string{"go.mod", "go.sum", "main.go", "apply", "config", "internal", "plan", "state"}

// source copies what the program is built from into a directory of its own.
func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range sources {
		copyTo(t, filepath.Join("..", "..", name), filepath.Join(dir, name))
	}
	return dir
}

// copyTo copies a file, or a directory without what tests leave behind.
func copyTo(t *testing.T, from, to string) {
	t.Helper()
	must(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o600)
	}))
}

// "version --json" says what the program is, without asking anybody.
func TestVersionJSON(t *testing.T) {
	t.Parallel()
	var out, stderr bytes.Buffer
	if code := run(t.TempDir(), nil, 0, &out, &stderr, []string{"version", "--json"}); code != 0 {
		t.Fatalf("ended with %d\n%s", code, &stderr)
	}
	var got map[string]string
	must(t, json.Unmarshal(out.Bytes(), &got))
	want := map[string]string{"tmsync_version": "0.1.0", "go_version": runtime.Version(), "platform": runtime.GOOS + "_" + runtime.GOARCH}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("version --json (-want +got):\n%s", diff)
	}
	out.Reset()
	cmd := exec.Command(built(t), "--version", "--json")
	cmd.Stdout = &out
	must(t, cmd.Run())
	clear(got)
	must(t, json.Unmarshal(out.Bytes(), &got))
	delete(got, "revision") // of the checkout, where that is one
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, []string{"go_version", "platform", "tmsync_version"}) {
		t.Errorf("the keys are %q", keys)
	}
}

// The image is built without an engine: the steps of its first stage run here, on
// what the build context lets through. The binary is static, and the one of a
// release.
func TestContainer(t *testing.T) {
	exhaustive.Only(t) // it builds the program twice
	text, err := os.ReadFile(example("container", "Dockerfile"))
	must(t, err)
	ignore, err := os.ReadFile(example("container", "Dockerfile.dockerignore"))
	must(t, err)
	context := t.TempDir()
	for line := range strings.Lines(string(ignore)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			copyTo(t, filepath.Join("..", "..", name), filepath.Join(context, name))
		}
	}
	im := image{t: t, context: context, root: t.TempDir()}
	for line := range strings.Lines(string(text)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		im.instruction(word, rest)
	}
	if im.stages != 2 || !strings.Contains(im.base, "distroless/static") || !strings.HasSuffix(im.base, ":nonroot") {
		t.Errorf("there are %d stages, the last of %s", im.stages, im.base)
	}
	if !slices.Equal(im.final, []string{"/out/tmsync /usr/local/bin/tmsync"}) {
		t.Errorf("the image has %q", im.final)
	}
	binary, err := os.ReadFile(filepath.Join(im.root, "out", "tmsync"))
	must(t, err)
	_, b := release(t)
	if !bytes.Equal(binary, goBuild(t, source(t), b, "0.1.0-dev")) {
		t.Error("it is not the binary of a release")
	}
}

// image is an image under way.
type image struct {
	t             *testing.T
	context, root string // directories
	dir           string // WORKDIR, in root
	args          []string
	stages        int
	base          string
	final         []string // what the last stage copies from the one before
}

// instruction carries out one line of a Dockerfile. Paths are those of the image,
// so commands get them with the directory before them that stands for its root.
func (im *image) instruction(word, rest string) {
	im.t.Helper()
	switch word {
	case "", "#", "ENTRYPOINT":
	case "FROM":
		im.stages++
		im.base, _, _ = strings.Cut(rest, " ")
	case "WORKDIR":
		im.dir = filepath.Join(im.root, rest)
		must(im.t, os.MkdirAll(im.dir, 0o700))
	case "ARG":
		im.args = append(im.args, rest)
	case "COPY":
		if from, ok := strings.CutPrefix(rest, "--from=build "); ok {
			im.final = append(im.final, from)
			return
		}
		names := strings.Fields(rest)
		for _, name := range names[:len(names)-1] {
			copyTo(im.t, filepath.Join(im.context, name), filepath.Join(im.dir, names[len(names)-1], name))
		}
	case "RUN":
		command := regexp.MustCompile(`(^|[\s=])/`).ReplaceAllString(rest, "${1}"+im.root+"/")
		cmd := exec.Command("sh", "-ec", command)
		cmd.Dir, cmd.Env = im.dir, append(os.Environ(), im.args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			im.t.Fatalf("RUN %s: %v\n%s", rest, err, out)
		}
	default:
		im.t.Fatalf("what is %s?", word)
	}
}
