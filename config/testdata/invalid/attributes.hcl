tracking "country" {
  carrier_code     = "dhl"
  tracking_number  = "1234567801"
  destination_code = "XX" # ERROR: Invalid attribute value
}

tracking "status" {
  carrier_code    = "dhl"
  tracking_number = "1234567802"
  status          = 4 # ERROR: Invalid attribute value
}

tracking "bools" {
  carrier_code    = "dhl"
  tracking_number = "1234567803"
  archived        = "yes" # ERROR: Invalid attribute value
  track_updates   = 1     # ERROR: Invalid attribute value
}

tracking "times" {
  carrier_code       = "dhl"
  tracking_number    = "1234567804"
  order_create_time  = "yesterday" # ERROR: Invalid attribute value
  tracking_ship_date = "2026-13-01" # ERROR: Invalid attribute value
  lang               = "english" # ERROR: Invalid attribute value
}

tracking "types" {
  carrier_code    = "dhl"
  tracking_number = "1234567805"
  title           = ["a"]      # ERROR: Invalid attribute value
  comment         = { a = "b" } # ERROR: Invalid attribute value
}

tracking "quotes" {
  carrier_code            = 4     # ERROR: Value must be quoted
  tracking_number         = 12345 # ERROR: Tracking number must be quoted
  customer_phone          = 86123 # ERROR: Value must be quoted
  tracking_postal_code    = 01234 # ERROR: Value must be quoted
  tracking_account_number = 7     # ERROR: Value must be quoted
}

tracking "mail" {
  carrier_code    = "dhl"
  tracking_number = "1234567806"
  customer_email  = "li@example.org, wang@example.org" # ERROR: Invalid e-mail address
}

tracking "invisible" {
  carrier_code    = "dhl"
  tracking_number = "1234567807"
  title           = "red\u202eshoes" # ERROR: Invisible characters in a value
  comment         = "a\u200bb"       # ERROR: Invisible characters in a value
  order_id        = "a\u0007b"       # ERROR: Invisible characters in a value
  customer_name   = "a\nb"           # ERROR: Invisible characters in a value
}

tracking "null" {
  carrier_code    = null # ERROR: Missing carrier code
  tracking_number = null # ERROR: Missing tracking number
}

tracking "empty" {
  carrier_code    = ""  # ERROR: Missing carrier code
  tracking_number = " " # ERROR: Missing tracking number
}

tracking "long" {
  carrier_code    = "dhl"
  tracking_number = "1234567808"
  title           = replace(format("%5000s", ""), " ", "x") # ERROR: Invalid attribute value
}
