package carrier_test

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/tracking"
)

// everyday are names of carriers as orders have them, with the code that is right; "" where
// the name alone does not say which.
var everyday = []struct{ name, code string }{
	{"Royal Mail", "royal-mail"}, {"Royal Mail Tracked 48", "royal-mail"}, {"Royal Mail 1st Class Signed For", "royal-mail"}, {"Royal Mail Special Delivery Guaranteed by 1pm", "royal-mail"},
	{"RoyalMail", "royal-mail"}, {"Parcelforce", "parcel-force"}, {"Parcelforce Worldwide express48", "parcel-force"}, {"Evri", "hermes-uk"}, {"Evri - Economy, Medium Parcel (0-15kg)", "hermes-uk"},
	{"Evri Household Delivery", "hermes-uk"}, {"Hermes UK", "hermes-uk"}, {"Yodel", "yodel"}, {"DPD UK", "dpd-uk"}, {"DPD (UK) Ltd", "dpd-uk"}, {"DPD Local", ""}, {"DX", "dxdelivery"}, {"Collect+", "collectplus"},
	{"An Post", "an-post"}, {"APC Overnight", ""}, {"Amazon Logistics UK", ""}, {"InPost", ""}, {"DHL Parcel UK", "dhl-uk"}, {"Whistl", "whistl"},
	{"DHL", ""}, {"DHL Paket", "dhl-germany"}, {"DHL Paket International", "dhl-germany"}, {"DHL Express", "dhl"}, {"DHL EXPRESS WORLDWIDE", "dhl"}, {"dhl_express", "dhl"}, {"Deutsche Post", "deutsche-post"}, {"Deutsche Post DHL", "dhl-germany"},
	{"Deutsche Post (DE)", "deutsche-post"}, {"Deutsche Post Großbrief", "deutsche-post"}, {"Deutsche Post Großbrief Einschreiben International", "deutsche-post"}, {"Hermes", ""}, {"Hermes Germany GmbH", "hermes-de"}, {"DPD", ""}, {"DPD Deutschland", "dpd-de"}, {"GLS", ""},
	{"Österreichische Post", "austria-post"}, {"Swiss Post", "swiss-post"}, {"DHL eCommerce", ""}, {"DHL Global Mail", "dhlglobalmail"}, {"GO! Express", ""},
	{"Colissimo", "colissimo"}, {"La Poste - Colissimo", "colissimo"}, {"Chronopost", "chronopost"}, {"Chronopost 13h", "chronopost"}, {"La Poste", "laposte"}, {"La Poste Lettre suivie", "laposte"}, {"Mondial Relay", "mondialrelay"}, {"Colis Prive", "colis-prive"},
	{"DPD France", "exapaq"}, {"Relais Colis", ""}, {"PostNL", ""}, {"DHL Parcel NL", ""}, {"bpost", "belgium-post"}, {"GLS Nederland", "gls-nl"}, {"GLS Germany", ""},
	{"Correos", "correos-spain"}, {"Correos Express", "correosexpress"}, {"MRW", "mrw-spain"}, {"SEUR", ""}, {"TIPSA", "tip-sa"}, {"CTT", "ctt"}, {"CTT Express", ""}, {"NACEX", ""},
	{"Poste Italiane", "poste-italiane"}, {"BRT", "bartolini"}, {"Bartolini", "bartolini"}, {"SDA", "italy-sda"}, {"GLS Italy", "gls-italy"}, {"TNT", ""}, {"TNT Italia", "tnt-it"},
	{"InPost Paczkomaty 24/7", "inpost-paczkomaty"}, {"Poczta Polska", "poczta-polska"}, {"Pocztex Kurier", "poczta-polska"}, {"DPD Polska", "dpd-poland"}, {"DHL Polska", "dhl-poland"}, {"FedEx Polska", "opek"}, {"ORLEN Paczka", ""},
	{"Почта России", "russian-post"}, {"ПОЧТА РОССИИ, посылка", "russian-post"}, {"СДЭК", "cdek"}, {"CDEK", "cdek"}, {"Деловые Линии", "dellin"}, {"Boxberry", ""}, {"Нова Пошта", "nova-poshta"}, {"Укрпошта", "ukraine-post"},
	{"UPS", "ups"}, {"UPS® Ground", "ups-ground"}, {"UPS Next Day Air Saver®", "ups"}, {"UPS 2nd Day Air", "ups"}, {"UPS SurePost", "ups"}, {"United Parcel Service, Inc.", "ups"}, {"UPS Mail Innovations", ""}, {"UPS Freight", "ups-freight"},
	{"USPS", "usps"}, {"USPS Priority Mail®", "usps"}, {"USPS Ground Advantage™", "usps"}, {"usps first-class package", "usps"}, {"U.S. Postal Service", "usps"}, {"FedEx", "fedex"}, {"FEDEX", "fedex"}, {"FedEx Home Delivery®", "fedex"}, {"FedEx 2Day", "fedex"}, {"FedEx Ground", "fedex-ground"},
	{"FedEx Freight", "fedex-freight"}, {"Federal Express", "fedex"}, {"OnTrac", "ontrac"}, {"LaserShip", "lasership"}, {"Amazon", ""}, {"Pitney Bowes", ""}, {"Canada Post", "canada-post"}, {"Canada Post Expedited Parcel", "canada-post"}, {"Purolator", "purolator"}, {"Canpar", "canpar"},
	{"China Post", "china-post"}, {"China Post Registered Air Mail", "china-post"}, {"China EMS", "china-ems"}, {"EMS", ""}, {"ePacket", "epacket"}, {"SF Express", "sf-express"}, {"顺丰速运", "sf-express"}, {"圆通速递", "yto"}, {"中通快递", "zto"}, {"申通", "sto"}, {"韵达快递", "yunda"}, {"中国邮政", "china-post"},
	{"YunExpress", "yunexpress"}, {"Yanwen", "yanwen"}, {"4PX", "4px"}, {"Cainiao", "cainiao"}, {"J&T Express", ""}, {"Japan Post", "japan-post"}, {"Yamato (EN)", "taqbin-jp"}, {"Sagawa", "sagawa"}, {"Korea Post", "korea-post"}, {"Singapore Post", "singapore-post"},
	{"Australia Post", "australia-post"}, {"StarTrack", "star-track"}, {"New Zealand Post", "new-zealand-post"}, {"India Post", "india-post"}, {"Blue Dart", "bluedart"}, {"Delhivery", "delhivery"}, {"Aramex", "aramex"}, {"PostNord", ""}, {"PostNord Sverige", "sweden-posten"}, {"Correios", ""},
}

