provider "trackingmore" {
  endpoint = "sandbox"
}

defaults {
  lifecycle {
    archive_after = "30d"
  }
}

tracking "silent" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

tracking "own" {
  carrier_code    = "dhl"
  tracking_number = "1234567891"

  lifecycle {
    archive_after = "72h"
  }
}

tracking "never" {
  carrier_code    = "dhl"
  tracking_number = "1234567892"

  lifecycle {
    archive_after = null
  }
}

# An archived of its own wins over the defaults, and where it is null the block's
# archive_after holds.
tracking "explicit" {
  for_each        = { open = false, silent = null }
  carrier_code    = "dhl"
  tracking_number = "10000${each.key}"
  archived        = each.value

  lifecycle {
    archive_after = "06w"
  }
}

tracking "closed" {
  carrier_code    = "dhl"
  tracking_number = "1234567893"
  archived        = true
}
