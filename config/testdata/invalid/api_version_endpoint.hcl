provider "trackingmore" {
  api_version = 4
  endpoint    = "https://api.trackingmore.com/v2" # ERROR: Endpoint of another API version
}
