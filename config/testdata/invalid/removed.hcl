tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

tracking "many" {
  for_each        = { x = "2234567890" }
  carrier_code    = "dhl"
  tracking_number = each.value
}

variable "x" {
  default = true
}

removed { # ERROR: Removed tracking still declared
  from = tracking.a
}

removed { # ERROR: Removed tracking still declared
  from = tracking.many
}

removed { # ERROR: Removed tracking still declared
  from = tracking.many["x"]
}

removed {
  from = tracking.many["y"]
  lifecycle {
    destroy = var.x # ERROR: Variables not allowed
  }
}

removed { # ERROR: Ambiguous address
  from = tracking.many["y"]
}

removed {
  from = tracking.old
  lifecycle {
    destroy         = "maybe" # ERROR: Invalid argument value
    prevent_destroy = true # ERROR: Unsupported argument
  }
  lifecycle { # ERROR: Duplicate lifecycle block
    destroy = true
  }
}

moved {
  from = tracking.was
  to   = tracking.is
}

removed { # ERROR: Ambiguous address
  from = tracking.was
}

removed { # ERROR: Missing required argument
}

removed {
  from = trackings.rows[row.x] # ERROR: Invalid address
}
