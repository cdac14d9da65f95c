/*
 * allocation_fault_test.c: memory that libxml2 does not get, at each place in turn
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A text is read completely or not at all: a tree from which a failed allocation
 * took a device would leave that device unguarded.  GLib ends the process when it
 * gets no memory, and the text bounds the memory that it is asked for here.
 */

#include <stdlib.h>
#include <string.h>

#include <libxml/xmlmemory.h>

#include "test_topology.h"
#include "testutils.h"
#include "conf/device_xml.h"
#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/native_question.h"
#include "conf/xml_edit.h"
#include "layout/layout.h"
#include "lowering/lift.h"
#include "lowering/lower.h"

#define DOMAIN \
    "<domain type='kvm'><name>g1</name><os><type arch='aarch64' machine='virt'>hvm</type></os><features><acpi/></features>" \
    "<devices><controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='252'/></controller>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='0x01' slot='0x00'/></controller>" \
    "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>" \
    "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address domain='0x0009' bus='0x01' slot='0x00' " \
    "function='0x0'/></source><alias name='ua-a&amp;b'/><address type='pci' bus='0x02' slot='0x00'/></hostdev>" \
    "<interface type='hostdev'><mac address='52:54:00:00:09:01'/><driver iommufd='yes'/><source><address type='pci' " \
    "domain='0x0009' bus='0x03'/></source></interface></devices></domain>"
#define DEVICE \
    "<hostdev mode='subsystem' type='pci'><source><address domain='0x0009' bus='0x01' slot='0x00' function='0x0'/></source>" \
    "<alias name='ua-a'/></hostdev>"

/* The allocation that fails, counted down; none at 0. */
static guint failAt;


static bool
cmdqvTestFails(void)
{
    return failAt > 0 && --failAt == 0;
}


static void *
cmdqvTestMalloc(size_t size)
{
    return cmdqvTestFails() ? NULL : malloc(size);
}


static void *
cmdqvTestRealloc(void *memory, size_t size)
{
    return cmdqvTestFails() ? NULL : realloc(memory, size);
}


static char *
cmdqvTestStrdup(const char *text)
{
    return cmdqvTestFails() ? NULL : strdup(text);
}


#if defined(__SANITIZE_ADDRESS__)
/* libxml2 2.9 forgets the part of an element that it has copied when it gets no more memory. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:libxml2.so";
}
#endif


/* libxml2 says each time that it got no memory. */
static void
cmdqvTestSilence(void *data G_GNUC_UNUSED, const char *format G_GNUC_UNUSED, ...)
{
}


static char *
cmdqvTestDomain(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(DOMAIN, strlen(DOMAIN), &error);

    g_assert_true(!topology == (error != NULL));
    return topology ? cmdqvTestDescribeTopology(topology) : NULL;
}


static char *
cmdqvTestDevice(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(DEVICE, strlen(DEVICE), &error);
    guint left = failAt;
    char *found;

    g_assert_true(!device == (error != NULL));
    failAt = 0;
    topology = cmdqvDomainXMLRead(DOMAIN, strlen(DOMAIN), NULL);
    found = device ? g_strdup_printf("%d", cmdqvDeviceFind(device, topology, false)) : NULL;
    failAt = left;
    return found;
}


static char *
cmdqvTestPin(void)
{
    g_autoptr(GArray) indexes = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GError) error = NULL;
    const int port = 2;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(DOMAIN, strlen(DOMAIN), "domain", &error);
    g_autoptr(cmdqvTopology) topology = doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), &error) : NULL;
    char *pinned = NULL;

    g_array_append_val(indexes, port);
    if (topology) {
        cmdqvDomainEditClosePorts(doc, topology, indexes);
        pinned = cmdqvXMLEditDump(doc, &error);
    }
    g_assert_true(!pinned == (error != NULL));
    return pinned;
}


static char *
cmdqvTestAdd(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLParse(DEVICE, strlen(DEVICE), &error);
    g_autoptr(xmlDoc) doc = device ? cmdqvXMLReadParse(DOMAIN, strlen(DOMAIN), "domain", &error) : NULL;
    char *changed = doc && cmdqvDomainEditAddDevice(doc, device) ? cmdqvXMLEditDump(doc, &error) : NULL;

    g_assert_true(!changed == (error != NULL));
    return changed;
}


static char *
cmdqvTestLower(void)
{
    g_autoptr(GError) error = NULL;
    char *lowered = NULL;
    bool ok = cmdqvTestLowerText(DOMAIN, &cmdqvEmulatorCapsUpstream, &lowered, &error);

    g_assert_true(ok == !error);
    g_assert_true(!lowered == (error != NULL));
    return lowered;
}


static char *
cmdqvTestLift(void)
{
    g_autoptr(GError) error = NULL;
    guint left = failAt;
    g_autofree char *lowered = NULL;
    char *lifted = NULL;
    bool ok;

    failAt = 0;
    g_assert_true(cmdqvTestLowerText(DOMAIN, &cmdqvEmulatorCapsUpstream, &lowered, NULL));
    failAt = left;
    ok = cmdqvLiftXML(lowered, &lifted, &error);
    g_assert_true(ok == !error);
#if LIBXML_VERSION >= 21400
    g_assert_true(!lifted == (error != NULL));
#else
    /* without the memory for a prefix, an older libxml2 reads the record in another namespace and says nothing */
    g_assert_true(!lifted || !error);
#endif
    return lifted;
}


