/*
 * query_as_daemon.c: query libvirt in the daemon's name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Access control may allow a caller to change a domain that it may not read.
 * Such a caller must not bypass the rules, so if libvirt denies it an answer,
 * the module repeats the query in the daemon's name. It uses the answer only
 * for a verdict, and raises the verdict only if libvirt allows the caller to
 * change the domain.
 */

#include "daemon/query_as_daemon.h"

#include <dlfcn.h>
#include <stdbool.h>

#include <glib-object.h>

#include "daemon/quiet_log.h"
#include "daemon/raise_error.h"

/* libvirt.so exports these for its own daemons (src/util/viridentity.h); an identity is a GObject. */
typedef gpointer (*cmdqvQueryAsDaemonGetIdentity)(void);
typedef int (*cmdqvQueryAsDaemonSetIdentity)(gpointer identity);

/** The identity for a query of the calling thread; both members are NULL if it is the caller's own. */
typedef struct {
    gpointer caller;
    cmdqvQueryAsDaemonSetIdentity set;
} cmdqvQueryAsDaemonName;


static void
cmdqvQueryAsDaemonNameClear(cmdqvQueryAsDaemonName *name)
{
    if (!name->set)
        return;

    (void)name->set(name->caller);
    g_clear_object(&name->caller);
}


G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvQueryAsDaemonName, cmdqvQueryAsDaemonNameClear)


/* Gives the calling thread the daemon's identity; false if that is impossible, or this libvirt cannot do it. */
static bool
cmdqvQueryAsDaemonRun(cmdqvQueryAsDaemonName *name)
{
    cmdqvQueryAsDaemonGetIdentity current = (cmdqvQueryAsDaemonGetIdentity)dlsym(RTLD_DEFAULT, "virIdentityGetCurrent");
    cmdqvQueryAsDaemonGetIdentity system = (cmdqvQueryAsDaemonGetIdentity)dlsym(RTLD_DEFAULT, "virIdentityGetSystem");
    cmdqvQueryAsDaemonSetIdentity set = (cmdqvQueryAsDaemonSetIdentity)dlsym(RTLD_DEFAULT, "virIdentitySetCurrent");
    gpointer daemon = current && system && set ? system() : NULL;
    bool ok;

    if (!daemon)
        return false;
    name->caller = current();
    ok = set(daemon) >= 0;
    g_object_unref(daemon);
    if (ok)
        name->set = set;
    else
        g_clear_object(&name->caller);
    return ok;
}


/* Whether libvirt denied the answer for lack of rights: it would give any other error to the daemon too. */
static bool
cmdqvQueryAsDaemonIsDenied(void)
{
    static const virErrorNumber rights[] = { VIR_ERR_ACCESS_DENIED, VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_CANCELLED,
                                             VIR_ERR_AUTH_UNAVAILABLE };

    return cmdqvRaiseErrorLastErrorIsOneOf(rights, G_N_ELEMENTS(rights));
}


/**
 * CMDQV_QUERY_AS_DAEMON:
 * @call: a query of libvirt
 * @failed: its result on failure
 *
 * Makes the query as the caller, and as the daemon if the caller lacks the
 * rights. So one query waits for a domain at most once. An error is in no log.
 */
#define CMDQV_QUERY_AS_DAEMON(call, failed) \
    (__extension__ ({ \
        g_auto(cmdqvQueryAsDaemonName) name_ = { .caller = NULL }; \
        g_auto(cmdqvQuietLog) quiet_ G_GNUC_UNUSED = cmdqvQuietLogBegin(TRUE); \
        __typeof__(call) answer_ = call; \
        if (answer_ == (failed) && cmdqvQueryAsDaemonIsDenied() && cmdqvQueryAsDaemonRun(&name_)) \
            answer_ = call; \
        answer_; \
    }))

/** As CMDQV_QUERY_AS_DAEMON(), and resets libvirt's error. */
#define CMDQV_QUERY_AS_DAEMON_SILENTLY(call, failed) \
    (__extension__ ({ \
        __typeof__(call) silent_ = CMDQV_QUERY_AS_DAEMON(call, failed); \
        virResetLastError(); \
        silent_; \
    }))


/**
 * cmdqvQueryAsDaemonOwnHandle:
 * @domain: a domain, in the handle of a client
 *
 * libvirt finds the domain by the UUID of the handle.  The name in it is the
 * client's: that of another file or domain, or one from before a rename.
 *
 * Returns: (transfer full) (nullable): a handle with libvirt's name of the
 * domain; NULL if there is no such domain
 */
cmdqvQueryAsDaemonHandle *
cmdqvQueryAsDaemonOwnHandle(virDomainPtr domain)
{
    virConnectPtr conn = CMDQV_REAL(virDomainGetConnect)(domain);
    unsigned char uuid[VIR_UUID_BUFLEN];
    virDomainPtr own = NULL;

    if (CMDQV_REAL(virDomainGetUUID)(domain, uuid) == 0)
        own = CMDQV_QUERY_AS_DAEMON(CMDQV_REAL(virDomainLookupByUUID)(conn, uuid), NULL);
    virResetLastError();
    return own;
}


/**
 * cmdqvQueryAsDaemonHandleFree:
 * @handle: of cmdqvQueryAsDaemonOwnHandle()
 *
 * virDomainFree() would reset the last error.
 */
void
cmdqvQueryAsDaemonHandleFree(cmdqvQueryAsDaemonHandle *handle)
{
    CMDQV_LIBVIRT(virObjectUnref)(handle);
}


/**
 * cmdqvQueryAsDaemonIsActive:
 * @domain: a domain
 *
 * Returns: 1 or 0, -1 if there is no such domain
 */
int
cmdqvQueryAsDaemonIsActive(virDomainPtr domain)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainIsActive)(domain), -1);
}


