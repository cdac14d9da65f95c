/*
 * client_identity.c: describe the client of the calling thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/client_identity.h"

#include <dlfcn.h>

#include <glib-object.h>

#include "daemon/next_call.h"

/*
 * libvirt.so exports these for its own daemons (src/util/viridentity.h): the
 * identity is a GObject, of which the caller gets a reference; the getters
 * return 1 if there is a value.
 */
typedef gpointer (*cmdqvClientIdentityGetCurrent)(void);
typedef int (*cmdqvClientIdentityGetString)(gpointer identity, const char **value);


static void
cmdqvClientIdentityAppend(GString *text, gpointer identity, const char *getter, const char *label)
{
    cmdqvClientIdentityGetString get = (cmdqvClientIdentityGetString)dlsym(RTLD_DEFAULT, getter);
    const char *value = NULL;

    if (get && get(identity, &value) == 1 && value)
        g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "", label, value);
}


/**
 * cmdqvClientIdentityDescribe:
 *
 * Returns: (transfer full): user, SASL user and TLS name of the client, as far
 * as libvirt knows them, NULL if it knows none
 */
char *
cmdqvClientIdentityDescribe(void)
{
    cmdqvClientIdentityGetCurrent current = (cmdqvClientIdentityGetCurrent)dlsym(RTLD_DEFAULT, "virIdentityGetCurrent");
    gpointer identity = current ? current() : NULL;
    GString *text;

    if (!identity)
        return NULL;

    text = g_string_new(NULL);
    cmdqvClientIdentityAppend(text, identity, "virIdentityGetUserName", "user");
    cmdqvClientIdentityAppend(text, identity, "virIdentityGetSASLUserName", "SASL user");
    cmdqvClientIdentityAppend(text, identity, "virIdentityGetX509DName", "certificate");
    g_object_unref(identity);
    return g_string_free(text, text->len == 0);
}
