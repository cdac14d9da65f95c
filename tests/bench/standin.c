/*
 * standin.c: a process that only has a command line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Waits until it is ended: a thousand of them cost little.
 */

#include <unistd.h>


int
main(void)
{
    return pause();
}