/**
 * cmdqvQueryAsDaemonIsPersistent:
 * @domain: a domain
 *
 * Returns: 1 if it has a definition, 0 if not, -1 if there is no such domain
 */
int
cmdqvQueryAsDaemonIsPersistent(virDomainPtr domain)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainIsPersistent)(domain), -1);
}


/* The state of its control interface; VIR_DOMAIN_CONTROL_OK if there is no such domain. */
static virDomainControlInfo
cmdqvQueryAsDaemonControl(virDomainPtr domain)
{
    virDomainControlInfo info;

    if (CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainGetControlInfo)(domain, &info, 0), -1) != 0)
        info = (virDomainControlInfo){ .state = VIR_DOMAIN_CONTROL_OK };
    return info;
}


/**
 * cmdqvQueryAsDaemonHeldFor:
 * @domain: a domain
 *
 * Does not wait, unlike a query for the XML of a running domain.
 *
 * Returns: for how many microseconds a running call has had the domain, 0 if
 * none has it
 */
gint64
cmdqvQueryAsDaemonHeldFor(virDomainPtr domain)
{
    const virDomainControlInfo info = cmdqvQueryAsDaemonControl(domain);

    return info.state == VIR_DOMAIN_CONTROL_OCCUPIED ? (gint64)info.stateTime * 1000 : 0;
}


/**
 * cmdqvQueryAsDaemonIsHeld:
 * @domain: a domain
 *
 * Does not wait, as cmdqvQueryAsDaemonHeldFor(). If a call has the domain and
 * waits for something other than QEMU's answer, such as the guest, libvirt
 * returns an error (qemuDomainGetControlInfo(), src/qemu/qemu_driver.c).
 *
 * Returns: true if a query for its XML may have to wait
 */
bool
cmdqvQueryAsDaemonIsHeld(virDomainPtr domain)
{
    const virDomainControlInfo info = cmdqvQueryAsDaemonControl(domain);

    return info.state == VIR_DOMAIN_CONTROL_OCCUPIED || info.state == VIR_DOMAIN_CONTROL_ERROR;
}


/**
 * cmdqvQueryAsDaemonHasManagedSave:
 * @domain: a domain
 *
 * Returns: 1 if it will start from a saved state, 0 if not, -1 if there is no
 * such domain
 */
int
cmdqvQueryAsDaemonHasManagedSave(virDomainPtr domain)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainHasManagedSaveImage)(domain, 0), -1);
}


/**
 * cmdqvQueryAsDaemonDomainXML:
 * @domain: a domain
 * @flags: of virDomainGetXMLDesc()
 *
 * On failure libvirt's error is set; the caller resets it.
 *
 * Returns: (transfer full): its XML as libvirt keeps it, which may be lowered, to
 * be freed with free(); NULL if there is no such domain, or other calls had it
 * for too long
 */
char *
cmdqvQueryAsDaemonDomainXML(virDomainPtr domain, unsigned int flags)
{
    return CMDQV_QUERY_AS_DAEMON(CMDQV_NEXT(virDomainGetXMLDesc)(domain, flags), NULL);
}


/**
 * cmdqvQueryAsDaemonMetadata:
 * @domain: a domain
 * @uri: a namespace
 *
 * Does not wait if a call has the domain, unlike a query for its XML
 * (qemuDomainGetMetadata(), src/qemu/qemu_driver.c).
 *
 * Returns: (transfer full): its metadata of that namespace, to be freed with
 * free(); NULL if it has none
 */
char *
cmdqvQueryAsDaemonMetadata(virDomainPtr domain, const char *uri)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_NEXT(virDomainGetMetadata)(domain, VIR_DOMAIN_METADATA_ELEMENT, uri,
                                          VIR_DOMAIN_AFFECT_CURRENT), NULL);
}


/**
 * cmdqvQueryAsDaemonSaveImageXML:
 * @conn: the caller's connection
 * @file: path of a saved domain
 *
 * Returns: (transfer full): the definition in it, to be freed with free(); NULL
 * if there is none
 */
char *
cmdqvQueryAsDaemonSaveImageXML(virConnectPtr conn, const char *file)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainSaveImageGetXMLDesc)(conn, file, 0), NULL);
}


/**
 * cmdqvQueryAsDaemonManagedSaveXML:
 * @domain: a domain that will start from a saved state
 *
 * Returns: (transfer full): the definition in that, to be freed with free();
 * NULL if it cannot be read
 */
char *
cmdqvQueryAsDaemonManagedSaveXML(virDomainPtr domain)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainManagedSaveGetXMLDesc)(domain, 0), NULL);
}


/**
 * cmdqvQueryAsDaemonSnapshotXML:
 * @snapshot: a snapshot
 *
 * Returns: (transfer full): its XML, to be freed with free(); NULL if there is
 * no such snapshot
 */
char *
cmdqvQueryAsDaemonSnapshotXML(virDomainSnapshotPtr snapshot)
{
    return CMDQV_QUERY_AS_DAEMON_SILENTLY(CMDQV_REAL(virDomainSnapshotGetXMLDesc)(snapshot, 0), NULL);
}


/**
 * cmdqvQueryAsDaemonNative:
 * @conn: the caller's connection
 * @xml: domain XML
 *
 * On failure libvirt's error is set; the caller resets it.
 *
 * Returns: (transfer full): the command line that libvirt would run, to be freed
 * with free(); NULL if it makes none
 */
char *
cmdqvQueryAsDaemonNative(virConnectPtr conn, const char *xml)
{
    return CMDQV_QUERY_AS_DAEMON(CMDQV_REAL(virConnectDomainXMLToNative)(conn, "qemu-argv", xml, 0), NULL);
}
