tracking "c" {
  title = [1, 2
} # ERROR: Missing item separator
