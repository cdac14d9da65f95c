/*
 * nova_request.h: read the request of a flavor of OpenStack Nova
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libxml/tree.h>

#include "conf/topology.h"

/** The extra spec that requests the layout. */
#define CMDQV_NOVA_REQUEST_EXTRA_SPEC "cmdqv:mode"

/** The extra spec that includes ports of the instance in the layout. */
#define CMDQV_NOVA_REQUEST_PORTS "cmdqv:ports"

/** The namespace of Nova's metadata, since 2020. */
#define CMDQV_NOVA_REQUEST_NAMESPACE CMDQV_TOPOLOGY_NOVA_NAMESPACE "1.1"

/** The request of Nova in a definition. */
typedef struct {
    bool asks;          /* the flavor requests the layout */
    bool takesPorts;    /* it requests that for ports, too */
    bool hasSpecs;      /* the flavor's extra specs are in the metadata */
    char *domain;       /* name and UUID of the domain, NULL if the definition has none */
    char *uuid;
    char *instance;     /* the instance's name for its tenant, NULL if it has none */
    char *flavor;       /* name of the flavor, NULL if it has none */
} cmdqvNovaRequest;

void cmdqvNovaRequestClear(cmdqvNovaRequest *request);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvNovaRequest, cmdqvNovaRequestClear)

xmlDoc *cmdqvNovaRequestParse(const char *domain);
bool cmdqvNovaRequestRead(const char *domain, cmdqvNovaRequest *request, GError **error);
bool cmdqvNovaRequestReadNode(const xmlNode *root, cmdqvNovaRequest *request, GError **error);
char *cmdqvNovaRequestAround(const char *domain, const char *uuid, const char *instance);
