// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/note: what is written is read back, and each way in which a note can lie is refused; must never depend on the
 * order of notes.
 */
#include <stdlib.h>

#include "core/note.h"
#include "tap.h"

static uint8_t buf[8192];
static size_t used;
static struct kj_facts f;

static struct kj_note_hdr hdr(size_t size)
{
	return (struct kj_note_hdr){ kj_put_le32(KJ_NOTE_VERSION), kj_put_le32((uint32_t)size) };
}

static void add(const char *name, uint32_t type, const void *desc, size_t len)
{
	enum kj_err e = kj_note_append(buf, sizeof(buf), &used, name, type, desc, len, NULL);

	if (e)
		abort();
}

/* Parse from a heap copy of the exact size: a byte too far is caught. */
static enum kj_err parse_len(size_t len)
{
	uint8_t *p = malloc(len ? len : 1);
	enum kj_err e;

	if (!p)
		abort();
	memcpy(p, buf, len);
	e = kj_note_parse(p, len, &f);
	free(p);
	return e;
}

static enum kj_err parse(void)
{
	enum kj_err e = parse_len(used);

	used = 0;
	return e;
}

static void add_re(uint64_t re)
{
	struct kj_note_reentry n = { hdr(sizeof(n)), kj_put_le64(re) };

	add("KJUMP", KJ_NT_REENTRY, &n, sizeof(n));
}

static void add_job(uint64_t job, uint64_t mbox)
{
	struct kj_note_job n = { .h = hdr(sizeof(n)), .job_pa = kj_put_le64(job), .mbox_pa = kj_put_le64(mbox) };

	memset(n.job_nonce, 7, 16);
	memset(n.mbox_nonce, 8, 16);
	add("KJUMP", KJ_NT_JOB, &n, sizeof(n));
}

static void add_ranges(enum kj_note_type type, uint32_t n, const struct kj_range *r)
{
	struct kj_ranges rs = { .n = n };

	memcpy(rs.r, r, n * sizeof(*r));
	if (kj_note_append_ranges(buf, sizeof(buf), &used, type, &rs))
		abort();
}

static enum kj_err parse_window(uint64_t s0, uint64_t e0, uint64_t s1, uint64_t e1)
{
	add_ranges(KJ_NT_WINDOW, 2, (struct kj_range[]){ { s0, e0 }, { s1, e1 } });
	return parse();
}

static void add_all(void)
{
	struct kj_note_host host = { .h = hdr(sizeof(host)) };
	struct kj_note_core core = { hdr(sizeof(core)), kj_put_le64(0x5000), kj_put_le64(4096), kj_put_le64(0x6000),
				     kj_put_le64(8192) };
	struct kj_note_map map = { hdr(sizeof(map)), kj_put_le64(0x7002), kj_put_le64(0x8000), kj_put_le64(0x9000),
				   kj_put_le64(0x1020) };
	struct kj_note_pages pages = { hdr(sizeof(pages)), kj_put_le32(0), kj_put_le32(0) };

	memcpy(host.host.release, "6.12.1", 7);
	host.host.build_id_len = kj_put_le32(20);
	host.host.la57 = kj_put_le32(1);
	add_re(0x123456);
	add_ranges(KJ_NT_WINDOW, 2, (struct kj_range[]){ { 0x1000, 0x9f000 }, { 0x1000000, 0x2000000 } });
	add_ranges(KJ_NT_RAM, 1, (struct kj_range[]){ { 0x1000, 0x40000000 } });
	add_job(0x3000000, 0x3001000);
	add("KJUMP", KJ_NT_HOST, &host, sizeof(host));
	add("KJUMP", KJ_NT_CORE, &core, sizeof(core));
	add("KJUMP", KJ_NT_MAP, &map, sizeof(map));
	add("KJUMP", KJ_NT_PAGES, &pages, sizeof(pages));
}

