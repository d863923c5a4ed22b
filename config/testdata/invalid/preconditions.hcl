variable "secret" {
  default   = "hunter2"
  sensitive = true
}

defaults {
  lifecycle {
    precondition { # ERROR: Unsupported block type
      condition     = true
      error_message = "Not here."
    }
  }
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
  lifecycle {
    precondition {
      condition     = each.key == "x" # ERROR: Invalid reference
      error_message = "No each."
    }
    precondition {
      condition     = self.title == "x" # ERROR: Invalid reference
      error_message = "No self."
    }
    precondition {
      condition     = length(tracking.nope) == 0 # ERROR: Reference to undeclared tracking
      error_message = "No such block."
    }
    postcondition { # ERROR: Unsupported block type
      condition     = true
      error_message = "Not known."
    }
  }
}

tracking "many" {
  for_each        = { x = 1, y = "z" }
  carrier_code    = "dhl"
  tracking_number = "223456789${each.key == "x" ? 0 : 1}"
  lifecycle {
    precondition {
      condition     = each.value > 0 # ERROR: Invalid operand
      error_message = "Not a number."
    }
  }
}

tracking "secrets" {
  carrier_code    = "dhl-${var.secret}" # ERROR: Sensitive value not allowed
  tracking_number = sensitive("3234567890") # ERROR: Sensitive value not allowed
}

tracking "hidden" {
  for_each        = { a = sensitive("4234567890") }
  carrier_code    = "dhl"
  tracking_number = each.value # ERROR: Sensitive value not allowed
}
