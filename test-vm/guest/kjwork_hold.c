// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The holder: owns the anonymous part of the filled memory and answers on
 * KJ_SOCKET. Must never write to a page after it has been filled: what a check
 * reads is what the jump brought back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork_mem.h"
#include "kjwork_phys.h"

#define BATCH 1024u
/* Frames wanted inside the windows, and above half of RAM; a test asks for half as many of each. */
#define WANT_FRAMES 8192u
#define MIN_FREE "/proc/sys/vm/min_free_kbytes"
/* Pages that stay available while others are held only to be looked at. */
#define SEARCH_FLOOR (24u * 1024 * 1024 / KJ_PAGE)

struct region {
	uint64_t *mem;
	uint8_t *used; /* one byte a slot */
	uint64_t slots;
};

static uint64_t *slot(const struct region *g, uint64_t i)
{
	return g->mem + i * KJ_PAGE_WORDS;
}

void kj_mem_verify(const struct kj_mem_state *s, uint64_t number, const uint64_t *page,
		   struct kj_mem_report *r)
{
	struct kj_mismatch m;

	r->pages++;
	if (kj_page_verify(&s->content, number, page, &r->hash, &m))
		return;
	if (r->bad++)
		return;
	r->first_bad = number;
	r->mismatch = m;
	if (kj_phys_pfns(0, (uintptr_t)page, 1, &r->first_bad_pfn))
		r->first_bad_pfn = KJ_NO_PFN;
}

void kj_mem_place(const struct kj_mem_request *q, const uint64_t *pfn, uint64_t n,
		  struct kj_mem_report *r)
{
	for (uint64_t i = 0; i < n; i++) {
		r->in_window += kj_phys_inside(&q->windows, pfn[i]);
		r->above_half += pfn[i] != KJ_NO_PFN && pfn[i] > q->half_pfn;
	}
}

static void *map_anon(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		kj_die(EX_OSERR, "anonymous memory: %s", strerror(errno));
	/* Huge pages could neither be placed nor given back one by one. */
	(void)madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

/* Gives back the slots in [0, touched) that are not in use. */
static void release_unused(const struct region *g, uint64_t touched)
{
	for (uint64_t i = 0; i < touched;) {
		uint64_t from = i;

		while (i < touched && !g->used[i])
			i++;
		if (i > from && madvise(slot(g, from), (i - from) * KJ_PAGE, MADV_DONTNEED))
			kj_die(EX_OSERR, "anonymous memory: %s", strerror(errno));
		while (i < touched && g->used[i])
			i++;
	}
}

static void set_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : kj_write_full(fd, text, strlen(text));

	if (err)
		kj_die(EX_OSERR, "%s: %s", path, strerror(-err));
	close(fd);
}

/* What the search is for: @want frames in the windows, and as many above half of RAM; one may be both. */
struct goals {
	const struct kj_windows *windows;
	uint64_t half_pfn;
	uint64_t want;
	uint64_t in_window;
	uint64_t above_half;
};

/* True if frame @pfn is one that is still wanted, and then counts it. */
static bool goals_take(struct goals *w, uint64_t pfn)
{
	bool inside = kj_phys_inside(w->windows, pfn);
	bool above = pfn != KJ_NO_PFN && pfn > w->half_pfn;

	if (!(inside && w->in_window < w->want) && !(above && w->above_half < w->want))
		return false;
	w->in_window += inside;
	w->above_half += above;
	return true;
}

/* Slots [@from, @from + @n) have just been touched: keeps those whose frames are wanted. Returns how many. */
static uint64_t keep_wanted(struct goals *w, const struct region *g, uint64_t from, uint64_t n)
{
	uint64_t pfn[BATCH], kept = 0;
	int err = kj_phys_pfns(0, (uintptr_t)slot(g, from), n, pfn);

	if (err)
		kj_die(EX_NOINPUT, "/proc/self/pagemap: %s", strerror(-err));
	for (uint64_t i = 0; i < n; i++) {
		g->used[from + i] = goals_take(w, pfn[i]);
		kept += g->used[from + i];
	}
	return kept;
}

/*
 * User space cannot ask for frames, but it can take many and keep those that
 * it likes: touches slots until enough lie where they are wanted, keeps these
 * and as many others as it needs, gives back the rest.
 */
