// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What came of a dump: one line for people, KEY=value for scripts. It must never be called for one
 * that failed.
 */
#include <fcntl.h>
#include <stdio.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump_opts.h"
#include "cmd/lib/dump_report.h"
#include "cmd/lib/pagecodec.h"
#include "core/image.h"
#include "core/job.h"
#include "sys/io.h"
#include "sys/log.h"

/* Bytes per page of data, in thousandths of a page. */
static uint64_t ratio(const struct kj_dump *d)
{
	return d->sh->data ? d->bytes / 4096 * 1000 / d->sh->data : 0;
}

static const char *codec_name(const struct kj_dump *d, uint32_t format)
{
	if (kj_dump_is_kdump(format))
		return kj_pack_name(d->codec);
	return format == KJ_DUMP_ELF ? "none" : kj_codec_name(d->codec);
}

int kj_dump_stats(const struct kj_dump *d, const char *path, uint32_t format, uint64_t ms)
{
	const unsigned long long r = ratio(d);
	char buf[512], first[24] = "none";
	int fd, err, n;

	if (d->sh->lost)
		snprintf(first, sizeof(first), "0x%llx", (unsigned long long)d->sh->lost_first);
	n = snprintf(buf, sizeof(buf),
		     "PAGES_DATA=%llu\nPAGES_ZERO=%llu\nPAGES_FREE=%llu\nBYTES=%llu\n"
		     "PAGES_MISSING=%llu\nPAGES_LOST=%llu\nLOST_FIRST=%s\n"
		     "MS_SAVE=%llu\nRATIO=%llu.%03llu\nWORKERS=%u\nCODEC=%s\n",
		     (unsigned long long)d->sh->data, (unsigned long long)d->sh->zero,
		     (unsigned long long)d->sh->left, (unsigned long long)d->bytes,
		     (unsigned long long)d->sh->missing, (unsigned long long)d->sh->lost, first,
		     (unsigned long long)ms, r / 1000, r % 1000, d->used_workers,
		     codec_name(d, format));
	fd = kj_open(path, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	err = kj_write_full(fd, buf, (size_t)n);
	n = kj_close(fd);
	return err ? err : n;
}

void kj_dump_report(const struct kj_dump *d, uint32_t format, uint64_t ms)
{
	const uint64_t mib = (d->total + 128) / 256;
	char as[80] = "";

	if (d->sh->lost)
		kj_log(KJ_LOG_WARN, "%s: %llu pages cannot be read, the first is page 0x%llx",
		       d->m->path, (unsigned long long)d->sh->lost,
		       (unsigned long long)d->sh->lost_first);
	if (d->sh->missing)
		kj_log(KJ_LOG_WARN, "%s: %llu pages of memory are not in it, left as holes",
		       d->m->path, (unsigned long long)d->sh->missing);
	if (d->quiet)
		return;
	if (format != KJ_DUMP_ELF)
		snprintf(as, sizeof(as), " as %llu MiB (ratio %llu.%03llu, %s)",
			 (unsigned long long)(d->bytes + (1 << 19)) >> 20,
			 (unsigned long long)ratio(d) / 1000, (unsigned long long)ratio(d) % 1000,
			 codec_name(d, format));
	kj_log(KJ_LOG_NOTE, "%s: %llu MiB saved%s in %llu.%llu s, %llu MiB/s, %u worker%s",
	       d->target, (unsigned long long)mib, as, (unsigned long long)ms / 1000,
	       (unsigned long long)ms / 100 % 10, (unsigned long long)(ms ? mib * 1000 / ms : 0),
	       d->used_workers, d->used_workers == 1 ? "" : "s");
}
