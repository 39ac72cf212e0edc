/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/snapshot, the kernel's own door to hibernation (kernel/power/user.c, linux 6.1 and 6.12);
 * must never be closed between kj_snapshot_freeze() and a failed kj_snapshot_restore() by anyone
 * but the owner of the fd: closing is what undoes everything.
 */
#ifndef KJ_SYS_SNAPSHOT_H
#define KJ_SYS_SNAPSHOT_H

#include <stdint.h>

#define KJ_SNAPSHOT_PATH "/dev/snapshot"

/* Open for loading an image. Runs the PM_RESTORE_PREPARE notifiers. The fd, or -ENOENT: not in
 * this kernel; -EPERM: nohibernate, lockdown, secret memory, or not root; -EBUSY: in use. */
int kj_snapshot_open_load(void);

/* Hand over the next page of the stream. 0; -EPERM or -ENODEV: the header does not fit this
 * machine; -EFAULT: a page that is no RAM here; -ENOMEM; -EIO: the kernel expects no more. */
int kj_snapshot_write(int fd, const uint8_t page[4096]);

/* Freeze all other processes. -EBUSY: one would not. */
int kj_snapshot_freeze(int fd);

/* Put the loaded image in place and jump into it. Returns only when that failed, with memory
 * unharmed: -EPERM, -ENODATA: the stream was not complete; what devices say; -ENOMEM. */
int kj_snapshot_restore(int fd);

/* Enter ACPI S4, through the platform's own methods; the image is elsewhere, and what this kernel has is lost. Freezes
 * all other processes, and thaws them when it fails, which is when it returns. -ENOENT, -EPERM, -EBUSY as above;
 * -EINVAL: there is no S4 here. */
int kj_snapshot_power_off(void);

/* The swap area whose header is block @block (of 4096 bytes) of the device @major:@minor is the one that
 * kj_snapshot_alloc() takes from. @fd is open for reading. -ENODEV: it is not in use, or another begins there. */
int kj_snapshot_swap_area(int fd, uint32_t major, uint32_t minor, uint64_t block);
/* Reserve a page of it; *off is its offset on the device, bytes. Closing @fd frees all of them. -ENOSPC: none is free. */
int kj_snapshot_alloc(int fd, uint64_t *off);

/* Throws the loaded pages away and thaws the processes. Not SNAPSHOT_UNFREEZE before it: that
 * frees the bitmaps by which the kernel knows the pages to be freed. -1 is accepted. */
void kj_snapshot_close(int fd);

#endif
