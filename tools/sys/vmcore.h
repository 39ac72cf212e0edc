/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of memory (/proc/vmcore, a core file, an image on a device) as ranges that can be mapped; must never be opened
 * for writing.
 */
#ifndef KJ_SYS_VMCORE_H
#define KJ_SYS_VMCORE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Open read only.  Returns the fd or -errno (-EISDIR, -ENODEV for what is neither file nor block device).  *size is the
 * size in bytes, 0 if the kernel does not say, or may not say the truth: of a file in /proc.
 */
int kj_vmcore_open(const char *path, uint64_t *size);

/*
 * Bytes [@off, @off + @len) of the file: mapped, or where that cannot be (@off unaligned, a kernel without mmap of
 * vmcore) copied.  *ret is to be released with kj_vmcore_unmap() in either case.  The caller makes sure that the
 * range lies within the file.  Pages that cannot be read are zeros and known to kj_bad_count() (badpage.h): those
 * copied at once, those mapped when they have been touched, after kj_bad_catch().  -EINVAL: @len is 0; -errno.
 */
int kj_vmcore_map(int fd, uint64_t off, size_t len, const uint8_t **ret);

/* 1: a file on a disk, which costs less to read than to map; not /proc/vmcore, of which the opposite is true. */
int kj_vmcore_is_file(int fd);

/* NULL is nothing to do. */
void kj_vmcore_unmap(const uint8_t *p, size_t len);

#endif
