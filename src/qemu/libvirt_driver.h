/*
 * libvirt_driver.h: find the folders of libvirt's QEMU driver
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** The settings file of a system daemon, below the prefix of the build. */
#define CMDQV_LIBVIRT_DRIVER_SETTINGS CMDQV_SYSCONFDIR "/libvirt/cmdqv.conf"

/** How libvirt runs the driver. */
typedef enum {
    CMDQV_LIBVIRT_DRIVER_SYSTEM,  /* in root's daemon */
    CMDQV_LIBVIRT_DRIVER_SESSION,  /* in a user's daemon */
    CMDQV_LIBVIRT_DRIVER_EMBED,  /* in a program of its own, with a folder of its own: qemu:///embed */
} cmdqvLibvirtDriverKind;

/** The QEMU driver of a process. */
typedef struct {
    cmdqvLibvirtDriverKind kind;
    char *stateDir;         /* folder of pid files */
} cmdqvLibvirtDriver;

bool cmdqvLibvirtDriverRead(const char *process, cmdqvLibvirtDriver *driver);
bool cmdqvLibvirtDriverIsElsewhere(const char *uri);
bool cmdqvLibvirtDriverMayBeForwarded(const char *uri);
bool cmdqvLibvirtDriverOfURI(const char *uri, cmdqvLibvirtDriver *driver);
void cmdqvLibvirtDriverClear(cmdqvLibvirtDriver *driver);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLibvirtDriver, cmdqvLibvirtDriverClear)

const cmdqvLibvirtDriver *cmdqvLibvirtDriverOwn(void);
const cmdqvLibvirtDriver *cmdqvLibvirtDriverOwnOf(const char *uri);
bool cmdqvLibvirtDriverServes(const cmdqvLibvirtDriver *driver, const char *uri);
char *cmdqvLibvirtDriverDomainFile(const char *folder, const char *name, const char *suffix);
char *cmdqvLibvirtDriverConfigDir(const cmdqvLibvirtDriver *driver, const char *configHome);
char *cmdqvLibvirtDriverSaveDir(const cmdqvLibvirtDriver *driver, const char *configHome);
char *cmdqvLibvirtDriverSettingsFile(const cmdqvLibvirtDriver *driver, const char *configHome);
char *cmdqvLibvirtDriverStateDir(const char *uri);
