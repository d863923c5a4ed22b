tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"

  lifecycle {
    archive_after = "1 month" # ERROR: Invalid archive_after
  }
}

tracking "b" {
  carrier_code    = "dhl"
  tracking_number = "1234567891"

  lifecycle {
    archive_after = -30 # ERROR: Invalid archive_after
  }
}

tracking "c" {
  carrier_code    = "dhl"
  tracking_number = "1234567892"

  lifecycle {
    archive_after = 30 # ERROR: Invalid archive_after
  }
}

tracking "d" {
  carrier_code    = "dhl"
  tracking_number = "1234567893"

  lifecycle {
    archive_after = local.x # ERROR: Variables not allowed
  }
}

tracking "e" {
  carrier_code    = "dhl"
  tracking_number = "1234567894"
  archived        = false

  lifecycle {
    archive_after = "30d" # ERROR: Conflicting arguments
  }
}

tracking "f" {
  carrier_code    = "dhl"
  tracking_number = "1234567895"

  lifecycle {
    archive_after  = "30d" # ERROR: Conflicting arguments
    ignore_changes = all
  }
}

defaults {
  archived = true

  lifecycle {
    archive_after = "36501d" # ERROR: Invalid archive_after
  }
}