static void test_round_trip(void)
{
	add_all();
	add("VMCOREINFO", 0, "OSRELEASE=6.12\n", 15);
	add("CORE", 1, "regs", 4);
	add("CORE", 1, "regs", 4);
	add("CORE", 3, "", 0);
	add("KJUMP", KJ_NT_BASE + 99, "xx", 2);
	add("OTHER", 1, NULL, 3);
	is(parse(), KJ_OK, "all notes");
	is(f.have, 0x4fe, "eight of ours seen");
	is(f.re, 0x123456, "re-entry address");
	is(f.window.n, 2, "window has two ranges");
	is(f.window.r[1].end, 0x2000000, "its last byte");
	is(f.ram.r[0].end, 0x40000000, "RAM");
	is(f.job_pa, 0x3000000, "job page");
	is(f.mbox_pa, 0x3001000, "mailbox page");
	ok(f.job_nonce[15] == 7 && f.mbox_nonce[0] == 8, "nonces");
	is_str(f.host.release, "6.12.1", "release");
	is(f.core_pa + f.core_size + f.notes_pa + f.notes_size, 0x5000 + 4096 + 0x6000 + 8192, "core header");
	is(f.map_head, 0x7002, "map head");
	is(f.map_table, 0x8000, "map table");
	is(f.map_swap, 0x9000, "map swap");
	is(f.map_cr4, 0x1020, "map cr4");
	is(f.pages_len, 16, "length of the map itself");
	ok(f.pages_off && buf[f.pages_off] == KJ_NOTE_VERSION && buf[f.pages_off + 4] == 16, "and its place");
	is(f.vmcoreinfo_len, 15, "length of VMCOREINFO");
	is(f.nprstatus, 2, "PRSTATUS notes");
	is(f.nforeign, 3, "foreign notes");
	add("VMCOREINFO", 0, "A=1\n", 4);
	is(parse_len(used), KJ_OK, "VMCOREINFO alone");
	ok(!memcmp(buf + f.vmcoreinfo_off, "A=1\n", 4), "offset of VMCOREINFO");
	ok(!f.erased_len, "nothing was erased");
	add("ERASEINFO", 1, "other", 5);
	add("ERASEINFO", 0, "erase k size 9\n", 15);
	is(parse_len(used), KJ_OK, "ERASEINFO");
	ok(f.erased_len == 15 && !memcmp(buf + f.erased_off, "erase k size 9\n", 15), "its text");
	is(f.nforeign, 1, "another type is none");
	ok(f.have == 0, "nothing of ours");
	used = 0;
	is(parse(), KJ_OK, "no notes at all");
}

static void test_padding(void)
{
	memset(buf, 0, sizeof(buf));
	used = 16;
	add_re(4096);
	used += 1024;
	add_job(0, 0);
	used += 6;
	is(parse(), KJ_OK, "zeros between and behind notes");
	is(f.have, KJ_HAVE(KJ_NT_REENTRY) | KJ_HAVE(KJ_NT_JOB), "both notes behind zeros");
	add("X", 1, "abc", 3);
	is(parse_len(used - 1), KJ_OK, "the padding of the last descriptor may be missing");
	used = 0;
}

static void test_truncated(void)
{
	int good = 1;

	add_all();
	for (size_t i = 0; i < used; i++) {
		enum kj_err e = parse_len(i);

		good &= e == KJ_OK || e == KJ_ETRUNC;
	}
	ok(good, "each truncation is a whole note less or KJ_ETRUNC");
	used = 0;
	add("A", 1, "abcd", 4);
	is(parse_len(used - 1), KJ_ETRUNC, "descriptor cut");
	is(parse_len(13), KJ_ETRUNC, "name cut");
	is(parse_len(5), KJ_ETRUNC, "header cut");
	buf[0] = buf[1] = buf[2] = buf[3] = 0xff;
	is(parse_len(used), KJ_ETRUNC, "name size 2^32 - 1");
	buf[0] = 2;
	buf[1] = buf[2] = buf[3] = 0;
	buf[4] = buf[5] = buf[6] = buf[7] = 0xff;
	is(parse_len(used), KJ_ETRUNC, "descriptor size 2^32 - 1");
	used = 0;
}

