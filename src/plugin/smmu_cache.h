/*
 * plugin/smmu_cache.h: which domains have been seen to have an SMMUv3
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "util/file.h"

/** Of what it is remembered. */
typedef enum {
    CMDQV_MEMORY_LIVE,
    CMDQV_MEMORY_DEFINITION,

    CMDQV_MEMORY_LAST
} cmdqvMemoryHalf;

/** What a look at one half of a domain has shown. */
typedef enum {
    CMDQV_MEMORY_NOTHING,   /* nobody has looked, or libvirt does not show it */
    CMDQV_MEMORY_WITHOUT,   /* it certainly has no SMMUv3 */
    CMDQV_MEMORY_PERHAPS    /* it must be read */
} cmdqvMemorySight;

/** A domain's file, and its stamp when it was looked at; nothing can be remembered without a file. */
typedef struct {
    char *file;
    cmdqvFileStamp stamp;
} cmdqvMemoryMark;

void cmdqvMemoryMarkClear(cmdqvMemoryMark *mark);
cmdqvMemorySight cmdqvMemoryRecall(virDomainPtr domain, cmdqvMemoryHalf half, cmdqvMemoryMark *mark);
void cmdqvMemoryNote(virDomainPtr domain, cmdqvMemoryHalf half, const cmdqvMemoryMark *mark, cmdqvMemorySight sight);
char *cmdqvMemoryMarked(const cmdqvMemoryMark *mark);
char *cmdqvMemoryWritten(virDomainPtr domain, cmdqvMemoryMark *mark);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvMemoryMark, cmdqvMemoryMarkClear)
