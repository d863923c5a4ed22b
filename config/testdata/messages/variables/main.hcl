provider "trackingmore" {
}

variable "shop" {
}

variable "limit" {
  type = number
}

variable "shops" {
  default = []
}
