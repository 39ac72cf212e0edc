/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel says about itself in /proc/kcore; must never end the program: what is not there is left out.
 */
#ifndef KJ_CMD_KCORE_H
#define KJ_CMD_KCORE_H

#include <stddef.h>
#include <stdint.h>

struct kj_kcore {
	uint64_t page_offset;	/* start of the direct map; 0: unknown */
	char *vmcoreinfo;	/* text of the VMCOREINFO note, in pages of its own that nobody frees; NULL: none */
	size_t vmcoreinfo_len;
};

/* @root: prefix of /proc, "" but in tests.  All zero if the file cannot be read. */
void kj_kcore_read(const char *root, struct kj_kcore *ret);

/* The image that reboot(KEXEC) would enter, as the kernel knows it. */
struct kj_kimage {
	uint64_t addr;		/* of the kernel's struct kimage; 0: none is loaded */
	uint64_t head;		/* the first entry of its list of pages */
	uint64_t start;		/* where it is entered: of one that has been, where it wants to be entered again */
};

/* Read that. 0; -ENOENT: this kernel does not publish where it is (kernel-patch/ does), or it cannot be read. */
int kj_kcore_image(const char *root, struct kj_kimage *ret);

/* Does this kernel publish the way to the backup pages map (struct kexec_jump_note) in a version that we read? */
int kj_kcore_publishes(const struct kj_kcore *k);

#endif
