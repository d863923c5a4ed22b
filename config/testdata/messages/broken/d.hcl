tracking "a" {
  customer_email = lower("li@example.org"
  title          = "x"
}
