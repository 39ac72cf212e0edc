// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image read, verified and turned into the stream for /dev/snapshot, with a consumer that
 * takes it as snapshot_write_next() of kernel/power/snapshot.c does.
 *
 * With `--make FILE [CODEC]` it only writes such an image, with `--make-mem FILE` memory with the
 * mailbox of mkcore.h's A in it, for the cli tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_pool.h"
#include "cmd/lib/restore_stream.h"
#include "mkcore.h"
#include "mkimage.h"
#include "tap.h"

static char path[256];

/* ---- the kernel's side ---- */

struct fake {
	uint64_t cur, meta, pages;
	uint8_t seen[MKI_PAGES];	/* announced */
	uint32_t next;			/* search for the next page from here */
	const struct mki *m;
	const struct kj_stream *s;
	uint64_t bad;			/* pages with another content than they should have */
	uint64_t stop_at;		/* refuse this page, 0: none */
};

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static void check_data(struct fake *f, const uint8_t *page)
{
	uint8_t want[4096] = { 0 };
	uint32_t i, pfn = f->next;

	while (pfn < MKI_PAGES && !f->seen[pfn])
		pfn++;
	f->next = pfn + 1;
	if (pfn >= MKI_PAGES) {
		f->bad++;
		return;
	}
	if (f->m->kind[pfn] == MKI_DATA)
		mki_page(pfn, want);
	for (i = 0; i < f->s->npatch; i++)
		if (f->s->patch[i].pfn == pfn)
			memcpy(want, f->s->patch[i].page, 4096);
	if (kj_fill_page(&f->s->fill, pfn))
		memcpy(want, kj_fill_page(&f->s->fill, pfn), 4096);
	f->bad += memcmp(page, want, 4096) != 0;
}

static int fake_write(void *ctx, const uint8_t page[4096])
{
	struct fake *f = ctx;
	unsigned int i;

	if (f->stop_at && f->cur == f->stop_at)
		return -ENOMEM;
	if (!f->cur) {
		f->pages = get64(page + 416);
		f->meta = get64(page + 424) - f->pages - 1;
	} else if (f->cur <= f->meta) {
		for (i = 0; i < 512 && get64(page + 8 * i) != UINT64_MAX; i++) {
			if (get64(page + 8 * i) >= MKI_PAGES)
				f->bad++;
			else
				f->seen[get64(page + 8 * i)]++;
		}
	} else if (f->cur > f->meta + f->pages) {
		return -EIO;
	} else {
		check_data(f, page);
	}
	f->cur++;
	return 0;
}

/* ---- whole streams ---- */

static int run(struct fake *f, const struct kj_stream *s, const struct kj_img *img,
	       uint32_t workers, struct kj_pool *pool)
{
	int err, from_sink = 0;

	err = kj_pool_start(pool, img, workers);
	if (!err)
		err = kj_stream_run(s, pool, &from_sink);
	if (err && !from_sink && f)
		f->cur = UINT64_MAX;
	return kj_pool_end(pool) ? -ECHILD : err;
}

/* Every page that is to be filled is named once, by the list or by its tail, and no other. */
static void check_fill(const struct mki *m, const struct kj_fill_list *l)
{
	uint8_t *named = calloc(1, MKI_PAGES);
	uint64_t wrong = 0, n, i, at = 0;
	uint32_t t = 0;

	is(l->f.list, l->pfn << 12, "where the list is");
	for (;;) {
		uint64_t e = t < l->f.ntail && at == UINT64_MAX ? l->f.tail[t++] : 0;

		if (at != UINT64_MAX) {
			e = get64(l->buf + at);
			at += 8;
			if (!(e & 4095)) {
				at = e ? at : UINT64_MAX;
				wrong += e && e != (l->pfn + at / 4096) << 12;
				continue;
			}
		} else if (!e) {
			break;
		}
		for (i = e >> 12, n = e & 4095; n; n--, i++)
			named[i < MKI_PAGES ? i : 0]++;
	}
	for (i = 0; i < MKI_PAGES; i++)
		wrong += named[i] != (m->kind[i] == MKI_FREE && (i & ~255ull) != MKI_BARE);
	is(wrong, 0, "each page to be filled is listed once");
	free(named);
}

