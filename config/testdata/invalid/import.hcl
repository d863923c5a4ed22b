variable "secret" {
  default   = "dhl/1234567890"
  sensitive = true
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
}

tracking "many" {
  for_each        = { x = "2234567890", y = "2234567891" }
  carrier_code    = "dhl"
  tracking_number = each.value
}

import {
  to = tracking.a
  id = "dhl/1234567890"
}

import {
  to = tracking.a
  id = "sto/1234567890" # ERROR: Duplicate import | Import of another tracking
}

import {
  to = tracking.many["x"]
  id = "dhl/1234567890" # ERROR: Duplicate import | Import of another tracking
}

import {
  to = tracking.b
  id = "dhl/3234567890" # ERROR: Import without a declaration
}

import {
  to = tracking.many
  id = "dhl/4234567890" # ERROR: Import without a declaration
}

import {
  to = tracking.many["z"]
  id = "dhl/5234567890" # ERROR: Import without a declaration
}

import {
  to = trackings.rows["z"]
  id = "dhl/6234567890" # ERROR: Import without a declaration
}
