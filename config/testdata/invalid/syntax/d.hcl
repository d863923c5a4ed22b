tracking "d" { # ERROR: Unclosed configuration block
  title = "x"
