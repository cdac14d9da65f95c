/*
 * definition_lock.c: lock a definition while the module reads, changes and
 * writes it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt has no call that changes a definition only if it is still the same.
 * If the module read one and wrote it back, it could undo a change of another
 * client in between. But each client's call uses the public functions, in this
 * process. So the module locks a definition from the time it reads it to the
 * end of its write, and the functions that may change one wait for that. They
 * do not wait for each other.
 *
 *   - No call waits unless the module is just writing a definition. Otherwise
 *     the cost of a call is two additions.
 *   - A write waits until no such function is running for that domain, and
 *     blocks no call while it waits.
 *   - The holder of a lock only reads and writes the definition, which takes
 *     some milliseconds. libvirt may take long to return it if another call has
 *     the domain, so the module does not lock a definition then.
 *   - A call waits at the public function, before it holds a lock of libvirt.
 *     Every wait has a limit. A call that only checks the caller's rights
 *     (daemon/acl_gate.c) changes nothing, and does not wait.
 *
 * Domains share the lines of a fixed table, by their UUIDs; domains of one line
 * wait for each other. Only libvirt knows for sure which domain an XML defines,
 * so a call that defines one counts for all domains.
 *
 * Changes by libvirt's own threads use no public function: the end of a block
 * job puts another image into the definition.
 */

#include "plugin/definition_lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "plugin/nova_refusal.h"

#define CMDQV_DEFINITION_LOCK_LINES 256

/* Microseconds between two checks whether another call has the domain. */
#define CMDQV_DEFINITION_LOCK_PAUSE 10000

/*
 * The number of calls that may change a definition of this line, and whether
 * the module is writing one of them (for the line of all domains: how many).
 */
typedef struct {
    atomic_uint calls;
    atomic_uint writers;
} cmdqvDefinitionLockLine;

static cmdqvDefinitionLockLine cmdqvDefinitionLockLines[CMDQV_DEFINITION_LOCK_LINES];
static cmdqvDefinitionLockLine cmdqvDefinitionLockAll;

/* not GLib's, because ThreadSanitizer must see them */
static pthread_mutex_t cmdqvDefinitionLockMutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cmdqvDefinitionLockChanged = PTHREAD_COND_INITIALIZER;

/* The number of threads that wait until a line has no calls. */
static atomic_uint cmdqvDefinitionLockWaiting;

/* Whether the calling thread has a lock: its own calls into libvirt must not wait for it. */
static _Thread_local bool cmdqvDefinitionLockIsMine;


/* The definitions that a call may change, and the names that it gives them. */
typedef struct {
    cmdqvDefinitionLockLine *line;  /* NULL: the call changes none */
    virConnectPtr conn;             /* NULL: that of the domain */
    virDomainPtr domain;            /* NULL: the call has none */
    const char *xml;                /* of a call without a domain */
} cmdqvDefinitionLockTarget;


/* The last bytes of a UUID are the random ones. */
static cmdqvDefinitionLockLine *
cmdqvDefinitionLockLineOf(virDomainPtr domain)
{
    unsigned char uuid[VIR_UUID_BUFLEN];

    if (!domain || CMDQV_NEXT(virDomainGetUUID)(domain, uuid) < 0)
        return NULL;
    return &cmdqvDefinitionLockLines[uuid[VIR_UUID_BUFLEN - 1] % CMDQV_DEFINITION_LOCK_LINES];
}


static cmdqvDefinitionLockTarget
cmdqvDefinitionLockOf(virDomainPtr domain)
{
    return (cmdqvDefinitionLockTarget){ .line = cmdqvDefinitionLockLineOf(domain), .domain = domain };
}


static cmdqvDefinitionLockTarget
cmdqvDefinitionLockOfAll(virConnectPtr conn, const char *xml)
{
    return (cmdqvDefinitionLockTarget){ .line = &cmdqvDefinitionLockAll, .conn = conn, .xml = xml };
}


