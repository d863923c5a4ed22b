# One parcel for every entry of a map. To see a carrier change, hand the coat
# over from YTO to ZTO:
#
#   tmsync apply
#   tmsync apply --var coat_carrier=zto
#
# The parcel keeps its history and its address; only its key changes.

variable "coat_carrier" {
  description = "Who has the coat now."
  type        = string
  default     = "yto"
}

provider "trackingmore" {
  endpoint = "sandbox"
}

locals {
  parcels = {
    coat  = { carrier = var.coat_carrier, number = "YT4538216790123", to = "CN" }
    chair = { carrier = "dhl", number = "5218394736", to = "DE" }
    cups  = { carrier = "japan-post", number = "EJ123456785JP", to = "US" }
  }
}

tracking "parcel" {
  for_each = local.parcels

  carrier_code     = each.value.carrier
  tracking_number  = each.value.number
  title            = title(each.key)
  destination_code = each.value.to
}

# An heirloom: as long as this says so, no plan may delete it.
tracking "clock" {
  carrier_code     = "swiss-post"
  tracking_number  = "RK123456785CH"
  title            = "Clock"
  destination_code = "FR"

  lifecycle {
    prevent_destroy = true
  }
}
