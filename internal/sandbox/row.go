package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Key is the identity of a tracking at the service (§1).
type Key struct {
	Carrier string
	Number  string
}

// String writes the key as CARRIER/NUMBER.
func (k Key) String() string { return k.Carrier + "/" + k.Number }

func parseKey(s string) (Key, error) {
	carrier, number, _ := strings.Cut(s, "/")
	k := Key{carrier, number}
	if k.check() != codeOK {
		return Key{}, fmt.Errorf("%q is not of the form CARRIER/NUMBER, for example sto/402934299065", s)
	}
	return k, nil
}

// idOf is an id of the service: 32 hexadecimal digits that follow from a text.
func idOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// id is the service's id of the tracking. It follows from the key, so that a number
// deleted and created again has the same one (§1), unless it came along from
// another carrier.
func (r *Row) id() string {
	if r.ID != "" {
		return r.ID
	}
	return idOf(r.Key().String())
}

// Row is one tracking as the service keeps it, with what it never shows. An empty
// text is an attribute that is not set.
type Row struct {
	Carrier string `json:"carrier_code"`
	Number  string `json:"tracking_number"`

	ID string `json:"id,omitempty"` // "" is the one that follows from the key; nobody can change it

	Status   string    `json:"status"`                    // as reads show it, one of Statuses or inforeceived; "" means pending
	Original string    `json:"original_status,omitempty"` // the status below one that was set by PUT or updatemore
	EventAt  time.Time `json:"last_event_at,omitzero"`    // when the status came about; zero while there is no event
	Stopped  bool      `json:"updates_stopped,omitempty"` // notupdate was called
	Archived bool      `json:"archived,omitempty"`
	Created  time.Time `json:"created_at"`          // survives a deletion (§2.4); zero means now
	Updated  time.Time `json:"updated_at,omitzero"` // zero while nothing was changed
	Creates  int       `json:"creations,omitempty"` // how often post or batch created it

	Title              string `json:"title,omitempty"`
	OrderID            string `json:"order_id,omitempty"`
	CustomerName       string `json:"customer_name,omitempty"`
	CustomerEmail      string `json:"customer_email,omitempty"`
	CustomerPhone      string `json:"customer_phone,omitempty"`
	LogisticsChannel   string `json:"logistics_channel,omitempty"`
	DestinationCode    string `json:"destination_code,omitempty"`
	Comment            string `json:"comment,omitempty"`
	OrderCreateTime    string `json:"order_create_time,omitempty"` // "2017-08-27 16:51", in the account's zone
	Lang               string `json:"lang,omitempty"`
	ShipDate           string `json:"tracking_ship_date,omitempty"`
	PostalCode         string `json:"tracking_postal_code,omitempty"`
	AccountNumber      string `json:"tracking_account_number,omitempty"`
	DestinationCountry string `json:"tracking_destination_country,omitempty"`

	// What only v4 knows (§9).
	OrderDate         string `json:"order_date,omitempty"` // as it was sent; OrderCreateTime is the same time for v2
	ShopOrderID       string `json:"shop_order_id,omitempty"`
	OriginCode        string `json:"origin_country_iso2,omitempty"`
	OriginCountry     string `json:"tracking_origin_country,omitempty"`
	CourierKey        string `json:"tracking_key,omitempty"`
	RecipientPostcode string `json:"recipient_postcode,omitempty"`
}

// Key is the row's identity.
func (r *Row) Key() Key { return Key{r.Carrier, r.Number} }

// Statuses are the words that reads show for a status (§1).
func Statuses() []string {
	return []string{"pending", "notfound", "transit", "pickup", "delivered", "undelivered", "exception", "expired"}
}

const statusPending = "pending"

// statusInfo is a status that only v4 has a word for: v2 counts it as notfound, as
// its substatus notfound001 did (§9).
const statusInfo = "inforeceived"

func isStatus(s string) bool { return s == statusInfo || slices.Contains(Statuses(), s) }

// word is the status as v2 shows it.
func (r *Row) word() string {
	if r.Status == statusInfo {
		return "notfound"
	}
	return r.Status
}

// natural is the status that the carrier reported, which a forced one hides.
func (r *Row) natural() string {
	switch {
	case r.Original != "":
		return r.Original
	case r.Status == "":
		return statusPending
	}
	return r.Status
}

// moveTo is what the carrier reports: it is hidden while a status is forced.
func (r *Row) moveTo(status string, at time.Time) {
	if r.Original != "" {
		r.Original = status
	} else {
		r.Status = status
	}
	r.EventAt = at
	if status == statusPending {
		r.EventAt = time.Time{}
	}
}

