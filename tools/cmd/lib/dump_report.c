// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What came of a dump: one line for people, KEY=value for scripts. It must never be called for one
 * that failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump_opts.h"
#include "cmd/lib/dump_report.h"
#include "cmd/lib/pagecodec.h"
#include "core/image.h"
#include "core/job.h"
#include "core/pageclass.h"
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

static const char *format_name(uint32_t format)
{
	return format == KJ_DUMP_FLAT ? "flat" : kj_format_name(format);
}

/* Kilobytes at most: of this process, or of its largest child. */
static unsigned long peak(int who)
{
	struct rusage u;

	memset(&u, 0, sizeof(u));
	return getrusage(who, &u) ? 0 : (unsigned long)u.ru_maxrss;
}

struct text {
	char buf[2048];
	size_t used;
};

static void put(struct text *t, const char *key, uint64_t v)
{
	const int n = snprintf(t->buf + t->used, sizeof(t->buf) - t->used, "%s=%llu\n", key, (unsigned long long)v);

	if (n > 0 && (size_t)n < sizeof(t->buf) - t->used)
		t->used += (size_t)n;
}

static void put_str(struct text *t, const char *key, const char *v)
{
	const int n = snprintf(t->buf + t->used, sizeof(t->buf) - t->used, "%s=%s\n", key, v);

	if (n > 0 && (size_t)n < sizeof(t->buf) - t->used)
		t->used += (size_t)n;
}

const char *kj_class_key(uint32_t cls)
{
	static const char *const key[KJ_CLASS_COUNT] = {
		[KJ_CLASS_FREE] = "CLASS_FREE",         [KJ_CLASS_UNACCEPTED] = "CLASS_UNACCEPTED",
		[KJ_CLASS_OFFLINE] = "CLASS_OFFLINE",   [KJ_CLASS_HWPOISON] = "CLASS_HWPOISON",
		[KJ_CLASS_CACHE] = "CLASS_CACHE",       [KJ_CLASS_PRIVATE] = "CLASS_PRIVATE_CACHE",
		[KJ_CLASS_USER] = "CLASS_USER",
	};

	return cls < KJ_CLASS_COUNT ? key[cls] : NULL;
}

/* What the struct pages say, of those classes that the filter names. */
static void put_classes(struct text *t, const struct kj_class_counts *c)
{
	unsigned int i;

	put(t, "CLASS_SEEN", c->pages);
	for (i = 0; i < KJ_CLASS_COUNT; i++)
		if (kj_class_key(i))
			put(t, kj_class_key(i), c->n[i]);
	put(t, "CLASS_DOUBT", c->doubt);
}

static int is_same(const struct stat *st, int fd)
{
	struct stat other;

	return fd >= 0 && !fstat(fd, &other) && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* Emptied when it is known to be neither the dump nor what that was made of. */
static int open_stats(const struct kj_dump *d, const char *path)
{
	int err = 0, fd = kj_open(path, O_WRONLY | O_CREAT);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		err = -errno;
	else if (is_same(&st, d->m->fd) || (d->fd >= 0 ? is_same(&st, d->fd) : !S_ISCHR(st.st_mode) && is_same(&st, STDOUT_FILENO)))
		err = -EEXIST;
	else if (S_ISREG(st.st_mode) && ftruncate(fd, 0))
		err = -errno;
	if (!err)
		return fd;
	(void)kj_close(fd);
	return err;
}

int kj_dump_stats(const struct kj_dump *d, const char *path, uint32_t format, uint64_t ms)
{
	const unsigned long long r = ratio(d);
	static struct text t;
	char buf[24] = "none", key[24], *at;
	unsigned int i;
	int fd, err, n;

	t.used = 0;
	put_str(&t, "FORMAT", format_name(format));
	put(&t, "FILTER", d->filter);
	put(&t, "PAGES_DATA", d->sh->data);
	put(&t, "PAGES_ZERO", d->sh->zero);
	put(&t, "PAGES_FREE", d->sh->left);
	if (d->trim)
		put(&t, "BYTES_TRIMMED", d->trimmed * 4096);
	put(&t, "PAGES_MISSING", d->sh->missing);
	put(&t, "PAGES_LOST", d->sh->lost);
	if (d->sh->lost)
		snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)d->sh->lost_first);
	put_str(&t, "LOST_FIRST", buf);
	if (d->keep.active)
		put_classes(&t, d->keep.counts);
	put(&t, "BYTES", d->bytes);
	put(&t, "MS_SAVE", ms);
	put(&t, "MS_CLASSIFY", d->ms_classify);
	put(&t, "MS_COPY", d->ms_copy);
	snprintf(buf, sizeof(buf), "%llu.%03llu", r / 1000, r % 1000);
	put_str(&t, "RATIO", buf);
	put(&t, "WORKERS", d->used_workers);
	put_str(&t, "CODEC", codec_name(d, format));
	for (i = 0; kj_dump_is_kdump(format) && kj_pack_index_name(i); i++) {
		snprintf(key, sizeof(key), "PACKED_%s", kj_pack_index_name(i));
		for (at = key; *at; at++)
			if (*at >= 'a' && *at <= 'z')
				*at = (char)(*at - 'a' + 'A');
		put(&t, key, d->sh->packed[i]);
	}
	put(&t, "PEAK_KIB", peak(RUSAGE_SELF));
	put(&t, "PEAK_KIB_WORKER", peak(RUSAGE_CHILDREN));
	fd = open_stats(d, path);
	if (fd < 0)
		return fd;
	err = kj_write_full(fd, t.buf, t.used);
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
	if (d->trim)
		kj_log(KJ_LOG_NOTE, "%s: %llu MiB of struct pages left out, which describe nothing in it",
		       d->target, (unsigned long long)(d->trimmed + 128) / 256);
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
