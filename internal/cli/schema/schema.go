// Package schema is "tmsync schema": it writes the JSON Schemas of the file formats.
package schema

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// Command is the command schema.
func Command() app.Command {
	return app.Command{
		Name: "schema", Args: "[NAME]", Summary: "Write the JSON Schema of a file format",
		Examples: `
# for an editor that checks *.hcl.json
tmsync schema config > tmsync.schema.json`,
		Help: schemaHelp(),
		Setup: func(a *app.App, _ *pflag.FlagSet) func(context.Context, []string) error {
			return func(_ context.Context, args []string) error { return schema(a, args) }
		},
	}
}

// object is a JSON object: a schema, or a part of one.
type object = map[string]any

// schemaDocument is one format that has a schema.
type schemaDocument struct {
	name, title string
	make        func() object
}

// schemaDocuments lists the formats in the order of the help.
func schemaDocuments() []schemaDocument {
	return []schemaDocument{
		{"config", "A configuration in JSON, *.hcl.json", configSchema},
		{"csv", "The header of a CSV file of export or import, or a row", csvSchema},
		{"state", "A line of the state: the first one, or that of a tracking", stateSchema},
		{"plan", "A plan, as \"show --json PLAN\" writes it", planSchema},
		{"values", "What is managed, as \"show --json\" writes it", valuesSchema},
		{"validation", "What \"validate --json\" writes", validationSchema},
		{"event", "A line of what plan, apply and drift write with --json", eventSchema},
		{"run", "A line of the log of runs, .tmsync/runs.jsonl", runSchema},
	}
}

const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

func schemaNames() []string {
	var names []string
	for _, d := range schemaDocuments() {
		names = append(names, d.name)
	}
	return names
}

func schemaHelp() string {
	var b strings.Builder
	b.WriteString("The dialect is that of 2020-12. Without a NAME, one document has all of them,\neach by its name under $defs.\n")
	for _, d := range schemaDocuments() {
		fmt.Fprintf(&b, "\n  %-12s %s", d.name, d.title)
	}
	return b.String()
}

func schema(a *app.App, args []string) error {
	if len(args) > 1 {
		return app.Fail("Too many arguments", "Name one schema at most: "+strings.Join(schemaNames(), ", ")+".")
	}
	doc := object{"$schema": schemaDialect, "$id": schemaID("all"), "title": "The file formats of tmsync"}
	defs := object{}
	for _, d := range schemaDocuments() {
		s := d.make()
		// References are within a schema of its own identity, wherever it stands.
		s["$schema"], s["$id"], s["title"] = schemaDialect, schemaID(d.name), d.title
		defs[d.name] = s
	}
	doc["$defs"] = defs
	if len(args) == 1 {
		named, ok := defs[args[0]].(object)
		if !ok {
			return app.Fail("Unknown schema", fmt.Sprintf("There is no schema %q. The schemas are: %s.", args[0], strings.Join(schemaNames(), ", ")))
		}
		doc = named
	}
	enc := json.NewEncoder(app.Exact(a.Stdout))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return app.Fail("The schema could not be written", text.Sentence(err))
	}
	return nil
}

func schemaID(name string) string { return "urn:tmsync:schema:" + name }

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// typed is a schema for values of some types.
func typed(doc string, types ...string) object {
	s := object{"type": types}
	if len(types) == 1 {
		s["type"] = types[0]
	}
	if doc != "" {
		s["description"] = doc
	}
	return s
}

// words is a schema for one of a few words.
func words(doc string, all ...string) object {
	return object{"description": doc, "enum": all}
}

// closed is a schema for an object that has these properties only.
func closed(properties object, required ...string) object {
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}
