// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork fill: fills a share of the memory with known contents, in tmpfs files
 * and in the holder's anonymous memory. Must never drive the machine out of
 * memory: it refuses before it takes the first page.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "kjwork_mem.h"

#define TMPFS_MAGIC 0x01021994
#define KEEP_PERCENT 5
#define KEEP_PAGES (60u * 1024 * 1024 / KJ_PAGE)
#define BUFFER_PAGES 16u

struct options {
	uint64_t percent;
	struct kj_content content;
	struct kj_windows windows;
	const char *dir;
};

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "percent", required_argument, NULL, 'p' },
		{ "tmpfs", required_argument, NULL, 't' },
		{ "incompressible", required_argument, NULL, 'i' },
		{ "window", required_argument, NULL, 'w' },
		{ "seed", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .content.noise_percent = 40, .dir = KJ_RUN "-mem" };
	o->content.seed =
		kj_mix64(kj_now_ns(CLOCK_REALTIME) ^ kj_mix64(kj_now_ns(CLOCK_MONOTONIC)));
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			o->percent = kj_parse(optarg, 10, 95, "percent");
			break;
		case 't':
			o->dir = optarg;
			break;
		case 'i':
			o->content.noise_percent =
				(uint32_t)kj_parse(optarg, 10, 100, "incompressible");
			break;
		case 'w':
			kj_parse_windows(optarg, &o->windows);
			break;
		case 's':
			o->content.seed = kj_parse(optarg, 0, UINT64_MAX, "seed");
			break;
		default:
			exit(EX_USAGE);
		}
	}
	if (optind != argc || o->percent == 0)
		kj_die(EX_USAGE, "fill: --percent P is needed, and nothing else");
	if (o->dir[0] != '/' || strlen(o->dir) > 200)
		kj_die(EX_USAGE, "fill: '%s' is not an absolute path", o->dir);
}

/* Pages to fill; *ret_avail is what could be had at most. */
static uint64_t plan_pages(uint64_t percent, uint64_t *ret_avail)
{
	uint64_t total = kj_meminfo_pages("MemTotal");
	uint64_t avail = kj_meminfo_pages("MemAvailable");
	uint64_t keep = total * KEEP_PERCENT / 100;
	uint64_t pages = total * percent / 100;
	/* Page tables, and the nodes of the page cache's tree. */
	uint64_t cost = pages + pages / 128;

	if (keep < KEEP_PAGES)
		keep = KEEP_PAGES;
	if (cost > avail || avail - cost < keep)
		kj_die(EX_TEMPFAIL,
		       "fill: %llu %% is %llu MiB, but %llu MiB are available and %llu of them "
		       "must stay so",
		       (unsigned long long)percent, (unsigned long long)cost / 256,
		       (unsigned long long)avail / 256, (unsigned long long)keep / 256);
	if (pages < 4)
		kj_die(EX_USAGE, "fill: %llu %% is no memory at all", (unsigned long long)percent);
	*ret_avail = avail;
	return pages;
}

/* A tmpfs of its own, unless DIR is one with room: / has only half the RAM. */
static uint32_t prepare_dir(const char *dir, uint64_t pages)
{
	struct statfs fs;

	if (mkdir(dir, 0700) && errno != EEXIST)
		kj_die(EX_CANTCREAT, "%s: %s", dir, strerror(errno));
	if (statfs(dir, &fs))
		kj_die(EX_CANTCREAT, "%s: %s", dir, strerror(errno));
	if (fs.f_type == TMPFS_MAGIC && (uint64_t)fs.f_bavail > pages + 64)
		return 0;
	if (mount("kjwork", dir, "tmpfs", MS_NOSUID | MS_NODEV, "size=100%,mode=0700"))
		kj_die(EX_CANTCREAT, "%s: no tmpfs with room for %llu pages: %s", dir,
		       (unsigned long long)pages, strerror(errno));
	return 1;
}

/* Returns 0 or -errno. */
static int write_files(const struct kj_mem_state *s)
{
	static uint64_t buf[BUFFER_PAGES * KJ_PAGE_WORDS];
	char path[320];
	int fd = -1, err = 0;

	for (uint64_t at = 0; at < s->tmpfs_pages && !err; at += BUFFER_PAGES) {
		uint64_t n = s->tmpfs_pages - at;

		if (at % KJ_MEM_FILE_PAGES == 0) {
			if (fd >= 0)
				close(fd);
			kj_mem_file(s, at, path, sizeof(path));
			fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
			if (fd < 0)
				return -errno;
		}
		if (n > BUFFER_PAGES)
			n = BUFFER_PAGES;
		for (uint64_t i = 0; i < n; i++)
			kj_page_make(&s->content, at + i, buf + i * KJ_PAGE_WORDS);
		err = kj_write_full(fd, buf, n * KJ_PAGE);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static void print_fill(const struct kj_mem_state *s, uint64_t ms)
{
	kj_kv("", "PAGES", "%llu", (unsigned long long)(s->tmpfs_pages + s->anon_pages));
	kj_kv("", "TMPFS", "%llu", (unsigned long long)s->tmpfs_pages);
	kj_kv("", "ANON", "%llu", (unsigned long long)s->anon_pages);
	kj_kv("", "SEED", "0x%llx", (unsigned long long)s->content.seed);
	kj_kv("", "PID", "%d", s->holder.pid);
	kj_kv("", "FILL_MS", "%llu", (unsigned long long)ms);
}

int kj_mem_fill(int argc, char **argv)
{
	struct options o;
	uint64_t avail, started = kj_now_ms();

	parse_options(argc, argv, &o);
	uint64_t pages = plan_pages(o.percent, &avail);
	struct kj_mem_state *s = kj_state_create(KJ_MEM_STATE, sizeof(*s));

	s->content = o.content;
	s->windows = o.windows;
	s->anon_pages = (pages + 3) / 4;
	s->tmpfs_pages = pages - s->anon_pages;
	s->anon_slots = s->anon_pages;
	if (o.windows.n) /* the tmpfs files come after the search for frames */
		s->anon_slots = avail;
	snprintf(s->dir, sizeof(s->dir), "%s", o.dir);
	s->mounted = prepare_dir(s->dir, s->tmpfs_pages);

	int pid = kj_spawn("kjholder");

	if (pid == 0)
		_exit(kj_mem_hold(s));
	if (o.windows.n)
		kj_await_ready(&s->placed, pid, "fill");
	int err = write_files(s);

	if (err) {
		(void)kill(pid, SIGKILL);
		kj_mem_stop();
		kj_die(EX_CANTCREAT, "%s: %s", o.dir, strerror(-err));
	}
	kj_await_ready(&s->ready, pid, "fill");
	s->complete = 1;
	print_fill(s, kj_now_ms() - started);
	return 0;
}
