/*
 * definition_test.c: domain XML, completed by libvirt and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "conf/xml_edit.h"
#include "policy/anchor_ports.h"
#include "conf/fill_addresses.h"
#include "policy/definition.h"
#include "util/error.h"

#define BUSES \
    "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'/>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>"
#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define HOSTDEV(rest) "<hostdev type='pci'><driver iommufd='yes'/><source><address bus='1'/></source>" rest "</hostdev>"
#define AT(bus) "<address type='pci' bus='" bus "'/>"
#define SMMU_ON_ROOT "<iommu model='smmuv3'><driver pciBus='0' accel='on' cmdqv='on'/></iommu>" \
    HOSTDEV("<address type='pci' bus='0' slot='9'/>")
#define QEMU_ON_ROOT "qemu -device '{\"driver\":\"arm-smmuv3\",\"primary-bus\":\"pcie.0\",\"id\":\"iommu0\",\"accel\":true,\"cmdqv\":\"on\"}'" \
    " -device '{\"driver\":\"vfio-pci\",\"id\":\"hostdev0\",\"iommufd\":\"iommufd0\",\"bus\":\"pcie.0\",\"addr\":\"0x9\"}'"
#define INTERFACE "<interface type='hostdev'><driver iommufd='yes'/><source><address type='pci' bus='1'/></source></interface>"

#define EMULATED(model) "<interface type='user'>" model "</interface>"
#define NINEP(bus) " -device virtio-9p-pci,id=fs0,bus=" bus
#define QEMU "LC_ALL=C qemu -device pxb-pcie,id=pci.1 -device pcie-root-port,id=pci.2,bus=pci.1 " \
    "-device pcie-root-port,id=pci.3,bus=pcie.0 -device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on"
#define VFIO(bus) " -device '{\"driver\":\"vfio-pci\",\"id\":\"hostdev0\",\"iommufd\":\"x\",\"bus\":\"" bus "\"}'"

#define NOT_BEHIND(who, bus, give) who ": an emulated device cannot be behind an accelerated SMMU, and this one is on bus '" bus \
    "'; " give " an <address> on another PCIe root"
#define RNG(id, bus) " -device virtio-rng-pci,id=" id ",bus=" bus ",addr=0x1"
#define ORIGIN(number, line, element) "ua-libvirt-cmdqv-" number "-" line "-" element

#define ARGS(value) "<qemu:commandline><qemu:arg value='" value "'/></qemu:commandline>"
#define OPTION(name, value) "<qemu:commandline><qemu:arg value='" name "'/><qemu:arg value='" value "'/></qemu:commandline>"
#define DEVICE(value) OPTION("-device", value)
#define OWN_SMMU "arm-smmuv3,id=s,primary-bus=pcie.0,accel=on,cmdqv=on,ats=on,ril=off,ssidsize=20,oas=48"
#define IN_KEYVAL "<qemu:capabilities><qemu:del capability='device.json+hotplug'/></qemu:capabilities>"
#define OBJECT(value) " -object '" value "'"
#define FILE_OF_OPTIONS OPTION("-readconfig", "f")
#define OVERRIDE(alias, property, value) "<qemu:override><qemu:device alias='" alias "'><qemu:frontend><qemu:property name='" property \
    "' type='string' value='" value "'/></qemu:frontend></qemu:device></qemu:override>"

/* Devices, libvirt's answer, and our words for a place in which a device cannot be; NULL for none. */
static const struct {
    const char *name;
    const char *devices;
    const char *after;
    const char *native;
    const char *said;
} places[] = {
    { .name = "device", .devices = BUSES SMMU "\n\n" HOSTDEV(AT("2")) "<rng/>", .after = "",
      .native = QEMU VFIO("pci.2") RNG(ORIGIN("0", "3", "rng"), "pci.1"), .said = NOT_BEHIND("<rng> in line 3", "pci.1", "give it") },
    { .name = "interface", .devices = BUSES SMMU "\n" HOSTDEV(AT("2")) EMULATED(""), .after = "",
      .native = QEMU VFIO("pci.2") RNG(ORIGIN("0", "2", "interface"), "pci.1"),
      .said = NOT_BEHIND("<interface> in line 2", "pci.1", "give it") },
    { .name = "network", .devices = BUSES SMMU HOSTDEV(AT("2")) "<interface type='network'/><rng/>", .after = "",
      .native = QEMU VFIO("pci.2") RNG(ORIGIN("0", "1", "interface"), "pci.1") RNG(ORIGIN("1", "1", "rng"), "pci.3"),
      .said = "<interface> in line 1: a device behind an accelerated SMMU must be on iommufd, and the one that a network gives this interface, "
        "on bus 'pci.1', is not; change it to an <interface type='hostdev'> with <driver name='vfio' iommufd='yes'/>, or give it an "
        "<address> on another PCIe root" },
    { .name = "device-beside-a-network-in-one-line", .devices = BUSES SMMU HOSTDEV(AT("2")) "<interface type='network'/><rng/>",
      .after = "", .native = QEMU VFIO("pci.2") RNG(ORIGIN("0", "1", "interface"), "pci.3") RNG(ORIGIN("1", "1", "rng"), "pci.1"),
      .said = NOT_BEHIND("<rng> in line 1", "pci.1", "give it") },
    { .name = "device-beside-a-network", .devices = BUSES SMMU "\n" HOSTDEV(AT("2")) "<interface type='network'/>\n<rng/>",
      .after = "", .native = QEMU VFIO("pci.2") RNG(ORIGIN("0", "2", "interface"), "pci.3") RNG(ORIGIN("1", "3", "rng"), "pci.1"),
      .said = NOT_BEHIND("<rng> in line 3", "pci.1", "give it") },
    { .name = "without-an-origin", .devices = BUSES SMMU "\n" HOSTDEV(AT("2")) "<rng/>\n<rng/>", .after = "",
      .native = QEMU VFIO("pci.2") RNG("rng1", "pci.1"), .said = NOT_BEHIND("<rng> in line 3", "pci.1", "give it") },
    { .name = "added", .devices = BUSES SMMU HOSTDEV(AT("2")) "\n<disk><target bus='scsi'/></disk>", .after = "",
      .native = QEMU VFIO("pci.2") RNG("scsi0", "pci.1"),
      .said = NOT_BEHIND("<controller type='scsi'> that libvirt adds for <disk> in line 2", "pci.1", "add it to <devices> with") },
    { .name = "added-in-any-case", .devices = BUSES SMMU HOSTDEV(AT("2")) "<rng/>", .after = "",
      .native = QEMU VFIO("pci.2") RNG("usb", "pci.1"),
      .said = NOT_BEHIND("<controller type='usb'> that libvirt adds", "pci.1", "add it to <devices> with") },
    { .name = "unknown", .devices = BUSES SMMU HOSTDEV(AT("2")) "<rng/>", .after = "",
      .native = QEMU VFIO("pci.2") RNG("thing7", "pci.1"), .said = NOT_BEHIND("virtio-rng-pci 'thing7'", "pci.1", "give it") },
    { .name = "beside-a-hostdev", .devices = BUSES SMMU "\n" HOSTDEV("<address type='pci' bus='1' slot='2'/>") "<rng/>",
      .after = "",
      .native = QEMU " -device vfio-pci,id=hostdev0,iommufd=x,bus=pci.1,addr=0x2" RNG(ORIGIN("0", "2", "rng"), "pci.1"),
      .said = NOT_BEHIND("<rng> in line 2", "pci.1", "give it") },
    { .name = "stale-aliases", .devices = "<controller type='pci' index='0' model='pcie-root'/>"
        "<controller type='pci' index='1' model='pcie-expander-bus'><alias name='pci.3'/></controller>"
        "<controller type='pci' index='2' model='pcie-root-port'><alias name='pci.1'/><address type='pci' bus='1'/></controller>"
        "<controller type='pci' index='3' model='pcie-root-port'><alias name='pci.2'/><address type='pci' slot='5'/></controller>"
        SMMU HOSTDEV(""), .after = "", .native = QEMU VFIO("pci.2"), .said = NULL },
    { .name = "port-that-libvirt-adds", .devices = BUSES SMMU HOSTDEV(AT("9")), .after = "",
      .native = QEMU " -device pcie-root-port,id=pci.9,bus=pcie.0" VFIO("pci.9"),
      .said = "<iommu> in line 1: cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1' to anchor its command "
        "queues, and there is none (<hostdev> in line 1 does not count: it is on bus 'pci.9', not behind this SMMU); place one there, or "
        "remove this SMMU" },
    { .name = "arguments-of-its-own", .devices = BUSES "\n" SMMU,
      .after = "\n\n<qemu:commandline>\n<qemu:arg value='x'/>\n<qemu:arg value='virtio-rng-pci,id=r'/>"
        "</qemu:commandline>", .native = QEMU VFIO("pci.2") RNG("r", "pci.1"),
      .said = NOT_BEHIND("<qemu:arg> in line 6", "pci.1", "give it") },
    { .name = "option-that-makes-a-device", .devices = BUSES SMMU_ON_ROOT, .after = OPTION("-net", "nic"), .native = QEMU_ON_ROOT " -net nic",
      .said = NOT_BEHIND("'-net' in <qemu:commandline>", "pcie.0", "replace it by an XML element with") },
    { .name = "arguments-and-a-hostdev", .devices = BUSES "\n" SMMU "\n\n" HOSTDEV(AT("2")), .after = "<qemu:override/>",
      .native = QEMU VFIO("pci.3"),
      .said = "<iommu> in line 2: cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1' to anchor its command "
        "queues, and there is none (<hostdev> in line 4 does not count: it is on bus 'pci.3', not behind this SMMU); place one there, or "
        "remove this SMMU" },
    { .name = "arguments-and-an-smmu", .devices = BUSES,
      .after = "\n<qemu:commandline><qemu:arg value='-device'/>\n<qemu:arg value='{&quot;driver&quot;:&quot;arm-smmuv3&quot;,"
        "&quot;id&quot;: &quot;iommu0&quot;}'/></qemu:commandline>", .native = QEMU,
      .said = "<qemu:arg> in line 3: cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1' to anchor its command "
        "queues, and there is none; place one there, or remove this SMMU" },
};

