/*
 * host/daemon_version.h: the libvirt that a process has loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

unsigned long cmdqvDaemonLibvirtVersion(const char *root, unsigned int pid);
