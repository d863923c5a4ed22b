locals {
  broken   = nosuchfunction("x")            # ERROR: Call to unknown function
  typo     = uper("x")                      # ERROR: Call to unknown function
  variable = var.nope                       # ERROR: Reference to undeclared variable
  hidden   = try(local.nope, "x")           # ERROR: Reference to undeclared local value
  each     = each.key                       # ERROR: Invalid reference
  row      = row.number                     # ERROR: Invalid reference
  unknown  = resource.x                     # ERROR: Unknown variable
  self     = local.self                     # ERROR: Cycle in local values
  a        = local.b                        # ERROR: Cycle in local values
  b        = local.c
  c        = local.a
  outside  = file("../secret")              # ERROR: Error in function call
  absolute = file("/etc/passwd")            # ERROR: Error in function call
  folder   = file(".")                      # ERROR: Error in function call
  wide     = format("%0999999999d", 1)      # ERROR: Invalid function argument
  product  = setproduct(range(1000), range(1000), range(1000)) # ERROR: Error in function call
  env      = env("NOT_SET")                 # ERROR: The environment cannot be read
  tried    = try(env("NOT_SET"), "x")       # ERROR: The environment cannot be read
  twice    = [for i in range(3) : env("A")] # ERROR: The environment cannot be read
  fine     = local.broken
}

tracking "each" {
  carrier_code    = each.value # ERROR: Invalid reference
  tracking_number = "1234567890"
}

tracking "row" {
  for_each        = {}
  carrier_code    = row.carrier # ERROR: Invalid reference
  tracking_number = "1234567890"
}

trackings "each" {
  csv             = "${row.x}.csv" # ERROR: Invalid reference
  carrier_code    = each.value # ERROR: Invalid reference
  tracking_number = row.number
}

tracking "from_broken" {
  carrier_code    = local.broken
  tracking_number = local.fine
}
