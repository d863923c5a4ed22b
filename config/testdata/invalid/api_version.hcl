provider "trackingmore" {
  api_version = 3 # ERROR: Unknown API version
  endpoint    = "sandbox"
}
