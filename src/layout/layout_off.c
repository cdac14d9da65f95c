/*
 * layout_off.c: make no layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Instead of all other files of this folder but the shapes and the reader of Nova's metadata
 * (meson setup -Dlayouts=disabled).
 */

#include "layout/layout.h"

#include "util/error.h"


bool
cmdqvLayoutRemoveUnused(xmlDoc *doc G_GNUC_UNUSED, const cmdqvTopology *topology G_GNUC_UNUSED)
{
    return false;
}


char *
cmdqvLayoutDomain(const char *domain G_GNUC_UNUSED, const cmdqvLayoutRequest *request G_GNUC_UNUSED, GError **error)
{
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "this libvirt-cmdqv was built without layouts (-Dlayouts=disabled)");
}