static void test_fill(void)
{
	struct mki *m = calloc(1, sizeof(*m));
	struct fake *f = calloc(1, sizeof(*f));
	uint8_t tramp[4096];
	struct kj_stream s;
	struct kj_pool pool;
	struct kj_img img;
	uint64_t i, wrong = 0;

	m->codec = 1;
	m->limit = UINT64_MAX;
	m->swap = MKI_DATA;
	m->fill = 1;
	mki_make(m);
	mki_write(m, path);
	ok(!kj_img_open(&img, path, 0) && !kj_img_index(&img), "image opens: %s", img.why);
	is(kj_stream_init(&s, &img, tramp), 0, "stream");
	ok(s.fill.n >= 2, "a list of %llu pages", (unsigned long long)s.fill.n);
	check_fill(m, &s.fill);
	kj_stream_plan(&s);
	is(s.head.pages, m->stored + s.fill.n, "pages announced");
	f->m = m;
	f->s = &s;
	s.sink = fake_write;
	s.sink_ctx = f;
	is(run(f, &s, &img, 2, &pool), 0, "stream runs");
	is(f->bad, 0, "contents");
	for (i = 0; i < MKI_PAGES; i++)
		wrong += f->seen[i] != (m->kind[i] > MKI_FREE || kj_fill_page(&s.fill, i) != NULL);
	is(wrong, 0, "the list comes along");
	ok(!memcmp(tramp, "\xf3\x0f\x1e\xfa", 4) && tramp[0x2b] == 0x48 && get64(tramp + 0x2d) == s.fill.f.list,
	   "the trampoline knows it");
	kj_stream_free(&s);
	kj_img_close(&img);
	free(m->file);
	free(m);
	free(f);
}

static void test_stream(uint32_t codec, uint64_t limit, enum mki_kind swap, uint32_t workers,
			int mailbox)
{
	struct mki *m = calloc(1, sizeof(*m));
	struct fake *f = calloc(1, sizeof(*f));
	uint8_t tramp[4096], mbox[4096] = "patched";
	uint64_t announced = 0, wrong = 0, i;
	struct kj_stream s;
	struct kj_pool pool;
	struct kj_img img;

	m->codec = codec;
	m->limit = limit;
	m->swap = swap;
	mki_make(m);
	mki_write(m, path);
	ok(!kj_img_open(&img, path, 0) && !kj_img_index(&img), "image opens: %s", img.why);
	is(kj_stream_init(&s, &img, tramp), 0, "stream");
	if (mailbox)
		is(kj_stream_patch(&s, MKI_MBOX, mbox), 0, "mailbox goes in");
	kj_stream_plan(&s);
	is(s.head.pages, m->stored + (swap == MKI_FREE), "pages announced");
	f->m = m;
	f->s = &s;
	s.sink = fake_write;
	s.sink_ctx = f;
	is(run(f, &s, &img, workers, &pool), 0, "stream runs");
	is(f->cur, 1 + f->meta + f->pages, "as many pages as the header says");
	for (i = 0; i < MKI_PAGES; i++) {
		announced += f->seen[i];
		wrong += f->seen[i] != (m->kind[i] > MKI_FREE || i == MKI_SWAP);
	}
	is(announced, s.head.pages, "numbers");
	is(wrong, 0, "of the right pages, each once");
	is(f->bad, 0, "contents");
	kj_img_close(&img);
	free(m->file);
	free(m);
	free(f);
}

/* ---- refusals ---- */

