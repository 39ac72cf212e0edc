// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first pass of a kdump for several filters at once, and what follows for its size. It must never say less than
 * the dump can come to, nor more than it must.
 *
 * A section's struct pages are looked at once for each filter, one right after the other, while they are in the CPU's
 * cache: what one filter leaves out is not always part of what the next does (a poisoned page may be cache as well).
 */
#include "cmd/lib/dump_estimate.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/dump_report.h"
#include "cmd/lib/kd.h"
#include "cmd/lib/pagecodec.h"
#include "core/iomem.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"

#define FILTERS 4u
#define KCORE "/proc/kcore"
#define IOMEM_MAX (1u << 20)
#define ALL 0u /* number of the filter that names all classes: its counts are the ones shown */

struct filter {
	uint32_t level;
	struct kj_kd kd; /* ->d, and nothing else */
	struct kj_dump d;
	uint64_t kept;     /* pages */
	uint64_t min, max; /* bytes */
};

/* Of a section: pages that each filter keeps, and as [FILTERS] those that there are. */
struct sections {
	uint32_t pages[FILTERS + 1];
};

struct estimate {
	struct kj_dump *d;
	struct filter f[FILTERS];
	unsigned int n;
	struct sections *sec; /* shared */
	size_t sec_len;
	struct kj_ranges cut; /* memory that does not count */
	uint64_t ram, ms;
};

/* Made before the workers are forked, the same for all. */
static struct estimate est;

static void do_section(uint32_t i)
{
	static uint8_t ram[KJ_SECTION_BITMAP], kept[KJ_SECTION_BITMAP];
	int err = 0;

	for (unsigned int k = 0; k < est.n; k++) {
		struct filter *f = &est.f[k];

		err |= kj_keep_section(&f->d.keep, i);
		kj_kd_bits(&f->kd, i, ram, kept, NULL);
		est.sec[i].pages[k] = kj_kd_weight(kept, sizeof(kept));
	}
	est.sec[i].pages[FILTERS] = kj_kd_weight(ram, sizeof(ram));
	if (err)
		kj_log(KJ_LOG_WARN, "%s: section 0x%x: struct pages cannot be read, all its pages are kept", est.d->m->path,
		       est.f[ALL].d.keep.sec[i].nr);
}

static int worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	int64_t i;

	while (!kj_dump_stopped(d) && (i = kj_claims_take(d->claims, nr)) >= 0) {
		do_section((uint32_t)i);
		kj_claims_done(d->claims, (uint32_t)i);
	}
	return 0;
}

/* What a kdump consists of: headers, notes, bitmaps, a descriptor for each page and one page of zeros; and at most
 * each page as it is. */
static int sizes(struct filter *f)
{
	const struct kj_amem *m = est.d->m;
	struct kj_kdump k;

	memset(&k, 0, sizeof(k));
	k.max_mapnr = kj_amem_pfn_end(m);
	k.notes_size = m->notes_len;
	if (kj_kdump_layout(&k))
		return kj_dump_fail(est.d, EX_DATAERR, "%s: memory or notes too large for a kdump", m->path);
	f->min = (k.desc + f->kept * sizeof(struct kj_le_page_desc) + 4095) & ~4095ull;
	f->min += KJ_PAGE_BYTES;
	f->max = f->min + f->kept * KJ_PAGE_BYTES;
	return 0;
}

/* ---- what comes of it ---- */

static void put(const char *key, uint64_t v)
{
	printf("%s=%llu\n", key, (unsigned long long)v);
}

static void put_of(uint32_t level, const char *key, uint64_t v)
{
	printf("D%u_%s=%llu\n", level, key, (unsigned long long)v);
}

static const struct filter *of_level(uint32_t level)
{
	for (unsigned int i = 0; i < est.n; i++)
		if (est.f[i].level == level)
			return &est.f[i];
	return NULL;
}

static int put_keys(void)
{
	const struct kj_class_counts *c = est.f[ALL].d.keep.counts;
	const struct filter *f;
	unsigned int i;

	put("PAGES_RAM", est.ram);
	put("CLASSES_KNOWN", (uint64_t)(est.f[ALL].d.keep.active && !est.f[ALL].d.keep.c.pc.missing));
	put("CLASS_SEEN", c->pages);
	for (i = 0; i < KJ_CLASS_COUNT; i++)
		if (kj_class_key(i))
			put(kj_class_key(i), c->n[i]);
	put("CLASS_DOUBT", c->doubt);
	for (i = 0; i <= KJ_LEVEL_MAX; i++) {
		f = of_level(i);
		if (!f)
			continue;
		put_of(i, "PAGES", f->kept);
		put_of(i, "BYTES_MIN", f->min);
		put_of(i, "BYTES_MAX", f->max);
	}
	put("WORKERS", est.d->used_workers);
	put("MS_CLASSIFY", est.ms);
	return fflush(stdout) || ferror(stdout);
}

