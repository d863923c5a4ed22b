variable "secret" {
  default   = "7621094"
  sensitive = true
}

variable "shape" {
  default = data.transit_time.fine.total # ERROR: Variables not allowed
}

locals {
  late = data.transit_time.fine.delivered # ERROR: Invalid reference
}

data "remote_aera" "x" { # ERROR: Unknown type of data
}

data "transit_time" "fine" {
  carrier_code = " DHL "
  origin       = "cn"
  destination  = "US"
}

data "transit_time" "fine" { # ERROR: Duplicate data
  carrier_code = "dhl"
  origin       = "CN"
  destination  = "DE"
}

data "transit_time" "9" { # ERROR: Invalid name
}

data "transit_time" "some" {
  count        = 3    # ERROR: Unsupported argument
  carrer_code  = "x"  # ERROR: Unsupported argument
  carrier_code = "dhl"
  origin       = "CN"
  destination  = "US"
}

data "transit_time" "none" { # ERROR: Missing required argument
  carrier_code = "dhl"
  origin       = "CN"
}

data "transit_time" "wrong" {
  carrier_code = null    # ERROR: Invalid argument value
  origin       = "China" # ERROR: Invalid argument value
  destination  = "US"
}

data "transit_time" "chained" {
  carrier_code = "dhl"
  origin       = tracking.parcel.destination_code # ERROR: Invalid reference
  destination  = data.transit_time.fine.destination # ERROR: Invalid reference
}

data "transit_time" "one" {
  carrier_code = "dhl"
  origin       = each.value # ERROR: Invalid reference
  destination  = "US"
}

data "remote_area" "postcodes" {
  country  = "XX"    # ERROR: Invalid argument value
  postcode = 7621094 # ERROR: Value must be quoted
  company  = ""      # ERROR: Invalid argument value
}

data "air_waybill" "one" {
  numbers = "172-28891936" # ERROR: Invalid argument value
}

data "air_waybill" "bad" {
  numbers = ["172-28891936", "172-28"] # ERROR: Invalid argument value
}

data "air_waybill" "nothing" {
  numbers = [] # ERROR: Invalid argument value
}

data "remote_area" "good" {
  for_each = { a = "JP", b = "Germany" }
  country  = each.value
  postcode = var.secret
}

data "remote_area" "each" {
  for_each = { a = "JP", b = "XX" }
  country  = each.value # ERROR: Invalid argument value
  postcode = var.secret
}

tracking "parcel" {
  carrier_code    = "dhl"
  tracking_number = "402934299065"
  title           = data.transit_time.fine.total # ERROR: Invalid reference

  lifecycle {
    precondition {
      condition     = data.transit_time.fin.total > 1 # ERROR: Reference to undeclared data
      error_message = "Late."
    }
  }
}

check "references" {
  assert {
    condition     = data.transit_time.fine.deliverd > 1 # ERROR: Unsupported attribute
    error_message = "Late."
  }
  assert {
    condition     = data.transit_time != null # ERROR: Invalid reference
    error_message = "Late."
  }
  assert {
    condition     = data.remote_area.each.remote # ERROR: Missing instance key
    error_message = "Far."
  }
}

output "secret" {
  value = [for d in data.remote_area.good : d.postcode] # ERROR: Output refers to sensitive values
}
