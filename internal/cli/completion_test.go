//go:build unix

package cli_test

import "testing"

// What bash inserts of an address is a word of the shell, whether one fits or several.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.write("main.hcl", `
tracking "parcel" {
  for_each        = { A-1 = "402934299065", A-2 = "402934299066" }
  carrier_code    = "sto"
  tracking_number = each.value
}
`)
	// The package bash-completion takes the words apart; here they are given.
	const complete = `
_get_comp_words_by_ref() { words=("${given[@]}") cword=$((${#given[@]} - 1)) cur=${given[-1]} prev=${given[-2]}; }
compopt() { :; }
source <(tmsync completion bash)
given=(tmsync explain "$1")
__start_tmsync
printf '%s\n' "${COMPREPLY[@]}"`
	for written, want := range map[string]string{
		``:                       `tracking.parcel\[\"A-1\"\]` + "\n" + `tracking.parcel\[\"A-2\"\]` + "\n",
		`tracking.parcel\[\"A-2`: `tracking.parcel\[\"A-2\"\]` + "\n",
	} {
		if out, code := w.run(nil, "bash", "-c", complete, "bash", written); code != 0 || out != want {
			t.Errorf("%q is completed, with %d, to\n%swant\n%s", written, code, out, want)
		}
	}
}
