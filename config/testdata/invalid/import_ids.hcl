variable "secret" {
  default   = "dhl/1234567890"
  sensitive = true
}

import {
  to = tracking.a
  id = "dhl" # ERROR: Invalid import id
}

import {
  to = tracking.a
  id = "dhl/12" # ERROR: Invalid import id
}

import {
  to = tracking.a
  id = null # ERROR: Invalid import
}

import {
  to = tracking.a
  id = ["dhl/1234567890"] # ERROR: Invalid import
}

import {
  to = tracking.a
  id = var.secret # ERROR: Sensitive value not allowed
}

import {
  to = tracking.a
  id = each.value # ERROR: Invalid reference
}

import {
  to = tracking.a
  id = tracking.a.tracking_number # ERROR: Invalid reference
}

import {
  for_each = { "" = "x", k = "dhl/1" } # ERROR: Invalid for_each argument
  to       = tracking.a[each.value]
  id       = each.value
}

import {
  for_each = { k = "dhl/1", l = "dhl/1234567890" }
  to       = tracking.a[each.key == "l" ? "" : each.key] # ERROR: Invalid address
  id       = each.value # ERROR: Invalid import id
}

import {
  for_each = ["a"] # ERROR: Invalid for_each argument
  to       = tracking.a[each.key]
  id       = each.value
}

import {
  to = tracking.a[each.key] # ERROR: Invalid address
  id = "dhl/1234567890"
}

import {
  for_each = { k = "dhl/1234567890" }
  to       = tracking.a[var.nope] # ERROR: Reference to undeclared variable
  id       = each.value
}

import { # ERROR: Missing required argument
  to       = tracking.a
  provider = "x" # ERROR: Unsupported argument
}
