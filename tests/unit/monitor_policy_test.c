/*
 * monitor_policy_test.c: may this monitor command be sent, in exactly which words not
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "test_devices.h"
#include "testutils.h"
#include "conf/domain_xml.h"
#include "policy/monitor_commands.h"
#include "policy/monitor_policy.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "qemu/own_arguments.h"

#define ALIAS(name) "<alias name='" name "'/>"
#define CONTROLLER(index, model, alias, rest) \
    "<controller type='pci' index='" index "' model='" model "'>" ALIAS(alias) rest "</controller>"
#define HOSTDEV(host, alias, bus) "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address type='pci' " \
    "domain='9' bus='" host "'/></source>" ALIAS(alias) "<address type='pci' bus='" bus "'/></hostdev>"
#define DOMAIN(rest) "<domain><name>g1</name><devices>" CONTROLLER("0", "pcie-root", "pcie.0", "") \
    CONTROLLER("1", "pcie-expander-bus", "pci.1", "<address type='pci' bus='0' slot='1'/>") \
    CONTROLLER("2", "pcie-root-port", "pci.2", "<address type='pci' bus='1' slot='0'/>") \
    CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", "<address type='pci' bus='2' slot='0'/>") \
    CONTROLLER("4", "pcie-switch-downstream-port", "pci.4", "<address type='pci' bus='3' slot='0'/>") \
    CONTROLLER("5", "pcie-switch-downstream-port", "pci.5", "<address type='pci' bus='3' slot='1'/>") \
    CONTROLLER("6", "pcie-root-port", "pci.6", "<address type='pci' bus='0' slot='2'/>") rest "</devices></domain>"
#define SMMU(cmdqv) "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='" cmdqv "'/>" ALIAS("iommu0") "</iommu>"
#define LIVE DOMAIN(SMMU("on") HOSTDEV("1", "hostdev0", "4") HOSTDEV("2", "hostdev1", "5") HOSTDEV("3", "hostdev2", "6"))
#define COLD_BUSES "pxb-pcie,id=pci.1\npcie-root-port,id=pci.2,bus=pci.1\nx3130-upstream,id=pci.3,bus=pci.2\n" \
    "xio3130-downstream,id=pci.4,bus=pci.3\nxio3130-downstream,id=pci.5,bus=pci.3\npcie-root-port,id=pci.6,bus=pcie.0\n" \
    "arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on\n"
#define VFIO(id, bus, iommufd) "vfio-pci,id=" id ",bus=" bus ",iommufd=" iommufd "\n"
#define COLD COLD_BUSES VFIO("hostdev0", "pci.4", "iommufd0") VFIO("hostdev1", "pci.5", "iommufd0") \
    VFIO("hostdev2", "pci.6", "iommufd1")

#define SMMU_NAME "vSMMU 'iommu0' on bus 'pci.1'"
#define KEEP(verb, target) "cannot send '" verb "' of '" target "' to the monitor of running domain 'g1': device 'hostdev0' " \
    "(host 0009:01:00.0) anchors the CMDQV of " SMMU_NAME ", and the guest would lose its command queues; shut the domain down " \
    "to remove it"
#define UNTOLD(why, instead) "cannot send the command to the monitor of running domain 'g1': " why ", so whether it removes the " \
    "anchor of " SMMU_NAME " is not known; " instead
#define ADDS(why, instead) "cannot send the command to the monitor of running domain 'g1': " why ", so whether it adds the anchor of " \
    SMMU_NAME " is not known; " instead
#define UNSEEN "cannot add a host device to running domain 'g1' by its monitor: it may anchor the CMDQV of " SMMU_NAME ", and libvirt would " \
    "not know it; attach it by 'virsh attach-device'"
#define NOT_JSON UNTOLD("it is not plain JSON", "write it in plain JSON")
#define NO_HMP UNTOLD("it is no command of QEMU 11.1's HMP", "write it as 'help' shows")
#define NO_QMP UNTOLD("it is no command of QEMU 11.1's QMP", "write it as 'query-commands' shows")
#define NO_TYPE UNTOLD("it creates an object of no known type", "use a type of QEMU 11.1")
#define OPENS UNTOLD("it opens another connection to QEMU", "send each command through libvirt")
#define FILE_NUMBER UNTOLD("it names a file that QEMU has open by its number", "pass the file with 'getfd', and give its name")
#define NO_ID UNTOLD("its path is not that of a device with an id", "write it as '/machine/peripheral/ID'")
#define LINKS UNTOLD("its path has links between devices and buses", "name the device by its id")

#define QMP(verb, arguments) "{\"execute\":\"" verb "\",\"arguments\":{" arguments "}}"
#define DEL(id) QMP("device_del", "\"id\":\"" id "\"")
#define SET(path, value) QMP("qom-set", "\"path\":\"" path "\",\"property\":\"realized\",\"value\":" value)
#define LINE(line) QMP("human-monitor-command", "\"command-line\":\"" line "\"")

#define ADD(properties) QMP("device_add", properties)
#define NEW "\"driver\":\"vfio-pci\",\"id\":\"new\",\"bus\":\"pci.5\""
#define ATTACH(device) "cannot attach device " device " to running domain 'g1' behind " SMMU_NAME ": "
#define EMULATED(device) ATTACH(device) "an emulated device cannot be behind an accelerated SMMU; give it an <address> on another " \
    "PCIe root"
#define NO_IOMMUFD ATTACH("'new' (host 0009:02:00.0)") "it is not on iommufd; add iommufd='yes' to its <driver>"
#define ELSEWHERE ATTACH("'new' (host 0010:01:00.0)") "it is behind host SMMU 'smmu10', and the anchor 'hostdev0' (host " \
    "0009:01:00.0) behind 'smmu9'; attach it behind a vSMMU for its own host SMMU"
#define NUMBERED UNTOLD("its path has a device's number", "name the device by its id")

typedef struct {
    const char *command;
    const char *refusal;    /* NULL: it passes */
} cmdqvTestCommand;

