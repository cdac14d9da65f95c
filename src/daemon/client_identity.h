/*
 * daemon/client_identity.h: on whose behalf the calling thread works
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

char *cmdqvClientDescribe(void);
