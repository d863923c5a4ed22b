tracking "a" {
  title = "unclosed # ERROR: Invalid multi-line string
  carrier_code = "dhl"
}

tracking "b" {
  title = = "only the first error of a file is shown"
}
