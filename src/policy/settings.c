/*
 * settings.c: read cmdqv.conf
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/settings.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/rule_table.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

#define CMDQV_SETTINGS_MAX_BYTES (1024 * 1024)
#define CMDQV_SETTINGS_GROUP "policy"
#define CMDQV_SETTINGS_RULES "rules"

static const char *const cmdqvSettingsConfigDetachNames[] = {
    [CMDQV_SETTINGS_CONFIG_DETACH_AUTO] = "auto",
    [CMDQV_SETTINGS_CONFIG_DETACH_ALLOW] = "allow",
    [CMDQV_SETTINGS_CONFIG_DETACH_REFUSE] = "refuse",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvSettingsConfigDetachNames) == CMDQV_SETTINGS_CONFIG_DETACH_LAST);

static const char *const cmdqvSettingsAnchorPortNames[] = {
    [CMDQV_SETTINGS_ANCHOR_PORT_PIN] = "pin",
    [CMDQV_SETTINGS_ANCHOR_PORT_WARN] = "warn",
    [CMDQV_SETTINGS_ANCHOR_PORT_IGNORE] = "ignore",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvSettingsAnchorPortNames) == CMDQV_SETTINGS_ANCHOR_PORT_LAST);

static const char *const cmdqvSettingsOnOff[] = { "off", "on" };

/*
 * Managers that remove a device from the definition first and from the running
 * domain second, and whose records are wrong if only the first succeeds. These
 * are the namespaces of their domain metadata. Known are Nova's
 * LibvirtDriver._detach_with_retry() and Cockpit's domainDetachHostDevice(), of
 * which older releases have a longer namespace.
 */
static const char *const cmdqvSettingsManagers[] = {
    "http://openstack.org/xmlns/libvirt/nova/",
    "https://github.com/cockpit-project/cockpit",
    NULL
};


/**
 * cmdqvSettingsNew:
 *
 * Returns: (transfer full): the defaults
 */
cmdqvSettings *
cmdqvSettingsNew(void)
{
    cmdqvSettings *settings = g_new0(cmdqvSettings, 1);

    settings->configDetach = CMDQV_SETTINGS_CONFIG_DETACH_AUTO;
    settings->anchorPort = CMDQV_SETTINGS_ANCHOR_PORT_PIN;
    settings->novaLayout = false;
    settings->levels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    settings->managers = g_strdupv((char **)cmdqvSettingsManagers);
    return settings;
}


/**
 * cmdqvSettingsFree:
 * @settings: (transfer full) (nullable): a configuration
 */
void
cmdqvSettingsFree(cmdqvSettings *settings)
{
    if (!settings)
        return;

    g_hash_table_unref(settings->levels);
    g_strfreev(settings->managers);
    g_free(settings);
}


/*
 * GKeyFile has no line numbers: finds the first line of a group, or the last
 * line of a key in it, which is the one that counts.
 */
static unsigned int
cmdqvSettingsLine(const char *text, const char *group, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *header = g_strdup_printf("[%s]", group);
    bool inside = false;
    unsigned int found = 0;
    unsigned int i;

    for (i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);

        if (*line == '[') {
            inside = strcmp(line, header) == 0;
            if (inside && !key)
                return i + 1;
        } else if (inside && key && g_str_has_prefix(line, key) && strchr(" \t=", line[strlen(key)])) {
            found = i + 1;
        }
    }
    return found;
}


/* The first line that is no valid line of a key file; 0 if GKeyFile has another complaint. */
static unsigned int
cmdqvSettingsBadLine(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool inside = false;
    unsigned int i;

    for (i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        bool isGroup = *line == '[' && g_str_has_suffix(line, "]");

        inside = inside || isGroup;
        if (*line != '\0' && *line != '#' && !isGroup && (!inside || *line == '=' || !strchr(line, '=')))
            return i + 1;
    }
    return 0;
}


/*
 * GKeyFile silently uses the last of two values of a key, so a reader of the
 * first one in a long file would be misled.
 */
static bool
cmdqvSettingsCheckRepeats(const char *text, const char *name, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *group = "";
    unsigned int i;

    for (i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        char *equals = *line == '#' ? NULL : strchr(line, '=');
        g_autofree char *key = NULL;
        unsigned int first;

        if (*line == '[') {
            group = line;
            continue;
        }
        if (!equals)
            continue;
        *equals = '\0';
        key = g_strdup_printf("%s%s", group, g_strchomp(line));
        first = GPOINTER_TO_UINT(g_hash_table_lookup(seen, key));
        if (first > 0)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: '%s' is in line %u already; remove one of the two", name,
                                 i + 1, line, first);
        (void)g_hash_table_insert(seen, g_steal_pointer(&key), GUINT_TO_POINTER(i + 1));
    }
    return true;
}


