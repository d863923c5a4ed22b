# The same at Trackru. It has no bulk update, no bulk delete and no carrier
# change, so plans take more requests there; tmsync plan says how many.

provider "trackru" {
  endpoint = "sandbox"
}

tracking "parcel" {
  for_each = {
    samovar    = "RA644000005RU"
    matryoshka = "RA644000014RU"
    shawl      = "RA644000028RU"
  }

  carrier_code    = "russian-post"
  tracking_number = each.value
  title           = title(each.key)
  customer_phone  = "+7 495 000-00-00"
}
