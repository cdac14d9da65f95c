/*
 * renamecheck.c: access checks of libvirt's under other names than the module expects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * With SUFFIX=ACX it is the part that libvirt.so would have in a libvirt that
 * calls its checks so: the test changes the name in a copy of the driver.
 * With SUFFIX=ACL it takes the place of the checks that there are.  Both grant
 * everything.
 */

#define PASTE(function, suffix) function##Ensure##suffix
#define NAME(function, suffix) PASTE(function, suffix)
#define CHECK(function) \
    int NAME(function, SUFFIX)(void *conn, void *definition, unsigned int flags); \
    int NAME(function, SUFFIX)(void *conn, void *definition, unsigned int flags) \
    { \
        (void)conn; \
        (void)definition; \
        (void)flags; \
        return 0; \
    }

/* CHECK() of each function with an access check in the table of the gate; the test writes it. */
#include "checks.h"
