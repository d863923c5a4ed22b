provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "crlf" {
  carrier_code = "dhl"
  tracking_number = "12345678"
  title = "é"
  comment = <<-EOT
    a comment
    EOT
}
