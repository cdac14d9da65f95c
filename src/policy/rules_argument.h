/*
 * rules_argument.h: names of the rules about a domain's own arguments
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#define CMDQV_RULES_ARGUMENT_UNTOLD "places-can-be-told"
