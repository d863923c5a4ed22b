package schema

import (
	"maps"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

// configSchema describes the JSON form of the language. An argument that is an
// expression may be a text with ${…} in it, whatever its type.
func configSchema() object {
	defs := object{
		"state":      block(object{"path": typed("Where the state is kept; "+config.DefaultStatePath+" by default.", "string", "null")}),
		"provider":   block(providerArguments()),
		"variable":   block(variableArguments()),
		"validation": condition(),
		"locals":     typed("Local values by their names.", "object"),
		"defaults":   block(with(attributeArguments(), object{"lifecycle": many(ref("defaults_lifecycle"))})),
		"tracking": block(with(identityArguments(), attributeArguments(), object{
			"for_each": expression("One tracking for each element of a map or a set of strings."), "lifecycle": many(ref("lifecycle")),
		}), "carrier_code", "tracking_number"),
		"trackings": with(block(with(identityArguments(), attributeArguments(), rowArguments(), object{"lifecycle": many(ref("lifecycle"))}), "carrier_code", "tracking_number"),
			object{"anyOf": []object{{"required": []string{"file"}}, {"required": []string{"csv"}}}}),
		"defaults_lifecycle": block(lifecycleArguments()),
		"lifecycle":          block(with(lifecycleArguments(), object{"precondition": many(ref("precondition"))})),
		"precondition":       condition(),
		"moved":              block(object{"from": address("Where it was."), "to": address("Where it is now.")}, "from", "to"),
		"removed":            block(object{"from": address("What is gone."), "lifecycle": many(ref("removed_lifecycle"))}, "from"),
		"removed_lifecycle":  block(object{"destroy": boolean("Whether it is deleted at the service; else it is forgotten.")}),
		"import": block(object{
			"to": address("What it is here."), "id": typed("What it is at the service: CARRIER/NUMBER.", "string"),
			"for_each": expression("One import for each element of a map or a set of strings."),
		}, "to", "id"),
		"output": block(object{
			"value": expression("What is put out."), "description": typed("", "string", "null"),
			"sensitive": boolean("Whether it is hidden unless asked for by its name."), "precondition": many(ref("precondition")),
		}, "value"),
		"check":  block(object{"assert": many(ref("assert"))}),
		"assert": condition(),
		"data": closed(object{
			"//": true,
			"remote_area": labelled(block(with(forEachQuestion(), object{
				"country": typed("The country: its code of two letters, or its English name.", "string"), "postcode": typed("The post code, or the city.", "string"),
				"company": typed("Only this carrier, such as DHL.", "string", "null"),
			}), "country", "postcode")),
			"transit_time": labelled(block(with(forEachQuestion(), object{
				"carrier_code": typed("The carrier's code at the service.", "string"), "origin": typed("The country where parcels come from, as a code of two letters.", "string"),
				"destination": typed("The country where they go.", "string"),
			}), "carrier_code", "origin", "destination")),
			"air_waybill": labelled(block(with(forEachQuestion(), object{"numbers": expression("A list of the numbers of air waybills, such as 172-28891936.")}), "numbers")),
		}),
		"carriers": block(object{"names": expression("Carrier codes by the names that carrier() finds before the built-in ones; null leaves a name open. Case, spaces and signs do not matter.")}, "names"),
		"safety": block(object{
			"max_deletes":        number("An apply stops when it would delete more than this"),
			"max_delete_percent": number("and more than this of what the state manages, in percent."),
			"max_credits":        number("An apply stops when it may cost more credits than this; no limit by default."),
			"mode":               words("What an apply may do.", texted(tracking.Modes())...),
			"adopt": words("When a declared tracking that the service already has is taken over; \"unchanged\": only where no visible value would be overwritten.",
				texted(tracking.AdoptPolicies())...),
		}),
	}
	defs["tmsync"] = block(object{
		"name":             typed("What reports call the configuration, such as \"shop-de\"; its comment on a pull request is found by it. Up to 40 letters, digits, \".\", \"_\" and \"-\".", "string", "null"),
		"required_version": typed("Versions of tmsync, such as \">= 0.1\".", "string", "null"), "state": many(ref("state")), "backend": many(backends(defs)),
		"refresh": words("What plan and apply read of the service, unless --refresh says it; \"changed\": only what the configuration changes.", texted(tracking.RefreshModes())...),
	})
	root := object{"//": true}
	for _, name := range []string{"tmsync", "locals", "defaults", "carriers", "moved", "removed", "import", "safety"} {
		root[name] = many(ref(name))
	}
	for _, name := range []string{"variable", "tracking", "trackings", "output", "check"} {
		root[name] = labelled(ref(name))
	}
	root["data"] = many(ref("data"))
	providers := object{}
	for _, name := range tracking.Providers() {
		providers[name] = ref("provider")
	}
	root["provider"] = object{"type": "object", "properties": providers, "additionalProperties": false}
	s := closed(root)
	s["$defs"] = defs
	return s
}

// backends returns the schema of a backend by its kind. It adds the blocks to defs.
func backends(defs object) object {
	kinds := object{}
	for _, kind := range config.BackendKinds() {
		name := "backend_" + kind
		defs[name] = backendBlock(defs, name, config.BackendArguments(kind))
		kinds[kind] = many(ref(name))
	}
	return closed(kinds)
}

func backendBlock(defs object, name string, args []config.BackendArgument) object {
	out := object{}
	for _, arg := range args {
		switch ty := arg.Type(); {
		case arg.Parts != nil:
			part := name + "_" + arg.Name
			defs[part] = backendBlock(defs, part, arg.Parts)
			out[arg.Name] = with(many(ref(part)), expression(arg.Doc))
		case ty == "":
			out[arg.Name] = expression(arg.Doc)
		case ty == "boolean":
			out[arg.Name] = boolean(arg.Doc)
		case ty == "string":
			out[arg.Name] = typed(arg.Doc, ty, "null")
		default:
			out[arg.Name] = typed(arg.Doc, ty, "string", "null")
		}
	}
	return block(out)
}

func providerArguments() object {
	return object{
		"api_version":         number("The version of the service's API: 2, which is the default, or 4; never with \"trackru\"."),
		"api_key":             typed("Your key; better from the environment, or from a sensitive variable.", "string", "null"),
		"endpoint":            typed("A URL of the service's own host or of a loopback address, or \"sandbox\" for the embedded emulator. Another host is named by TMSYNC_ENDPOINT.", "string", "null"),
		"requests_per_second": number("How fast requests may leave; 0 is no limit."),
		"rate_limit_pause":    typed("How long nothing is sent after the service has said that it is too much, such as \"120s\".", "string", "null"),
		"batch_size":          number("How many trackings a request carries at most."),
		"timeout":             typed("How long a request may take, such as \"30s\".", "string", "null"),
	}
}

func variableArguments() object {
	return object{
		"type":        typed("The type, as an expression in a text: \"map(string)\".", "string"),
		"default":     expression("The value where none is given."),
		"description": typed("", "string", "null"),
		"sensitive":   typed("Whether the value, and what comes from it, is hidden.", "boolean", "null"),
		"nullable":    typed("Whether null is a value.", "boolean", "null"),
		"validation":  many(ref("validation")),
	}
}

func forEachQuestion() object {
	return object{"for_each": expression("One question for each element of a map or a set of strings.")}
}

func identityArguments() object {
	return object{
		"carrier_code":    typed("The carrier's code at the service.", "string"),
		"tracking_number": typed("The number on the parcel, quoted: a number would lose digits.", "string"),
	}
}

// attributeArguments are the rows of the attribute table. One that is absent or
// null is not managed.
func attributeArguments() object {
	out := object{}
	for a := range tracking.AllAttrs() {
		spec := a.Spec()
		switch spec.Kind {
		case tracking.KindBool:
			out[spec.Name] = boolean(spec.Doc)
		case tracking.KindStatus:
			out[spec.Name] = typed(spec.Doc, "string", "null")
		case tracking.KindText:
			out[spec.Name] = typed(spec.Doc, "string", "number", "null")
		}
	}
	return out
}

func lifecycleArguments() object {
	names := []string{}
	for a := range tracking.AllAttrs() {
		names = append(names, a.String())
	}
	return object{
		"prevent_destroy": typed("Refuse a plan that would delete it; what was applied is remembered after the block is gone.", "boolean", "null"),
		"ignore_changes": object{
			"description": "Attributes that are set by a create and left alone from then on, or \"all\".",
			"anyOf":       []object{{"type": "array", "items": object{"enum": names}}, {"enum": []string{"all"}}},
		},
		"on_remove":  words("What happens when the block is gone, or the row or element of it: \"delete\" without it, and \"forget\" for what was adopted.", string(tracking.RemoveDelete), string(tracking.RemoveArchive), string(tracking.RemoveForget)),
		"on_missing": words("What happens when it has vanished from the service.", string(tracking.MissingRecreate), string(tracking.MissingForget)),
		"lint":       object{"description": "Warn of carriers and numbers that are likely to be mistakes; \"strict\": what a carrier insists on is an error where it is missing.", "type": []string{"boolean", "string", "null"}},
		"archive_after": object{
			"description": "How long after its last event a delivered tracking is archived: \"30d\", \"6w\", \"72h\"; null is never.",
			"type":        []string{"string", "null"}, "pattern": config.ArchiveAfterPattern,
		},
		"create_only": words("What happens when an attribute differs that only a create sets.", string(tracking.CreateOnlyReplace), string(tracking.CreateOnlyIgnore)),
	}
}

// block is a schema for the body of a block. As everywhere in HCL's JSON, "//" is
// a comment.
func block(arguments object, required ...string) object {
	return closed(with(arguments, object{"//": true}), required...)
}

// rowArguments are those of a trackings block that speak of its files and rows.
func rowArguments() object {
	return object{
		"file":         expression("The file of rows (CSV, XLSX, JSON or NDJSON), a glob, or a list of them; - is the standard input."),
		"csv":          expression("An older name of file."),
		"separator":    typed("What separates the columns of CSV, where it cannot be found out.", "string", "null"),
		"encoding":     typed("The encoding of CSV or JSON, by the names of WHATWG, such as windows-1252; UTF-8 by default.", "string", "null"),
		"sheet":        typed("The sheet of an XLSX workbook; the first by default.", "string", "null"),
		"header":       number("The line that names the columns; the first by default. 0: there is none."),
		"columns":      expression("With header = 0, a list of the columns' names."),
		"path":         typed("Where in JSON the list of rows is, such as data.orders.", "string", "null"),
		"where":        expression("Which rows are taken; with each, which parcels of a row."),
		"for_each":     expression("A list of what is a parcel in a row: texts, or objects; each.value is one of them."),
		"key":          expression("What tells the parcels apart; the tracking number by default."),
		"on_duplicate": words("Which row counts where several declare the same parcel; error by default.", "error", "first", "last"),
	}
}

func condition() object {
	return block(object{"condition": expression("What must hold."), "error_message": typed("What is said when it does not.", "string")}, "condition", "error_message")
}

func expression(doc string) object { return object{"description": doc} }

func boolean(doc string) object { return typed(doc, "boolean", "string", "null") }

func number(doc string) object { return typed(doc, "number", "string", "null") }

func address(doc string) object {
	return typed(doc+" An address, such as tracking.parcel or trackings.orders[\"A-1\"].", "string")
}

// many is a schema for a block that may stand there once, or several times.
func many(body object) object {
	return object{"anyOf": []object{body, {"type": "array", "items": body}}}
}

// labelled is a schema for blocks by their names.
func labelled(body object) object {
	return many(object{"type": "object", "properties": object{"//": true}, "additionalProperties": many(body)})
}

// with joins properties.
func with(all ...object) object {
	out := object{}
	for _, o := range all {
		maps.Copy(out, o)
	}
	return out
}