// TestEverydayNames: none is wrong, and at least four in five are settled.
func TestEverydayNames(t *testing.T) {
	names, settled := carrier.NewNames(nil, nil), 0
	for _, tt := range everyday {
		found := names.Find(tt.name, "")
		if found.Code != tt.code {
			t.Errorf("%q: got %q (%v), want %q", tt.name, found.Code, found.Candidates, tt.code)
		}
		if found.Code != "" {
			settled++
		}
	}
	t.Logf("%d of %d names are settled", settled, len(everyday))
	if settled*5 < len(everyday)*4 {
		t.Errorf("only %d of %d names are settled", settled, len(everyday))
	}
}

// TestNumberDecides among those that have a name, and never against it.
func TestNumberDecides(t *testing.T) {
	names := carrier.NewNames(nil, nil)
	for _, tt := range []struct{ name, number, code string }{
		{"DHL", "00340434161094022115", "dhl-germany"}, {"DHL", "00340434161094022116", ""}, {"DHL", "CC123456785DE", "dhl-germany"}, {"DHL", "1234567891", ""}, {"DHL", "1Z999AA10123456784", ""},
		{"DHL Express", "00340434161094022115", "dhl"}, {"UPS", "00340434161094022115", "ups"}, {"Royal Mail", "1Z999AA10123456784", "royal-mail"}, {"dhl", "00340434161094022115", "dhl"},
		{"EMS", "EE123456785CN", "china-ems"}, {"EMS", "EE123456786CN", ""}, {"PostNL", "RB123456785NL", "postnl-parcels"}, {"PostNL", "3SABCD123456789", ""}, {"PostNord", "RB123456785SE", "sweden-posten"},
		{"Our own driver", "1Z999AA10123456784", ""}, {"", "1Z999AA10123456784", ""}, {"Hermes", "RB123456785GB", ""},
	} {
		if found := names.Find(tt.name, tt.number); found.Code != tt.code {
			t.Errorf("%q, %s: got %q, want %q", tt.name, tt.number, found.Code, tt.code)
		}
	}
}

