provider "trackru" {
  api_version = 2 # ERROR: Unsupported argument
  endpoint    = "sandbox"
}
