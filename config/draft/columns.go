package draft

import (
	"slices"
	"strings"
	"unicode"
)

// role is what a column is for.
type role string

// The roles of columns.
const (
	numberRole  role = "number"
	carrierRole role = "carrier"
	orderRole   role = "order"
	titleRole   role = "title"
	createdRole role = "created"
	shippedRole role = "shipped"
	nameRole    role = "name"
	emailRole   role = "email"
	phoneRole   role = "phone"
	countryRole role = "country"
	postalRole  role = "postal"
	statusRole  role = "status"
)

// names are the columns of each role, the surest first, as plain writes them.
// They are those of the exports of Shopify and its apps, WooCommerce and its plugins,
// Amazon, eBay and Etsy, and what people write in English, German and Russian.
var names = map[role]string{
	numberRole: `trackingnumber trackingnumbers tracknumber trackingno trackingnr trackingcode trackingcodes trackingid fulfillmenttrackingnumber
		fulfillmenttrackingnumbers shipmenttrackingnumber shippingtrackingnumber trackandtrace tracktrace awb awbnumber waybill waybillnumber
		consignmentnumber parcelnumber parcelno packagetrackingnumber packagenumber sendungsnummer sendungsnummern sendungsnr
		sendungsverfolgungsnummer sendungsverfolgung trackingnummer trackingnummern paketnummer paketnummern paketnr frachtbriefnummer
		трекномер трекномера трек трекномерпосылки трекингномер трекингномера трековыйномер номеротслеживания номернакладной шпи
		tracking shipmenttracking number numbers nummer`,
	carrierRole: `carrier carriername carriercode trackingcompany trackingcarrier trackingprovider shipmenttrackingprovider fulfillmenttrackingcompany carriertitle trackingcarriername shippingcarriername shippingcarrier
		shippingcarrierused shippingprovider shippingcompany shippedwith shippedvia shippedby shipvia courier couriername deliverycompany
		deliveryservice versanddienstleister versandunternehmen versanddienst paketdienst paketdienstleister zusteller zustelldienst
		versanddurch versandmit versandueber службадоставки перевозчик транспортнаякомпания курьерскаяслужба
		spediteur frachtfuehrer transporteur lieferdienst kurierdienst logistikdienstleister logistikpartner
		shippingservice shippingmethod shippingmethodtitle shipservicelevel versandart lieferart`,
	orderRole: `ordernumber orderid incrementid orderno ordernr amazonorderid order ordername salesrecordnumber receiptid bestellnummer bestellnr bestellung
		bestellid auftragsnummer auftragsnr auftrag auftragsid belegnummer orderreference orderref reference
		номерзаказа заказ заказномер idзаказа`,
	titleRole: `lineitemname lineitemtitle productname itemname itemtitle title item items product article description artikel
		artikelname artikelbezeichnung produkt produktname bezeichnung titel товар товары наименование наименованиетовара`,
	createdRole: `createdat orderdate ordertime orderedat ordercreatedat ordercreated purchasedate saledate datepurchased placedat ordered
		dateordered datecreated bestelldatum bestelltam bestellzeit auftragsdatum kaufdatum verkaufsdatum date datum
		датазаказа датасоздания дата`,
	shippedRole: `shippedat shipdate shipmentdate dateshipped shippedondate shippedon shippingdate dispatchdate dispatchedat fulfilledat
		fulfillmentcreatedat shipmenttrackingdateshipped shipped versanddatum versandtag versendetam versandtam
		датаотправки датаотгрузки отправлено`,
	nameRole: `shippingname shippingaddressname shipname recipientname recipient shiptoname deliveryname buyername customername fullname customer empfaenger namebilling nameshipping
		empfaengername kundenname kunde name
		получатель покупатель клиент фио`,
	emailRole:   `email emailbilling billingemailaddress emailaddress customeremail buyeremail shippingemail billingemail mail kundenemail emailadresse почтапокупателя электроннаяпочта`,
	phoneRole:   `shippingphone phonebilling shiptophone shiptophonenumber phone phonenumber buyerphonenumber customerphone billingphone telephone telefon telefonnummer mobil mobilnummer handynummer телефон телефонпокупателя телефонполучателя`,
	countryRole: `shippingcountrycode countrycodeshipping shippingcountry shipcountry shiptocountry destinationcountry deliverycountry countrycode country lieferland zielland empfaengerland laendercode land страна`,
	postalRole:  `shippingzip postcodeshipping shippingpostcode shippostalcode shipzipcode shiptozip postcode postalcode zip zipcode plz postleitzahl empfaengerplz lieferplz индекс почтовыйиндекс`,
	statusRole:  `fulfillmentstatus orderstatus status financialstatus bestellstatus auftragsstatus статус статусзаказа`,
}

