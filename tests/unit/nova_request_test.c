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
#define BAD(value) "the flavor's extra spec cmdqv:mode is '" value "'; it must be 'on' or 'off'"

static const struct {
    const char *name;
    const char *xml;
    bool asks;
    const char *error;
} cases[] = {
    { "on", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "on"))), true, NULL },
    { "on-in-lines", IN(NS("1.1"), SPECS("\n" SPEC("a", "b") "\n" SPEC("cmdqv:mode", "\n on\n"))), true, NULL },
    { "on-in-a-later-version", IN(NS("2.0"), SPECS(SPEC("cmdqv:mode", "on"))), true, NULL },
    { "off", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "off"))), false, NULL },
    { "none", IN(NS("1.1"), SPECS("")), false, NULL },
    { "no-specs", IN(NS("1.1"), "cmdqv:mode"), false, NULL },
    { "another-spec", IN(NS("1.1"), SPECS(SPEC("cmdqv:model", "on") SPEC("hw:cmdqv:mode", "on"))), false, NULL },
    { "another-spec-says-it", IN(NS("1.1"), SPECS(SPEC("x", "cmdqv:mode=on"))), false, NULL },
    { "first-counts", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "off") SPEC("cmdqv:mode", "on"))), false, NULL },
    { "another-namespace", IN("xmlns:nova='http://openstack.org/xmlns/libvirt/novae/1.1'", SPECS(SPEC("cmdqv:mode", "on"))), false, NULL },
    { "no-namespace", "<domain><metadata><instance><flavor><extraSpecs><extraSpec name='cmdqv:mode'>on</extraSpec></extraSpecs>"
      "</flavor></instance></metadata></domain>", false, NULL },
    { "outside-metadata", "<domain><nova:instance " NS("1.1") "><nova:flavor>" SPECS(SPEC("cmdqv:mode", "on")) "</nova:flavor>"
      "</nova:instance></domain>", false, NULL },
    { "nested-deeper", IN(NS("1.1"), "<nova:x>" SPECS(SPEC("cmdqv:mode", "on")) "</nova:x>"), false, NULL },
    { "ports-on", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "on") SPEC("cmdqv:ports", "on"))), true, NULL },
    { "ports-alone", IN(NS("1.1"), SPECS(SPEC("cmdqv:ports", "on"))), false, NULL },
    { "ports-maybe", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "on") SPEC("cmdqv:ports", "maybe"))), true,
      "the flavor's extra spec cmdqv:ports is 'maybe'; it must be 'on' or 'off'" },
    { "auto", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "auto"))), false, BAD("auto") },
    { "upper-case", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "ON"))), false, BAD("ON") },
    { "empty", IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", ""))), false, BAD("") },
    { "no-xml", "cmdqv:mode", false, NULL },
    { "no-domain", "<network>cmdqv:mode</network>", false, NULL },
    { "entities", "<!DOCTYPE d [<!ENTITY e 'on'>]>" IN(NS("1.1"), SPECS(SPEC("cmdqv:mode", "&e;"))), false, NULL },
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
    return g_test_run();
}
