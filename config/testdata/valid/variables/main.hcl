provider "trackingmore" {
  api_key  = var.key
  endpoint = "sandbox"
}

variable "key" {
  type      = string
  sensitive = true
}

variable "parcels" {
  description = "What to track."
  type = map(object({
    carrier = optional(string, "dhl")
    number  = string
  }))

  validation {
    condition     = length(var.parcels) < 10
    error_message = "Too many."
  }
}

variable "title" {
  nullable = false
  default  = "T"
}

tracking "p" {
  for_each        = var.parcels
  carrier_code    = each.value.carrier
  tracking_number = each.value.number
  title           = var.title
  comment         = "${var.key}"
}
