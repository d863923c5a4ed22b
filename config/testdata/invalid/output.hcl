variable "secret" {
  default   = "hunter2"
  sensitive = true
}

locals {
  early = tracking.a.title # ERROR: Invalid reference
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

tracking "many" {
  for_each        = { x = "2234567890" }
  carrier_code    = "dhl"
  tracking_number = each.value
  title           = tracking.a.title # ERROR: Invalid reference
}

output "secret" {
  value = "x-${var.secret}" # ERROR: Output refers to sensitive values
}

output "deep" {
  value = { a = [sensitive(1)] } # ERROR: Output refers to sensitive values
}

output "secret" { # ERROR: Duplicate output
  value = 1
}

output "none" { # ERROR: Missing required argument
}

output "1" { # ERROR: Invalid name
  value = 1
}

output "typo" {
  value = tracking.aa.title # ERROR: Reference to undeclared tracking
}

output "other" {
  value = trackings.a # ERROR: Reference to undeclared tracking
}

output "whole" {
  value = tracking # ERROR: Invalid reference
}

output "index" {
  value = tracking["a"].title # ERROR: Invalid reference
}

output "keyless" {
  value = tracking.many.title # ERROR: Missing instance key
}

output "each" {
  value = each.key # ERROR: Invalid reference
}

output "constants" {
  value       = 1
  description = ["x"] # ERROR: Invalid argument value
  sensitive   = var.secret # ERROR: Variables not allowed
  ephemeral   = true # ERROR: Unsupported argument
}

output "precondition" {
  value = 1
  precondition { # ERROR: Missing required argument
    condition = true
  }
}
