// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From facts to segments in the kernel; must never load before everything that can fail has been done.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/load.h"
#include "cmd/lib/meminfo.h"
#include "core/sha256.h"
#include "purgatory/params.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/kexec.h"
#include "sys/log.h"

#define MIB (1ull << 20)
#define KERNEL_NOTES_MAX (2 * MIB)	/* half of what kmalloc() gives at best */

extern const unsigned char kj_blob_purgatory[];
extern const uint64_t kj_blob_purgatory_size;

/* ---- plan ---- */

static uint64_t purgatory_size(void)
{
	struct kj_le_purg p;
	uint64_t mem;

	if (kj_blob_purgatory_size < KJ_PURG_PARAMS + sizeof(p) || kj_blob_purgatory_size > KJ_PURG_BLOB_MAX)
		die(EX_SOFTWARE, "purgatory: built wrong");
	memcpy(&p, kj_blob_purgatory + KJ_PURG_PARAMS, sizeof(p));
	mem = kj_get_le64(p.mem_size);
	if (memcmp(p.magic, KJ_PURG_MAGIC, sizeof(p.magic)) || mem < kj_blob_purgatory_size || mem > 16 * KJ_PAGE)
		die(EX_SOFTWARE, "purgatory: built wrong");
	return mem;
}

/* Of the ELF core header; where A's kernel is to write it, what that needs.  Not with a window so large that B's kernel,
 * which allocates notes in one piece, might not take them: what we write then is all there is. */
static uint64_t header_size(struct kj_load *l)
{
	const uint64_t ours = kj_corehdr_size(1 + l->a.nlive, l->offered.n);
	uint64_t map = 0;

	for (uint32_t i = 0; i < l->own.n; i++)
		map += (l->own.r[i].end - l->own.r[i].start) / KJ_PAGE * 8;
	if (map > KERNEL_NOTES_MAX)
		l->a.core_room = 0;
	return l->a.core_room ? ours + l->a.core_room + map : ours;
}

void kj_load_plan_all(struct kj_load *l)
{
	const struct kj_load_ask ask = {
		.crash = kj_load_one_way(&l->o),
		.window = l->window.r,
		.own = &l->own,
		.kernel_len = l->bz.code_len,
		.init_size = l->bz.init_size,
		.align = l->bz.align,
		.pref_address = l->bz.pref_address,
		.cmdline_len = KJ_LOAD_CMDLINE + KJ_SEED_NODE,
		.purgatory_len = purgatory_size(),
		.initrd_len = l->initrd.len,
		.header_len = header_size(l),
		.notes_len = kj_load_notes_size(l),
		.limit = l->o.crash ? UINT64_MAX : l->a.ram_total / 2,
	};
	enum kj_err e = kj_load_plan(&ask, &l->plan);

	if (e == KJ_ENOSPC)
		die(EX_UNAVAILABLE, "window: %llu MiB is too small for this kernel and initrd",
		    (unsigned long long)((l->window.r.end - l->window.r.start) / MIB));
	if (e)
		die(EX_UNAVAILABLE, "segments: %s", kj_strerror(e));
	e = kj_e820_confine(&l->a.fw, &l->a.io.ram, &l->own, &l->plan.taken, &l->map);
	if (e)
		die(EX_UNAVAILABLE, "/sys/firmware/memmap: %s",
		    e == KJ_EMISMATCH ? "does not call RAM what /proc/iomem does" : kj_strerror(e));
}

/* ---- build ---- */

static void build_purgatory(const struct kj_load *l)
{
	uint8_t *at = l->aux + (l->plan.purgatory - l->plan.boot_params);
	struct kj_le_purg p;
	const struct {
		uint64_t pa;
		const uint8_t *buf;
		uint64_t len;
	} loaded[] = {
		{ l->plan.kernel, l->kernel.buf + l->bz.code_off, l->bz.code_len },
		{ l->plan.boot_params, l->aux, l->plan.purgatory - l->plan.boot_params },
		{ l->plan.initrd, l->initrd.buf, l->initrd.len },
		{ l->plan.header, l->header, l->header_len },
	};
	const size_t n = sizeof(loaded) / sizeof(loaded[0]);
	struct kj_sha256 st;

	memcpy(at, kj_blob_purgatory, kj_blob_purgatory_size);
	memcpy(&p, at + KJ_PURG_PARAMS, sizeof(p));
	p.entry = kj_put_le64(l->plan.kernel + KJ_BZ_ENTRY64);
	p.boot_params = kj_put_le64(l->plan.boot_params);
	p.re = kj_put_le64(l->re_pa);
	p.map = kj_put_le64(l->map_pa);
	if (l->o.crash) {
		/* whatever broke A may have broken these; zero fill is not worth the seconds */
		kj_sha256_init(&st);
		for (size_t i = 0; i < n; i++) {
			p.range[i].pa = kj_put_le64(loaded[i].pa);
			p.range[i].len = kj_put_le64(loaded[i].len);
			kj_sha256_update(&st, loaded[i].buf, loaded[i].len);
		}
		p.nranges = kj_put_le64(n);
		kj_sha256_final(&st, p.digest);
	}
	memcpy(at + KJ_PURG_PARAMS, &p, sizeof(p));
}

