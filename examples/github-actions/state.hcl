# The state is in a bucket. Each job has the credentials of a role: see README.md.
tmsync {
  backend "s3" {
    bucket = "acme-tmsync"
    key    = "parcels"
    region = "eu-central-1"
  }
}