static void test_ours(void)
{
	struct kj_note_reentry re = { hdr(sizeof(re)), kj_put_le64(1) };
	uint8_t longer[64] = { 0 };

	re.h.version = kj_put_le32(2);
	add("KJUMP", KJ_NT_REENTRY, &re, sizeof(re));
	is(parse(), KJ_EVERSION, "version 2");
	add("KJUMP", KJ_NT_BASE + 99, &re, sizeof(re));
	is(parse(), KJ_OK, "version 2 of an unknown type");
	re.h = hdr(15);
	add("KJUMP", KJ_NT_REENTRY, &re, sizeof(re));
	is(parse(), KJ_EFORMAT, "size too small");
	re.h = hdr(17);
	add("KJUMP", KJ_NT_REENTRY, &re, sizeof(re));
	is(parse(), KJ_EFORMAT, "size larger than the descriptor");
	add("KJUMP", KJ_NT_REENTRY, &re, 7);
	is(parse(), KJ_EFORMAT, "descriptor shorter than its header");
	re.h = hdr(64);
	memcpy(longer, &re, sizeof(re));
	add("KJUMP", KJ_NT_REENTRY, longer, sizeof(longer));
	is(parse(), KJ_OK, "a longer descriptor is accepted");
	add_re(1);
	add_re(1);
	is(parse(), KJ_EFORMAT, "the same note twice");
	add_re(1ull << 52);
	is(parse(), KJ_EFORMAT, "re-entry address beyond 52 bits");
}

static void test_ranges(void)
{
	struct kj_range many[KJ_RAM_MAX];
	struct kj_note_ranges *h = (void *)(buf + 20);
	struct kj_ranges rs = { .n = KJ_RAM_MAX + 1 };

	is(parse_window(0x1000, 0x2000, 0x3000, 0x4000), KJ_OK, "two ranges");
	is(parse_window(0x1000, 0x2000, 0x2000, 0x4000), KJ_EFORMAT, "touching");
	is(parse_window(0x1000, 0x3000, 0x2000, 0x4000), KJ_EFORMAT, "overlapping");
	is(parse_window(0x3000, 0x4000, 0x1000, 0x2000), KJ_EFORMAT, "descending");
	is(parse_window(0x1000, 0x1000, 0x3000, 0x4000), KJ_EFORMAT, "empty");
	is(parse_window(0x1000, 0x2000, 0x4000, 0x3000), KJ_EFORMAT, "end below start");
	is(parse_window(0x1001, 0x2000, 0x3000, 0x4000), KJ_EFORMAT, "start unaligned");
	is(parse_window(0x1000, 0x2fff, 0x3000, 0x4000), KJ_EFORMAT, "end unaligned");
	is(parse_window(0x1000, 0x2000, 0x3000, 1ull << 52), KJ_EFORMAT, "end beyond 52 bits");
	is(parse_window(0x1000, 0x2000, ~0ull << 12, 0), KJ_EFORMAT, "end 0");
	for (uint32_t i = 0; i < KJ_RAM_MAX; i++)
		many[i] = (struct kj_range){ i * 0x2000ull, i * 0x2000ull + 0x1000 };
	add_ranges(KJ_NT_RAM, KJ_RAM_MAX, many);
	is(parse(), KJ_OK, "as many RAM ranges as we hold");
	add_ranges(KJ_NT_WINDOW, KJ_WIN_MAX, many);
	is(parse(), KJ_OK, "as many window ranges as we hold");
	add_ranges(KJ_NT_WINDOW, KJ_WIN_MAX + 1, many);
	is(parse(), KJ_ELIMIT, "one window range more");
	add_ranges(KJ_NT_RAM, 2, many);
	h->n = kj_put_le32(3);
	is(parse(), KJ_EFORMAT, "more ranges than the note has");
	add_ranges(KJ_NT_RAM, 2, many);
	h->n = kj_put_le32(~0u);
	is(parse(), KJ_ELIMIT, "2^32 - 1 ranges");
	add_ranges(KJ_NT_RAM, 0, many);
	is(parse(), KJ_EFORMAT, "no ranges");
	is(kj_note_append_ranges(buf, sizeof(buf), &used, KJ_NT_RAM, &rs), KJ_ELIMIT, "append: too many ranges");
	rs.n = 1;
	is(kj_note_append_ranges(buf, 40, &used, KJ_NT_RAM, &rs), KJ_ENOSPC, "append: no room for ranges");
	is(used, 0, "append: nothing used after an error");
}

