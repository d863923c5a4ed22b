# The state is kept by GitLab. Where, and with which token, say TF_HTTP_ADDRESS and the
# other variables of .gitlab-ci.yml.
tmsync {
  backend "http" {}
}