static const cmdqvTestCommand qmp[] = {
    /* device_del */
    { .command = DEL("hostdev0"), .refusal = KEEP("device_del", "hostdev0") },
    { .command = DEL("hostdev1"), .refusal = NULL },
    { .command = DEL("hostdev2"), .refusal = NULL },
    { .command = DEL("hostdev00"), .refusal = NULL },
    { .command = DEL("hostdev"), .refusal = NULL },
    { .command = DEL("HOSTDEV0"), .refusal = NULL },
    { .command = DEL("net0"), .refusal = NULL },
    { .command = DEL(""), .refusal = NULL },
    { .command = DEL("/machine/peripheral/hostdev0"), .refusal = KEEP("device_del", "/machine/peripheral/hostdev0") },
    { .command = DEL("peripheral/hostdev0"), .refusal = KEEP("device_del", "peripheral/hostdev0") },
    { .command = DEL("/hostdev0"), .refusal = KEEP("device_del", "/hostdev0") },
    { .command = DEL("//machine//peripheral//hostdev0/"), .refusal = KEEP("device_del", "//machine//peripheral//hostdev0/") },
    { .command = DEL("/machine/peripheral/hostdev0/vfio-pci[0]"),
      .refusal = KEEP("device_del", "/machine/peripheral/hostdev0/vfio-pci[0]") },
    { .command = DEL("/machine/peripheral/hostdev1"), .refusal = NULL },
    { .command = DEL("/machine/peripheral/hostdev0x"), .refusal = NULL },
    /* the buses above it, and its SMMU */
    { .command = DEL("pci.4"), .refusal = KEEP("device_del", "pci.4") },
    { .command = DEL("pci.3"), .refusal = KEEP("device_del", "pci.3") },
    { .command = DEL("pci.2"), .refusal = KEEP("device_del", "pci.2") },
    { .command = DEL("pci.1"), .refusal = KEEP("device_del", "pci.1") },
    { .command = DEL("pcie.0"), .refusal = KEEP("device_del", "pcie.0") },
    { .command = DEL("pci.5"), .refusal = NULL },
    { .command = DEL("pci.6"), .refusal = NULL },
    { .command = DEL("pci.44"), .refusal = NULL },
    { .command = DEL("iommu0"), .refusal = KEEP("device_del", "iommu0") },
    { .command = DEL("iommu1"), .refusal = NULL },
    { .command = DEL("iommufd0"), .refusal = KEEP("device_del", "iommufd0") },
    /* links */
    { .command = DEL("/machine/peripheral/pci.6/pci.6/child[0]"), .refusal = LINKS },
    { .command = DEL("/machine/peripheral/hostdev1/parent_bus/child[0]"), .refusal = LINKS },
    { .command = SET("/machine/peripheral/iommu9/primary-bus", "false"), .refusal = LINKS },
    { .command = DEL("/machine/peripheral/pci.4/pci.4/child[0]"),
      .refusal = KEEP("device_del", "/machine/peripheral/pci.4/pci.4/child[0]") },
    { .command = DEL("/machine/peripheral-anon/device[0]"), .refusal = NUMBERED },
    { .command = SET("/machine/unattached/device[7]", "false"), .refusal = NUMBERED },
    { .command = SET("/machine/unattached/device[7]", "true"), .refusal = NULL },
    /* qom-set */
    { .command = SET("hostdev0", "false"), .refusal = KEEP("qom-set", "hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "false"), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "true"), .refusal = NULL },
    { .command = SET("/machine/peripheral/hostdev0", "\\u0022false\\u0022"), .refusal = NOT_JSON },
    { .command = SET("/machine/peripheral/hostdev0", "\"false\""), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "\"off\""), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "\"true\""), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "0"), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "1"), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "null"), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "[false]"), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = SET("/machine/peripheral/hostdev0", "{}"), .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = QMP("qom-set", "\"path\":\"hostdev0\",\"property\":\"realized\""), .refusal = KEEP("qom-set", "hostdev0") },
    { .command = QMP("qom-set", "\"path\":\"hostdev0\",\"property\":\"hotplugged\",\"value\":false"), .refusal = NULL },
    { .command = QMP("qom-set", "\"path\":\"hostdev0\",\"value\":false"), .refusal = NULL },
    { .command = QMP("qom-set", "\"property\":\"realized\",\"value\":false"), .refusal = NULL },
    { .command = SET("/machine/peripheral/hostdev1", "false"), .refusal = NULL },
    { .command = SET("pci.4", "false"), .refusal = KEEP("qom-set", "pci.4") },
    { .command = SET("/machine/peripheral/pci.1/pci.1", "false"), .refusal = KEEP("qom-set", "/machine/peripheral/pci.1/pci.1") },
    { .command = SET("iommu0", "false"), .refusal = KEEP("qom-set", "iommu0") },
    { .command = QMP("qom-get", "\"path\":\"hostdev0\",\"property\":\"realized\""), .refusal = NULL },
    /* object-del */
    { .command = QMP("object-del", "\"id\":\"iommufd0\""), .refusal = KEEP("object-del", "iommufd0") },
    { .command = QMP("object-del", "\"id\":\"/objects/iommufd0\""), .refusal = KEEP("object-del", "/objects/iommufd0") },
    { .command = QMP("object-del", "\"id\":\"iommufd1\""), .refusal = NULL },
    { .command = QMP("object-del", "\"id\":\"masterKey0\""), .refusal = NULL },
    { .command = QMP("object_del", "\"id\":\"iommufd0\""), .refusal = NO_QMP },
    /* human-monitor-command */
    { .command = LINE("device_del hostdev0"), .refusal = KEEP("device_del", "hostdev0") },
    { .command = LINE("device_del \\\"hostdev0\\\""), .refusal = KEEP("device_del", "hostdev0") },
    { .command = LINE("device_del\\thostdev0"), .refusal = KEEP("device_del", "hostdev0") },
    { .command = LINE("object_del iommufd0"), .refusal = KEEP("object_del", "iommufd0") },
    { .command = LINE("qom-set hostdev0 realized off"), .refusal = KEEP("qom-set", "hostdev0") },
    { .command = LINE("device_del hostdev1"), .refusal = NULL },
    { .command = LINE("info pci"), .refusal = NULL },
    { .command = LINE(""), .refusal = NULL },
    { .command = QMP("human-monitor-command", "\"command-line\":\"device_del hostdev0\",\"cpu-index\":0"),
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = QMP("human-monitor-command", "\"cpu-index\":0"), .refusal = NULL },
    { .command = QMP("human-monitor-command", "\"command-line\":7"), .refusal = NULL },
    /* the frame */
    { .command = " \n{ \"execute\" :\t\"device_del\" , \"arguments\" : { \"id\" : \"hostdev0\" } }\n ",
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"arguments\":{\"id\":\"hostdev0\"},\"id\":\"x\",\"execute\":\"device_del\"}",
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"exec-oob\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\",\"x\":1}}",
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"execute\":\"device_del\",\"arguments\":{}}", .refusal = NULL },
    { .command = "{\"execute\":\"device_del\"}", .refusal = NULL },
    { .command = "{\"execute\":\"device_del\",\"arguments\":\"hostdev0\"}", .refusal = NULL },
    { .command = "{\"execute\":\"device_del\",\"arguments\":[\"hostdev0\"]}", .refusal = NULL },
    { .command = "{\"execute\":\"device_del\",\"arguments\":null}", .refusal = NULL },
    { .command = "{\"execute\":[\"device_del\"],\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = NULL },
    { .command = "{\"execute\":7,\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = NULL },
    { .command = "{\"EXECUTE\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = NULL },
    { .command = "{\"execute\":\"DEVICE_DEL\",\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = NO_QMP },
    { .command = "{\"execute\":\"device-del\",\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = NO_QMP },
    { .command = "[" DEL("hostdev0") "]", .refusal = NULL },
    { .command = "\"device_del\"", .refusal = NULL },
    { .command = "{}", .refusal = NULL },
    { .command = "[]", .refusal = NULL },
    { .command = "{\"execute\":\"x\",\"arguments\":{\"arguments\":" DEL("hostdev0") "}}", .refusal = NO_QMP },
    { .command = QMP("device_del", "\"id\":{\"id\":\"hostdev0\"}"), .refusal = NULL },
    { .command = QMP("device_del", "\"id\":[\"hostdev0\"]"), .refusal = NULL },
    { .command = QMP("device_del", "\"id\":0"), .refusal = NULL },
    /* escapes */
    { .command = QMP("device\\u005fdel", "\"id\":\"hostdev\\u0030\""), .refusal = KEEP("device_del", "hostdev0") },
    { .command = QMP("device_del", "\"\\u0069\\u0064\":\"hostdev0\""), .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"\\u0065xecute\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\"}}",
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = DEL("\\/machine\\/peripheral\\/hostdev0"), .refusal = KEEP("device_del", "/machine/peripheral/hostdev0") },
    { .command = DEL("hostdev0\\u0000"), .refusal = KEEP("device_del", "hostdev0") },
    { .command = DEL("hostdev0\\u0000x"), .refusal = KEEP("device_del", "hostdev0") },
    { .command = DEL("hostdev1\\u0000hostdev0"), .refusal = NOT_JSON },
    { .command = DEL("hostdev1\\ud83d\\ude00"), .refusal = NULL },
    /* a key that is there twice: the last counts, here and in QEMU */
    { .command = QMP("device_del", "\"id\":\"hostdev1\",\"id\":\"hostdev0\""), .refusal = KEEP("device_del", "hostdev0") },
    { .command = QMP("device_del", "\"id\":\"hostdev0\",\"id\":\"hostdev1\""), .refusal = NOT_JSON },
    { .command = QMP("query-status", "\"x\":[{\"y\":1,\"\\u0079\":2}]"), .refusal = NOT_JSON },
    { .command = "{\"execute\":\"query-status\",\"exec-oob\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\"}}",
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"execute\":\"query-status\",}", .refusal = NOT_JSON },
    { .command = "{\"execute\":\"query-status\"/**/}", .refusal = NOT_JSON },
    { .command = "{'execute':'query-status'}", .refusal = NOT_JSON },
    { .command = "{\"execute\":\"query-status\",\"id\":\"a:b\\\"c:{\"}", .refusal = NULL },
    { .command = "{\"execute\":\"query-status\",\"id\":[true,false,null,-1.5E+3,[]]}", .refusal = NULL },
    /* by other names */
    { .command = "{\"execute\":\"no-such-command\"}", .refusal = NO_QMP },
    { .command = QMP("device_del2", "\"id\":\"hostdev0\""), .refusal = NO_QMP },
    { .command = QMP("object-add", "\"qom-type\":\"monitor-qmp\",\"id\":\"m\",\"chardev\":\"c\""), .refusal = OPENS },
    { .command = QMP("object-add", "\"qom-type\":\"other\",\"id\":\"m\""), .refusal = NO_TYPE },
    { .command = QMP("object-add", "\"qom-type\":\"iommufd\",\"id\":\"m\",\"f\\u0064\":\"5\""), .refusal = FILE_NUMBER },
    { .command = QMP("object-add", "\"qom-type\":\"secret\",\"id\":\"m\",\"data\":\"fd:5\""), .refusal = NULL },
    { .command = QMP("netdev_add", "\"type\":\"tap\",\"id\":\"n\",\"fd\":\"5\""), .refusal = FILE_NUMBER },
    { .command = QMP("netdev_add", "\"type\":\"tap\",\"id\":\"n\",\"fd\":\"net0\""), .refusal = NULL },
    { .command = QMP("add_client", "\"protocol\":\"charmonitor\",\"fdname\":\"n\""), .refusal = OPENS },
    { .command = QMP("add_client", "\"protocol\":\"vnc\",\"fdname\":\"n\""), .refusal = NULL },
    { .command = QMP("qom-set", "\"path\":\"/objects/iommufd0\",\"property\":\"fd\",\"value\":\"5\""),
      .refusal = KEEP("qom-set", "/objects/iommufd0") },
    { .command = LINE("gdbserver"), .refusal = OPENS },
    { .command = LINE("qom-set \\\"hostdev0\\\"realized off"), .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "{\"execute\":\"query-status\",\"execute\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\"}}",
      .refusal = KEEP("device_del", "hostdev0") },
    { .command = "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"hostdev1\"},\"arguments\":{\"id\":\"hostdev0\"}}",
      .refusal = KEEP("device_del", "hostdev0") },
    /* text that is no JSON, or no plain one */
    { .command = QMP("device_del", "\"id\":\"hostdev0\",\"x\":NaN"), .refusal = NOT_JSON },
    { .command = QMP("query-status", "\"x\":NaN"), .refusal = NOT_JSON },
    { .command = QMP("query-status", "\"x\":Infinity"), .refusal = NOT_JSON },
    { .command = QMP("device_del", "\"id\":\"hostdev0"), .refusal = NOT_JSON },
    { .command = "{\"execute\":", .refusal = NOT_JSON },
    { .command = "device_del hostdev0", .refusal = NOT_JSON },
    { .command = "info pci", .refusal = NOT_JSON },
    { .command = "{\"execute\":\"query-status\"} junk", .refusal = NOT_JSON },
    { .command = DEL("hostdev1") DEL("hostdev0"), .refusal = NOT_JSON },
    { .command = DEL("hostdev1") "\n" DEL("hostdev0"), .refusal = NOT_JSON },
    { .command = DEL("hostdev0\xff"), .refusal = NOT_JSON },
    /* everything else */
    { .command = "{\"execute\":\"query-status\"}", .refusal = NULL },
    { .command = QMP("system_powerdown", ""), .refusal = NULL },
    { .command = QMP("device_add", "\"driver\":\"vfio-pci\",\"id\":\"hostdev0\""), .refusal = NULL },
    { .command = QMP("netdev_del", "\"id\":\"hostdev0\""), .refusal = NULL },
    { .command = QMP("blockdev-del", "\"node-name\":\"hostdev0\""), .refusal = NULL },
    { .command = QMP("qom-list", "\"path\":\"/machine/peripheral/hostdev0\""), .refusal = NULL },
};

static const cmdqvTestCommand hmp[] = {
    { .command = "device_del hostdev0", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "  device_del   hostdev0  ", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "device_del\thostdev0", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "\tdevice_del\r\nhostdev0\n", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "\v\fdevice_del\fhostdev0\v", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "device_del \"hostdev0\"", .refusal = KEEP("device_del", "hostdev0") },
    { .command = "device_del \"hostdev0", .refusal = NO_HMP },
    { .command = "device_del/hostdev0", .refusal = KEEP("device_del", "/hostdev0") },
    { .command = "device_del /hostdev0", .refusal = KEEP("device_del", "/hostdev0") },
    { .command = "device_del /machine/peripheral/hostdev0", .refusal = KEEP("device_del", "/machine/peripheral/hostdev0") },
    { .command = "device_del peripheral/hostdev0", .refusal = KEEP("device_del", "peripheral/hostdev0") },
    { .command = "device_del hostdev1", .refusal = NULL },
    { .command = "device_del \"hostdev1\"", .refusal = NULL },
    { .command = "device_del hostdev0x", .refusal = NULL },
    { .command = "device_del hostdev1 hostdev0", .refusal = NO_HMP },
    { .command = "device_del", .refusal = NO_HMP },
    { .command = "device_del ", .refusal = NO_HMP },
    { .command = "device_delhostdev0", .refusal = NO_HMP },
    { .command = "Device_del hostdev0", .refusal = NO_HMP },
    { .command = "device-del hostdev0", .refusal = NO_HMP },
    { .command = "x device_del hostdev0", .refusal = NO_HMP },
    { .command = "device_del pci.4", .refusal = KEEP("device_del", "pci.4") },
    { .command = "device_del pci.2", .refusal = KEEP("device_del", "pci.2") },
    { .command = "device_del pci.5", .refusal = NULL },
    { .command = "device_del iommu0", .refusal = KEEP("device_del", "iommu0") },
    { .command = "device_del /machine/peripheral/hostdev1/parent_bus/child[0]", .refusal = LINKS },
    { .command = "object_del iommufd0", .refusal = KEEP("object_del", "iommufd0") },
    { .command = "object_del \"iommufd0\"", .refusal = KEEP("object_del", "iommufd0") },
    { .command = "object_del iommufd1", .refusal = NULL },
    { .command = "object-del iommufd0", .refusal = NO_HMP },
    { .command = "qom-set /machine/peripheral/hostdev0 realized false",
      .refusal = KEEP("qom-set", "/machine/peripheral/hostdev0") },
    { .command = "qom-set hostdev0 realized false", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set hostdev0 realized off", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set hostdev0 realized no", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set hostdev0 realized n", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set hostdev0 realized true", .refusal = NULL },
    { .command = "qom-set hostdev0 realized on", .refusal = NULL },
    { .command = "qom-set hostdev0 realized yes", .refusal = NULL },
    { .command = "qom-set hostdev0 realized y", .refusal = NULL },
    { .command = "qom-set hostdev0 realized", .refusal = NO_HMP },
    { .command = "qom-set hostdev0 realized \"false\"", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set   \"hostdev0\"\t\"realized\"   off  ", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set -j hostdev0 realized false", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set  -jhostdev0 realized false", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set -j hostdev0 realized true", .refusal = NULL },
    { .command = "qom-set -j hostdev1 realized false", .refusal = NULL },
    { .command = "qom-set pci.4 realized false", .refusal = KEEP("qom-set", "pci.4") },
    { .command = "qom-set hostdev1 realized false", .refusal = NULL },
    { .command = "qom-set hostdev0 hotplugged false", .refusal = NULL },
    { .command = "qom-get hostdev0 realized", .refusal = NULL },
    { .command = "info qtree", .refusal = NULL },
    { .command = "info device_del hostdev0", .refusal = NO_HMP },
    { .command = "", .refusal = NULL },
    { .command = "   ", .refusal = NULL },
    { .command = "\"", .refusal = NO_HMP },
    { .command = "'", .refusal = NO_HMP },
    { .command = "\\", .refusal = NO_HMP },
    { .command = "# device_del hostdev0", .refusal = NO_HMP },
    { .command = "x/1 device_del", .refusal = NO_HMP },
    { .command = "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\"}}", .refusal = NO_HMP },
    { .command = "device_del \xff", .refusal = NO_HMP },
    /* nothing need be between a quoted word and the next, and only a double quote at the beginning is one */
    { .command = "qom-set \"hostdev0\"realized off", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set \"hostdev0\"\"realized\"off", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set -j\"hostdev0\"realized false", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "device_del \"hostdev0\"x", .refusal = NO_HMP },
    { .command = "device_del 'hostdev0'", .refusal = NULL },
    { .command = "device_del host\"dev0\"", .refusal = NULL },
    { .command = "device_del \"host\\dev0\"", .refusal = NO_HMP },
    { .command = "device_del \"host\\\"dev0\"", .refusal = NULL },
    { .command = "qom-set -x hostdev0 realized off", .refusal = NO_HMP },
    { .command = "qom-set -", .refusal = NO_HMP },
    { .command = "qom-set hostdev0 realized off ", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set hostdev0 realized FALSE", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set -j hostdev0 realized \"\"", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "device_del hostdev1\ndevice_del hostdev0", .refusal = NO_HMP },
    { .command = "info status\ndevice_del hostdev0", .refusal = NO_HMP },
    /* the meaning of a path, and a meaning that only QEMU knows */
    { .command = "device_del /machine/peripheral/net0", .refusal = NULL },
    { .command = "device_del net0", .refusal = NULL },
    { .command = "device_del net0/x", .refusal = NO_ID },
    { .command = "device_del /machine/x/net0", .refusal = NO_ID },
    { .command = "qom-set net0 realized off", .refusal = NO_ID },
    { .command = "qom-set /machine/peripheral/net0 realized off", .refusal = NULL },
    { .command = "qom-set net0 guest-stats-polling-interval 2", .refusal = NULL },
    { .command = "qom-set /machine/unattached/gpex realized off", .refusal = NO_ID },
    { .command = "qom-set hostdev0 fd 5", .refusal = KEEP("qom-set", "hostdev0") },
    { .command = "qom-set /objects/iommufd0 fd 5", .refusal = KEEP("qom-set", "/objects/iommufd0") },
    { .command = "qom-set hostdev1/iommufd fd 5", .refusal = NO_ID },
    { .command = "qom-set pci.4/pci.4 hotplug-handler pci.6", .refusal = KEEP("qom-set", "pci.4/pci.4") },
    { .command = "qom-set hostdev0 bootindex 2", .refusal = NULL },
    /* other ways in */
    { .command = "gdbserver", .refusal = OPENS },
    { .command = "gdbserver tcp::1", .refusal = OPENS },
    { .command = "gdbserver none", .refusal = NULL },
    { .command = "object_add monitor-hmp,id=m,chardev=c", .refusal = OPENS },
    { .command = "object_add qom-type=monitor-qmp,id=m,chardev=c", .refusal = OPENS },
    { .command = "object_add {\"qom-type\":\"monitor-qmp\",\"id\":\"m\"}", .refusal = OPENS },
    { .command = "object_add {'qom-type':'monitor-qmp'}", .refusal = NOT_JSON },
    { .command = "object_add {\"qom-type\":\"iommufd\",\"id\":\"m\",\"\\u0066d\" : \"5\"}", .refusal = FILE_NUMBER },
    { .command = "object_add {\"qom-type\":\"iommufd\",\"id\":\"m\",\"fd\":\"name\"}", .refusal = NULL },
    { .command = "netdev_add tap,id=n,x=fd=a,fd=b:5", .refusal = FILE_NUMBER },
    { .command = "object_add qtest,id=m,chardev=c", .refusal = OPENS },
    { .command = "object_add other,id=m", .refusal = NO_TYPE },
    { .command = "object_add iothread,id=m", .refusal = NULL },
    { .command = "object_add iommufd,id=m,fd=5", .refusal = FILE_NUMBER },
    { .command = "object_add iommufd,id=m,fd=name", .refusal = NULL },
    { .command = "netdev_add tap,id=n,fd=5", .refusal = FILE_NUMBER },
    { .command = "netdev_add \"tap,id=n,fds=a:5\"", .refusal = FILE_NUMBER },
    { .command = "netdev_add tap,id=n,vhostfd=5,fd=n", .refusal = FILE_NUMBER },
    { .command = "netdev_add tap,id=n,fd=n5", .refusal = NULL },
    { .command = "netdev_add user,id=n,x=fd:5", .refusal = NULL },
    { .command = "device_add vhost-vsock-pci,id=v,vhostfd=5,bus=pci.6", .refusal = FILE_NUMBER },
    /* arguments of every type */
    { .command = "x/10i $pc", .refusal = NULL },
    { .command = "xp /4wx 0x40000000 + (1 << 2)", .refusal = NO_HMP },
    { .command = "xp /4wx 0x40000000 + ~(-1 * 2)", .refusal = NULL },
    { .command = "xp /4wz 0", .refusal = NO_HMP },
    { .command = "p/c 'a'", .refusal = NULL },
    { .command = "print (1", .refusal = NO_HMP },
    { .command = "i/b 0x70 . 3", .refusal = NULL },
    { .command = "o/b 0x70 1", .refusal = NULL },
    { .command = "sum 0 5", .refusal = NULL },
    { .command = "sum 0 -5", .refusal = NO_HMP },
    { .command = "balloon 1024", .refusal = NULL },
    { .command = "block_resize d 5G", .refusal = NULL },
    { .command = "block_resize d", .refusal = NO_HMP },
    { .command = "set_link net0 off", .refusal = NULL },
    { .command = "set_link net0 maybe", .refusal = NO_HMP },
    { .command = "screendump /tmp/x -f png", .refusal = NULL },
    { .command = "migrate -d -r tcp:x:1", .refusal = NULL },
    { .command = "migrate -r -d tcp:x:1", .refusal = NO_HMP },
    { .command = "dump-guest-memory -z -R /tmp/x 0 10", .refusal = NULL },
    { .command = "drive_add 0 none", .refusal = NULL },
    { .command = "?", .refusal = NULL },
    { .command = "help device_del", .refusal = NULL },
    { .command = "info", .refusal = NULL },
    { .command = "info registers -a", .refusal = NULL },
    { .command = "q", .refusal = NULL },
    { .command = "system_reset", .refusal = NULL },
};

/* Domains without an anchor: every command passes. */
static const struct {
    const char *name;
    const char *live;
    const char *process;
} free_[] = {
    { .name = "cmdqv-off", .live = DOMAIN(SMMU("off") HOSTDEV("1", "hostdev0", "4")),
      .process = "pxb-pcie,id=pci.1\narm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=off\n"
          VFIO("hostdev0", "pci.1", "iommufd0") },
    { .name = "not-accelerated",
      .live = DOMAIN("<iommu model='smmuv3'><driver pciBus='1'/></iommu>" HOSTDEV("1", "hostdev0", "6")),
      .process = "pxb-pcie,id=pci.1\narm-smmuv3,id=iommu0,primary-bus=pci.1\n" },
    { .name = "nobody-there", .live = DOMAIN(SMMU("on") HOSTDEV("1", "hostdev0", "6")),
      .process = COLD_BUSES VFIO("hostdev0", "pci.6", "iommufd0") },
    { .name = "no-smmu", .live = DOMAIN(HOSTDEV("1", "hostdev0", "6")),
      .process = "pcie-root-port,id=pci.6,bus=pcie.0\n" VFIO("hostdev0", "pci.6", "iommufd0") },
};


/* A running domain; without @process its command line is unknown. */
static void
cmdqvTestLiveInit(cmdqvRunningDomain *live, const char *xml, const char *process)
{
    g_autoptr(GError) error = NULL;

    live->topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);
    g_assert_no_error(error);
    live->process = process ? cmdqvTestProcess(process) : NULL;
    live->anchors = cmdqvAnchorTrackLive(live->topology, live->process, process ? NULL : "why", true);
}


static const cmdqvTestCommand adds[] = {
    { .command = ADD("\"driver\":\"virtio-net-pci\",\"id\":\"new\",\"bus\":\"pci.5\""), .refusal = EMULATED("'new'") },
    { .command = ADD("\"driver\":\"virtio-net-pci\",\"bus\":\"pci.5\""), .refusal = EMULATED("'virtio-net-pci'") },
    { .command = ADD("\"driver\":\"virtio-net-pci\",\"bus\":\"/pci.1/pci.2/pci.2/pci.3/pci.3/pci.5/pci.5\""),
      .refusal = EMULATED("'virtio-net-pci'") },
    { .command = ADD("\"driver\":\"virtio-net-pci\",\"bus\":\"pci.6\""), .refusal = NULL },
    { .command = ADD("\"driver\":\"virtio-net-pci\",\"bus\":\"/pci.2/pci.6\""), .refusal = NULL },
    { .command = ADD("\"driver\":\"virtio-net-pci\",\"bus\":\"pci.55\""), .refusal = NULL },
    { .command = ADD("\"driver\":\"virtio-net-pci\""), .refusal = NULL },
    { .command = ADD("\"driver\":\"usb-tablet\",\"bus\":\"usb.0\""), .refusal = NULL },
    { .command = ADD("\"driver\":\"pcie-root-port\",\"bus\":\"pci.5\""), .refusal = NULL },
    { .command = ADD("\"bus\":\"pci.5\""), .refusal = NULL },
    { .command = ADD(NEW ",\"host\":\"0009:02:00.0\""), .refusal = NO_IOMMUFD },
    { .command = ADD(NEW ",\"iommufd\":\"iommufd0\",\"host\":\"0009:02:00.0\""), .refusal = NULL },
    { .command = ADD(NEW ",\"iommufd\":\"iommufd0\",\"host\":\"0010:01:00.0\""), .refusal = ELSEWHERE },
    { .command = ADD(NEW ",\"iommufd\":\"iommufd0\",\"fd\":\"19\""), .refusal = FILE_NUMBER },
    { .command = ADD(NEW ",\"iommufd\":\"iommufd0\",\"fd\":\"vfio19\""), .refusal = NULL },
    { .command = LINE("device_add virtio-net-pci,bus=pci.5"), .refusal = EMULATED("'virtio-net-pci'") },
    { .command = LINE("device_add virtio-net-pci,id=new,bus=pci.5"), .refusal = EMULATED("'new'") },
    { .command = LINE("device_add driver=virtio-net-pci,bus=pci.5"), .refusal = EMULATED("'virtio-net-pci'") },
    { .command = LINE("device_add virtio-net-pci,bus=pci.6"), .refusal = NULL },
    { .command = LINE("device_add help"), .refusal = NULL },
    { .command = LINE("device_add"), .refusal = NULL },
};


/* An SMMU for each PCI domain. */
static char *
cmdqvTestHostSmmu(const char *device, gpointer data G_GNUC_UNUSED)
{
    return g_strdup_printf("smmu%d", atoi(device));
}


static const cmdqvRuleContext facts = { .hostSmmu = cmdqvTestHostSmmu };


static void
cmdqvTestCommands(const cmdqvRunningDomain *live, const cmdqvTestCommand *commands, gsize count, bool isHmp, bool pass)
{
    gsize i;

    for (i = 0; i < count; i++) {
        g_autoptr(cmdqvVerdict) verdict = cmdqvMonitorPolicyJudge("g1", live, commands[i].command, isHmp, &facts);
        g_autofree char *shown = g_strescape(commands[i].command, NULL);

        g_test_message("%s", shown);
        g_assert_cmpstr(verdict ? verdict->message : NULL, ==, pass ? NULL : commands[i].refusal);
        if (!verdict)
            continue;
        g_assert_true(cmdqvRuleTableIsFixed(cmdqvRuleTableFind(verdict->rule)));
        g_assert_true(strcmp(verdict->rule, "keep-anchor") == 0 || g_str_has_prefix(verdict->rule, "attach-"));
        g_assert_cmpstr(verdict->smmu, ==, SMMU_NAME);
        g_assert_null(strstr(verdict->message, "not found"));
        g_assert_null(strstr(verdict->message, "already in the process of unplug"));
    }
}


static void
cmdqvTestQmp(void)
{
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };

    cmdqvTestLiveInit(&live, LIVE, COLD);
    cmdqvTestCommands(&live, qmp, G_N_ELEMENTS(qmp), false, false);
}


static void
cmdqvTestAdd(void)
{
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };

    cmdqvTestLiveInit(&live, LIVE, COLD);
    cmdqvTestCommands(&live, adds, G_N_ELEMENTS(adds), false, false);
}


static void
cmdqvTestHmp(void)
{
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };

    cmdqvTestLiveInit(&live, LIVE, COLD);
    cmdqvTestCommands(&live, hmp, G_N_ELEMENTS(hmp), true, false);
}


static void
cmdqvTestFree(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };

    cmdqvTestLiveInit(&live, free_[i].live, free_[i].process);
    cmdqvTestCommands(&live, qmp, G_N_ELEMENTS(qmp), false, true);
    cmdqvTestCommands(&live, hmp, G_N_ELEMENTS(hmp), true, true);
}


