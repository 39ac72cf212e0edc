// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd/lib/amem: a whole little A (mkcore.h) read through both views, and cores that lie; must never need a real vmcore.
 *
 * `amem --gen DIR` writes the same cores, and images and targets, as files for the cli tests.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/amem.h"
#include "core/image.h"
#include "mkcore.h"
#include "tap.h"

static struct kj_amem m;
static struct mk_core c;
static char path[4096];
static uint8_t buf[64 * 4096];

static void save_as(const char *name, const void *p, size_t len)
{
	FILE *f = fopen(name, "wb");

	if (!f || fwrite(p, 1, len, f) != len || fclose(f)) {
		perror(name);
		exit(1);
	}
}

static int open_core(void)
{
	save_as(path, c.file, c.size);
	return kj_amem_open(&m, path);
}

static int holds(const uint8_t *p, uint64_t page)
{
	for (unsigned int i = 0; i < 512; i++) {
		le64 v;

		memcpy(&v, p + 8 * i, 8);
		if (kj_get_le64(v) != mk_word(page, i))
			return 0;
	}
	return 1;
}

static int is_zero(const uint8_t *p, size_t len)
{
	while (len && !p[len - 1])
		len--;
	return !len;
}

/* Page @pa by @read and by locate and map agrees with what A had there. */
static int page_is_right(uint64_t pa)
{
	int special = (pa >= MK_CP && pa <= MK_LIST) || pa == MK_JOB;
	uint64_t at = 0;
	int in_window = kj_ranges_contain(&mk_window, pa, 4096);
	int err = kj_amem_locate(&m, pa, &at), good;
	const uint8_t *p;

	if (kj_amem_read(&m, pa, buf, 4096))
		return 0;
	if (mk_is_hole(pa)) {
		good = err == -ENXIO && is_zero(buf, 4096);
		return good && kj_amem_is_backup(&m, pa) == !in_window;
	}
	if (err || kj_amem_is_backup(&m, pa) || kj_amem_map(&m, at, 4096, &p))
		return 0;
	good = !memcmp(p, buf, 4096) && (special || holds(buf, pa));
	kj_amem_unmap(&m, p, 4096);
	return good;
}

static void test_jump(enum mk_kind kind, const char *name)
{
	int good = 1;
	uint64_t at;

	mk_core(&c, kind);
	if (!is(open_core(), 0, name))
		printf("# %s\n", m.why);
	ok(m.is_jump && !m.is_logical, "%s: a jump", name);
	is(m.map.npages, MK_WINDOW_PAGES, "pages of the map");
	is(m.map.nfree, 10, "free pages of the map");
	ok(m.cp.table == MK_CP + 0x1000 && m.cp.swap == MK_CP + 0x2000 && m.cp.cr4 == 0x1020, "%s: control page", name);
	for (uint32_t i = 0; i < mk_ram.n; i++)
		for (uint64_t pa = mk_ram.r[i].start; pa < mk_ram.r[i].end; pa += 4096)
			if (!page_is_right(pa)) {
				printf("# page 0x%llx\n", (unsigned long long)pa);
				good = 0;
			}
	ok(good, "%s: every page of RAM", name);
	is(-kj_amem_locate(&m, 0xa0000, &at), EFAULT, "locate what is not RAM");
	kj_amem_close(&m);
}

/* What the kernel's own core header says beside the map; and a map that lies. */
static void test_pages(void)
{
	struct kj_facts f;

	mk_core(&c, MK_JUMP_PAGES);
	is(open_core(), 0, "open");
	is(m.ram.n, 3, "memory that was plugged in is there");
	is(kj_amem_read(&m, 0x501000, buf, 4096), 0, "and can be read");
	ok(holds(buf, 0x501000), "its content");
	is(kj_note_parse(m.notes, m.notes_len, &f), KJ_OK, "the notes for a dump");
	ok(f.have & KJ_HAVE(KJ_NT_VIEW) && !(f.have & KJ_HAVE(KJ_NT_PAGES)), "have no map any more");
	is(f.have | KJ_HAVE(KJ_NT_PAGES), 0x5fe, "but all others");
	ok(f.vmcoreinfo_len && m.vi.text == (const char *)m.notes + f.vmcoreinfo_off, "VMCOREINFO is where it is looked for");
	kj_amem_close(&m);
	mk_core(&c, MK_JUMP_PAGES);
	mk_put(c.file + c.pages_desc + 48, 0x302000, 8);
	mk_put(c.file + c.pages_desc + 56, 0x302000, 8);
	is(-open_core(), EBADMSG, "a source twice, and no list either");
}