static const struct {
    const char *name;
    const char *devices;
    const char *after;      /* behind </devices> */
    const char *native;     /* libvirt's answer; NULL: none */
    bool asked;
    bool undecided;
    guint findings;
} cases[] = {
    { .name = "placed", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = "", .native = QEMU VFIO("pci.3"), .asked = false,
      .undecided = false, .findings = 0 },
    { .name = "nobody", .devices = BUSES SMMU, .after = "", .native = QEMU, .asked = false, .undecided = false, .findings = 1 },
    { .name = "libvirt-places-it-there", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = QEMU VFIO("pci.2"),
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "libvirt-places-it-elsewhere", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = QEMU VFIO("pci.3"),
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "libvirt-says-nothing", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = NULL, .asked = true,
      .undecided = true, .findings = 1 },
    { .name = "libvirt-says-nonsense", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = "'", .asked = true,
      .undecided = true, .findings = 1 },
    { .name = "libvirt-has-another-number", .devices = BUSES SMMU HOSTDEV(""), .after = "",
      .native = QEMU VFIO("pci.3") VFIO("pci.3"), .asked = true, .undecided = false, .findings = 0 },
    { .name = "interface-elsewhere", .devices = BUSES SMMU INTERFACE, .after = "", .native = QEMU VFIO("pci.3"), .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "interface-there", .devices = BUSES SMMU INTERFACE HOSTDEV(""), .after = "",
      .native = QEMU VFIO("pci.2") VFIO("pci.3"), .asked = true, .undecided = false, .findings = 0 },
    { .name = "emulated-elsewhere", .devices = BUSES SMMU HOSTDEV(AT("2")) EMULATED(""), .after = "",
      .native = QEMU VFIO("pci.2") NINEP("pci.3"), .asked = true, .undecided = false, .findings = 0 },
    { .name = "emulated-there", .devices = BUSES SMMU HOSTDEV(AT("2")) EMULATED(""), .after = "",
      .native = QEMU VFIO("pci.2") NINEP("pci.1"), .asked = true, .undecided = false, .findings = 1 },
    { .name = "emulated-conventional-there", .devices = BUSES SMMU HOSTDEV(AT("2")) EMULATED("<model type='e1000'/>"), .after = "",
      .native = QEMU VFIO("pci.2") NINEP("pci.1"), .asked = true, .undecided = false, .findings = 1 },
    { .name = "emulated-of-another-kind", .devices = BUSES SMMU HOSTDEV(AT("2")) EMULATED("<model type='pcnet'/>"), .after = "",
      .native = QEMU VFIO("pci.2") NINEP("pci.1"), .asked = true, .undecided = false, .findings = 1 },
    { .name = "passthrough-adds-one", .devices = BUSES SMMU, .after = "<qemu:commandline><qemu:arg value='x'/></qemu:commandline>",
      .native = QEMU VFIO("pci.2"), .asked = true, .undecided = false, .findings = 0 },
    { .name = "passthrough-moves-one", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = "<qemu:override/>",
      .native = QEMU VFIO("pci.3"), .asked = true, .undecided = false, .findings = 1 },
    { .name = "passthrough-unknown", .devices = BUSES SMMU HOSTDEV(AT("0")), .after = "<qemu:override/>", .native = NULL,
      .asked = true, .undecided = true, .findings = 1 },
    { .name = "passthrough-unknown-and-sound", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = ARGS("-no-reboot"), .native = NULL,
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "passthrough-unknown-nobody", .devices = BUSES SMMU, .after = ARGS("-no-reboot"), .native = NULL, .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "passthrough-unknown-unplaced", .devices = BUSES SMMU HOSTDEV(""), .after = ARGS("-no-reboot"), .native = NULL, .asked = true,
      .undecided = true, .findings = 1 },
    { .name = "passthrough-unknown-adds-one", .devices = BUSES SMMU,
      .after = DEVICE("{&quot;driver&quot;:&quot;vfio-pci&quot;,&quot;host&quot;:&quot;0000:01:00.0&quot;,"
        "&quot;iommufd&quot;:&quot;iommufd0&quot;,&quot;bus&quot;:&quot;pci.2&quot;}"), .native = NULL, .asked = true,
      .undecided = false, .findings = 0 },
    { .name = "passthrough-unknown-adds-one-too-early", .devices = BUSES SMMU,
      .after = DEVICE("vfio-pci,host=0000:01:00.0,iommufd=iommufd0,bus=pci.2"), .native = NULL, .asked = true, .undecided = false,
      .findings = 2 },
    { .name = "passthrough-unknown-adds-one-elsewhere", .devices = BUSES SMMU,
      .after = DEVICE("vfio-pci,host=0000:01:00.0,iommufd=iommufd0,bus=pcie.0"), .native = NULL, .asked = true, .undecided = false,
      .findings = 1 },
    { .name = "passthrough-unknown-adds-an-emulated", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = DEVICE("{&quot;driver&quot;:&quot;virtio-rng-pci&quot;,&quot;bus&quot;:&quot;pci.1&quot;}"), .native = NULL,
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "passthrough-unknown-global", .devices = BUSES "<iommu model='smmuv3'><driver pciBus='1' accel='on'/></iommu>",
      .after = "<qemu:commandline><qemu:arg value='-global'/><qemu:arg value='arm-smmuv3.cmdqv=on'/></qemu:commandline>",
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "passthrough-unknown-moves-it", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = OVERRIDE("hostdev0", "bus", "pcie.0"), .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "passthrough-unknown-moves-it-there", .devices = BUSES SMMU HOSTDEV(AT("0")),
      .after = OVERRIDE("hostdev0", "bus", "pci.2"), .native = NULL, .asked = true, .undecided = false, .findings = 0 },
    { .name = "passthrough-unknown-of-a-driver", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = OVERRIDE("video0", "driver", "arm-smmuv3"), .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "passthrough-unknown-of-speed", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = OVERRIDE("hostdev0", "x-speed", "32"), .native = NULL, .asked = true, .undecided = false, .findings = 0 },
    { .name = "passthrough-unknown-of-the-smmu",
      .devices = BUSES "<iommu model='smmuv3'><driver pciBus='1' accel='on' ats='on' ril='on' ssidsize='20' "
        "oas='48'/></iommu>", .after = OVERRIDE("iommu0", "cmdqv", "on"), .native = NULL, .asked = true, .undecided = false,
      .findings = 1 },
    { .name = "set-of-a-device-elsewhere", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = OPTION("-set", "device.iommu0.primary-bus=pcie.0"),
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "set-without-an-smmu", .devices = BUSES,
      .after = OPTION("-set", "device.rng0.a=b"), .native = NULL,
      .asked = false, .undecided = false, .findings = 0 },
    { .name = "file-of-options", .devices = BUSES, .after = FILE_OF_OPTIONS, .native = QEMU " -readconfig f", .asked = true,
      .undecided = false, .findings = 2 },
    { .name = "file-of-options-unknown", .devices = BUSES, .after = FILE_OF_OPTIONS, .native = NULL, .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "code", .devices = BUSES, .after = "<qemu:commandline><qemu:env name='LD_PRELOAD' value='x'/></qemu:commandline>",
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "code-and-a-command-line", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = "<qemu:commandline><qemu:env name='LD_PRELOAD' value='x'/></qemu:commandline>", .native = QEMU VFIO("pci.2"),
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "code-of-an-unknown-variable", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = "<qemu:commandline><qemu:env name='NEW' value='a/b'/></qemu:commandline>", .native = NULL, .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "path-of-an-innocent", .devices = BUSES,
      .after = "<qemu:commandline><qemu:env name='NEW' value='/a'/></qemu:commandline>", .native = NULL, .asked = false,
      .undecided = false, .findings = 0 },
    { .name = "code-of-a-library", .devices = BUSES,
      .after = "<qemu:commandline><qemu:env name='GCONV_PATH' value='x'/></qemu:commandline>", .native = NULL, .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "code-of-a-configuration", .devices = BUSES,
      .after = "<qemu:commandline><qemu:env name='OPENSSL_CONF' value='x'/></qemu:commandline>", .native = NULL, .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "no-code-of-a-library", .devices = BUSES,
      .after = "<qemu:commandline><qemu:env name='PIPEWIRE_LATENCY' value='512/48000'/></qemu:commandline>", .native = NULL,
      .asked = false, .undecided = false, .findings = 0 },
    { .name = "no-code", .devices = BUSES,
      .after = "<qemu:commandline><qemu:env name='MALLOC_PERTURB_' value='1'/></qemu:commandline>", .native = NULL, .asked = false,
      .undecided = false, .findings = 0 },
    { .name = "escaped", .devices = BUSES,
      .after = DEVICE("{&quot;driver&quot;:&quot;arm-smm\\u0075v3&quot;,&quot;accel&quot;:true,&quot;cmdqv&quot;:&quot;on&quot;,"
        "&quot;primary-bus&quot;:&quot;pci.1&quot;}"), .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "arguments-without-an-smmu", .devices = BUSES, .after = ARGS("-s"), .native = QEMU VFIO("pci.2"), .asked = false,
      .undecided = false, .findings = 0 },
    { .name = "monitor", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-qmp", "unix:/run/q,server,wait=off"),
      .native = QEMU VFIO("pci.2"), .asked = true, .undecided = false, .findings = 1 },
    { .name = "monitor-without-a-command-line", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("--mon", "chardev=charserial0"),
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "monitor-on-a-serial-device", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-serial", "mon:pty"),
      .native = QEMU VFIO("pci.2"), .asked = true, .undecided = false, .findings = 1 },
    { .name = "monitor-as-an-object", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-object", "monitor-hmp,id=m,chardev=c"),
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "gdb-server", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = ARGS("-s"), .native = QEMU VFIO("pci.2"), .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "no-monitor", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-monitor", "none"), .native = QEMU VFIO("pci.2"),
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "serial-device", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-serial", "pty"), .native = QEMU VFIO("pci.2"),
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "monitor-without-cmdqv", .devices = BUSES "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='off'/></iommu>"
        HOSTDEV(AT("2")), .after = OPTION("-qmp", "stdio"), .native = NULL, .asked = true, .undecided = false, .findings = 0 },
    { .name = "card-of-an-option-on-the-root", .devices = BUSES SMMU_ON_ROOT, .after = OPTION("-nic", "user"), .native = NULL,
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "no-card-of-an-option-on-the-root", .devices = BUSES SMMU_ON_ROOT, .after = OPTION("-nic", "none"), .native = NULL,
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "card-of-an-option-beside", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-nic", "user"), .native = NULL,
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "drive-of-an-option-on-the-root", .devices = BUSES SMMU_ON_ROOT, .after = OPTION("-drive", "file=a"), .native = NULL,
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "image-on-the-root", .devices = BUSES SMMU_ON_ROOT, .after = ARGS("-S") ARGS("x"), .native = QEMU_ON_ROOT " -S x",
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "device-without-a-bus-on-the-root", .devices = BUSES SMMU_ON_ROOT, .after = DEVICE("{\"driver\":\"virtio-rng\"}"),
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "usb-device-without-a-bus", .devices = BUSES SMMU_ON_ROOT, .after = DEVICE("usb-kbd"), .native = NULL, .asked = true,
      .undecided = false, .findings = 0 },
    { .name = "keyval-device-before-libvirts-in-json", .devices = BUSES HOSTDEV("<address type='pci' bus='0' slot='9'/>"),
      .after = DEVICE(OWN_SMMU), .native = NULL, .asked = true, .undecided = false, .findings = 0 },
    { .name = "keyval-smmu-after-libvirts-devices-in-keyval", .devices = BUSES HOSTDEV("<address type='pci' bus='0' slot='9'/>"),
      .after = DEVICE(OWN_SMMU) IN_KEYVAL, .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "keyval-hostdev-after-libvirts-ports-in-keyval", .devices = BUSES SMMU,
      .after = DEVICE("vfio-pci,host=0000:01:00.0,iommufd=iommufd0,bus=pci.2") IN_KEYVAL, .native = NULL, .asked = true,
      .undecided = false, .findings = 0 },
    { .name = "id-of-libvirts-object", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-object", "iommufd,id=iommufd0"),
      .native = QEMU VFIO("pci.2") OBJECT("{\"qom-type\":\"iommufd\",\"id\":\"iommufd0\"}") OBJECT("iommufd,id=iommufd0"),
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-libvirts-object-without-a-command-line", .devices = BUSES SMMU HOSTDEV(AT("2")),
      .after = OPTION("--object", "iommufd,id=iommufd0"), .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-no-object-of-libvirt", .devices = BUSES SMMU, .native = NULL, .asked = true, .undecided = false, .findings = 0,
      .after = "<qemu:commandline><qemu:arg value='-object'/><qemu:arg value='iommufd,id=iommufd0'/><qemu:arg value='-device'/>"
        "<qemu:arg value='{\"driver\":\"vfio-pci\",\"host\":\"0000:01:00.0\",\"iommufd\":\"iommufd0\",\"bus\":\"pci.2\"}'/>"
        "</qemu:commandline>" },
    { .name = "id-of-another-kind", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-object", "rng-random,id=pci.2"), .native = NULL,
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "id-of-libvirts-port", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = DEVICE("usb-kbd,id=pci.2"), .native = NULL,
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-the-root", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = DEVICE("usb-kbd,id=pcie.0"), .native = NULL,
      .asked = true, .undecided = false, .findings = 0 },
    { .name = "id-of-libvirts-hostdev", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = DEVICE("usb-kbd,id=hostdev0"), .native = NULL,
      .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-libvirts-smmu", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = DEVICE("{\"driver\":\"usb-kbd\",\"id\":\"iommu0\"}"),
      .native = NULL, .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-libvirts-monitor", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-chardev", "null,id=charmonitor"),
      .native = QEMU VFIO("pci.2") " -chardev socket,id=charmonitor,path=m -chardev null,id=charmonitor", .asked = true,
      .undecided = false, .findings = 1 },
    { .name = "name-of-libvirts-image", .devices = BUSES SMMU HOSTDEV(AT("2")), .after = OPTION("-drive", "if=none,id=libvirt-1-storage"),
      .native = QEMU VFIO("pci.2") " -blockdev '{\"driver\":\"file\",\"node-name\":\"libvirt-1-storage\"}'"
        " -drive if=none,id=libvirt-1-storage", .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-libvirts-interface", .devices = BUSES SMMU HOSTDEV(AT("2")) "<interface type='user'><alias name='ua-n'/></interface>"
        EMULATED("<address type='pci' slot='7'/>"), .after = OPTION("-netdev", "user,id=hostnet0"), .native = QEMU VFIO("pci.2")
        " -netdev user,id=hostnet0", .asked = true, .undecided = false, .findings = 1 },
    { .name = "id-of-an-interface-by-its-alias", .devices = BUSES SMMU HOSTDEV(AT("2")) EMULATED("<alias name='ua-n'/>"),
      .after = DEVICE("usb-kbd,id=ua-n"), .native = QEMU VFIO("pci.2") " -device usb-kbd,id=ua-n", .asked = true, .undecided = false,
      .findings = 1 },
    { .name = "id-of-no-interface", .devices = BUSES SMMU HOSTDEV(AT("2")) EMULATED(""), .after = OPTION("-netdev", "user,id=hostnet1"),
      .native = QEMU VFIO("pci.2") " -netdev user,id=hostnet1", .asked = true, .undecided = false, .findings = 0 },
    { .name = "id-twice-in-arguments", .devices = BUSES SMMU HOSTDEV(AT("2")), .native = NULL, .asked = true, .undecided = false, .findings = 1,
      .after = "<qemu:commandline><qemu:arg value='-netdev'/><qemu:arg value='user,id=n'/><qemu:arg value='-nic'/>"
        "<qemu:arg value='user,id=n'/></qemu:commandline>" },
    { .name = "id-twice-without-accel", .devices = BUSES "<iommu model='smmuv3'><driver pciBus='1'/></iommu>",
      .after = "<qemu:commandline><qemu:arg value='-object'/><qemu:arg value='iommufd,id=i'/><qemu:arg value='-object'/>"
        "<qemu:arg value='iommufd,id=i'/></qemu:commandline>", .native = NULL, .asked = true, .undecided = false, .findings = 0 },
    { .name = "capabilities-are-no-passthrough", .devices = BUSES SMMU, .after = "<qemu:capabilities/>",
      .native = QEMU VFIO("pci.2"), .asked = false, .undecided = false, .findings = 1 },
};


