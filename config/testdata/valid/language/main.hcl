provider "trackingmore" {
  endpoint = "sandbox"
}

variable "pin" {
  default   = "0815"
  sensitive = true
}

variable "stock" {
  default = { shoes = 3, hats = 0 }
}

locals {
  note  = "pin ${var.pin}"
  plain = nonsensitive(local.note)
}

# What a mark is on, and where it goes.
tracking "secret" {
  for_each         = { tried = try(local.note, ""), part = upper(substr(local.note, 0, 3)), file = templatefile("note.tmpl", { pin = var.pin }), plain = local.plain, list = { v = [var.pin] }.v[0] }
  carrier_code     = "dhl"
  tracking_number  = "1000${substr(sha256(each.key), 0, 6)}"
  title            = each.value
  comment          = each.key == "plain" ? null : "c"
  destination_code = "DE"
  archived         = sensitive(true)
}

tracking "parcel" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
  title           = "Shoes"
  customer_email  = "li@example.org"
  archived        = false

  lifecycle {
    precondition {
      condition     = var.stock.shoes > 0 && length(tracking.secret) == 5 && trackings.rows["A-1"].title == "Hat"
      error_message = "There are no shoes."
    }
    precondition {
      condition     = var.stock.hats > 0
      error_message = "There are no hats."
    }
  }
}

trackings "rows" {
  csv             = "rows.csv"
  key             = row.id
  carrier_code    = "dhl"
  tracking_number = row.number
  title           = row.title
  customer_email  = row.email
  order_id        = "${row.email}, not called sensitive"

  lifecycle {
    precondition {
      condition     = row.stock != "0"
      error_message = "No ${row.title} in stock."
    }
    precondition {
      condition     = strcontains(row.email, "@") && tracking.parcel.title == row.title
      error_message = "The parcel has another title."
    }
  }
}

tracking "unused" {
  for_each        = {}
  carrier_code    = "dhl"
  tracking_number = each.value
}

moved {
  from = tracking.parcels["A"]
  to   = tracking.parcel
}

moved {
  from = tracking.packet
  to   = tracking.parcels["A"]
}

moved {
  from = trackings.old
  to   = trackings.rows
}

removed {
  from = tracking.gone
}

removed {
  from = trackings.rows["Z-9"]
  lifecycle {
    destroy = false
  }
}

import {
  to = tracking.parcel
  id = "sto/402934299065"
}

import {
  for_each = { "A-1" = "10000001", "A-2" = "10000002" }
  to       = trackings.rows[each.key]
  id       = "dhl/${each.value}"
}

output "titles" {
  description = "What is on the way."
  value       = [for t in trackings.rows : t.title]
}

output "count" {
  value = { secret = length(tracking.secret), rows = length(trackings.rows), unused = length(tracking.unused), keys = keys(trackings.rows) }
}

output "parcel" {
  value     = tracking.parcel
  sensitive = true
}

output "address" {
  value = "${tracking.parcel.address}, ${trackings.rows["A-2"].address}: ${tracking.parcel.carrier_code}/${tracking.parcel.tracking_number}, ${tracking.parcel.archived}"
}

output "later" {
  value = 1
  precondition {
    condition     = length(tracking.unused) > 0
    error_message = "Nothing is unused."
  }
}

check "hats" {
  assert {
    condition     = var.stock.hats > 0
    error_message = "Order hats."
  }
  assert {
    condition     = tracking.parcel.customer_email != ""
    error_message = "Not said."
  }
  assert {
    condition     = tracking.parcel.customer_email == ""
    error_message = "There is an address: ${tracking.parcel.customer_email}"
  }
}
