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
    cmdqvEmulatorCaps read[3];
    bool isRead[3];
    guint i;

    for (i = 0; i < G_N_ELEMENTS(read); i++)
        memcpy(&read[i], &cmdqvEmulatorCapsUpstream, sizeof(read[i]));
    isRead[0] = cmdqvEmulatorCapsReadHelp(&read[0], text);
    isRead[1] = cmdqvEmulatorCapsReadVersion(&read[1], text);
    isRead[2] = cmdqvEmulatorCapsReadQmp(&read[2], text);
    for (i = 0; i < G_N_ELEMENTS(read); i++) {
        cmdqvFuzzCheck(isRead[i] || memcmp(&read[i], &cmdqvEmulatorCapsUpstream, sizeof(read[i])) == 0, "it says nothing", text, NULL);
        (void)cmdqvEmulatorCapsHasBlocker(&read[i]);
    }
    return 0;
}
