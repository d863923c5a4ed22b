# What is wrong besides the syntax is not reported yet.
tracking "b" {
  titel = "x"
}
