provider "trackru" {
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
  track_updates   = false # ERROR: Unsupported attribute value
}

tracking "b" {
  carrier_code    = "dhl"
  tracking_number = "1234567891"
  track_updates   = true
}
