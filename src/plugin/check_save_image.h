/*
 * check_save_image.h: whether libvirt survives the definition in a save image
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/verdict.h"

bool cmdqvCheckSaveImageIsFatal(virConnectPtr conn, const char *file, const char *function);
cmdqvVerdict *cmdqvCheckSaveImageManaged(virDomainPtr domain);
