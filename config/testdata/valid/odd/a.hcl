tracking "no_newline_at_the_end" {
  carrier_code = "dhl"
  tracking_number = "22345678"
}