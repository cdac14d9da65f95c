/*
 * client_identity.h: describe the client of the calling thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

char *cmdqvClientIdentityDescribe(void);
