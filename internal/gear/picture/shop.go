package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
)

// width is that of the terminal in the picture, in columns.
const width = 92

const configuration = `provider "trackingmore" {
  endpoint = "sandbox"
}

defaults {
  lifecycle {
    on_remove = "delete"
  }
}

trackings "orders" {
  csv             = "orders.csv"
  key             = row.order
  carrier_code    = row.carrier
  tracking_number = row.number
  title           = row.article
  order_id        = row.order
}
`

// The files of orders: what was applied, what somebody else has made of it, and what
// is planned.
const (
	applied = `order,carrier,number,article
SO-1041,sto,402934299065,Winter coat
SO-1042,yto,YT4538216790123,Wall clock
SO-1043,dhl,JD014600003889,Lamp
SO-1044,ups,1Z12345E0205271688,Teapot
`
	edited  = "order,carrier,number,article\nSO-1043,dhl,JD014600003889,Lamp (ask for Eve)\n"
	planned = `order,carrier,number,article
SO-1041,sto,402934299065,"Winter coat, size L"
SO-1042,zto,YT4538216790123,Wall clock
SO-1043,dhl,JD014600003889,Lamp
SO-1045,fedex,449044304137821,Rocking chair
`
)

// draw applies, edits and plans in an empty directory, and returns a picture.
func draw(dir string) ([]byte, error) {
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	var shown string
	for _, step := range []struct{ orders, command string }{
		{applied, "apply --auto-approve"}, {edited, "apply --auto-approve --state=other.jsonl"}, {planned, "plan"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte(step.orders), 0o600); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		env := cli.Env{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, StdoutWidth: width, StderrWidth: 0,
			Environ: map[string]string{}, Dir: dir, Now: time.Now, Version: "0.1.0", ReadLag: time.Millisecond,
		}
		if code := cli.Run(context.Background(), env, strings.Fields(step.command)); code != cli.OK {
			return nil, fmt.Errorf("tmsync %s ended with %d\n%s", step.command, code, &out)
		}
		shown = out.String()
	}
	return terminal("tmsync plan", shown), nil
}
