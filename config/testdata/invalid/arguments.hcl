resource "tracking" "a" { # ERROR: Unsupported block type
}

traking "a" { # ERROR: Unsupported block type
}

title = "x" # ERROR: Unsupported argument

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
  custmer_name    = "x" # ERROR: Unsupported argument
  lifecycl { # ERROR: Unsupported block type
  }
}

tracking "b" { # ERROR: Missing required argument | Missing required argument
}

tracking { # ERROR: Missing name for tracking
}

tracking "c" "d" { # ERROR: Extraneous label for tracking
}

tracking "1st" { # ERROR: Invalid name
  carrier_code    = "dhl"
  tracking_number = "1234567891"
}

tracking "counted" {
  count           = 2 # ERROR: Unsupported argument
  carrier_code    = "dhl"
  tracking_number = "1234567892"
}

trackings "rows" { # ERROR: Missing required argument
  count           = 2 # ERROR: Unsupported argument
  carrier_code    = "dhl"
  tracking_number = "1234567893"
}

data "carrier" { # ERROR: Missing name for data
  value = 1
}
