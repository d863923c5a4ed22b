provider "trackingmore" {
  api_version = 4
  endpoint    = "sandbox"
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
  comment         = "changes there"
  status          = "delivered" # ERROR: Unsupported attribute
  track_updates   = true        # ERROR: Unsupported attribute
}

tracking "b" {
  carrier_code    = "dhl"
  tracking_number = "1234567891"
  status          = null
}

data "transit_time" "a" { # ERROR: Data that the service does not have
  carrier_code = "dhl"
  origin       = "CN"
  destination  = "DE"
}

data "remote_area" "a" { # ERROR: Data that the service does not have
  country  = "JP"
  postcode = "7621094"
}
