package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/pflag"
)

func completionCommand() command {
	return command{
		name: "completion", args: "bash|zsh|fish", summary: "Write a completion script for a shell",
		help: `
  bash:  source <(tmsync completion bash)
  zsh:   source <(tmsync completion zsh)
  fish:  tmsync completion fish | source`,
		setup: func(a *app, _ *pflag.FlagSet) func(context.Context, []string) ExitCode {
			return func(_ context.Context, args []string) ExitCode { return a.completion(args) }
		},
	}
}

func (a *app) completion(args []string) ExitCode {
	if len(args) != 1 || completions[args[0]] == "" {
		return a.fail("Unknown shell", "Say which shell the script is for: bash, zsh or fish.")
	}
	t, err := template.New(args[0]).Parse(completions[args[0]])
	if err == nil {
		err = t.Execute(a.Stdout, completionData(a))
	}
	if err != nil {
		return a.fail("The script could not be written", err.Error())
	}
	return OK
}

// completionEntry is one command, or the first word of several.
type completionEntry struct {
	Name, Summary string
	Flags         []string // with their dashes
	Words         []string // the second words of its commands
}

func completionData(a *app) []completionEntry {
	var entries []completionEntry
	index := map[string]int{}
	for _, c := range commands() {
		first, second, nested := strings.Cut(c.name, " ")
		i, ok := index[first]
		if !ok {
			i = len(entries)
			index[first] = i
			entries = append(entries, completionEntry{Name: first, Summary: c.summary})
		}
		fs := newFlagSet(c.name)
		fs.Bool("no-color", false, "")
		c.setup(a, fs)
		fs.VisitAll(func(f *pflag.Flag) { entries[i].Flags = append(entries[i].Flags, forms(f)...) })
		slices.Sort(entries[i].Flags)
		entries[i].Flags = slices.Compact(entries[i].Flags)
		if nested {
			entries[i].Words = append(entries[i].Words, second)
		}
		if c.name == "completion" {
			entries[i].Words = []string{"bash", "zsh", "fish"}
		}
	}
	return entries
}

// forms are the forms in which a flag is offered: with each of its words, if it
// takes one of a few.
func forms(f *pflag.Flag) []string {
	c, ok := f.Value.(choice)
	if !ok {
		return []string{"--" + f.Name}
	}
	var out []string
	for _, w := range c.words {
		out = append(out, "--"+f.Name+"="+w)
	}
	return out
}

// Join is for the templates.
func (e completionEntry) Join() string {
	return strings.Join(append(append([]string{}, e.Words...), e.Flags...), " ")
}

// String is for the templates.
func (e completionEntry) String() string { return fmt.Sprintf("%s:%s", e.Name, e.Summary) }

var completions = map[string]string{
	"bash": `_tmsync() {
  local cur=${COMP_WORDS[COMP_CWORD]} cmd= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} != -* ]] && { cmd=${COMP_WORDS[i]}; break; }
  done
  case $cmd in
{{range .}}    {{.Name}}) COMPREPLY=($(compgen -f -W "{{.Join}}" -- "$cur")) ;;
{{end}}    *) COMPREPLY=($(compgen -W "--chdir= --help --version{{range .}} {{.Name}}{{end}}" -- "$cur")) ;;
  esac
}
complete -F _tmsync tmsync
`,
	"zsh": `#compdef tmsync
_tmsync() {
  local -a commands=(
{{range .}}    '{{.String}}'
{{end}}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  case $words[2] in
{{range .}}    {{.Name}}) compadd -- {{.Join}}; _files ;;
{{end}}  esac
}
compdef _tmsync tmsync
`,
	"fish": `complete -c tmsync -f
{{range .}}complete -c tmsync -n __fish_use_subcommand -a {{.Name}} -d '{{.Summary}}'
{{$name := .Name}}{{range .Words}}complete -c tmsync -n '__fish_seen_subcommand_from {{$name}}' -a {{.}}
{{end}}complete -c tmsync -n '__fish_seen_subcommand_from {{$name}}' -a '{{.Join}}'
{{end}}`,
}
