/*
 * virt_cmdqv_test.c: virt-cmdqv, run without a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "test_host_tree.h"
#include "test_spawn.h"
#include "testutils.h"
#include "policy/rule_table.h"

#define NEEDS "<iommu> in line 1: cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1' to anchor its " \
    "command queues, and there is none; place one there, or remove this SMMU"
#define WANTS "<iommu> in line 1: the host reads the guest's command queues by physical address, so a queue larger than a page of " \
    "the host needs contiguous memory; add <memoryBacking><hugepages/></memoryBacking>"
#define BUSES "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'><address type='pci' bus='0' slot='1'/></controller>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1' slot='0'/></controller>"
#define HOSTDEV(address) "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address type='pci' domain='9' " \
    "bus='1'/></source>" address "</hostdev>"
#define DOMAIN(memory, devices) "<domain type='kvm'><name>g1</name><os firmware='efi'/><features><acpi/></features>" memory \
    "<devices>" BUSES "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu><memballoon model='none'/>" devices \
    "</devices></domain>\n"
#define HUGE "<memoryBacking><hugepages/></memoryBacking>"

/* Files that each of the cases finds in its folder. */
static const struct {
    const char *path;
    const char *data;
} files[] = {
    { .path = "valid.xml", .data = DOMAIN(HUGE, HOSTDEV("<address type='pci' bus='2'/>")) },
    { .path = "warned.xml", .data = DOMAIN("", HOSTDEV("<address type='pci' bus='2'/>")) },
    { .path = "refused.xml", .data = DOMAIN(HUGE, "") },
    { .path = "undecided.xml", .data = DOMAIN(HUGE, HOSTDEV("")) },
    { .path = "plain.xml", .data = "<domain type='kvm'><name>p</name><devices/></domain>" },
    { .path = "malformed.xml", .data = "<domain>\n<devices>\n" },
    { .path = "other.xml", .data = "<network/>" },
    { .path = "empty.xml", .data = "" },
    { .path = "bad-values.xml",
      .data = "<domain type='kvm'><name>g1</name><os firmware='efi'/>" HUGE "<devices>" BUSES "\n<iommu model='smmuv3'>"
          "<driver pciBus='1' accel='on' cmdqv='on' oas='45'/></iommu><memballoon model='none'/>\n"
          "<hostdev type='pci'><driver iommufd='true'/>\n<address type='pci' bus='2' slot='40' function='8'/></hostdev>\n"
          "</devices></domain>\n" },
    { .path = "-odd name.xml", .data = "<domain/>" },
    { .path = "off.conf", .data = "[rules]\ncmdqv-needs-anchor = off\n" },
    { .path = "values.conf", .data = "[rules]\nbad-value = off\n" },
    { .path = "values-and-more.conf", .data = "[rules]\nbad-value = off\nsmmu-property-range = off\naccel-needs-acpi = off\n" },
    { .path = "warning.conf", .data = "[rules]\ncmdqv-needs-anchor = warning\n" },
    { .path = "error.conf", .data = "[rules]\nqueues-want-hugepages = error\n" },
    { .path = "bad.conf", .data = "[policy]\nx = y\n" },
};

#define AT(bus) "<address type='pci' bus='" bus "'/>"
#define SOUND_DOMAIN DOMAIN(HUGE, HOSTDEV(AT("2")))
#define UNPLACED_DOMAIN DOMAIN(HUGE, HOSTDEV(""))
#define NETWORK_DOMAIN DOMAIN(HUGE "<iommufd enabled='yes'/>", HOSTDEV(AT("2")) "<interface type='network'><source network='n'/>" AT("2") \
    "</interface>")
#define OTHER_HOSTS_DOMAIN DOMAIN(HUGE, "<hostdev type='pci'><driver iommufd='yes'/><source><address domain='0x77' bus='1'/>" \
    "</source>" AT("2") "</hostdev>")
#define ARGUMENTS_DOMAIN DOMAIN(HUGE "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-S'/></q:commandline>", \
    HOSTDEV(AT("2")))
#define HOST(domain, bus, guestBus) "<hostdev type='pci'><driver iommufd='yes'/><source><address domain='" domain "' bus='" bus "'/>" \
    "</source>" AT(guestBus) "</hostdev>"
#define PORT_OF(index) "<controller type='pci' index='" index "' model='pcie-root-port'><address type='pci' bus='1' slot='" index "'/>" \
    "</controller>"
#define IS_VALID "valid.xml: valid\n"
#define IS_REFUSED "refused.xml: refused: " NEEDS " [cmdqv-needs-anchor]\n"
#define HAS_BAD_VALUES "bad-values.xml: refused: <address> in line 4: slot='40' is not a number from 0 to 31, and function='8' is " \
    "not a number from 0 to 7; write one [bad-value]\n" \
    "bad-values.xml: refused: <driver> in line 3: iommufd='true' is neither 'yes' nor 'no'; write one of them, or leave it out " \
    "[bad-value]\n" \
    "bad-values.xml: refused: <iommu> in line 2: oas='45' is neither '44' nor '48', the only sizes that QEMU has; write one of them, " \
    "or leave it out [smmu-property-range]\n" \
    "bad-values.xml: refused: <iommu> in line 2: accel='on' needs ACPI, which describes the SMMU to the guest; add <acpi/> to " \
    "<features> [accel-needs-acpi]\n"
#define IS_UNDECIDED "undecided.xml: valid, but devices have no address: libvirt places them, and they are judged again at start\n"
#define EXPANDER "\"driver\":\"pxb-pcie\",\"bus_nr\":254,\"id\":\"pci.1\",\"bus\":\"pcie.0\",\"addr\":\"0x1\""
#define PORT "\"driver\":\"pcie-root-port\",\"port\":0,\"chassis\":2,\"id\":\"pci.2\",\"bus\":\"pci.1\",\"addr\":\"0x0\""
#define SMMU "\"driver\":\"arm-smmuv3\",\"primary-bus\":\"pci.1\",\"id\":\"iommu0\",\"accel\":true,\"cmdqv\":\"on\""
#define IOMMUFD "\"qom-type\":\"iommufd\",\"id\":\"iommufd0\""
#define VFIO "\"driver\":\"vfio-pci\",\"host\":\"0009:01:00.0\",\"id\":\"hostdev0\",\"iommufd\":\"iommufd0\",\"bus\":\"pci.2\"," \
    "\"addr\":\"0x0\""
#define KEYVAL(cmdqv) "-device\npxb-pcie,bus_nr=254,id=pci.1,bus=pcie.0,addr=0x1\n" \
    "-device\npcie-root-port,port=0,chassis=2,id=pci.2,bus=pci.1,addr=0x0\n" \
    "-device\narm-smmuv3,primary-bus=pci.1,id=iommu0,accel=on," cmdqv "\n" \
    "-object\niommufd,id=iommufd0\n-device\nvfio-pci,host=0009:01:00.0,id=hostdev0,iommufd=iommufd0,bus=pci.2,addr=0x0\n"
#define NO_EMULATOR(name) TROUBLE(name ": it names no <emulator>; this is for QEMU 11.1, --emulator PATH asks another")
#define TROUBLE(what) "virt-cmdqv: " what "\n"
#define NO_FILE(name) TROUBLE(name ": cannot open '" name "': No such file or directory")

/* Wrong arguments of a command, with its example. */
#define USAGE(command, example, wrong) \
    TROUBLE(command ": " wrong ", for example 'virt-cmdqv " example "'; see 'virt-cmdqv help " command "'")
#define HELP_USAGE(wrong) USAGE("help", "help anchors", wrong)
#define ARGV_USAGE(wrong) USAGE("argv", "argv --domain guest1", wrong)
#define VALIDATE_USAGE(wrong) USAGE("validate", "validate guest1.xml", wrong)
#define RULES_USAGE(wrong) USAGE("rules", "rules", wrong)
#define LAYOUT_USAGE(wrong) USAGE("layout", "layout --domain guest1 --hostdev 0009:01:00.0 --apply", wrong)
#define ANCHORS_USAGE(wrong) USAGE("anchors", "anchors guest1", wrong)
#define HOST_USAGE(wrong) USAGE("host", "host --dot", wrong)
#define DOCTOR_USAGE(wrong) USAGE("doctor", "doctor -c qemu:///system", wrong)
#define EXPLAIN_USAGE(wrong) USAGE("explain", "explain cmdqv-needs-anchor", wrong)

/*
 * Arguments, standard input, exit status, standard output without the lines
 * that depend on the host, and standard error; a * at the end is for any rest.
 */
