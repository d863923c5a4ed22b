tracking "f" {
  title "x" = 1 # ERROR: Invalid block definition
}

tracking "g" {
  title = 'x'
}
