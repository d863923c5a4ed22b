provider "trackingmore" {
  endpoint = "sandbox"
}

locals {
  names = {}
}

carriers {
  names = merge(local.names, { a = "dhl" }) # ERROR: Invalid names of carriers
}

carriers { # ERROR: Duplicate carriers block
  names = {}
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "12345"

  lifecycle {
    lint = "sometimes" # ERROR: Invalid lifecycle value
  }
}