static void test_reads(void)
{
	uint8_t one[24];
	const uint8_t *p;

	mk_core(&c, MK_JUMP);
	is(open_core(), 0, "open");
	is(kj_amem_read(&m, 0x1ff000, buf, 0x20 * 4096), 0, "a read from outside through the window");
	ok(holds(buf, 0x1ff000) && holds(buf + 4096, 0x200000) && holds(buf + 0x1f * 4096, 0x21e000), "is A's");
	is(kj_amem_read(&m, 0x23f000, buf, 8192), 0, "out of the window");
	ok(is_zero(buf, 4096) && holds(buf + 4096, 0x240000), "a free page, then RAM");
	is(kj_amem_read(&m, 0x2fffff, one, 2), 0, "two bytes over a border");
	ok(one[0] == (uint8_t)(mk_word(0x2ff000, 511) >> 56) && !one[1], "RAM, then a backup page");
	is(kj_amem_read(&m, 0x201ffc, one, 8), 0, "eight bytes over two backup pages");
	ok(!memcmp(one, (uint8_t[]){ (uint8_t)(mk_word(0x201000, 511) >> 32) }, 1), "the right ones");
	is(kj_amem_reader(&m, 0x202000, one, 8), 0, "callback form");
	is(one[0], (uint8_t)mk_word(0x202000, 0), "its byte");
	is(-kj_amem_read(&m, 0x9eff0, buf, 32), EFAULT, "a read over the end of RAM");
	is(-kj_amem_read(&m, 0, buf, 1), EFAULT, "a read of page 0");
	is(-kj_amem_read(&m, UINT64_MAX, buf, 2), EFAULT, "a read over the end of everything");
	is(kj_amem_read(&m, 0, buf, 0), 0, "a read of nothing");
	is(-kj_amem_read_phys(&m, 0x200000, buf, 8), EFAULT, "physical: the window cannot be had");
	is(-kj_amem_read_phys(&m, 0x1ff000, buf, 0x1001), EFAULT, "physical: not by a long read either");
	is(kj_amem_read_phys(&m, 0x300000, buf, 4096), 0, "physical: a backup page");
	ok(holds(buf, mk_owner(0x300000)), "physical: holds another's content");
	is(kj_amem_run(&m, 0x11000, UINT64_MAX), 0x8e000, "run: to the end of the load");
	is(kj_amem_run(&m, 0x11000, 0x3fff), 0x3000, "run: whole pages only");
	is(kj_amem_run(&m, 0x11001, 4096), 0, "run: unaligned");
	is(kj_amem_run(&m, 0x1000, 4096), 0, "run: window");
	is(kj_amem_map(&m, 0x240000, 0x100000, &p), 0, "map a MiB");
	ok(holds(p, 0x240000), "its content");
	kj_amem_unmap(&m, p, 0x100000);
	is(-kj_amem_map(&m, 0x240000, 0x200000, &p), EFAULT, "map beyond the load");
	is(-kj_amem_map(&m, 0x240001, 4096, &p), EINVAL, "map unaligned");
	is(-kj_amem_map(&m, 0x240000, 0, &p), EINVAL, "map nothing");
	if (truncate(path, (off_t)c.size - 4096))
		exit(1);
	is(-kj_amem_read(&m, 0x3ff000, buf, 8), EIO, "a file that became shorter");
	kj_amem_close(&m);
	kj_amem_close(&m);
}

