/*
 * json_read_test.c: JSON from a command line, a client and an emulator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "testutils.h"

#include "qemu/json_read.h"
#include "util/error.h"

static const struct {
    const char *name;
    const char *text;
    const char *message;    /* NULL: json-glib's own */
} refused[] = {
    { .name = "empty", .text = "", .message = "it is empty" },
    { .name = "two-values", .text = "{} {}", .message = "it has more behind its end" },
    { .name = "cut-off", .text = "{\"a\": 1" },
    { .name = "no-json", .text = "driver=virtio-net-pci" },
    { .name = "no-value", .text = "{\"a\": }" },
};


/* Callers compare the code: each failure has one of the project, also one that json-glib reports. */
static void
cmdqvTestRefused(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) error = NULL;

    g_assert_null(cmdqvJsonReadParse(parser, refused[i].text, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    g_assert_cmpstr(error->message, !=, "");
    if (refused[i].message)
        g_assert_cmpstr(error->message, ==, refused[i].message);
}


static void
cmdqvTestAccepted(void)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) error = NULL;
    JsonNode *root = cmdqvJsonReadParse(parser, "{\"driver\": \"vfio-pci\"}\n", &error);

    g_assert_no_error(error);
    g_assert_true(JSON_NODE_HOLDS_OBJECT(root));
    g_assert_cmpstr(cmdqvJsonReadString(json_node_get_object(root), "driver"), ==, "vfio-pci");
}


int
main(int argc, char **argv)
{
    gsize i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strconcat("/json/refused/", refused[i].name, NULL);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), cmdqvTestRefused);
    }
    g_test_add_func("/json/accepted", cmdqvTestAccepted);
    return g_test_run();
}
