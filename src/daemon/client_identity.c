/*
 * daemon/client_identity.c: on whose behalf the calling thread works
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/client_identity.h"

#include <dlfcn.h>

#include <glib-object.h>

#include "daemon/next_call.h"

/*
 * libvirt.so exports these for its own daemons (src/util/viridentity.h): the
 * identity is a GObject of which the caller gets a reference, the getters
 * return 1 where they have a value.
 */
typedef gpointer (*cmdqvIdentityGetCurrent)(void);
typedef int (*cmdqvIdentityGetString)(gpointer identity, const char **value);


static void
cmdqvClientAppend(GString *text, gpointer identity, const char *getter, const char *label)
{
    cmdqvIdentityGetString get = (cmdqvIdentityGetString)dlsym(RTLD_DEFAULT, getter);
    const char *value = NULL;

    if (get && get(identity, &value) == 1 && value)
        g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "", label, value);
}


/**
 * cmdqvClientDescribe:
 *
 * Returns: (transfer full): user, SASL user and TLS name of the client so far
 * as libvirt knows them, NULL where it knows none
 */
char *
cmdqvClientDescribe(void)
{
    cmdqvIdentityGetCurrent current = (cmdqvIdentityGetCurrent)dlsym(RTLD_DEFAULT, "virIdentityGetCurrent");
    gpointer identity = current ? current() : NULL;
    GString *text;

    if (!identity)
        return NULL;

    text = g_string_new(NULL);
    cmdqvClientAppend(text, identity, "virIdentityGetUserName", "user");
    cmdqvClientAppend(text, identity, "virIdentityGetSASLUserName", "SASL user");
    cmdqvClientAppend(text, identity, "virIdentityGetX509DName", "certificate");
    g_object_unref(identity);
    return g_string_free(text, text->len == 0);
}
