provider "trackingmor" { # ERROR: Unknown provider
}
