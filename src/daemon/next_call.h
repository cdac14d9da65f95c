/*
 * daemon/next_call.h: libvirt's own functions, behind those that the module defines
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "daemon/libvirt_headers.h"

gpointer cmdqvRealFind(gpointer *slot, const char *name);
gpointer cmdqvRealFindNext(gpointer *slot, const char *name);

/**
 * CMDQV_REAL:
 * @name: a public function of libvirt
 *
 * libvirt as it is seen by everything in the module: one that knows CMDQV.
 * For some functions plugin/lowering_calls.c stands in between.
 */
#define CMDQV_REAL(name) \
    (__extension__ ({ static gpointer slot_; (__typeof__(&name))cmdqvRealFind(&slot_, #name); }))

/**
 * CMDQV_NEXT:
 * @name: a public function of libvirt
 *
 * The next definition of it behind the module's, with nothing in between.
 * Whoever called the module's was linked against libvirt, so there is one.
 */
#define CMDQV_NEXT(name) \
    (__extension__ ({ static gpointer slot_; (__typeof__(&name))cmdqvRealFindNext(&slot_, #name); }))

/** The symbols that take libvirt's place; everything else in the module is hidden. */
#define CMDQV_EXPORT __attribute__((visibility("default")))
