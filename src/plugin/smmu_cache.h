/*
 * smmu_cache.h: cache which domains have no SMMUv3
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "util/file.h"

/** The half of a domain. */
typedef enum {
    CMDQV_SMMU_CACHE_LIVE,
    CMDQV_SMMU_CACHE_DEFINITION,

    CMDQV_SMMU_CACHE_LAST
} cmdqvSmmuCacheHalf;

/** The result of a check of one half of a domain. */
typedef enum {
    CMDQV_SMMU_CACHE_NOTHING,  /* not checked, or libvirt has no answer */
    CMDQV_SMMU_CACHE_WITHOUT,  /* it certainly has no SMMUv3 */
    CMDQV_SMMU_CACHE_PERHAPS  /* it must be read */
} cmdqvSmmuCacheSight;

/** A domain's file, and its stamp before a check; without a file no result can be kept. */
typedef struct {
    char *file;
    cmdqvFileStamp stamp;
} cmdqvSmmuCacheKey;

void cmdqvSmmuCacheKeyClear(cmdqvSmmuCacheKey *key);
cmdqvSmmuCacheSight cmdqvSmmuCacheRecall(virDomainPtr domain, cmdqvSmmuCacheHalf half, cmdqvSmmuCacheKey *key);
void cmdqvSmmuCacheNote(virDomainPtr domain, cmdqvSmmuCacheHalf half, const cmdqvSmmuCacheKey *key, cmdqvSmmuCacheSight sight);
char *cmdqvSmmuCacheReadFile(const cmdqvSmmuCacheKey *key);
char *cmdqvSmmuCacheWritten(virDomainPtr domain, cmdqvSmmuCacheKey *key);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvSmmuCacheKey, cmdqvSmmuCacheKeyClear)
