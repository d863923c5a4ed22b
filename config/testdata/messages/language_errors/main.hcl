provider "trackingmore" {
  endpoint = "sandbox"
  api_key  = HUNTER2
}

variable "pin" {
  default   = "hunter2"
  sensitive = true
}

tracking "parcel" {
  for_each        = { a = "10000001" }
  carrier_code    = "dhl"
  tracking_number = each.value
  customer_name   = Wang
  customer_email  = wang(1)
  title           = sensitive("hunter3") + 1
  lifecycle {
    precondition {
      condition     = regex("x", var.pin)
      error_message = "Wrong."
    }
  }
}

output "leak" {
  value = "x${var.pin}"
}

output "masked" {
  value     = "hunter4" + 1
  sensitive = true
}

output "typo" {
  value = tracking.parcl["a"].title
}

output "keyless" {
  value = tracking.parcel.title
}

moved {
  from = tracking.parcel["a"]
  to   = tracking.other
}

moved {
  from = tracking.x
  to   = tracking.y
}

moved {
  from = tracking.y
  to   = tracking.x
}

removed {
  from = tracking.parcel
}

import {
  to = tracking.new
  id = "dhl/402934299065"
}

import {
  to = tracking.parcel["a"]
  id = "402934299065"
}
