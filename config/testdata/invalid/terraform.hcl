terraform { # ERROR: Unsupported block type
  required_providers {
  }
}

resource "tracking" "a" { # ERROR: Unsupported block type
}

module "shop" { # ERROR: Unsupported block type
}

backend "s3" { # ERROR: Unsupported block type
}

ephemeral "password" "db" { # ERROR: Unsupported block type
}

tmsync {
  cloud { # ERROR: Unsupported block type
  }
  required_providers { # ERROR: Unsupported block type
  }
}

variable "pin" {
  default   = ""
  ephemeral = true # ERROR: Unsupported argument
}

tracking "a" {
  count           = 2 # ERROR: Unsupported argument
  provider        = trackru # ERROR: Unsupported argument
  depends_on      = [] # ERROR: Unsupported argument
  carrier_code    = "dhl"
  tracking_number = "1234567890"

  dynamic "lifecycle" { # ERROR: Unsupported block type
  }

  provisioner "local-exec" { # ERROR: Unsupported block type
  }

  lifecycle {
    create_before_destroy = true # ERROR: Unsupported argument
    replace_triggered_by  = [] # ERROR: Unsupported argument
    postcondition { # ERROR: Unsupported block type
    }
  }
}

data "air_waybill" "all" {
  numbers = []
  count = 1 # ERROR: Unsupported argument
}

locals {
  environment = terraform.workspace # ERROR: Invalid reference
  index       = count.index # ERROR: Invalid reference
  number      = module.shop.number # ERROR: Invalid reference
  own         = self.id # ERROR: Invalid reference
}
