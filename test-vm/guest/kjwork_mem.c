// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork check, memsum and stat: look at all of the filled memory, the tmpfs
 * files through fresh mappings and the anonymous part through its holder. Must
 * never call a page right that it did not compare.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork_mem.h"
#include "kjwork_phys.h"

#define CHUNK KJ_MEM_FILE_PAGES

void kj_mem_file(const struct kj_mem_state *s, uint64_t number, char *buf, size_t len)
{
	snprintf(buf, len, "%s/mem.%04u", s->dir, (unsigned int)(number / KJ_MEM_FILE_PAGES));
}

/* Sends @q to the holder. Returns the socket, or -errno. */
static int ask_holder(const struct kj_mem_request *q)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = KJ_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    send(fd, q, sizeof(*q), MSG_NOSIGNAL) != sizeof(*q)) {
		int err = errno;

		close(fd);
		return -err;
	}
	return fd;
}

/* Maps the @n pages of the file that begins with page @number, or says why not. */
static uint64_t *map_file(const struct kj_mem_state *s, uint64_t number, uint64_t n)
{
	char path[320];
	struct stat st;
	uint64_t *p = MAP_FAILED;

	kj_mem_file(s, number, path, sizeof(path));
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st)) {
		kj_warn("%s: %s", path, strerror(errno));
	} else if ((uint64_t)st.st_size != n * KJ_PAGE) {
		kj_warn("%s: has %lld bytes, not %llu", path, (long long)st.st_size,
			(unsigned long long)n * KJ_PAGE);
	} else {
		p = mmap(NULL, n * KJ_PAGE, PROT_READ, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			kj_warn("%s: cannot be mapped: %s", path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/* The frames of a mapped file's pages, which have to be mapped in first. */
static void stat_chunk(const struct kj_mem_state *s, const struct kj_mem_request *q,
		       const uint64_t *p, uint64_t number, uint64_t n, struct kj_mem_report *r)
{
	static uint64_t pfn[CHUNK];

	for (uint64_t i = 0; i < n; i++)
		(void)*(const volatile uint64_t *)(p + i * KJ_PAGE_WORDS);
	int err = kj_phys_pfns(0, (uintptr_t)p, n, pfn);

	if (err)
		kj_die(EX_NOINPUT, "/proc/self/pagemap: %s", strerror(-err));
	for (uint64_t i = 0; i < n; i++)
		r->noise += kj_page_class(&s->content, number + i) == KJ_PAGE_NOISE;
	r->pages += n;
	kj_mem_place(q, pfn, n, r);
}

static void look_at_files(const struct kj_mem_state *s, const struct kj_mem_request *q,
			  struct kj_mem_report *r)
{
	for (uint64_t at = 0; at < s->tmpfs_pages; at += CHUNK) {
		uint64_t n = s->tmpfs_pages - at < CHUNK ? s->tmpfs_pages - at : CHUNK;
		uint64_t *p = map_file(s, at, n);

		if (!p) {
			if (r->bad == 0) {
				r->first_bad = at;
				r->first_bad_pfn = KJ_NO_PFN;
			}
			r->pages += n;
			r->bad += n;
			continue;
		}
		if (q->verb == KJ_MEM_STAT)
			stat_chunk(s, q, p, at, n, r);
		else
			for (uint64_t i = 0; i < n; i++)
				kj_mem_verify(s, at + i, p + i * KJ_PAGE_WORDS, r);
		munmap(p, n * KJ_PAGE);
	}
}

/* Both sides' reports; they work at the same time. Returns 0 or -errno. */
static int ask_all(const struct kj_mem_state *s, const struct kj_mem_request *q,
		   struct kj_mem_report *files, struct kj_mem_report *anon)
{
	memset(files, 0, sizeof(*files));
	memset(anon, 0, sizeof(*anon));
	int fd = ask_holder(q);

	look_at_files(s, q, files);
	if (fd < 0)
		return fd;
	ssize_t got = recv(fd, anon, sizeof(*anon), 0);

	close(fd);
	return got == sizeof(*anon) ? 0 : -EPIPE;
}

static void explain_bad(const char *where, const struct kj_mem_report *r)
{
	if (r->bad)
		kj_warn("%s: %llu bad pages, first is page %llu, frame 0x%llx, word %llu: 0x%llx, "
			"not 0x%llx",
			where, (unsigned long long)r->bad, (unsigned long long)r->first_bad,
			(unsigned long long)r->first_bad_pfn, (unsigned long long)r->mismatch.word,
			(unsigned long long)r->mismatch.got, (unsigned long long)r->mismatch.want);
}

static int verify_all(const char *prefix, bool only_hash)
{
	struct kj_mem_request q = { .verb = KJ_MEM_CHECK };
	struct kj_mem_report t, a;
	struct kj_mem_state *s = kj_state_open(KJ_MEM_STATE, sizeof(*s));
	uint64_t started = kj_now_ms();

	if (!s)
		return -1;
	int err = ask_all(s, &q, &t, &a);

	if (err) { /* its pages are as good as lost */
		kj_warn("holder of the anonymous memory: %s", strerror(-err));
		a = (struct kj_mem_report){ .bad = s->anon_pages, .first_bad = s->tmpfs_pages };
	}
	explain_bad(s->dir, &t);
	if (!err)
		explain_bad("anonymous memory", &a);
	uint64_t bad = t.bad + a.bad;
	uint64_t pages = t.pages + a.pages;
	long long first = t.bad ? (long long)t.first_bad : a.bad ? (long long)a.first_bad : -1;
	bool whole =
		s->complete && kj_proc_alive(&s->holder) && pages == s->tmpfs_pages + s->anon_pages;

	if (!only_hash) {
		kj_kv(prefix, "PAGES", "%llu", (unsigned long long)pages);
		kj_kv(prefix, "BAD", "%llu", (unsigned long long)bad);
		kj_kv(prefix, "FIRST_BAD", "%lld", first);
		kj_kv(prefix, "CHECK_MS", "%llu", (unsigned long long)(kj_now_ms() - started));
	}
	kj_kv(prefix, "HASH", "%016llx", (unsigned long long)kj_mix64(t.hash ^ kj_mix64(a.hash)));
	if (!whole)
		kj_warn("filled memory: %llu pages looked at, not %llu", (unsigned long long)pages,
			(unsigned long long)(s->tmpfs_pages + s->anon_pages));
	return bad == 0 && whole ? 0 : 1;
}

int kj_mem_check(const char *prefix)
{
	return verify_all(prefix, false);
}

int kj_mem_sum(int argc, char **argv)
{
	if (argc != 1)
		kj_die(EX_USAGE, "%s: takes no arguments", argv[0]);
	int ret = verify_all("", true);

	if (ret < 0)
		kj_die(EX_NOINPUT, "%s: nothing is filled", argv[0]);
	return ret;
}

int kj_mem_stat(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "window", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	struct kj_mem_request q = { .verb = KJ_MEM_STAT };
	struct kj_mem_report t, a;
	int c;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c != 'w')
			exit(EX_USAGE);
		kj_parse_windows(optarg, &q.windows);
	}
	if (optind != argc)
		kj_die(EX_USAGE, "stat: '%s' is not an option", argv[optind]);
	struct kj_mem_state *s = kj_state_open(KJ_MEM_STATE, sizeof(*s));

	if (!s)
		kj_die(EX_NOINPUT, "stat: nothing is filled");
	q.half_pfn = kj_phys_half();
	int err = ask_all(s, &q, &t, &a);

	if (err)
		kj_die(EX_UNAVAILABLE, "holder of the anonymous memory: %s", strerror(-err));
	kj_kv("", "IN_WINDOW", "%llu", (unsigned long long)(t.in_window + a.in_window));
	kj_kv("", "ABOVE_HALF", "%llu", (unsigned long long)(t.above_half + a.above_half));
	kj_kv("", "ANON", "%llu", (unsigned long long)a.pages);
	kj_kv("", "TMPFS", "%llu", (unsigned long long)t.pages);
	kj_kv("", "INCOMPRESSIBLE", "%llu", (unsigned long long)(t.noise + a.noise));
	kj_kv("", "ANON_IN_WINDOW", "%llu", (unsigned long long)a.in_window);
	kj_kv("", "HALF", "0x%llx", (unsigned long long)q.half_pfn * KJ_PAGE);
	return t.bad ? 1 : 0;
}

void kj_mem_stop(void)
{
	struct kj_mem_request q = { .verb = KJ_MEM_STOP };
	struct kj_mem_state *s = kj_state_open(KJ_MEM_STATE, sizeof(*s));
	char path[320];

	if (!s)
		return;
	int fd = ask_holder(&q);

	if (fd >= 0)
		close(fd);
	for (int i = 0; fd >= 0 && i < 500 && kj_proc_alive(&s->holder); i++)
		kj_sleep_ms(10);
	kj_proc_kill(&s->holder);
	(void)unlink(KJ_SOCKET);
	for (uint64_t at = 0; at < s->tmpfs_pages; at += KJ_MEM_FILE_PAGES) {
		kj_mem_file(s, at, path, sizeof(path));
		(void)unlink(path);
	}
	if (s->mounted && umount2(s->dir, MNT_DETACH))
		kj_warn("%s: %s", s->dir, strerror(errno));
	(void)rmdir(s->dir);
	(void)unlink(KJ_RUN "/" KJ_MEM_STATE);
}
