provider "trackingmore" {
}

trackings "orders" {
  csv             = "orders.csv"
  carrier_code    = row.carrier
  tracking_number = row.number
  customer_email  = row.mail
  customer_phone  = parseint(row.mail, 10)
  comment         = parseint(row.comment, 10)
  title           = row.titel
}

trackings "others" {
  csv             = "orders.csv"
  key             = "${row.carrier}-${row.number}"
  carrier_code    = row.carrier
  tracking_number = row.number
  customer_email  = row.mail
  customer_phone  = parseint(row.mail, 10)
  comment         = parseint(row.comment, 10)
}

trackings "quoting" {
  csv             = "orders.csv"
  where           = parseint(row.mail, 10) > 0
  carrier_code    = row.carrier
  tracking_number = row.number
  customer_email  = row.mail
}