void kj_load_build(struct kj_load *l)
{
	const size_t len = strlen(l->cmdline);
	uint8_t seed[KJ_SEED_SIZE], *node;
	void *aux;
	struct kj_bootparams bp = {
		.image = l->kernel.buf,
		.bz = &l->bz,
		.theirs = l->a.have_boot_params ? l->a.boot_params : NULL,
		.map = &l->map,
		.kernel = l->plan.kernel,
		.cmdline = l->plan.cmdline,
		.cmdline_len = len,
		.initrd = l->plan.initrd,
		.initrd_len = l->initrd.len,
		.rsdp = l->a.rsdp,
	};
	enum kj_err e;

	if (kj_alloc_pages(l->plan.aux_len, &aux))
		die(EX_TEMPFAIL, "not enough memory for %llu bytes", (unsigned long long)l->plan.aux_len);
	l->aux = aux;
	kj_load_header(l);
	memcpy(l->aux + KJ_BOOTPARAMS_SIZE, l->cmdline, len + 1);
	/* the node stands behind the longest command line */
	node = l->aux + KJ_BOOTPARAMS_SIZE + KJ_LOAD_CMDLINE;
	if (!kj_getrandom(seed, sizeof(seed))) {
		kj_bootparams_seed(seed, node);
		bp.seed = l->plan.cmdline + KJ_LOAD_CMDLINE;
	}
	e = kj_bootparams_emit(&bp, l->aux);
	if (e)
		die(EX_USAGE, "--append: command line of %zu bytes, this kernel takes %u", len, l->bz.cmdline_max);
	build_purgatory(l);
}

/* ---- commit ---- */

static _Noreturn void load_failed(const struct kj_load *l, int err)
{
	const unsigned long long mib = l->plan.pages * KJ_PAGE / MIB;

	switch (err) {
	case -EPERM:
		if (kj_kexec_disabled())
			die(EX_NOPERM, "kexec_load: disabled by kernel.kexec_load_disabled");
		/* who is not root has not come here; and that it is locked down a kernel says only where securityfs is
		 * mounted */
		die(EX_NOPERM, "kexec_load: %s", kj_kexec_locked_down() ? "the kernel is locked down" :
		    "not permitted: no CAP_SYS_BOOT, or the kernel is locked down");
	case -ENOSYS:
		die(EX_UNAVAILABLE, "kernel has no CONFIG_KEXEC");
	case -ENOMEM:
		die(EX_TEMPFAIL, "not enough free memory for the window of %llu MiB", mib);
	case -EBUSY:
		die(EX_TEMPFAIL, "kexec_load: another load is under way");
	case -EADDRNOTAVAIL:
		die(EX_UNAVAILABLE, "kexec_load: the kernel refuses these addresses");
	default:
		die(EX_OSERR, "kexec_load: %s", strerror(-err));
	}
}

static void fill_segment(const struct kj_load *l, const struct kj_load_segment *s, struct kj_kexec_segment *ret)
{
	*ret = (struct kj_kexec_segment){ NULL, 0, s->mem, s->memsz };
	switch (s->part) {
	case KJ_PART_KERNEL:
		ret->buf = l->kernel.buf + l->bz.code_off;
		ret->bufsz = l->bz.code_len;
		break;
	case KJ_PART_AUX:
		ret->buf = l->aux;
		ret->bufsz = l->plan.aux_len;
		break;
	case KJ_PART_INITRD:
		ret->buf = l->initrd.buf;
		ret->bufsz = l->initrd.len;
		break;
	case KJ_PART_HEADER:
		ret->buf = l->header;
		ret->bufsz = l->header_len;
		break;
	default:
		break;
	}
}

void kj_load_commit(struct kj_load *l)
{
	struct kj_kexec_segment seg[KJ_SEGMENT_MAX];
	const unsigned long flags = l->o.crash ? KJ_KEXEC_ON_CRASH : l->o.confine.n ? 0 :
				    KJ_KEXEC_PRESERVE | (l->a.core_room ? KJ_KEXEC_UPDATE : 0) |
				    (l->o.platform ? KJ_KEXEC_PLATFORM : 0);
	uint64_t have, want = l->plan.pages * KJ_PAGE + KJ_LOAD_MARGIN;
	int err;

	/* an old image gives its memory back first; and flags are looked at before segments, so this tells EINVAL apart */
	err = kj_kexec_load(0, NULL, 0, flags);
	if (err == -EINVAL && !kj_load_one_way(&l->o))
		die(EX_UNAVAILABLE, "kernel has no CONFIG_KEXEC_JUMP");
	if (err)
		load_failed(l, err);
	have = kj_meminfo_available("");
	if (!l->o.crash && have && have < want)
		die(EX_TEMPFAIL, "not enough free memory for the window of %llu MiB: %llu MiB available, %llu needed",
		    (unsigned long long)(l->plan.pages * KJ_PAGE / MIB), (unsigned long long)(have / MIB),
		    (unsigned long long)((want + MIB - 1) / MIB));
	for (uint32_t i = 0; i < l->plan.n; i++)
		fill_segment(l, &l->plan.seg[i], &seg[i]);
	err = kj_kexec_load_guarded(l->plan.purgatory, seg, l->plan.n, flags);
	if (err)
		load_failed(l, err);
}
