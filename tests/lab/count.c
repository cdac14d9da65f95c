/*
 * count.c: counts the work of libvirt-cmdqv in a process it is preloaded into
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * /run/count has three numbers of 32 bits: texts that were parsed, topologies that were made, and domains that were
 * lowered. Each is one call of a library, made by the module, the hook or the tool: xmlCtxtReadDoc() (conf/xml_read.c),
 * g_string_chunk_new() (conf/topology.c), and xmlNewNs() for the record of a lowered domain (lowering/lower_domain.c).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PARSES, TOPOLOGIES, LOWERINGS, NUMBERS };

static uint32_t *numbers;


__attribute__((constructor)) static void
prepare(void)
{
    int fd = open("/run/count", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0 || ftruncate(fd, NUMBERS * sizeof(*numbers)) < 0)
        _exit(127);
    numbers = mmap(NULL, NUMBERS * sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
}


static void
count(int what, const void *caller)
{
    Dl_info info;

    if (numbers && numbers != MAP_FAILED && dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "virt-cmdqv"))
        (void)__atomic_add_fetch(&numbers[what], 1, __ATOMIC_RELAXED);
}


void *
xmlCtxtReadDoc(void *ctxt, const void *text, const char *url, const char *encoding, int options)
{
    void *(*real)(void *, const void *, const char *, const char *, int) = dlsym(RTLD_NEXT, "xmlCtxtReadDoc");

    count(PARSES, __builtin_return_address(0));
    return real(ctxt, text, url, encoding, options);
}


void *
g_string_chunk_new(size_t size)
{
    void *(*real)(size_t) = dlsym(RTLD_NEXT, "g_string_chunk_new");

    count(TOPOLOGIES, __builtin_return_address(0));
    return real(size);
}


void *
xmlNewNs(void *node, const void *href, const void *prefix)
{
    void *(*real)(void *, const void *, const void *) = dlsym(RTLD_NEXT, "xmlNewNs");

    if (href && strncmp(href, "urn:libvirt-cmdqv:lowered:", strlen("urn:libvirt-cmdqv:lowered:")) == 0)
        count(LOWERINGS, __builtin_return_address(0));
    return real(node, href, prefix);
}