#define GUEST(bus) "<address type=\"pci\" bus=\"" bus "\" slot=\"0\" function=\"0\"/>"
#define CLOSED "<target hotplug=\"off\"/>"
#define PUT(bus) " -device '{\"driver\":\"vfio-pci\",\"id\":\"hostdev0\",\"iommufd\":\"x\",\"bus\":\"" bus "\",\"addr\":\"0x0\"}'"
#define ADDED(index, target) "<controller type=\"pci\" index=\"" index "\" model=\"pcie-root-port\">" target "</controller>"
#define AT_ROOT "LC_ALL=C qemu -device pcie-root-port,id=pci.1,bus=pcie.0 -device pcie-root-port,id=pci.2,bus=pcie.0 " \
    "-device arm-smmuv3,id=iommu0,primary-bus=pcie.0,accel=on,cmdqv=on"
#define ONE_SMMU "<controller type='pci' index='0' model='pcie-root'/><iommu model='smmuv3'><driver pciBus='0' accel='on' cmdqv='on'/></iommu>"

/* Devices without addresses, libvirt's answer, and parts that the text with addresses has, or lacks. */
static const struct {
    const char *name;
    const char *devices;
    const char *after;
    const char *native;     /* NULL: libvirt says nothing */
    const char *has[4];     /* empty: nothing is closed */
    const char *lacks;
} closed[] = {
    { .name = "port", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = QEMU PUT("pci.2"),
      .has = { "<source><address bus=\"1\"/></source>" GUEST("2") "</hostdev>", "bus=\"1\"/>" CLOSED "</controller>" },
      .lacks = "index=\"3\"" },
    { .name = "interface", .devices = BUSES SMMU INTERFACE, .after = "", .native = QEMU PUT("pci.2"),
      .has = { "</source>" GUEST("2") "</interface>", CLOSED }, .lacks = "index=\"3\"" },
    { .name = "elsewhere-is-left-to-libvirt", .devices = BUSES SMMU HOSTDEV("") HOSTDEV(""), .after = "",
      .native = QEMU PUT("pci.2") PUT("pci.3"), .has = { GUEST("2"), CLOSED, "</source></hostdev>" }, .lacks = "bus=\"3\"" },
    { .name = "port-that-libvirt-adds", .devices = ONE_SMMU HOSTDEV(""), .after = "", .native = AT_ROOT PUT("pci.1"),
      .has = { GUEST("1"), ADDED("1", CLOSED),
        "<controller type=\"pci\" index=\"2\" model=\"pcie-root-port\"/>" }, .lacks = NULL },
    { .name = "arguments-of-its-own", .devices = BUSES SMMU HOSTDEV(""),
      .after = "<qemu:commandline><qemu:arg value='x'/></qemu:commandline>", .native = QEMU PUT("pci.2"),
      .has = { GUEST("2"), CLOSED, "<qemu:arg value=\"x\"/>" }, .lacks = NULL },
    { .name = "another-number", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = QEMU PUT("pci.2") PUT("pci.3"),
      .has = { NULL }, .lacks = NULL },
    { .name = "libvirt-says-nothing", .devices = BUSES SMMU HOSTDEV(""), .after = "", .native = NULL, .has = { NULL }, .lacks = NULL },
};


