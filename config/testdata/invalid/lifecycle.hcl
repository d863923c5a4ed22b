tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"

  lifecycle {
    prevent_destroy = "perhaps"         # ERROR: Invalid argument value
    ignore_changes  = [title, titel]    # ERROR: Invalid ignore_changes
    on_remove       = "archiv"          # ERROR: Invalid lifecycle value
    on_missing      = "delete"          # ERROR: Invalid lifecycle value
    create_only     = "replce"          # ERROR: Invalid lifecycle value
    prevent_destory = true              # ERROR: Unsupported argument
  }

  lifecycle { # ERROR: Duplicate lifecycle block
  }
}

tracking "b" {
  carrier_code    = "dhl"
  tracking_number = "1234567891"

  lifecycle {
    prevent_destroy = var.x          # ERROR: Variables not allowed
    ignore_changes  = tracking_number # ERROR: Invalid ignore_changes
    on_remove       = null
    on_missing      = true           # ERROR: Invalid lifecycle value
  }
}

tracking "c" {
  carrier_code    = "dhl"
  tracking_number = "1234567892"

  lifecycle {
    ignore_changes = [carrier_code] # ERROR: Invalid ignore_changes
  }
}
