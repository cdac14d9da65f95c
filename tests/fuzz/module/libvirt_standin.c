/*
 * libvirt_standin.c: a libvirt behind the module that keeps the text that it is given
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It is between the module and libvirt.so, whose test driver has the domain
 * and answers the calls that are not answered here.  It calls itself one that
 * knows CMDQV.
 */

#include "libvirt_standin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#define CMDQV_STANDIN_EXPORT __attribute__((visibility("default")))
#define CMDQV_STANDIN_VERSION 12008000

/* By this the module's own questions are known. */
#define CMDQV_STANDIN_QUESTION "libvirt-cmdqv"

#define CMDQV_STANDIN_ARGV "qemu-system-aarch64 -device pxb-pcie,id=pci.1 -device pcie-root-port,id=pci.2,bus=pci.1 " \
    "-device arm-smmuv3,primary-bus=pci.1,id=iommu0,accel=on,cmdqv=on " \
    "-device vfio-pci,host=0009:01:00.0,id=hostdev0,bus=pci.2,iommufd=iommufd0"

typedef void (*cmdqvStandinReport)(int domain, int code, const char *file, const char *function, size_t line, const char *format, ...);
typedef virDomainPtr (*cmdqvStandinGetDomain)(virConnectPtr conn, const char *name, const unsigned char *uuid, int id);

CMDQV_STANDIN_EXPORT virDomainPtr virDomainMigrateFinish3Params(virConnectPtr conn, virTypedParameterPtr params, int nparams,
                                                                const char *cookie, int cookieLen, char **out, int *outLen,
                                                                unsigned int flags, int cancelled);

static cmdqvStandin cmdqvStandinNow;
static char *cmdqvStandinText;


CMDQV_STANDIN_EXPORT void
cmdqvStandinBegin(const cmdqvStandin *standin)
{
    cmdqvStandinNow = *standin;
    g_clear_pointer(&cmdqvStandinText, g_free);
    virResetLastError();
}


/* The last text that was to be kept, NULL if there was none so far. */
CMDQV_STANDIN_EXPORT const char *
cmdqvStandinGiven(void)
{
    return cmdqvStandinText;
}


CMDQV_STANDIN_EXPORT virConnectPtr
cmdqvStandinConnect(void)
{
    static virConnectPtr conn;

    if (!conn)
        conn = virConnectOpen("test:///default");
    if (!conn)
        abort();
    return conn;
}


CMDQV_STANDIN_EXPORT virDomainPtr
cmdqvStandinDomain(void)
{
    static const unsigned char uuid[VIR_UUID_BUFLEN] = { 1, 2, 3 };
    static virDomainPtr domain;
    cmdqvStandinGetDomain get = (cmdqvStandinGetDomain)dlsym(RTLD_NEXT, "virGetDomain");

    if (!domain && get)
        domain = get(cmdqvStandinConnect(), "g1", uuid, -1);
    if (!domain)
        abort();
    return domain;
}


/* Keeps the text, or says of the module's question that it is no XML. */
static bool
cmdqvStandinTake(const char *text, size_t len)
{
    cmdqvStandinReport report = (cmdqvStandinReport)dlsym(RTLD_NEXT, "virReportErrorHelper");

    if (!report)
        abort();
    if (!text || strstr(text, CMDQV_STANDIN_QUESTION "-access-check")) {
        report(VIR_FROM_XML, VIR_ERR_XML_ERROR, __FILE__, __func__, __LINE__, "%s", "no XML");
        return false;
    }
    g_free(cmdqvStandinText);
    cmdqvStandinText = g_strndup(text, len);
    return true;
}


CMDQV_STANDIN_EXPORT char *
virConnectGetURI(virConnectPtr conn G_GNUC_UNUSED)
{
    return strdup("qemu:///system");
}


CMDQV_STANDIN_EXPORT const char *
virConnectGetType(virConnectPtr conn G_GNUC_UNUSED)
{
    return "QEMU";
}


CMDQV_STANDIN_EXPORT int
virGetVersion(unsigned long *version, const char *type G_GNUC_UNUSED, unsigned long *typeVersion)
{
    if (version)
        *version = CMDQV_STANDIN_VERSION;
    if (typeVersion)
        *typeVersion = CMDQV_STANDIN_VERSION;
    return 0;
}


