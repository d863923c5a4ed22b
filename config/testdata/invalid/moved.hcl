tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

tracking "many" {
  for_each        = { x = "2234567890", y = "2234567891" }
  carrier_code    = "dhl"
  tracking_number = each.value
}

trackings "rows" {
  csv             = "none.csv" # ERROR: Cannot read file
  carrier_code    = "dhl"
  tracking_number = row.number
}

moved { # ERROR: Redundant move statement
  from = tracking.b
  to   = tracking.b
}

moved { # ERROR: Moved tracking still declared
  from = tracking.a
  to   = tracking.b
}

moved { # ERROR: Ambiguous address
  from = tracking.a
  to   = tracking.c
}

moved { # ERROR: Moved tracking still declared
  from = tracking.many["x"]
  to   = tracking.z
}

moved {
  from = tracking.many
  to   = tracking.many["y"]
}

moved { # ERROR: Ambiguous address
  from = tracking.other
  to   = tracking.z
}

moved { # ERROR: Cycle in moved blocks
  from = tracking.c1
  to   = tracking.c2
}

moved {
  from = tracking.c2
  to   = tracking.c3
}

moved {
  from = tracking.c3
  to   = tracking.c1
}

moved {
  from = tracking.d1
  to   = tracking.d2
}

moved { # ERROR: Cycle in moved blocks
  from = tracking.d2["k"]
  to   = tracking.d1["k"]
}

moved { # ERROR: Invalid move
  from = trackings.gone
  to   = tracking.gone["k"]
}

moved { # ERROR: Invalid move
  from = tracking.gone["k"]
  to   = trackings.gone
}

moved {
  from = trackings.gone
  to   = tracking.fine
}

moved {
  from = "tracking.quoted"       # ERROR: Invalid address
  to   = tracking.numbered[0]    # ERROR: Invalid address
}

moved {
  from = tracking.a.title        # ERROR: Invalid address
  to   = var.x                   # ERROR: Invalid address
}

moved {
  from = tracking                # ERROR: Invalid address
  to   = tracking.x[each.key]    # ERROR: Invalid address
}

moved {
  from = tracking.x[*]           # ERROR: Invalid address
  to   = tracking["x"]           # ERROR: Invalid address
}

moved { # ERROR: Missing required argument
  from = tracking.a
  into = tracking.b              # ERROR: Unsupported argument
}

moved "label" { # ERROR: Extraneous label for moved
  from = tracking.e
  to   = tracking.f
}
