package config_test
import ("testing";"os";"fmt"
"github.com/hashicorp/hcl/v2"
"github.com/tmsync/tmsync/config")
func TestZ(t *testing.T){
 d:=t.TempDir()
 w:=func(n,s string){ os.WriteFile(d+"/"+n,[]byte(s),0o600)}
 w("main.hcl", `
tmsync {
  required_version = ">= 0.1"
  state {
    path = "x.jsonl"
  }
}
provider "trackingmore" {
  endpoint = "sandbox"
  api_key = var.key
}
variable "key" {
  sensitive = true
  default = "hunter2hunter2"
}
locals {
  orders = csvdecode(file("orders.csv"))
}
defaults {
  logistics_channel = "4PX"
  lifecycle {
    on_remove = "archive"
  }
}
tracking "one" {
  carrier_code = "dhl"
  tracking_number = "1234567890"
  title = "A"
  customer_name = "Li Wei"
}
tracking "parcel" {
  for_each = { for o in local.orders : o.id => o if o.number != "" }
  carrier_code = each.value.carrier
  tracking_number = each.value.number
  title = "Order ${each.key}"
}
trackings "rows" {
  csv = "*.csv"
  key = row.id
  where = row.number != ""
  carrier_code = upper(row.carrier)
  tracking_number = row.number
  title = "Row ${row.id}"
  customer_name = row.nmae
  customer_email = "Li Wei"
}
tracking "bad" {
  carrier_code = "dhl"
  tracking_number = 123
  titel = "x"
  customer_phone = parseint(var.key, 10)
}
`)
 w("orders.csv","id,carrier,number,name\n1,dhl,ABCDE1,x\n2,ups,,\n\n3,ups,ABCDE3,y\n")
 c,diags:=config.Load(d, config.Options{Version:"0.3.0"})
 for _,x:=range c.Declared { fmt.Printf("%s %s %v %v\n", x.Addr,x.Key,x.Attrs,x.Row) }
 hcl.NewDiagnosticTextWriter(os.Stdout,c.Sources(),0,false).WriteDiagnostics(diags)
 fmt.Printf("%+v\n",c.Provider)
}
