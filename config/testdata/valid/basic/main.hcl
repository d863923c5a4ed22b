tmsync {
  required_version = "~> 1.2"
  state {
    path = "states/main.jsonl"
  }
}

provider "trackingmore" {
  endpoint            = "sandbox"
  requests_per_second = 2
  rate_limit_pause    = "2m30s"
  batch_size          = 20
  timeout             = "5s"
}

safety {
  max_deletes        = 0
  max_delete_percent = 12.5
  mode               = "upsert"
}

defaults {
  logistics_channel = "4PX"
  comment           = "from the shop"

  lifecycle {
    on_remove      = "archive"
    ignore_changes = [comment]
  }
}

# Everything at once.
tracking "all" {
  carrier_code                 = " china-post "
  tracking_number              = "RR 1234 5678 5CN"
  title                        = "  Red shoes "
  order_id                     = 1001
  customer_name                = "Li Wei"
  customer_email               = "li@example.org"
  customer_phone               = "+86 123"
  destination_code             = "de"
  archived                     = true
  status                       = "delivered"
  track_updates                = "FALSE"
  comment                      = ""
  order_create_time            = "2026/8/27 16:51"
  lang                         = "EN"
  tracking_ship_date           = "2026-10-01"
  tracking_destination_country = "Germany"
  tracking_postal_code         = "01234"
  tracking_account_number      = "007"

  lifecycle {
    prevent_destroy = true
    ignore_changes  = all
    on_missing      = "forget"
    create_only     = "ignore"
  }
}

tracking "silent" {
  carrier_code    = "Correios-Cabo-Verde"
  tracking_number = "12345"
}

tracking "unmanaged" {
  carrier_code      = "dhl"
  tracking_number   = "12345"
  title             = null
  logistics_channel = null
  lifecycle {
    ignore_changes = []
    on_remove      = "delete"
  }
}
