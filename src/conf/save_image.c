/*
 * save_image.c: the definition in a file that libvirt saves a domain in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt is the reader of these files, and is asked for their content.  This
 * only looks whether it can be asked: a number that it does not survive it would
 * read before it asks for the caller's rights.
 */

#include "conf/save_image.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "conf/xml_read.h"

/* virQEMUSaveHeader of libvirt (src/qemu/qemu_saveimage.h): 16 bytes of magic, the version, the length of the rest. */
#define CMDQV_SAVE_IMAGE_HEADER 92
#define CMDQV_SAVE_IMAGE_VERSION 16
#define CMDQV_SAVE_IMAGE_LENGTH 20
#define CMDQV_SAVE_IMAGE_MAGIC "LibvirtQemudSave"

/* libvirt knows one of the other byte order if its version is greater than any there has been. */
#define CMDQV_SAVE_IMAGE_MAX_VERSION 255


/* Returns how many bytes there were, up to @len. */
static gsize
cmdqvSaveImageReadAll(int fd, char *data, gsize len)
{
    gsize done = 0;
    gssize got = 1;

    while (done < len && got > 0) {
        got = read(fd, data + done, len - done);
        done += got > 0 ? (gsize)got : 0;
    }
    return done;
}


static guint32
cmdqvSaveImageNumber(const char *header, gsize at, bool swapped)
{
    guint32 number;

    memcpy(&number, header + at, sizeof(number));
    return swapped ? GUINT32_SWAP_LE_BE(number) : number;
}


static char *
cmdqvSaveImageReadFd(int fd)
{
    char header[CMDQV_SAVE_IMAGE_HEADER];
    g_autofree char *xml = NULL;
    bool swapped;
    gsize len;

    if (cmdqvSaveImageReadAll(fd, header, sizeof(header)) != sizeof(header) ||
        memcmp(header, CMDQV_SAVE_IMAGE_MAGIC, strlen(CMDQV_SAVE_IMAGE_MAGIC)) != 0)
        return NULL;
    swapped = cmdqvSaveImageNumber(header, CMDQV_SAVE_IMAGE_VERSION, false) > CMDQV_SAVE_IMAGE_MAX_VERSION;
    len = MIN(cmdqvSaveImageNumber(header, CMDQV_SAVE_IMAGE_LENGTH, swapped), CMDQV_XML_READ_MAX_BYTES + 1);
    xml = g_malloc0(len + 1);
    (void)cmdqvSaveImageReadAll(fd, xml, len);
    return g_steal_pointer(&xml);
}


/**
 * cmdqvSaveImageReadXML:
 * @path: a file
 *
 * Returns: (transfer full) (nullable): the beginning of its content, up to
 * a NUL byte, which is domain XML; NULL if it is no file with the state of a domain, or
 * cannot be read
 */
char *
cmdqvSaveImageReadXML(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *xml = fd < 0 ? NULL : cmdqvSaveImageReadFd(fd);

    if (fd >= 0)
        (void)close(fd);
    return xml;
}
