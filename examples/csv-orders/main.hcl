# A shop's orders, straight from the CSV files that its export writes. Orders
# that have no tracking number yet are left out until they do.

tmsync {
  required_version = ">= 0.1"
}

variable "shop" {
  description = "Goes before every title."
  type        = string
  default     = "Blue Door"

  validation {
    condition     = length(var.shop) <= 40
    error_message = "The shop's name must fit into a title."
  }
}

variable "channel" {
  type    = string
  default = "ePacket"
}

provider "trackingmore" {
  endpoint = "sandbox"
}

defaults {
  logistics_channel = var.channel

  lifecycle {
    on_remove = "archive"
  }
}

trackings "orders" {
  csv             = "orders/*.csv"
  key             = row.order_id
  where           = row.number != ""
  carrier_code    = row.carrier
  tracking_number = row.number

  title             = "${var.shop} ${row.order_id}: ${row.item}"
  order_id          = row.order_id
  order_create_time = row.ordered
  customer_name     = row.name
  customer_email    = row.email
  customer_phone    = row.phone != "" ? row.phone : null
  destination_code  = row.country
}

safety {
  max_deletes = 5
}
