/*
 * daemon_version.h: find the version of the libvirt that a process has loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

unsigned long cmdqvDaemonVersionRead(const char *root, unsigned int pid);
