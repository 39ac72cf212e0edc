// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/prb: a ring buffer of eight records in a little memory, its wraps and its lies; must never
 * need a kernel.
 *
 * `prb --gen DIR` writes the same memory as core files for the cli tests.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/note.h"
#include "core/prb.h"
#include "core/vmcoreinfo.h"
#include "pgtable_mem.h"
#include "tap.h"

#define DIRECT 0xffff888000000000ull
#define IMAGE 0xffffffff81000000ull
#define PRB 0x300000ull   /* the pointer, in the image */
#define RB 0x300100ull    /* the buffer's head */
#define DESCS 0x400ff0ull /* over a page's end */
#define INFOS 0x410000ull
#define TEXT 0x420000ull
#define COUNT 8u
#define SIZE 512u
#define ID0 (0x3fffffffffffffffull - 2) /* ids wrap, too */
#define FINAL 2u

static const char keys[] =
	"NUMBER(phys_base)=0\nSYMBOL(init_top_pgt)=ffffffff80010000\n"
	"SYMBOL(prb)=ffffffff81000000\nSIZE(printk_ringbuffer)=88\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
	"OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
	"OFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
	"OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
	"OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\n"
	"OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
	"OFFSET(printk_info.caller_id)=20\nOFFSET(prb_data_ring.size_bits)=0\n"
	"OFFSET(prb_data_ring.data)=8\nOFFSET(atomic_long_t.counter)=0\n";

static struct kj_pgtable pt;
static struct kj_prb prb;
static struct kj_prb_record r;
static uint64_t lpos;
static unsigned int nrec;

static enum kj_err init(const char *before)
{
	static char text[4096];
	struct kj_vmcoreinfo vi;

	snprintf(text, sizeof(text), "%s%s", before, keys);
	kj_vmcoreinfo_init(text, strlen(text), &vi);
	kj_pgtable_init(&vi, mem_read, NULL, &pt);
	return kj_prb_init(&vi, &pt, &prb);
}

static void head(uint64_t newest, uint64_t oldest)
{
	mem_put64(RB + 24, newest & (UINT64_MAX >> 2));
	mem_put64(RB + 32, oldest & (UINT64_MAX >> 2));
}

static void start(void)
{
	mem_init(4);
	for (uint64_t pa = 0; pa < MEM_SIZE; pa += 0x200000)
		mem_map(DIRECT + pa, pa, 1);
	mem_map(IMAGE, PRB, 0);
	mem_put64(PRB, DIRECT + RB);
	mem_put64(RB, 3);
	mem_put64(RB + 8, DIRECT + DESCS);
	mem_put64(RB + 16, DIRECT + INFOS);
	mem_put64(RB + 48, 9);
	mem_put64(RB + 56, DIRECT + TEXT);
	head(ID0, ID0);
	lpos = 0ull - SIZE; /* as the kernel begins */
	nrec = 0;
}

static uint64_t desc_of(unsigned int n)
{
	return DESCS + 24 * ((ID0 + n) % COUNT);
}

static uint64_t info_of(unsigned int n)
{
	return INFOS + 88 * ((ID0 + n) % COUNT);
}

/* Record number @n at lpos @begin, up to @next. */
static void put(unsigned int n, uint64_t begin, uint64_t next, uint64_t block, const char *text)
{
	uint64_t id = (ID0 + n) & (UINT64_MAX >> 2), len = strlen(text);

	mem_put64(desc_of(n), id | (uint64_t)FINAL << 62);
	mem_put64(desc_of(n) + 8, begin);
	mem_put64(desc_of(n) + 16, next);
	mem_put64(info_of(n), 100 + n);
	mem_put64(info_of(n) + 8, n * 1000000001ull);
	/* facility 3, level 6 with two flags, thread or CPU n */
	mem_put64(info_of(n) + 16,
		  len | 3u << 16 | 0xc3u << 24 | (n | (n & 1u) << 31) * 0x100000000ull);
	if (block != UINT64_MAX) {
		mem_put64(TEXT + block, id);
		memcpy(mem + TEXT + block + 8, text, len);
	}
}

/* The next record as the kernel would lay it down. */
static void add(const char *text)
{
	uint64_t begin = lpos, need = (8 + strlen(text) + 7) & ~7ull, next = begin + need;

	if (begin / SIZE == next / SIZE) {
		put(nrec, begin, next, begin % SIZE, text);
	} else {
		next = (begin / SIZE + 1) * SIZE + need;
		put(nrec, begin, next, 0, text);
	}
	lpos = next;
	nrec++;
	head(ID0 + nrec - 1, nrec > COUNT ? ID0 + nrec - COUNT : ID0);
}

