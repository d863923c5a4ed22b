# The state is in a database. PG_CONN_STR says which, and goes before conn_str.
variable "env" {
  default = "dev"

  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = "The environments are dev and prod."
  }
}

tmsync {
  backend "pg" {
    schema_name = "tmsync"
    name        = var.env # another state in the same tables
  }
}
