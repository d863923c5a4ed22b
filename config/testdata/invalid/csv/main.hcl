provider "trackingmore" {
}

trackings "missing" {
  csv             = "nothing/*.csv" # ERROR: No CSV file
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "outside" {
  csv             = "../*.csv" # ERROR: Invalid csv argument
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "pattern" {
  csv             = ["[", null, "**.csv"] # ERROR: Invalid csv argument | Invalid csv argument | Invalid csv argument
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "type" {
  csv             = { a = "b" } # ERROR: Invalid csv argument
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "columns" {
  csv             = "good.csv"
  carrier_code    = row.carier             # ERROR: Unknown CSV column
  tracking_number = row["Numer"]           # ERROR: Unknown CSV column
  title           = "${row.x} ${row.number}" # ERROR: Unknown CSV column
}

trackings "constant" {
  csv              = "good.csv"
  carrier_code     = "not a code" # ERROR: Invalid carrier code
  tracking_number  = row.number
  destination_code = row.country
}

trackings "rows" {
  csv              = "rows.csv"
  key              = row.id
  where            = row.number != "skip"
  carrier_code     = row.carrier
  tracking_number  = row.number
  destination_code = row.country
  customer_email   = lower(row.mail)
  title            = row.id == "3" ? parseint(row.id, 1) : "x"
}

trackings "where" {
  csv             = "good.csv"
  where           = row.number
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "empty" {
  csv             = "empty.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "header" {
  csv             = "header.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "semicolons" {
  csv             = "semicolons.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "ragged" {
  csv             = "ragged.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "quote" {
  csv             = "quote.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "unclosed" {
  csv             = "unclosed.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "encoding" {
  csv             = "encoding.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "utf16" {
  csv             = "utf16.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}
