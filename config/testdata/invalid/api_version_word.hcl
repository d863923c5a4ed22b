provider "trackingmore" {
  api_version = "v4" # ERROR: Invalid argument value
  endpoint    = "sandbox"
}
