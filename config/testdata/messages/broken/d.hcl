tracking "a" {
  customer_email = lower("wei@example.org"
  title          = "x"
}
