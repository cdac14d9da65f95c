/*
 * virconf_fuzz.c: text that claims to be one of libvirt's own configuration files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Settings that were read, written and read again are the same.
 *
 * Seeds: fuzz/corpus/virconf
 * Dictionary: settings.dict
 */

#include "fuzz.h"
#include "util/virconf.h"


/* Returns false if the values cannot be written between three quotes. */
static bool
cmdqvFuzzWrite(GString *out, const char *name, char **values)
{
    guint i;

    g_string_append_printf(out, "%s = [", name);
    for (i = 0; values[i]; i++) {
        if (strstr(values[i], "\"\"\"") || g_str_has_suffix(values[i], "\""))
            return false;
        g_string_append_printf(out, "%s\"\"\"%s\"\"\"", i > 0 ? ",\n" : "", values[i]);
    }
    g_string_append(out, "] # end\n");
    return true;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = cmdqvFuzzText(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) settings = cmdqvVirConfParse(text, "qemu.conf", &error);
    g_autoptr(GHashTable) again = NULL;
    g_autoptr(GString) written = g_string_new(NULL);
    GHashTableIter iter;
    gpointer name;
    gpointer values;

    cmdqvFuzzCheckError(settings != NULL, error);
    if (!settings)
        return 0;
    g_hash_table_iter_init(&iter, settings);
    while (g_hash_table_iter_next(&iter, &name, &values)) {
        if (!cmdqvFuzzWrite(written, name, values))
            return 0;
    }
    again = cmdqvVirConfParse(written->str, "again", &error);
    cmdqvFuzzCheck(again && g_hash_table_size(again) == g_hash_table_size(settings), "as many settings", text, written->str);
    g_hash_table_iter_init(&iter, settings);
    while (g_hash_table_iter_next(&iter, &name, &values)) {
        char **other = g_hash_table_lookup(again, name);

        cmdqvFuzzCheck(other && g_strv_equal((const char *const *)values, (const char *const *)other), "the same values", text,
                       written->str);
    }
    return 0;
}
