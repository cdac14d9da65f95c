/*
 * preload_list_test.c: the module out of LD_PRELOAD, the others left in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "testutils.h"
#include "util/preload_list.h"

#define PATH "/usr/lib/aarch64-linux-gnu/libvirt-cmdqv.so"

static const struct {
    const char *name;
    const char *before;
    const char *after;
} cases[] = {
    { "alone", PATH, NULL },
    { "empty", "", NULL },
    { "other", "/lib/other.so", "/lib/other.so" },
    { "first", PATH ":/lib/other.so", "/lib/other.so" },
    { "last", "/lib/other.so:" PATH, "/lib/other.so" },
    { "between", "/lib/a.so:" PATH ":/lib/b.so", "/lib/a.so:/lib/b.so" },
    { "spaces", "/lib/a.so " PATH " /lib/b.so", "/lib/a.so:/lib/b.so" },
    { "mixed", ": /lib/a.so :: " PATH " ", "/lib/a.so" },
    { "twice", PATH ":/lib/a.so:" PATH, "/lib/a.so" },
    { "by-name", "libvirt-cmdqv.so:/lib/a.so", "/lib/a.so" },
    { "by-another-path", "/usr/local/lib/libvirt-cmdqv.so", NULL },
    { "by-expansion", "/usr/$LIB/libvirt-cmdqv.so:liba.so", "liba.so" },
    { "longer-name", PATH ".old:/lib/mylibvirt-cmdqv.so", PATH ".old:/lib/mylibvirt-cmdqv.so" },
    { "name-in-a-folder", "/opt/libvirt-cmdqv.so/a.so", "/opt/libvirt-cmdqv.so/a.so" },
};


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *after = cmdqvPreloadListWithout(cases[i].before, PATH);

    g_assert_cmpstr(after, ==, cases[i].after);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/preload/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    return g_test_run();
}