/* QEMU decides on CMDQV, and no device is there: a device from the monitor would be an anchor that nothing shows. */
static void
cmdqvTestUnseen(void)
{
    static const cmdqvTestCommand commands[] = {
        { .command = ADD(NEW ",\"iommufd\":\"x\",\"host\":\"0009:02:00.0\""), .refusal = UNSEEN },
        { .command = ADD("\"driver\":\"vfio-pci\",\"iommufd\":\"x\",\"bus\":\"/pci.1/pci.4\""), .refusal = UNSEEN },
        { .command = ADD("\"driver\":\"vfio-pci\",\"iommufd\":\"x\",\"bus\":\"switch\""), .refusal = UNSEEN },
        { .command = LINE("device_add vfio-pci,iommufd=x,bus=pci.5"), .refusal = UNSEEN },
        { .command = LINE("device_add vfio-pci,iommufd=x,bus=pci.6"), .refusal = NULL },
        { .command = LINE("device_add virtio-net-pci,bus=pci.6"), .refusal = NULL },
        { .command = QMP("device_del", "\"id\":\"x\""), .refusal = NULL },
        { .command = "{'execute':'device_add','arguments':{'driver':'vfio-pci','iommufd':'x','bus':'pci.5'}}", .refusal = UNSEEN },
        { .command = "{\"execute\":\"query-status\",\"execute\":\"device_add\"}", .refusal = ADDS("it is not plain JSON", "write it in plain JSON") },
        { .command = QMP("object-add", "\"qom-type\":\"monitor-qmp\",\"id\":\"m\""),
          .refusal = ADDS("it opens another connection to QEMU", "send each command through libvirt") },
    };
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };

    cmdqvTestLiveInit(&live, DOMAIN("<iommu model='smmuv3'><driver pciBus='1' accel='on' ats='on' ril='on' ssidsize='0' oas='44'/></iommu>"),
                      "pxb-pcie,id=pci.1\narm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,ats=on,ril=on,ssidsize=0,oas=44\n"
                      "pcie-root-port,id=pci.4,bus=pci.1\npcie-root-port,id=pci.5,bus=pci.1\npcie-root-port,id=pci.6,bus=pcie.0\n");
    cmdqvTestCommands(&live, commands, G_N_ELEMENTS(commands), false, false);
}


