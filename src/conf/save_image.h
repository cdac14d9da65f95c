/*
 * save_image.h: the definition in a file that libvirt saves a domain in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

char *cmdqvSaveImageReadXML(const char *path);
