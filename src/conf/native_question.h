/*
 * native_question.h: the XML of a question to libvirt: which command line would
 * a domain have
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <libxml/tree.h>

char *cmdqvNativeQuestion(const char *domain);
char *cmdqvNativeQuestionOf(xmlDoc *doc);
char *cmdqvNativeQuestionToRead(xmlDoc *doc);
