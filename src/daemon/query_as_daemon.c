/*
 * daemon/query_as_daemon.c: questions to libvirt that its answer to a caller hangs on
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Access control may let a caller change a domain that it may not read.  Such a
 * caller must not get past the rules, so what it is not told the daemon asks
 * for itself.  The answer goes no further than into a verdict, and that is only
 * raised where libvirt would have let the caller change the domain.
 */

#include "daemon/query_as_daemon.h"

#include <dlfcn.h>
#include <stdbool.h>

#include <glib-object.h>

/* libvirt.so exports these for its own daemons (src/util/viridentity.h); an identity is a GObject. */
typedef gpointer (*cmdqvAskGetIdentity)(void);
typedef int (*cmdqvAskSetIdentity)(gpointer identity);

/** In whose name the calling thread asks: both NULL as long as that is the caller's. */
typedef struct {
    gpointer caller;
    cmdqvAskSetIdentity set;
} cmdqvAskName;


static void
cmdqvAskNameClear(cmdqvAskName *name)
{
    if (!name->set)
        return;

    (void)name->set(name->caller);
    g_clear_object(&name->caller);
}


G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvAskName, cmdqvAskNameClear)


/* Makes the calling thread ask in the daemon's name; false where that cannot be, or not by this libvirt. */
static bool
cmdqvAskAsDaemon(cmdqvAskName *name)
{
    cmdqvAskGetIdentity current = (cmdqvAskGetIdentity)dlsym(RTLD_DEFAULT, "virIdentityGetCurrent");
    cmdqvAskGetIdentity system = (cmdqvAskGetIdentity)dlsym(RTLD_DEFAULT, "virIdentityGetSystem");
    cmdqvAskSetIdentity set = (cmdqvAskSetIdentity)dlsym(RTLD_DEFAULT, "virIdentitySetCurrent");
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


/**
 * CMDQV_ASK:
 * @call: a question to libvirt
 * @failed: what libvirt answers where it does not tell
 *
 * The answer to the caller, or else to the daemon.
 */
#define CMDQV_ASK(call, failed) \
    (__extension__ ({ \
        g_auto(cmdqvAskName) name_ = { NULL, NULL }; \
        __typeof__(call) answer_ = call; \
        if (answer_ == (failed) && cmdqvAskAsDaemon(&name_)) \
            answer_ = call; \
        answer_; \
    }))


/**
 * cmdqvAskIsActive:
 * @domain: a domain
 *
 * Returns: 1 or 0, -1 if there is no such domain
 */
int
cmdqvAskIsActive(virDomainPtr domain)
{
    int answer = CMDQV_ASK(CMDQV_REAL(virDomainIsActive)(domain), -1);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskIsPersistent:
 * @domain: a domain
 *
 * Returns: 1 if it has a definition that stays when it has gone, 0 if not, -1 if
 * there is no such domain
 */
int
cmdqvAskIsPersistent(virDomainPtr domain)
{
    int answer = CMDQV_ASK(CMDQV_REAL(virDomainIsPersistent)(domain), -1);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskHeldFor:
 * @domain: a domain
 *
 * Waits for nobody, unlike the questions for a running domain's XML.
 *
 * Returns: for how many microseconds a call that is still going on has had the
 * domain, 0 if nobody has it
 */
gint64
cmdqvAskHeldFor(virDomainPtr domain)
{
    virDomainControlInfo info;
    int status = CMDQV_ASK(CMDQV_REAL(virDomainGetControlInfo)(domain, &info, 0), -1);

    virResetLastError();
    return status == 0 && info.state == VIR_DOMAIN_CONTROL_OCCUPIED ? (gint64)info.stateTime * 1000 : 0;
}


/**
 * cmdqvAskHasManagedSave:
 * @domain: a domain
 *
 * Returns: 1 if it will start from a saved state, 0 if not, -1 if there is no
 * such domain
 */
int
cmdqvAskHasManagedSave(virDomainPtr domain)
{
    int answer = CMDQV_ASK(CMDQV_REAL(virDomainHasManagedSaveImage)(domain, 0), -1);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskDomainXML:
 * @domain: a domain
 * @flags: of virDomainGetXMLDesc()
 *
 * Returns: (transfer full): its XML, to be freed with free(); NULL if there is
 * no such domain
 */
char *
cmdqvAskDomainXML(virDomainPtr domain, unsigned int flags)
{
    char *answer = CMDQV_ASK(CMDQV_REAL(virDomainGetXMLDesc)(domain, flags), NULL);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskSaveImageXML:
 * @conn: the caller's connection
 * @file: path of a saved domain
 *
 * Returns: (transfer full): the definition in it, to be freed with free(); NULL
 * if there is none
 */
char *
cmdqvAskSaveImageXML(virConnectPtr conn, const char *file)
{
    char *answer = CMDQV_ASK(CMDQV_REAL(virDomainSaveImageGetXMLDesc)(conn, file, 0), NULL);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskManagedSaveXML:
 * @domain: a domain that will start from a saved state
 *
 * Returns: (transfer full): the definition in that, to be freed with free();
 * NULL if it cannot be read
 */
char *
cmdqvAskManagedSaveXML(virDomainPtr domain)
{
    char *answer = CMDQV_ASK(CMDQV_REAL(virDomainManagedSaveGetXMLDesc)(domain, 0), NULL);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskSnapshotXML:
 * @snapshot: a snapshot
 *
 * Returns: (transfer full): its XML, to be freed with free(); NULL if there is
 * no such snapshot
 */
char *
cmdqvAskSnapshotXML(virDomainSnapshotPtr snapshot)
{
    char *answer = CMDQV_ASK(CMDQV_REAL(virDomainSnapshotGetXMLDesc)(snapshot, 0), NULL);

    virResetLastError();
    return answer;
}


/**
 * cmdqvAskNative:
 * @conn: the caller's connection
 * @xml: domain XML
 *
 * Leaves libvirt's error for the caller to look at or reset.
 *
 * Returns: (transfer full): the command line that libvirt would run, to be freed
 * with free(); NULL where it makes none
 */
char *
cmdqvAskNative(virConnectPtr conn, const char *xml)
{
    return CMDQV_ASK(CMDQV_REAL(virConnectDomainXMLToNative)(conn, "qemu-argv", xml, 0), NULL);
}
