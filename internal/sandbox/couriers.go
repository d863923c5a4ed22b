package sandbox

import (
	"regexp"
	"slices"
	"strings"
)

// courier is one of the carriers that the sandbox lists and detects. It accepts
// every carrier code that is well formed, listed or not, unless Options.V2 says
// otherwise.
type courier struct {
	code     string
	name     string
	country  string // of a post: the end of its international numbers (UPU S10)
	homepage string
	phone    string
}

// kind is the service's name for a post or another carrier (§2.17).
func (k courier) kind() string {
	if k.country != "" {
		return "globalpost"
	}
	return "express"
}

// knownCarriers is a selection from the service's list of some 660 (§2.17). Of the
// posts of one country the first is what a number of that country is taken for.
var knownCarriers = []courier{
	{"dhl", "DHL", "", "http://www.dhl.com/", "1-800-225-5345"},
	{"ups", "UPS", "", "http://www.ups.com/", "1 800 742 5877"},
	{"fedex", "Fedex", "", "http://www.fedex.com/", "1 800 247 4747"},
	{"tnt", "TNT", "", "https://www.tnt.com/", "1 800 558 5555"},
	{"4px", "4PX", "", "http://www.4px.com/", "86-755-23508000"},
	{"bestex", "Best Express", "", "http://www.800best.com/", ""},
	{"cnexps", "CNE Express", "", "https://www.cne.com/", "+86 400 021 5600"},
	{"dhl-es", "DHL Spain", "", "http://www.dhl.es/", "+34 902 09 05 41"},
	{"dhl-poland", "DHL Poland", "", "http://www.dhl.com.pl/", "+48 42 6 345 345"},
	{"dhlparcel-nl", "DHL Netherlands", "", "https://www.dhlparcel.nl/", ""},
	{"pfcexpress", "PFC Express", "", "http://www.pfcexpress.com/", "+86-755-83727415"},
	{"sfcservice", "SFC Service", "", "http://www.sfcservice.com/", "+86 400-881-8106"},
	{"sto", "STO Express", "", "http://www.sto.cn/", ""},
	{"tnt-fr", "TNT France", "", "http://www.tnt.fr/", ""},
	{"tnt-it", "TNT Italy", "", "http://www.tnt.it/", "+39 199 803 868"},
	{"wishpost", "WishPost", "", "https://www.wishpost.cn/", ""},
	{"yanwen", "Yanwen", "", "http://www.yw56.com.cn/", "86 400-108-5656"},
	{"yto", "YTO Express", "", "http://www.yto.net.cn/", ""},
	{"yunda", "Yunda Express", "", "http://www.yundaex.com/", ""},
	{"yunexpress", "YunExpress", "", "http://www.yunexpress.com/", "4000-2621-26"},
	{"zto", "ZTO Express", "", "http://www.zto.com/", ""},
	{"china-ems", "China EMS", "CN", "http://www.ems.com.cn/", "11183"},
	{"china-post", "China Post", "CN", "http://yjcx.ems.com.cn/", "86 20 11185"},
	{"an-post", "An Post", "IE", "http://www.anpost.ie/", "(353) 01-7057600"},
	{"australia-post", "Australia Post", "AU", "http://auspost.com.au/", "61 3 8847 9980"},
	{"australia-ems", "Australia EMS", "AU", "http://auspost.com.au/", "61 3 8847 9045"},
	{"belgium-post", "Bpost", "BE", "http://www.bpost.be/", "+32 2 276 22 74"},
	{"brazil-correios", "Brazil Correios", "BR", "http://www.correios.com.br/", "55 61 3003 0100"},
	{"canada-post", "Canada Post", "CA", "http://www.canadapost.ca/", "1 866 607 6301"},
	{"correos-chile", "Correos Chile", "CL", "http://www.correos.cl/", "600 950 2020"},
	{"correos-mexico", "Correos Mexico", "MX", "http://www.correosdemexico.gob.mx/", "(55) 5340 3300"},
	{"correos-spain", "Correos Spain", "ES", "http://www.correos.es/", "34 902197197"},
	{"ctt", "CTT", "PT", "http://www.ctt.pt/", "(351) 707262626"},
	{"czech-post", "Czech Post", "CZ", "http://www.ceskaposta.cz/", "420 954 292 102"},
	{"dhl-germany", "DHL Germany", "DE", "http://www.dhl.de/", "+49 228 28609898"},
	{"deutsche-post", "Deutsche Post", "DE", "http://www.deutschepost.de/", "0228 4333118"},
	{"emirates-post", "Emirates Post", "AE", "http://www.epg.gov.ae/", "600-5-99999"},
	{"greece-post", "Greece Post", "GR", "http://www.elta.gr/", "(+30) 800-11-82000"},
	{"hong-kong-post", "Hong Kong Post", "HK", "http://www.hongkongpost.hk/", "852 2921 2222"},
	{"india-post", "India Post", "IN", "http://www.indiapost.gov.in/", "91 1800 11 2011"},
	{"japan-post", "Japan Post", "JP", "http://www.post.japanpost.jp/", "0120-5931-55"},
	{"korea-post", "Korea Post", "KR", "http://www.epost.go.kr/", "82-2-2108-9895"},
	{"laposte", "La Poste", "FR", "http://www.laposte.fr/", "33 3631"},
	{"colissimo", "Colissimo", "FR", "http://www.colissimo.fr/", ""},
	{"chronopost", "Chronopost", "FR", "http://www.chronopost.fr/", "0969 391 391"},
	{"lietuvos-pastas", "Lietuvos pastas", "LT", "http://www.post.lt/", "(370) 8 700 55400"},
	{"macao-post", "Macao Post", "MO", "http://www.macaupost.gov.mo/", "(853) 2857 4491"},
	{"magyar-posta", "Magyar Posta", "HU", "http://posta.hu/", "(36)/06 40 46 46 46"},
	{"new-zealand-post", "New Zealand Post", "NZ", "http://www.nzpost.co.nz/", "64 9 367 9710"},
	{"parcel-force", "Parcelforce", "GB", "http://www.parcelforce.com/", "44 844 800 44 66"},
	{"phlpost", "PHLPost", "PH", "http://www.phlpost.gov.ph/", "+ (63) 854-9825"},
	{"posta-romana", "Posta Romana", "RO", "http://www.posta-romana.ro/", "(40) 021 9393 111"},
	{"poste-italiane", "Poste Italiane", "IT", "http://www.poste.it/", "39 803 160"},
	{"posten-norge", "Posten Norge", "NO", "http://www.posten.no/", "(47) 21 31 62 60"},
	{"postnl-parcels", "PostNL", "NL", "http://www.postnl.post/", "+31 (0) 900 0990"},
	{"russian-post", "Russian Post", "RU", "https://pochta.ru/", "7 (495) 956-20-67"},
	{"singapore-post", "Singapore Post", "SG", "http://www.singpost.com/", "0065 / 6841 2000"},
	{"singapore-speedpost", "Singapore Speedpost", "SG", "http://www.speedpost.com.sg/", "(+65) 6222 5777"},
	{"south-africa-post", "South African Post Office", "ZA", "http://www.postoffice.co.za/", "(27) 0860 111 502"},
	{"sweden-posten", "Sweden Posten", "SE", "http://www.posten.se/", "46 771 33 33 10"},
	{"swiss-post", "Swiss Post", "CH", "https://www.post.ch/", "0848 888 888"},
	{"taiwan-post", "Taiwan Post", "TW", "https://ipost.post.gov.tw/", "0800-700-365"},
	{"turkey-post", "Turkey Post", "TR", "http://www.ptt.gov.tr/", ""},
	{"ukraine-post", "Ukraine Post", "UA", "http://ukrposhta.ua/", "380 44 323 20 99"},
	{"ukraine-ems", "Ukraine EMS", "UA", "http://dpsz.ua/", "(380) 44 245-43-15"},
	{"usps", "USPS", "US", "http://www.usps.com/", "1-800-275-8777"},
}