/* Without its command line each of those behind the vSMMU may be the anchor, and libvirt's first iommufd theirs. */
static void
cmdqvTestBlind(void)
{
    static const struct {
        const char *id;
        bool refused;
    } cases[] = {
        { .id = "hostdev0", .refused = true },
        { .id = "hostdev1", .refused = true },
        { .id = "hostdev2", .refused = false },
        { .id = "pci.4", .refused = true },
        { .id = "pci.5", .refused = true },
        { .id = "pci.6", .refused = false },
        { .id = "iommu0", .refused = true },
        { .id = "iommufd0", .refused = true },
        { .id = "iommufd1", .refused = false },
    };
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };
    gsize i;

    cmdqvTestLiveInit(&live, LIVE, NULL);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = g_strconcat("device_del ", cases[i].id, NULL);
        g_autoptr(cmdqvVerdict) verdict = cmdqvMonitorPolicyJudge("g1", &live, line, true, &facts);

        g_test_message("%s", line);
        g_assert_true((verdict != NULL) == cases[i].refused);
    }
}


static void
cmdqvTestHuge(void)
{
    const gsize size = 8 * 1024 * 1024;
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };
    g_autofree char *filler = g_strnfill(size, 'x');
    g_autofree char *slashes = g_strnfill(size / 8, '/');
    g_autofree char *blanks = g_strnfill(size, ' ');
    g_autofree char *passing = g_strdup_printf(DEL("%s"), filler);
    g_autofree char *refused = g_strdup_printf(QMP("device_del", "\"x\":\"%s\",\"id\":\"hostdev0\""), filler);
    g_autofree char *path = g_strdup_printf("device_del %shostdev0", slashes);
    g_autofree char *line = g_strdup_printf("device_del %s hostdev0", blanks);
    g_autoptr(cmdqvVerdict) none = NULL;
    g_autoptr(cmdqvVerdict) kept = NULL;
    g_autoptr(cmdqvVerdict) far = NULL;
    g_autoptr(cmdqvVerdict) spaced = NULL;

    cmdqvTestLiveInit(&live, LIVE, COLD);
    none = cmdqvMonitorPolicyJudge("g1", &live, passing, false, &facts);
    kept = cmdqvMonitorPolicyJudge("g1", &live, refused, false, &facts);
    far = cmdqvMonitorPolicyJudge("g1", &live, path, true, &facts);
    spaced = cmdqvMonitorPolicyJudge("g1", &live, line, true, &facts);
    g_assert_null(none);
    g_assert_cmpstr(kept ? kept->message : NULL, ==, KEEP("device_del", "hostdev0"));
    g_assert_nonnull(far);
    g_assert_cmpstr(spaced ? spaced->message : NULL, ==, KEEP("device_del", "hostdev0"));
}


