/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which way an image goes back into memory, from what the machine offers. Pure choice: must never pick a path that is
 * known not to work, nor another than the one that a person has named.
 */
#ifndef KJ_CORE_RESTPLAN_H
#define KJ_CORE_RESTPLAN_H

#include <stdint.h>

#include "core/err.h"
#include "core/note.h"

enum kj_path {
	KJ_PATH_AUTO = 0,	/* as a wish: whichever works */
	KJ_PATH_SNAPSHOT,	/* /dev/snapshot of the running kernel, which holds the whole image beside itself */
	KJ_PATH_DIRECT,		/* a kernel confined to the image's window writes the rest of memory */
	KJ_PATH_KEXEC,		/* kexec_load in stages: the running kernel takes the image, a plain kexec enters it */
	KJ_PATHS
};

/* Why a path cannot be taken; KJ_WHY_OK: it can. */
enum kj_path_why {
	KJ_WHY_OK = 0,
	KJ_WHY_NO_HIBERNATION,	/* the kernel has no /dev/snapshot */
	KJ_WHY_HIBERNATION_OFF,	/* nohibernate, lockdown, secret memory, not root */
	KJ_WHY_MEMORY,		/* not enough free memory for the image beside the running kernel */
	KJ_WHY_TIGHT,		/* hardly enough: the kernel would search long for pages that the image does not want */
	KJ_WHY_NO_KERNEL,	/* no kernel and initramfs at hand that could be confined */
	KJ_WHY_NO_KEXEC,	/* the kernel has no kexec_load */
	KJ_WHY_KEXEC_OFF,	/* kernel.kexec_load_disabled, lockdown, not root */
	KJ_WHY_WINDOW_ALIEN,	/* the window is not RAM of this machine */
	KJ_WHY_WINDOW_SMALL,	/* index and workers would not fit in it */
	KJ_WHY_PATCH,		/* needs a patched kernel */
	KJ_WHY_MAPPED,		/* the key of the encrypted device that it is in would have to be handed on */
	KJ_WHY_PIECES,		/* more runs of pages than the kernel takes */
	KJ_WHYS
};

enum kj_path_kexec { KJ_KEXEC_ABLE, KJ_KEXEC_NONE, KJ_KEXEC_OFF };

/* What the machine offers; bytes. */
struct kj_path_facts {
	int has_snapshot, snapshot_off;
	uint64_t need, have;		/* free memory for the snapshot path */
	int mapped;			/* on a device of device-mapper's, which the other kernel would not have */
	int has_kernel;			/* files for the direct path */
	enum kj_path_kexec kexec;
	const struct kj_ranges *window;	/* of the image */
	const struct kj_ranges *ram;	/* of this machine */
	uint64_t window_need;		/* kj_direct_need() */
	int staged;			/* the kernel loads in stages; the next three count only then */
	uint64_t stage_need;		/* kj_stage_need(), of @have */
	uint64_t runs, runs_max;	/* of pages, in the image, and what the kernel takes */
};

struct kj_path_choice {
	enum kj_path path;		/* KJ_PATH_AUTO: none works */
	enum kj_path_why why[KJ_PATHS];	/* for each path, KJ_PATH_AUTO's is unused */
};

/* Choose: @want, or if that is KJ_PATH_AUTO snapshot before direct, since it reads the image once; but not where it
 * would leave less than a part in 32 of the free memory and direct works (linux kernel/power/snapshot.c,
 * prepare_image(): all that is left is allocated in one go, and what the image wants elsewhere is put aside); kexec if
 * neither works. A snapshot that is so tight is taken before kexec: it is slow and needs no patched kernel.
 * KJ_OK; KJ_EUNSUPP: what is wanted does not work, ret->why says why; KJ_ERANGE: no such path.  *ret is set but for
 * KJ_ERANGE. */
enum kj_err kj_path_choose(const struct kj_path_facts *f, enum kj_path want, struct kj_path_choice *ret);

/* 1: ->staged has a say in what kj_path_choose() answers, 0: it is the same for both. To ask the kernel is not free:
 * sys/stage.h. */
int kj_path_asks_staged(const struct kj_path_facts *f, enum kj_path want);

/* Bytes of the window that a confined kernel with @workers takes at least for @nunits units, each worker @each. */
uint64_t kj_direct_need(uint64_t nunits, uint32_t workers, uint64_t each);
/* Bytes of the largest range, in which the confined kernel lives. */
uint64_t kj_direct_room(const struct kj_ranges *window);

/* Bytes of free memory that the kernel takes to load @pages in @runs in stages, on a machine of @physpages, while
 * workers take @worker_bytes. */
uint64_t kj_stage_need(uint64_t pages, uint64_t runs, uint64_t physpages, uint64_t worker_bytes);

/* "snapshot", "direct", "kexec", "auto"; KJ_OK or KJ_ENOTFOUND. */
enum kj_err kj_path_parse(const char *name, enum kj_path *ret);
const char *kj_path_name(enum kj_path path);
/* What stands in the way, for a message; "" for KJ_WHY_OK and anything unknown. */
const char *kj_path_text(enum kj_path_why why);

#endif
