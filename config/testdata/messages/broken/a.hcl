tracking "a" {
  customer_name = "Li Wei
}
