package plantest

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// Everything is a plan with every action, and with text that means ill.
func Everything() *plan.Plan {
	attack := "\x1b[2J\x1b]0;owned\a\u202eevil\r\n::error::no"
	return &plan.Plan{
		Counts: plan.Counts{Managed: 8, Declared: 7, Unchanged: 8768, Unmanaged: 41, Full: true, LeftAsIs: 1, Overwritten: 1},
		Changes: []plan.Change{
			{Addr: `tracking.a["` + "\x1b[31m" + `"]`, Action: plan.Create, Reason: plan.NotTracked, Key: key("10001"), Declared: declared(3), Fields: []plan.Field{
				{Attr: tracking.Title, Known: true, To: attack},
				{Attr: tracking.CustomerEmail, Known: true, To: "ann@example.org"},
				{Attr: tracking.Archived, Known: true, To: "true"},
			}},
			{Addr: "tracking.b", Action: plan.Adopt, Reason: plan.AlreadyAtRemote, Key: key("10002"), Declared: declared(9), Fields: []plan.Field{
				{Attr: tracking.LogisticsChannel, To: "4PX"},
			}},
			{Addr: "tracking.b1", Action: plan.Adopt, Reason: plan.AlreadyAtRemote, Key: key("10011"), Declared: declared(10), Fields: []plan.Field{
				{Attr: tracking.Title, From: "Theirs", Known: true, To: "Ours"},
			}},
			{Addr: "tracking.c", Action: plan.Update, Reason: plan.RemoteDrifted, Key: key("10003"), Declared: declared(12), Fields: []plan.Field{
				{Attr: tracking.Title, From: "Hers", Known: true, To: "Ours", Drift: true},
				{Attr: tracking.CustomerName, From: "Bob", Known: true, To: "Ann", Drift: true},
			}},
			{Addr: "tracking.d", Action: plan.ChangeCarrier, Reason: plan.CarrierChanged, Key: tracking.Key{Carrier: "zto", Number: "10004"}, OldKey: key("10004"), Declared: declared(15)},
			{Addr: "tracking.e", Action: plan.Replace, Reason: plan.CreateOnlyChanged, Key: key("10005"), Declared: declared(18), Fields: []plan.Field{
				{Attr: tracking.Title, From: "Old", Known: true, To: "New"},
				{Attr: tracking.Comment, From: "x", Known: true, To: "y", Force: true},
			}},
			{Addr: "tracking.f", Action: plan.Archive, Reason: plan.RemovedFromConfig, Key: key("10006"), Fields: []plan.Field{
				{Attr: tracking.Archived, From: "false", Known: true, To: "true"},
			}},
			{Addr: "tracking.g", Action: plan.Delete, Reason: plan.RemovedFromConfig, Key: key("10007")},
			{Addr: "tracking.h", From: "tracking.z", Action: plan.Move, Reason: plan.AddressChanged, Key: key("10008"), Declared: declared(21)},
			{Addr: "tracking.i", Action: plan.Forget, Reason: plan.GoneRemotely, Key: key("10009")},
			{Addr: "tracking.i1", Action: plan.Forget, Reason: plan.WasAdopted, Key: key("10012")},
			{Addr: "tracking.j", Action: plan.Archive, Reason: plan.ArchiveDue, Key: key("10010"), Declared: declared(24), Fields: []plan.Field{
				{Attr: tracking.Title, From: "Old", Known: true, To: "New"},
				{Attr: tracking.Archived, From: "false", Known: true, To: "true"},
			}},
		},
	}
}

func key(number string) tracking.Key { return tracking.Key{Carrier: "sto", Number: number} }

func declared(line int) *tracking.Declared {
	return &tracking.Declared{Source: tracking.SourceAt("main.hcl", line)}
}
