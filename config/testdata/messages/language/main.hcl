provider "trackingmore" {
  endpoint = "sandbox"
}

variable "min" {
  default = 5
}

variable "pin" {
  default   = "hunter2"
  sensitive = true
}

variable "support" {
  default = "wang@example.org"
}

tracking "parcel" {
  for_each        = { a = { number = "10000001", mail = "wei@example.org" }, b = { number = "10000002", mail = "none" } }
  carrier_code    = "dhl"
  tracking_number = each.value.number
  title           = each.value.mail
  customer_name   = var.support
  customer_email  = each.value.mail != "none" ? each.value.mail : null

  lifecycle {
    precondition {
      condition     = each.value.mail == "none" && each.key != "b" && var.min > 5
      error_message = "The parcel ${each.key} needs no mail."
    }
    precondition {
      condition     = each.key == "a"
      error_message = "No mail to ${each.value.mail}."
    }
    precondition {
      condition     = var.pin == "1234"
      error_message = "The PIN ${var.pin} is wrong."
    }
  }
}

check "values" {
  assert {
    condition     = var.min > 10 && var.support == "x" && var.pin == "x" && length(tracking.parcel) == 0 && tracking.parcel["a"].customer_email == ""
    error_message = "Nothing is as it should be."
  }
}
