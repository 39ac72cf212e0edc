/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of this process whose physical address stays the same: must never be trusted after kj_pin_close(), and never
 * be shared with a child (they are left out of fork).
 *
 * mlock() does not keep a page from being migrated (compaction, CMA, hotplug).  A long-term pin does: we register the
 * pages as io_uring fixed buffers (FOLL_LONGTERM, mm/gup.c), or, where io_uring is off, take pages of an AF_PACKET
 * receive ring, which are kernel pages and never move.  Nothing is ever sent or received through either.
 */
#ifndef KJ_SYS_PIN_H
#define KJ_SYS_PIN_H

#include <stddef.h>
#include <stdint.h>

#define KJ_PIN_PAGES 2u

struct kj_pin_hole {
	uint64_t start;		/* physical bytes that no pinned page may touch */
	uint64_t end;
};

struct kj_pin {
	int fd;			/* holds the pin; -1: none */
	void *area;
	size_t area_len;
	uint8_t *page[KJ_PIN_PAGES];	/* zeroed, 4096 bytes each */
	uint64_t pa[KJ_PIN_PAGES];
};

/* Pin KJ_PIN_PAGES pages outside @hole[@nhole].  0, -EPERM (not root: pagemap hides addresses), -ENOSYS (neither
 * io_uring nor AF_PACKET), -ENOMEM (no page outside the holes), or what the kernel says. */
int kj_pin_open(struct kj_pin *p, const struct kj_pin_hole *hole, size_t nhole);
void kj_pin_close(struct kj_pin *p);

/* Physical address of the page at @addr of this process (it must have been touched).  -EPERM, -EIO, -ENOENT: not
 * present. */
int kj_pin_phys(const void *addr, uint64_t *ret);
/* The same of another process. */
int kj_pin_phys_of(uint32_t pid, uint64_t addr, uint64_t *ret);

#endif