// TestNameOrder: the user's names come before codes, and codes before names.
func TestNameOrder(t *testing.T) {
	names := carrier.NewNames(map[string]string{"Haus  Bote": "hermes-de", "DHL": "dhl-germany", "ups": "ups-mi", "UPS Ground": "", "DHL Paket": ""}, nil)
	for name, want := range map[string]carrier.Found{
		"HAUSBOTE®": {Code: "hermes-de", By: carrier.ByOwnName}, "dhl": {Code: "dhl-germany", By: carrier.ByOwnName}, "UPS": {Code: "ups-mi", By: carrier.ByOwnName},
		"hermes": {Code: "hermes", By: carrier.ByCode}, "Correios-Cabo-Verde": {Code: "Correios-Cabo-Verde", By: carrier.ByCode}, "GLS Italy": {Code: "gls-italy", By: carrier.ByName},
		"ups ground": {By: carrier.ByOwnName}, "DHL-Paket": {By: carrier.ByOwnName}, // left open
	} {
		if got := names.Find(name, "00340434161094022115"); got.Code != want.Code || got.By != want.By {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
	listed := carrier.NewNames(nil, []tracking.Carrier{{Code: "evri", Name: "Evri"}, {Code: "hermes-uk", Name: "MyHermes UK"}, {Code: "new-one", Name: "New One"}, {Code: "sto", Name: "STO Express"}})
	for name, want := range map[string]string{"Evri": "", "New One": "new-one", "new-one": "new-one", "申通": "sto", "UPS": "", "usps": ""} {
		if got := listed.Find(name, ""); got.Code != want {
			t.Errorf("%q: got %v, want %q", name, got, want)
		}
	}
}

// TestNameProblems lists candidates with their names.
func TestNameProblems(t *testing.T) {
	names := carrier.NewNames(nil, nil)
	for name, want := range map[string]string{
		"PostNL":      "postnl-parcels (Netherlands Post - PostNL), postnl-3s (PostNL International 3S)",
		"GLS Germany": "gls (GLS)", "DHL": "dhl (DHL), dhl-germany (Deutsche Post DHL)", "Our own driver": "no carrier is known as \"Our own driver\"", " ": "empty",
		"\x1b[2J": "no carrier is known as", strings.Repeat("x", 100_000): "no carrier is known as",
	} {
		if got := names.Find(name, "").Problem(name); !strings.Contains(got, want) || strings.Contains(got, "\x1b") || len(got) > 700 {
			t.Errorf("%.20q: got %.800q, want something with %q", name, got, want)
		}
	}
}

// TestBrands: every line has names, codes of the list, and a source.
func TestBrands(t *testing.T) {
	f, err := os.Open("brands.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sources, seen := regexp.MustCompile(`^[SRAEWTKPGL]( [SRAEWTKPGL])*$`), map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			columns := strings.Split(line, "\t")
			if len(columns) != 3 || !sources.MatchString(columns[2]) {
				t.Errorf("odd line: %q", line)
				continue
			}
			for name := range strings.SplitSeq(columns[0], "|") {
				if letters := carrier.Letters(name); letters == "" || seen[letters] {
					t.Errorf("%q is empty, or there twice", name)
				} else {
					seen[letters] = true
				}
			}
			for code := range strings.SplitSeq(columns[1], ",") {
				if _, ok := carrier.Known(code); !ok && code != "?" {
					t.Errorf("%q is no code", code)
				}
			}
		}
	}
}

// FuzzFind: any name may be asked about. What is found is a code of the list, and what is
// said of a name that is not certain can be shown.
func FuzzFind(f *testing.F) {
	for _, tt := range everyday {
		f.Add(tt.name, "00340434161094022115")
	}
	f.Add("\u202e\x1b[2J\xff", "RB123456785İ")
	names := carrier.NewNames(nil, nil)
	f.Fuzz(func(t *testing.T, name, number string) {
		found := names.Find(name, number)
		if _, known := carrier.Known(found.Code); found.Code != "" && !known {
			t.Errorf("%q stands for %q", name, found.Code)
		}
		if found.Code == "" && strings.ContainsAny(found.Problem(name), "\x1b\u202e\n") {
			t.Errorf("it cannot be shown: %q", found.Problem(name))
		}
		names.Nearest(name)
	})
}
