# Orders, from "orders.csv". It runs against the embedded sandbox, which needs
# no account: tmsync plan, then tmsync apply. For the real service take the
# endpoint out, and set TRACKINGMORE_API_KEY.

provider "trackingmore" {
  endpoint = "sandbox"
}

carriers {
  names = {
    "Hausbote" = "hermes-de" # they drive for Hermes
  }
}

trackings "orders" {
  file     = "orders.csv" # names or globs, such as "orders/*"
  encoding = "windows-1252"
  header   = 4 # the line that names the columns
  # Several parcels are in a row.
  for_each = split(",", replace(row.Sendungsnummer, "/[,/]/", ","))
  where = (
    !contains(["", "-"], lower(trimspace(row.Sendungsnummer))) &&
    carrier(row.Versanddienstleister, replace(each.value, " ", "")) != null
  )
  key          = "${row["Bestellnr."]}/${replace(each.value, " ", "")}"
  on_duplicate = "first" # a parcel is in several rows, as an order has several items

  carrier_code    = carrier(row.Versanddienstleister, replace(each.value, " ", ""))
  tracking_number = replace(each.value, " ", "")

  order_id           = row["Bestellnr."]
  title              = row.Artikel
  order_create_time  = row.Bestelldatum
  tracking_ship_date = row.Versanddatum
  destination_code   = row.Land

  # Customers' data goes to the service only if you say so: uncomment what it is
  # to have. Some carriers need a post code.
  # customer_name = row.Empfänger
  # customer_email = row.E-Mail
  # tracking_postal_code = row.PLZ

  lifecycle {
    # An export covers the last days or weeks. A parcel that the next one lacks
    # stays at the service; without this it would be deleted.
    on_remove = "forget"
  }
}
