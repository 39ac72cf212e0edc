/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kexec_load(2) in stages, which a kernel with kernel-patch/ has (its Documentation/userspace-api/kexec_staged.rst);
 * must never commit what the caller did not ask for.
 *
 * What goes to physical address X is written to the file with kj_pwrite_full() at offset X, whole pages.
 * -EADDRNOTAVAIL: not declared; -ENOMEM; -EINVAL: not whole pages.
 */
#ifndef KJ_SYS_STAGE_H
#define KJ_SYS_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "sys/kexec.h"

#define KJ_STAGE_MAX (1u << 20)	/* segments */

/* 1: this kernel can do that, 0: it cannot, -errno: it says nothing to us. Nothing is loaded or unloaded, but each call
 * counts for kernel.kexec_load_limit_reboot, as one of kj_stage_open() does (linux kernel/kexec_core.c,
 * kexec_load_permitted()): to be asked only where the answer matters. */
int kj_stage_able(void);

/* Declare @n segments, ascending, without buffers; @bufsz of each is what will be written. The file, never 0, or
 * -errno: as kj_kexec_load(), -EINVAL also for segments that it refuses, and where the flag means something else.
 * Closing the file gives everything back. */
int kj_stage_open(uint64_t entry, const struct kj_kexec_segment *seg, size_t n);

/* Make it the image that kj_power_kexec() enters. -ENODATA: some of it was never written; -ENOMEM; -EBUSY: another load
 * is under way; -EPERM. The file can be tried again, and be closed after success. */
int kj_stage_commit(int fd);

#endif