static void test_other_cores(void)
{
	const uint8_t *p;
	uint64_t at;

	mk_core(&c, MK_LOGICAL);
	is(open_core(), 0, "a dump in ELF format");
	ok(m.is_logical && !m.is_jump && !m.map.n, "needs no map");
	is(kj_amem_read(&m, 0x1ff000, buf, 8192), 0, "read across the window's border");
	ok(holds(buf, 0x1ff000) && holds(buf + 4096, 0x200000), "as the file says");
	is(kj_amem_locate(&m, 0x200000, &at), 0, "a window page");
	is(at, 0x200000, "lies at its own address");
	kj_amem_close(&m);
	mk_core(&c, MK_CRASH);
	is(open_core(), 0, "a crash without notes of ours");
	ok(!m.is_jump && !m.facts.have && m.facts.nprstatus == 2, "two PT_NOTEs joined");
	ok(m.vi.len == 66 && m.elf.ntext == 1, "VMCOREINFO, text apart");
	ok(m.ram.n == 3 && m.ram.r[0].start == 0x11000, "RAM from the PT_LOADs");
	is(kj_amem_read(&m, 0x12000, buf, 4096), 0, "read where text and RAM both are");
	is(-kj_amem_read(&m, 0x1000, buf, 8), EFAULT, "not in the file");
	is(kj_amem_hole(&m, 0x1000, 1 << 20), 0x10000, "nor is what follows, up to the first load");
	is(kj_amem_hole(&m, 0x1000, 0x3000), 0x3000, "no more than was asked for");
	is(kj_amem_hole(&m, 1ull << 40, 1 << 20), 1 << 20, "behind the last one");
	kj_amem_close(&m);
	/* an offset that no mmap takes: data from one byte further on */
	mk_core(&c, MK_CRASH);
	mk_put(c.file + 64 + 56 * 4 + 8, MK_DATA + 1, 8);
	mk_put(c.file + 64 + 56 * 4 + 32, 0x1000, 8);
	is(open_core(), 0, "a load at an odd offset");
	is(kj_amem_map(&m, 0x11000, 4096, &p), 0, "is copied, not mapped");
	ok(!memcmp(p, c.file + MK_DATA + 1, 4096), "its bytes");
	kj_amem_unmap(&m, p, 4096);
	kj_amem_close(&m);
	mk_core(&c, MK_CRASH);
	mk_put(c.file + 64 + 56 * 4 + 24, 0x11800, 8);
	mk_put(c.file + 64 + 56 * 4 + 32, 0x1000, 8);
	is(open_core(), 0, "a load between two pages");
	is(kj_amem_hole(&m, 0x10000, 1 << 20), 0x2000, "does not make the first one whole");
	is(kj_amem_hole(&m, 0x12000, 1 << 20), 0x1000, "nor the second");
	kj_amem_close(&m);
}

/* A core that differs from @kind by @len bytes of @v at @off must fail with @want and say @why. */
static void lie(enum mk_kind kind, size_t off, uint64_t v, int len, int want, const char *why)
{
	mk_core(&c, kind);
	mk_put(c.file + off, v, len);
	is(-open_core(), want, why);
	if (!strstr(m.why, why))
		ok(0, "'%s' says '%s'", m.why, why);
}

static size_t file_of(uint64_t pa)
{
	mk_core(&c, MK_JUMP);
	return (size_t)(mk_at(&c, pa) - c.file);
}

static void test_lies(void)
{
	size_t re = MK_NOTES + 12 + 8 + 8;

	is(-kj_amem_open(&m, "/nonexistent/vmcore"), ENOENT, "no such file");
	is(-kj_amem_open(&m, "/"), EISDIR, "a directory");
	is(-kj_amem_open(&m, "/dev/null"), ENODEV, "a character device");
	lie(MK_JUMP, 0, 0, 1, ENOEXEC, "no ELF64 x86-64 core");
	lie(MK_JUMP, 20, 2, 4, EBADMSG, "ELF header: unknown version");
	lie(MK_JUMP, 64 + 56 + 8, 1ull << 40, 8, EBADMSG, "program headers: truncated");
	lie(MK_JUMP, 56, 0xffff, 2, EBADMSG, "ELF header: malformed");
	lie(MK_JUMP, 32, 1ull << 40, 8, EBADMSG, "program headers: truncated");
	lie(MK_JUMP, 64 + 32, 17u << 20, 8, EBADMSG, "program headers: truncated");
	lie(MK_JUMP, MK_NOTES + 4, 0x7fffffff, 4, EBADMSG, "notes: truncated");
	ok(!m.facts.have, "no facts from notes that do not parse");
	lie(MK_JUMP, re, 0x200000, 8, EBADMSG, "re-entry address 0x200000: not in A's memory");
	lie(MK_JUMP, re, 0xa0000, 8, EBADMSG, "re-entry address 0xa0000: not in A's memory");
	lie(MK_JUMP, re, 0x150123, 8, EBADMSG, "backup pages map of control page 0x150000: not found");
	is(m.facts.re, 0x150123, "its re-entry address can still be read");
	lie(MK_JUMP, file_of(MK_LIST), 0x300000 | 8, 8, EBADMSG, "backup pages map of control page 0x110000: malformed");
	lie(MK_JUMP, file_of(MK_LIST) + 8, 0x302000 | 8, 8, EBADMSG, "ranges overlap");
	lie(MK_JUMP_NOTE, file_of(MK_LIST), 0, 8, EBADMSG, "malformed");
	/* the first PT_LOAD grows down into the window */
	lie(MK_JUMP, 64 + 56 + 24, 0x10000, 8, EBADMSG, "they hold a part of the window");
	/* the window note becomes an unknown one */
	lie(MK_JUMP, MK_NOTES + 36 + 8, 77, 4, EBADMSG, "no window or no memory ranges");
	mk_core(&c, MK_JUMP);
	mk_put(c.file + re, 0, 8);
	is(open_core(), 0, "no re-entry address");
	ok(!m.is_jump && m.facts.have, "notes of ours without a re-entry address: a crash");
	kj_amem_close(&m);
	mk_core(&c, MK_JUMP);
	c.size = 40;
	is(-open_core(), ENOEXEC, "40 bytes");
	c.size = 0;
	is(-open_core(), ENOEXEC, "an empty file");
}

