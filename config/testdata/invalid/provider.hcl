provider "trackingmore" { # ERROR: Invalid API key
  api_key             = "two words"
  endpoint            = "http://example.org/v2" # ERROR: Invalid endpoint
  requests_per_second = -1                      # ERROR: Number out of range
  rate_limit_pause    = "120"                   # ERROR: Invalid duration
  batch_size          = 41                      # ERROR: Number out of range
  timeout             = "0s"                    # ERROR: Invalid duration
  retries             = 3                       # ERROR: Unsupported argument
}

provider "trackru" { # ERROR: More than one provider
}