// shop is one whose export is known.
type shop struct {
	name   string
	has    [][]string // columns: all of one of these
	lines  bool       // a row is an item, so that a parcel is in several rows
	roles  map[role]string
	advice string // where the export has no numbers
}

// shops are those whose exports are known, by the columns that only they have together.
var shops = []shop{
	{
		name: "Shopify", lines: true, roles: map[role]string{orderRole: "name", nameRole: "shippingname"},
		has:    [][]string{{"name", "financialstatus"}, {"name", "fulfillmentstatus"}, {"name", "fulfillmenttrackingnumber"}, {"name", "lineitemname"}},
		advice: "Shopify's own order export has no tracking numbers; those of its export apps have.",
	},
	{name: "Amazon", lines: true, has: [][]string{{"amazonorderid"}, {"orderid", "orderitemid"}}, advice: "Amazon's order report has no tracking numbers; its shipment reports have."},
	{name: "eBay", lines: true, has: [][]string{{"salesrecordnumber"}, {"ordernumber", "buyerusername"}}, advice: "Download the orders that are paid and sent: their report has tracking numbers."},
	{name: "Etsy", lines: true, has: [][]string{{"saledate", "orderid"}, {"saledate", "itemname"}}, advice: "Etsy's order export has no tracking numbers; that of the program which prints your labels has."},
	{
		name: "WooCommerce", lines: true, roles: map[role]string{orderRole: "number"},
		has:    [][]string{{"orderstatus", "billingfirstname"}, {"orderstatus", "firstnamebilling"}, {"status", "billingfirstname"}, {"wcshipmenttrackingitems"}, {"orderid", "orderkey"}, {"number", "orderkey"}, {"orderstatus", "shippingmethodtitle"}},
		advice: "WooCommerce has tracking numbers with a plugin for them, and an export of orders has them if they are chosen there.",
	},
}

// umlauts are written as German does without them.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// plain returns a name's letters and digits, in small letters.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, umlauts.Replace(strings.ToLower(name)))
}

// find lists the columns that may have a role, the surest first. A column whose name is
// there twice cannot be referred to.
func (t *table) find(r role) []*column {
	wanted := strings.Fields(names[r])
	if own := t.shopRoles()[r]; own != "" {
		wanted = append([]string{own}, wanted...)
	}
	var found []*column
	for _, name := range wanted {
		for _, c := range t.columns {
			if !c.twice && !c.elsewhere && (c.plain == name || c.nestedAs(r, name)) && !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
	}
	return found
}

// ownNumber returns the column of the rows' own numbers, nil if there is none. Where what
// is sent is within a row, the row is an order.
func (t *table) ownNumber() *column {
	for _, name := range []string{"number", "nummer", "id"} {
		for _, c := range t.columns {
			if c.path == nil && c.plain == name && !c.twice && c.filled == t.rows && c.lists == 0 {
				return c
			}
		}
	}
	return nil
}

// shopRoles are the roles that a shop's export gives columns whose names say too little.
func (t *table) shopRoles() map[role]string {
	if t.shop < 0 {
		return nil
	}
	return shops[t.shop].roles
}

// recognise finds out whose export it is; shop is -1 for nobody's.
func (t *table) recognise() {
	t.shop = slices.IndexFunc(shops, func(s shop) bool {
		return slices.ContainsFunc(s.has, func(all []string) bool {
			return !slices.ContainsFunc(all, func(name string) bool { return !t.has(name) })
		})
	})
}

func (t *table) has(name string) bool {
	return slices.ContainsFunc(t.columns, func(c *column) bool { return c.plain == name })
}

// known counts the columns that are recognised at all.
func (t *table) known() (n int) {
	for r := range names {
		n += len(t.find(r))
	}
	return n
}
