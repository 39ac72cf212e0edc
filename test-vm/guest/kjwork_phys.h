/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in physical memory a process's pages lie. Must never be asked without
 * root: the kernel then shows zeros for frame numbers.
 */
#ifndef KJWORK_PHYS_H
#define KJWORK_PHYS_H

#include "kjwork.h"

/* No page there, or not in memory. */
#define KJ_NO_PFN UINT64_MAX

/*
 * Frame numbers of @n pages from address @addr of process @pid (0: self), into
 * ret[]. Returns 0 or -errno.
 */
int kj_phys_pfns(int pid, uint64_t addr, uint64_t n, uint64_t *ret);

/* True when frame @pfn lies in one of the windows. */
bool kj_phys_inside(const struct kj_windows *w, uint64_t pfn);

/*
 * The frame number that half of System RAM lies below, from /proc/iomem. Dies
 * when that cannot be read.
 */
uint64_t kj_phys_half(void);

#endif
