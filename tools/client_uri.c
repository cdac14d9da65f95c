/*
 * client_uri.c: find the URI that libvirt opens for a client
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The folders and settings of a daemon follow from its URI, also if the client
 * gave none, or an alias. This reads libvirt's own file, so that a command that
 * needs no daemon need not connect (virConnectOpenInternal(), src/libvirt.c).
 */

#include "client_uri.h"

#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "util/file.h"
#include "util/virconf.h"

#define CMDQV_CLIENT_URI_FILE "libvirt.conf"
#define CMDQV_CLIENT_URI_LIMIT (1024 * 1024)


/* The settings of libvirt's clients; NULL if there are none, or they cannot be read, with which libvirt opens no connection. */
static GHashTable *
cmdqvClientUriFile(void)
{
    g_autofree char *file = g_build_filename(geteuid() == 0 ? CMDQV_SYSCONFDIR : g_get_user_config_dir(), "libvirt",
                                             CMDQV_CLIENT_URI_FILE, NULL);
    g_autofree char *text = NULL;
    gsize len;

    return cmdqvFileRead(file, CMDQV_CLIENT_URI_LIMIT, &text, &len, NULL) ? cmdqvVirConfParse(text, file, NULL) : NULL;
}


/* The URI if the client gives none; NULL if it is not set. */
static const char *
cmdqvClientUriDefault(GHashTable *settings)
{
    char **values = g_hash_table_lookup(settings, "uri_default");

    return values && values[0] && *values[0] ? values[0] : NULL;
}


/* The URI of an alias; NULL if it is none. */
static const char *
cmdqvClientUriOfAlias(GHashTable *settings, const char *alias)
{
    char **aliases = g_hash_table_lookup(settings, "uri_aliases");
    gsize len = strlen(alias);

    for (; aliases && *aliases; aliases++) {
        if (strncmp(*aliases, alias, len) == 0 && (*aliases)[len] == '=')
            return *aliases + len + 1;
    }
    return NULL;
}


/**
 * cmdqvClientUriResolve:
 * @uri: (nullable): the URI or alias that the user gave
 *
 * Returns: (transfer full) (nullable): the URI that libvirt opens; NULL if
 * libvirt looks for a driver
 */
char *
cmdqvClientUriResolve(const char *uri)
{
    const char *given = uri && *uri ? uri : g_getenv("LIBVIRT_DEFAULT_URI");
    g_autoptr(GHashTable) settings = given && strchr(given, ':') ? NULL : cmdqvClientUriFile();
    const char *named = NULL;

    if (given && !*given)
        given = NULL;
    if (settings && !given)
        given = cmdqvClientUriDefault(settings);
    if (settings && given)
        named = cmdqvClientUriOfAlias(settings, given);
    return g_strdup(named ? named : given);
}