// force sets the status by its number: 4 is delivered, 7 exception, 8 ends what
// the other two began (§2.3).
func (r *Row) force(number string) {
	switch {
	case number == "8" && r.Original != "":
		r.Status, r.Original = r.Original, ""
	case number == "8":
	case r.Original == "":
		r.Original = r.Status
		fallthrough
	default:
		r.Status = map[string]string{"4": "delivered", "7": "exception"}[number]
	}
}

// field is a text attribute. It has the calls of v2 that can write it (§2.1, §2.3,
// §2.7), and the names under which v4 writes and shows it (§9).
type field struct {
	name   string
	at     func(*Row) *string
	create bool
	put    bool
	more   bool // updatemore; it documents no customer_phone
	v4     string
	shown  string
}

// fields are the text attributes. The older name of tracking_destination_country comes before
// it, so that the newer one wins.
var fields = []field{
	{"title", func(r *Row) *string { return &r.Title }, true, true, true, "title", "title"},
	{"order_id", func(r *Row) *string { return &r.OrderID }, true, true, true, "order_number", "order_number"},
	{"customer_name", func(r *Row) *string { return &r.CustomerName }, true, true, true, "customer_name", "customer_name"},
	{"customer_email", func(r *Row) *string { return &r.CustomerEmail }, true, true, true, "customer_email", "customer_email"},
	{"customer_phone", func(r *Row) *string { return &r.CustomerPhone }, true, true, false, "customer_sms", "customer_sms"},
	{"logistics_channel", func(r *Row) *string { return &r.LogisticsChannel }, true, true, true, "logistics_channel", "logistics_channel"},
	{"destination_code", func(r *Row) *string { return &r.DestinationCode }, true, true, true, "destination_country_iso2", "destination_country"},
	{"comment", func(r *Row) *string { return &r.Comment }, true, false, false, "note", "note"},
	{"order_create_time", func(r *Row) *string { return &r.OrderCreateTime }, true, false, false, "order_date", "order_date"},
	{"lang", func(r *Row) *string { return &r.Lang }, true, false, false, "language", ""},
	{"tracking_ship_date", func(r *Row) *string { return &r.ShipDate }, true, false, false, "tracking_ship_date", "tracking_ship_date"},
	{"tracking_postal_code", func(r *Row) *string { return &r.PostalCode }, true, false, false, "tracking_postal_code", "tracking_postal_code"},
	{"tracking_account_number", func(r *Row) *string { return &r.AccountNumber }, true, false, false, "tracking_courier_account", "tracking_courier_account"},
	{"specialNumberDestination", func(r *Row) *string { return &r.DestinationCountry }, true, false, false, "", ""},
	{"tracking_destination_country", func(r *Row) *string { return &r.DestinationCountry }, true, false, false, "tracking_destination_country", "tracking_destination_country"},
	{orderDateName, func(r *Row) *string { return &r.OrderDate }, false, false, false, orderDateName, ""}, // follows from order_date
	{"shop_order_id", func(r *Row) *string { return &r.ShopOrderID }, false, false, false, "order_id", "order_id"},
	{"origin_country_iso2", func(r *Row) *string { return &r.OriginCode }, false, false, false, "origin_country_iso2", "origin_country"},
	{"tracking_origin_country", func(r *Row) *string { return &r.OriginCountry }, false, false, false, "tracking_origin_country", "tracking_origin_country"},
	{"tracking_key", func(r *Row) *string { return &r.CourierKey }, false, false, false, "tracking_key", "tracking_key"},
	{"recipient_postcode", func(r *Row) *string { return &r.RecipientPostcode }, false, false, false, "recipient_postcode", "recipient_postcode"},
}

// orderDateName is the time of an order as it was sent in v4.
const orderDateName = "order date as sent"

// Set sets a text attribute, and reports whether there is one of that name.
func (r *Row) Set(name, value string) bool {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i >= 0 {
		*fields[i].at(r) = value
	}
	return i >= 0
}

// normal is a value as the service stores it: country codes in capitals, times of
// order in the one form in which they are read (§5.10). What is no time is dropped.
func (f field) normal(v string) string {
	switch f.name {
	case "destination_code":
		return strings.ToUpper(v)
	case "order_create_time":
		return orderTime(v)
	}
	return v
}

const orderTimeForm = "2006-01-02 15:04"

func orderTime(v string) string {
	v = strings.ReplaceAll(v, "/", "-")
	for _, form := range []string{"2006-1-2 15:04", "2006-1-2 15:04:05", "2006-1-2"} {
		if t, err := time.Parse(form, v); err == nil {
			return t.Format(orderTimeForm)
		}
	}
	return ""
}
