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
    { .name = "alone", .before = PATH, .after = NULL },
    { .name = "empty", .before = "", .after = NULL },
    { .name = "other", .before = "/lib/other.so", .after = "/lib/other.so" },
    { .name = "first", .before = PATH ":/lib/other.so", .after = "/lib/other.so" },
    { .name = "last", .before = "/lib/other.so:" PATH, .after = "/lib/other.so" },
    { .name = "between", .before = "/lib/a.so:" PATH ":/lib/b.so", .after = "/lib/a.so:/lib/b.so" },
    { .name = "spaces", .before = "/lib/a.so " PATH " /lib/b.so", .after = "/lib/a.so:/lib/b.so" },
    { .name = "mixed", .before = ": /lib/a.so :: " PATH " ", .after = "/lib/a.so" },
    { .name = "twice", .before = PATH ":/lib/a.so:" PATH, .after = "/lib/a.so" },
    { .name = "by-name", .before = "libvirt-cmdqv.so:/lib/a.so", .after = "/lib/a.so" },
    { .name = "by-another-path", .before = "/usr/local/lib/libvirt-cmdqv.so", .after = NULL },
    { .name = "by-expansion", .before = "/usr/$LIB/libvirt-cmdqv.so:liba.so", .after = "liba.so" },
    { .name = "longer-name", .before = PATH ".old:/lib/mylibvirt-cmdqv.so", .after = PATH ".old:/lib/mylibvirt-cmdqv.so" },
    { .name = "name-in-a-folder", .before = "/opt/libvirt-cmdqv.so/a.so", .after = "/opt/libvirt-cmdqv.so/a.so" },
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
