// CoreDNS with the few plugins that a cluster's own names, and names given by hand, need.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

// The order in which plugins see a query; the template answers what nobody before it has.
var directives = []string{"ready", "errors", "hosts", "template", "kubernetes"}

func main() {
	dnsserver.Directives = directives
	coremain.Run()
}
