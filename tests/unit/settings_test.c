/*
 * settings_test.c: cmdqv.conf, and in exactly which words it is refused
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <unistd.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "policy/rule.h"
#include "policy/rule_table.h"
#include "policy/settings.h"
#include "util/error.h"

#define BYTES(bytes) .text = bytes, .len = sizeof(bytes) - 1
#define DEFAULTS CMDQV_SETTINGS_CONFIG_DETACH_AUTO, CMDQV_SETTINGS_ANCHOR_PORT_PIN, "", ""
#define IS_DEFAULT .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "", .levels = ""
#define ONE_OF_DETACH "it must be one of 'auto', 'allow', 'refuse'"
#define ONE_OF_PORT "it must be one of 'pin', 'warn', 'ignore'"
#define ONE_OF_LEVEL "it must be one of 'error', 'warning', 'off'"

/* A file, and the values that are read from it: the settings, managers beyond Nova and levels as text. */
static const struct {
    const char *name;
    const char *text;
    gsize len;
    cmdqvSettingsConfigDetach configDetach;
    cmdqvSettingsAnchorPort anchorPort;
    const char *managers;
    const char *levels;
} sound[] = {
    { .name = "empty", BYTES(""), IS_DEFAULT },
    { .name = "blank-lines", BYTES("\n\n \n"), IS_DEFAULT },
    { .name = "comments", BYTES("# config_detach = refuse\n#[policy]\n"), IS_DEFAULT },
    { .name = "empty-groups", BYTES("[policy]\n[rules]\n"), IS_DEFAULT },
    { .name = "no-newline-at-the-end", BYTES("[policy]\nconfig_detach=allow"), .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_ALLOW,
      .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "", .levels = "" },
    { .name = "detach-auto", BYTES("[policy]\nconfig_detach = auto\n"), IS_DEFAULT },
    { .name = "detach-allow", BYTES("[policy]\nconfig_detach = allow\n"), .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_ALLOW,
      .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "", .levels = "" },
    { .name = "detach-refuse", BYTES("[policy]\nconfig_detach = refuse\n"), .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_REFUSE,
      .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "", .levels = "" },
    { .name = "port-pin", BYTES("[policy]\nanchor_port = pin\n"), IS_DEFAULT },
    { .name = "port-warn", BYTES("[policy]\nanchor_port = warn\n"), .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO,
      .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_WARN, .managers = "", .levels = "" },
    { .name = "port-ignore", BYTES("[policy]\nanchor_port = ignore\n"), .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO,
      .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_IGNORE, .managers = "", .levels = "" },
    { .name = "nova-off", BYTES("[policy]\nnova_layout = off\n"), IS_DEFAULT },
    { .name = "both", BYTES("[policy]\nanchor_port=ignore\nconfig_detach=refuse\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_REFUSE, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_IGNORE, .managers = "",
      .levels = "" },
    { .name = "blanks-around", BYTES("  [policy]  \n  config_detach   =   allow   \n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_ALLOW, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "",
      .levels = "" },
    { .name = "crlf",
      BYTES("[policy]\r\nconfig_detach = allow\r\nmanagers = urn:a;urn:b\r\n\r\n[rules]\r\nunknown-attribute = off\r\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_ALLOW, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "urn:a urn:b",
      .levels = "unknown-attribute=off" },
    { .name = "group-in-two-parts", BYTES("[policy]\nconfig_detach=allow\n[rules]\n[policy]\nanchor_port=warn\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_ALLOW, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_WARN, .managers = "",
      .levels = "" },
    { .name = "one-manager", BYTES("[policy]\nmanagers = http://example.org/x/\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN,
      .managers = "http://example.org/x/", .levels = "" },
    { .name = "managers", BYTES("[policy]\nmanagers = urn:a; urn:b ;urn:c;\n"), .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO,
      .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "urn:a urn:b urn:c", .levels = "" },
    { .name = "no-managers", BYTES("[policy]\nmanagers =\n"), IS_DEFAULT },
    { .name = "empty-managers", BYTES("[policy]\nmanagers = ;; ;\n"), IS_DEFAULT },
    { .name = "manager-with-semicolon", BYTES("[policy]\nmanagers = urn:a\\;b;urn:c\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN,
      .managers = "urn:a;b urn:c", .levels = "" },
    { .name = "levels", BYTES("[rules]\ncmdqv-needs-anchor = warning\naccel-needs-kvm = error\nqueues-want-hugepages=off\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "",
      .levels = "cmdqv-needs-anchor=warning accel-needs-kvm=error queues-want-hugepages=off" },
    { .name = "commented-out-and-given",
      BYTES("[policy]\n#config_detach = auto\nconfig_detach = allow\n # config_detach = refuse\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_ALLOW, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "",
      .levels = "" },
    { .name = "key-that-begins-with-another", BYTES("[rules]\naccel-needs-acpi = off\naccel-needs-kvm = off\n"),
      .configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO, .anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN, .managers = "",
      .levels = "accel-needs-acpi=off accel-needs-kvm=off" },
};

/* A file, and the words in which it is refused; a * at the end is for the words of GLib, which change. */
static const struct {
    const char *name;
    const char *text;
    gsize len;
    const char *message;
} refused[] = {
    { .name = "unknown-group", BYTES("[policy]\n\n[polcy]\nconfig_detach=auto\n"),
      .message = "f.conf:3: there is no group [polcy]" },
    { .name = "unknown-empty-group", BYTES("[x]\n"), .message = "f.conf:1: there is no group [x]" },
    { .name = "group-in-capitals", BYTES("[Policy]\n"), .message = "f.conf:1: there is no group [Policy]" },
    { .name = "unknown-key", BYTES("[policy]\n# config_detatch\nconfig_detatch = auto\n"),
      .message = "f.conf:3: there is no setting 'config_detatch' in [policy]" },
    { .name = "key-in-capitals", BYTES("[policy]\nConfig_detach = auto\n"),
      .message = "f.conf:2: there is no setting 'Config_detach' in [policy]" },
    { .name = "longer-key", BYTES("[policy]\nconfig_detach = auto\nconfig_detach_ = auto\n"),
      .message = "f.conf:3: there is no setting 'config_detach_' in [policy]" },
    { .name = "key-of-another-group", BYTES("[rules]\nconfig_detach = auto\n"),
      .message = "f.conf:2: there is no rule 'config_detach'; 'virt-cmdqv rules' lists them" },
    { .name = "rule-in-another-group", BYTES("[policy]\naccel-needs-kvm = off\n"),
      .message = "f.conf:2: there is no setting 'accel-needs-kvm' in [policy]" },
    { .name = "key-of-a-language", BYTES("[policy]\nconfig_detach[de] = auto\n"),
      .message = "f.conf:2: there is no setting 'config_detach[de]' in [policy]" },
    { .name = "bad-detach", BYTES("[policy]\nconfig_detach = never\n"),
      .message = "f.conf:2: config_detach = never: " ONE_OF_DETACH },
    { .name = "detach-in-capitals", BYTES("[policy]\nconfig_detach = Auto\n"),
      .message = "f.conf:2: config_detach = Auto: " ONE_OF_DETACH },
    { .name = "no-detach", BYTES("[policy]\nconfig_detach =\n"), .message = "f.conf:2: config_detach = : " ONE_OF_DETACH },
    { .name = "detach-of-the-port", BYTES("[policy]\nconfig_detach = pin\n"),
      .message = "f.conf:2: config_detach = pin: " ONE_OF_DETACH },
    { .name = "two-detaches", BYTES("[policy]\nconfig_detach = auto;allow\n"),
      .message = "f.conf:2: config_detach = auto;allow: " ONE_OF_DETACH },
    { .name = "quoted-detach", BYTES("[policy]\nconfig_detach = 'auto'\n"),
      .message = "f.conf:2: config_detach = 'auto': " ONE_OF_DETACH },
    { .name = "comment-behind", BYTES("[policy]\nconfig_detach = auto # the default\n"),
      .message = "f.conf:2: config_detach = auto # the default: " ONE_OF_DETACH },
    { .name = "bad-nova", BYTES("[policy]\nnova_layout = yes\n"),
      .message = "f.conf:2: nova_layout = yes: it must be one of 'off', 'on'" },
    { .name = "bad-port", BYTES("[policy]\n\nanchor_port = on\n"), .message = "f.conf:3: anchor_port = on: " ONE_OF_PORT },
    { .name = "detach-not-utf8", BYTES("[policy]\nconfig_detach = \xff\n"),
      .message = "f.conf:2: config_detach = : " ONE_OF_DETACH },
    { .name = "second-of-two", BYTES("[policy]\nconfig_detach = allow\nconfig_detach = x\n"),
      .message = "f.conf:3: config_detach = x: " ONE_OF_DETACH },
    { .name = "detach-twice", BYTES("[policy]\nconfig_detach=allow\nconfig_detach=refuse\n"),
      .message = "f.conf:3: 'config_detach' is in line 2 already; remove one of the two" },
    { .name = "detach-twice-the-same", BYTES("[policy]\nconfig_detach = allow\n\n  config_detach=allow\n"),
      .message = "f.conf:4: 'config_detach' is in line 2 already; remove one of the two" },
    { .name = "detach-in-two-parts", BYTES("[policy]\nconfig_detach=allow\n[rules]\n[policy]\nconfig_detach=refuse\n"),
      .message = "f.conf:5: 'config_detach' is in line 2 already; remove one of the two" },
    { .name = "level-twice", BYTES("[rules]\naccel-needs-kvm = error\n# off\naccel-needs-kvm\t=\toff\n"),
      .message = "f.conf:4: 'accel-needs-kvm' is in line 2 already; remove one of the two" },
    { .name = "managers-twice-crlf", BYTES("[policy]\r\nmanagers = urn:a=b\r\nmanagers = urn:c\r\n"),
      .message = "f.conf:3: 'managers' is in line 2 already; remove one of the two" },
    { .name = "thrice", BYTES("[policy]\nanchor_port=pin\nanchor_port=warn\nanchor_port=pin\n"),
      .message = "f.conf:3: 'anchor_port' is in line 2 already; remove one of the two" },
    { .name = "second-part", BYTES("[policy]\n[rules]\n[policy]\nanchor_port = x\n"),
      .message = "f.conf:4: anchor_port = x: " ONE_OF_PORT },
    { .name = "same-key-in-both", BYTES("[rules]\nunknown-attribute=off\n[policy]\nunknown-attribute=off\n"),
      .message = "f.conf:4: there is no setting 'unknown-attribute' in [policy]" },
    { .name = "crlf", BYTES("[policy]\r\n\r\nconfig_detach = x\r\n"), .message = "f.conf:3: config_detach = x: " ONE_OF_DETACH },
    { .name = "manager-not-utf8", BYTES("[policy]\nmanagers = urn:\xff\n"), .message = "f.conf:2: *" },
    { .name = "manager-with-bad-escape", BYTES("[policy]\n\nmanagers = urn:\\q\n"), .message = "f.conf:3: *" },
    { .name = "unknown-rule", BYTES("[rules]\nno-such-rule = off\n"),
      .message = "f.conf:2: there is no rule 'no-such-rule'; 'virt-cmdqv rules' lists them" },
    { .name = "unknown-rule-and-level", BYTES("[rules]\nno-such-rule = x\n"),
      .message = "f.conf:2: there is no rule 'no-such-rule'; 'virt-cmdqv rules' lists them" },
    { .name = "rule-of-a-detach", BYTES("[rules]\nkeep-anchor = off\n"),
      .message = "f.conf:2: the level of rule 'keep-anchor' cannot be set: it is about changes of devices, and always refuses "
          "them; remove the line" },
    { .name = "level-of-a-detach", BYTES("[rules]\nkeep-anchor = error\n"),
      .message = "f.conf:2: the level of rule 'keep-anchor' cannot be set: *" },
    { .name = "unknown-level", BYTES("[rules]\naccel-needs-kvm = fatal\n"),
      .message = "f.conf:2: accel-needs-kvm = fatal: " ONE_OF_LEVEL },
    { .name = "level-in-capitals", BYTES("[rules]\naccel-needs-kvm = OFF\n"),
      .message = "f.conf:2: accel-needs-kvm = OFF: " ONE_OF_LEVEL },
    { .name = "no-level", BYTES("[rules]\naccel-needs-kvm =\n"), .message = "f.conf:2: accel-needs-kvm = : " ONE_OF_LEVEL },
    { .name = "first-good-second-bad", BYTES("[rules]\naccel-needs-acpi=off\n\n\naccel-needs-kvm=1\n"),
      .message = "f.conf:5: accel-needs-kvm = 1: " ONE_OF_LEVEL },
    { .name = "key-without-group", BYTES("config_detach = auto\n"), .message = "f.conf:1: *" },
    { .name = "not-a-key-file", BYTES("[policy]\nconfig_detach auto\n"), .message = "f.conf:2: *" },
    { .name = "no-key", BYTES("# x\n[rules]\n\n = off\n"), .message = "f.conf:4: *" },
    { .name = "translated-and-plain", BYTES("[rules]\naccel-needs-kvm = off\naccel-needs-kvm[de] = off\n"),
      .message = "f.conf:3: there is no rule 'accel-needs-kvm[de]'; 'virt-cmdqv rules' lists them" },
    { .name = "junk", BYTES("\x7f" "ELF\x02\x01\x01\n"), .message = "f.conf:1: *" },
    { .name = "json", BYTES("{ \"policy\": { } }\n"), .message = "f.conf:1: *" },
    { .name = "group-not-closed", BYTES("[policy\n"), .message = "f.conf:1: *" },
    { .name = "nul", BYTES("[policy]\nconfig_detach = allow\0\n"), .message = "f.conf: it has a NUL byte in it" },
    { .name = "nul-alone", BYTES("\0"), .message = "f.conf: it has a NUL byte in it" },
    { .name = "nul-in-a-comment", BYTES("# \0\n[policy]\nconfig_detach = allow\n"),
      .message = "f.conf: it has a NUL byte in it" },
    { .name = "utf-16", BYTES("\xff\xfe[\0p\0o\0]\0"), .message = "f.conf: it has a NUL byte in it" },
};


/* All rules in the order of the table, so that a hash table's order does not matter. */
typedef struct {
    GHashTable *levels;
    guint seen;
    GHashTable *expected;
} cmdqvTestLevels;


static void
cmdqvTestLevel(const cmdqvRule *rule, gpointer data)
{
    cmdqvTestLevels *levels = data;
    const char *expected = g_hash_table_lookup(levels->expected, rule->identifier);
    gpointer level = NULL;
    bool is = g_hash_table_lookup_extended(levels->levels, rule->identifier, NULL, &level);

    g_assert_cmpstr(is ? cmdqvRuleLevelToString(GPOINTER_TO_INT(level)) : NULL, ==, expected);
    levels->seen += is;
}


static void
cmdqvTestSettings(const cmdqvSettings *settings, cmdqvSettingsConfigDetach configDetach, cmdqvSettingsAnchorPort anchorPort,
                  const char *managers, const char *levels)
{
    g_autofree char *actual = g_strjoinv(" ", settings->managers);
    g_autofree char *expected = g_strconcat("http://openstack.org/xmlns/libvirt/nova/ https://github.com/cockpit-project/cockpit",
                                            *managers ? " " : "", managers, NULL);
    g_auto(GStrv) words = g_strsplit(levels, " ", -1);
    g_autoptr(GHashTable) table = g_hash_table_new(g_str_hash, g_str_equal);
    cmdqvTestLevels check = { settings->levels, 0, table };
    guint i;

    for (i = 0; words[i]; i++) {
        char *value = strchr(words[i], '=');

        if (!value)
            continue;
        *value = '\0';
        (void)g_hash_table_insert(table, words[i], value + 1);
    }
    g_assert_cmpint(settings->configDetach, ==, configDetach);
    g_assert_cmpint(settings->anchorPort, ==, anchorPort);
    g_assert_cmpstr(actual, ==, expected);
    cmdqvRuleTableForeach(cmdqvTestLevel, &check);
    g_assert_cmpuint(check.seen, ==, g_hash_table_size(settings->levels));
}


static void
cmdqvTestSound(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsParse(sound[i].text, sound[i].len, "f.conf", &error);

    g_assert_no_error(error);
    if (settings)
        cmdqvTestSettings(settings, sound[i].configDetach, sound[i].anchorPort, sound[i].managers, sound[i].levels);
}


static void
cmdqvTestRefused(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsParse(refused[i].text, refused[i].len, "f.conf", &error);

    g_assert_null(settings);
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    if (!error)
        return;
    if (g_str_has_suffix(refused[i].message, "*"))
        g_assert_true(g_pattern_match_simple(refused[i].message, error->message));
    else
        g_assert_cmpstr(error->message, ==, refused[i].message);
    g_assert_null(strpbrk(error->message, "\r\n"));
}


static void
cmdqvTestNova(void)
{
    static const char text[] = "[policy]\nnova_layout = on\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsParse(text, strlen(text), "f.conf", &error);
    g_autoptr(cmdqvSettings) defaults = cmdqvSettingsNew();

    g_assert_no_error(error);
    g_assert_true(settings->novaLayout);
    g_assert_false(defaults->novaLayout);
}


static void
cmdqvTestDefaults(void)
{
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsNew();

    cmdqvTestSettings(settings, DEFAULTS);
    cmdqvSettingsFree(NULL);
}


/* Every rule of the table at every level. */
static void
cmdqvTestEachRule(const cmdqvRule *rule, gpointer data G_GNUC_UNUSED)
{
    cmdqvRuleLevel level;

    for (level = 0; level < CMDQV_RULE_LEVEL_LAST; level++) {
        g_autofree char *setting = g_strdup_printf("%s=%s", rule->identifier, cmdqvRuleLevelToString(level));
        g_autofree char *text = g_strdup_printf("[rules]\n%s\n", setting);
        g_autoptr(GError) error = NULL;
        g_autoptr(cmdqvSettings) settings = cmdqvSettingsParse(text, strlen(text), "f.conf", &error);

        if (cmdqvRuleTableIsFixed(rule)) {
            g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
            continue;
        }
        g_assert_no_error(error);
        if (settings)
            cmdqvTestSettings(settings, CMDQV_SETTINGS_CONFIG_DETACH_AUTO, CMDQV_SETTINGS_ANCHOR_PORT_PIN, "", setting);
    }
}


static void
cmdqvTestEveryRule(void)
{
    cmdqvRuleTableForeach(cmdqvTestEachRule, NULL);
}


/* The file that is installed says nothing but the defaults, also with every comment that shows a setting taken off. */
static void
cmdqvTestInstalled(void)
{
    g_autofree char *path = cmdqvTestDataPath("../docs", "cmdqv.conf", "");
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsLoad(path, NULL);
    g_autofree char *text = cmdqvTestRead(path);
    g_autoptr(GRegex) regex = g_regex_new("^#(?=[a-z_-]+ =)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *uncommented = g_regex_replace_literal(regex, text, -1, 0, "", 0, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) shown = cmdqvSettingsParse(uncommented, strlen(uncommented), path, &error);

    g_assert_nonnull(settings);
    cmdqvTestSettings(settings, DEFAULTS);
    g_assert_no_error(error);
    g_assert_cmpstr(uncommented, !=, text);
    if (shown)
        cmdqvTestSettings(shown, CMDQV_SETTINGS_CONFIG_DETACH_AUTO, CMDQV_SETTINGS_ANCHOR_PORT_PIN, "", "queues-want-hugepages=warning");
}


static void
cmdqvTestLoad(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *path = NULL;
    g_autofree char *message = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) missing = NULL;
    g_autoptr(cmdqvSettings) found = NULL;

    cmdqvTestTreeInit(&tree);
    path = g_build_filename(tree.root, "cmdqv.conf", NULL);
    missing = cmdqvSettingsLoad(path, &error);
    g_assert_no_error(error);
    g_assert_nonnull(missing);
    if (missing)
        cmdqvTestSettings(missing, DEFAULTS);

    cmdqvTestTreeAdd(&tree, "cmdqv.conf", "[policy]\nanchor_port = warn\n", -1);
    found = cmdqvSettingsLoad(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(found ? found->anchorPort : CMDQV_SETTINGS_ANCHOR_PORT_LAST, ==, CMDQV_SETTINGS_ANCHOR_PORT_WARN);

    cmdqvTestTreeAdd(&tree, "cmdqv.conf", "[policy]\nanchor_port = x\n", -1);
    g_assert_null(cmdqvSettingsLoad(path, &error));
    message = g_strdup_printf("%s:2: anchor_port = x: " ONE_OF_PORT, path);
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    g_assert_cmpstr(error ? error->message : NULL, ==, message);
}


static void
cmdqvTestLoadFails(const char *path, const char *format)
{
    g_autoptr(GString) message = g_string_new(format);
    g_autoptr(GError) error = NULL;

    (void)g_string_replace(message, "%s", path, 1);
    g_assert_null(cmdqvSettingsLoad(path, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    g_assert_cmpstr(error ? error->message : NULL, ==, message->str);
}


static void
cmdqvTestUnreadable(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *path = NULL;

    cmdqvTestTreeInit(&tree);
    path = g_build_filename(tree.root, "cmdqv.conf", NULL);
    cmdqvTestTreeAdd(&tree, "cmdqv.conf", NULL, 0);
    cmdqvTestLoadFails(path, "cannot read '%s': Is a directory");
    cmdqvTestTreeAdd(&tree, "a-file", "", 0);
    g_free(path);
    path = g_build_filename(tree.root, "a-file", "cmdqv.conf", NULL);
    cmdqvTestLoadFails(path, "cannot open '%s': Not a directory");
    g_free(path);
    path = g_build_filename(tree.root, "link", NULL);
    g_assert_cmpint(symlink("nothing", path), ==, 0);
    cmdqvTestLoadFails(path, "cannot open '%s': No such file or directory");
    cmdqvTestLoadFails("/proc/self/mem", "cannot read '%s': Input/output error");
    cmdqvTestLoadFails("/dev/zero", "cannot read '%s': it is larger than 1048576 bytes");
}


static void
cmdqvTestHuge(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *path = NULL;
    g_autofree char *text = g_strnfill(1024 * 1024 + 1, '#');
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) settings = NULL;

    cmdqvTestTreeInit(&tree);
    path = g_build_filename(tree.root, "cmdqv.conf", NULL);
    cmdqvTestTreeAdd(&tree, "cmdqv.conf", text, 1024 * 1024 + 1);
    cmdqvTestLoadFails(path, "cannot read '%s': it is larger than 1048576 bytes");

    /* one byte less is one long comment */
    cmdqvTestTreeAdd(&tree, "cmdqv.conf", text, 1024 * 1024);
    settings = cmdqvSettingsLoad(path, &error);
    g_assert_no_error(error);
    g_assert_nonnull(settings);
}


/* Namespaces of <metadata> under a setting of managers. */
static const struct {
    const char *managers;
    const char *metadata;
    bool managed;
} owners[] = {
    { .managers = "", .metadata = "", .managed = false },
    { .managers = "", .metadata = "<n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'/>", .managed = true },
    { .managers = "", .metadata = "<n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.0'/>", .managed = true },
    { .managers = "", .metadata = "<n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/'/>", .managed = true },
    { .managers = "", .metadata = "<n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova'/>", .managed = false },
    { .managers = "", .metadata = "<c:data xmlns:c='https://github.com/cockpit-project/cockpit-machines'/>", .managed = true },
    { .managers = "", .metadata = "<c:data xmlns:c='https://github.com/cockpit-project/cockpit/tree/master/pkg/machines'/>",
      .managed = true },
    { .managers = "", .metadata = "<c:data xmlns:c='https://github.com/cockpit-project'/>", .managed = false },
    { .managers = "", .metadata = "<n:instance xmlns:n='HTTP://openstack.org/xmlns/libvirt/nova/1.1'/>", .managed = false },
    { .managers = "", .metadata = "<nova/>", .managed = false },
    { .managers = "", .metadata = "<n:x xmlns:n='urn:x'/>", .managed = false },
    { .managers = "urn:x", .metadata = "<n:x xmlns:n='urn:x'/>", .managed = true },
    { .managers = "urn:x", .metadata = "<n:x xmlns:n='urn:xy'/>", .managed = true },
    { .managers = "urn:y;urn:x", .metadata = "<a:b xmlns:a='urn:z'/><n:x xmlns:n='urn:x'/>", .managed = true },
    { .managers = "urn:x", .metadata = "<n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'/>", .managed = true },
    { .managers = "urn:x", .metadata = "<a:b xmlns:a='urn:w'><n:x xmlns:n='urn:x'/></a:b>", .managed = false },
    { .managers = "urn:x", .metadata = "urn:x", .managed = false },
};


static void
cmdqvTestManaged(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(owners); i++) {
        g_autofree char *text = g_strdup_printf("[policy]\nmanagers = %s\n", owners[i].managers);
        g_autofree char *xml = g_strdup_printf("<domain><metadata>%s</metadata><devices/></domain>", owners[i].metadata);
        g_autoptr(cmdqvSettings) settings = cmdqvSettingsParse(text, strlen(text), "f.conf", NULL);
        g_autoptr(cmdqvTopology) definition = cmdqvDomainXMLRead(xml, strlen(xml), NULL);

        g_test_message("managers '%s', metadata '%s'", owners[i].managers, owners[i].metadata);
        g_assert_true(cmdqvSettingsIsManaged(settings, definition) == owners[i].managed);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/settings/defaults", cmdqvTestDefaults);
    g_test_add_func("/settings/nova", cmdqvTestNova);
    for (i = 0; i < G_N_ELEMENTS(sound); i++) {
        g_autofree char *path = g_strconcat("/settings/sound/", sound[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestSound);
    }
    for (i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strconcat("/settings/refused/", refused[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRefused);
    }
    g_test_add_func("/settings/every-rule", cmdqvTestEveryRule);
    g_test_add_func("/settings/installed", cmdqvTestInstalled);
    g_test_add_func("/settings/load", cmdqvTestLoad);
    g_test_add_func("/settings/unreadable", cmdqvTestUnreadable);
    g_test_add_func("/settings/huge", cmdqvTestHuge);
    g_test_add_func("/settings/managed", cmdqvTestManaged);
    return g_test_run();
}
