package sandbox

import "fmt"

// The meta codes that the sandbox returns by itself (§3).
const (
	codeOK            = 200
	codeCreated       = 201
	codeOverLimit     = 202
	codeNotFound      = 404
	codeWrongMethod   = 405
	codeTooMany       = 429
	codeServerError   = 500
	codeInvalidKey    = 4001
	codeBadRequest    = 4012
	codeNoNumber      = 4013
	codeBadNumber     = 4014
	codeBadCarrier    = 4015
	codeExists        = 4016
	codeMissing       = 4017
	codeTooManyItems  = 4020
	codeNoQuota       = 4021
	codeEmpty         = 4031
	codeNoDetection   = 4032
	codeInvalidStatus = 4033

	codeNoJSON = -1 // only meant: each dialect says it otherwise
)

// codesV2 are the codes that v2 says otherwise than they are meant (§2.5).
var codesV2 = map[int]int{codeNoJSON: codeBadCarrier}

// metas is the service's table of codes (§3). The texts for 200, 201 and 4016 are
// recorded ones.
var metas = map[int]meta{
	200:  {200, "Success", "Success"},
	201:  {201, "Created", "The request was successful and a resource was created."},
	202:  {202, "Bad Request", "The request was successful, but exceeding the limit."},
	401:  {401, "Unauthorized", "Authentication failed or has no permission."},
	402:  {402, "Payment Required", "Payment is required for this call."},
	403:  {403, "Forbidden", "The request is not allowed."},
	404:  {404, "Not Found", "The page does not exist."},
	405:  {405, "Method Not Allowed", "The method is not allowed for this page."},
	409:  {409, "Conflict", "The request conflicts with the resource's state."},
	429:  {429, "Too Many Requests", "Too many requests: pause your requests and wait two minutes."},
	500:  {500, "Server error", "Server error."},
	503:  {503, "Service Unavailable", "The service is temporarily unavailable."},
	400:  {400, "BadRequest", "The request is invalid."},
	4001: {4001, "Unauthorized", "Invalid API key."},
	4002: {4002, "Unauthorized", "The API key has been deleted."},
	4012: {4012, "Bad Request", "The request was not understood or a required parameter is missing."},
	4013: {4013, "Bad Request", "Tracking_number is required."},
	4014: {4014, "Bad Request", "The value of tracking_number is invalid."},
	4015: {4015, "Bad Request", "The value of carrier_code is invalid."},
	4016: {4016, "Bad Request", "Tracking already exists."},
	4017: {4017, "Bad Request", "Tracking does not exist."},
	4018: {4018, "Bad Request", "The feature needs custom activation."},
	4019: {4019, "Bad Request", "Your balance is insufficient."},
	4020: {4020, "Bad Request", "Too many items in one request."},
	4021: {4021, "Bad Request", "Your quota is used up or your trial is over."},
	4031: {4031, "No Content", "Empty response: POST the tracking first, then GET it."},
	4032: {4032, "No Content", "Cannot detect the courier."},
	4033: {4033, "No Content", "The value of package status is invalid."},

	// What only v4 has (§9).
	4101: {4101, "BadRequest", "Tracking No. already exists."},
	4102: {4102, "BadRequest", "Tracking No. does not exist: create it first."},
	4103: {4103, "BadRequest", "More than 40 tracking numbers in one call."},
	4110: {4110, "BadRequest", "The value of tracking_number is invalid."},
	4111: {4111, "BadRequest", "Tracking_number is required."},
	4112: {4112, "BadRequest", "Invalid tracking ID."},
	4113: {4113, "BadRequest", "Retrack is allowed for expired trackings only."},
	4120: {4120, "BadRequest", "The value of courier_code is invalid."},
	4121: {4121, "BadRequest", "Cannot detect the courier."},
	4122: {4122, "BadRequest", "A field that this courier needs is missing."},
	4130: {4130, "BadRequest", "The format of a field is invalid."},
	4131: {4131, "BadRequest", "There is no such label."},
	4160: {4160, "BadRequest", "The air waybill number is required."},
	4161: {4161, "BadRequest", "The format of the air waybill number is invalid."},
	4190: {4190, "BadRequest", "The quota of trackings is used up."},
}

type meta struct {
	Code    int    `json:"code"`
	Type    string `json:"type"`
	Message string `json:"message"`
}

func metaFor(code int) meta {
	if m, ok := metas[code]; ok {
		return m
	}
	return meta{code, "Bad Request", fmt.Sprintf("Error %d.", code)}
}
