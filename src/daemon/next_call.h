/*
 * next_call.h: call libvirt's own functions from functions of the same name in
 * the module
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "daemon/libvirt_headers.h"

/** Returns the function to call instead of one of libvirt; NULL to call libvirt's own. */
typedef gpointer (*cmdqvNextCallLookup)(const char *name);

/** The layers below the module, from the first one that it calls. */
typedef enum {
    CMDQV_NEXT_CALL_ADAPTER,
    CMDQV_NEXT_CALL_LOCK,
    CMDQV_NEXT_CALL_LIBVIRT,
} cmdqvNextCallLayer;

void cmdqvNextCallPutBetween(cmdqvNextCallLookup adapter, cmdqvNextCallLookup lock);
gpointer cmdqvNextCallFind(gpointer *slot, const char *name, cmdqvNextCallLayer layer);

/**
 * CMDQV_REAL:
 * @name: a public function of libvirt
 *
 * libvirt as the module uses it: with support for CMDQV. For some functions it
 * calls lowering_calls.c, which calls libvirt.
 */
#define CMDQV_REAL(name) \
    (__extension__ ({ static gpointer slot_; (__typeof__(&name))cmdqvNextCallFind(&slot_, #name, CMDQV_NEXT_CALL_ADAPTER); }))

/**
 * CMDQV_NEXT:
 * @name: a public function of libvirt
 *
 * libvirt itself, with or without support for CMDQV. For functions that change
 * a definition it calls definition_lock.c, which calls libvirt.
 */
#define CMDQV_NEXT(name) \
    (__extension__ ({ static gpointer slot_; (__typeof__(&name))cmdqvNextCallFind(&slot_, #name, CMDQV_NEXT_CALL_LOCK); }))

/**
 * CMDQV_LIBVIRT:
 * @name: a public function of libvirt
 *
 * libvirt's own function, called directly. It exists, because the caller of the
 * module's function was linked with libvirt.
 */
#define CMDQV_LIBVIRT(name) \
    (__extension__ ({ static gpointer slot_; (__typeof__(&name))cmdqvNextCallFind(&slot_, #name, CMDQV_NEXT_CALL_LIBVIRT); }))

/** A symbol that replaces one of libvirt's; all others of the module are hidden. */
#define CMDQV_EXPORT __attribute__((visibility("default")))
