variable "x" {
  default = 1
}

check "empty" { # ERROR: Check without an assert block
}

check "empty" { # ERROR: Duplicate check
}

check "kinds" {
  assert {
    condition     = var.x # ERROR: Invalid condition
    error_message = "A number."
  }
  assert {
    condition     = null # ERROR: Invalid condition
    error_message = "Null."
  }
  assert {
    condition     = "maybe" # ERROR: Invalid condition
    error_message = "A text."
  }
  assert {
    condition     = var.x > 5
    error_message = "" # ERROR: Invalid error message
  }
  assert {
    condition     = var.x > 5
    error_message = var.y # ERROR: Reference to undeclared variable
  }
  assert {
    condition     = nope(1) # ERROR: Call to unknown function
    error_message = "Unknown."
  }
  assert { # ERROR: Missing required argument
    error_message = "No condition."
  }
}

check "data" {
  data "x" "y" { # ERROR: Unsupported block type
  }
}