static void test_pages(void)
{
	const struct kj_range win[1] = { { 0x10000, 0x20000 } };
	struct kj_note_core core = { hdr(sizeof(core)), kj_put_le64(1ull << 51), kj_put_le64(1ull << 51), kj_put_le64(0),
				     kj_put_le64(0) };
	struct kj_note_map map = { hdr(sizeof(map)), kj_put_le64(0x7002), kj_put_le64(0x8001), kj_put_le64(0x9000),
				   kj_put_le64(0x1020) };
	struct kj_note_host host = { .h = hdr(sizeof(host)) };

	add_job(0x1001, 0);
	is(parse(), KJ_EFORMAT, "job page unaligned");
	add_job(0, 1ull << 52);
	is(parse(), KJ_EFORMAT, "mailbox page beyond 52 bits");
	add_job(0x1f000, 0);
	add_ranges(KJ_NT_WINDOW, 1, win);
	is(parse(), KJ_EFORMAT, "job page in the window, noted later");
	add_ranges(KJ_NT_WINDOW, 1, win);
	add_job(0x20000, 0x10000);
	is(parse(), KJ_EFORMAT, "mailbox page in the window");
	add_ranges(KJ_NT_WINDOW, 1, win);
	add_job(0x20000, 0xf000);
	is(parse(), KJ_OK, "both beside it");
	add("KJUMP", KJ_NT_CORE, &core, sizeof(core));
	is(parse(), KJ_OK, "core header up to the last address");
	core.hdr_size = kj_put_le64((1ull << 51) + 1);
	add("KJUMP", KJ_NT_CORE, &core, sizeof(core));
	is(parse(), KJ_EFORMAT, "core header beyond it");
	core.hdr_size = kj_put_le64(0);
	core.notes_size = kj_put_le64(~0ull);
	add("KJUMP", KJ_NT_CORE, &core, sizeof(core));
	is(parse(), KJ_EFORMAT, "notes beyond it");
	add("KJUMP", KJ_NT_MAP, &map, sizeof(map));
	is(parse(), KJ_EFORMAT, "map: table unaligned");
	host.host.build_id_len = kj_put_le32(21);
	add("KJUMP", KJ_NT_HOST, &host, sizeof(host));
	is(parse(), KJ_EFORMAT, "host: build id longer than its field");
}

static void test_view(void)
{
	struct kj_note_view v = { .h = hdr(sizeof(v)), .view = kj_put_le32(KJ_VIEW_LOGICAL) };

	add("KJUMP", KJ_NT_VIEW, &v, sizeof(v));
	ok(used <= KJ_NOTE_VIEW_ROOM, "the room that it is given");
	is(parse(), KJ_OK, "logical view");
	is(f.have, KJ_HAVE(KJ_NT_VIEW), "is known");
	v.reserved = kj_put_le32(1);
	add("KJUMP", KJ_NT_VIEW, &v, sizeof(v));
	is(parse(), KJ_EFORMAT, "reserved bytes");
	v = (struct kj_note_view){ .h = hdr(sizeof(v)), .view = kj_put_le32(2) };
	add("KJUMP", KJ_NT_VIEW, &v, sizeof(v));
	is(parse(), KJ_EFORMAT, "an unknown view");
}

/* Two pages of notes at 0x6000, and the secret's page. */
static enum kj_err secret_at(uint64_t pa, uint64_t notes_size)
{
	struct kj_note_core core = { hdr(sizeof(core)), kj_put_le64(0x5000), kj_put_le64(4096), kj_put_le64(0x6000),
				     kj_put_le64(notes_size) };
	struct kj_note_secret s = { hdr(sizeof(s)), kj_put_le64(pa) };

	/* which may come before what says whether it is right */
	add("KJUMP", KJ_NT_SECRET, &s, sizeof(s));
	add("KJUMP", KJ_NT_CORE, &core, sizeof(core));
	return parse();
}

