/* Preloaded into the lab's libvirtd: answers for a host with VFIO and an SR-IOV
 * network card, as far as libvirt asks for it.
 *
 *   - libvirt's only ioctl of an iommufd succeeds; /dev/iommu and /dev/vfio
 *     are plain files here.
 *   - Resource limits are left alone: the lab may lack CAP_SYS_RESOURCE.
 *   - Reading and setting the MAC and VLAN of a virtual function, which needs
 *     a real physical function behind netlink, succeeds and does nothing.
 *     (libvirt is built so that its own functions can be replaced.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* IOMMU_OPTION of linux/iommufd.h, which this system's headers may lack. */
#define HOSTMOCK_IOMMU_OPTION 0x3b87

int
ioctl(int fd, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, void *);
    va_list ap;
    void *arg;
    int rc;

    va_start(ap, request);
    arg = va_arg(ap, void *);
    va_end(ap);

    if (!real)
        real = dlsym(RTLD_NEXT, "ioctl");

    rc = real(fd, request, arg);
    if (rc < 0 && request == HOSTMOCK_IOMMU_OPTION)
        return 0;
    return rc;
}

static int
unlimited(struct rlimit *out)
{
    if (out)
        out->rlim_cur = out->rlim_max = RLIM_INFINITY;
    return 0;
}

int
setrlimit(__rlimit_resource_t r, const struct rlimit *l)
{
    (void)r;
    (void)l;
    return 0;
}

int
setrlimit64(__rlimit_resource_t r, const struct rlimit64 *l)
{
    (void)r;
    (void)l;
    return 0;
}

int
prlimit(pid_t p, __rlimit_resource_t r, const struct rlimit *n, struct rlimit *o)
{
    (void)p;
    (void)r;
    (void)n;
    return unlimited(o);
}

int
prlimit64(pid_t p, __rlimit_resource_t r, const struct rlimit64 *n, struct rlimit64 *o)
{
    (void)p;
    (void)r;
    (void)n;
    return unlimited((struct rlimit *)o);
}

/* src/util/virnetdev.h of libvirt; the pointers' types do not matter here. */
int virNetDevSaveNetConfig(const char *linkdev, int vf, const char *dir, bool vlan);
int virNetDevReadNetConfig(const char *linkdev, int vf, const char *dir, void **admin, void **vlan, void **mac);
int virNetDevSetNetConfig(const char *linkdev, int vf, const void *admin, const void *vlan, const void *mac, bool setvlan);

int
virNetDevSaveNetConfig(const char *linkdev, int vf, const char *dir, bool vlan)
{
    (void)linkdev;
    (void)vf;
    (void)dir;
    (void)vlan;
    return 0;
}

int
virNetDevReadNetConfig(const char *linkdev, int vf, const char *dir, void **admin, void **vlan, void **mac)
{
    (void)linkdev;
    (void)vf;
    (void)dir;
    *admin = *vlan = *mac = NULL;
    return 0;
}

int
virNetDevSetNetConfig(const char *linkdev, int vf, const void *admin, const void *vlan, const void *mac, bool setvlan)
{
    (void)linkdev;
    (void)vf;
    (void)admin;
    (void)vlan;
    (void)mac;
    (void)setvlan;
    return 0;
}
