// SPDX-License-Identifier: LGPL-2.1-or-later

// Reads <iommu> as a domain hook of a KubeVirt plugin does, with libvirt.org/go/libvirtxml, and writes it.
package main

import (
	"fmt"
	"os"
	"strings"

	"libvirt.org/go/libvirtxml"
)

func main() {
	before, err := os.ReadFile("domain.xml")
	if err != nil {
		fmt.Println("cannot be tried here:", err)
		os.Exit(77)
	}
	domain := &libvirtxml.Domain{}
	if err := domain.Unmarshal(string(before)); err != nil {
		fmt.Println("not seen: it is refused:", err)
		os.Exit(1)
	}
	after, err := domain.Marshal()
	if err != nil {
		fmt.Println("not seen: it is refused:", err)
		os.Exit(1)
	}
	fmt.Println(after)
	for _, lost := range []string{"accel=", "cmdqv=", "pciBus="} {
		if !strings.Contains(after, lost) {
			fmt.Println("seen:", lost, "is lost without an error")
			os.Exit(0)
		}
	}
	fmt.Println("not seen: nothing is lost")
	os.Exit(1)
}
