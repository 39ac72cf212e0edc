// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A's memory as a kdump-compressed file or as makedumpfile's flattened stream (FORMAT section 6).
 * It must never clear the mark "incomplete" before every page is on the disk.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/kd.h"
#include "cmd/lib/pagecodec.h"
#include "core/xxh.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"

/* Made before the workers are forked, the same for all. */
static struct kj_kd kd;

/* utsname as A's kernel has it; crash and libkdumpfile tell the architecture from it. */
static void read_uts(struct kj_dump *d, struct kj_kdump *k)
{
	static const char *const fallback[KJ_UTS_N] = { "Linux", "(none)", "unknown",
							"unknown", "x86_64", "(none)" };
	char uts[KJ_UTS_N][KJ_UTS_LEN];
	const char *release;
	int64_t phys_base, off;
	uint64_t ns;
	unsigned int i;
	size_t len;

	for (i = 0; i < KJ_UTS_N; i++)
		strcpy(k->uts[i], fallback[i]);
	if (!kj_vmcoreinfo_str(&d->m->vi, "OSRELEASE", &release, &len) && len) {
		memset(k->uts[KJ_UTS_RELEASE], 0, KJ_UTS_LEN);
		memcpy(k->uts[KJ_UTS_RELEASE], release, len < KJ_UTS_LEN ? len : KJ_UTS_LEN - 1);
	}
	if (kj_vmcoreinfo_num(&d->m->vi, "NUMBER(phys_base)", &phys_base))
		return;
	k->phys_base = (uint64_t)phys_base;
	if (kj_vmcoreinfo_hex(&d->m->vi, "SYMBOL(init_uts_ns)", &ns) ||
	    kj_vmcoreinfo_num(&d->m->vi, "OFFSET(uts_namespace.name)", &off) || off < 0 ||
	    off > 4096 || ns < KJ_ELF_TEXT_BASE)
		return;
	ns = ns - KJ_ELF_TEXT_BASE + (uint64_t)off + k->phys_base;
	if (ns >= KJ_ELF_PA_LIMIT || kj_amem_read(d->m, ns, uts, sizeof(uts)))
		return;
	for (i = 0; i < KJ_UTS_N; i++)
		if (!memchr(uts[i], 0, KJ_UTS_LEN))
			return;
	/* readers refuse a dump without these */
	if (strcmp(uts[KJ_UTS_SYSNAME], "Linux") || !uts[KJ_UTS_RELEASE][0] ||
	    !uts[KJ_UTS_VERSION][0] || strcmp(uts[KJ_UTS_MACHINE], "x86_64"))
		return;
	memcpy(k->uts, uts, sizeof(uts));
}

static int plan(struct kj_dump *d)
{
	const struct kj_facts *f = &d->m->facts;
	struct kj_kdump *k = &kd.k;
	int64_t when;
	void *p;
	int err;

	memset(&kd, 0, sizeof(kd));
	kd.d = d;
	kd.lock = -1;
	k->max_mapnr = kj_amem_pfn_end(d->m);
	k->notes_size = d->m->notes_len;
	k->level = d->filter & KJ_LEVEL_MAX;
	k->ncpus = f->nprstatus ? f->nprstatus : 1;
	k->time = d->t_created;
	if (d->m->kdump) {
		/* what was left out before is left out now */
		k->level |= d->m->kdump->level & KJ_LEVEL_MAX;
		k->time = d->m->kdump->time;
	}
	if (!kj_vmcoreinfo_num(&d->m->vi, "CRASHTIME", &when) && when > 0)
		k->time = (uint64_t)when;
	if (d->m->kdump) {
		memcpy(k->uts, d->m->kdump->uts, sizeof(k->uts));
		k->phys_base = d->m->kdump->phys_base;
	} else {
		read_uts(d, k);
	}
	if (kj_kdump_layout(k))
		return kj_dump_fail(d, EX_DATAERR, "%s: memory or notes too large for a kdump",
				    d->m->path);
	if (f->vmcoreinfo_len) {
		k->vi_off = k->notes_off + f->vmcoreinfo_off;
		k->vi_size = f->vmcoreinfo_len;
	}
	if (f->erased_len) {
		k->erase_off = k->notes_off + f->erased_off;
		k->erase_size = f->erased_len;
	}
	kd.sec_len = d->keep.nsec * sizeof(*kd.sec);
	err = kj_alloc_shared(kd.sec_len, &p);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	kd.sec = p;
	if (kj_kd_rank_open(&kd))
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	kd.trim = d->trim && kd.ranker.whole;
	if (d->trim && !kd.trim)
		kj_log(KJ_LOG_WARN, "%s: where all struct pages are cannot be told, none is left out",
		       d->m->path);
	if (d->flat) {
		kd.lock = kj_memfd("kjump-dump", MFD_CLOEXEC);
		if (kd.lock < 0)
			return kj_dump_fail(d, EX_OSERR, "memfd: %s", strerror(-kd.lock));
	}
	return 0;
}