func carrierByCode(code string) (courier, bool) {
	i := slices.IndexFunc(knownCarriers, func(k courier) bool { return k.code == code })
	if i < 0 {
		return courier{}, false
	}
	return knownCarriers[i], true
}

// countries are the English names of the countries above, as the service writes
// them (§2.6).
var countries = map[string]string{
	"AE": "United Arab Emirates", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada",
	"CH": "Switzerland", "CL": "Chile", "CN": "China", "CZ": "Czech Republic", "DE": "Germany", "ES": "Spain",
	"FR": "France", "GB": "United Kingdom", "GR": "Greece", "HK": "Hong Kong", "HU": "Hungary", "IE": "Ireland",
	"IN": "India", "IT": "Italy", "JP": "Japan", "KR": "Korea, South", "LT": "Lithuania", "MO": "Macao",
	"MX": "Mexico", "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand", "PH": "Philippines", "PT": "Portugal",
	"RO": "Romania", "RU": "Russian Federation", "SE": "Sweden", "SG": "Singapore", "TR": "Turkey", "TW": "Taiwan",
	"UA": "Ukraine", "US": "United States", "ZA": "South Africa",
}

// countryNamed returns the code and the name of a country asked for by either.
func countryNamed(s string) (code, name string) {
	if name, ok := countries[strings.ToUpper(s)]; ok {
		return strings.ToUpper(s), name
	}
	for code, name := range countries {
		if strings.EqualFold(s, name) {
			return code, name
		}
	}
	return strings.ToUpper(s), s
}