static cmdqvDefinitionLockTarget
cmdqvDefinitionLockOfSnapshot(virDomainSnapshotPtr snapshot)
{
    return cmdqvDefinitionLockOf(snapshot ? CMDQV_NEXT(virDomainSnapshotGetDomain)(snapshot) : NULL);
}


/* A caller that cannot look up the domain cannot change it either. */
static cmdqvDefinitionLockTarget
cmdqvDefinitionLockOfName(virConnectPtr conn, const char *name)
{
    virDomainPtr domain = conn && name ? CMDQV_NEXT(virDomainLookupByName)(conn, name) : NULL;
    cmdqvDefinitionLockTarget target = { .line = cmdqvDefinitionLockLineOf(domain), .conn = conn };

    if (domain)
        (void)CMDQV_NEXT(virDomainFree)(domain);
    virResetLastError();
    return target;
}


static cmdqvDefinitionLockTarget
cmdqvDefinitionLockOfParams(virConnectPtr conn, virTypedParameterPtr params, int nparams)
{
    const char *name = NULL;

    if (params && nparams > 0)
        (void)virTypedParamsGetString(params, nparams, VIR_MIGRATE_PARAM_DEST_NAME, &name);
    return cmdqvDefinitionLockOfName(conn, name);
}


static cmdqvDefinitionLockTarget
cmdqvDefinitionLockOfNone(void)
{
    return (cmdqvDefinitionLockTarget){ .line = NULL };
}


static struct timespec
cmdqvDefinitionLockDeadline(unsigned int seconds)
{
    struct timespec end;

    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    return end;
}


/* Waits for a signal of another thread; false after @end. The caller has the mutex. */
static bool
cmdqvDefinitionLockWait(const struct timespec *end)
{
    return pthread_cond_clockwait(&cmdqvDefinitionLockChanged, &cmdqvDefinitionLockMutex, CLOCK_MONOTONIC, end) == 0;
}


static void
cmdqvDefinitionLockTell(void)
{
    (void)pthread_mutex_lock(&cmdqvDefinitionLockMutex);
    (void)pthread_cond_broadcast(&cmdqvDefinitionLockChanged);
    (void)pthread_mutex_unlock(&cmdqvDefinitionLockMutex);
}


/* A thread that begins to wait after this sees that the call has ended. */
static void
cmdqvDefinitionLockLeave(cmdqvDefinitionLockLine *line)
{
    (void)atomic_fetch_sub(&line->calls, 1);
    if (atomic_load(&cmdqvDefinitionLockWaiting) > 0)
        cmdqvDefinitionLockTell();
}


/* Begins a call that may change a definition of that line; false if the module has been writing one for too long. */
static bool
cmdqvDefinitionLockEnter(cmdqvDefinitionLockLine *line)
{
    struct timespec end;
    bool entered;

    (void)atomic_fetch_add(&line->calls, 1);
    if (atomic_load(&line->writers) == 0)
        return true;

    cmdqvDefinitionLockLeave(line);
    end = cmdqvDefinitionLockDeadline(CMDQV_DEFINITION_LOCK_SECONDS);
    (void)pthread_mutex_lock(&cmdqvDefinitionLockMutex);
    while (atomic_load(&line->writers) > 0 && cmdqvDefinitionLockWait(&end))
        ;
    entered = atomic_load(&line->writers) == 0;
    if (entered)
        (void)atomic_fetch_add(&line->calls, 1);
    (void)pthread_mutex_unlock(&cmdqvDefinitionLockMutex);
    return entered;
}


/* The caller has the mutex, so no writer begins or ends. */
static bool
cmdqvDefinitionLockTry(cmdqvDefinitionLockLine *line)
{
    if (atomic_load(&line->writers) > 0)
        return false;
    (void)atomic_fetch_add(&line->writers, 1);
    (void)atomic_fetch_add(&cmdqvDefinitionLockAll.writers, 1);
    if (atomic_load(&line->calls) == 0 && atomic_load(&cmdqvDefinitionLockAll.calls) == 0)
        return true;
    (void)atomic_fetch_sub(&line->writers, 1);
    (void)atomic_fetch_sub(&cmdqvDefinitionLockAll.writers, 1);
    return false;
}


