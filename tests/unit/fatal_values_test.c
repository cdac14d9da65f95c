/*
 * fatal_values_test.c: numbers that libvirt does not survive
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On real libvirts, tests/e2e/test_fatal.py.
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "conf/native_question.h"
#include "conf/xml_read.h"

#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define DEVICES(devices) "<domain><devices>" SMMU devices "</devices></domain>"
#define TUNE(tune) "<domain><cputune>" tune "</cputune><devices>" SMMU "</devices></domain>"
#define TOP(element) "<domain>" element "<devices>" SMMU "</devices></domain>"
#define SCSI(children) DEVICES("<hostdev type='scsi'>" children "</hostdev>")
#define DISK(attributes) DEVICES("<disk><target " attributes "/></disk>")
#define GREATER(element, what, value, max) "<" element "> in line 1: " what " '" value "' is greater than " max \
    ", and libvirt crashes or hangs with such numbers; write a smaller one"
#define WRAPPED(element, value, taken) "<" element "> in line 1: the number '" value "' read as '" taken "' is greater than 65535, " \
    "and libvirt crashes or hangs with such numbers; write a smaller one"
#define BEYOND(dev) "<target> in line 1: dev '" dev "' is a disk with a very large number, and libvirt crashes or hangs with such " \
    "numbers; write a shorter name"
#define VIDEO "<video> in line 1: libvirt can attach, update or detach none, and crashes if the domain has none; edit the definition"

static const struct {
    const char *xml;
    const char *fatal;
} cases[] = {
    { .xml = DEVICES(""), .fatal = NULL },
    { .xml = DEVICES("<controller type='pci' index='65535'/>"), .fatal = NULL },
    { .xml = DEVICES("<controller type='pci' index='65536'/>"), .fatal = GREATER("controller", "index", "65536", "65535") },
    { .xml = DEVICES("<controller type='pci' index=' +2147483647'/>"),
      .fatal = GREATER("controller", "index", " +2147483647", "65535") },
    { .xml = DEVICES("<controller type='pci' index='99999999999999999999999'/>"),
      .fatal = GREATER("controller", "index", "99999999999999999999999", "65535") },
    { .xml = DEVICES("<controller index='2147483647' type='&#112;ci'/>"),
      .fatal = GREATER("controller", "index", "2147483647", "65535") },
    { .xml = DEVICES("<x:controller xmlns:x='urn:x' type='pci' x:index='2147483647'/>"),
      .fatal = GREATER("controller", "index", "2147483647", "65535") },
    /* libvirt refuses it */
    { .xml = DEVICES("<controller type='pci' index='0x7fffffff'/>"), .fatal = NULL },
    { .xml = DEVICES("<controller type='pci' index='-1'/>"), .fatal = NULL },
    { .xml = DEVICES("<controller type='pci' index='two'/>"), .fatal = NULL },
    { .xml = DEVICES("<controller type='pci'/>"), .fatal = NULL },
    { .xml = DEVICES("<controller type='usb' index='2147483647'/>"),
      .fatal = GREATER("controller", "index", "2147483647", "65535") },
    { .xml = DEVICES("<controller type='scsi' index='2147483646'/>"), .fatal = NULL },
    { .xml = DEVICES("<controller type='scsi' index='2147483647'/>"), .fatal = GREATER("controller", "index", "2147483647", "2147483646") },
    { .xml = "<controller index='2147483647'/>", .fatal = GREATER("controller", "index", "2147483647", "2147483646") },
    { .xml = DEVICES("<disk><address type='drive' controller='2047'/></disk>"), .fatal = NULL },
    { .xml = DEVICES("<disk><address type='drive' controller='2048'/></disk>"),
      .fatal = GREATER("address", "controller", "2048", "2047") },
    { .xml = DEVICES("<hostdev><address type='drive' controller='2147483647'/></hostdev>"),
      .fatal = GREATER("address", "controller", "2147483647", "2047") },
    { .xml = DEVICES("<channel><address type='virtio-serial' controller='2147483647'/></channel>"), .fatal = NULL },
    { .xml = "<disk><address type='drive' controller='2147483647'/></disk>",
      .fatal = GREATER("address", "controller", "2147483647", "2047") },
    { .xml = TOP("<vcpu>65535</vcpu>"), .fatal = NULL },
    { .xml = TOP("<vcpu current='1'>65536</vcpu>"), .fatal = GREATER("vcpu", "the number", "65536", "65535") },
    { .xml = TOP("<vcpu><![CDATA[4294967295]]></vcpu>"), .fatal = GREATER("vcpu", "the number", "4294967295", "65535") },
    { .xml = TOP("<vcpu>429<!-- -->4967295</vcpu>"), .fatal = GREATER("vcpu", "the number", "4294967295", "65535") },
    { .xml = TOP("<vcpu>-1</vcpu>"), .fatal = WRAPPED("vcpu", "-1", "4294967295") },
    { .xml = TOP("<vcpu> -4294901760</vcpu>"), .fatal = WRAPPED("vcpu", " -4294901760", "65536") },
    { .xml = TOP("<vcpu>-4294901761</vcpu>"), .fatal = NULL },
    { .xml = TOP("<iothreads>-2147483647</iothreads>"), .fatal = WRAPPED("iothreads", "-2147483647", "2147483649") },
    { .xml = TOP("<vcpus><vcpu id='4294967295'/></vcpus>"), .fatal = NULL },
    { .xml = TOP("<iothreads>65535</iothreads>"), .fatal = NULL },
    { .xml = TOP("<iothreads>65536</iothreads>"), .fatal = GREATER("iothreads", "the number", "65536", "65535") },
    { .xml = "<domainsnapshot><domain/><inactiveDomain><iothreads>65536</iothreads></inactiveDomain></domainsnapshot>",
      .fatal = GREATER("iothreads", "the number", "65536", "65535") },
    { .xml = TUNE("<cachetune><cache level='3' id='1048575'/></cachetune>"), .fatal = NULL },
    { .xml = TUNE("<cachetune><cache level='4294967295' id='0'/></cachetune>"),
      .fatal = GREATER("cache", "level", "4294967295", "1048575") },
    { .xml = TUNE("<cachetune><cache level='3' id='2147483647'/></cachetune>"),
      .fatal = GREATER("cache", "id", "2147483647", "1048575") },
    { .xml = TUNE("<memorytune><node id='2147483647'/></memorytune>"), .fatal = GREATER("node", "id", "2147483647", "1048575") },
    { .xml = TOP("<cpu><cache level='4294967295'/></cpu>"), .fatal = NULL },
    { .xml = DISK("dev='sdzzz' bus='scsi'"), .fatal = NULL },
    { .xml = DISK("dev='sdaaaa' bus='scsi'"), .fatal = BEYOND("sdaaaa") },
    { .xml = DISK("dev='sdzzzzzz1' bus='sata'"), .fatal = BEYOND("sdzzzzzz1") },
    { .xml = DISK("dev='vdzzzzzz' bus='ide'"), .fatal = BEYOND("vdzzzzzz") },
    { .xml = DISK("dev='xvdzzzzzz' bus='fdc'"), .fatal = BEYOND("xvdzzzzzz") },
    { .xml = DISK("dev='sdzzzzzz'"), .fatal = BEYOND("sdzzzzzz") },
    { .xml = DISK("dev='sdzzzzzz' bus='virtio'"), .fatal = NULL },
    { .xml = DISK("dev='vdzzzzzz' bus='virtio'"), .fatal = NULL },
    { .xml = DISK("dev='system' bus='scsi'"), .fatal = NULL },
    { .xml = DISK("bus='scsi'"), .fatal = NULL },
    { .xml = DISK("dev='nvme2047n2047' bus='nvme'"), .fatal = NULL },
    { .xml = DISK("dev='nvme2048n1' bus='nvme'"), .fatal = BEYOND("nvme2048n1") },
    { .xml = DISK("dev='nvme +02147483647n1'"), .fatal = BEYOND("nvme +02147483647n1") },
    { .xml = DISK("dev='nvme0n2147483647' bus='sata'"), .fatal = BEYOND("nvme0n2147483647") },
    { .xml = DISK("dev='nvme2147483647n1' bus='virtio'"), .fatal = NULL },
    { .xml = SCSI("<address type='virtio-serial' controller='2147483647'/>"), .fatal = GREATER("address", "controller", "2147483647", "2047") },
    { .xml = SCSI("<address type='spapr-vio' reg='0x7fffffff'/>"), .fatal = GREATER("address", "reg", "0x7fffffff", "2047") },
    { .xml = SCSI("<address type='usb' bus='2047'/>"), .fatal = NULL },
    { .xml = SCSI("<source><address bus='0' target='65535' unit='65535'/></source>"), .fatal = NULL },
    { .xml = DEVICES("<interface><target dev='sdzzzzzz'/></interface>"), .fatal = NULL },
    { .xml = DEVICES("<video><model type='virtio'/></video>"), .fatal = NULL },
    { .xml = "<video/>", .fatal = VIDEO },
    { .xml = "<x:video xmlns:x='urn:x'><model type='none'/></x:video>", .fatal = VIDEO },
    { .xml = TOP("<metadata><x:vcpu xmlns:x='urn:x'>4294967295</x:vcpu></metadata>"), .fatal = NULL },
};


