provider "trackingmore" {
  endpoint = "sandbox"
}

carriers {
  names = { "Haus Bote" = "hermes-de", HAUSBOTE = "dhl", "®" = "dhl", Other = "no code", None = "" } # ERROR: Invalid names of carriers | Invalid names of carriers | Invalid names of carriers | Invalid names of carriers
  other = true # ERROR: Unsupported argument
}

carriers = {} # ERROR: Unsupported argument
