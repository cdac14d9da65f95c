/*
 * definition_fuzz.c: a client's definition, changed and judged as at its define
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each text that is made of it can be read.  One command line, or none, is the
 * answer of libvirt.
 *
 * Seeds: fuzz/corpus/domain-xml qemuxml2argvdata:xml e2e/helpers:xml fuzz/corpus/lower
 */

#include "fuzz.h"
#include "conf/domain_edit.h"
#include "conf/native_question.h"
#include "conf/xml_edit.h"
#include "lowering/strict_values.h"
#include "policy/definition.h"

#define CMDQV_FUZZ_DEVICE "<hostdev mode='subsystem' type='pci'><source><address domain='9' bus='7'/></source></hostdev>"


static char *
cmdqvFuzzToNative(const char *xml, gpointer data G_GNUC_UNUSED)
{
    return g_str_hash(xml) % 2 ? NULL
        : g_strdup("qemu-system-aarch64 -device pxb-pcie,id=pci.1 -device '{\"driver\":\"pcie-root-port\",\"id\":\"pci.2\",\"bus\":\"pci.1\"}' "
                   "-device arm-smmuv3,primary-bus=pci.1,id=iommu0,accel=on,cmdqv=on "
                   "-device vfio-pci,host=0009:01:00.0,id=hostdev0,bus=pci.2,iommufd=iommufd0");
}


static void
cmdqvFuzzCheckText(const char *from, const char *text)
{
    g_autofree char *read = text ? cmdqvFuzzFormat(text) : NULL;

    cmdqvFuzzCheck(!text || read, "what comes of it can be read", from, text);
}


static char *
cmdqvFuzzEdited(const char *xml, const cmdqvDevice *device, bool (*edit)(xmlDoc *domain, const cmdqvDevice *device))
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL);

    return doc && edit(doc, device) ? cmdqvXMLEditDump(doc, NULL) : NULL;
}


static void
cmdqvFuzzEdit(const char *xml)
{
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLParse(CMDQV_FUZZ_DEVICE, strlen(CMDQV_FUZZ_DEVICE), NULL);
    g_autoptr(cmdqvDevice) alias = cmdqvDeviceNewAlias("hostdev0");
    g_autofree char *added = cmdqvFuzzEdited(xml, device, cmdqvDomainEditAddDevice);
    g_autofree char *without = cmdqvFuzzEdited(xml, alias, cmdqvDomainEditRemoveDevice);
    g_autofree char *native = cmdqvNativeQuestion(xml);

    cmdqvFuzzCheckText(xml, added);
    cmdqvFuzzCheckText(xml, without);
    cmdqvFuzzCheckText(xml, native);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    const cmdqvTopology *complete;
    g_autofree char *strict = NULL;
    bool isReaders;
    bool read = cmdqvDefinitionJudge(xml, size, cmdqvFuzzToNative, NULL, NULL, &definition, &error);

    cmdqvFuzzCheckError(read, error);
    if (!read)
        return 0;
    verdict = cmdqvDefinitionVerdict(&definition, NULL);
    cmdqvFuzzCheck(!verdict || (verdict->message && !strchr(verdict->message, '\n')), "a refusal is one line", xml,
                   verdict ? verdict->message : NULL);
    strict = cmdqvStrictValuesRefusal(definition.doc, &isReaders);
    (void)cmdqvDefinitionPlace(&definition, cmdqvFuzzToNative, NULL);
    complete = cmdqvDefinitionComplete(&definition, cmdqvFuzzToNative, NULL, NULL);
    cmdqvFuzzCheck(complete || definition.topology->badValues->len > 0, "what can be judged can be completed", xml, NULL);
    cmdqvFuzzEdit(xml);
    return 0;
}
