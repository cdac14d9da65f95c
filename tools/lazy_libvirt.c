/*
 * lazy_libvirt.c: libvirt, loaded when the first of its functions is called
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt.so brings some sixty libraries, and to load them takes longer than to
 * validate a domain.  What needs no daemon needs none of them.  So the program
 * is not linked with libvirt: the functions that it calls stand here under their
 * own names, and pass the call on.  A command that calls another one has to add
 * it, and the linker says so.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <libvirt/virterror.h>

#include "virt_cmdqv.h"

#define CMDQV_LIBVIRT "libvirt.so.0"


/* Errors are printed where they are of use, and not by libvirt. */
static void
cmdqvLazyKeepQuiet(void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}


/* What is preloaded comes before the library, as if the program were linked with it. */
static gpointer
cmdqvLazyFind(const char *name)
{
    static gpointer library;
    gpointer found;

    if (!library) {
        library = dlopen(CMDQV_LIBVIRT, RTLD_NOW | RTLD_GLOBAL);
        if (library)
            ((__typeof__(&virSetErrorFunc))cmdqvLazyFind("virSetErrorFunc"))(NULL, cmdqvLazyKeepQuiet);
    }
    found = library ? dlsym(RTLD_DEFAULT, name) : NULL;
    if (!found) {
        (void)fprintf(stderr, "virt-cmdqv: libvirt cannot be used: %s\n", dlerror());
        exit(CMDQV_EXIT_TROUBLE);
    }
    return found;
}


/* A function of libvirt that passes the call on; its type is checked against libvirt's header. */
#define CMDQV_LAZY(type, name, parameters, arguments) \
    type name parameters \
    { \
        return ((__typeof__(&name))cmdqvLazyFind(#name)) arguments; \
    }

CMDQV_LAZY(int, virConnectClose, (virConnectPtr conn), (conn))
CMDQV_LAZY(char *, virConnectDomainXMLToNative,
           (virConnectPtr conn, const char *format, const char *xml, unsigned int flags), (conn, format, xml, flags))
CMDQV_LAZY(int, virConnectGetCPUModelNames, (virConnectPtr conn, const char *arch, char ***models, unsigned int flags),
           (conn, arch, models, flags))
CMDQV_LAZY(int, virConnectGetLibVersion, (virConnectPtr conn, unsigned long *version), (conn, version))
CMDQV_LAZY(const char *, virConnectGetType, (virConnectPtr conn), (conn))
CMDQV_LAZY(char *, virConnectGetURI, (virConnectPtr conn), (conn))
CMDQV_LAZY(int, virConnectListAllDomains, (virConnectPtr conn, virDomainPtr **domains, unsigned int flags),
           (conn, domains, flags))
CMDQV_LAZY(virConnectPtr, virConnectOpen, (const char *name), (name))
CMDQV_LAZY(virConnectPtr, virConnectOpenReadOnly, (const char *name), (name))
CMDQV_LAZY(virDomainPtr, virDomainDefineXMLFlags, (virConnectPtr conn, const char *xml, unsigned int flags), (conn, xml, flags))
CMDQV_LAZY(int, virDomainFree, (virDomainPtr domain), (domain))
CMDQV_LAZY(virConnectPtr, virDomainGetConnect, (virDomainPtr domain), (domain))
CMDQV_LAZY(char *, virDomainGetMetadata, (virDomainPtr domain, int type, const char *uri, unsigned int flags),
           (domain, type, uri, flags))
CMDQV_LAZY(const char *, virDomainGetName, (virDomainPtr domain), (domain))
CMDQV_LAZY(int, virDomainGetState, (virDomainPtr domain, int *state, int *reason, unsigned int flags),
           (domain, state, reason, flags))
CMDQV_LAZY(int, virDomainGetUUIDString, (virDomainPtr domain, char *buf), (domain, buf))
CMDQV_LAZY(char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags))
CMDQV_LAZY(int, virDomainIsActive, (virDomainPtr domain), (domain))
CMDQV_LAZY(int, virDomainIsPersistent, (virDomainPtr domain), (domain))
CMDQV_LAZY(virDomainPtr, virDomainLookupByName, (virConnectPtr conn, const char *name), (conn, name))
CMDQV_LAZY(const char *, virGetLastErrorMessage, (void), ())
CMDQV_LAZY(int, virNetworkFree, (virNetworkPtr network), (network))
CMDQV_LAZY(char *, virNetworkGetXMLDesc, (virNetworkPtr network, unsigned int flags), (network, flags))
CMDQV_LAZY(int, virNetworkIsActive, (virNetworkPtr network), (network))
CMDQV_LAZY(virNetworkPtr, virNetworkLookupByName, (virConnectPtr conn, const char *name), (conn, name))


/**
 * virConnectOpenAuth:
 * @name: URI
 * @auth: (nullable): the callbacks; NULL stands for libvirt's own
 * @flags: of virConnectFlags
 *
 * libvirt's own callbacks are a variable of the library, so the program cannot
 * name them.
 *
 * Returns: the connection, or NULL
 */
virConnectPtr
virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    virConnectAuthPtr *own = cmdqvLazyFind("virConnectAuthPtrDefault");

    return ((__typeof__(&virConnectOpenAuth))cmdqvLazyFind("virConnectOpenAuth"))(name, auth ? auth : *own, flags);
}
