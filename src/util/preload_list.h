/*
 * preload_list.h: the value of LD_PRELOAD
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

char *cmdqvPreloadListWithout(const char *preload, const char *path);