static char *
cmdqvTestDomain(const char *devices, const char *after)
{
    return g_strdup_printf("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                           "<name>g1</name><os firmware='efi'/><features><acpi/></features>"
                           "<memoryBacking><hugepages/></memoryBacking>"
                           "<devices>%s<memballoon model='none'/></devices>%s</domain>", devices, after);
}


static char *
cmdqvTestToNative(const char *xml, gpointer data)
{
    const char **native = data;
    char *text = g_strdup(*native);

    g_assert_true(g_str_has_prefix(xml, "<domain"));
    g_assert_null(strstr(xml, "<interface"));
    *native = "asked";
    return text;
}


/* A new rule may find something in a domain of the table @table in this file. */
static void
cmdqvTestExpectFindings(const char *table, const cmdqvDefinition *definition, guint expected)
{
    guint i;

    for (i = 0; i < definition->findings->len && definition->findings->len != expected; i++)
        g_test_message("tests/unit/definition_test.c: a domain of '%s' breaks '%s'; change the domain, or the row's number of findings", table,
                       ((const cmdqvFinding *)g_ptr_array_index(definition->findings, i))->rule->identifier);
    g_assert_cmpuint(definition->findings->len, ==, expected);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = cmdqvTestDomain(cases[i].devices, cases[i].after);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    const char *native = cases[i].native;
    g_autoptr(GError) error = NULL;

    g_assert_true(cmdqvDefinitionJudge(xml, strlen(xml), cmdqvTestToNative, &native, NULL, &definition, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_strcmp0(native, "asked") == 0, ==, cases[i].asked);
    g_assert_cmpint(definition.undecided, ==, cases[i].undecided);
    cmdqvTestExpectFindings("cases", &definition, cases[i].findings);
    g_assert_cmpstr(definition.name, ==, "g1");
}


/* libvirt answers with no alias of an origin that the question does not have. */
static char *
cmdqvTestToOrigins(const char *xml, gpointer data)
{
    const char *native = data;
    g_autoptr(GRegex) aliases = g_regex_new("ua-libvirt-cmdqv-[0-9]+-[0-9]+-[a-z]+", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    for (g_regex_match(aliases, native, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *alias = g_match_info_fetch(match, 0);

        g_test_message("%s", alias);
        g_assert_nonnull(strstr(xml, alias));
    }
    return g_strdup(native);
}


static void
cmdqvTestPlace(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = cmdqvTestDomain(places[i].devices, places[i].after);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;

    g_assert_true(cmdqvDefinitionJudge(xml, strlen(xml), cmdqvTestToOrigins, (gpointer)places[i].native, NULL, &definition, &error));
    g_assert_no_error(error);
    g_assert_false(definition.undecided);
    cmdqvTestExpectFindings("places", &definition, places[i].said ? 1 : 0);
    if (places[i].said)
        g_assert_cmpstr(((const cmdqvFinding *)g_ptr_array_index(definition.findings, 0))->message, ==, places[i].said);
}


static char *
cmdqvTestToAnswer(const char *xml G_GNUC_UNUSED, gpointer data)
{
    return g_strdup(data);
}


/* Nothing that libvirt is asked about has arguments when places are asked for. */
static char *
cmdqvTestToPlain(const char *xml, gpointer data)
{
    g_assert_null(strstr(xml, "qemu:arg"));
    return g_strdup(data);
}


static void
cmdqvTestClosed(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = cmdqvTestDomain(closed[i].devices, closed[i].after);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GArray) indexes = NULL;
    g_autofree char *text = NULL;
    guint j;

    g_assert_true(cmdqvDefinitionJudge(xml, strlen(xml), cmdqvTestToAnswer, (gpointer)closed[i].native, NULL, &definition, NULL));
    g_assert_true(definition.unplaced);
    if (!closed[i].has[0]) {
        g_assert_false(cmdqvDefinitionPlace(&definition, cmdqvTestToPlain, (gpointer)closed[i].native));
        return;
    }
    g_assert_true(cmdqvDefinitionPlace(&definition, cmdqvTestToPlain, (gpointer)closed[i].native));
    indexes = cmdqvAnchorPortsIndexes(definition.topology, true);
    cmdqvFillAddressesAndClose(definition.doc, definition.topology, definition.placed, indexes);
    text = cmdqvXMLEditDump(definition.doc, NULL);
    for (j = 0; j < G_N_ELEMENTS(closed[i].has) && closed[i].has[j]; j++) {
        g_test_message("%s in %s", closed[i].has[j], text);
        g_assert_nonnull(strstr(text, closed[i].has[j]));
    }
    g_assert_true(!closed[i].lacks || !strstr(text, closed[i].lacks));
}


static void
cmdqvTestUnreadable(gconstpointer data G_GNUC_UNUSED)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;

    g_assert_false(cmdqvDefinitionJudge("<domain", 7, NULL, NULL, NULL, &definition, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED);
    g_assert_null(definition.findings);
}


#define ARGUMENT_OPENS "the guest can eject it through port '%s', which <qemu:commandline> or <qemu:override> opens, and QEMU then aborts; " \
    "set hotplug=off there and start the domain again"

/* The target of the anchor's port and arguments of the domain's own; the index or the name in the message about the port, NULL for none. */
static const struct {
    const char *target;
    const char *after;
    int index;
    const char *port;
} ports[] = {
    { .target = "", .after = "", .index = 2, .port = NULL },
    { .target = "<target hotplug='off'/>", .after = "", .index = CMDQV_NONE, .port = NULL },
    { .target = "", .after = OVERRIDE("pci.2", "hotplug", "false"), .index = CMDQV_NONE, .port = NULL },
    { .target = "<target hotplug='off'/>", .after = OVERRIDE("pci.2", "hotplug", "true"), .index = CMDQV_NONE, .port = "pci.2" },
    { .target = "", .after = OVERRIDE("pci.2", "hotplug", "true"), .index = CMDQV_NONE, .port = "pci.2" },
    { .target = "<target hotplug='off'/>", .index = CMDQV_NONE, .port = "pci.2",
      .after = "<qemu:override><qemu:device alias='pci.2'><qemu:frontend><qemu:property name='hotplug' type='remove'/></qemu:frontend>"
        "</qemu:device></qemu:override>" },
    { .target = "<target hotplug='off'/>", .after = OVERRIDE("pci.2", "x-speed", "32"), .index = CMDQV_NONE, .port = NULL },
    { .target = "<target hotplug='off'/>", .index = CMDQV_NONE, .port = "rp",
      .after = "<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='{\"driver\":\"pcie-root-port\",\"id\":\"rp\",\"bus\":\"pci.1\"}'/>"
        "</qemu:commandline>" OVERRIDE("hostdev0", "bus", "rp") },
};


/* The report on a definition shows its ports as QEMU will have them. */
static void
cmdqvTestPorts(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(ports); i++) {
        g_autofree char *xml = g_strdup_printf(
            "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><devices><controller type='pci' index='0' model='pcie-root'/>"
            "<controller type='pci' index='1' model='pcie-expander-bus'/><controller type='pci' index='2' model='pcie-root-port'>%s"
            "<address type='pci' bus='1'/></controller>" SMMU HOSTDEV(AT("2")) "</devices>%s</domain>", ports[i].target, ports[i].after);
        g_autoptr(GError) error = NULL;
        g_autoptr(cmdqvTopology) topology = cmdqvDefinitionReadOwn(xml, strlen(xml), &error);
        g_autoptr(GPtrArray) anchors = topology ? cmdqvAnchorTrackDefinition(topology, true) : NULL;
        g_autofree char *of = ports[i].port ? g_strdup_printf(ARGUMENT_OPENS, ports[i].port)
            : g_strdup_printf("the guest can eject it through PCI controller %d, and QEMU then aborts; set hotplug='off' on the <target> of "
                              "that controller and start the domain again", ports[i].index);

        g_assert_no_error(error);
        cmdqvAnchorPortsNote(anchors, topology, NULL);
        g_assert_cmpstr(((const cmdqvAnchor *)g_ptr_array_index(anchors, 0))->detail, ==,
                        ports[i].port || ports[i].index != CMDQV_NONE ? of : NULL);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/definition/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    for (i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_strconcat("/definition/place/", places[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestPlace);
    }
    for (i = 0; i < G_N_ELEMENTS(closed); i++) {
        g_autofree char *path = g_strconcat("/definition/closed/", closed[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestClosed);
    }
    g_test_add_func("/definition/ports", cmdqvTestPorts);
    g_test_add_data_func("/definition/unreadable", NULL, cmdqvTestUnreadable);
    return g_test_run();
}
