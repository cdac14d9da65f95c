/*
 * lazy_libvirt.c: load libvirt at the first call of one of its functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt.so loads some sixty libraries, which takes longer than the check of a
 * domain, and commands without a daemon need none of them. So the program is
 * not linked with libvirt: this file defines the functions that it calls, which
 * call the real ones. If a command needs another function, add it here; the
 * linker reports it.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <libvirt/virterror.h>

#include "virt_cmdqv.h"

#define CMDQV_LAZY_LIBVIRT_LIBRARY "libvirt.so.0"


/* The tool prints errors itself, so libvirt must not. */
static void
cmdqvLazyLibvirtKeepQuiet(void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}


/* A preloaded function takes precedence, as if the program were linked with the library; NULL if there is no library. */
static gpointer
cmdqvLazyLibvirtLookUp(const char *name)
{
    static gpointer library;

    if (!library) {
        library = dlopen(CMDQV_LAZY_LIBVIRT_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
        if (library)
            ((__typeof__(&virSetErrorFunc))cmdqvLazyLibvirtLookUp("virSetErrorFunc"))(NULL, cmdqvLazyLibvirtKeepQuiet);
    }
    return library ? dlsym(RTLD_DEFAULT, name) : NULL;
}


/* Ends the program if there is no library. */
static gpointer
cmdqvLazyLibvirtFind(const char *name)
{
    gpointer found = cmdqvLazyLibvirtLookUp(name);

    if (!found) {
        (void)fprintf(stderr, "virt-cmdqv: libvirt cannot be used: %s\n", dlerror());
        exit(CMDQV_EXIT_TROUBLE);
    }
    return found;
}


/**
 * cmdqvLazyLibvirtVersion:
 *
 * Returns: the version of this host's libvirt, 0 if there is none
 */
unsigned long
cmdqvLazyLibvirtVersion(void)
{
    __typeof__(&virGetVersion) query = (__typeof__(&virGetVersion))cmdqvLazyLibvirtLookUp("virGetVersion");
    unsigned long version = 0;

    if (query)
        (void)query(&version, NULL, NULL);
    return version;
}


/* Defines a function that calls that of libvirt; the compiler checks its type against libvirt's header. */
#define CMDQV_LAZY_LIBVIRT(type, name, parameters, arguments) \
    type name parameters \
    { \
        return ((__typeof__(&name))cmdqvLazyLibvirtFind(#name)) arguments; \
    }

CMDQV_LAZY_LIBVIRT(int, virConnectClose, (virConnectPtr conn), (conn))
CMDQV_LAZY_LIBVIRT(char *, virConnectDomainXMLToNative,
                   (virConnectPtr conn, const char *format, const char *xml, unsigned int flags), (conn, format, xml, flags))
CMDQV_LAZY_LIBVIRT(int, virConnectGetCPUModelNames, (virConnectPtr conn, const char *arch, char ***models, unsigned int flags),
                   (conn, arch, models, flags))
CMDQV_LAZY_LIBVIRT(char *, virConnectGetDomainCapabilities,
                   (virConnectPtr conn, const char *emulator, const char *arch, const char *machine, const char *type,
                    unsigned int flags), (conn, emulator, arch, machine, type, flags))
CMDQV_LAZY_LIBVIRT(char *, virConnectGetHostname, (virConnectPtr conn), (conn))
CMDQV_LAZY_LIBVIRT(int, virConnectGetLibVersion, (virConnectPtr conn, unsigned long *version), (conn, version))
CMDQV_LAZY_LIBVIRT(const char *, virConnectGetType, (virConnectPtr conn), (conn))
CMDQV_LAZY_LIBVIRT(char *, virConnectGetURI, (virConnectPtr conn), (conn))
CMDQV_LAZY_LIBVIRT(int, virConnectIsAlive, (virConnectPtr conn), (conn))
CMDQV_LAZY_LIBVIRT(int, virConnectListAllDomains, (virConnectPtr conn, virDomainPtr **domains, unsigned int flags),
                   (conn, domains, flags))
CMDQV_LAZY_LIBVIRT(virConnectPtr, virConnectOpen, (const char *name), (name))
CMDQV_LAZY_LIBVIRT(virConnectPtr, virConnectOpenReadOnly, (const char *name), (name))
CMDQV_LAZY_LIBVIRT(virDomainPtr, virDomainDefineXMLFlags, (virConnectPtr conn, const char *xml, unsigned int flags), (conn, xml, flags))
CMDQV_LAZY_LIBVIRT(int, virDomainFree, (virDomainPtr domain), (domain))
CMDQV_LAZY_LIBVIRT(virConnectPtr, virDomainGetConnect, (virDomainPtr domain), (domain))
CMDQV_LAZY_LIBVIRT(char *, virDomainGetMetadata, (virDomainPtr domain, int type, const char *uri, unsigned int flags),
                   (domain, type, uri, flags))
CMDQV_LAZY_LIBVIRT(const char *, virDomainGetName, (virDomainPtr domain), (domain))
CMDQV_LAZY_LIBVIRT(int, virDomainGetState, (virDomainPtr domain, int *state, int *reason, unsigned int flags),
                   (domain, state, reason, flags))
CMDQV_LAZY_LIBVIRT(int, virDomainGetUUIDString, (virDomainPtr domain, char *buf), (domain, buf))
CMDQV_LAZY_LIBVIRT(char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags))
CMDQV_LAZY_LIBVIRT(int, virDomainIsActive, (virDomainPtr domain), (domain))
CMDQV_LAZY_LIBVIRT(int, virDomainIsPersistent, (virDomainPtr domain), (domain))
CMDQV_LAZY_LIBVIRT(virDomainPtr, virDomainLookupByName, (virConnectPtr conn, const char *name), (conn, name))
CMDQV_LAZY_LIBVIRT(int, virGetLastErrorCode, (void), ())
CMDQV_LAZY_LIBVIRT(const char *, virGetLastErrorMessage, (void), ())
CMDQV_LAZY_LIBVIRT(int, virNetworkFree, (virNetworkPtr network), (network))
CMDQV_LAZY_LIBVIRT(char *, virNetworkGetXMLDesc, (virNetworkPtr network, unsigned int flags), (network, flags))
CMDQV_LAZY_LIBVIRT(int, virNetworkIsActive, (virNetworkPtr network), (network))
CMDQV_LAZY_LIBVIRT(virNetworkPtr, virNetworkLookupByName, (virConnectPtr conn, const char *name), (conn, name))


/**
 * virConnectOpenAuth:
 * @name: URI
 * @auth: (nullable): the callbacks; NULL for libvirt's own
 * @flags: of virConnectFlags
 *
 * libvirt's own callbacks are a variable of the library, which the program
 * cannot refer to.
 *
 * Returns: the connection, or NULL
 */
virConnectPtr
virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    virConnectAuthPtr *own = cmdqvLazyLibvirtFind("virConnectAuthPtrDefault");

    return ((__typeof__(&virConnectOpenAuth))cmdqvLazyLibvirtFind("virConnectOpenAuth"))(name, auth ? auth : *own, flags);
}
