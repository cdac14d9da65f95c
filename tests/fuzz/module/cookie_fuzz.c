/*
 * cookie_fuzz.c: the cookie at the end of a client's migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The cookie that libvirt gets ends in a NUL byte, and its domain breaks no rule, or
 * cannot be read.
 *
 * Seeds: fuzz/corpus/cookie
 */

#include "entrance.h"


/* libvirt.so exports it for its daemons. */
virDomainPtr virDomainMigrateFinish3Params(virConnectPtr conn, virTypedParameterPtr params, int nparams, const char *cookie,
                                           int cookieLen, char **out, int *outLen, unsigned int flags, int cancelled);

#define CMDQV_FUZZ_REFUSED "libvirt-cmdqv-refuses"


/* libvirt refuses a cookie of several domains: "Too many domain elements" (src/qemu/qemu_migration_cookie.c). */
static bool
cmdqvFuzzHasSeveral(const char *text)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(text, strlen(text), NULL, NULL);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *node = NULL;
    guint count = 0;

    while (root && (node = cmdqvXMLEditNextElement(root, node)))
        count += cmdqvXMLReadIs(node, "domain");
    return count > 1;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = cmdqvFuzzText(data, size);
    /* of exactly its size, with an end that is its own */
    g_autofree char *cookie = g_malloc(size > 0 ? size : 1);
    char *out = NULL;
    int outLen = 0;

    if (size > 0)
        memcpy(cookie, data, size);
    cmdqvFuzzEnter(text);
    /* one without an end does nothing, so that most get one */
    if (g_str_hash(text) & 6)
        (void)virDomainMigrateFinish3Params(cmdqvStandinConnect(), NULL, 0, text, (int)size + 1, &out, &outLen,
                                            VIR_MIGRATE_LIVE | VIR_MIGRATE_PERSIST_DEST, 0);
    else
        (void)virDomainMigrateFinish3Params(cmdqvStandinConnect(), NULL, 0, cookie, (int)size, &out, &outLen,
                                            VIR_MIGRATE_OFFLINE, 0);
    if (cmdqvStandinGiven() && !strstr(cmdqvStandinGiven(), CMDQV_FUZZ_REFUSED) && !cmdqvFuzzHasSeveral(cmdqvStandinGiven()))
        cmdqvFuzzCheckGiven(NULL);
    return 0;
}