/* Returns false if other calls are changing a definition of that line until @end. */
static bool
cmdqvDefinitionLockTake(cmdqvDefinitionLock *lock, cmdqvDefinitionLockLine *line, const struct timespec *end)
{
    bool has = false;

    (void)pthread_mutex_lock(&cmdqvDefinitionLockMutex);
    (void)atomic_fetch_add(&cmdqvDefinitionLockWaiting, 1);
    while (!(has = cmdqvDefinitionLockTry(line)) && cmdqvDefinitionLockWait(end))
        ;
    (void)atomic_fetch_sub(&cmdqvDefinitionLockWaiting, 1);
    (void)pthread_mutex_unlock(&cmdqvDefinitionLockMutex);
    if (!has)
        return false;
    lock->line = (guint)(line - cmdqvDefinitionLockLines) + 1;
    cmdqvDefinitionLockIsMine = true;
    return true;
}


static bool
cmdqvDefinitionLockIsBefore(const struct timespec *end)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec < end->tv_sec || (now.tv_sec == end->tv_sec && now.tv_nsec < end->tv_nsec);
}


/**
 * cmdqvDefinitionLockAlone:
 * @lock: an empty lock; cmdqvDefinitionLockEnd() it after the write
 * @domain: a domain
 * @seconds: the longest wait
 *
 * No client can change the definition until then. A thread can have one lock at
 * a time. Resets the last error.
 *
 * Returns: false if other calls are changing it or have the domain, or there is
 * no such domain
 */
bool
cmdqvDefinitionLockAlone(cmdqvDefinitionLock *lock, virDomainPtr domain, unsigned int seconds)
{
    cmdqvDefinitionLockLine *line = cmdqvDefinitionLockLineOf(domain);
    const struct timespec end = cmdqvDefinitionLockDeadline(seconds);

    while (line && cmdqvDefinitionLockTake(lock, line, &end)) {
        if (!cmdqvQueryAsDaemonIsHeld(domain))
            return true;
        cmdqvDefinitionLockEnd(lock);
        if (!cmdqvDefinitionLockIsBefore(&end))
            return false;
        g_usleep(CMDQV_DEFINITION_LOCK_PAUSE);
    }
    return false;
}


/**
 * cmdqvDefinitionLockEnd:
 * @lock: a lock, empty or not
 *
 * Lets other calls change the definition. Does not touch the last error.
 */
void
cmdqvDefinitionLockEnd(cmdqvDefinitionLock *lock)
{
    if (lock->line == 0)
        return;
    cmdqvDefinitionLockIsMine = false;
    (void)pthread_mutex_lock(&cmdqvDefinitionLockMutex);
    (void)atomic_fetch_sub(&cmdqvDefinitionLockLines[lock->line - 1].writers, 1);
    (void)atomic_fetch_sub(&cmdqvDefinitionLockAll.writers, 1);
    (void)pthread_cond_broadcast(&cmdqvDefinitionLockChanged);
    (void)pthread_mutex_unlock(&cmdqvDefinitionLockMutex);
    lock->line = 0;
}


/* The line of a call while it runs, NULL for none. */
typedef struct {
    cmdqvDefinitionLockLine *line;
} cmdqvDefinitionLockCall;


static void
cmdqvDefinitionLockCallEnd(cmdqvDefinitionLockCall *call)
{
    if (call->line)
        cmdqvDefinitionLockLeave(call->line);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvDefinitionLockCall, cmdqvDefinitionLockCallEnd)


