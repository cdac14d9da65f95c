/*
 * monitor_commands.c: list the commands of QEMU's monitor and their effects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Names and types of arguments are those of qemu-system-aarch64 11.1, which a
 * test compares with its own help and lists, both ways.  A command passes only
 * if no argument can make it remove, unrealize or replace a device, a bus, an
 * SMMU or an iommufd object.
 */

#include "policy/monitor_commands.h"

#include <string.h>

/* gdbserver offers HMP through its "monitor" command (gdbstub/system.c). */
const cmdqvMonitorCommand cmdqvMonitorCommandsHmp[] = {
    { .names = "clear nbd_server_stop nmi replay_delete_break xen-event-list", .arguments = "", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    {
        .names =
            "cont|c exit_preconfig migrate_cancel migrate_pause migrate_start_postcopy quit|q stop|s system_powerdown "
            "system_reset system_wakeup x_colo_lost_heartbeat",
        .arguments = "",
        .effect = CMDQV_MONITOR_COMMANDS_WHOLE,
    },
    { .names = "announce_self", .arguments = "interfaces:s?,id:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "balloon", .arguments = "value:M", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "block_job_cancel eject", .arguments = "force:-f,device:B", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "block_job_complete block_job_pause block_job_resume commit", .arguments = "device:B", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "block_job_set_speed", .arguments = "device:B,speed:o", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "block_resize", .arguments = "device:B,size:o", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "block_set_io_throttle", .arguments = "device:B,bps:l,bps_rd:l,bps_wr:l,iops:l,iops_rd:l,iops_wr:l",
      .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "block_stream", .arguments = "device:B,speed:o?,base:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "boot_set", .arguments = "bootdevice:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "calc_dirty_rate", .arguments = "dirty_ring:-r,dirty_bitmap:-b,second:l,sample_pages_per_GB:l?",
      .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "cancel_vcpu_dirty_limit", .arguments = "cpu_index:l?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "change", .arguments = "device:B,force:-f,target:F,arg:s?,read-only-mode:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "chardev-add", .arguments = "args:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "chardev-change", .arguments = "id:s,args:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "chardev-remove chardev-send-break netdev_del", .arguments = "id:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "client_migrate_info", .arguments = "protocol:s,hostname:s,port:i?,tls-port:i?,cert-subject:s?",
      .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "closefd getfd", .arguments = "fdname:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "cpu mouse_set", .arguments = "index:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "delvm", .arguments = "name:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "device_add", .arguments = "device:O", .effect = CMDQV_MONITOR_COMMANDS_ADDS_DEVICE },
    { .names = "device_del", .arguments = "id:s", .effect = CMDQV_MONITOR_COMMANDS_REMOVES },
    { .names = "drive_add", .arguments = "node:-n,pci_addr:s,opts:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "drive_backup", .arguments = "reuse:-n,full:-f,compress:-c,device:B,target:s,format:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "drive_del", .arguments = "id:B", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "drive_mirror", .arguments = "reuse:-n,full:-f,device:B,target:s,format:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    {
        .names = "dump-guest-memory",
        .arguments = "paging:-p,detach:-d,windmp:-w,zlib:-z,lzo:-l,snappy:-s,raw:-R,filename:F,begin:l?,length:l?",
        .effect = CMDQV_MONITOR_COMMANDS_PASSES,
    },
    { .names = "dumpdtb logfile", .arguments = "filename:F", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "expire_password", .arguments = "protocol:s,time:s,display:-ds", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "gdbserver", .arguments = "device:s?", .effect = CMDQV_MONITOR_COMMANDS_OPENS },
    { .names = "gpa2hpa gpa2hva gva2gpa", .arguments = "addr:l", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "help|?", .arguments = "name:S?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "hostfwd_add hostfwd_remove", .arguments = "arg1:s,arg2:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "i", .arguments = "fmt:/,addr:i,index:i.", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "info", .arguments = "item:s?", .effect = CMDQV_MONITOR_COMMANDS_INFO },
    { .names = "loadvm", .arguments = "name:s", .effect = CMDQV_MONITOR_COMMANDS_WHOLE },
    { .names = "log", .arguments = "items:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "memsave pmemsave", .arguments = "val:l,size:i,filename:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "migrate", .arguments = "detach:-d,resume:-r,uri:s", .effect = CMDQV_MONITOR_COMMANDS_WHOLE },
    { .names = "migrate_continue", .arguments = "state:s", .effect = CMDQV_MONITOR_COMMANDS_WHOLE },
    { .names = "migrate_incoming migrate_recover", .arguments = "uri:s", .effect = CMDQV_MONITOR_COMMANDS_WHOLE },
    { .names = "migrate_set_capability", .arguments = "capability:s,state:b", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "migrate_set_parameter", .arguments = "parameter:s,value:S", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "mouse_button", .arguments = "button_state:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "mouse_move", .arguments = "dx_str:s,dy_str:s,dz_str:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "nbd_server_add", .arguments = "writable:-w,device:B,name:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "nbd_server_remove", .arguments = "force:-f,name:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "nbd_server_start", .arguments = "all:-a,writable:-w,uri:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "netdev_add", .arguments = "netdev:O", .effect = CMDQV_MONITOR_COMMANDS_TAKES_FILES },
    { .names = "o", .arguments = "fmt:/,addr:i,val:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "object_add", .arguments = "object:S", .effect = CMDQV_MONITOR_COMMANDS_ADDS_OBJECT },
    { .names = "object_del", .arguments = "id:s", .effect = CMDQV_MONITOR_COMMANDS_REMOVES },
    { .names = "one-insn-per-tb", .arguments = "option:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    {
        .names = "pcie_aer_inject_error",
        .arguments = "advisory_non_fatal:-a,correctable:-c,id:s,error_status:s,header0:i?,header1:i?,header2:i?,"
            "header3:i?,prefix0:i?,prefix1:i?,prefix2:i?,prefix3:i?",
        .effect = CMDQV_MONITOR_COMMANDS_PASSES,
    },
    { .names = "print|p", .arguments = "fmt:/,val:l", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "qemu-io", .arguments = "qdev:-d,device:B,command:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "qom-get", .arguments = "path:s,property:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "qom-list", .arguments = "path:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "qom-set", .arguments = "json:-j,path:s,property:s,value:S", .effect = CMDQV_MONITOR_COMMANDS_SETS },
    { .names = "replay_break replay_seek", .arguments = "icount:l", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "ringbuf_read", .arguments = "device:s,size:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "ringbuf_write", .arguments = "device:s,data:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "savevm", .arguments = "name:s?", .effect = CMDQV_MONITOR_COMMANDS_WHOLE },
    { .names = "screendump", .arguments = "filename:F,format:-fs,device:s?,head:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "sendkey", .arguments = "keys:s,hold-time:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "set_link", .arguments = "name:s,up:b", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "set_password", .arguments = "protocol:s,password:s,display:-ds,connected:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "set_vcpu_dirty_limit", .arguments = "dirty_rate:l,cpu_index:l?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "snapshot_blkdev", .arguments = "reuse:-n,device:B,snapshot-file:s?,format:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "snapshot_blkdev_internal", .arguments = "device:B,name:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "snapshot_delete_blkdev_internal", .arguments = "device:B,name:s,id:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "stopcapture", .arguments = "n:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "sum", .arguments = "start:i,size:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "sync-profile", .arguments = "op:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "trace-event", .arguments = "name:s,option:b,vcpu:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "watchdog_action", .arguments = "action:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "wavcapture", .arguments = "path:F,audiodev:s,freq:i?,bits:i?,nchannels:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "x xp", .arguments = "fmt:/,addr:l", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "xen-event-inject", .arguments = "port:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = NULL, .effect = CMDQV_MONITOR_COMMANDS_PASSES }
};

const cmdqvMonitorCommand cmdqvMonitorCommandsInfo[] = {
    {
        .names =
            "accel accelerators balloon block-jobs blockstats capture chardev cpus cryptodev dirty_rate dump history "
            "hotpluggable-cpus iothreads irq jit kvm memdev memory-devices memory_size_summary mice migrate_capabilities "
            "migrate_parameters name network numa pci pic qdm ramblock replay roms snapshots spice status tpm usb usbhost "
            "usernet uuid vcpu_dirty_limit version via virtio vm-generation-id vnc",
        .arguments = "",
        .effect = CMDQV_MONITOR_COMMANDS_PASSES,
    },
    { .names = "block", .arguments = "nodes:-n,verbose:-v,device:B?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "firmware-log", .arguments = "max-size:o?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "migrate", .arguments = "all:-a", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "mtree", .arguments = "flatview:-f,dispatch_tree:-d,owner:-o,disabled:-D", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "qom-tree", .arguments = "path:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "qtree", .arguments = "brief:-b", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "registers", .arguments = "cpustate_all:-a,vcpu:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "rocker rocker-ports", .arguments = "name:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "rocker-of-dpa-flows", .arguments = "name:s,tbl_id:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "rocker-of-dpa-groups", .arguments = "name:s,type:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "stats", .arguments = "target:s,names:s?,provider:s?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "sync-profile", .arguments = "mean:-m,no_coalesce:-n,max:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "trace-events", .arguments = "name:s?,vcpu:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "virtio-queue-element", .arguments = "path:s,queue:i,index:i?", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "virtio-queue-status virtio-vhost-queue-status", .arguments = "path:s,queue:i", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = "virtio-status", .arguments = "path:s", .effect = CMDQV_MONITOR_COMMANDS_PASSES },
    { .names = NULL, .effect = CMDQV_MONITOR_COMMANDS_PASSES }
};

const cmdqvMonitorCommand cmdqvMonitorCommandsQmp[] = {
    {
        .names =
            "add-fd announce-self balloon block-commit block-dirty-bitmap-add block-dirty-bitmap-clear "
            "block-dirty-bitmap-disable block-dirty-bitmap-enable block-dirty-bitmap-merge block-dirty-bitmap-remove "
            "block-export-add block-export-del block-job-cancel block-job-change block-job-complete block-job-dismiss "
            "block-job-finalize block-job-pause block-job-resume block-job-set-speed block-latency-histogram-set "
            "block-set-write-threshold block-stream block_resize block_set_io_throttle blockdev-add blockdev-backup "
            "blockdev-change-medium blockdev-close-tray blockdev-create blockdev-del blockdev-insert-medium "
            "blockdev-mirror blockdev-open-tray blockdev-remove-medium blockdev-reopen blockdev-set-active "
            "blockdev-snapshot blockdev-snapshot-delete-internal-sync blockdev-snapshot-internal-sync "
            "blockdev-snapshot-sync calc-dirty-rate cancel-vcpu-dirty-limit change-backing-file change-vnc-password "
            "chardev-add chardev-change chardev-remove chardev-send-break client_migrate_info closefd "
            "cxl-add-dynamic-capacity cxl-inject-correctable-error cxl-inject-dram-event cxl-inject-general-media-event "
            "cxl-inject-memory-module-event cxl-inject-poison cxl-inject-uncorrectable-errors "
            "cxl-release-dynamic-capacity device-list-properties device-sync-config display-reload display-update "
            "drive-backup drive-mirror dump-guest-memory dump-skeys dumpdtb eject expire_password getfd "
            "inject-ghes-v2-error inject-nmi input-send-event job-cancel job-complete job-dismiss job-finalize job-pause "
            "job-resume memsave migrate-set-capabilities migrate-set-parameters nbd-server-add nbd-server-remove "
            "nbd-server-start nbd-server-stop netdev_del pmemsave qmp_capabilities qom-get qom-list qom-list-get "
            "qom-list-properties qom-list-types query-accelerators query-acpi-ospm-status query-audiodevs query-balloon "
            "query-block query-block-exports query-block-jobs query-blockstats query-chardev query-chardev-backends "
            "query-colo-status query-command-line-options query-commands query-cpu-definitions query-cpu-model-baseline "
            "query-cpu-model-comparison query-cpu-model-expansion query-cpus-fast query-cryptodev query-current-machine "
            "query-dirty-rate query-display-options query-dump query-dump-guest-memory-capability query-fdsets "
            "query-firmware-log query-gic-capabilities query-hotpluggable-cpus query-hv-balloon-status-report "
            "query-iothreads query-jobs query-kvm query-machines query-memdev query-memory-devices "
            "query-memory-size-summary query-mice query-migrate query-migrate-capabilities query-migrate-parameters "
            "query-name query-named-block-nodes query-pci query-pr-managers query-qmp-schema query-replay query-rocker "
            "query-rocker-of-dpa-flows query-rocker-of-dpa-groups query-rocker-ports query-rx-filter "
            "query-s390x-cpu-polarization query-sev query-sev-attestation-report query-sev-capabilities "
            "query-sev-launch-measure query-sgx query-sgx-capabilities query-spice query-stats query-stats-schemas "
            "query-status query-target query-tpm query-tpm-models query-tpm-types query-uuid query-vcpu-dirty-limit "
            "query-version query-vm-generation-id query-vnc query-vnc-servers query-xen-replication-status query-yank "
            "remove-fd replay-break replay-delete-break replay-seek request-ebpf ringbuf-read ringbuf-write "
            "rtc-reset-reinjection screendump send-key set-action set-cpu-topology set-numa-node set-vcpu-dirty-limit "
            "set_link set_password sev-inject-launch-secret snapshot-delete trace-event-get-state trace-event-set-state "
            "transaction watchdog-set-action x-accel-stats x-blockdev-amend x-blockdev-change x-blockdev-set-iothread "
            "x-debug-block-dirty-bitmap-sha256 x-debug-query-block-graph x-query-interrupt-controllers x-query-irq "
            "x-query-jit x-query-numa x-query-ramblock x-query-roms x-query-usb x-query-virtio "
            "x-query-virtio-queue-element x-query-virtio-queue-status x-query-virtio-status "
            "x-query-virtio-vhost-queue-status xen-event-inject xen-event-list xen-set-global-dirty-log yank",
        .effect = CMDQV_MONITOR_COMMANDS_PASSES,
    },
    {
        .names =
            "cont migrate migrate-continue migrate-incoming migrate-pause migrate-recover migrate-start-postcopy "
            "migrate_cancel quit snapshot-load snapshot-save stop system_powerdown system_reset system_wakeup "
            "x-colo-lost-heartbeat x-exit-preconfig xen-colo-do-checkpoint xen-load-devices-state xen-save-devices-state "
            "xen-set-replication",
        .effect = CMDQV_MONITOR_COMMANDS_WHOLE,
    },
    { .names = "add_client", .effect = CMDQV_MONITOR_COMMANDS_TAKES_CLIENT },
    { .names = "device_add", .effect = CMDQV_MONITOR_COMMANDS_ADDS_DEVICE },
    { .names = "device_del", .effect = CMDQV_MONITOR_COMMANDS_REMOVES },
    { .names = "human-monitor-command", .effect = CMDQV_MONITOR_COMMANDS_RUNS_HMP },
    { .names = "netdev_add", .effect = CMDQV_MONITOR_COMMANDS_TAKES_FILES },
    { .names = "object-add", .effect = CMDQV_MONITOR_COMMANDS_ADDS_OBJECT },
    { .names = "object-del", .effect = CMDQV_MONITOR_COMMANDS_REMOVES },
    { .names = "qom-set", .effect = CMDQV_MONITOR_COMMANDS_SETS },
    { .names = NULL, .effect = CMDQV_MONITOR_COMMANDS_PASSES }
};

/* Since 11.1 a client can create monitors as objects; qtest writes to the guest's memory and ports. */
const cmdqvMonitorCommand cmdqvMonitorCommandsObjectTypes[] = {
    { .names = "monitor-hmp monitor-qmp qtest", .effect = CMDQV_MONITOR_COMMANDS_OPENS },
    {
        .names =
            "acpi-generic-initiator acpi-generic-port authz-list authz-list-file authz-simple can-bus can-host-socketcan "
            "colo-compare cryptodev-backend cryptodev-backend-builtin cryptodev-vhost-user dbus-vmstate filter-buffer "
            "filter-dump filter-mirror filter-redirector filter-replay filter-rewriter input-barrier input-linux iommufd "
            "iothread main-loop memory-backend-file memory-backend-memfd memory-backend-ram memory-backend-shm "
            "pr-manager-helper rng-builtin rng-egd rng-random secret secret_keyring thread-context throttle-group "
            "tls-cipher-suites tls-creds-anon tls-creds-psk tls-creds-x509",
        .effect = CMDQV_MONITOR_COMMANDS_PASSES,
    },
    { .names = NULL, .effect = CMDQV_MONITOR_COMMANDS_PASSES }
};


static bool
cmdqvMonitorCommandHasName(const cmdqvMonitorCommand *command, const char *name, gsize len)
{
    const char *at;
    gsize own;

    for (at = command->names; *at; at += own + (at[own] != '\0')) {
        own = strcspn(at, " |");
        if (own == len && strncmp(at, name, len) == 0)
            return true;
    }
    return false;
}


/**
 * cmdqvMonitorCommandFind:
 * @table: one of the tables
 * @name: name of a command
 * @len: its length
 *
 * QEMU accepts no abbreviations (hmp_compare_cmd(), monitor/hmp.c).
 *
 * Returns: (transfer none): its row, NULL if there is none
 */
const cmdqvMonitorCommand *
cmdqvMonitorCommandFind(const cmdqvMonitorCommand *table, const char *name, gsize len)
{
    for (; table->names; table++) {
        if (cmdqvMonitorCommandHasName(table, name, len))
            return table;
    }
    return NULL;
}
