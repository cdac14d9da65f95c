/*
 * emulator_caps_fuzz.c: the answers of an emulator about itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An answer that says nothing leaves the known capabilities as they are.
 *
 * Seeds: qemutargetdata
 * Dictionary: target.dict
 */

#include "fuzz.h"
#include "qemu/emulator_caps.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = cmdqvFuzzText(data, size);
    cmdqvEmulatorCaps read;
    bool isRead;

    memcpy(&read, &cmdqvEmulatorCapsUpstream, sizeof(read));
    isRead = cmdqvEmulatorCapsReadQmp(&read, text);
    cmdqvFuzzCheck(isRead || memcmp(&read, &cmdqvEmulatorCapsUpstream, sizeof(read)) == 0, "it says nothing", text, NULL);
    (void)cmdqvEmulatorCapsHasBlocker(&read);
    return 0;
}