/* A parser that reads each level with more of the stack would end the daemon. */
static void
cmdqvTestDeep(gconstpointer data)
{
    const char *const *ends = data;
    const guint levels = 2000000;
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };
    g_autoptr(GString) text = g_string_new("{\"execute\":\"device_del\",\"arguments\":{\"id\":\"hostdev0\",\"x\":");
    g_autoptr(cmdqvVerdict) verdict = NULL;
    guint i;

    cmdqvTestLiveInit(&live, LIVE, COLD);
    for (i = 0; i < levels; i++)
        g_string_append(text, ends[0]);
    g_string_append(text, "0");
    for (i = 0; i < levels && ends[1]; i++)
        g_string_append(text, ends[1]);
    g_string_append(text, "}}");
    verdict = cmdqvMonitorPolicyJudge("g1", &live, text->str, false, &facts);
    g_assert_nonnull(verdict);
}


/* An object that a client must not create opens a monitor in the arguments of a definition too, and no other object does. */
static guint
cmdqvTestOpensMonitor(const char *name, bool opens)
{
    g_autofree char *xml = g_strdup_printf("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g1</name><devices/>"
                                           "<qemu:commandline><qemu:arg value='-object'/><qemu:arg value='%s,id=x'/>"
                                           "</qemu:commandline></domain>", name);
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL);
    g_autoptr(cmdqvTopology) definition = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL);
    g_autoptr(cmdqvTopology) merged = cmdqvOwnArgumentsMerge(definition, xmlDocGetRootElement(doc));

    g_assert_cmpstr(merged->monitor, ==, opens ? "-object" : NULL);
    return opens;
}