/* Bytes of the bitmap of section number @i that the file has room for. */
static size_t chunk(const struct kj_dump *d, uint32_t i)
{
	const uint64_t at = (uint64_t)d->keep.sec[i].nr * KJ_SECTION_BITMAP;

	if (at >= kd.k.half)
		return 0;
	return kd.k.half - at < KJ_SECTION_BITMAP ? (size_t)(kd.k.half - at) : KJ_SECTION_BITMAP;
}

static int do_section(struct kj_dump *d, uint32_t i)
{
	static uint8_t ram[KJ_SECTION_BITMAP], kept[KJ_SECTION_BITMAP];
	const uint64_t at = (uint64_t)d->keep.sec[i].nr * KJ_SECTION_BITMAP;
	struct kj_kd_section *s = &kd.sec[i];
	int status = 0;

	kj_kd_bits(&kd, i, ram, kept, &s->left);
	s->trimmed = kj_kd_trim(&kd, i, kept);
	s->left += s->trimmed;
	s->kept = kj_kd_weight(kept, sizeof(kept));
	kj_kd_rank_section(&kd, i, kept);
	if (d->flat)
		s->sum = kj_xxh64(kept, sizeof(kept), 0);
	if (chunk(d, i))
		status = kj_kd_put(&kd, ram, chunk(d, i), kd.k.bitmap1 + at);
	if (!status && chunk(d, i))
		status = kj_kd_put(&kd, kept, chunk(d, i), kd.k.bitmap2 + at);
	return status;
}

static void classify(struct kj_dump *d, uint32_t i)
{
	int err = kj_keep_section(&d->keep, i);

	if (err)
		kj_log(KJ_LOG_WARN, "%s: section 0x%x: struct pages: %s, all its pages are kept",
		       d->m->path, d->keep.sec[i].nr, strerror(-err));
}

static int section_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	int64_t i;

	while (!kj_dump_stopped(d) && (i = kj_claims_take(d->claims, nr)) >= 0) {
		if (!kd.trim)
			classify(d, (uint32_t)i);
		if (do_section(d, (uint32_t)i))
			break;
		kj_claims_done(d->claims, (uint32_t)i);
	}
	return 0;
}

/* Of which pages there have to be struct pages is known when all sections are. */
static int classify_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	int64_t i;

	while (!kj_dump_stopped(d) && (i = kj_claims_take(d->claims, nr)) >= 0) {
		classify(d, (uint32_t)i);
		kj_claims_done(d->claims, (uint32_t)i);
	}
	return 0;
}

static int page_worker(unsigned int nr, void *ctx)
{
	(void)ctx;
	return kj_kd_worker(&kd, nr);
}

/* Header, sub header and notes, whole blocks. */
static int put_head(struct kj_dump *d, uint32_t status)
{
	const size_t len = (size_t)kd.k.bitmap1;
	void *buf;
	int err = kj_alloc_pages(len, &buf);

	if (err)
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	kd.k.status = status;
	kj_kdump_put(&kd.k, buf);
	if (d->m->notes_len)
		memcpy((uint8_t *)buf + kd.k.notes_off, d->m->notes, d->m->notes_len);
	err = kj_kd_put(&kd, buf, len, 0);
	kj_munmap(buf, len);
	return err;
}

/* Parts of both bitmaps that no section fills in. */
static int zero_gaps(struct kj_dump *d)
{
	uint64_t at = 0, next;
	int status = 0;
	uint32_t i;

	for (i = 0; !status && i <= d->keep.nsec; i++) {
		next = i < d->keep.nsec ? (uint64_t)d->keep.sec[i].nr * KJ_SECTION_BITMAP
					: kd.k.half;
		if (next > kd.k.half)
			next = kd.k.half;
		if (next > at) {
			status = kj_kd_zeros(&kd, kd.k.bitmap1 + at, next - at);
			if (!status)
				status = kj_kd_zeros(&kd, kd.k.bitmap2 + at, next - at);
		}
		if (i < d->keep.nsec)
			at = next + chunk(d, i);
	}
	return status;
}

