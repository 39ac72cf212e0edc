// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image as it is loaded in stages: into a file, which takes pages at physical addresses as the kernel's does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_kexec.h"
#include "cmd/lib/restore_pool.h"
#include "cmd/lib/restore_stream.h"
#include "core/trampoline.h"
#include "mkimage.h"
#include "sys/stage.h"
#include "tap.h"

static char path[256], mem[256];

struct bench {
	struct mki m;
	struct kj_img img;
	struct kj_stream s;
	struct kj_runs runs;
	struct kj_kexec_sink sink;
	uint8_t tramp[4096];
};

static void make(struct bench *b, int fill)
{
	struct kj_runs count = { 0 };
	int fd;

	memset(b, 0, sizeof(*b));
	b->m.codec = 1;
	b->m.limit = UINT64_MAX;
	b->m.swap = MKI_DATA;
	b->m.fill = (uint32_t)fill;
	mki_make(&b->m);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ok(fd >= 0 && write(fd, b->m.file, b->m.len) == (ssize_t)b->m.len && !close(fd), "image written");
	ok(!kj_img_open(&b->img, path, 0) && !kj_img_index(&b->img), "image opens: %s", b->img.why);
	is(kj_stream_init(&b->s, &b->img, b->tramp), 0, "stream");
	kj_stream_plan(&b->s);
	is(kj_stream_pages(&b->s, &count), 0, "pages counted");
	is(count.pages, b->s.head.pages, "as many as will be sent");
	b->runs.run = calloc(count.n, sizeof(*b->runs.run));
	b->runs.cap = count.n - 1;
	is(kj_stream_pages(&b->s, &b->runs), -ENOSPC, "no room for the last run");
	b->runs = (struct kj_runs){ .run = b->runs.run, .cap = count.n };
	is(kj_stream_pages(&b->s, &b->runs), 0, "kept");
	is(b->runs.n, count.n, "as many runs");
	b->sink.runs = &b->runs;
	b->sink.buf = malloc(KJ_KEXEC_BUF);
	b->sink.fd = open(mem, O_RDWR | O_CREAT | O_TRUNC, 0600);
	b->s.sink = kj_kexec_take;
	b->s.sink_ctx = &b->sink;
}

static void done(struct bench *b)
{
	close(b->sink.fd);
	free(b->sink.buf);
	free(b->runs.run);
	kj_stream_free(&b->s);
	kj_img_close(&b->img);
	free(b->m.file);
}

static int run(struct bench *b, int *from_sink)
{
	struct kj_pool pool;
	int err = kj_pool_start(&pool, &b->img, 2);

	if (!err)
		err = kj_stream_bare(&b->s, &pool, from_sink);
	if (!err)
		err = kj_kexec_flush(&b->sink);
	return kj_pool_end(&pool) ? -ECHILD : err;
}

/* Every page of A's as it has to be, and nothing elsewhere. */
static uint64_t wrong_pages(const struct bench *b)
{
	uint64_t pfn, bad = 0;
	uint8_t page[4096];
	uint32_t i;

	for (pfn = 0; pfn < MKI_PAGES; pfn++) {
		uint8_t want[4096] = { 0 };

		if (b->m.kind[pfn] == MKI_DATA)
			mki_page((uint32_t)pfn, want);
		for (i = 0; i < b->s.npatch; i++)
			if (b->s.patch[i].pfn == pfn)
				memcpy(want, b->s.patch[i].page, 4096);
		if (kj_fill_page(&b->s.fill, pfn))
			memcpy(want, kj_fill_page(&b->s.fill, pfn), 4096);
		memset(page, 0, sizeof(page));
		if (pread(b->sink.fd, page, 4096, (off_t)(pfn << 12)) < 0)
			bad++;
		bad += memcmp(page, want, 4096) != 0;
	}
	return bad;
}

static void test_whole(struct bench *b, int fill)
{
	int from_sink = 1;

	make(b, fill);
	is(run(b, &from_sink), 0, "loads");
	is(from_sink, 0, "without complaint");
	is(wrong_pages(b), 0, "every page where it belongs");
	done(b);
}

static void test_refused(struct bench *b)
{
	int from_sink = 0;

	make(b, 0);
	/* one page less than the stream has */
	b->runs.run[b->runs.n - 1].n--;
	is(run(b, &from_sink), -EMSGSIZE, "a page more than was declared");
	is(from_sink, 1, "said by the sink");
	done(b);

	make(b, 0);
	close(b->sink.fd);
	b->sink.fd = open(mem, O_RDONLY);
	from_sink = 0;
	is(run(b, &from_sink), -EBADF, "a kernel that takes nothing");
	is(from_sink, 1, "said by the sink");
	done(b);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";
	struct bench *b = malloc(sizeof(*b));

	snprintf(path, sizeof(path), "%s/restore_kexec.%d", dir, (int)getpid());
	snprintf(mem, sizeof(mem), "%s/restore_kexec_mem.%d", dir, (int)getpid());
	test_whole(b, 0);
	test_whole(b, 1);
	test_refused(b);
	ok(kj_kexec_memory() >= KJ_KEXEC_BUF, "what it takes");
	is(kj_stage_open(0, NULL, 0), -EINVAL, "no segments: nothing is asked of the kernel");
	is(kj_stage_commit(-1), -EBADF, "no file to commit");
	unlink(path);
	unlink(mem);
	free(b);
	return tap_done();
}
