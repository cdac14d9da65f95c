/*
 * client_uri.h: find the URI that libvirt opens for a client
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

char *cmdqvClientUriResolve(const char *uri);