typedef struct {
    GKeyFile *file;
    const char *text;
    const char *name;
} cmdqvSettingsSource;


/* Returns the number of the chosen word, @count with @error set. */
static guint
cmdqvSettingsReadChoice(const cmdqvSettingsSource *source, const char *key, const char *const *names, guint count, GError **error)
{
    g_autofree char *value = g_key_file_get_string(source->file, CMDQV_SETTINGS_GROUP, key, NULL);
    g_autoptr(GString) words = g_string_new(NULL);
    guint choice = cmdqvTextFind(names, count, value ? g_strchomp(value) : NULL);
    guint i;

    for (i = 0; i < count; i++)
        g_string_append_printf(words, "%s'%s'", i > 0 ? ", " : "", names[i]);
    if (choice == count)
        cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: %s = %s: it must be one of %s", source->name,
                      cmdqvSettingsLine(source->text, CMDQV_SETTINGS_GROUP, key), key, value ? value : "", words->str);
    return choice;
}


/* Adds the managers of the configuration to the known ones. */
static bool
cmdqvSettingsReadManagers(const cmdqvSettingsSource *source, const char *key, cmdqvSettings *settings, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_auto(GStrv) added = g_key_file_get_string_list(source->file, CMDQV_SETTINGS_GROUP, key, NULL, &reason);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    gsize i;

    if (reason)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: %s", source->name,
                             cmdqvSettingsLine(source->text, CMDQV_SETTINGS_GROUP, key), reason->message);
    for (i = 0; settings->managers[i]; i++)
        g_ptr_array_add(all, g_strdup(settings->managers[i]));
    for (i = 0; added && added[i]; i++) {
        if (*g_strstrip(added[i]) != '\0')
            g_ptr_array_add(all, g_strdup(added[i]));
    }
    g_ptr_array_add(all, NULL);
    g_strfreev(settings->managers);
    settings->managers = (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
    return true;
}


static bool
cmdqvSettingsReadKey(const cmdqvSettingsSource *source, const char *key, cmdqvSettings *settings, GError **error)
{
    guint choice;

    if (strcmp(key, "config_detach") == 0) {
        settings->configDetach = choice = cmdqvSettingsReadChoice(source, key, cmdqvSettingsConfigDetachNames,
                                                                  CMDQV_SETTINGS_CONFIG_DETACH_LAST, error);
        return choice < CMDQV_SETTINGS_CONFIG_DETACH_LAST;
    }
    if (strcmp(key, "anchor_port") == 0) {
        settings->anchorPort = choice = cmdqvSettingsReadChoice(source, key, cmdqvSettingsAnchorPortNames,
                                                                CMDQV_SETTINGS_ANCHOR_PORT_LAST, error);
        return choice < CMDQV_SETTINGS_ANCHOR_PORT_LAST;
    }
    if (strcmp(key, "nova_layout") == 0) {
        choice = cmdqvSettingsReadChoice(source, key, cmdqvSettingsOnOff, G_N_ELEMENTS(cmdqvSettingsOnOff), error);
        settings->novaLayout = choice == 1;
        return choice < G_N_ELEMENTS(cmdqvSettingsOnOff);
    }
    if (strcmp(key, "managers") == 0)
        return cmdqvSettingsReadManagers(source, key, settings, error);
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: there is no setting '%s' in [%s]", source->name,
                         cmdqvSettingsLine(source->text, CMDQV_SETTINGS_GROUP, key), key, CMDQV_SETTINGS_GROUP);
}