CMDQV_STANDIN_EXPORT char *
virConnectDomainXMLToNative(virConnectPtr conn G_GNUC_UNUSED, const char *format G_GNUC_UNUSED, const char *xml,
                            unsigned int flags G_GNUC_UNUSED)
{
    cmdqvStandinReport report = (cmdqvStandinReport)dlsym(RTLD_NEXT, "virReportErrorHelper");

    if (report && strstr(xml, "='" CMDQV_STANDIN_QUESTION "-asks"))
        report(VIR_FROM_XML, VIR_ERR_XML_ERROR, __FILE__, __func__, __LINE__, "%s", CMDQV_STANDIN_QUESTION "-asks");
    else if (cmdqvStandinNow.makesNative)
        return strdup(CMDQV_STANDIN_ARGV);
    return NULL;
}


CMDQV_STANDIN_EXPORT char *
virConnectGetDomainCapabilities(virConnectPtr conn G_GNUC_UNUSED, const char *emulator G_GNUC_UNUSED, const char *arch G_GNUC_UNUSED,
                                const char *machine G_GNUC_UNUSED, const char *type G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    return NULL;
}


CMDQV_STANDIN_EXPORT int
virDomainSetMetadata(virDomainPtr domain G_GNUC_UNUSED, int type G_GNUC_UNUSED, const char *metadata, const char *key G_GNUC_UNUSED,
                     const char *uri G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    return cmdqvStandinTake(metadata, metadata ? strlen(metadata) : 0) ? 0 : -1;
}


CMDQV_STANDIN_EXPORT virDomainPtr
virDomainDefineXMLFlags(virConnectPtr conn G_GNUC_UNUSED, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    (void)cmdqvStandinTake(xml, strlen(xml));
    return NULL;
}


CMDQV_STANDIN_EXPORT virDomainSnapshotPtr
virDomainSnapshotCreateXML(virDomainPtr domain G_GNUC_UNUSED, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    (void)cmdqvStandinTake(xml, strlen(xml));
    return NULL;
}


CMDQV_STANDIN_EXPORT char *
virDomainSaveImageGetXMLDesc(virConnectPtr conn G_GNUC_UNUSED, const char *file G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    return strdup(cmdqvStandinNow.saved);
}


CMDQV_STANDIN_EXPORT int
virDomainSaveImageDefineXML(virConnectPtr conn G_GNUC_UNUSED, const char *file G_GNUC_UNUSED, const char *xml,
                            unsigned int flags G_GNUC_UNUSED)
{
    return cmdqvStandinTake(xml, strlen(xml)) ? 0 : -1;
}


CMDQV_STANDIN_EXPORT int
virDomainRestoreFlags(virConnectPtr conn G_GNUC_UNUSED, const char *from G_GNUC_UNUSED, const char *xml,
                      unsigned int flags G_GNUC_UNUSED)
{
    const char *text = xml ? xml : cmdqvStandinNow.saved;

    return cmdqvStandinTake(text, strlen(text)) ? 0 : -1;
}


CMDQV_STANDIN_EXPORT virDomainPtr
virDomainMigrateFinish3Params(virConnectPtr conn G_GNUC_UNUSED, virTypedParameterPtr params G_GNUC_UNUSED, int nparams G_GNUC_UNUSED,
                              const char *cookie, int cookieLen, char **out G_GNUC_UNUSED, int *outLen G_GNUC_UNUSED,
                              unsigned int flags G_GNUC_UNUSED, int cancelled G_GNUC_UNUSED)
{
    /* each byte that is claimed is there */
    if (cookieLen > 0 && cookie[cookieLen - 1] == '\0')
        (void)cmdqvStandinTake(cookie, (size_t)cookieLen);
    return NULL;
}


CMDQV_STANDIN_EXPORT int
virDomainIsActive(virDomainPtr domain G_GNUC_UNUSED)
{
    return 0;
}


CMDQV_STANDIN_EXPORT int
virDomainGetControlInfo(virDomainPtr domain G_GNUC_UNUSED, virDomainControlInfoPtr info, unsigned int flags G_GNUC_UNUSED)
{
    memset(info, 0, sizeof(*info));
    return 0;
}


CMDQV_STANDIN_EXPORT virDomainPtr
virDomainLookupByUUID(virConnectPtr conn G_GNUC_UNUSED, const unsigned char *uuid G_GNUC_UNUSED)
{
    return NULL;
}


CMDQV_STANDIN_EXPORT virDomainPtr
virDomainLookupByName(virConnectPtr conn G_GNUC_UNUSED, const char *name G_GNUC_UNUSED)
{
    return NULL;
}
