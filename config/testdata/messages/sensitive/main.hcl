provider "trackingmore" {
  api_key  = "4d1f-8a" + 1
  endpoint = "sandbox"
}

variable "phone" {
  sensitive = true
  default   = ["+86 555 0101"]
  nullable  = 5
}

variable "given" {
  sensitive = true
  type      = number
}

variable "checked" {
  sensitive = true
  default   = "hunter2hunter2"

  validation {
    condition     = var.checked == ""
    error_message = "Not ${var.checked}!"
  }
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "12345678"
  customer_name   = "Li \u202e Wei"
  customer_email  = "not ${upper("an address")} of Li Wei"
  customer_phone  = parseint(var.phone[0], 10)
  comment         = parseint(var.checked, 10)
  title           = { for v in [var.checked, var.checked] : v => 1 }

  tracking_postal_code = <<-EOT
    SW1A
    1AA
  EOT

  tracking_account_number = 700700
}

tracking "b" {
  for_each = {
    x = { customer_name = "Wang", customer_email = "wang@", number = 5 }
  }
  carrier_code    = "dhl"
  tracking_number = each.value.number
  customer_name   = each.value.customer_nam
  customer_email  = each.value.customer_email
  customer_phone  = parseint(each.value.customer_email, 10)
}