/* Without the memory to find out, it is: libvirt gets a domain as it is if lowering is not needed. */
static void
cmdqvTestIsNeeded(void)
{
    guint left = 0;
    guint at;

    for (at = 1; left == 0; at++) {
        g_autoptr(xmlDoc) doc = NULL;
        bool needed;

        failAt = at;
        doc = cmdqvXMLReadParse(DOMAIN, strlen(DOMAIN), NULL, NULL);
        needed = !doc || cmdqvLowerIsNeeded(doc);
        left = failAt;
        failAt = 0;
        g_assert_true(needed);
    }
    g_assert_cmpuint(at, >, 10);
}


static char *
cmdqvTestWithout(void)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(DOMAIN, strlen(DOMAIN), NULL, NULL);
    g_autoptr(xmlDoc) without = doc ? cmdqvLowerWithout(doc) : NULL;

    return without ? cmdqvXMLEditFormat(without, NULL) : NULL;
}


/* A host with an SMMU for each segment. */
static bool
cmdqvTestAsk(const char *device, cmdqvDeviceNeedsPlace *place, gpointer data G_GNUC_UNUSED)
{
    *place = (cmdqvDeviceNeedsPlace){
        .smmu = g_str_has_prefix(device, "0009") ? "smmu3.a" : "smmu3.b",
        .mayHaveCmdqv = true,
        .needs = { G_GUINT64_CONSTANT(1) << 39, 2 },
    };
    return true;
}


/* A device that joins a vSMMU, one that gets a new one, and the place that a spare port takes. */
static char *
cmdqvTestLayout(cmdqvLayoutShape shape, const char *domain)
{
    static const char *const hostdevs[] = { "0009:02:00.0", "0010:01:00.0", NULL };
    const cmdqvLayoutRequest request = { hostdevs, shape, shape == CMDQV_LAYOUT_LIBVIRT ? 1 : 0, cmdqvTestAsk, NULL, true };
    g_autoptr(GError) error = NULL;
    char *laid = cmdqvLayoutDomain(domain, &request, &error);

    g_assert_true(!laid == (error != NULL));
    return laid;
}


static char *
cmdqvTestLayoutLibvirt(void)
{
    return cmdqvTestLayout(CMDQV_LAYOUT_LIBVIRT, DOMAIN);
}


static char *
cmdqvTestLayoutKubevirt(void)
{
    return cmdqvTestLayout(CMDQV_LAYOUT_KUBEVIRT, "<domain>\n  <cpu>\n    <numa>\n      <cell cpus='0' memory='1'/>\n    </numa>\n  </cpu>\n"
                           "  <devices>\n    <controller type='pci' index='0' model='pcie-root'/>\n"
                           "    <hostdev mode='subsystem' type='pci'>\n      <source>\n        <address domain='0x0009' bus='0x01' "
                           "slot='0x00' function='0x0'/>\n      </source>\n    </hostdev>\n  </devices>\n</domain>\n");
}


static char *
cmdqvTestNative(void)
{
    return cmdqvNativeQuestion(DOMAIN);
}


/* All or nothing: fails the first allocation, then the second, and so on, until none is left to fail. */
static void
cmdqvTestRun(gconstpointer data)
{
    char *(*work)(void) = (char *(*)(void))data;
    g_autofree char *whole = work();
    guint refused = 0;
    guint at;

    g_assert_nonnull(whole);
    for (at = 1;; at++) {
        g_autofree char *got = NULL;
        guint left;

        failAt = at;
        got = work();
        left = failAt;
        failAt = 0;
        if (left > 0)
            break;
        refused += got == NULL;
        if (got)
            g_assert_cmpstr(got, ==, whole);
    }
    g_test_message("%u places, %u refused", at - 1, refused);
    g_assert_cmpuint(refused, >, 0);
}


int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        char *(*work)(void);
    } works[] = {
        { .path = "/fault/domain-xml", .work = cmdqvTestDomain },
        { .path = "/fault/device-xml", .work = cmdqvTestDevice },
        { .path = "/fault/pin", .work = cmdqvTestPin },
        { .path = "/fault/add-device", .work = cmdqvTestAdd },
        { .path = "/fault/for-native", .work = cmdqvTestNative },
        { .path = "/fault/lower", .work = cmdqvTestLower },
        { .path = "/fault/lift", .work = cmdqvTestLift },
        { .path = "/fault/lower-without", .work = cmdqvTestWithout },
        { .path = "/fault/layout", .work = cmdqvTestLayoutLibvirt },
        { .path = "/fault/layout-kubevirt", .work = cmdqvTestLayoutKubevirt },
    };
    guint i;

    if (xmlMemSetup(free, cmdqvTestMalloc, cmdqvTestRealloc, cmdqvTestStrdup) != 0)
        return 99;
    xmlSetGenericErrorFunc(NULL, cmdqvTestSilence);
    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(works); i++)
        g_test_add_data_func(works[i].path, (gconstpointer)works[i].work, cmdqvTestRun);
    g_test_add_func("/fault/lower-is-needed", cmdqvTestIsNeeded);
    return g_test_run();
}
