provider "trackingmore" {
  endpoint = "http://127.0.0.1:8080/v2/"
}

variable "folder" {
  default = "orders"
}

defaults {
  title = "A parcel"
}

trackings "orders" {
  csv              = ["./${var.folder}/*.csv", "extra.csv", "orders/2.csv"]
  key              = row.order_id
  where            = row.number != "" && row["State of it"] != "lost"
  carrier_code     = row.carrier
  tracking_number  = row.number
  order_id         = row.order_id
  title            = row.title != "" ? "Order ${row.title}" : null
  customer_email   = lower(row.email)
  comment          = join(" ", values(row))
  destination_code = "GB"

  lifecycle {
    prevent_destroy = true
  }
}

# The number is the key.
trackings "numbers" {
  csv             = "bom.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "none" {
  csv             = "bom.csv"
  where           = false
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "header_only" {
  csv             = "header.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}