static void
testTexts(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *fatal = cmdqvFatalValuesFindXML(cases[i].xml, "domain XML");
        g_autofree char *native = g_str_has_prefix(cases[i].xml, "<domain>") ? cmdqvNativeQuestion(cases[i].xml) : NULL;

        g_assert_cmpstr(fatal, ==, cases[i].fatal);
        if (fatal)
            g_assert_null(native);
    }
}


/* XML that no reader of ours reads might have any value; text that is no XML is for libvirt to refuse. */
static void
testUnread(void)
{
    g_autofree char *entities = cmdqvFatalValuesFindXML("<!DOCTYPE domain [<!ENTITY n '2147483647'>]><domain><vcpu>&n;</vcpu></domain>", "domain XML");
    g_autofree char *none = cmdqvFatalValuesFindXML("<domain><vcpu>4294967295</vcpu>", "domain XML");

    g_assert_nonnull(entities);
    g_assert_null(none);
}


/* A definition with such a number has an invalid value, with its line. */
static void
testRead(void)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(TOP("\n<vcpu>4294967295</vcpu>"), strlen(TOP("\n<vcpu>4294967295</vcpu>")), NULL, NULL);
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadWhole(xmlDocGetRootElement(doc));
    const cmdqvBadValue *value = &g_array_index(topology->badValues, cmdqvBadValue, 0);

    g_assert_cmpuint(topology->badValues->len, ==, 1);
    g_assert_cmpint(value->line, ==, 2);
    g_assert_true(g_str_has_prefix(value->message, "<vcpu> in line 2: the number '4294967295' is greater than 65535, "));
}


