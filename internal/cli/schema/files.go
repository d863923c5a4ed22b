package schema

import (
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// csvSchema describes what export and import write and a trackings block reads.
// A file of one's own may have any other columns.
func csvSchema() object {
	names := []string{"address", "carrier_code", "tracking_number", app.LiveStatus}
	cells := object{
		app.LiveStatus:    typed("The status at the service; for people, and not read back.", "string"),
		"address":         typed("The address here; for people, and not read back.", "string"),
		"carrier_code":    typed("The carrier's code at the service.", "string"),
		"tracking_number": typed("The number on the parcel.", "string"),
	}
	for a := range tracking.AllAttrs() {
		names = append(names, a.String())
		cells[a.String()] = cell(a)
	}
	return object{
		"anyOf": []object{ref("header"), ref("row")},
		"$defs": object{
			"header": object{"description": "The names of the columns.", "type": "array", "items": object{"enum": names}},
			"row": object{
				"description": "A row by the names of its columns.", "type": "object",
				"properties": cells, "required": []string{"carrier_code", "tracking_number"}, "additionalProperties": typed("", "string"),
			},
		},
	}
}

// cell is a schema for an attribute in a file in which everything is text.
func cell(a tracking.Attr) object {
	if a.Spec().Kind == tracking.KindBool {
		return words(a.Spec().Doc, "true", "false", "")
	}
	return typed(a.Spec().Doc, "string")
}

// stateSchema describes the state, all of its versions, line by line.
func stateSchema() object {
	applied := object{}
	names := []string{}
	for a := range tracking.AllAttrs() {
		names = append(names, a.String())
		applied[a.String()] = appliedValue(a)
	}
	header := closed(object{
		"format":   object{"enum": []string{"tmsync-state"}},
		"version":  object{"enum": []int{1, 2, 3, 4}},
		"lineage":  typed("The history that the state belongs to.", "string"),
		"serial":   typed("The number of the state in its lineage, from 1.", "integer"),
		"tool":     typed("What wrote it.", "string"),
		"endpoint": typed("The service's base URL; empty when not known.", "string"),
		"account":  typed("The fingerprint of the account; empty when not known.", "string"),
		"salt":     typed("What keys the fingerprints where there is no TMSYNC_STATE_KEY.", "string"),
		"key_id":   typed("The name of the key of the fingerprints; \"salt\" for none.", "string"),
		"count":    typed("The number of trackings.", "integer"),
		"outputs":  typed("The number of outputs; absent without any.", "integer"),
		"checksum": typed("SHA-256 of the line up to here and of all other lines.", "string"),
		"mac":      typed("HMAC-SHA-256 of the line up to here, with a key that comes from TMSYNC_STATE_KEY; absent without that.", "string"),
	}, "format", "version", "lineage", "serial", "tool", "endpoint", "account", "salt", "key_id", "count", "checksum")
	record := closed(object{
		"address": typed("The address in the configuration.", "string"),
		"carrier": typed("The carrier's code.", "string"),
		"number":  typed("The tracking number.", "string"),
		"applied": closed(applied),
		"lifecycle": closed(object{
			"prevent_destroy": object{"enum": []bool{true}},
			"on_remove":       object{"enum": []tracking.OnRemove{tracking.RemoveDelete, tracking.RemoveArchive, tracking.RemoveForget}},
		}),
		"left": object{
			"description": "Attributes that only a create sets, and that were adopted with another value.",
			"type":        "array", "items": object{"enum": names},
		},
		"status":  typed("The live status that was last seen.", "string"),
		"kept":    keptSchema("Forms in which the service keeps what was applied, where they are other ones.", applied),
		"awaited": keptSchema("What the service showed when a value was sent that it may keep in another form; the next list tells.", applied),
		"origin":  object{"description": "How it came to be managed; without it, it was created.", "enum": []state.Origin{state.Imported, state.Adopted}},
		"stays":   typed("The carrier to which the service has not moved it when asked to.", "string"),
		"id":      typed("The service's own id, where its requests need one.", "string"),
	}, "address", "carrier", "number", "applied")
	output := closed(object{
		"output":    typed("The name in the configuration.", "string"),
		"sensitive": object{"enum": []bool{true}},
		"type":      object{"description": "The type of the value, in the form of the language HCL."},
		"value":     object{"description": "The value that was last applied, where it is neither sensitive nor long."},
		"sum":       object{"description": "A fingerprint in its place.", "type": "string", "pattern": "^hmac:"},
	}, "output")
	return object{
		"anyOf": []object{ref("header"), ref("output"), ref("record")},
		"$defs": object{"header": header, "output": output, "record": record},
	}
}

// keptSchema is a schema for values in the form of the service.
func keptSchema(doc string, applied object) object {
	s := closed(applied)
	s["description"] = doc
	return s
}

// appliedValue is a schema for what is remembered of an attribute. Any may be a
// fingerprint, since any may come from something sensitive.
func appliedValue(a tracking.Attr) object {
	s := typed(a.Spec().Doc, "string")
	if a.Spec().Sensitive {
		s["pattern"] = "^(hmac:.*)?$"
	}
	return s
}
