tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

provider "trackingmore" {
}