/* ---- files for the cli tests and the seed corpora ---- */

static const char *dir;

static void gen(const char *name, const void *p, size_t len)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	save_as(path, p, len);
}

static void gen_cores(void)
{
	mk_core(&c, MK_JUMP);
	gen("jump", c.file, c.size);
	gen("notes", c.file + MK_NOTES, c.notes_len);
	gen("headers", c.file, 64 + 56 * c.nph);
	gen("list", mk_at(&c, MK_LIST), 4096);
	gen("control", mk_at(&c, MK_CP), 4096);
	gen("jobpage", mk_at(&c, MK_JOB), 4096);
	c.file[(size_t)(mk_at(&c, MK_JOB) - c.file) + 100] ^= 1;
	gen("badjob", c.file, c.size);
	mk_core(&c, MK_JUMP);
	mk_at(&c, MK_JOB)[12] = 0;
	kj_block_seal(mk_at(&c, MK_JOB), KJ_JOB_MAGIC);
	gen("unarmed", c.file, c.size);
	mk_core(&c, MK_JUMP);
	memset(c.file + c.job_desc + 8, 0, 8);
	gen("nojob", c.file, c.size);
	mk_core(&c, MK_JUMP);
	mk_put(mk_at(&c, MK_LIST) + 8, 0, 8);
	gen("badmap", c.file, c.size);
	mk_core(&c, MK_JUMP);
	mk_put(c.file + MK_NOTES + 4, 0x7fffffff, 4);
	gen("badnotes", c.file, c.size);
	mk_core(&c, MK_JUMP_NOTE);
	gen("jumpnote", c.file, c.size);
	mk_core(&c, MK_JUMP_PAGES);
	gen("jumppages", c.file, c.size);
	mk_core(&c, MK_JUMP_LIE);
	gen("jumplie", c.file, c.size);
	mk_core(&c, MK_LOGICAL);
	gen("logical", c.file, c.size);
	mk_core(&c, MK_CRASH);
	gen("crash", c.file, c.size);
}

static void gen_target(void)
{
	const size_t size = 1 << 20;
	struct kj_le_label l = { .dev_size = kj_put_le64(size) };
	struct kj_le_record r = { .state = kj_put_le32(KJ_REC_PENDING), .mode = kj_put_le32(KJ_MODE_SNAPSHOT),
				  .t_pending = kj_put_le64(1700000001), .text = "it's $HOME \"`x`\"\n\x80\\ end" };
	uint8_t *t = c.file;

	memset(t, 0, size);
	gen("nothing", t, size);
	memset(l.uuid, 0xab, 16);
	kj_block_seal(&l, KJ_LABEL_MAGIC);
	memcpy(t + kj_label_offset(size), &l, sizeof(l));
	gen("label", t, size);
	l.dev_size = kj_put_le64(size + 1);
	kj_block_seal(&l, KJ_LABEL_MAGIC);
	memcpy(t + kj_label_offset(size), &l, sizeof(l));
	gen("othersize", t, size);
	l.dev_size = kj_put_le64(size);
	kj_block_seal(&l, KJ_LABEL_MAGIC);
	memcpy(t + kj_label_offset(size), &l, sizeof(l));
	kj_block_seal(&r, KJ_RECORD_MAGIC);
	memcpy(t + kj_record_offset(size), &r, sizeof(r));
	gen("record", t, size);
	gen("grown", t, size + 4096);
	t[kj_record_offset(size) + 100] ^= 1;
	gen("badrecord", t, size);
	t[kj_label_offset(size) + 100] ^= 1;
	gen("badlabel", t, size);
}

