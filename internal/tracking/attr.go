package tracking

import (
	"fmt"
	"iter"
	"math/bits"
	"strings"
)

// Attr is one attribute of a tracking: its place in the table below.
type Attr uint8

// The attributes, in the order in which plans and state files show them.
const (
	Title Attr = iota
	OrderID
	CustomerName
	CustomerEmail
	LogisticsChannel
	DestinationCode
	CustomerPhone
	Archived
	Status
	TrackUpdates
	Comment
	OrderCreateTime
	Lang
	ShipDate
	DestinationCountry
	PostalCode
	AccountNumber

	numAttrs // not an attribute
)

// Kind is the type that an attribute has in the configuration.
type Kind uint8

// The kinds. All of them are held as canonical text; see Attr.Canonical.
const (
	KindText Kind = iota
	KindBool
	KindStatus
)

// Spec describes one attribute. Everything that is done per attribute ranges
// over Specs; an attribute is added by adding a row there. What can be done with it
// is each Service's to say.
type Spec struct {
	Name      string // in the configuration and the state
	Kind      Kind
	Sensitive bool   // never shown, logged or stored in clear
	Lines     bool   // its text may have several lines
	Born      string // its value in a new tracking, where that is not ""
	Doc       string

	canonical func(string) (string, error)
}

// Specs is the one table of attributes, indexed by Attr.
var Specs = [numAttrs]Spec{
	Title:              {Name: "title", Lines: true, Doc: "What the parcel is; shown in the service's own pages."},
	OrderID:            {Name: "order_id", Doc: "Your order's number."},
	CustomerName:       {Name: "customer_name", Sensitive: true, Doc: "The recipient's name."},
	CustomerEmail:      {Name: "customer_email", Sensitive: true, Doc: "Where the service sends its notices."},
	LogisticsChannel:   {Name: "logistics_channel", Doc: "The carrier's product or line, as free text."},
	DestinationCode:    {Name: "destination_code", Doc: "Country of destination, two letters (ISO 3166-1).", canonical: canonicalCountry},
	CustomerPhone:      {Name: "customer_phone", Sensitive: true, Doc: "Where the service sends text messages."},
	Archived:           {Name: "archived", Kind: KindBool, Born: "false", Doc: "Whether the tracking is put away.", canonical: canonicalBool},
	Status:             {Name: "status", Kind: KindStatus, Born: StatusOriginal, Doc: "Overrides the status: delivered, exception, or original to end an override.", canonical: canonicalStatus},
	TrackUpdates:       {Name: "track_updates", Kind: KindBool, Born: "true", Doc: "Whether the service keeps asking the carrier; false cannot be taken back without a replacement.", canonical: canonicalBool},
	Comment:            {Name: "comment", Lines: true, Doc: "A note of your own."},
	OrderCreateTime:    {Name: "order_create_time", Doc: "When the order was placed, to the minute: 2026-08-27 16:51.", canonical: canonicalOrderTime},
	Lang:               {Name: "lang", Doc: "Language of the carrier's answers, two letters.", canonical: canonicalLang},
	ShipDate:           {Name: "tracking_ship_date", Doc: "Day of posting, which some carriers ask for: 20261001.", canonical: canonicalShipDate},
	DestinationCountry: {Name: "tracking_destination_country", Doc: "Country of destination, which some carriers ask for.", canonical: canonicalCountryOrName},
	PostalCode:         {Name: "tracking_postal_code", Sensitive: true, Doc: "The recipient's post code, which some carriers ask for."},
	AccountNumber:      {Name: "tracking_account_number", Sensitive: true, Doc: "Your account with the carrier, which some carriers ask for."},
}

// Spec returns the attribute's row of the table.
func (a Attr) Spec() *Spec { return &Specs[a] }

// String is the attribute's name in the configuration.
func (a Attr) String() string { return Specs[a].Name }

// ParseAttr finds an attribute by its name.
func ParseAttr(name string) (Attr, bool) {
	for a := range numAttrs {
		if Specs[a].Name == name {
			return a, true
		}
	}
	return 0, false
}

// AllAttrs ranges over the attributes in table order.
func AllAttrs() iter.Seq[Attr] {
	return func(yield func(Attr) bool) {
		for a := range numAttrs {
			if !yield(a) {
				return
			}
		}
	}
}

// Canonical returns a value's canonical form, equal for equal values: trimmed and
// NFC-normalised text, "true" or "false", upper-case country codes, one time
// format. "" stays "": managed and empty. The error is a sentence for the user and
// never contains the value of a sensitive attribute.
func (a Attr) Canonical(v string) (string, error) {
	s := &Specs[a]
	v = canonicalText(v)
	if v == "" && s.Kind == KindText {
		return "", nil
	}
	if s.canonical != nil {
		return s.canonical(v)
	}
	if len(v) > MaxTextLen {
		return "", fmt.Errorf("%s has at most %d bytes; this one has %d", s.Name, MaxTextLen, len(v))
	}
	return v, nil
}

// MaxTextLen bounds a text attribute, in bytes. The service documents no limit;
// this one keeps a batch of 40 far below what any proxy passes.
const MaxTextLen = 4096

// CanonicalRemote is Canonical for what the service reports: what cannot be
// understood is kept as it came, so that it differs and is shown.
func (a Attr) CanonicalRemote(v string) string {
	c, err := a.Canonical(v)
	if err != nil {
		return canonicalText(v)
	}
	return c
}

// AttrSet is a set of attributes.
type AttrSet uint32

// AttrSetOf returns the set of some attributes.
func AttrSetOf(attrs ...Attr) AttrSet {
	var s AttrSet
	for _, a := range attrs {
		s |= 1 << a
	}
	return s
}

// EveryAttr is the set of all attributes.
const EveryAttr AttrSet = 1<<numAttrs - 1

// Has reports whether the set contains the attribute.
func (s AttrSet) Has(a Attr) bool { return s&(1<<a) != 0 }

// With returns the set with one attribute more.
func (s AttrSet) With(a Attr) AttrSet { return s | 1<<a }

// Without returns the set without an attribute.
func (s AttrSet) Without(a Attr) AttrSet { return s &^ (1 << a) }

// Len counts the attributes in the set.
func (s AttrSet) Len() int { return bits.OnesCount32(uint32(s)) }

// All ranges over the set in table order.
func (s AttrSet) All() iter.Seq[Attr] {
	return func(yield func(Attr) bool) {
		for s != 0 {
			a := Attr(bits.TrailingZeros32(uint32(s)))
			if !yield(a) {
				return
			}
			s = s.Without(a)
		}
	}
}

// String lists the names, separated by ", ".
func (s AttrSet) String() string {
	var names []string
	for a := range s.All() {
		names = append(names, a.String())
	}
	return strings.Join(names, ", ")
}

// SensitiveAttrs is the set of the sensitive attributes.
var SensitiveAttrs = SelectAttrs(func(s *Spec) bool { return s.Sensitive })

// SelectAttrs is the set of the attributes whose row of the table is wanted.
func SelectAttrs(want func(*Spec) bool) AttrSet {
	var s AttrSet
	for a := range numAttrs {
		if want(&Specs[a]) {
			s = s.With(a)
		}
	}
	return s
}
