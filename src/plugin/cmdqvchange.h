/*
 * cmdqvchange.h: a definition with one device added or exchanged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvpolicy.h"

cmdqvVerdict *cmdqvChangeJudge(virDomainPtr domain, const char *verb, const char *xml, const cmdqvDevice *replaces);
