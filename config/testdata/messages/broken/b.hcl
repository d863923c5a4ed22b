provider "trackingmore" {
  api_key = 4d1f-8a 9c }
}
