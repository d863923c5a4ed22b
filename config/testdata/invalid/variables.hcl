variable "required" { # ERROR: No value for variable
}

variable "type" {
  type    = strng # ERROR: Invalid type specification
  default = "x"
}

variable "default" {
  type    = number
  default = "many" # ERROR: Invalid default value for variable
}

variable "nullable" {
  nullable = false
  default  = null # ERROR: Invalid default value for variable
}

variable "reference" {
  default = local.x # ERROR: Variables not allowed
}

variable "conditions" { # ERROR: Invalid value for variable
  default = 3

  validation {
    condition     = var.conditions > 5
    error_message = "Must be more than 5."
  }

  validation {
    condition     = var.conditions > 0
    error_message = "Must be more than 0."
  }

  validation {
    condition = var.conditions # ERROR: Invalid condition
    error_message = "Not a condition."
  }

  validation { # ERROR: Missing required argument
    condition = true
  }
}

variable "typo" {
  defualt = 3 # ERROR: Unsupported argument
  default = 3
}

variable "1" { # ERROR: Invalid name
}

locals {
  x = 1
}