static void take_frames(const struct kj_mem_state *s, const struct region *g)
{
	/* at most half of the slots each, so that both fit */
	struct goals w = { .windows = &s->windows,
			   .half_pfn = kj_phys_half(),
			   .want = s->anon_pages / 2 < WANT_FRAMES ? s->anon_pages / 2 : WANT_FRAMES };
	uint64_t touched = 0, kept = 0;

	while (s->windows.n && touched < g->slots && (w.in_window < w.want || w.above_half < w.want) &&
	       kj_meminfo_pages("MemAvailable") > SEARCH_FLOOR + BATCH) {
		uint64_t n = g->slots - touched < BATCH ? g->slots - touched : BATCH;

		for (uint64_t i = 0; i < n; i++)
			*(volatile uint64_t *)slot(g, touched + i) = 1;
		kept += keep_wanted(&w, g, touched, n);
		touched += n;
	}
	for (uint64_t i = 0; i < g->slots && kept < s->anon_pages; i++)
		if (!g->used[i]) {
			g->used[i] = 1;
			kept++;
		}
	release_unused(g, touched);
}

/*
 * With huge pages configured the kernel keeps 45 MiB and more free, always the
 * top ones. While searching it makes do with less; should the search be one
 * page too greedy all the same, it is the search that dies.
 */
static void find_frames(const struct kj_mem_state *s, const struct region *g)
{
	char keep[32];

	if (kj_read_text(MIN_FREE, keep, sizeof(keep)) <= 0)
		kj_die(EX_NOINPUT, "%s: cannot be read", MIN_FREE);
	set_file("/proc/self/oom_score_adj", "1000");
	if (s->windows.n && strtoul(keep, NULL, 10) > 8192)
		set_file(MIN_FREE, "8192");
	take_frames(s, g);
	if (s->windows.n)
		set_file(MIN_FREE, keep);
	set_file("/proc/self/oom_score_adj", "0");
}

static void fill(const struct kj_mem_state *s, const struct region *g)
{
	for (uint64_t i = 0; i < g->slots; i++) {
		if (!g->used[i])
			continue;
		/* A page of zeros, too, must be a page of its own. */
		*(volatile uint64_t *)slot(g, i) = 1;
		kj_page_make(&s->content, s->tmpfs_pages + i, slot(g, i));
	}
}

static void check(const struct kj_mem_state *s, const struct region *g, struct kj_mem_report *r)
{
	for (uint64_t i = 0; i < g->slots; i++)
		if (g->used[i])
			kj_mem_verify(s, s->tmpfs_pages + i, slot(g, i), r);
}

static int stat_frames(const struct kj_mem_state *s, const struct region *g,
		       const struct kj_mem_request *q, struct kj_mem_report *r)
{
	uint64_t pfn[BATCH];

	for (uint64_t at = 0; at < g->slots; at += BATCH) {
		uint64_t n = g->slots - at < BATCH ? g->slots - at : BATCH;
		int err = kj_phys_pfns(0, (uintptr_t)slot(g, at), n, pfn);

		if (err)
			return err;
		for (uint64_t i = 0; i < n; i++) {
			if (!g->used[at + i])
				continue;
			r->pages++;
			r->noise += kj_page_class(&s->content, s->tmpfs_pages + at + i) ==
				    KJ_PAGE_NOISE;
			kj_mem_place(q, &pfn[i], 1, r);
		}
	}
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	(void)unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(fd, 4))
		kj_die(EX_OSERR, "%s: %s", path, strerror(errno));
	return fd;
}

static void serve(const struct kj_mem_state *s, const struct region *g, int fd)
{
	struct kj_mem_request q;
	struct kj_mem_report r;

	memset(&r, 0, sizeof(r));
	if (recv(fd, &q, sizeof(q), 0) != sizeof(q) || q.windows.n > KJ_MAX_WINDOWS)
		return;
	if (q.verb == KJ_MEM_CHECK)
		check(s, g, &r);
	else if (q.verb == KJ_MEM_STAT && stat_frames(s, g, &q, &r))
		return; /* no answer: the client says that it got none */
	(void)send(fd, &r, sizeof(r), MSG_NOSIGNAL);
	if (q.verb == KJ_MEM_STOP)
		_exit(0);
}

int kj_mem_hold(struct kj_mem_state *s)
{
	struct region g = { .slots = s->anon_slots };

	g.mem = map_anon(g.slots * KJ_PAGE);
	g.used = map_anon(g.slots);
	kj_proc_self(&s->holder);
	find_frames(s, &g);
	s->placed = 1;
	fill(s, &g);
	int fd = listen_at(KJ_SOCKET);

	s->ready = 1;
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			continue;
		serve(s, &g, c);
		close(c);
	}
}
