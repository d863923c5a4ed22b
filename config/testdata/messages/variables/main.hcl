provider "trackingmore" {
}

variable "shop" {
}

variable "limit" {
  type = number
}