static int is_text(const char *text)
{
	return r.len == strlen(text) && !memcmp(r.text, text, r.len);
}

static void fill(unsigned int n)
{
	char text[64];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "record %u: %.*s", i, (int)(i * 7 % 40),
			 "the quick brown fox jumps over the lazy dog");
		add(text);
	}
}

static void reads(void)
{
	uint64_t n = 0;

	start();
	fill(3);
	is(init(""), KJ_OK, "init");
	is(kj_prb_next(&prb, &n, &r), KJ_OK, "a record");
	ok(is_text("record 0: ") && r.seq == 100 && !r.ts_nsec && !r.caller && !r.truncated,
	   "the first");
	is(kj_prb_next(&prb, &n, &r), KJ_OK, "another");
	ok(is_text("record 1: the qui") && r.seq == 101 && r.ts_nsec == 1000000001 &&
		   r.caller == 0x80000001 && r.level == 6 && r.facility == 3,
	   "the second, with all that belongs to it");
	is(kj_prb_next(&prb, &n, &r), KJ_OK, "and the third");
	is(kj_prb_next(&prb, &n, &r), KJ_ENOTFOUND, "then no more");
	is(kj_prb_next(&prb, &n, &r), KJ_ENOTFOUND, "for ever");

	/* 30 of them wrap the ring of text twice and the ids once */
	unsigned int good = 0;
	start();
	fill(30);
	init("");
	n = 0;
	while (!kj_prb_next(&prb, &n, &r))
		good += r.seq == 122 + good && r.text[0] == 'r';
	is(good, COUNT, "after some wraps the newest are there");
	ok(is_text("record 29: the"), "up to the last");
}

static void passed_over(void)
{
	uint64_t n = 0;

	start();
	fill(6);
	mem_put64(desc_of(0), mem_get64(desc_of(0)) & (UINT64_MAX >> 2)); /* reserved */
	mem_put64(desc_of(1), mem_get64(desc_of(1)) | 3ull << 62);        /* reusable */
	mem_put64(desc_of(2), mem_get64(desc_of(2)) ^ 8);                 /* another's */
	put(3, 1, 1, UINT64_MAX, "lost");
	put(4, 3, 3, UINT64_MAX, "");
	mem_put64(TEXT + mem_get64(desc_of(5) + 8) % SIZE, 7); /* text taken over */
	is(init(""), KJ_OK, "init");
	is(kj_prb_next(&prb, &n, &r), KJ_OK, "an empty line");
	ok(!r.len && r.seq == 104, "is a record");
	is(kj_prb_next(&prb, &n, &r), KJ_ENOTFOUND, "what is not whole is passed over");

	start();
	is(init(""), KJ_OK, "an empty log");
	n = 0;
	is(kj_prb_next(&prb, &n, &r), KJ_ENOTFOUND, "has no records");

	start();
	fill(1);
	mem_put64(info_of(0) + 16, 300);
	init("");
	n = 0;
	is(kj_prb_next(&prb, &n, &r), KJ_OK, "more text than there was room for");
	ok(r.len == 16 && r.truncated, "is cut");
	/* 6.17: a block may end with the ring */
	start();
	put(0, 0ull - 64, 0, SIZE - 64, "to the very end");
	put(1, SIZE - 32, SIZE, SIZE - 32, "once more");
	head(ID0 + 1, ID0);
	init("");
	n = 0;
	ok(!kj_prb_next(&prb, &n, &r) && is_text("to the very end"), "a block ends with the ring");
}

static void lies(void)
{
	static const struct {
		uint64_t begin, next;
		const char *what;
	} blocks[] = {
		{ 64, 64, "a block of nothing" },
		{ 64, 32, "a block that ends before it begins" },
		{ 64, SIZE * 3, "a block of two rings" },
		{ 64, 68, "a block that is not aligned" },
		{ 68, 96, "a block that does not begin aligned" },
		{ SIZE - 8, SIZE * 2, "a block behind the ring's end" },
	};
	uint64_t n;

	for (unsigned int i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		start();
		fill(2);
		put(0, blocks[i].begin, blocks[i].next, UINT64_MAX, "x");
		init("");
		n = 0;
		is(kj_prb_next(&prb, &n, &r), KJ_EFORMAT, blocks[i].what);
		ok(!kj_prb_next(&prb, &n, &r) && r.seq == 101, "does not hide the next record");
	}
	start();
	fill(2);
	mem_put64(RB + 56, DIRECT + MEM_SIZE);
	init("");
	n = 0;
	is(kj_prb_next(&prb, &n, &r), KJ_EFORMAT, "text that is not mapped");
	mem_map(DIRECT + MEM_SIZE, MEM_SIZE, 1);
	init("");
	n = 0;
	is(kj_prb_next(&prb, &n, &r), KJ_ETRUNC, "text that cannot be read");
}

