tmsync {
  name             = "my shop"     # ERROR: Invalid name
  refresh          = "chnaged"     # ERROR: Invalid refresh
  required_version = ">= 2.0, < 3" # ERROR: Unsupported tmsync version
  state {
    path = "" # ERROR: Invalid state path
  }
}

safety {
  max_deletes        = 1.5    # ERROR: Number out of range
  max_credits        = -1     # ERROR: Number out of range
  max_delete_percent = 101    # ERROR: Number out of range
  mode               = "snyc" # ERROR: Invalid mode
  adopt              = "nver" # ERROR: Invalid adopt
}
