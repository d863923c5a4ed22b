provider "trackingmore" {
}

trackings "missing" {
  csv             = "nothing/*.csv" # ERROR: No file of rows
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
  carrier_code    = row.carier             # ERROR: Unknown column
  tracking_number = row["Numer"]           # ERROR: Unknown column
  title           = "${row.x} ${row.number}" # ERROR: Unknown column
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
  carrier_code    = row[""]    # ERROR: Unknown column
  tracking_number = row.number # ERROR: Duplicate column name
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

trackings "options" {
  file            = "good.csv"
  csv             = "good.csv" # ERROR: File named twice
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "header_only" {
  file            = "good.csv"
  header          = 0 # ERROR: Invalid header
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "columns_only" {
  file            = "good.csv"
  columns         = ["number"] # ERROR: Invalid columns
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "separator" {
  file            = "good.csv"
  separator       = ";;" # ERROR: Invalid separator
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "encodings" {
  file            = "good.csv"
  encoding        = "ebcdic" # ERROR: Invalid encoding
  on_duplicate    = "skip"   # ERROR: Invalid on_duplicate
  carrier_code    = "dhl"
  tracking_number = row.number
}

trackings "far" {
  file            = "good.csv"
  header          = 9
  carrier_code    = "dhl"
  tracking_number = row.number
}
