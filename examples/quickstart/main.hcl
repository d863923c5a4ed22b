# Five parcels of five carriers, in the embedded sandbox: no account, no key.

provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "shoes" {
  carrier_code     = "sto"
  tracking_number  = "402934299065"
  title            = "Red shoes"
  order_id         = "986574521568"
  destination_code = "CN"
}

tracking "camera" {
  carrier_code    = "usps"
  tracking_number = "9400110898825022579493"
  title           = "Camera, insured"
  customer_name   = "Ann Example"
  customer_email  = "ann@example.org"
}

tracking "books" {
  carrier_code    = "singapore-post"
  tracking_number = "RP893531371SG"
  title           = "Three books"
  lang            = "en"
}

tracking "toys" {
  carrier_code    = "phlpost"
  tracking_number = "RR050349575PH"
  title           = "Wooden toys"
  comment         = "Replacement for order 1003"
}

tracking "lamp" {
  carrier_code    = "lietuvos-pastas"
  tracking_number = "RN210552627LT"
  title           = "Desk lamp"

  lifecycle {
    on_remove = "archive"
  }
}