/* The question of a client about a domain; the module itself asks about another one. */
static void
testQuestion(void)
{
    g_autofree char *none = cmdqvFatalValuesFindQuestion(DEVICES("<interface type='user'/><hostdev type='pci'/>"));
    g_autofree char *elsewhere = cmdqvFatalValuesFindQuestion(TOP("<metadata><interface type='hostdev'/></metadata>"));
    g_autofree char *invalid = cmdqvFatalValuesFindQuestion("<domain><devices><interface type='hostdev'/>");
    g_autofree char *other = cmdqvFatalValuesFindQuestion("<pool><devices><interface type='hostdev'/></devices></pool>");
    g_autofree char *entity = cmdqvFatalValuesFindQuestion("<!DOCTYPE domain [<!ENTITY h 'hostdev'>]><domain><devices>" SMMU
                                                           "<interface type='&h;'/></devices></domain>");
    g_autofree char *found = cmdqvFatalValuesFindQuestion("<domain><devices/>\n<devices>" SMMU "<interface type='&#104;ostdev'/></devices></domain>");

    g_assert_null(none);
    g_assert_null(elsewhere);
    g_assert_null(invalid);
    g_assert_null(other);
    g_assert_nonnull(entity);
    g_assert_cmpstr(found, ==, "<interface> in line 2: libvirt makes no command line of a domain with type='hostdev', and mostly crashes; "
                               "write it as <hostdev>, or use 'virt-cmdqv argv'");
}


int
main(int argc, char **argv)
{
    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/fatal/question", testQuestion);
    g_test_add_func("/fatal/texts", testTexts);
    g_test_add_func("/fatal/unread", testUnread);
    g_test_add_func("/fatal/read", testRead);
    return g_test_run();
}