/* Returns false, with libvirt's error for a domain that another call has for too long. */
static bool
cmdqvDefinitionLockCallBegin(cmdqvDefinitionLockCall *call, cmdqvDefinitionLockTarget target, const char *function)
{
    g_autoptr(cmdqvVerdict) timeOut = NULL;

    if (!target.line)
        return true;
    if (cmdqvDefinitionLockEnter(target.line)) {
        call->line = target.line;
        return true;
    }
    timeOut = cmdqvDomainJobTimeOut();
    cmdqvNovaRefusalRaise(target.conn ? target.conn : CMDQV_NEXT(virDomainGetConnect)(target.domain), target.domain, target.xml,
                          CMDQV_DOMAIN_JOB_TIMEOUT_CODE, function, timeOut);
    return false;
}


/* Whether a call with these flags may change more than the running domain. */
static bool
cmdqvDefinitionLockIsMeant(unsigned int flags)
{
    return (flags & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)) != VIR_DOMAIN_AFFECT_LIVE;
}


#define CMDQV_DEFINITION_LOCK_OF_SOURCE(domain, flags) ((flags) & VIR_MIGRATE_UNDEFINE_SOURCE ? cmdqvDefinitionLockOf(domain) : cmdqvDefinitionLockOfNone())
#define CMDQV_DEFINITION_LOCK_OF_DESTINATION(target, flags) \
    ((flags) & (VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_OFFLINE) ? (target) : cmdqvDefinitionLockOfNone())

/*
 * Every function that may change a definition, as in the ledger: its type, its
 * result on failure, its name, parameters and arguments, and the line. First
 * those that another file defines. FLAGS is one that returns an int and whose
 * flags say whether it changes the definition, WHOLE one that always does.
 */
#define CMDQV_DEFINITION_LOCK_GUARDED(X, FLAGS, WHOLE) \
    X(virDomainPtr, NULL, virDomainDefineXML, (virConnectPtr conn, const char *xml), (conn, xml), cmdqvDefinitionLockOfAll(conn, xml)) \
    X(virDomainPtr, NULL, virDomainDefineXMLFlags, (virConnectPtr conn, const char *xml, unsigned int flags), \
      (conn, xml, flags), cmdqvDefinitionLockOfAll(conn, xml)) \
    FLAGS(virDomainAttachDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, flags)) \
    FLAGS(virDomainDetachDeviceAlias, (virDomainPtr domain, const char *alias, unsigned int flags), (domain, alias, flags)) \
    FLAGS(virDomainDetachDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, flags)) \
    FLAGS(virDomainUpdateDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, flags)) \
    FLAGS(virDomainSetMetadata, (virDomainPtr domain, int type, const char *metadata, const char *key, const char *uri, \
                                 unsigned int flags), (domain, type, metadata, key, uri, flags)) \
    X(virDomainSnapshotPtr, NULL, virDomainSnapshotCreateXML, (virDomainPtr domain, const char *xml, unsigned int flags), \
      (domain, xml, flags), cmdqvDefinitionLockOf(domain)) \
    X(int, -1, virDomainRevertToSnapshot, (virDomainSnapshotPtr snapshot, unsigned int flags), \
      (snapshot, flags), cmdqvDefinitionLockOfSnapshot(snapshot)) \
    X(virDomainPtr, NULL, virDomainMigrateFinish3, (virConnectPtr dconn, const char *dname, const char *cookiein, int cookieinlen, \
                                                    char **cookieout, int *cookieoutlen, const char *dconnuri, const char *uri, \
                                                    unsigned long flags, int cancelled), \
      (dconn, dname, cookiein, cookieinlen, cookieout, cookieoutlen, dconnuri, uri, flags, cancelled), \
      CMDQV_DEFINITION_LOCK_OF_DESTINATION(cmdqvDefinitionLockOfName(dconn, dname), flags)) \
    X(virDomainPtr, NULL, virDomainMigrateFinish3Params, (virConnectPtr dconn, virTypedParameterPtr params, int nparams, \
                                                          const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen, \
                                                          unsigned int flags, int cancelled), \
      (dconn, params, nparams, cookiein, cookieinlen, cookieout, cookieoutlen, flags, cancelled), \
      CMDQV_DEFINITION_LOCK_OF_DESTINATION(cmdqvDefinitionLockOfParams(dconn, params, nparams), flags)) \
    X(int, -1, virDomainMigratePerform3, (virDomainPtr domain, const char *xmlin, const char *cookiein, int cookieinlen, char **cookieout, \
                                          int *cookieoutlen, const char *dconnuri, const char *uri, unsigned long flags, \
                                          const char *dname, unsigned long resource), \
      (domain, xmlin, cookiein, cookieinlen, cookieout, cookieoutlen, dconnuri, uri, flags, dname, resource), \
      CMDQV_DEFINITION_LOCK_OF_SOURCE(domain, flags)) \
    X(int, -1, virDomainMigratePerform3Params, (virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params, int nparams, \
                                                const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen, \
                                                unsigned int flags), \
      (domain, dconnuri, params, nparams, cookiein, cookieinlen, cookieout, cookieoutlen, flags), \
      CMDQV_DEFINITION_LOCK_OF_SOURCE(domain, flags))

