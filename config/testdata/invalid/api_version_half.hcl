provider "trackingmore" {
  api_version = 2.5 # ERROR: Unknown API version
  endpoint    = "sandbox"
}
