/*
 * device_use.h: the use that the host itself makes of a PCI device
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

char *cmdqvDeviceUseFind(const char *root, const char *device);
char *cmdqvDeviceUseParent(const char *root, const char *device);
