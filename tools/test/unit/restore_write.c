// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image written into a file that stands for memory: every page of it, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_write.h"
#include "mkimage.h"
#include "tap.h"

#define BEFORE 0xeb /* what memory holds at first */

static char img_path[256], mem_path[256];
static uint8_t *mem;

static void fresh_mem(size_t len)
{
	int fd = open(mem_path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)len))
		ok(0, "%s: cannot make", mem_path);
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(mem, BEFORE, len);
	close(fd);
}

/* Is page @pfn, free in A, one that is to be filled? */
static int is_filled(const struct mki *m, uint32_t pfn)
{
	return m->fill && m->kind[pfn] == MKI_FREE && (pfn & ~255u) != MKI_BARE;
}

static void make(struct mki *m, struct kj_img *img, uint32_t codec)
{
	m->codec = codec;
	m->limit = UINT64_MAX;
	m->swap = MKI_DATA;
	mki_make(m);
	mki_write(m, img_path);
	ok(!kj_img_open(img, img_path, 0) && !kj_img_index(img), "image opens: %s", img->why);
	fresh_mem(MKI_PAGES * 4096);
}

static void done(struct mki *m, struct kj_img *img)
{
	munmap(mem, MKI_PAGES * 4096);
	kj_img_close(img);
	free(m->file);
	free(m);
}

/* Pages that are not as they should be: of the image, and all others. */
static void count_wrong(const struct mki *m, int blank, uint64_t *held, uint64_t *others)
{
	uint8_t want[4096];
	uint32_t pfn;

	*held = *others = 0;
	for (pfn = 0; pfn < MKI_PAGES; pfn++) {
		const int kind = m->kind[pfn];

		memset(want, kind == MKI_ZERO ? 0 : is_filled(m, pfn) ? 0xaa : blank && kind == MKI_FREE ? 0 : BEFORE,
		       sizeof(want));
		if (kind == MKI_DATA)
			mki_page(pfn, want);
		if (memcmp(mem + (size_t)pfn * 4096, want, 4096))
			++*(kind > MKI_FREE ? held : others);
	}
}

static void test_all(uint32_t codec, uint32_t workers, int fill, int blank)
{
	struct mki *m = calloc(1, sizeof(*m));
	struct kj_write w = { .mem = mem_path, .workers = workers, .quiet = 1, .blank = blank };
	uint8_t page[4096] = "another one";
	uint64_t held, others;
	struct kj_img img;

	m->fill = fill;
	make(m, &img, codec);
	w.img = &img;
	is(kj_write_run(&w), 0, "written");
	is_str(w.why, "", "without a word");
	count_wrong(m, blank, &held, &others);
	is(held, 0, "every page of the image is there");
	is(others, 0, blank ? "what was left out is zero, the window and what is no RAM are untouched" :
			      "what was left out, the window, and what is no RAM are untouched");
	is(kj_write_page(&w, MKI_MBOX, page), 0, "one page more");
	ok(!memcmp(mem + (size_t)MKI_MBOX * 4096, page, 4096), "is there");
	is(-kj_write_page(&w, mki_window.start >> 12, page), ENOENT, "but none of the window");
	is(-kj_write_page(&w, MKI_PAGES * 2, page), ENOENT, "nor behind memory");
	done(m, &img);
}

static void test_damage(void)
{
	struct mki *m = calloc(1, sizeof(*m));
	struct kj_write w = { .mem = mem_path, .workers = 3, .quiet = 1 };
	const struct kj_le_entry *e;
	uint64_t u, n = 0;
	struct kj_img img;
	int fd;

	make(m, &img, 1);
	w.img = &img;
	/* the chunk in the middle */
	for (u = 0; u < img.nunits / 2 || !kj_get_le32(img.index[u].dlen); u++)
		;
	e = &img.index[u];
	fd = open(img_path, O_WRONLY);
	ok(pwrite(fd, "\377\0\377", 3, (off_t)kj_get_le64(e->off) + 700) == 3, "a damaged chunk");
	close(fd);
	is(-kj_write_run(&w), EBADMSG, "is noticed");
	ok(strstr(w.why, "checksum mismatch") != NULL, "and named: %s", w.why);
	for (u = 0; u < KJ_UNIT_BYTES; u++)
		n += mem[(kj_get_le64(e->pfn) << 12) + u] != BEFORE;
	is(n, 0, "no page of it is written");
	done(m, &img);
}

static void test_memory(void)
{
	struct mki *m = calloc(1, sizeof(*m));
	struct kj_write w = { .mem = mem_path, .workers = 2, .quiet = 1 };
	struct kj_img img;

	make(m, &img, 2);
	w.img = &img;
	/* memory that ends early: touching it kills the worker, and no sanitizer is to talk about it */
	signal(SIGBUS, SIG_DFL);
	ok(!truncate(mem_path, 8 << 20), "too little memory");
	is(-kj_write_run(&w), EPIPE, "a worker that dies is noticed");
	is_str(w.why, "a worker died", "and named");
	w.mem = "/nonexistent/mem";
	is(-kj_write_run(&w), ENOENT, "no memory at all");
	is_str(w.why, "/nonexistent/mem: No such file or directory", "says so");
	w.workers = 0;
	is(-kj_write_run(&w), EINVAL, "nobody to do it");
	done(m, &img);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";
	uint32_t i;

	snprintf(img_path, sizeof(img_path), "%s/write.img.%d", dir, (int)getpid());
	snprintf(mem_path, sizeof(mem_path), "%s/write.mem.%d", dir, (int)getpid());
	for (i = 0; i < 4; i++)
		test_all(i, 1 + 2 * i, 0, 0);
	test_all(1, 2, 1, 0);
	test_all(1, 2, 0, 1);
	test_all(1, 2, 1, 1);
	test_damage();
	test_memory();
	unlink(img_path);
	unlink(mem_path);
	return tap_done();
}