// postalForm is an international postal number (UPU S10): a service, nine digits,
// and the country.
var postalForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{9}([A-Z]{2})$`)

// postsOf returns the posts of the country that a number names at its end.
func postsOf(number string) []courier {
	m := postalForm.FindStringSubmatch(number)
	if m == nil {
		return nil
	}
	var posts []courier
	for _, k := range knownCarriers {
		if k.country == m[1] {
			posts = append(posts, k)
		}
	}
	return posts
}

// originOf is the English name of the country that a number names at its end.
func originOf(number string) string {
	if m := postalForm.FindStringSubmatch(number); m != nil {
		return countries[m[1]]
	}
	return ""
}

// correctCarrier returns the carrier under which a create without auto_correct is
// stored: another than asked for when the number is clearly one of a country's
// posts and the carrier is another country's. A carrier that is no post may carry
// the numbers of all (§5.12).
func correctCarrier(k Key) string {
	posts := postsOf(k.Number)
	asked, _ := carrierByCode(k.Carrier)
	if len(posts) == 0 || asked.country == "" || asked.country == posts[0].country {
		return k.Carrier
	}
	return posts[0].code
}

// numberForms are the forms of numbers that are no post's, and their carriers.
var numberForms = []struct {
	form  *regexp.Regexp
	codes []string
}{
	{regexp.MustCompile(`^1Z[0-9A-Z]{16}$`), []string{"ups"}},
	{regexp.MustCompile(`^9[0-9]{19,21}$`), []string{"usps"}},
	{regexp.MustCompile(`^YT[0-9]{16}$`), []string{"yunexpress"}},
	{regexp.MustCompile(`^[0-9]{12}$`), []string{"fedex", "sto"}},
	{regexp.MustCompile(`^[0-9]{10}$`), []string{"dhl"}},
}

// detected returns the couriers of the number in a request, or a refusal's code.
func (c *call) detected() ([]courier, int) {
	o, code := decodeObject(c.body)
	if code != codeOK {
		return nil, code
	}
	number, _, _ := o.text("tracking_number")
	if code := (Key{Carrier: "any", Number: number}).check(); code != codeOK {
		return nil, code
	}
	found := detectCarriers(number)
	if len(found) == 0 {
		return nil, codeNoDetection
	}
	return found, codeOK
}

// detectCarriers guesses whose a number is, the best guess first.
func detectCarriers(number string) []courier {
	found := postsOf(number)
	for _, f := range numberForms {
		if f.form.MatchString(number) {
			for _, code := range f.codes {
				k, _ := carrierByCode(code)
				found = append(found, k)
			}
		}
	}
	return found
}
