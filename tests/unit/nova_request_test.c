/*
 * nova_request_test.c: the request of a flavor of OpenStack Nova
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "layout/nova_request.h"

#define NS(version) "xmlns:nova='http://openstack.org/xmlns/libvirt/nova/" version "'"
#define IN(ns, content) "<domain><metadata><nova:instance " ns "><nova:flavor>" content "</nova:flavor></nova:instance></metadata>" \
    "</domain>"
#define SPECS(content) "<nova:extraSpecs>" content "</nova:extraSpecs>"
#define SPEC(name, value) "<nova:extraSpec name='" name "'>" value "</nova:extraSpec>"
#define BAD(value) "the flavor's extra spec cmdqv:mode is '" value "', and not 'on' or 'off'"

static const struct {
    const char *name;
    const char *xml;
    bool asks;
    const char *error;
} cases[] = {
    { .name = "on", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "on"))), .asks = true, .error = NULL },
    { .name = "on-in-lines", .xml = IN(NS("1.1"), SPECS("\n" SPEC("a", "b") "\n" SPEC("cmdqv:mode", "\n on\n"))), .asks = true,
      .error = NULL },
    { .name = "on-in-a-later-version", .xml = IN(NS("2.0"), SPECS(SPEC("cmdqv:mode", "on"))), .asks = true, .error = NULL },
    { .name = "off", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "off"))), .asks = false, .error = NULL },
    { .name = "none", .xml = IN(NS("1.1"), SPECS("")), .asks = false, .error = NULL },
    { .name = "no-specs", .xml = IN(NS("1.1"), "cmdqv:mode"), .asks = false, .error = NULL },
    { .name = "another-spec", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:model", "on") SPEC("hw:cmdqv:mode", "on"))), .asks = false,
      .error = NULL },
    { .name = "another-spec-says-it", .xml = IN(NS("1.1"), SPECS(SPEC("x", "cmdqv:mode=on"))), .asks = false, .error = NULL },
    { .name = "first-counts", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "off") SPEC("cmdqv:mode", "on"))), .asks = false,
      .error = NULL },
    { .name = "another-namespace",
      .xml = IN("xmlns:nova='http://openstack.org/xmlns/libvirt/novae/1.1'", SPECS(SPEC("cmdqv:mode", "on"))), .asks = false,
      .error = NULL },
    { .name = "no-namespace",
      .xml = "<domain><metadata><instance><flavor><extraSpecs><extraSpec name='cmdqv:mode'>on</extraSpec></extraSpecs>"
          "</flavor></instance></metadata></domain>",
      .asks = false, .error = NULL },
    { .name = "outside-metadata",
      .xml = "<domain><nova:instance " NS("1.1") "><nova:flavor>" SPECS(SPEC("cmdqv:mode", "on")) "</nova:flavor>"
          "</nova:instance></domain>",
      .asks = false, .error = NULL },
    { .name = "nested-deeper", .xml = IN(NS("1.1"), "<nova:x>" SPECS(SPEC("cmdqv:mode", "on")) "</nova:x>"), .asks = false,
      .error = NULL },
    { .name = "ports-on", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "on") SPEC("cmdqv:ports", "on"))), .asks = true,
      .error = NULL },
    { .name = "ports-alone", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:ports", "on"))), .asks = false, .error = NULL },
    { .name = "ports-maybe", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "on") SPEC("cmdqv:ports", "maybe"))), .asks = true,
      .error = "the flavor's extra spec cmdqv:ports is 'maybe', and not 'on' or 'off'" },
    { .name = "auto", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "auto"))), .asks = false, .error = BAD("auto") },
    { .name = "upper-case", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "ON"))), .asks = false, .error = BAD("ON") },
    { .name = "empty", .xml = IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", ""))), .asks = false, .error = BAD("") },
    { .name = "no-xml", .xml = "cmdqv:mode", .asks = false, .error = NULL },
    { .name = "no-domain", .xml = "<network>cmdqv:mode</network>", .asks = false, .error = NULL },
    { .name = "entities", .xml = "<!DOCTYPE d [<!ENTITY e 'on'>]>" IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "&e;"))), .asks = false,
      .error = NULL },
};


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_auto(cmdqvNovaRequest) request = { .asks = !cases[i].asks };

    g_assert_true(cmdqvNovaRequestRead(cases[i].xml, &request, &error) == (cases[i].error == NULL));
    g_assert_true(request.asks == cases[i].asks);
    g_assert_true(request.takesPorts == (strstr(cases[i].xml, "'cmdqv:ports'>on<") != NULL));
    g_assert_cmpstr(error ? error->message : NULL, ==, cases[i].error);
}


/* The names for a refusal. */
static void
cmdqvTestNames(void)
{
    g_auto(cmdqvNovaRequest) request = { .asks = false };

    g_assert_true(cmdqvNovaRequestRead("<domain><name> instance-1 </name><uuid>u</uuid><metadata><nova:instance " NS("1.1") ">"
                                       "<nova:name>training</nova:name><nova:flavor name='gpu.large'/></nova:instance></metadata></domain>",
                                       &request, NULL));
    g_assert_false(request.asks || request.hasSpecs);
    g_assert_cmpstr(request.domain, ==, "instance-1");
    g_assert_cmpstr(request.uuid, ==, "u");
    g_assert_cmpstr(request.instance, ==, "training");
    g_assert_cmpstr(request.flavor, ==, "gpu.large");
    cmdqvNovaRequestClear(&request);

    g_assert_true(cmdqvNovaRequestRead("<domain><name>g1</name></domain>", &request, NULL));
    g_assert_true(!request.asks && !request.domain && !request.uuid && !request.instance && !request.flavor);
}


/* libvirt returns Nova's element without its namespace. */
static void
cmdqvTestAround(void)
{
    g_auto(cmdqvNovaRequest) request = { .asks = false };
    g_autofree char *xml = cmdqvNovaRequestAround("a<b", "u", "<instance>\n<name>training</name><flavor name='gpu.large'><extraSpecs>"
                                                  "<extraSpec name='cmdqv:mode'>on</extraSpec></extraSpecs></flavor></instance>");

    g_assert_true(cmdqvNovaRequestRead(xml, &request, NULL) && request.asks);
    g_assert_cmpstr(request.domain, ==, "a<b");
    g_assert_cmpstr(request.uuid, ==, "u");
    g_assert_cmpstr(request.instance, ==, "training");
    g_assert_cmpstr(request.flavor, ==, "gpu.large");
    g_assert_null(cmdqvNovaRequestAround("g1", "u", "<owner/>"));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/nova/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/nova/names", cmdqvTestNames);
    g_test_add_func("/nova/around", cmdqvTestAround);
    return g_test_run();
}