/* The functions that this file defines, because no other file guards them. */
#define CMDQV_DEFINITION_LOCK_OTHERS(X, FLAGS, WHOLE) \
    FLAGS(virDomainAddIOThread, (virDomainPtr domain, unsigned int iothread, unsigned int flags), (domain, iothread, flags)) \
    WHOLE(virDomainBlockCommit, (virDomainPtr domain, const char *disk, const char *base, const char *top, unsigned long bandwidth, \
                                 unsigned int flags), (domain, disk, base, top, bandwidth, flags)) \
    WHOLE(virDomainBlockCopy, (virDomainPtr domain, const char *disk, const char *xml, virTypedParameterPtr params, int nparams, \
                               unsigned int flags), (domain, disk, xml, params, nparams, flags)) \
    WHOLE(virDomainBlockJobAbort, (virDomainPtr domain, const char *disk, unsigned int flags), (domain, disk, flags)) \
    WHOLE(virDomainBlockPull, (virDomainPtr domain, const char *disk, unsigned long bandwidth, unsigned int flags), \
          (domain, disk, bandwidth, flags)) \
    WHOLE(virDomainBlockRebase, (virDomainPtr domain, const char *disk, const char *base, unsigned long bandwidth, unsigned int flags), \
          (domain, disk, base, bandwidth, flags)) \
    FLAGS(virDomainDelIOThread, (virDomainPtr domain, unsigned int iothread, unsigned int flags), (domain, iothread, flags)) \
    FLAGS(virDomainDelThrottleGroup, (virDomainPtr domain, const char *group, unsigned int flags), (domain, group, flags)) \
    X(int, -1, virDomainMigrateConfirm3, (virDomainPtr domain, const char *cookiein, int cookieinlen, unsigned long flags, int cancelled), \
      (domain, cookiein, cookieinlen, flags, cancelled), CMDQV_DEFINITION_LOCK_OF_SOURCE(domain, flags)) \
    X(int, -1, virDomainMigrateConfirm3Params, (virDomainPtr domain, virTypedParameterPtr params, int nparams, const char *cookiein, \
                                                int cookieinlen, unsigned int flags, int cancelled), \
      (domain, params, nparams, cookiein, cookieinlen, flags, cancelled), CMDQV_DEFINITION_LOCK_OF_SOURCE(domain, flags)) \
    X(virDomainPtr, NULL, virDomainMigrateFinish2, (virConnectPtr dconn, const char *dname, const char *cookie, int cookielen, \
                                                    const char *uri, unsigned long flags, int retcode), \
      (dconn, dname, cookie, cookielen, uri, flags, retcode), \
      CMDQV_DEFINITION_LOCK_OF_DESTINATION(cmdqvDefinitionLockOfName(dconn, dname), flags)) \
    X(int, -1, virDomainMigratePerform, (virDomainPtr domain, const char *cookie, int cookielen, const char *uri, unsigned long flags, \
                                         const char *dname, unsigned long resource), \
      (domain, cookie, cookielen, uri, flags, dname, resource), CMDQV_DEFINITION_LOCK_OF_SOURCE(domain, flags)) \
    FLAGS(virDomainPinEmulator, (virDomainPtr domain, unsigned char *cpumap, int maplen, unsigned int flags), \
          (domain, cpumap, maplen, flags)) \
    FLAGS(virDomainPinIOThread, (virDomainPtr domain, unsigned int iothread, unsigned char *cpumap, int maplen, unsigned int flags), \
          (domain, iothread, cpumap, maplen, flags)) \
    WHOLE(virDomainPinVcpu, (virDomainPtr domain, unsigned int vcpu, unsigned char *cpumap, int maplen), (domain, vcpu, cpumap, maplen)) \
    FLAGS(virDomainPinVcpuFlags, (virDomainPtr domain, unsigned int vcpu, unsigned char *cpumap, int maplen, unsigned int flags), \
          (domain, vcpu, cpumap, maplen, flags)) \
    WHOLE(virDomainRename, (virDomainPtr domain, const char *name, unsigned int flags), (domain, name, flags)) \
    FLAGS(virDomainSetBlkioParameters, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags), \
          (domain, params, nparams, flags)) \
    FLAGS(virDomainSetBlockIoTune, (virDomainPtr domain, const char *disk, virTypedParameterPtr params, int nparams, unsigned int flags), \
          (domain, disk, params, nparams, flags)) \
    FLAGS(virDomainSetIOThreadParams, (virDomainPtr domain, unsigned int iothread, virTypedParameterPtr params, int nparams, \
                                       unsigned int flags), (domain, iothread, params, nparams, flags)) \
    FLAGS(virDomainSetInterfaceParameters, (virDomainPtr domain, const char *device, virTypedParameterPtr params, int nparams, \
                                            unsigned int flags), (domain, device, params, nparams, flags)) \
    FLAGS(virDomainSetLifecycleAction, (virDomainPtr domain, unsigned int type, unsigned int action, unsigned int flags), \
          (domain, type, action, flags)) \
    WHOLE(virDomainSetMaxMemory, (virDomainPtr domain, unsigned long memory), (domain, memory)) \
    WHOLE(virDomainSetMemory, (virDomainPtr domain, unsigned long memory), (domain, memory)) \
    FLAGS(virDomainSetMemoryFlags, (virDomainPtr domain, unsigned long memory, unsigned int flags), (domain, memory, flags)) \
    FLAGS(virDomainSetMemoryParameters, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags), \
          (domain, params, nparams, flags)) \
    FLAGS(virDomainSetMemoryStatsPeriod, (virDomainPtr domain, int period, unsigned int flags), (domain, period, flags)) \
    FLAGS(virDomainSetNumaParameters, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags), \
          (domain, params, nparams, flags)) \
    FLAGS(virDomainSetPerfEvents, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags), \
          (domain, params, nparams, flags)) \
    WHOLE(virDomainSetSchedulerParameters, (virDomainPtr domain, virTypedParameterPtr params, int nparams), (domain, params, nparams)) \
    FLAGS(virDomainSetSchedulerParametersFlags, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags), \
          (domain, params, nparams, flags)) \
    FLAGS(virDomainSetThrottleGroup, (virDomainPtr domain, const char *group, virTypedParameterPtr params, int nparams, \
                                      unsigned int flags), (domain, group, params, nparams, flags)) \
    FLAGS(virDomainSetVcpu, (virDomainPtr domain, const char *vcpumap, int state, unsigned int flags), (domain, vcpumap, state, flags)) \
    WHOLE(virDomainSetVcpus, (virDomainPtr domain, unsigned int nvcpus), (domain, nvcpus)) \
    FLAGS(virDomainSetVcpusFlags, (virDomainPtr domain, unsigned int nvcpus, unsigned int flags), (domain, nvcpus, flags)) \
    X(int, -1, virDomainSnapshotDelete, (virDomainSnapshotPtr snapshot, unsigned int flags), \
      (snapshot, flags), cmdqvDefinitionLockOfSnapshot(snapshot)) \
    WHOLE(virDomainUndefine, (virDomainPtr domain), (domain)) \
    WHOLE(virDomainUndefineFlags, (virDomainPtr domain, unsigned int flags), (domain, flags))