static void test_damage(void)
{
	struct mki m = { .codec = 3, .limit = UINT64_MAX, .swap = MKI_DATA };
	uint64_t off, missed = 0, n = 0, passed_on = 0;
	struct kj_stream s;
	struct kj_pool pool;
	struct kj_img img;
	uint8_t tramp[4096];

	mki_make(&m);
	off = kj_get_le64(((struct kj_le_image *)m.file)->data_off);
	/* one flipped bit anywhere in the chunks */
	for (; off < m.len; off += 21 * 4096 + 1237, n++) {
		struct fake *f = calloc(1, sizeof(*f));
		int err;

		m.file[off] ^= 0x10;
		mki_write(&m, path);
		m.file[off] ^= 0x10;
		err = kj_img_open(&img, path, 0);
		if (!err)
			err = kj_img_index(&img);
		ok(!err, "damage at %llu is not in the index", (unsigned long long)off);
		kj_stream_init(&s, &img, tramp);
		kj_stream_plan(&s);
		f->m = &m;
		f->s = &s;
		s.sink = fake_write;
		s.sink_ctx = f;
		err = run(NULL, &s, &img, 3, &pool);
		missed += err != -EBADMSG || !pool.why[0];
		passed_on += f->bad;
		kj_img_close(&img);
		free(f);
	}
	ok(n > 20 && !missed, "%llu flipped bits found", (unsigned long long)n);
	is(passed_on, 0, "and no page of a damaged unit was passed on");
	free(m.file);
}

static int open_changed(struct mki *m, size_t at, size_t len)
{
	struct kj_img img;
	int err;

	m->file[at] ^= 1;
	mki_write(m, path);
	m->file[at] ^= 1;
	if (len && truncate(path, (off_t)len))
		return 1;
	err = kj_img_open(&img, path, 0);
	if (!err) {
		err = img.state_err ? -ESTALE : kj_img_index(&img);
		kj_img_close(&img);
	}
	return err;
}

static void test_open(void)
{
	struct mki m = { .codec = 1, .limit = UINT64_MAX, .swap = MKI_DATA };
	struct kj_img img;
	uint64_t bad = 0;
	size_t i;

	mki_make(&m);
	is(open_changed(&m, 0, 0), -ENOMSG, "another magic: no image");
	is(open_changed(&m, 100, 0), -EBADMSG, "damaged header");
	is(open_changed(&m, 4096 + 30, 0), -ESTALE, "damaged state");
	for (i = 8192; i < 12288; i += 61)
		bad += open_changed(&m, i, 0) != -EBADMSG;
	is(bad, 0, "damage anywhere in the index");
	is(open_changed(&m, m.len - 1, m.len - 1), -EBADMSG, "truncated by a byte");
	is(open_changed(&m, m.len - 1, 8192), -EBADMSG, "truncated behind the state");
	is(open_changed(&m, m.len - 1, 5000), -ENOMSG, "no room for a header");
	is(kj_img_open(&img, "/nonexistent", 0), -ENOENT, "no such file");
	ok(img.why[0], "and why: %s", img.why);
	is(kj_img_open(&img, "/dev/null", 0), -EINVAL, "neither file nor block device");
	free(m.file);
}

static int stop_tick(void *ctx, uint64_t pages)
{
	return pages > *(uint64_t *)ctx ? -EINTR : 0;
}

static void test_stop(void)
{
	struct mki m = { .codec = 1, .limit = UINT64_MAX, .swap = MKI_DATA };
	struct fake *f = calloc(1, sizeof(*f));
	uint64_t after = 1000;
	struct kj_stream s;
	struct kj_pool pool;
	struct kj_img img;
	uint8_t tramp[4096], page[4096];
	int from_sink = 0;

	mki_make(&m);
	mki_write(&m, path);
	is(kj_img_open(&img, path, 0) || kj_img_index(&img), 0, "image");
	kj_stream_init(&s, &img, tramp);
	is(kj_stream_patch(&s, MKI_SWAP, page), -EEXIST, "one page cannot be replaced twice");
	kj_stream_plan(&s);
	s.sink = fake_write;
	s.sink_ctx = f;
	f->m = &m;
	f->s = &s;
	s.tick = stop_tick;
	s.tick_ctx = &after;
	is(run(NULL, &s, &img, 4, &pool), -EINTR, "a signal stops it");
	memset(f, 0, sizeof(*f));
	f->m = &m;
	f->s = &s;
	f->stop_at = 700;
	s.tick = NULL;
	is(kj_pool_start(&pool, &img, 4), 0, "pool");
	is(kj_stream_run(&s, &pool, &from_sink), -ENOMEM, "the kernel's refusal");
	is(from_sink, 1, "is known as the kernel's");
	is(kj_pool_end(&pool), 0, "workers are gone");
	is(kj_pool_start(&pool, &img, 0), -EINVAL, "no workers");
	is(kj_pool_start(&pool, &img, KJ_POOL_MAX + 1), -EINVAL, "too many workers");
	/* a worker that dies */
	is(kj_pool_start(&pool, &img, 2), 0, "pool");
	kj_workers_kill(&pool.workers);
	memset(f, 0, sizeof(*f));
	f->m = &m;
	f->s = &s;
	is(kj_stream_run(&s, &pool, &from_sink), -EPIPE, "a dead worker is noticed");
	is(from_sink, 0, "and is not the kernel's fault");
	is(kj_pool_end(&pool), -ECHILD, "and was lost");
	kj_img_close(&img);
	free(m.file);
	free(f);
}

