tracking "short" {
  carrier_code    = "dhl"
  tracking_number = "1234" # ERROR: Invalid tracking number
}

tracking "comma" {
  carrier_code    = "dhl"
  tracking_number = "12345,67890" # ERROR: Invalid tracking number
}

tracking "homoglyph" {
  carrier_code    = "dhl"
  tracking_number = "RВ123456789CN" # ERROR: Invalid tracking number
}

tracking "joiner" {
  carrier_code    = "d\u200dhl" # ERROR: Invalid carrier code
  tracking_number = "1234567890"
}

tracking "exponent" {
  carrier_code    = "dhl"
  tracking_number = "1.23457E+18" # ERROR: Damaged tracking number
}

tracking "formula" {
  carrier_code    = "dhl"
  tracking_number = "=\"00123\"" # ERROR: Damaged tracking number
}
