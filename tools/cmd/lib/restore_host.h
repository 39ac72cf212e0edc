/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This machine and this kernel, as far as an image may care; must never guess: what cannot be
 * found out is an error with a reason.
 *
 * Functions return 0 or -errno and put the reason into @why (KJ_HOST_WHY bytes).
 */
#ifndef KJ_CMD_RESTORE_HOST_H
#define KJ_CMD_RESTORE_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "core/guard.h"
#include "core/note.h"
#include "core/restplan.h"

#define KJ_HOST_WHY 160u

/* Who we are, as kj_load_host() finds it, and our System RAM. -EPERM: /proc/iomem hides its
 * addresses from us; -ENOENT: no /sys/firmware/memmap. */
int kj_host_read(struct kj_le_host *ret, struct kj_ranges *ram, char *why);

/* `noresume` stands on the kernel's command line: the person does not want it. */
int kj_host_unwanted(void);

/* Hibernation is switched off in this kernel. */
int kj_host_hibernation_off(void);

/* Would kexec_load work? To ask counts as a load for kernel.kexec_load_limit_reboot. */
enum kj_path_kexec kj_host_kexec(void);

/* Bytes of free memory; after dropping clean caches if there are fewer than @want. */
int kj_host_memory(uint64_t want, uint64_t *ret, char *why);

/* Bytes of memory that a restore of @pages pages takes at its peak, @workers' share included. */
uint64_t kj_host_need(uint64_t pages, uint64_t physpages, uint64_t worker_bytes);

#endif
