provider "trackru" {
  api_key = ""
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "12345678"
  track_updates   = true
}
