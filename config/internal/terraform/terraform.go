// Package terraform knows what people bring along from Terraform, and what to write
// instead.
package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// instead is what to write for blocks and arguments of Terraform. This language has
// them not, or not there.
var instead = map[string]string{
	// Blocks.
	"resource":           "A parcel is declared by a block with one label, tracking \"NAME\", and the rows of CSV files by trackings \"NAME\".",
	"module":             "A directory is one configuration: write for_each or a trackings block for what repeats, and run tmsync with --chdir=DIR for each directory of several.",
	"terraform":          "The block of the program itself is called tmsync here; a backend block in it may stay as it is.",
	"backend":            "A backend block stands in the tmsync block, each of the two on lines of its own.",
	"cloud":              "A state that is shared has a backend block in the tmsync block: \"s3\", \"pg\" or \"http\".",
	"required_providers": "Both services are built in: remove the block, and name one by provider \"trackingmore\" or provider \"trackru\".",
	"dynamic":            "Nothing repeats inside of a block: write for_each in the tracking itself, or a trackings block for the rows of CSV files.",
	"provisioner":        "tmsync runs no commands: run them after tmsync apply, with what tmsync output --json writes.",
	"connection":         "tmsync runs no commands: run them after tmsync apply, with what tmsync output --json writes.",
	"postcondition":      "Write a precondition in the lifecycle block, which stops a plan, or a check block with an assert, which warns.",
	"precondition":       "A precondition stands in the lifecycle block of a tracking, or in an output.",
	"timeouts":           "Write timeout = \"30s\" in the provider block, which is for all requests.",
	"ephemeral":          "Write a variable with sensitive = true, whose value is kept in clear nowhere, and give it as TMSYNC_VAR_name.",

	// Arguments.
	"count":                 "Each tracking has a number of its own, so that nothing is there to count: write for_each with a map, an object or a set of strings.",
	"depends_on":            "Remove it: trackings depend on nothing, and what refers to a data block waits for its answer.",
	"provider":              "Remove it: the one provider block is for the whole directory, and trackings of another account have a directory of their own.",
	"providers":             "Remove it: the one provider block is for the whole directory, and trackings of another account have a directory of their own.",
	"alias":                 "Remove it: there is one provider block in a directory, and trackings of another account have a directory of their own.",
	"version":               "Remove it: the service is built in, and required_version in the tmsync block is about tmsync itself.",
	"prevent_destroy":       "It stands in the lifecycle block of a tracking, or of defaults.",
	"ignore_changes":        "It stands in the lifecycle block of a tracking, or of defaults.",
	"create_before_destroy": "Remove it: the service has a number of a carrier only once, so that a tracking is deleted before it is created again.",
	"replace_triggered_by":  "Remove it, and name what is to be created again when it is due: tmsync apply --replace ADDRESS.",

	// Which people write, whatever they come from.
	"carrier": "The carrier of a tracking is its carrier_code, and that of a data \"remote_area\" block its company.",

	// Of tests.
	"mock_provider":     "Tests run against an emulator of the service: a remote block says what it has.",
	"override_resource": "Write into a remote block what the service has when the test begins.",
	"override_data":     "Data blocks are answered by the emulator of the service.",
	"plan_options":      "Write mode, target, replace, destroy and refresh_only into the run block itself.",
	"expect_failures":   "Write expect { errors = … } or expect { warnings = … } into the run block.",
}

// unknown are hcl's summaries for what a schema has not. Their details have its name
// in quotes.
var unknown = map[string]bool{
	"Unsupported block type": true, "Unsupported argument": true, "Extraneous JSON object property": true,
}

// Answer returns what hcl says of a body. Where that is about a block or an argument
// of Terraform, it says what to write instead.
func Answer(diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		if !unknown[d.Summary] {
			continue
		}
		_, rest, _ := strings.Cut(d.Detail, `"`)
		name, _, _ := strings.Cut(rest, `"`)
		if say := instead[name]; say != "" {
			d.Detail = say
		}
	}
	return diags
}

// files are the ends of the names of Terraform's files, before ".json". Beside them stands
// what the like is called here.
var files = []struct {
	ends []string
	here string
}{
	{[]string{".tftest.hcl", ".tftest"}, "Tests are tests/*.test.hcl."},
	{[]string{".tfvars"}, "Values of variables are in tmsync.tmvars, in *.auto.tmvars, or in a file named with --var-file."},
	{[]string{".tf"}, "A configuration is *.hcl."},
}

// IsFile reports whether a file is one of Terraform's, by its name.
func IsFile(name string) bool { return here(name) != "" }

// here returns what the like of a file is called here, "" for other files.
func here(name string) string {
	name = strings.TrimSuffix(name, ".json")
	for _, f := range files {
		if slices.ContainsFunc(f.ends, func(end string) bool { return strings.HasSuffix(name, end) }) {
			return f.here
		}
	}
	return ""
}

// FilesNotice returns what to say of files that were passed over.
func FilesNotice(names []string) string {
	say := "Passed over: " + Some(names) + "."
	for _, f := range files {
		if slices.ContainsFunc(names, func(name string) bool { return here(name) == f.here }) {
			say += " " + f.here
		}
	}
	return say
}

// maxNamed is how many names a notice has.
const maxNamed = 3

// Some lists the first of some names, and counts the others.
func Some(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