static const struct {
    const char *name;
    const char *arguments;
    const char *input;
    int status;
    const char *out;
    const char *err;
} cases[] = {
    { .name = "valid", .arguments = "validate valid.xml", .input = "", .status = 0, .out = IS_VALID, .err = "" },
    { .name = "warned", .arguments = "validate warned.xml", .input = "", .status = 0,
      .out = "warned.xml: warning: " WANTS " [queues-want-hugepages]\nwarned.xml: valid\n", .err = "" },
    { .name = "refused", .arguments = "validate refused.xml", .input = "", .status = 1, .out = IS_REFUSED, .err = "" },
    { .name = "undecided", .arguments = "validate undecided.xml", .input = "", .status = 0, .out = IS_UNDECIDED, .err = "" },
    { .name = "plain", .arguments = "validate plain.xml", .input = "", .status = 0, .out = "plain.xml: valid\n", .err = "" },
    { .name = "many", .arguments = "validate valid.xml refused.xml plain.xml undecided.xml", .input = "", .status = 1,
      .out = IS_VALID IS_REFUSED "plain.xml: valid\n" IS_UNDECIDED, .err = "" },
    { .name = "bad-values", .arguments = "validate bad-values.xml refused.xml", .input = "", .status = 1,
      .out = HAS_BAD_VALUES IS_REFUSED, .err = "" },
    { .name = "bad-values-and-malformed", .arguments = "validate malformed.xml bad-values.xml valid.xml", .input = "",
      .status = 2, .out = HAS_BAD_VALUES IS_VALID, .err = "virt-cmdqv: malformed.xml: the XML is not well-formed: line 3: *" },
    { .name = "bad-values-off", .arguments = "--config values.conf validate bad-values.xml", .input = "", .status = 1,
      .out = "bad-values.xml: refused: <iommu> in line 2: oas=*", .err = "" },
    { .name = "bad-values-argv", .arguments = "--config values-and-more.conf argv bad-values.xml", .input = "", .status = 2,
      .out = "",
      .err = TROUBLE("bad-values.xml: <address> in line 4: slot='40' is not a number from 0 to 31, and function='8' is not a "
          "number from 0 to 7; write one") },
    { .name = "same-twice", .arguments = "validate refused.xml refused.xml", .input = "", .status = 1,
      .out = IS_REFUSED IS_REFUSED, .err = "" },
    { .name = "unreadable-is-worse", .arguments = "validate refused.xml missing.xml valid.xml", .input = "", .status = 2,
      .out = IS_REFUSED IS_VALID, .err = NO_FILE("missing.xml") },
    { .name = "unreadable-alone", .arguments = "validate missing.xml", .input = "", .status = 2, .out = "",
      .err = NO_FILE("missing.xml") },
    { .name = "folder", .arguments = "validate .", .input = "", .status = 2, .out = "",
      .err = TROUBLE(".: cannot read '.': Is a directory") },
    { .name = "argv", .arguments = "argv valid.xml", .input = "", .status = 0,
      .out = "-device\n{" EXPANDER "}\n-device\n{" PORT "}\n-device\n{" SMMU "}\n-object\n{" IOMMUFD "}\n-device\n{" VFIO "}\n",
      .err = NO_EMULATOR("valid.xml") },
    { .name = "argv-keyval", .arguments = "argv --keyval valid.xml", .input = "", .status = 0, .out = KEYVAL("cmdqv=on"),
      .err = NO_EMULATOR("valid.xml") },
    { .name = "argv-shell", .arguments = "argv valid.xml --shell", .input = "", .status = 0,
      .out = "-device '{" EXPANDER "}' \\\n-device '{" PORT "}' \\\n-device '{" SMMU "}' \\\n-object '{" IOMMUFD
          "}' \\\n-device '{" VFIO "}'\n",
      .err = NO_EMULATOR("valid.xml") },
    { .name = "argv-shell-keyval", .arguments = "argv valid.xml -s -k", .input = "", .status = 0,
      .out = "-device pxb-pcie,bus_nr=254,id=pci.1,bus=pcie.0,addr=0x1 \\\n*", .err = NO_EMULATOR("valid.xml") },
    { .name = "argv-stdin", .arguments = "argv -k -", .input = DOMAIN(HUGE, HOSTDEV("<address type='pci' bus='2'/>")),
      .status = 0, .out = KEYVAL("cmdqv=on"), .err = NO_EMULATOR("-") },
    { .name = "argv-warned", .arguments = "argv -k warned.xml", .input = "", .status = 0, .out = KEYVAL("cmdqv=on"),
      .err = NO_EMULATOR("warned.xml") },
    { .name = "argv-refused", .arguments = "argv refused.xml", .input = "", .status = 1, .out = "",
      .err = TROUBLE("refused.xml: refused: " NEEDS " [cmdqv-needs-anchor]") },
    { .name = "argv-rule-off", .arguments = "--config off.conf argv -k refused.xml", .input = "", .status = 0,
      .out = "-device\npxb-pcie,*", .err = NO_EMULATOR("refused.xml") },
    { .name = "argv-unplaced", .arguments = "argv undecided.xml", .input = "", .status = 2, .out = "",
      .err = NO_EMULATOR("undecided.xml") TROUBLE("undecided.xml: <hostdev> in line 1 has no guest address, and only libvirt can "
          "choose one; -c URI asks it") },
    { .name = "argv-plain", .arguments = "argv plain.xml", .input = "", .status = 0, .out = "", .err = NO_EMULATOR("plain.xml") },
    { .name = "argv-plain-json", .arguments = "argv --json plain.xml", .input = "", .status = 0, .out = "[]\n",
      .err = NO_EMULATOR("plain.xml") },
    { .name = "argv-malformed", .arguments = "argv malformed.xml", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: malformed.xml: the XML is not well-formed: line 3: *" },
    { .name = "argv-missing", .arguments = "argv missing.xml", .input = "", .status = 2, .out = "",
      .err = NO_FILE("missing.xml") },
    { .name = "argv-nothing", .arguments = "argv", .input = "", .status = 2, .out = "",
      .err = ARGV_USAGE("name one file or one domain") },
    { .name = "argv-many", .arguments = "argv valid.xml plain.xml", .input = "", .status = 2, .out = "",
      .err = ARGV_USAGE("name one file or one domain") },
    { .name = "argv-both", .arguments = "argv valid.xml --domain g1", .input = "", .status = 2, .out = "",
      .err = ARGV_USAGE("name one file or one domain") },
    { .name = "argv-two-forms", .arguments = "argv --json --shell valid.xml", .input = "", .status = 2, .out = "",
      .err = ARGV_USAGE("--json and --shell exclude each other") },
    { .name = "argv-no-such-emulator", .arguments = "argv --emulator /nonexistent/qemu valid.xml", .input = "", .status = 2,
      .out = "", .err = "virt-cmdqv: cannot run '/nonexistent/qemu': *" },
    { .name = "argv-foreign-emulator", .arguments = "argv -k -",
      .input = "<domain type='kvm'><name>g</name><devices><emulator>/bin/sh</emulator></devices></domain>", .status = 0,
      .out = "",
      .err = TROUBLE("-: its <emulator> '/bin/sh' is no QEMU that root has installed; this is for QEMU 11.1, --emulator PATH "
          "asks another") },
    { .name = "argv-own-arguments", .arguments = "argv -k -",
      .input = "<domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>g</name>"
          "<q:commandline><q:arg value='-S'/></q:commandline></domain>",
      .status = 0, .out = "",
      .err = NO_EMULATOR("-") TROUBLE("-: the output lacks the devices and changes of <qemu:commandline> and <qemu:override>") },
    { .name = "malformed", .arguments = "validate malformed.xml", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: malformed.xml: the XML is not well-formed: line 3: *" },
    { .name = "other-root", .arguments = "validate other.xml", .input = "", .status = 2, .out = "",
      .err = TROUBLE("other.xml: the root element is <network>, not <domain>") },
    { .name = "empty", .arguments = "validate empty.xml", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: empty.xml: the XML is not well-formed: *" },
    { .name = "stdin-valid", .arguments = "validate -", .input = DOMAIN(HUGE, HOSTDEV("<address type='pci' bus='2'/>")),
      .status = 0, .out = "-: valid\n", .err = "" },
    { .name = "stdin-refused", .arguments = "validate -", .input = DOMAIN(HUGE, ""), .status = 1,
      .out = "-: refused: " NEEDS " [cmdqv-needs-anchor]\n", .err = "" },
    { .name = "stdin-empty", .arguments = "validate -", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: -: the XML is not well-formed: *" },
    { .name = "stdin-twice", .arguments = "validate - plain.xml -", .input = "<domain/>", .status = 2,
      .out = "-: valid\nplain.xml: valid\n", .err = TROUBLE("-: standard input has been read already; give it once") },
    { .name = "stdin-and-file", .arguments = "validate - valid.xml", .input = "<domain/>", .status = 0,
      .out = "-: valid\n" IS_VALID, .err = "" },
    { .name = "dashes", .arguments = "validate -- valid.xml", .input = "", .status = 0, .out = IS_VALID, .err = "" },
    { .name = "dashes-odd-name", .arguments = "validate -- -odd\tname.xml", .input = "", .status = 0,
      .out = "-odd name.xml: valid\n", .err = "" },
    { .name = "option-behind", .arguments = "validate plain.xml --json", .input = "", .status = 0, .out = "[*", .err = "" },
    { .name = "nothing", .arguments = "validate", .input = "", .status = 2, .out = "",
      .err = VALIDATE_USAGE("name a file or a domain") },
    { .name = "unknown-option", .arguments = "validate --frob valid.xml", .input = "", .status = 2, .out = "",
      .err = VALIDATE_USAGE("*--frob") },
    { .name = "domain-without-value", .arguments = "validate --domain", .input = "", .status = 2, .out = "",
      .err = VALIDATE_USAGE("*") },
    { .name = "config-off", .arguments = "--config off.conf validate refused.xml", .input = "", .status = 0,
      .out = "refused.xml: valid\n", .err = "" },
    { .name = "config-warning", .arguments = "--config=warning.conf validate refused.xml", .input = "", .status = 0,
      .out = "refused.xml: warning: " NEEDS " [cmdqv-needs-anchor]\nrefused.xml: valid\n", .err = "" },
    { .name = "config-error", .arguments = "--config error.conf validate warned.xml", .input = "", .status = 1,
      .out = "warned.xml: refused: " WANTS " [queues-want-hugepages]\n", .err = "" },
    { .name = "config-bad", .arguments = "--config bad.conf validate valid.xml", .input = "", .status = 2, .out = "",
      .err = TROUBLE("bad.conf:2: there is no setting 'x' in [policy]") },
    { .name = "config-bad-anywhere", .arguments = "--config bad.conf rules", .input = "", .status = 2, .out = "",
      .err = TROUBLE("bad.conf:2: there is no setting 'x' in [policy]") },
    { .name = "config-missing", .arguments = "--config missing.conf rules", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: cannot open 'missing.conf': No such file or directory\n" },
    { .name = "config-folder", .arguments = "--config . rules", .input = "", .status = 2, .out = "",
      .err = TROUBLE("cannot read '.': Is a directory") },
    { .name = "config-behind", .arguments = "validate --config off.conf refused.xml", .input = "", .status = 0,
      .out = "refused.xml: valid\n", .err = "" },
    { .name = "test-driver", .arguments = "-c test:///default validate undecided.xml", .input = "", .status = -1, .out = NULL,
      .err = "" },
    { .name = "test-driver-domain", .arguments = "-c test:///default validate --domain test", .input = "", .status = 0,
      .out = "test: valid\n", .err = "" },
    { .name = "test-driver-no-domain", .arguments = "-c test:///default validate -d nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: nobody: *" },
    { .name = "test-driver-no-domain-in-utf-8", .arguments = "-c test:///default validate -d g\xc3\xa4st", .input = "",
      .status = 2, .out = "", .err = "virt-cmdqv: g\xc3\xa4st: *" },
    { .name = "value-of-none", .arguments = "rules --json=no", .input = "", .status = 2, .out = "",
      .err = RULES_USAGE("option --json takes no value") },
    { .name = "value-of-none-is-an-argument", .arguments = "validate -- --json=no", .input = "", .status = 2, .out = "",
      .err = NO_FILE("--json=no") },
    { .name = "value-of-none-before", .arguments = "--version=1 rules", .input = "", .status = 2, .out = "",
      .err = TROUBLE("option --version takes no value; see 'virt-cmdqv help'") },
    { .name = "layout-yes-no", .arguments = "layout --domain g1 --apply --yes=no", .input = "", .status = 2, .out = "",
      .err = LAYOUT_USAGE("option --yes takes no value") },
    { .name = "test-driver-both", .arguments = "-c test:///default validate plain.xml --domain test", .input = "", .status = 0,
      .out = "plain.xml: valid\ntest: valid\n", .err = "" },
    { .name = "test-driver-anchors", .arguments = "-c test:///default anchors", .input = "", .status = 0,
      .out = " Domain   State   vSMMU   Bus   CMDQV   Anchor   Host   Guest   Source\n"
          "------------------------------------------------------------------------*",
      .err = "" },
    { .name = "test-driver-anchors-json", .arguments = "-c test:///default anchors --json", .input = "", .status = 0,
      .out = "[*]\n", .err = "" },
    { .name = "test-driver-anchors-of", .arguments = "-c test:///default anchors test", .input = "", .status = 0,
      .out = " Domain*", .err = "" },
    { .name = "test-driver-anchors-of-none", .arguments = "-c test:///default anchors nobody", .input = "", .status = 2,
      .out = "", .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "anchors-two", .arguments = "anchors a b", .input = "", .status = 2, .out = "",
      .err = ANCHORS_USAGE("name one domain at most") },
    { .name = "no-connection", .arguments = "-c nosuch:///x anchors", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: cannot connect to 'nosuch:///x': *" },
    { .name = "no-connection-domain", .arguments = "-c nosuch:///x validate -d g1", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: cannot connect to 'nosuch:///x': *" },
    { .name = "host-arguments", .arguments = "host x", .input = "", .status = 2, .out = "",
      .err = HOST_USAGE("give no arguments") },
    { .name = "host-both", .arguments = "host --json --dot", .input = "", .status = 2, .out = "",
      .err = HOST_USAGE("--json, --dot and --shape exclude each other") },
    { .name = "host-empty", .arguments = "--root empty -c test:///default host", .input = "", .status = 0,
      .out = " SMMU   CMDQV   Node   Device   Driver   Group   VFIO   Domain\n"
          "----------------------------------------------------------------\n",
      .err = "" },
    { .name = "host-empty-json", .arguments = "--root empty -c test:///default host --json", .input = "", .status = 0,
      .out = "[]\n", .err = "" },
    { .name = "host-empty-dot", .arguments = "--root empty -c test:///default host --dot", .input = "", .status = 0,
      .out = "digraph host {\n  rankdir = LR;\n  node [shape = box];\n}\n", .err = "" },
    { .name = "host-no-connection", .arguments = "--root empty -c nosuch:///x host --json", .input = "", .status = 2,
      .out = "[]\n", .err = "virt-cmdqv: cannot connect to 'nosuch:///x': *" },
    { .name = "doctor-arguments", .arguments = "doctor x", .input = "", .status = 2, .out = "",
      .err = DOCTOR_USAGE("give no arguments") },
    { .name = "doctor-other-driver", .arguments = "-c test:///default doctor", .input = "", .status = 2, .out = "",
      .err = TROUBLE("doctor: 'TEST' is not a QEMU driver; name one with -c") },
    { .name = "doctor-no-daemon", .arguments = "--root empty -c nosuch:///x doctor", .input = "", .status = 1,
      .out = "  QEMU: Checking for a libvirt daemon at 'nosuch:///x'                       : FAIL (*; start virtqemud or "
          "libvirtd, or name another with -c)\n  QEMU: Checking for the hook                                                : "
          "FAIL ('empty/*/libvirt/hooks/qemu.d/50-cmdqv' is not there, *; install it and restart the daemon)\n  QEMU: Checking "
          "for cmdqv in the emulator                                   : WARN (the daemon knows which that is, and does not "
          "answer)\n  QEMU: Checking for CMDQV on the host                                       : WARN (there is neither an "
          "IORT of ACPI nor a device tree to tell by)\n",
      .err = "" },
    { .name = "doctor-configuration", .arguments = "--root empty --config bad.conf -c nosuch:///x doctor", .input = "",
      .status = 1,
      .out = "*  QEMU: Checking for the configuration                                       : FAIL (bad.conf:*; a daemon that "
          "cannot read it uses the defaults; correct that and restart the daemon)\n*",
      .err = "" },
    { .name = "doctor-configuration-json", .arguments = "--root empty --config bad.conf -c nosuch:///x doctor --json",
      .input = "", .status = 1, .out = "[*\"check\" : \"configuration\"*\"verdict\" : \"FAIL\"*]\n", .err = "" },
    { .name = "doctor-no-configuration", .arguments = "--config missing.conf doctor", .input = "", .status = 2, .out = "",
      .err = TROUBLE("cannot open 'missing.conf': No such file or directory") },
    { .name = "doctor-json", .arguments = "--root empty -c nosuch:///x doctor --json", .input = "", .status = 1,
      .out = "[*\"check\" : \"daemon\"*\"verdict\" : \"FAIL\"*]\n", .err = "" },
    { .name = "layout-nothing", .arguments = "layout", .input = "", .status = 2, .out = "",
      .err = LAYOUT_USAGE("name a device with --hostdev, or a domain that has some") },
    { .name = "layout-both", .arguments = "layout --domain g1 --from x", .input = "", .status = 2, .out = "",
      .err = LAYOUT_USAGE("--domain and --from exclude each other") },
    { .name = "layout-apply-alone", .arguments = "layout --hostdev 9:1:0.0 --apply", .input = "", .status = 2, .out = "",
      .err = LAYOUT_USAGE("--apply needs --domain") },
    { .name = "layout-yes-alone", .arguments = "layout --domain g1 --yes", .input = "", .status = 2, .out = "",
      .err = LAYOUT_USAGE("--yes needs --apply") },
    { .name = "layout-shape", .arguments = "layout --hostdev 9:1:0.0 --shape openstack", .input = "", .status = 2, .out = "",
      .err = LAYOUT_USAGE("give --shape one of libvirt, kubevirt and nova") },
    { .name = "layout-too-many-ports", .arguments = "layout --hostdev 9:1:0.0 --spare-ports 17", .input = "", .status = 2,
      .out = "", .err = LAYOUT_USAGE("give --spare-ports at most 16") },
    { .name = "layout-fewer-than-no-ports", .arguments = "layout --hostdev 9:1:0.0 --spare-ports -1", .input = "", .status = 2,
      .out = "", .err = LAYOUT_USAGE("give --spare-ports a number of ports") },
    { .name = "layout-no-device", .arguments = "--root empty layout --hostdev 9:1:0.0", .input = "", .status = 2, .out = "",
      .err = TROUBLE("layout: device '0009:01:00.0': this host has no such PCI device behind an SMMUv3; 'virt-cmdqv host' lists "
          "those that it has") },
    { .name = "layout-no-file", .arguments = "layout --from missing.xml", .input = "", .status = 2, .out = "",
      .err = NO_FILE("missing.xml") },
    { .name = "layout-empty-input", .arguments = "layout --from -", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: layout: the XML is not well-formed: *" },
    { .name = "layout-no-domain", .arguments = "-c test:///default layout --domain nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "layout-other-machine", .arguments = "-c test:///default layout --domain test", .input = "", .status = 2, .out = "",
      .err = TROUBLE("layout: the domain is not of arch='aarch64' and machine='virt', and no other can have an SMMUv3") },
    { .name = "rules-arguments", .arguments = "rules x", .input = "", .status = 2, .out = "",
      .err = RULES_USAGE("give no arguments") },
    { .name = "explain", .arguments = "explain accel-needs-acpi", .input = "", .status = 0,
      .out = "accel-needs-acpi (error): a domain with an accelerated vSMMU must have ACPI.\n\nQEMU describes accelerated SMMUs in "
          "ACPI tables only, and refuses them\nwithout.\n\nAdd <acpi/> to <features>.\n\nExample:\n\n    <features>\n      "
          "<acpi/>\n    </features>\n",
      .err = "" },
    { .name = "explain-with-config", .arguments = "--config error.conf explain queues-want-hugepages", .input = "", .status = 0,
      .out = "queues-want-hugepages (error): *", .err = "" },
    { .name = "explain-nothing", .arguments = "explain", .input = "", .status = 2, .out = "",
      .err = EXPLAIN_USAGE("name one rule of those that 'virt-cmdqv rules' lists") },
    { .name = "explain-two", .arguments = "explain a b", .input = "", .status = 2, .out = "",
      .err = EXPLAIN_USAGE("name one rule of those that 'virt-cmdqv rules' lists") },
    { .name = "explain-of-a-detach", .arguments = "explain keep-anchor", .input = "", .status = 0,
      .out = "keep-anchor (always): the anchor of a CMDQV stays in a running domain.\n\n*Example:\n\n    virsh shutdown guest1\n",
      .err = "" },
    { .name = "explain-unknown", .arguments = "explain keep-it", .input = "", .status = 2, .out = "",
      .err = TROUBLE("explain: there is no rule 'keep-it'; 'virt-cmdqv rules' lists them") },
    { .name = "no-command", .arguments = "", .input = "", .status = 2, .out = "",
      .err = TROUBLE("name a command, for example 'virt-cmdqv anchors'; see 'virt-cmdqv help'") },
    { .name = "unknown-command", .arguments = "frobnicate", .input = "", .status = 2, .out = "",
      .err = TROUBLE("unknown command 'frobnicate'; see 'virt-cmdqv help'") },
    { .name = "unknown-global-option", .arguments = "--frob", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: *--frob; see 'virt-cmdqv help'\n" },
    { .name = "connect-without-value", .arguments = "-c", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: *; see 'virt-cmdqv help'\n" },
    { .name = "version", .arguments = "--version", .input = "", .status = 0, .out = "*.*.*\n", .err = "" },
    { .name = "version-short", .arguments = "-v", .input = "", .status = 0, .out = "*.*.*\n", .err = "" },
    { .name = "version-as-virsh", .arguments = "-V", .input = "", .status = 0, .out = "*.*.*\n", .err = "" },
    { .name = "version-cut", .arguments = "--ver", .input = "", .status = 0, .out = "*.*.*\n", .err = "" },
    { .name = "connect-in-one-word", .arguments = "-ctest:///default anchors nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "connect-in-one-word-behind", .arguments = "anchors nobody -ctest:///default", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "connect-cut", .arguments = "--conn test:///default anchors nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "connect-cut-equals", .arguments = "--conn=test:///default anchors nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "connect-is-the-last", .arguments = "-c nosuch:///x -c test:///default anchors nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "cut-to-two-names", .arguments = "--con test:///default anchors", .input = "", .status = 2, .out = "",
      .err = TROUBLE("Unknown option --con; see 'virt-cmdqv help'") },
    { .name = "connect-cut-behind", .arguments = "anchors --conn test:///default", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: anchors: Unknown option --conn, *" },
    { .name = "dashes-before-command", .arguments = "-ctest:///default -- anchors nobody", .input = "", .status = 2, .out = "",
      .err = "virt-cmdqv: domain 'nobody': *" },
    { .name = "option-after-dashes", .arguments = "-- -c test:///default anchors", .input = "", .status = 2, .out = "",
      .err = TROUBLE("unknown command '-c'; see 'virt-cmdqv help'") },
    { .name = "help", .arguments = "--help", .input = "", .status = 0, .out = "Usage:\n  virt-cmdqv *", .err = "" },
    { .name = "help-short", .arguments = "-h", .input = "", .status = 0, .out = "Usage:\n  virt-cmdqv *", .err = "" },
    { .name = "help-of-a-command", .arguments = "anchors -h", .input = "", .status = 0,
      .out = "Usage:\n  virt-cmdqv [OPTION...] anchors [DOMAIN] [--json]\n*", .err = "" },
    { .name = "help-command", .arguments = "help", .input = "", .status = 0, .out = "Usage:\n  virt-cmdqv *", .err = "" },
    { .name = "help-of-help", .arguments = "help help", .input = "", .status = 0,
      .out = "Usage:\n  virt-cmdqv [OPTION...] help [COMMAND]\n*", .err = "" },
    { .name = "help-help", .arguments = "help --help", .input = "", .status = 0,
      .out = "Usage:\n  virt-cmdqv [OPTION...] help [COMMAND]\n*", .err = "" },
    { .name = "help-command-of-a-command", .arguments = "help rules", .input = "", .status = 0,
      .out = "Usage:\n  virt-cmdqv [OPTION...] rules [--json]\n\nLists the rules for definitions and for changes of devices, "
          "with the level that each has.\n\nOptions:\n  -j, --json     Print JSON\n\nExample:\n  virt-cmdqv rules\n",
      .err = "" },
    { .name = "help-command-of-an-unknown-one", .arguments = "help frob", .input = "", .status = 2, .out = "",
      .err = TROUBLE("unknown command 'frob'; see 'virt-cmdqv help'") },
    { .name = "help-command-of-two", .arguments = "help rules explain", .input = "", .status = 2, .out = "",
      .err = HELP_USAGE("name one command at most") },
    { .name = "option-of-the-tool-behind", .arguments = "argv -k refused.xml --config off.conf", .input = "", .status = 0,
      .out = "-device\npxb-pcie,*", .err = NO_EMULATOR("refused.xml") },
    { .name = "option-of-the-tool-between", .arguments = "argv --config=off.conf -k refused.xml", .input = "", .status = 0,
      .out = "-device\npxb-pcie,*", .err = NO_EMULATOR("refused.xml") },
    { .name = "option-of-the-tool-as-an-operand", .arguments = "validate -- -c", .input = "", .status = 2, .out = "",
      .err = NO_FILE("-c") },
    { .name = "option-of-the-tool-without-value", .arguments = "validate valid.xml -c", .input = "", .status = 2, .out = "",
      .err = TROUBLE("Missing argument for -c; see 'virt-cmdqv help'") },
    { .name = "help-needs-no-arguments", .arguments = "validate refused.xml --help", .input = "", .status = 0,
      .out = "Usage:\n  virt-cmdqv [OPTION...] validate FILE...|-|--domain NAME [--json]\n*", .err = "" },
};


/* The first options, so that neither the configuration nor the SMMUs of the machine decide; the last of each counts. */
#define NO_MACHINE "--config /dev/null --root ."

/* Runs it in @folder; blanks divide arguments, a tab is a blank in one. */
static void
cmdqvTestTool(const char *folder, const char *arguments, const char *input, cmdqvTestOutcome *outcome)
{
    g_autofree char *all = g_strdup_printf(NO_MACHINE "%s%s", *arguments ? " " : "", arguments);
    g_auto(GStrv) words = g_strsplit(all, " ", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *here = g_get_current_dir();
    guint i;

    g_ptr_array_add(argv, (char *)g_getenv("CMDQV_TEST_TOOL"));
    for (i = 0; words[i] && *words[i]; i++)
        g_ptr_array_add(argv, g_strdelimit(words[i], "\t", ' '));
    g_ptr_array_add(argv, NULL);
    g_assert_cmpint(g_chdir(folder), ==, 0);
    cmdqvTestSpawn((const char *const *)argv->pdata, input, -1, outcome);
    g_assert_cmpint(g_chdir(here), ==, 0);
}


static void
cmdqvTestFiles(cmdqvTestTree *tree)
{
    guint i;

    cmdqvTestTreeInit(tree);
    for (i = 0; i < G_N_ELEMENTS(files); i++)
        cmdqvTestTreeAdd(tree, files[i].path, files[i].data, -1);
}


/* Checks that could not be made are the host's and libvirt's business. */
static char *
cmdqvTestWithoutHost(const char *out)
{
    g_autoptr(GRegex) regex = g_regex_new("^[^\n]*: not checked: [^\n]*\n", G_REGEX_MULTILINE, 0, NULL);

    return g_regex_replace_literal(regex, out, -1, 0, "", 0, NULL);
}


static void
cmdqvTestText(const char *actual, const char *expected)
{
    if (!strchr(expected, '*')) {
        g_assert_cmpstr(actual, ==, expected);
    } else if (!g_pattern_match_simple(expected, actual)) {
        g_test_message("'%s' is not '%s'", actual, expected);
        g_test_fail();
    }
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
    g_autofree char *out = NULL;

    cmdqvTestFiles(&tree);
    cmdqvTestTool(tree.root, cases[i].arguments, cases[i].input, &outcome);
    out = cmdqvTestWithoutHost(outcome.out);
    cmdqvTestText(outcome.err, cases[i].err);
    if (cases[i].out)
        cmdqvTestText(out, cases[i].out);
    /* without words for standard output: which libvirt this is decides */
    if (cases[i].status >= 0)
        g_assert_cmpint(outcome.status, ==, cases[i].status);
    else
        g_assert_true(outcome.status == 0 || outcome.status == 1);
}


/* A file that cannot be replaced stays as it is, above all a device of the host. */
static void
cmdqvTestMetricsFile(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
    g_auto(cmdqvTestOutcome) folder = { .status = 0 };
    g_autofree char *path = NULL;

    cmdqvTestFiles(&tree);
    path = g_build_filename(tree.root, "null", NULL);
    g_assert_cmpint(symlink("/dev/null", path), ==, 0);
    cmdqvTestTool(tree.root, "-c nosuch:///x metrics --output null", "", &outcome);
    g_assert_cmpint(outcome.status, ==, 2);
    cmdqvTestText(outcome.err, "*\nvirt-cmdqv: cannot replace 'null': it is not a regular file; *\n");
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    cmdqvTestTool(tree.root, "-c nosuch:///x metrics --output .", "", &folder);
    cmdqvTestText(folder.err, "*\nvirt-cmdqv: cannot replace '.': it is not a regular file; *\n");
}


/* An emulator that is named is asked, and decides the spelling, or that there is none. */
static void
cmdqvTestArgvEmulator(void)
{
    static const struct {
        const char *emulator;
        int status;
        const char *out;
        const char *err;
    } emulators[] = {
        { .emulator = "debian-11.1", .status = 0, .out = KEYVAL("cmdqv=on"), .err = "" },
        { .emulator = "downstream-boolean", .status = 0, .out = KEYVAL("cmdqv=on"), .err = "" },
        { .emulator = "downstream-tegra241", .status = 0, .out = KEYVAL("tegra241-cmdqv=on"), .err = "" },
        { .emulator = "debian-7.2", .status = 1, .out = "",
          .err = TROUBLE("valid.xml: the emulator's arm-smmuv3 has no property 'accel': it cannot be given accel='on'") },
        { .emulator = "debian-11.1-x86", .status = 1, .out = "",
          .err = TROUBLE("valid.xml: the emulator has no device arm-smmuv3") },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(emulators); i++) {
        g_auto(cmdqvTestTree) tree = { NULL };
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
        g_autofree char *recorded = cmdqvTestDataPath("qemutargetdata", emulators[i].emulator, ".qmp");
        g_autofree char *script = g_strdup_printf("#!/bin/sh\ncat >/dev/null\ncat '%s'\n", recorded);
        g_autofree char *path = NULL;
        g_autofree char *arguments = NULL;

        cmdqvTestFiles(&tree);
        cmdqvTestTreeAdd(&tree, "emulator", script, -1);
        path = g_build_filename(tree.root, "emulator", NULL);
        g_assert_cmpint(g_chmod(path, 0755), ==, 0);
        arguments = g_strdup_printf("argv --keyval valid.xml --emulator %s", path);
        cmdqvTestTool(tree.root, arguments, "", &outcome);
        g_assert_cmpint(outcome.status, ==, emulators[i].status);
        g_assert_cmpstr(outcome.out, ==, emulators[i].out);
        g_assert_cmpstr(outcome.err, ==, emulators[i].err);
    }
}


/* The lines with a refusal, which argv prints on standard error and validate on standard output. */
static char *
cmdqvTestRefusals(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *refusals = g_string_new(NULL);
    guint i;

    for (i = 0; lines[i]; i++) {
        if (strstr(lines[i], ": refused: "))
            g_string_append_printf(refusals, "%s\n", strstr(lines[i], "-: "));
    }
    return g_string_free(refusals, FALSE);
}


/* Refuses the same as validate, in the same words and with the same exit status: by the text, the host, its SMMUs and the settings. */
static void
cmdqvTestArgvAsValidate(void)
{
    static const struct {
        const char *more;
        const char *text;
        int status;
    } texts[] = {
        { .more = "", .text = SOUND_DOMAIN, .status = 0 },
        { .more = "", .text = DOMAIN(HUGE, ""), .status = 1 },
        { .more = "", .text = DOMAIN(HUGE, HOST("0", "0xc1", "2")), .status = 1 },
        { .more = "", .text = DOMAIN(HUGE, HOST("9", "1", "2") PORT_OF("3") HOST("0x10", "1", "3")), .status = 1 },
        { .more = "", .text = DOMAIN(HUGE, HOST("0", "0xc1", "2") PORT_OF("3") HOST("9", "1", "3")), .status = 1 },
        { .more = "--config error.conf ", .text = DOMAIN("", HOSTDEV(AT("2"))), .status = 1 },
        { .more = "", .text = "<domain>", .status = 2 },
        { .more = "", .text = "<network/>", .status = 2 },
    };
    g_auto(cmdqvTestTree) tree = { NULL };
    g_auto(cmdqvTestTree) host = { NULL };
    guint i;

    cmdqvTestFiles(&tree);
    cmdqvTestTreeInit(&host);
    cmdqvTestHostGrace(&host);
    for (i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *validate = g_strdup_printf("%s--root %s validate -", texts[i].more, host.root);
        g_autofree char *argv = g_strdup_printf("%s--root %s argv -", texts[i].more, host.root);
        g_auto(cmdqvTestOutcome) validated = { .status = 0 };
        g_auto(cmdqvTestOutcome) written = { .status = 0 };
        g_autofree char *expected = NULL;
        g_autofree char *refusals = NULL;

        cmdqvTestTool(tree.root, validate, texts[i].text, &validated);
        cmdqvTestTool(tree.root, argv, texts[i].text, &written);
        g_test_message("%u", i);
        g_assert_cmpint(validated.status, ==, texts[i].status);
        g_assert_cmpint(written.status, ==, texts[i].status);
        g_assert_true((*written.out == '\0') == (texts[i].status > 0));
        expected = cmdqvTestRefusals(validated.out);
        refusals = cmdqvTestRefusals(written.err);
        g_assert_cmpstr(refusals, ==, expected);
        g_assert_true((*expected != '\0') == (texts[i].status == 1));
        if (texts[i].status == 2)
            g_assert_cmpstr(written.err, ==, validated.err);
    }
}


static JsonArray *
cmdqvTestJson(JsonParser *parser, const char *text)
{
    g_autoptr(GError) error = NULL;

    (void)json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    g_assert_true(JSON_NODE_HOLDS_ARRAY(json_parser_get_root(parser)));
    return json_node_get_array(json_parser_get_root(parser));
}


static void
cmdqvTestMembers(JsonObject *object, const char *expected)
{
    g_autoptr(GList) names = json_object_get_members(object);
    g_autoptr(GString) text = g_string_new(NULL);
    GList *at;

    for (at = names; at; at = at->next)
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", (const char *)at->data);
    g_assert_cmpstr(text->str, ==, expected);
}


#define OF_PLACES "cmdqv-needs-anchor accel-auto-needs-anchor accel-endpoint-emulated accel-endpoint-iommufd " \
    "accel-endpoint-bridge plain-smmu-vfio places-can-be-told"
#define OF_THE_HOST "one-host-smmu host-smmu-spread host-has-cmdqv"

static void
cmdqvTestUnchecked(JsonObject *object, const char *expected)
{
    JsonArray *rules = json_object_get_array_member(object, "unchecked");
    g_autoptr(GString) names = g_string_new(NULL);
    guint i;

    for (i = 0; i < json_array_get_length(rules); i++)
        g_string_append_printf(names, "%s%s", i > 0 ? " " : "", json_array_get_string_element(rules, i));
    g_assert_cmpstr(names->str, ==, expected);
}


/* Which rules are not checked, and that it is said: for want of a daemon, of places, of a host, of a device there, of its tables. */
static void
cmdqvTestValidateUnchecked(void)
{
    static const struct {
        const char *host;
        const char *more;
        const char *text;
        const char *said;
    } expected[] = {
        { .host = "none", .more = "", .text = SOUND_DOMAIN,
          .said = "one-host-smmu, host-smmu-spread, host-has-cmdqv, libvirt-drops-cmdqv" },
        { .host = "grace", .more = "", .text = SOUND_DOMAIN, .said = "libvirt-drops-cmdqv" },
        { .host = "grace", .more = "", .text = OTHER_HOSTS_DOMAIN,
          .said = "one-host-smmu, host-smmu-spread, host-has-cmdqv, libvirt-drops-cmdqv" },
        { .host = "grace", .more = "", .text = UNPLACED_DOMAIN,
          .said = "cmdqv-needs-anchor, accel-auto-needs-anchor, accel-endpoint-emulated, accel-endpoint-iommufd, "
              "accel-endpoint-bridge, plain-smmu-vfio, places-can-be-told, one-host-smmu, host-smmu-spread, host-has-cmdqv, "
              "libvirt-drops-cmdqv, root-wants-bus-numbers" },
        { .host = "grace", .more = "--config off.conf ", .text = UNPLACED_DOMAIN,
          .said = "accel-auto-needs-anchor, accel-endpoint-emulated, accel-endpoint-iommufd, accel-endpoint-bridge, "
              "plain-smmu-vfio, places-can-be-told, one-host-smmu, host-smmu-spread, host-has-cmdqv, libvirt-drops-cmdqv, "
              "root-wants-bus-numbers" },
        { .host = "grace", .more = "", .text = NETWORK_DOMAIN, .said = "libvirt-drops-cmdqv, network-of-hostdevs" },
        { .host = "tables", .more = "", .text = SOUND_DOMAIN, .said = "host-has-cmdqv, libvirt-drops-cmdqv" },
        { .host = "grace", .more = "", .text = ARGUMENTS_DOMAIN, .said = "libvirt-drops-cmdqv" },
    };
    g_auto(cmdqvTestTree) tree = { NULL };
    guint i;

    cmdqvTestFiles(&tree);
    for (i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_auto(cmdqvTestTree) host = { NULL };
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
        g_autofree char *arguments = NULL;
        g_autofree char *last = g_strdup_printf("-: not checked: %s\n", expected[i].said);

        cmdqvTestTreeInit(&host);
        if (strcmp(expected[i].host, "grace") == 0) {
            cmdqvTestHostGrace(&host);
        } else if (strcmp(expected[i].host, "tables") == 0) {
            cmdqvTestHostSmmu(&host, 0x16000000);
            cmdqvTestHostDevice(&host, "0009:01:00.0", 0x16000000, "vfio-pci", -1);
        }
        arguments = g_strdup_printf("%s--root %s validate -", expected[i].more, host.root);
        cmdqvTestTool(tree.root, arguments, expected[i].text, &outcome);
        g_test_message("%u", i);
        g_assert_cmpint(outcome.status, ==, 0);
        g_assert_true(g_str_has_prefix(outcome.out, "-: valid"));
        g_assert_cmpstr(strstr(outcome.out, "-: not checked"), ==, last);
    }
}


/* Warns that a hostdev shares its IOMMU group with a device that a driver of the host has, unless the domain gets both. */
static void
cmdqvTestLayoutGroups(void)
{
    static const struct {
        const char *hostdevs;
        const char *others;     /* in the group of 0009:01:00.0 */
        const char *said;
    } expected[] = {
        { .hostdevs = "0009:01:00.0", .others = "0009:03:00.1",
          .said = "virt-cmdqv: warning: device '0009:01:00.0' shares IOMMU group 40 with '0009:03:00.1', which "
              "driver 'mlx5_core' of the host has: VFIO gives it to no guest meanwhile; give both to the domain, or bind that "
              "one to vfio-pci\n" },
        { .hostdevs = "0009:01:00.0 0009:03:00.1", .others = "0009:03:00.1", .said = "" },
        { .hostdevs = "0009:01:00.1", .others = "0009:03:00.1", .said = "" },
        { .hostdevs = "0009:01:00.0", .others = "0009:01:00.1", .said = "" },
        { .hostdevs = "0009:01:00.0", .others = "0010:02:00.0", .said = "" },
        { .hostdevs = "0009:01:00.0", .others = NULL, .said = "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_auto(cmdqvTestTree) host = { NULL };
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
        g_autofree char *arguments = NULL;

        cmdqvTestTreeInit(&host);
        cmdqvTestHostGrace(&host);
        if (expected[i].others) {
            g_autofree char *link = g_strdup_printf("sys/bus/pci/devices/%s/iommu_group", expected[i].others);

            cmdqvTestTreeLink(&host, link, "../../../../kernel/iommu_groups/40");
        }
        arguments = g_strdup_printf("--root %s layout --hostdev %s", host.root, expected[i].hostdevs);
        cmdqvTestTool(host.root, arguments, "", &outcome);
        g_test_message("%u", i);
        g_assert_cmpint(outcome.status, ==, 0);
        g_assert_cmpstr(outcome.err, ==, expected[i].said);
    }
}


/* A device that the host uses, and a virtual function beside its physical function, are refused. */
static void
cmdqvTestLayoutUse(void)
{
#define USES(what) "virt-cmdqv: " what ": the host uses device '0009:03:00.1': its network interface 'eth0' is up; stop that use, or add " \
    "--force\n"
#define BESIDE(what) "virt-cmdqv: " what ": device '0009:01:00.1' is a virtual function of '0009:01:00.0', which the domain gets " \
    "too: a guest that gets the physical function removes its virtual functions; remove one of both, or add --force\n"
#define DOMAIN_WITH(bus, function) "<domain type='kvm'><name>g1</name><memoryBacking><hugepages/></memoryBacking>" \
    "<os firmware='efi'><type arch='aarch64' machine='virt'>hvm</type></os><features><acpi/><gic version='3'/></features><devices>" \
    "<controller type='pci' index='0' model='pcie-root'/><hostdev mode='subsystem' type='pci' managed='yes'><source>" \
    "<address domain='0x0009' bus='" bus "' slot='0x00' function='" function "'/></source></hostdev></devices></domain>"
    static const struct {
        const char *arguments;
        const char *input;
        int status;
        const char *err;
    } expected[] = {
        { .arguments = "--hostdev 0009:01:00.0", .input = "", .status = 0, .err = "" },
        { .arguments = "--hostdev 0009:01:00.1", .input = "", .status = 0, .err = "" },
        { .arguments = "--hostdev 9:3:0.1", .input = "", .status = 1, .err = USES("refused") },
        { .arguments = "--hostdev 9:3:0.1 --force", .input = "", .status = 0, .err = USES("warning") },
        { .arguments = "--hostdev 0009:01:00.0 0009:01:00.1", .input = "", .status = 1, .err = BESIDE("refused") },
        { .arguments = "--hostdev 0009:01:00.0 0009:01:00.1 --force", .input = "", .status = 0, .err = BESIDE("warning") },
        { .arguments = "--from - --hostdev 0009:01:00.0", .input = DOMAIN_WITH("0x03", "0x1"), .status = 0, .err = "" },
        { .arguments = "--from - --hostdev 0009:01:00.0", .input = DOMAIN_WITH("0x01", "0x1"), .status = 1,
          .err = BESIDE("refused") },
        { .arguments = "--from - --hostdev 0009:01:00.1", .input = DOMAIN_WITH("0x01", "0x0"), .status = 1,
          .err = BESIDE("refused") },
    };
    g_auto(cmdqvTestTree) host = { NULL };
    guint i;

    cmdqvTestTreeInit(&host);
    cmdqvTestHostGrace(&host);
    cmdqvTestTreeLink(&host, "sys/class/net/eth0", "../../devices/pci0009:00/0009:03:00.1/net/eth0");
    cmdqvTestTreeAdd(&host, "sys/devices/pci0009:00/0009:03:00.1/net/eth0/flags", "0x1003\n", -1);
    cmdqvTestTreeLink(&host, "sys/bus/pci/devices/0009:01:00.1/physfn", "../0009:01:00.0");
    for (i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autofree char *arguments = g_strdup_printf("--root %s layout %s", host.root, expected[i].arguments);
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };

        cmdqvTestTool(host.root, arguments, expected[i].input, &outcome);
        g_test_message("%u", i);
        g_assert_cmpstr(outcome.err, ==, expected[i].err);
        g_assert_cmpint(outcome.status, ==, expected[i].status);
        g_assert_true((outcome.status == 0) == (*outcome.out != '\0'));
    }
#undef USES
#undef BESIDE
#undef DOMAIN_WITH
}


static void
cmdqvTestValidateJson(void)
{
    static const struct {
        const char *name;
        const char *domain;
        const char *verdict;
        const char *error;
        bool undecided;
        guint findings;
    } expected[] = {
        { .name = "valid.xml", .domain = "g1", .verdict = "valid", .error = NULL, .undecided = false, .findings = 0 },
        { .name = "refused.xml", .domain = "g1", .verdict = "refused", .error = NULL, .undecided = false, .findings = 1 },
        { .name = "bad-values.xml", .domain = "g1", .verdict = "refused", .error = NULL, .undecided = true, .findings = 4 },
        { .name = "warned.xml", .domain = "g1", .verdict = "valid", .error = NULL, .undecided = false, .findings = 1 },
        { .name = "undecided.xml", .domain = "g1", .verdict = "valid", .error = NULL, .undecided = true, .findings = 0 },
        { .name = "-odd name.xml", .domain = NULL, .verdict = "valid", .error = NULL, .undecided = false, .findings = 0 },
        { .name = "gone\xc3\xa9.xml", .domain = NULL, .verdict = "unreadable",
          .error = "cannot open 'gone\xc3\xa9.xml': No such file or directory", .undecided = false, .findings = 0 },
        { .name = "latin\xef\xbf\xbd.xml", .domain = NULL, .verdict = "unreadable",
          .error = "cannot open 'latin\xef\xbf\xbd.xml': No such file or directory", .undecided = false, .findings = 0 },
    };
    g_auto(cmdqvTestTree) tree = { NULL };
    g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *finding;
    JsonArray *array;
    guint i;

    cmdqvTestFiles(&tree);
    cmdqvTestTreeAdd(&tree, "host/empty", "", -1);
    cmdqvTestTool(tree.root, "--root host validate --json -- valid.xml refused.xml bad-values.xml warned.xml undecided.xml -odd\tname.xml gone\xc3\xa9.xml "
                  "latin\xe9.xml", "", &outcome);
    g_assert_cmpint(outcome.status, ==, 2);
    g_assert_cmpstr(outcome.err, ==, "");
    array = cmdqvTestJson(parser, outcome.out);
    g_assert_cmpuint(json_array_get_length(array), ==, G_N_ELEMENTS(expected));
    for (i = 0; i < G_N_ELEMENTS(expected); i++) {
        JsonObject *object = json_array_get_object_element(array, i);

        cmdqvTestMembers(object, "name domain verdict error undecided unchecked findings");
        g_assert_cmpstr(json_object_get_string_member(object, "name"), ==, expected[i].name);
        g_assert_cmpstr(json_object_get_string_member_with_default(object, "domain", NULL), ==, expected[i].domain);
        g_assert_cmpstr(json_object_get_string_member(object, "verdict"), ==, expected[i].verdict);
        g_assert_cmpstr(json_object_get_string_member_with_default(object, "error", NULL), ==, expected[i].error);
        g_assert_true(json_object_get_boolean_member(object, "undecided") == expected[i].undecided);
        g_assert_cmpuint(json_array_get_length(json_object_get_array_member(object, "findings")), ==, expected[i].findings);
    }
    cmdqvTestUnchecked(json_array_get_object_element(array, 0), OF_THE_HOST " libvirt-drops-cmdqv");
    cmdqvTestUnchecked(json_array_get_object_element(array, 4), OF_PLACES " " OF_THE_HOST " libvirt-drops-cmdqv root-wants-bus-numbers");
    cmdqvTestUnchecked(json_array_get_object_element(array, 5), "");
    cmdqvTestUnchecked(json_array_get_object_element(array, 6), "");
    finding = json_array_get_object_element(json_object_get_array_member(json_array_get_object_element(array, 1), "findings"), 0);
    cmdqvTestMembers(finding, "rule level line message");
    g_assert_cmpstr(json_object_get_string_member(finding, "rule"), ==, "cmdqv-needs-anchor");
    g_assert_cmpstr(json_object_get_string_member(finding, "level"), ==, "error");
    g_assert_cmpint(json_object_get_int_member(finding, "line"), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(finding, "message"), ==, NEEDS);
}


/* In a shell, with $TOOL for the program; how long a pipe takes is its writer's business. */
static void
cmdqvTestPipes(void)
{
    static const struct {
        const char *command;
        int status;
        const char *out;
        const char *err;
    } pipes[] = {
        { .command = "mkfifo late; { sleep 0.3; cat valid.xml; } >late & $TOOL validate late plain.xml", .status = 0,
          .out = "late: valid\nplain.xml: valid\n", .err = "" },
        { .command = "mkfifo slow; { head -c 100 refused.xml; sleep 0.3; tail -c +101 refused.xml; } >slow & $TOOL validate slow",
          .status = 1, .out = "slow: refused: " NEEDS " [cmdqv-needs-anchor]\n", .err = "" },
        { .command = "{ sleep 0.3; cat valid.xml; } | $TOOL validate - plain.xml", .status = 0,
          .out = "-: valid\nplain.xml: valid\n", .err = "" },
        { .command = "$TOOL validate - <&-", .status = 2, .out = "",
          .err = TROUBLE("-: cannot read 'standard input': Bad file descriptor") },
        { .command = "$TOOL validate plain.xml >&-", .status = 2, .out = "",
          .err = TROUBLE("cannot write to standard output: Bad file descriptor") },
        { .command = "$TOOL validate plain.xml >/dev/full", .status = 2, .out = "",
          .err = TROUBLE("cannot write to standard output: No space left on device") },
        { .command = "$TOOL validate --json plain.xml >/dev/full", .status = 2, .out = "",
          .err = TROUBLE("cannot write to standard output: No space left on device") },
        { .command = "$TOOL --version >/dev/full", .status = 2, .out = "",
          .err = TROUBLE("cannot write to standard output: No space left on device") },
        { .command = "$TOOL validate missing.xml plain.xml 2>&-", .status = 2, .out = "plain.xml: valid\n", .err = "" },
        { .command = "$TOOL -c test:///default validate --domain test plain.xml <&- >&- 2>&-", .status = 2, .out = "",
          .err = "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(pipes); i++) {
        g_auto(cmdqvTestTree) tree = { NULL };
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
        g_autofree char *script = NULL;
        g_autofree char *out = NULL;
        const char *argv[] = { "/bin/sh", "-c", NULL, NULL };

        cmdqvTestFiles(&tree);
        argv[2] = script = g_strdup_printf("TOOL=tool; tool() { '%s' " NO_MACHINE " \"$@\"; }; cd '%s' && %s",
                                           g_getenv("CMDQV_TEST_TOOL"), tree.root, pipes[i].command);
        cmdqvTestSpawn(argv, "", -1, &outcome);
        out = cmdqvTestWithoutHost(outcome.out);
        g_test_message("%s", pipes[i].command);
        g_assert_cmpstr(outcome.err, ==, pipes[i].err);
        g_assert_cmpstr(out, ==, pipes[i].out);
        g_assert_cmpint(outcome.status, ==, pipes[i].status);
    }
}


typedef struct {
    GString *table;
    JsonArray *array;
    guint count;
    int width;
} cmdqvTestRuleList;


static void
cmdqvTestMeasure(const cmdqvRule *rule, gpointer data)
{
    cmdqvTestRuleList *list = data;

    list->width = MAX(list->width, (int)strlen(rule->identifier));
}


static void
cmdqvTestRule(const cmdqvRule *rule, gpointer data)
{
    cmdqvTestRuleList *list = data;
    JsonObject *object = json_array_get_object_element(list->array, list->count++);

    cmdqvTestMembers(object, "rule level summary");
    g_assert_cmpstr(json_object_get_string_member(object, "rule"), ==, rule->identifier);
    g_assert_cmpstr(json_object_get_string_member(object, "level"), ==, cmdqvRuleTableLevelName(rule, NULL));
    g_assert_cmpstr(json_object_get_string_member(object, "summary"), ==, rule->summary);
    g_string_append_printf(list->table, "%-*s  %-7s  %s\n", list->width, rule->identifier, cmdqvRuleTableLevelName(rule, NULL),
                           rule->summary);
}


static void
cmdqvTestExplain(const cmdqvRule *rule, gpointer data G_GNUC_UNUSED)
{
    g_autofree char *arguments = g_strconcat("explain ", rule->identifier, NULL);
    g_autofree char *head = g_strdup_printf("%s (%s): %s.\n\n", rule->identifier, cmdqvRuleTableLevelName(rule, NULL), rule->summary);
    g_auto(GStrv) example = g_strsplit(rule->example, "\n", -1);
    g_autofree char *indented = g_strjoinv("\n    ", example);
    g_autofree char *tail = g_strdup_printf("\n\nExample:\n\n    %s\n", indented);
    g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
    g_autofree char *middle = NULL;
    g_autofree char *both = NULL;
    g_auto(GStrv) lines = NULL;
    guint i;

    cmdqvTestTool(".", arguments, "", &outcome);
    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_true(g_str_has_prefix(outcome.out, head) && g_str_has_suffix(outcome.out, tail));
    middle = g_strndup(outcome.out + strlen(head), strlen(outcome.out) - strlen(head) - strlen(tail));
    lines = g_strsplit(middle, "\n", -1);
    for (i = 0; lines[i]; i++)
        g_assert_cmpint(g_utf8_strlen(lines[i], -1), <=, 76);
    both = g_strconcat(rule->reason, "  ", rule->fix, NULL);
    g_assert_cmpstr(g_strdelimit(middle, "\n", ' '), ==, both);
}


static void
cmdqvTestRulesCommand(void)
{
    g_auto(cmdqvTestOutcome) words = { .status = 0 };
    g_auto(cmdqvTestOutcome) json = { .status = 0 };
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GString) table = g_string_new(NULL);
    cmdqvTestRuleList list = { table, NULL, 0, 0 };

    cmdqvTestTool(".", "rules", "", &words);
    cmdqvTestTool(".", "rules --json", "", &json);
    g_assert_cmpint(words.status, ==, 0);
    g_assert_cmpint(json.status, ==, 0);
    list.array = cmdqvTestJson(parser, json.out);
    cmdqvRuleTableForeach(cmdqvTestMeasure, &list);
    cmdqvRuleTableForeach(cmdqvTestRule, &list);
    g_assert_cmpuint(list.count, ==, json_array_get_length(list.array));
    g_assert_cmpstr(words.out, ==, table->str);
    cmdqvRuleTableForeach(cmdqvTestExplain, NULL);
}


/* The words that @pattern finds in @text, each once. */
static GHashTable *
cmdqvTestFind(const char *text, const char *pattern)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    (void)g_regex_match(regex, text, 0, &match);
    for (; g_match_info_matches(match); (void)g_match_info_next(match, NULL))
        (void)g_hash_table_add(found, g_match_info_fetch(match, 1));
    return found;
}


static void
cmdqvTestContains(GHashTable *all, GHashTable *these, const char *what)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, these);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_test_message("%s: '%s'", what, (const char *)name);
        g_assert_true(g_hash_table_contains(all, name));
    }
}


/* The part of the manual from a heading, as a line of its own and underlined, to the next of its kind. */
static char *
cmdqvTestSection(const char *manual, const char *heading, char line)
{
    g_autofree char *under = g_strnfill(strlen(heading), line);
    g_autofree char *title = g_strdup_printf("\n%s\n%s\n", heading, under);
    g_autofree char *next = line == '=' ? g_strdup("\n[^\n]+\n={4,}\n") : g_strdup("\n[^\n]+\n[-=]{4,}\n");
    g_autoptr(GRegex) regex = g_regex_new(next, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    const char *begin = strstr(manual, title);
    int end = -1;

    g_assert_nonnull(begin);
    begin += strlen(title);
    if (g_regex_match(regex, begin, 0, &match))
        (void)g_match_info_fetch_pos(match, 0, &end, NULL);
    return end < 0 ? g_strdup(begin) : g_strndup(begin, (gsize)end);
}


#define HELD(address, name, more) "<domain type='test'><name>" name "</name><memory>1024</memory><os><type>hvm</type></os>" more \
    "<devices><hostdev mode='subsystem' type='pci'><source><address " address "/></source></hostdev></devices></domain>"

/* A host of three SMMUs, and a hypervisor with two domains, one of them shut off. */
static void
cmdqvTestHost(void)
{
    static const char node[] = "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
        HELD("domain='0x9' bus='1' slot='0' function='0'", "one \"\\n", "")
        HELD("domain='0x9' bus='1' slot='0' function='0'", "two", "<test:runstate>5</test:runstate>")
        HELD("domain='0x7' bus='1' slot='0' function='0'", "elsewhere", "") "</node>";
    static const struct {
        const char *arguments;
        const char *out;
    } outputs[] = {
        { .arguments = "host",
          .out = " SMMU                       CMDQV   Node   Device         Driver      Group   VFIO    Domain\n"
              "------------------------------------------------------------------------------------------------------\n"
              " smmu3.0x0000000005000000   no      -      0000:c1:00.0   vfio-pci    -       -       -\n"
              " smmu3.0x0000000012000000   yes     1      0010:01:00.0   vfio-pci    -       -       -\n"
              " smmu3.0x0000000012000000   yes     1      0010:02:00.0   -           -       -       -\n"
              " smmu3.0x0000000016000000   yes     0      0009:01:00.0   vfio-pci    40      vfio7   one \"\\n, (two)\n"
              " smmu3.0x0000000016000000   yes     0      0009:01:00.1   vfio-pci    -       -       -\n"
              " smmu3.0x0000000016000000   yes     0      0009:03:00.1   mlx5_core   -       -       -\n" },
        { .arguments = "host --dot",
          .out = "digraph host {\n  rankdir = LR;\n  node [shape = box];\n  subgraph \"cluster_smmu3.0x0000000005000000\" {\n"
              "    label = \"smmu3.0x0000000005000000\\nCMDQV: no, NUMA node: -\";\n    \"0000:c1:00.0\" [label = "
              "\"0000:c1:00.0\\nvfio-pci\"];\n  }\n  subgraph \"cluster_smmu3.0x0000000012000000\" {\n    label = "
              "\"smmu3.0x0000000012000000\\nCMDQV: yes, NUMA node: 1\";\n    \"0010:01:00.0\" [label = "
              "\"0010:01:00.0\\nvfio-pci\"];\n    \"0010:02:00.0\" [label = \"0010:02:00.0\\n-\"];\n  }\n"
              "  subgraph \"cluster_smmu3.0x0000000016000000\" {\n    label = \"smmu3.0x0000000016000000\\nCMDQV: yes, NUMA "
              "node: 0\";\n    \"0009:01:00.0\" [label = \"0009:01:00.0\\nvfio-pci\"];\n    \"0009:01:00.1\" [label = "
              "\"0009:01:00.1\\nvfio-pci\"];\n    \"0009:03:00.1\" [label = \"0009:03:00.1\\nmlx5_core\"];\n  }\n"
              "  \"domain one \\\"\\\\n\" [shape = ellipse, label = \"one \\\"\\\\n\"];\n  \"domain one \\\"\\\\n\" -> "
              "\"0009:01:00.0\" [style = solid];\n  \"domain two\" [shape = ellipse, label = \"two\"];\n"
              "  \"domain two\" -> \"0009:01:00.0\" [style = dashed];\n}\n" },
    };
    g_auto(cmdqvTestTree) host = { NULL };
    g_auto(cmdqvTestOutcome) json = { .status = 0 };
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *base = NULL;
    g_autofree char *asked = NULL;
    JsonObject *device;
    JsonArray *array;
    guint i;

    cmdqvTestTreeInit(&host);
    cmdqvTestHostGrace(&host);
    cmdqvTestTreeAdd(&host, "node.xml", node, -1);
    base = g_strdup_printf("--root %s -c test://%s/node.xml", host.root, host.root);
    for (i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autofree char *arguments = g_strdup_printf("%s %s", base, outputs[i].arguments);
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };

        cmdqvTestTool(".", arguments, "", &outcome);
        g_assert_cmpstr(outcome.err, ==, "");
        g_assert_cmpstr(outcome.out, ==, outputs[i].out);
        g_assert_cmpint(outcome.status, ==, 0);
    }

    asked = g_strdup_printf("%s host --json", base);
    cmdqvTestTool(".", asked, "", &json);
    g_assert_cmpint(json.status, ==, 0);
    array = cmdqvTestJson(parser, json.out);
    g_assert_cmpuint(json_array_get_length(array), ==, 3);
    cmdqvTestMembers(json_array_get_object_element(array, 2), "smmu cmdqv node devices");
    g_assert_cmpint(json_object_get_int_member(json_array_get_object_element(array, 1), "node"), ==, 1);
    g_assert_true(json_object_get_null_member(json_array_get_object_element(array, 0), "node"));
    device = json_array_get_object_element(json_object_get_array_member(json_array_get_object_element(array, 2), "devices"), 0);
    cmdqvTestMembers(device, "address vendor device class driver group vfio node domains");
    g_assert_cmpstr(json_object_get_string_member(device, "class"), ==, "0x030200");
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(device, "domains")), ==, 2);
    g_assert_true(json_object_get_boolean_member(json_array_get_object_element(json_object_get_array_member(device, "domains"), 0),
                                                 "running"));
}


/* A layout is valid, and laid out again it stays; a layout that cannot be valid is refused and not printed. */
static void
cmdqvTestLayout(void)
{
    static const char *const arguments[] = {
        "--hostdev 0009:01:00.0", "--hostdev 0009:01:00.0 0010:01:00.0 9:1:0.1 --spare-ports 0",
        "--hostdev 0009:01:00.0 --hostdev 0010:01:00.0 --spare-ports 3", "--shape kubevirt --hostdev 0009:01:00.0 0010:01:00.0",
        "--shape nova --hostdev 0009:01:00.0",
    };
    g_auto(cmdqvTestTree) host = { NULL };
    g_auto(cmdqvTestOutcome) refused = { .status = 0 };
    static const char two[] = "<domain type='kvm'><devices/></domain>\0<domain/>";
    g_auto(cmdqvTestOutcome) cut = { .status = 0 };
    g_autofree char *bare = NULL;
    guint i;

    cmdqvTestTreeInit(&host);
    cmdqvTestHostGrace(&host);
    for (i = 0; i < G_N_ELEMENTS(arguments); i++) {
        g_autofree char *layout = g_strdup_printf("--root %s layout %s", host.root, arguments[i]);
        g_autofree char *check = g_strdup_printf("--root %s validate -", host.root);
        g_autofree char *again = g_strdup_printf("--root %s layout --from - --shape nova", host.root);
        g_auto(cmdqvTestOutcome) first = { .status = 0 };
        g_auto(cmdqvTestOutcome) judged = { .status = 0 };
        g_auto(cmdqvTestOutcome) second = { .status = 0 };

        cmdqvTestTool(".", layout, "", &first);
        g_assert_cmpstr(first.err, ==, "");
        g_assert_cmpint(first.status, ==, 0);
        cmdqvTestTool(".", check, first.out, &judged);
        g_assert_cmpstr(judged.out, ==, "-: valid\n-: not checked: libvirt-drops-cmdqv\n");
        cmdqvTestTool(".", again, first.out, &second);
        g_assert_cmpstr(second.out, ==, first.out);
    }

    bare = g_strdup_printf("--root %s layout --from - --hostdev 0009:01:00.0", host.root);
    cmdqvTestTool(".", bare, "<domain type='kvm'><os firmware='efi'/><devices/></domain>", &refused);
    g_assert_cmpint(refused.status, ==, 1);
    g_assert_cmpstr(refused.out, ==, "");
    g_assert_nonnull(strstr(refused.err, "[accel-needs-acpi]"));

    cmdqvTestTreeAdd(&host, "two.xml", two, sizeof(two));
    cmdqvTestTool(host.root, "--root . layout --from two.xml --hostdev 0009:01:00.0", "", &cut);
    g_assert_cmpint(cut.status, ==, 2);
    g_assert_cmpstr(cut.out, ==, "");
    g_assert_cmpstr(cut.err, ==, "virt-cmdqv: two.xml: the XML has a NUL byte in it\n");
}


/* The manual shows the options and commands of --help, and the other way round. */
static void
cmdqvTestManual(void)
{
    g_autofree char *path = cmdqvTestDataPath("../docs", "virt-cmdqv.rst", "");
    g_autofree char *manual = cmdqvTestRead(path);
    g_autofree char *options = cmdqvTestSection(manual, "OPTIONS", '=');
    g_autofree char *commands = cmdqvTestSection(manual, "COMMANDS", '=');
    g_autoptr(GHashTable) manualOptions = cmdqvTestFind(options, "``(-{1,2}[A-Za-z][a-z-]*)``");
    g_autoptr(GHashTable) manualCommands = cmdqvTestFind(commands, "^([a-z]+)\n-{4,}$");
    g_auto(cmdqvTestOutcome) outcome = { .status = 0 };
    g_autoptr(GHashTable) helpOptions = NULL;
    g_autoptr(GHashTable) helpCommands = NULL;
    GHashTableIter iter;
    gpointer name;

    cmdqvTestTool(".", "--help", "", &outcome);
    helpOptions = cmdqvTestFind(outcome.out, "[ ,](-{1,2}[A-Za-z][a-z-]*)(?=[ ,=])");
    helpCommands = cmdqvTestFind(strstr(outcome.out, "Commands:"), "^  ([a-z]+) ");
    g_assert_cmpuint(g_hash_table_size(helpOptions), >, 0);
    cmdqvTestContains(manualOptions, helpOptions, "in the manual");
    cmdqvTestContains(helpOptions, manualOptions, "in the help");
    cmdqvTestContains(manualCommands, helpCommands, "in the manual");
    cmdqvTestContains(helpCommands, manualCommands, "in the help");

    g_hash_table_iter_init(&iter, helpCommands);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *arguments = g_strconcat(name, " --help", NULL);
        g_autofree char *part = cmdqvTestSection(commands, name, '-');
        g_autoptr(GHashTable) manualLong = cmdqvTestFind(part, "``(--[a-z-]+)``");
        g_autoptr(GHashTable) helpLong = NULL;
        g_auto(cmdqvTestOutcome) help = { .status = 0 };

        cmdqvTestTool(".", arguments, "", &help);
        g_assert_cmpint(help.status, ==, 0);
        g_assert_cmpstr(help.err, ==, "");
        helpLong = cmdqvTestFind(help.out, "(--[a-z-]+)(?=[ =\n\\]])");
        cmdqvTestContains(manualLong, helpLong, name);
        cmdqvTestContains(helpLong, manualLong, name);
    }
}


/* The domains of the golden tests: one verdict in words and in JSON. */
static void
cmdqvTestGolden(void)
{
    g_autoptr(GHashTable) names = cmdqvTestListFolder("qemuxml2argvdata");
    g_autoptr(GString) arguments = g_string_new("validate --json --");
    g_autofree char *folder = cmdqvTestDataPath("qemuxml2argvdata", "", "");
    g_auto(cmdqvTestOutcome) all = { .status = 0 };
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonArray *array;
    GHashTableIter iter;
    gpointer name;
    guint i;

    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (g_str_has_suffix(name, ".xml"))
            g_string_append_printf(arguments, " %s", (const char *)name);
    }
    cmdqvTestTool(folder, arguments->str, "", &all);
    g_assert_cmpint(all.status, ==, 1);
    array = cmdqvTestJson(parser, all.out);
    g_assert_cmpuint(json_array_get_length(array), >, 50);
    for (i = 0; i < json_array_get_length(array); i += 7) {
        JsonObject *object = json_array_get_object_element(array, i);
        const char *file = json_object_get_string_member(object, "name");
        bool refused = strcmp(json_object_get_string_member(object, "verdict"), "refused") == 0;
        g_autofree char *one = g_strconcat("validate ", file, NULL);
        g_autofree char *valid = g_strconcat(file, ": valid", NULL);
        g_auto(cmdqvTestOutcome) outcome = { .status = 0 };

        cmdqvTestTool(folder, one, "", &outcome);
        g_test_message("%s", file);
        g_assert_cmpint(outcome.status, ==, refused);
        g_assert_true((strstr(outcome.out, valid) == NULL) == refused);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    if (!g_getenv("CMDQV_TEST_TOOL"))
        return 77;
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/tool/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/tool/metrics-file", cmdqvTestMetricsFile);
    g_test_add_func("/tool/argv-emulator", cmdqvTestArgvEmulator);
    g_test_add_func("/tool/argv-as-validate", cmdqvTestArgvAsValidate);
    g_test_add_func("/tool/layout-groups", cmdqvTestLayoutGroups);
    g_test_add_func("/tool/validate-json", cmdqvTestValidateJson);
    g_test_add_func("/tool/pipes", cmdqvTestPipes);
    g_test_add_func("/tool/validate-unchecked", cmdqvTestValidateUnchecked);
    g_test_add_func("/tool/host", cmdqvTestHost);
    g_test_add_func("/tool/layout-use", cmdqvTestLayoutUse);
    g_test_add_func("/tool/layout", cmdqvTestLayout);
    g_test_add_func("/tool/rules", cmdqvTestRulesCommand);
    g_test_add_func("/tool/manual", cmdqvTestManual);
    g_test_add_func("/tool/golden", cmdqvTestGolden);
    return g_test_run();
}