/* Between the passes: where each section's descriptors and the pages are. */
static int place(struct kj_dump *d)
{
	static const uint8_t zeros[KJ_PAGE_BYTES];
	uint64_t desc_end, left = 0;
	int status, err;
	uint32_t i;

	for (i = 0; i < d->keep.nsec; i++) {
		kd.sec[i].first = kd.ndesc;
		kd.ndesc += kd.sec[i].kept;
		left += kd.sec[i].left;
		d->trimmed += kd.sec[i].trimmed;
	}
	d->total = kd.ndesc;
	kj_dump_count(d, 0, 0, left);
	desc_end = kd.k.desc + kd.ndesc * sizeof(struct kj_le_page_desc);
	kd.data_off = (desc_end + 4095) & ~4095ULL;
	d->sh->next = kd.data_off + KJ_PAGE_BYTES;
	if (d->flat)
		status = kj_kd_zeros(&kd, desc_end, kd.data_off - desc_end);
	else
		status = kj_kd_zeros(&kd, kd.k.desc, kd.data_off - kd.k.desc);
	if (status)
		return status;
	/* what cannot even hold the descriptors is better said now; not every file system can */
	if (!d->flat && !d->is_dev) {
		err = kj_fallocate(d->fd, 0, 0, kd.data_off + KJ_PAGE_BYTES);
		if (err == -ENOSPC || err == -EFBIG || err == -EDQUOT)
			return kj_dump_fail_io(d, d->target, err);
		/* one that cannot do that might fill in zeros, or keep no pages of its own */
		if (!err)
			kj_kd_open_direct(&kd);
	}
	return kj_kd_put(&kd, zeros, sizeof(zeros), kd.data_off);
}

/* All is written: flush it, then take the mark away, flush that, and look at it. */
static int finish(struct kj_dump *d, uint32_t marks)
{
	uint8_t head[KJ_KDUMP_HEAD];
	struct kj_kdump back;
	int status, err;

	if (d->flat) {
		kj_flat_end(head);
		err = kj_write_full(STDOUT_FILENO, head, KJ_FLAT_RECORD);
		return err ? kj_dump_fail_io(d, d->target, err) : 0;
	}
	err = kj_kd_cut(&kd);
	if (!err)
		err = kj_fsync(d->fd);
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	status = put_head(d, marks);
	if (status)
		return status;
	err = kj_fsync(d->fd);
	if (!err)
		err = kj_pread_full(d->fd, head, sizeof(head), 0, NULL);
	if (!err && (kj_kdump_parse(head, sizeof(head), 0, &back) ||
		     back.desc != kd.k.desc || back.status != marks))
		err = -EIO;
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* Not all of it could be written: say what there is. */
static int incomplete(struct kj_dump *d, int status)
{
	const uint64_t have = d->sh->data + d->sh->zero;
	const uint32_t first = d->keep.nsec * KJ_DUMP_PARTS;
	uint32_t i = 0;

	(void)kj_kd_cut(&kd);
	while (i < first && kj_claims_is_done(d->claims, i))
		i++;
	if (!d->flat && kd.data_off && status == EX_CANTCREAT)
		snprintf(d->sh->why, sizeof(d->sh->why),
			 "%s: target full: %llu of %llu pages saved%s, the dump is incomplete",
			 d->target, (unsigned long long)have, (unsigned long long)kd.ndesc,
			 i == first ? ", all of the kernel's" : "");
	return status;
}

static int run(struct kj_dump *d)
{
	const int bare = kd.trim || (d->m->kdump && d->m->kdump->status & KJ_KDUMP_NO_VMEMMAP);
	const uint32_t marks = d->codec | (bare ? KJ_KDUMP_NO_VMEMMAP : 0) | (d->m->incomplete ? KJ_KDUMP_INCOMPLETE : 0);
	uint8_t head[KJ_FLAT_HEAD];
	int err, status;

	if (d->flat) {
		kj_flat_head(head);
		err = kj_write_full(STDOUT_FILENO, head, sizeof(head));
		if (err)
			return kj_dump_fail_io(d, d->target, err);
	}
	/* a stream is complete when it has its last record */
	status = put_head(d, marks | (d->flat ? 0 : KJ_KDUMP_INCOMPLETE));
	if (!status)
		status = zero_gaps(d);
	if (!status && kd.trim)
		status = kj_dump_run_items(d, d->keep.nsec, classify_worker, KJ_REDO_OPEN, NULL);
	if (!status)
		status = kj_dump_run_items(d, d->keep.nsec, section_worker,
					   d->flat ? KJ_REDO_NEVER : KJ_REDO_OPEN, NULL);
	if (!status)
		status = place(d);
	if (!status)
		status = kj_dump_run_items(d, d->keep.nsec * KJ_DUMP_PARTS * KJ_KD_RANKS, page_worker,
					   d->flat ? KJ_REDO_NEVER : KJ_REDO_OPEN, NULL);
	if (!status)
		status = finish(d, marks);
	return status ? incomplete(d, status) : 0;
}

int kj_dump_kdump(struct kj_dump *d)
{
	static const struct kj_ranges nothing;
	int status = kj_dump_prepare(d, d->filter, &nothing);

	if (status)
		return status;
	status = plan(d);
	if (!status)
		status = run(d);
	d->bytes = d->sh->next;
	kj_kd_rank_close(&kd);
	kj_munmap(kd.sec, kd.sec_len);
	if (kd.lock >= 0)
		(void)kj_close(kd.lock);
	return status;
}
