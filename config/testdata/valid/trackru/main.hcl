provider "trackru" {
  api_key = try(env("NO_SUCH_KEY"), "")
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "12345678"
  track_updates   = true
}
