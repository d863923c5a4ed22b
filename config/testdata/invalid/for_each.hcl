variable "secret" {
  default   = { a = "b" }
  sensitive = true
}

tracking "list" {
  for_each        = ["a", "b"] # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "text" {
  for_each        = "a" # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "null" {
  for_each        = null # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "numbers" {
  for_each        = toset([1, 2]) # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "nulls" {
  for_each        = toset(["a", null]) # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "empty_key" {
  for_each        = { "" = "1234567890" } # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "sensitive" {
  for_each        = var.secret # ERROR: Invalid for_each argument
  carrier_code    = "dhl"
  tracking_number = each.value
}

tracking "elements" {
  for_each        = { a = { number = 1 }, b = { number = "1" }, c = { nummer = "x" } }
  carrier_code    = "dhl"
  tracking_number = each.value.number # ERROR: Tracking number must be quoted | Invalid tracking number | Unsupported attribute
}
