provider "trackingmore" {
  requests_per_second = 0
}

locals {
  orders = csvdecode(file("orders.csv"))
  named  = { for o in local.orders : o.id => o if o.number != "" }
}

tracking "map" {
  for_each        = local.named
  carrier_code    = each.value.carrier
  tracking_number = each.value.number
  title           = "Order ${each.key}"
  customer_name   = each.value.name != "" ? each.value.name : null
}

tracking "set" {
  for_each        = toset(["b2345", "a2345"])
  carrier_code    = "dhl"
  tracking_number = each.key
  title           = each.value
}

tracking "object" {
  for_each = {
    "needs \"quotes\"" = "12345678"
    plain              = "87654321"
  }
  carrier_code    = "ups"
  tracking_number = each.value
}

tracking "none" {
  for_each        = {}
  carrier_code    = "dhl"
  tracking_number = each.value.number
}