static bool
cmdqvSettingsReadRule(const cmdqvSettingsSource *source, const char *key, cmdqvSettings *settings, GError **error)
{
    g_autofree char *value = g_key_file_get_string(source->file, CMDQV_SETTINGS_RULES, key, NULL);
    cmdqvRuleLevel level = cmdqvRuleLevelFromString(value ? g_strchomp(value) : NULL);
    unsigned int line = cmdqvSettingsLine(source->text, CMDQV_SETTINGS_RULES, key);
    const cmdqvRule *rule = cmdqvRuleTableFind(key);

    if (!rule)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: there is no rule '%s'; 'virt-cmdqv rules' lists them",
                             source->name, line, key);
    if (cmdqvRuleTableIsFixed(rule))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: the level of rule '%s' cannot be set: it is about changes of "
                             "devices, and always refuses them; remove the line", source->name, line, key);
    if (level == CMDQV_RULE_LEVEL_LAST)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: %s = %s: it must be one of 'error', 'warning', 'off'",
                             source->name, line, key, value ? value : "");
    (void)g_hash_table_insert(settings->levels, g_strdup(key), GINT_TO_POINTER(level));
    return true;
}


static bool
cmdqvSettingsReadGroups(const cmdqvSettingsSource *source, cmdqvSettings *settings, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(source->file, NULL);
    g_auto(GStrv) keys = g_key_file_get_keys(source->file, CMDQV_SETTINGS_GROUP, NULL, NULL);
    g_auto(GStrv) rules = g_key_file_get_keys(source->file, CMDQV_SETTINGS_RULES, NULL, NULL);
    gsize i;

    for (i = 0; groups[i]; i++) {
        if (strcmp(groups[i], CMDQV_SETTINGS_GROUP) != 0 && strcmp(groups[i], CMDQV_SETTINGS_RULES) != 0)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: there is no group [%s]", source->name,
                                 cmdqvSettingsLine(source->text, groups[i], NULL), groups[i]);
    }
    for (i = 0; keys && keys[i]; i++) {
        if (!cmdqvSettingsReadKey(source, keys[i], settings, error))
            return false;
    }
    for (i = 0; rules && rules[i]; i++) {
        if (!cmdqvSettingsReadRule(source, rules[i], settings, error))
            return false;
    }
    return true;
}


/**
 * cmdqvSettingsParse:
 * @text: content of cmdqv.conf that ends with a NUL byte
 * @len: its length in bytes
 * @name: its name in messages
 * @error: CMDQV_ERROR_INVALID, with name and line
 *
 * Returns: (transfer full): the settings, with defaults for absent keys; NULL
 * with @error set
 */
cmdqvSettings *
cmdqvSettingsParse(const char *text, gsize len, const char *name, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsNew();
    g_autoptr(GError) reason = NULL;
    const cmdqvSettingsSource source = { .file = file, .text = text, .name = name };
    unsigned int line;

    /* GKeyFile would end a value there, and silently drop a translated key */
    if (memchr(text, '\0', len))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s: it has a NUL byte in it", name);
    if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_KEEP_TRANSLATIONS, &reason)) {
        /* an empty file is valid, but an error for earlier releases of GKeyFile */
        if (len == 0)
            return g_steal_pointer(&settings);
        line = cmdqvSettingsBadLine(text);
        if (line > 0)
            cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s:%u: %s", name, line, reason->message);
        else
            cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s: %s", name, reason->message);
        return NULL;
    }
    if (!cmdqvSettingsReadGroups(&source, settings, error) || !cmdqvSettingsCheckRepeats(text, name, error))
        return NULL;
    return g_steal_pointer(&settings);
}


/**
 * cmdqvSettingsLoad:
 * @path: a key file; if it does not exist, the defaults apply
 * @error: CMDQV_ERROR_INVALID or CMDQV_ERROR_SYSTEM
 *
 * Returns: (transfer full): the settings, NULL with @error set
 */
cmdqvSettings *
cmdqvSettingsLoad(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    struct stat info;
    gsize len;

    /* a link without its target exists, and so may a file that cannot be looked up */
    if (lstat(path, &info) < 0 && errno == ENOENT)
        return cmdqvSettingsNew();
    if (!cmdqvFileRead(path, CMDQV_SETTINGS_MAX_BYTES, &text, &len, error))
        return NULL;
    return cmdqvSettingsParse(text, len, path, error);
}


/**
 * cmdqvSettingsIsManaged:
 * @settings: the settings
 * @definition: a domain
 *
 * Returns: true if the domain has metadata of a manager in the settings
 */
bool
cmdqvSettingsIsManaged(const cmdqvSettings *settings, const cmdqvTopology *definition)
{
    guint i;
    gsize j;

    for (i = 0; i < definition->metadata->len; i++) {
        for (j = 0; settings->managers[j]; j++) {
            if (cmdqvTextStarts(g_ptr_array_index(definition->metadata, i), settings->managers[j]))
                return true;
        }
    }
    return false;
}