#define CMDQV_DEFINITION_LOCK_WRAP(type, failed, name, parameters, arguments, of) \
    static type \
    cmdqvDefinition_##name parameters \
    { \
        g_auto(cmdqvDefinitionLockCall) call = { .line = NULL }; \
        \
        if (!cmdqvDefinitionLockIsMine && !cmdqvAclGateIsArmed() && !cmdqvDefinitionLockCallBegin(&call, of, #name)) \
            return failed; \
        return CMDQV_LIBVIRT(name) arguments; \
    }

#define CMDQV_DEFINITION_LOCK_EXPORT(type, failed, name, parameters, arguments, ...) \
    CMDQV_EXPORT type \
    name parameters \
    { \
        return cmdqvDefinition_##name arguments; \
    }

#define CMDQV_DEFINITION_LOCK_ROW(type, failed, name, ...) { .symbol = #name, .function = (gpointer)cmdqvDefinition_##name },

#define CMDQV_DEFINITION_LOCK_WRAP_FLAGS(name, parameters, arguments) \
    CMDQV_DEFINITION_LOCK_WRAP(int, -1, name, parameters, arguments, \
                               cmdqvDefinitionLockIsMeant(flags) ? cmdqvDefinitionLockOf(domain) : cmdqvDefinitionLockOfNone())
#define CMDQV_DEFINITION_LOCK_WRAP_WHOLE(name, parameters, arguments) \
    CMDQV_DEFINITION_LOCK_WRAP(int, -1, name, parameters, arguments, cmdqvDefinitionLockOf(domain))
#define CMDQV_DEFINITION_LOCK_EXPORT_INT(...) CMDQV_DEFINITION_LOCK_EXPORT(int, -1, __VA_ARGS__)
#define CMDQV_DEFINITION_LOCK_ROW_INT(...) CMDQV_DEFINITION_LOCK_ROW(int, -1, __VA_ARGS__)

CMDQV_DEFINITION_LOCK_GUARDED(CMDQV_DEFINITION_LOCK_WRAP, CMDQV_DEFINITION_LOCK_WRAP_FLAGS, CMDQV_DEFINITION_LOCK_WRAP_WHOLE)
CMDQV_DEFINITION_LOCK_OTHERS(CMDQV_DEFINITION_LOCK_WRAP, CMDQV_DEFINITION_LOCK_WRAP_FLAGS, CMDQV_DEFINITION_LOCK_WRAP_WHOLE)
CMDQV_DEFINITION_LOCK_OTHERS(CMDQV_DEFINITION_LOCK_EXPORT, CMDQV_DEFINITION_LOCK_EXPORT_INT, CMDQV_DEFINITION_LOCK_EXPORT_INT)

static const struct {
    const char *symbol;
    gpointer function;
} cmdqvDefinitionLockFunctions[] = {
    CMDQV_DEFINITION_LOCK_GUARDED(CMDQV_DEFINITION_LOCK_ROW, CMDQV_DEFINITION_LOCK_ROW_INT, CMDQV_DEFINITION_LOCK_ROW_INT)
    CMDQV_DEFINITION_LOCK_OTHERS(CMDQV_DEFINITION_LOCK_ROW, CMDQV_DEFINITION_LOCK_ROW_INT, CMDQV_DEFINITION_LOCK_ROW_INT)
};


/**
 * cmdqvDefinitionLockFind:
 * @name: name of a function of libvirt
 *
 * Returns: (nullable): a function that waits while the module writes a
 * definition, and then calls it; NULL if it changes none
 */
gpointer
cmdqvDefinitionLockFind(const char *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvDefinitionLockFunctions); i++) {
        if (strcmp(cmdqvDefinitionLockFunctions[i].symbol, name) == 0)
            return cmdqvDefinitionLockFunctions[i].function;
    }
    return NULL;
}
