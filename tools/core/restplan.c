// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choosing a way back into memory. It must never look at the machine itself: all facts are given.
 */
#include <string.h>

#include "core/restplan.h"

#define KERNEL_ROOM (48ull << 20)	/* what a small kernel and its user space take, besides what we read */
#define INDEX_ENTRY 128u
/* the part of free memory that the snapshot path should leave, where there is another */
#define SPARE 32u

static enum kj_path_why judge_snapshot(const struct kj_path_facts *f)
{
	if (!f->has_snapshot)
		return KJ_WHY_NO_HIBERNATION;
	if (f->snapshot_off)
		return KJ_WHY_HIBERNATION_OFF;
	return f->have < f->need ? KJ_WHY_MEMORY : KJ_WHY_OK;
}

static enum kj_path_why judge_direct(const struct kj_path_facts *f)
{
	uint32_t i;

	if (f->mapped)
		return KJ_WHY_MAPPED;
	if (!f->has_kernel)
		return KJ_WHY_NO_KERNEL;
	if (f->kexec == KJ_KEXEC_NONE)
		return KJ_WHY_NO_KEXEC;
	if (f->kexec != KJ_KEXEC_ABLE)
		return KJ_WHY_KEXEC_OFF;
	if (!f->window->n)
		return KJ_WHY_WINDOW_ALIEN;
	for (i = 0; i < f->window->n; i++) {
		const struct kj_range *r = &f->window->r[i];

		if (!kj_ranges_contain(f->ram, r->start, r->end - r->start))
			return KJ_WHY_WINDOW_ALIEN;
	}
	return kj_direct_room(f->window) < f->window_need ? KJ_WHY_WINDOW_SMALL : KJ_WHY_OK;
}

static enum kj_path_why judge_kexec(const struct kj_path_facts *f)
{
	if (f->kexec == KJ_KEXEC_NONE)
		return KJ_WHY_NO_KEXEC;
	if (f->kexec != KJ_KEXEC_ABLE)
		return KJ_WHY_KEXEC_OFF;
	if (!f->staged)
		return KJ_WHY_PATCH;
	if (f->runs > f->runs_max)
		return KJ_WHY_PIECES;
	return f->have < f->stage_need ? KJ_WHY_MEMORY : KJ_WHY_OK;
}

enum kj_err kj_path_choose(const struct kj_path_facts *f, enum kj_path want, struct kj_path_choice *ret)
{
	if ((unsigned int)want >= KJ_PATHS)
		return KJ_ERANGE;
	ret->why[KJ_PATH_AUTO] = KJ_WHY_OK;
	ret->why[KJ_PATH_SNAPSHOT] = judge_snapshot(f);
	ret->why[KJ_PATH_DIRECT] = judge_direct(f);
	ret->why[KJ_PATH_KEXEC] = judge_kexec(f);
	ret->path = want;
	if (want == KJ_PATH_AUTO) {
		if (!ret->why[KJ_PATH_SNAPSHOT] && !ret->why[KJ_PATH_DIRECT] && f->have - f->need < f->have / SPARE)
			ret->why[KJ_PATH_SNAPSHOT] = KJ_WHY_TIGHT;
		ret->path = KJ_PATH_SNAPSHOT;
		if (ret->why[KJ_PATH_SNAPSHOT])
			ret->path = ret->why[KJ_PATH_DIRECT] ? KJ_PATH_KEXEC : KJ_PATH_DIRECT;
	}
	if (!ret->why[ret->path])
		return KJ_OK;
	ret->path = KJ_PATH_AUTO;
	return KJ_EUNSUPP;
}

int kj_path_asks_staged(const struct kj_path_facts *f, enum kj_path want)
{
	if (f->kexec != KJ_KEXEC_ABLE)
		return 0;
	return want == KJ_PATH_KEXEC || (want == KJ_PATH_AUTO && judge_snapshot(f) && judge_direct(f));
}

uint64_t kj_direct_need(uint64_t nunits, uint32_t workers, uint64_t each)
{
	/* what overflows fits in no window */
	if (nunits > (1ull << 40) || each > (1ull << 40))
		return UINT64_MAX;
	return KERNEL_ROOM + nunits * INDEX_ENTRY + workers * each;
}

uint64_t kj_direct_room(const struct kj_ranges *window)
{
	uint64_t room = 0;
	uint32_t i;

	for (i = 0; i < window->n; i++)
		if (window->r[i].end - window->r[i].start > room)
			room = window->r[i].end - window->r[i].start;
	return room;
}

uint64_t kj_stage_need(uint64_t pages, uint64_t runs, uint64_t physpages, uint64_t worker_bytes)
{
	uint64_t n = pages;

	/* a slot and an entry of the list for each page, six words for each run, and those are here once more */
	n += (16 * pages + 72 * runs) / 4096 + 16;
	/* what a zone keeps for others, page tables, devices: as for a snapshot (kj_host_need()) */
	n += physpages / 256 + 512;
	return n * 4096 + worker_bytes;
}

static const char *const names[KJ_PATHS] = { "auto", "snapshot", "direct", "kexec" };

enum kj_err kj_path_parse(const char *name, enum kj_path *ret)
{
	unsigned int i;

	for (i = 0; i < KJ_PATHS; i++) {
		const char *a = name, *b = names[i];

		while (*a && *a == *b) {
			a++;
			b++;
		}
		if (*a == *b) {
			*ret = (enum kj_path)i;
			return KJ_OK;
		}
	}
	return KJ_ENOTFOUND;
}

const char *kj_path_name(enum kj_path path)
{
	return (unsigned int)path < KJ_PATHS ? names[path] : "unknown";
}

const char *kj_path_text(enum kj_path_why why)
{
	static const char *const text[KJ_WHYS] = {
		[KJ_WHY_OK] = "",
		[KJ_WHY_NO_HIBERNATION] = "this kernel has no HIBERNATION",
		[KJ_WHY_HIBERNATION_OFF] = "hibernation is switched off in this kernel",
		[KJ_WHY_MEMORY] = "not enough free memory to load the image",
		[KJ_WHY_TIGHT] = "hardly enough free memory to load the image",
		[KJ_WHY_NO_KERNEL] = "no kernel for it is here",
		[KJ_WHY_NO_KEXEC] = "this kernel has no KEXEC",
		[KJ_WHY_KEXEC_OFF] = "kexec is switched off in this kernel",
		[KJ_WHY_WINDOW_ALIEN] = "the image's window is no RAM here",
		[KJ_WHY_WINDOW_SMALL] = "the image's window is too small",
		[KJ_WHY_PATCH] = "needs a patched kernel",
		[KJ_WHY_MAPPED] = "not for an image on an encrypted or mapped device",
		[KJ_WHY_PIECES] = "the image's memory is in too many pieces",
	};

	return (unsigned int)why < KJ_WHYS ? text[why] : "";
}
