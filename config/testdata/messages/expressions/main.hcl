provider "trackingmor" {
}

tracking "a" {
  carrier_code    = lookup({}, "x")
  tracking_number = 1234567890123456789
  titel           = "x"

  lifecycle {
    on_remove      = "archiv"
    ignore_changes = [titel]
  }
}