static void
cmdqvTestObjectTypes(void)
{
    const cmdqvMonitorCommand *type;
    guint opening = 0;

    for (type = cmdqvMonitorCommandsObjectTypes; type->names; type++) {
        g_auto(GStrv) names = g_strsplit(type->names, " ", -1);
        guint i;

        for (i = 0; names[i]; i++)
            opening += cmdqvTestOpensMonitor(names[i], type->effect == CMDQV_MONITOR_COMMANDS_OPENS);
    }
    g_assert_cmpuint(opening, ==, 3);
}


/* A few levels are read. */
static void
cmdqvTestNested(void)
{
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };
    const char *command = QMP("device_del", "\"x\":[[[[{\"id\":\"hostdev1\",\"y\":[1.5e3,-0,null,true]}]]]],\"id\":\"hostdev0\"");
    g_autoptr(cmdqvVerdict) verdict = NULL;

    cmdqvTestLiveInit(&live, LIVE, COLD);
    verdict = cmdqvMonitorPolicyJudge("g1", &live, command, false, &facts);
    g_assert_cmpstr(verdict ? verdict->message : NULL, ==, KEEP("device_del", "hostdev0"));
}


int
main(int argc, char **argv)
{
    static const char *const arrays[] = { "[", "]" };
    static const char *const objects[] = { "{\"x\":", "}" };
    static const char *const open_[] = { "[", NULL };
    guint i;

    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/monitor/add", cmdqvTestAdd);
    g_test_add_func("/monitor/unseen", cmdqvTestUnseen);
    g_test_add_func("/monitor/qmp", cmdqvTestQmp);
    g_test_add_func("/monitor/hmp", cmdqvTestHmp);
    for (i = 0; i < G_N_ELEMENTS(free_); i++) {
        g_autofree char *path = g_strconcat("/monitor/free/", free_[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestFree);
    }
    g_test_add_func("/monitor/blind", cmdqvTestBlind);
    g_test_add_func("/monitor/huge", cmdqvTestHuge);
    g_test_add_func("/monitor/nested", cmdqvTestNested);
    g_test_add_func("/monitor/object-types", cmdqvTestObjectTypes);
    g_test_add_data_func("/monitor/deep/arrays", arrays, cmdqvTestDeep);
    g_test_add_data_func("/monitor/deep/objects", objects, cmdqvTestDeep);
    g_test_add_data_func("/monitor/deep/open", open_, cmdqvTestDeep);
    return g_test_run();
}