static void test_page(void)
{
	struct mki m = { .codec = 2, .limit = UINT64_MAX, .swap = MKI_FREE };
	struct kj_img_work w;
	struct kj_img img;
	uint64_t bad = 0;
	uint32_t pfn;

	mki_make(&m);
	mki_write(&m, path);
	is(kj_img_open(&img, path, 0) || kj_img_index(&img) || kj_img_work_init(&w), 0, "image");
	for (pfn = 0; pfn < MKI_PAGES; pfn += 13) {
		uint8_t page[4096], want[4096] = { 0 };
		int stored = m.kind[pfn] > MKI_FREE;

		if (m.kind[pfn] == MKI_DATA)
			mki_page(pfn, want);
		bad += kj_img_has(&img, pfn) != stored;
		bad += kj_img_page(&img, &w, pfn, page) != (stored ? 0 : -ENOENT);
		bad += stored && memcmp(page, want, 4096);
	}
	is(bad, 0, "single pages");
	is(kj_img_has(&img, UINT64_MAX), 0, "a page that no machine has");
	kj_img_work_free(&w);
	kj_img_close(&img);
	free(m.file);
}

static int make(int argc, char **argv)
{
	struct mki m = { .codec = argc > 3 ? (uint32_t)atoi(argv[3]) : 3, .limit = UINT64_MAX,
			 .swap = MKI_DATA };

	snprintf(path, sizeof(path), "%s", argv[2]);
	mki_make(&m);
	mki_write(&m, path);
	printf("STORED=%llu\nLEN=%zu\n", (unsigned long long)m.stored, m.len);
	free(m.file);
	return 0;
}

static int make_mem(const char *name)
{
	struct kj_le_mbox m;
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	memset(&m, 0, sizeof(m));
	memcpy(m.nonce, mk_nonce, 16);
	kj_block_seal(&m, KJ_MBOX_MAGIC);
	return fd < 0 || pwrite(fd, &m, sizeof(m), MK_MBOX) != sizeof(m) ||
	       ftruncate(fd, 4 << 20) || close(fd);
}

int main(int argc, char **argv)
{
	static const uint64_t limits[] = { 511, 512, 513, 1024, UINT64_MAX };
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";
	uint32_t i;

	if (argc > 2 && !strcmp(argv[1], "--make"))
		return make(argc, argv);
	if (argc == 3 && !strcmp(argv[1], "--make-mem"))
		return make_mem(argv[2]);
	snprintf(path, sizeof(path), "%s/restore.%d", dir, (int)getpid());
	for (i = 0; i < 4; i++)
		test_stream(i, UINT64_MAX, MKI_DATA, 1 + i, i & 1);
	for (i = 0; i < 5; i++)
		test_stream(1, limits[i], MKI_DATA, 2, 0);
	/* the trampoline's page need not be in the image, and counts then */
	test_stream(1, 511, MKI_FREE, 2, 0);
	test_stream(1, 512, MKI_FREE, 2, 0);
	test_stream(1, UINT64_MAX, MKI_FREE, 2, 1);
	test_stream(1, UINT64_MAX, MKI_ZERO, 2, 1);
	test_stream(1, UINT64_MAX, MKI_DATA, KJ_POOL_MAX, 1);
	test_fill();
	test_damage();
	test_open();
	test_stop();
	test_page();
	unlink(path);
	return tap_done();
}
