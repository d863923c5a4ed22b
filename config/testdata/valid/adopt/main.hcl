provider "trackingmore" {
  endpoint = "sandbox"
}

safety {
  adopt = "unchanged"
}

tracking "silent" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
}

tracking "said" {
  carrier_code    = "sto"
  tracking_number = "402934299066"

  lifecycle {
    on_remove = "delete"
  }
}

removed {
  from = tracking.silent_about_it
}

removed {
  from = tracking.destroyed

  lifecycle {
    destroy = true
  }
}

removed {
  from = tracking.forgotten

  lifecycle {
    destroy = false
  }
}
