provider "trackingmore" {
}

variable "shop" {
  default = ["main"]
}

variable "limit" {
  type    = number
  default = 1
}
