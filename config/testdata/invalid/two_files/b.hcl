tracking "a" { # ERROR: Duplicate block
  carrier_code    = "dhl"
  tracking_number = "1234567891"
}

tracking "b" {
  carrier_code    = "dhl"
  tracking_number = "1234567890" # ERROR: Duplicate tracking
}

provider "trackingmore" { # ERROR: More than one provider
}