static unsigned long long mib(uint64_t pages)
{
	return (unsigned long long)((pages + 128) / 256);
}

static void report(void)
{
	const struct kj_class_counts *c = est.f[ALL].d.keep.counts;
	const struct filter *f;
	unsigned int i;

	fprintf(stderr, "%s: %llu MiB of memory, by its struct pages:\n", est.d->m->path, mib(est.ram));
	for (i = 0; i < KJ_CLASS_COUNT; i++)
		if (kj_class_key(i) && c->n[i])
			fprintf(stderr, "  %-14s %9llu MiB\n", kj_class_name(i), mib(c->n[i]));
	fprintf(stderr, "  %-14s %9llu MiB\n", "all else", mib(est.f[ALL].kept));
	fputs("Size of a kdump, from pages of zeros alone to pages that cannot be packed:\n", stderr);
	for (i = 0; i <= KJ_LEVEL_MAX; i++) {
		f = of_level(i);
		if (f)
			fprintf(stderr, "  -d %-2u %7llu to %7llu MiB\n", i, mib(f->min / KJ_PAGE_BYTES),
				mib(f->max / KJ_PAGE_BYTES));
	}
}

/* ---- the pass ---- */

/* A running kernel: what is set aside for the next one will not be in its dump. */
static void live(struct kj_ranges *cut)
{
	static struct kj_iomem io;
	static char text[IOMEM_MAX];
	size_t len;
	int err = kj_slurp("/proc/iomem", text, sizeof(text), &len);

	if (!err && !kj_iomem_parse(text, len, &io))
		*cut = io.crash;
	else
		kj_log(KJ_LOG_WARN, "/proc/iomem: cannot be read, memory reserved for a crash kernel is counted");
}

static int add_filter(uint32_t level)
{
	struct filter *f = &est.f[est.n];
	char why[KJ_WHY_MAX];
	int status = 0;

	for (unsigned int i = 0; i < est.n; i++)
		if (est.f[i].level == level)
			return 0;
	f->level = level;
	f->kd.d = &f->d;
	if (!est.n) {
		/* says what cannot be told apart */
		status = kj_dump_prepare(est.d, level, &est.cut);
		f->d = *est.d;
	} else {
		f->d.m = est.d->m;
		if (kj_keep_open(&f->d.keep, est.d->m, &est.cut, level, why))
			status = kj_dump_fail(est.d, EX_OSERR, "out of memory");
	}
	est.n += !status;
	return status;
}

static int pass(void)
{
	const uint32_t nsec = est.f[ALL].d.keep.nsec;
	void *p;
	int status;

	est.sec_len = nsec * sizeof(*est.sec);
	if (kj_alloc_shared(est.sec_len, &p))
		return kj_dump_fail(est.d, EX_OSERR, "out of memory");
	est.sec = p;
	status = kj_dump_run_items(est.d, nsec, worker, KJ_REDO_OPEN, NULL);
	if (status)
		return status;
	est.ms = est.d->ms_classify;
	for (uint32_t i = 0; i < nsec; i++) {
		est.ram += est.sec[i].pages[FILTERS];
		for (unsigned int k = 0; k < est.n; k++)
			est.f[k].kept += est.sec[i].pages[k];
	}
	for (unsigned int k = 0; !status && k < est.n; k++)
		status = sizes(&est.f[k]);
	return status;
}

int kj_dump_estimate(struct kj_dump *d, int filter, char why[200])
{
	int status;

	memset(&est, 0, sizeof(est));
	est.d = d;
	if (!strcmp(d->m->path, KCORE)) {
		live(&est.cut);
		/* reads go through a buffer that belongs to the open file (fs/proc/kcore.c): of two that read at
		 * a time, one gets what the other asked for */
		d->workers = 1;
	}
	status = add_filter(KJ_LEVEL_MAX);
	if (!status)
		status = add_filter(KJ_LEVEL_ZERO | KJ_LEVEL_FREE);
	if (!status)
		status = add_filter(KJ_LEVEL_ZERO);
	if (!status && filter >= 0)
		status = add_filter((uint32_t)filter);
	if (!status)
		status = pass();
	if (!status && !d->quiet)
		report();
	if (!status && put_keys())
		status = kj_dump_fail(d, EX_IOERR, "standard output: cannot be written");
	if (status)
		snprintf(why, 200, "%s", d->sh ? d->sh->why : "out of memory");
	for (unsigned int k = 1; k < est.n; k++)
		kj_keep_close(&est.f[k].d.keep);
	kj_munmap(est.sec, est.sec_len);
	kj_dump_close(d);
	return status;
}
