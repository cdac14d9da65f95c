/*
 * library_imports.c: find out whether a library calls a function of the module
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A library calls a function of another one through a slot that the dynamic
 * linker fills.  The relocations of the library have the name of the function
 * and the address of its slot (System V ABI, gABI chapter 5, "Dynamic
 * Linking").
 */

#include "daemon/library_imports.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/** The tables of a library from its dynamic section. */
typedef struct {
    ElfW(Addr) base;
    const ElfW(Sym) *symbols;
    const char *names;
    const ElfW(Rela) *calls;        /* of functions */
    gsize callsSize;
    const ElfW(Rela) *others;       /* of pointers to functions, and of data */
    gsize othersSize;
} cmdqvLibraryImportsLibrary;


static gconstpointer
cmdqvLibraryImportsPointer(const struct link_map *map, const ElfW(Dyn) *entry)
{
    /* the GNU C library has added the base already */
    ElfW(Addr) address = entry->d_un.d_ptr < map->l_addr ? entry->d_un.d_ptr + map->l_addr : entry->d_un.d_ptr;

    return (gconstpointer)address;
}


static void
cmdqvLibraryImportsReadLibrary(const struct link_map *map, cmdqvLibraryImportsLibrary *library)
{
    const ElfW(Dyn) *entry;

    *library = (cmdqvLibraryImportsLibrary){ .base = map->l_addr };
    for (entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            library->symbols = cmdqvLibraryImportsPointer(map, entry);
            break;

        case DT_STRTAB:
            library->names = cmdqvLibraryImportsPointer(map, entry);
            break;

        case DT_JMPREL:
            library->calls = cmdqvLibraryImportsPointer(map, entry);
            break;

        case DT_PLTRELSZ:
            library->callsSize = entry->d_un.d_val;
            break;

        case DT_RELA:
            library->others = cmdqvLibraryImportsPointer(map, entry);
            break;

        case DT_RELASZ:
            library->othersSize = entry->d_un.d_val;
            break;

        default:
            break;
        }
    }
}


/* The content of the slot for a function; NULL if none of these relocations is for it. */
static gpointer
cmdqvLibraryImportsSlot(const cmdqvLibraryImportsLibrary *library, const ElfW(Rela) *relocations, gsize size, const char *name)
{
    gsize i;

    for (i = 0; relocations && i < size / sizeof(*relocations); i++) {
        /* the upper half of the word is the symbol: libvirt's daemons have 64 bits */
        const ElfW(Sym) *symbol = library->symbols + (relocations[i].r_info >> 32);

        if (symbol != library->symbols && strcmp(library->names + symbol->st_name, name) == 0)
            return *(gpointer *)(library->base + relocations[i].r_offset);
    }
    return NULL;
}


/**
 * cmdqvLibraryImportsIsOurs:
 * @place: an address in a library, such as a driver of libvirt
 * @name: name of a function
 *
 * A library with lazy binding may not have looked up the function yet: then
 * uses the function that it will find.
 *
 * Returns: true if that library calls a function of this name, and that is the
 * module's
 */
bool
cmdqvLibraryImportsIsOurs(gconstpointer place, const char *name)
{
    struct link_map *map = NULL;
    cmdqvLibraryImportsLibrary library;
    Dl_info caller;
    Dl_info found;
    Dl_info own;
    gpointer function;

    if (sizeof(ElfW(Addr)) != 8 || dladdr1(place, &caller, (void **)&map, RTLD_DL_LINKMAP) == 0 || !map)
        return false;
    cmdqvLibraryImportsReadLibrary(map, &library);
    if (!library.symbols || !library.names)
        return false;
    function = cmdqvLibraryImportsSlot(&library, library.calls, library.callsSize, name);
    if (!function)
        function = cmdqvLibraryImportsSlot(&library, library.others, library.othersSize, name);
    if (function && dladdr(function, &found) != 0 && found.dli_fbase == caller.dli_fbase)
        function = dlsym(RTLD_DEFAULT, name);
    return function && dladdr(function, &found) != 0 && dladdr((gconstpointer)cmdqvLibraryImportsIsOurs, &own) != 0 &&
        found.dli_fbase == own.dli_fbase;
}