static void gen_image(void)
{
	static struct kj_le_image h;
	static struct kj_le_state s;
	const size_t size = 1 << 20;
	uint8_t *t = c.file;

	memset(t, 0, size);
	memset(h.id, 0x1d, 16);
	h.t_created = kj_put_le64(1700000000);
	h.t_saved = kj_put_le64(1700000005);
	h.unit_pages = kj_put_le32(KJ_UNIT_PAGES);
	h.codec = kj_put_le32(KJ_CODEC_LZ4);
	h.nunits = kj_put_le64(kj_unit_count(&mk_ram));
	h.index_off = kj_put_le64(KJ_INDEX_OFF);
	h.data_off = h.end_off = kj_put_le64(kj_image_data_off(kj_unit_count(&mk_ram)));
	h.ram_pages = kj_put_le64(0x9e + 0x300);
	h.free_pages = kj_put_le64(0x9e + 0x300 - MK_WINDOW_PAGES);
	h.jump.re = kj_put_le64(MK_RE);
	h.jump.table = kj_put_le64(MK_CP + 0x1000);
	h.jump.swap = kj_put_le64(MK_CP + 0x2000);
	h.jump.map = kj_put_le64(MK_LIST | 2);
	h.jump.cr4 = kj_put_le64(0x1020);
	h.jump.job_pa = kj_put_le64(MK_JOB);
	h.jump.mbox_pa = kj_put_le64(MK_MBOX);
	memcpy(h.host.release, "6.12.90-kj", 10);
	h.nram = kj_put_le32(mk_ram.n);
	h.nwindow = kj_put_le32(mk_window.n);
	for (uint32_t i = 0; i < 2; i++) {
		h.ram[i] = (struct kj_le_range){ kj_put_le64(mk_ram.r[i].start), kj_put_le64(mk_ram.r[i].end) };
		h.window[i] = (struct kj_le_range){ kj_put_le64(mk_window.r[i].start),
						    kj_put_le64(mk_window.r[i].end) };
	}
	kj_image_seal(&h);
	kj_state_seal(&s, h.id, KJ_ST_LOADING, 1, 1700000009);
	memcpy(t, &h, sizeof(h));
	memcpy(t + 4096, &s, sizeof(s));
	gen("image", t, size);
	t[4096 + 100] ^= 1;
	gen("badstate", t, size);
	gen("cutstate", t, 4096 + 100);
	t[100] ^= 1;
	gen("badimage", t, size);
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("KJ_TMP");

	c.file = malloc(MK_MAX);
	if (!c.file)
		return 1;
	if (argc == 3 && !strcmp(argv[1], "--gen")) {
		dir = argv[2];
		gen_cores();
		gen_target();
		gen_image();
		free(c.file);
		return 0;
	}
	snprintf(path, sizeof(path), "%s/amem-%d", tmp ? tmp : "/tmp", (int)getpid());
	test_jump(MK_JUMP, "6.12");
	test_jump(MK_JUMP_NEW, "6.14");
	is(m.map_from, KJ_MAP_SEARCHED, "its map was found in the control page");
	test_jump(MK_JUMP_NOTE, "map in a note");
	is(m.map_from, KJ_MAP_TOLD, "its map was found by the note");
	test_jump(MK_JUMP_PAGES, "the map itself in a note");
	is(m.map_from, KJ_MAP_GIVEN, "it was taken from there");
	test_pages();
	test_jump(MK_JUMP_LIE, "map in the control page, and a wrong note");
	is(m.map_from, KJ_MAP_SEARCHED, "its map was found in the control page");
	test_reads();
	test_other_cores();
	test_lies();
	unlink(path);
	free(c.file);
	return tap_done();
}