static void test_secret(void)
{
	struct kj_note_secret s = { hdr(sizeof(s)), kj_put_le64(0x7000) };

	is(secret_at(0x7000, 0x2000), KJ_OK, "a secret in the last page of the notes");
	is(f.secret_pa, 0x7000, "where it is");
	is(secret_at(0x6000, 0x2000), KJ_OK, "or in the first");
	is(secret_at(0x8000, 0x2000), KJ_EFORMAT, "a secret behind them");
	is(secret_at(0x5000, 0x2000), KJ_EFORMAT, "or before them");
	is(secret_at(0x7000, 0x1fff), KJ_EFORMAT, "half of it behind them");
	is(secret_at(0x6000, 0xfff), KJ_EFORMAT, "no page of them");
	is(secret_at(0x6001, 0x2000), KJ_EFORMAT, "a secret unaligned");
	is(secret_at(0, 0x2000), KJ_EFORMAT, "a secret at 0");
	add("KJUMP", KJ_NT_SECRET, &s, sizeof(s));
	is(parse(), KJ_EFORMAT, "a secret, and nobody says where the notes are");
}

/* What is whole, whatever it means. */
static void test_whole(void)
{
	size_t first;

	used = 0;
	add("A", 1, "abcd", 4);
	first = used;
	add("KJUMP", KJ_NT_VIEW, "rubbish", 7);
	is(kj_note_whole(buf, used), used, "two notes");
	is(kj_note_whole(buf, used - 1), used - 1, "the last padding may be missing");
	is(kj_note_whole(buf, used - 4), first, "the second one cut");
	is(kj_note_whole(buf, first + 5), first, "cut in its header");
	is(kj_note_whole(buf, first - 4), 0, "the first one cut");
	is(kj_note_whole(buf, 0), 0, "nothing");
	memset(buf + used, 0, 16);
	is(kj_note_whole(buf, used + 16), used + 16, "and padding");
	used = 0;
}

static void test_append(void)
{
	size_t off = 99;

	used = 0;
	is(kj_note_append(buf, 24, &used, "KJUMP", 1, "abcd", 4, &off), KJ_OK, "append: exactly the room");
	is(used, 24, "append: used");
	is(off, 20, "append: descriptor behind header and padded name");
	is(kj_note_append(buf, 24, &used, "K", 1, NULL, 0, NULL), KJ_ENOSPC, "append: full");
	is(used, 24, "append: used unchanged");
	used = 25;
	is(kj_note_append(buf, 24, &used, "K", 1, NULL, 0, NULL), KJ_ENOSPC, "append: used beyond the capacity");
	used = 0;
	is(kj_note_append(buf, 23, &used, "KJUMP", 1, "abcd", 4, NULL), KJ_ENOSPC, "append: one byte short");
	is(kj_note_append(buf, sizeof(buf), &used, "K", 1, "", SIZE_MAX - 1, NULL), KJ_ENOSPC, "append: huge descriptor");
	is(kj_note_append(buf, 19, &used, "KJUMP", 1, "", 0, NULL), KJ_ENOSPC, "append: no room for the name");
}

static void test_contain(void)
{
	const struct kj_ranges r = { 2, { { 0x1000, 0x3000 }, { 0x5000, 0x6000 } } };

	ok(kj_ranges_contain(&r, 0x1000, 0x2000), "contain: all of a range");
	ok(!kj_ranges_contain(&r, 0x1000, 0x2001), "contain: one byte more");
	ok(!kj_ranges_contain(&r, 0xfff, 2), "contain: one byte before");
	ok(!kj_ranges_contain(&r, 0x5fff, UINT64_MAX), "contain: overflow");
	ok(!kj_ranges_contain(&r, 0x3000, 1), "contain: first byte behind");
	ok(kj_ranges_overlap(&r, 0x2fff, 1), "overlap: last byte");
	ok(!kj_ranges_overlap(&r, 0x3000, 0x2000), "overlap: the gap");
	ok(kj_ranges_overlap(&r, 0x3000, 0x2001), "overlap: the gap and a byte");
	ok(kj_ranges_overlap(&r, 0, UINT64_MAX), "overlap: everything");
	ok(!kj_ranges_overlap(&r, 0x1000, 0), "overlap: nothing");
	ok(!kj_ranges_overlap(&r, UINT64_MAX, UINT64_MAX), "overlap: far behind");
}

int main(void)
{
	test_round_trip();
	test_padding();
	test_truncated();
	test_ours();
	test_ranges();
	test_pages();
	test_view();
	test_secret();
	test_whole();
	test_append();
	test_contain();
	return tap_done();
}
