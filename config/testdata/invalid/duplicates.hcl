tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

tracking "a" { # ERROR: Duplicate block
  carrier_code    = "dhl"
  tracking_number = "1234567891"
}

tracking "b" {
  carrier_code    = "dhl"
  tracking_number = "12345 67890" # ERROR: Duplicate tracking
}

tracking "c" {
  carrier_code    = "dhl"
  tracking_number = "rb123456789cn"
}

tracking "d" {
  carrier_code    = "dhl"
  tracking_number = "RB123456789CN" # WARNING: Tracking numbers differ only in case
}

tracking "e" {
  carrier_code    = "dhl"
  tracking_number = "RB123456789CN" # ERROR: Duplicate tracking
}

tracking "other_carrier" {
  carrier_code    = "ups"
  tracking_number = "1234567890"
}

locals {
  x = 1
}

locals {
  x = 2 # ERROR: Duplicate local value
}

variable "v" {
  default = 1
}

variable "v" { # ERROR: Duplicate variable
  default = 2
}

safety {
}

safety { # ERROR: Duplicate safety block
}

tmsync {
  name = "shop"
  state {
  }
  state { # ERROR: Duplicate state block
  }
}

tmsync {
  refresh = "auto"
}

tmsync {
  name    = "other" # ERROR: Duplicate name
  refresh = "auto"  # ERROR: Duplicate refresh
  state { # ERROR: Duplicate state block
  }
}

defaults {
  lifecycle {
  }
  lifecycle { # ERROR: Duplicate lifecycle block
  }
}

defaults { # ERROR: Duplicate defaults block
}
