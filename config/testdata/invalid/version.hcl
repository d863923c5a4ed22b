tmsync {
  required_version = "latest" # ERROR: Invalid version constraint
}