static enum kj_err with(uint64_t pa, uint64_t v)
{
	start();
	fill(2);
	mem_put64(pa, v);
	return init("");
}

static void bad_heads(void)
{
	is(with(PRB, 0), KJ_EFORMAT, "no buffer");
	is(with(PRB, DIRECT + MEM_SIZE), KJ_EFORMAT, "a buffer that is not mapped");
	is(with(RB, 0), KJ_EFORMAT, "one descriptor");
	is(with(RB, 31), KJ_EFORMAT, "2^31 descriptors");
	is(with(RB + 48, 3), KJ_EFORMAT, "eight bytes of text");
	is(with(RB + 48, 41), KJ_EFORMAT, "too much text");
	is(with(RB + 8, 0x1000), KJ_EFORMAT, "descriptors in user space");
	is(with(RB + 16, UINT64_MAX - 100), KJ_EFORMAT, "infos over the end of it all");
	is(with(RB + 56, UINT64_MAX - 4095), KJ_EFORMAT, "text over the end of it all");
	is(with(RB + 32, (ID0 - 7) & (UINT64_MAX >> 2)), KJ_EFORMAT,
	   "more records than descriptors");
	is(with(RB + 32, ID0 + 2), KJ_EFORMAT, "the newest before the oldest");
	start();
	is(init("SIZE(prb_desc)=23\n"), KJ_ERANGE, "a small descriptor");
	is(init("OFFSET(prb_desc.state_var)=17\n"), KJ_ERANGE, "a state behind it");
	is(init("OFFSET(printk_info.text_len)=85\n"), KJ_ERANGE, "a length behind the info");
	is(init("SIZE(printk_ringbuffer)=5000\n"), KJ_ERANGE, "a head of more than a page");
	is(init("OFFSET(prb_desc_ring.head_id)=81\n"), KJ_ERANGE, "an id behind the head");
	is(init("SIZE(printk_info)=x\n"), KJ_EFORMAT, "no number");
	is(init("OFFSET(printk_info.caller_id)=-1\n"), KJ_OK, "no caller");
	ok(!prb.has_caller && !prb.has_level, "nor a level, then");

	struct kj_vmcoreinfo vi;
	kj_vmcoreinfo_init("SYMBOL(log_buf)=ffffffff81000000\n", 33, &vi);
	is(kj_prb_init(&vi, &pt, &prb), KJ_ENOTFOUND, "an older kernel");
}

/* ---- files for the cli tests ---- */

static void field(uint8_t *p, uint64_t v, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void header(uint8_t *p, uint32_t type, uint64_t off, uint64_t vaddr, uint64_t size)
{
	field(p, type, 4);
	field(p + 8, off, 8);
	field(p + 16, vaddr, 8);
	field(p + 32, size, 8);
	field(p + 40, size, 8);
}

static void save(const char *dir, const char *name, const char *text)
{
	static uint8_t first[16384];
	char path[4096];
	size_t used = 0;

	memset(first, 0, sizeof(first));
	memcpy(first, "\177ELF\2\1\1", 7);
	field(first + 16, 4, 2);
	field(first + 18, 62, 2);
	field(first + 20, 1, 4);
	field(first + 32, 64, 8);
	field(first + 52, 64, 2);
	field(first + 54, 56, 2);
	field(first + 56, 2, 2);
	if (kj_note_append(first + 4096, 8192, &used, "VMCOREINFO", 0, text, strlen(text), NULL))
		exit(1);
	header(first + 64, 4, 4096, 0, used);
	header(first + 120, 1, sizeof(first), DIRECT, MEM_SIZE);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(first, 1, sizeof(first), f) != sizeof(first) ||
	    fwrite(mem, 1, sizeof(mem), f) != sizeof(mem) || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static int generate(const char *dir)
{
	start();
	add("Linux version 6.12");
	add("two\nlines");
	add("tab\tand \033[31mred\033[0m \303\251");
	put(3, 3, 3, UINT64_MAX, "");
	nrec++;
	add("last");
	save(dir, "log", keys);
	save(dir, "nolog",
	     "OSRELEASE=5.4\nNUMBER(phys_base)=0\nSYMBOL(init_top_pgt)=ffffffff80010000\n");
	put(1, 64, 68, UINT64_MAX, "x");
	save(dir, "badrecord", keys);
	mem_put64(RB, 77);
	save(dir, "badlog", keys);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--gen"))
		return generate(argv[2]);
	reads();
	passed_over();
	lies();
	bad_heads();
	return tap_done();
}
