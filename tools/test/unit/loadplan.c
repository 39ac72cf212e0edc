// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of core/window.c and core/loadplan.c with core/e820.c: whatever is planned, every page that B's map calls
 * RAM is backed by exactly one segment, and nothing else is touched.
 */
#include "core/corehdr.h"
#include "core/e820.h"
#include "core/loadplan.h"
#include "core/parse.h"
#include "tap.h"

#define MIB (1ull << 20)

static struct kj_iomem io;
static struct kj_e820 fw, map;
static struct kj_load_plan plan;
static struct kj_window win;
static const struct kj_bzimage bz = { .code_len = 5600000, .init_size = 0x129c000, .align = 0x200000,
				      .pref_address = 0x1000000, .cmdline_max = 2047 };

/* A PC with @mib of RAM below the hole, its kernel at @kernel, and a reservation of @crash bytes ending at @crash_end. */
static void pc(uint64_t mib, uint64_t kernel, uint64_t crash, uint64_t crash_end)
{
	const uint64_t top = mib * MIB - 0x23000;

	memset(&io, 0, sizeof(io));
	io.ram = (struct kj_ranges){ 2, { { 0x1000, 0x9f000 }, { MIB, top } } };
	io.kernel = (struct kj_ranges){ 1, { { kernel, kernel + 30 * MIB } } };
	if (crash)
		io.crash = (struct kj_ranges){ 1, { { crash_end - crash, crash_end } } };
	fw.n = 0;
	kj_e820_append(&fw, 0, 0x9fc00, 1);
	kj_e820_append(&fw, 0x9fc00, 0xa0000, 2);
	kj_e820_append(&fw, 0xf0000, 0x100000, 2);
	kj_e820_append(&fw, MIB, top, 1);
	kj_e820_append(&fw, top, mib * MIB, 2);
}

static struct kj_window_ask ask_of(uint64_t start, uint64_t size, uint64_t limit)
{
	return (struct kj_window_ask){ .start = start, .size = size, .least = kj_window_least(&bz, 1400000),
				       .limit = limit };
}

static enum kj_err choose(uint64_t start, uint64_t size, uint64_t limit)
{
	const struct kj_window_ask a = ask_of(start, size, limit);

	memset(&win, 0, sizeof(win));
	return kj_window_choose(&io, &a, &win);
}

static int win_is(uint64_t start, uint64_t end, int reserved)
{
	if (win.r.start == start && win.r.end == end && win.reserved == reserved)
		return 1;
	printf("# window 0x%llx-0x%llx %d\n", (unsigned long long)win.r.start, (unsigned long long)win.r.end,
	       win.reserved);
	return 0;
}

static void test_window_auto(void)
{
	pc(1024, 0x20000000, 0, 0);
	is(choose(KJ_ANYWHERE, 0, 500 * MIB), KJ_OK, "1 GiB");
	ok(win_is(0x37000000, 0x3c000000, 0), "as high as an end at 64 MiB allows");
	pc(1024, 0x38000000, 0, 0);
	is(choose(KJ_ANYWHERE, 0, 500 * MIB), KJ_OK, "A's kernel is high");
	ok(win_is(0x33000000, 0x38000000, 0), "below it");
	is(choose(KJ_ANYWHERE, 0, 79 * MIB), KJ_ELIMIT, "more than half of RAM");
	pc(176, 0x5000000, 0, 0);
	is(choose(KJ_ANYWHERE, 0, 1024 * MIB), KJ_ENOTFOUND, "A's kernel in the middle of little RAM");
	pc(320, 0x1000000, 0, 0);
	is(choose(KJ_ANYWHERE, 0, 1024 * MIB), KJ_OK, "320 MiB");
	ok(win_is(0xb000000, 0x10000000, 0), "fits");
	pc(200, 0x1000000, 0, 0);
	is(choose(KJ_ANYWHERE, 0, 1024 * MIB), KJ_OK, "200 MiB");
	ok(win_is(0x7000000, 0xc000000, 0), "below the last multiple of 64 MiB");
	pc(3072, 0x20000000, 0, 0);
	is(choose(KJ_ANYWHERE, 0, 1500 * MIB), KJ_OK, "3 GiB");
	ok(win_is(0xb7000000, 0xbc000000, 0), "near its end");
	/* RAM above 4 GiB is not for B */
	io.ram.r[io.ram.n++] = (struct kj_range){ 0x100000000, 0x200000000 };
	is(choose(KJ_ANYWHERE, 0, 1500 * MIB), KJ_OK, "and 4 more behind the hole");
	ok(win_is(0xb7000000, 0xbc000000, 0), "the same");
	is(choose(KJ_ANYWHERE, 256 * MIB, 1500 * MIB), KJ_OK, "256 MiB");
	ok(win_is(0xac000000, 0xbc000000, 0), "of the size asked for");
}

static void test_window_cpus(void)
{
	struct kj_window_ask a = ask_of(KJ_ANYWHERE, 0, 500 * MIB);

	is(kj_window_better(a.least, 0), a.least, "no CPU known");
	is(kj_window_better(a.least, 2), a.least, "two CPUs");
	is(kj_window_better(a.least, 16), a.least + 84 * MIB, "16 CPUs");
	ok(kj_window_better(a.least, UINT32_MAX) > a.least, "as many as there can be");
	pc(1024, 0x20000000, 0, 0);
	a.better = kj_window_better(a.least, 16);
	is(kj_window_choose(&io, &a, &win), KJ_OK, "1 GiB, 16 CPUs");
	ok(win_is(0x32000000, 0x3c000000, 0), "room for their workers");
	a.limit = 100 * MIB;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "but not if that is too much");
	ok(win_is(0x37000000, 0x3c000000, 0), "then it is the least");
	a.limit = 500 * MIB;
	pc(192, 0x1000000, 0, 0);
	is(kj_window_choose(&io, &a, &win), KJ_OK, "or if there is no place for it");
	ok(win_is(0x3000000, 0x8000000, 0), "the same");
	pc(1024, 0x20000000, 96 * MIB, 0x3f000000);
	is(kj_window_choose(&io, &a, &win), KJ_OK, "a reservation that is just big enough");
	ok(win_is(0x39000000, 0x3f000000, 1), "will do");
}

static void test_window_room(void)
{
	struct kj_window_ask a = ask_of(KJ_ANYWHERE, 0, 500 * MIB);

	pc(1024, 0x20000000, 0, 0);
	a.room = 80 * MIB;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "memory for all of it");
	ok(win_is(0x37000000, 0x3c000000, 0), "all of it");
	a.room = 79 * MIB;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "1 MiB less");
	ok(win_is(0x3c000000 - 78 * MIB, 0x3c000000, 0), "a window for that");
	a.room = 1;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "no memory");
	ok(win_is(0x3c000000 - 72 * MIB, 0x3c000000, 0), "what kernel and initrd need");
	a.better = kj_window_better(a.least, 16);
	is(kj_window_choose(&io, &a, &win), KJ_OK, "on 16 CPUs");
	ok(win_is(0x3c000000 - 72 * MIB, 0x3c000000, 0), "no more");
	a.room = 101 * MIB;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "memory for some of their workers");
	ok(win_is(0x3c000000 - 100 * MIB, 0x3c000000, 0), "a window for those");
	a.size = 128 * MIB;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "a size that was asked for");
	ok(win_is(0x34000000, 0x3c000000, 0), "is that size");
	pc(1024, 0x20000000, 192 * MIB, 0x3f000000);
	a.size = 0;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "a reservation");
	ok(win_is(0x3f000000 - 100 * MIB, 0x3f000000, 1), "less of it");
	a.room = 1;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "and no memory");
	ok(win_is(0x3f000000 - 72 * MIB, 0x3f000000, 1), "the least of it");
}

static void test_window_reserved(void)
{
	pc(1024, 0x20000000, 192 * MIB, 0x3f000000);
	is(choose(KJ_ANYWHERE, 0, 400 * MIB), KJ_OK, "crashkernel=192M");
	ok(win_is(0x37000000, 0x3f000000, 1), "its end");
	pc(1024, 0x20000000, 96 * MIB, 0x3f000000);
	is(choose(KJ_ANYWHERE, 0, 400 * MIB), KJ_OK, "crashkernel=96M");
	ok(win_is(0x39000000, 0x3f000000, 1), "all of it: it suffices");
	pc(1024, 0x20000000, 64 * MIB, 0x3f000000);
	is(choose(KJ_ANYWHERE, 0, 400 * MIB), KJ_OK, "crashkernel=64M");
	ok(win_is(0x33000000, 0x38000000, 0), "is too small, and kept clear of");
	pc(1024, 0x20000000, 192 * MIB, 0x3f000000);
	is(choose(KJ_ANYWHERE, 256 * MIB, 400 * MIB), KJ_OK, "more than is reserved");
	ok(win_is(0x20000000 - 256 * MIB, 0x20000000, 0), "lies elsewhere");
	is(choose(KJ_ANYWHERE, 0, 100 * MIB), KJ_OK, "little RAM");
	ok(win_is(0x3f000000 - 100 * MIB, 0x3f000000, 1), "less of the reservation");
	is(choose(0x34000000, 64 * MIB + 64 * MIB, 400 * MIB), KJ_OK, "a place in it");
	ok(win_is(0x34000000, 0x3c000000, 1), "is reserved");
	is(choose(0x30000000, 128 * MIB, 400 * MIB), KJ_OK, "a place half in it");
	ok(win_is(0x30000000, 0x38000000, 0), "is not");
	/* crashkernel=X,high */
	io.ram.r[io.ram.n++] = (struct kj_range){ 0x100000000, 0x200000000 };
	io.crash.r[io.crash.n++] = (struct kj_range){ 0x180000000, 0x1a0000000 };
	is(choose(KJ_ANYWHERE, 0, 400 * MIB), KJ_OK, "a second one above 4 GiB");
	ok(win_is(0x37000000, 0x3f000000, 1), "the lower one");
}

static void test_window_asked(void)
{
	const uint64_t pin[2] = { 0x3b123000, 0x30000000 };
	struct kj_window_ask a;

	pc(1024, 0x20000000, 0, 0);
	is(choose(0x28000000, 128 * MIB, 400 * MIB), KJ_OK, "a good place");
	ok(win_is(0x28000000, 0x30000000, 0), "as asked");
	is(choose(0x28001000, 128 * MIB, 400 * MIB), KJ_EFORMAT, "not aligned");
	is(choose(0x28000000, 128 * MIB + 4096, 400 * MIB), KJ_EFORMAT, "size not aligned");
	is(choose(0x28000000, 0, 400 * MIB), KJ_EFORMAT, "no size");
	is(choose(0x28000000, 64 * MIB, 400 * MIB), KJ_ENOSPC, "too small");
	is(choose(KJ_ANYWHERE, 64 * MIB, 400 * MIB), KJ_ENOSPC, "too small, anywhere");
	is(choose(0x28000000, 384 * MIB, 300 * MIB), KJ_ELIMIT, "too large");
	is(choose(0x38000000, 128 * MIB, 400 * MIB), KJ_ERANGE, "behind the end of RAM");
	is(choose(0x200000, 128 * MIB, 400 * MIB), KJ_ERANGE, "below 16 MiB");
	is(choose(0xfffffffff8000000, 128 * MIB, 400 * MIB), KJ_ERANGE, "wraps");
	is(choose(0x1a000000, 128 * MIB, 400 * MIB), KJ_EOVERLAP, "A's kernel is there");
	a = ask_of(0x38000000 - 128 * MIB, 128 * MIB, 400 * MIB);
	a.pinned = pin;
	a.npinned = 2;
	is(kj_window_choose(&io, &a, &win), KJ_EOVERLAP, "the job's page is there");
	a = ask_of(KJ_ANYWHERE, 0, 400 * MIB);
	a.pinned = pin;
	a.npinned = 2;
	is(kj_window_choose(&io, &a, &win), KJ_OK, "automatic keeps clear of the job's pages");
	ok(win.r.end <= pin[1] || (win.r.start > pin[1] && win.r.end <= pin[0]) || win.r.start > pin[0], "really");
	a.pinned = (const uint64_t[]){ 0x50000000, 0 };
	is(kj_window_choose(&io, &a, &win), KJ_ERANGE, "a job's page that is no RAM");
	a.pinned = (const uint64_t[]){ 0x30000010, 0 };
	is(kj_window_choose(&io, &a, &win), KJ_ERANGE, "or no page");
	a = ask_of(KJ_ANYWHERE, 0, 400 * MIB);
	a.least = 1ull << 63;
	is(kj_window_choose(&io, &a, &win), KJ_ELIMIT, "an initrd without end");
	ok(kj_window_least(&bz, ~0ull) > 1ull << 40, "needs a window without end");
}

/* ---- plan ---- */

static int covered(uint64_t page)
{
	int n = 0;

	for (uint32_t i = 0; i < plan.n; i++)
		n += page >= plan.seg[i].mem && page < plan.seg[i].mem + plan.seg[i].memsz;
	return n;
}

static int in(const struct kj_ranges *r, uint64_t page)
{
	return kj_ranges_contain(r, page, KJ_PAGE);
}

static uint32_t type_of(uint64_t page)
{
	for (uint32_t i = 0; i < map.n; i++)
		if (page >= map.e[i].start && page + KJ_PAGE <= map.e[i].end)
			return map.e[i].type;
	return 0;
}

/* The whole of RAM, page by page. */
static void check_pages(const struct kj_ranges *own, int crash, const char *what)
{
	unsigned long uncovered = 0, twice = 0, stray = 0, header = 0, theirs = 0, last = 0;

	for (uint32_t r = 0; r < io.ram.n; r++) {
		for (uint64_t p = io.ram.r[r].start; p < io.ram.r[r].end; p += KJ_PAGE) {
			const int n = covered(p), taken = p >= plan.taken.start && p < plan.taken.end;

			twice += n > 1;
			if (type_of(p) == KJ_E820_RAM) {
				uncovered += n != 1 && !crash;
				header += taken;
				theirs += !in(own, p);
			} else {
				stray += n && !taken;
				theirs += in(own, p) && !taken;
				theirs += type_of(p) != KJ_E820_RESERVED;
			}
		}
	}
	for (uint32_t i = 0; i < plan.n; i++) {
		stray += !kj_ranges_contain(own, plan.seg[i].mem, plan.seg[i].memsz);
		stray += !plan.seg[i].memsz || plan.seg[i].mem % KJ_PAGE || plan.seg[i].memsz % KJ_PAGE;
		stray += plan.seg[i].mem < last;
		last = plan.seg[i].mem + plan.seg[i].memsz;
	}
	ok(!uncovered, "%s: B's RAM is backed (%lu pages are not)", what, uncovered);
	ok(!twice, "%s: once (%lu twice)", what, twice);
	ok(!stray, "%s: and nothing else, in order (%lu)", what, stray);
	ok(!header, "%s: header pages are not RAM (%lu are)", what, header);
	ok(!theirs, "%s: the rest is A's (%lu pages)", what, theirs);
}

static struct kj_load_ask plan_of(const struct kj_ranges *own, int crash)
{
	return (struct kj_load_ask){ .crash = crash, .window = win.r, .own = own, .kernel_len = bz.code_len,
				     .init_size = bz.init_size, .align = bz.align, .pref_address = bz.pref_address,
				     .cmdline_len = 4096 + 48, .purgatory_len = 6700, .initrd_len = 1400000,
				     .header_len = 64 + 56 * 3, .notes_len = 3900, .limit = 500 * MIB };
}

static void check_parts(const struct kj_load_ask *a, const char *what)
{
	const uint64_t at[] = { plan.kernel, plan.kernel + a->init_size, plan.boot_params, plan.boot_params + 4096,
				plan.cmdline, plan.cmdline + a->cmdline_len, plan.purgatory,
				plan.purgatory + a->purgatory_len, plan.initrd, plan.initrd + a->initrd_len,
				plan.header, plan.header + a->header_len, plan.notes, plan.notes + a->notes_len,
				a->window.end };
	int good = plan.kernel >= a->window.start && plan.kernel >= a->pref_address && !(plan.kernel % a->align);

	for (size_t i = 1; i < sizeof(at) / sizeof(at[0]); i++)
		good &= at[i - 1] <= at[i];
	ok(good, "%s: the parts follow each other within the window", what);
	good = 0;
	for (uint32_t i = 0; i < plan.n; i++) {
		const struct kj_load_segment *s = &plan.seg[i];

		good += s->part == KJ_PART_KERNEL && s->mem == plan.kernel && s->memsz >= a->init_size;
		good += s->part == KJ_PART_AUX && s->mem == plan.boot_params && s->memsz >= plan.aux_len;
		good += s->part == KJ_PART_INITRD && s->mem == plan.initrd && s->memsz >= a->initrd_len;
		good += s->part == KJ_PART_HEADER && s->mem == plan.header &&
			s->memsz == plan.taken.end - plan.taken.start;
	}
	is(good, 4, "each part has its segment");
}

static void try_plan(uint64_t mib, uint64_t crash_mib, uint64_t start, uint64_t size, const char *what)
{
	struct kj_window_ask a = ask_of(start, size, mib * MIB / 2);
	struct kj_ranges own;
	struct kj_load_ask p;

	pc(mib, 0x1a000000, crash_mib * MIB, mib * MIB - 16 * MIB);
	a.least = 0;
	if (!size)
		a.least = kj_window_least(&bz, 1400000);
	ok(!kj_window_choose(&io, &a, &win) && !kj_window_low(&io, &own), "%s: window", what);
	kj_ranges_add(&own, win.r.start, win.r.end);
	p = plan_of(&own, 0);
	is(kj_load_plan(&p, &plan), KJ_OK, "planned");
	is(kj_e820_confine(&fw, &io.ram, &own, &plan.taken, &map), KJ_OK, "map");
	check_pages(&own, 0, what);
	check_parts(&p, what);
	ok(plan.n <= KJ_SEGMENT_MAX && plan.pages == (win.r.end - win.r.start) / KJ_PAGE + 0x9e, "%s: %u segments", what,
	   plan.n);
}

static void test_plans(void)
{
	try_plan(1024, 0, KJ_ANYWHERE, 0, "1 GiB");
	try_plan(512, 0, KJ_ANYWHERE, 0, "512 MiB");
	try_plan(3072, 0, KJ_ANYWHERE, 0, "3 GiB");
	try_plan(1024, 192, KJ_ANYWHERE, 0, "reservation");
	try_plan(1024, 96, KJ_ANYWHERE, 0, "small reservation");
	try_plan(1024, 0, KJ_ANYWHERE, 24 * MIB, "24 MiB");
	try_plan(1024, 0, 0x30200000, 126 * MIB, "odd place");
	try_plan(1024, 0, 16 * MIB, 64 * MIB, "lowest place");
}

static void test_crash(void)
{
	struct kj_ranges own;
	struct kj_load_ask p;

	pc(1024, 0x1a000000, 192 * MIB, 0x3f000000);
	win.r = io.crash.r[0];
	kj_window_low(&io, &own);
	kj_ranges_add(&own, win.r.start, win.r.end);
	p = plan_of(&own, 1);
	p.limit = UINT64_MAX;
	is(kj_load_plan(&p, &plan), KJ_OK, "crash");
	is(plan.n, 4, "only what is loaded");
	is(kj_e820_confine(&fw, &io.ram, &own, &plan.taken, &map), KJ_OK, "map");
	check_pages(&own, 1, "crash");
	check_parts(&p, "crash");
	ok(plan.seg[0].mem >= win.r.start, "within the reservation");
}

static void test_refused(void)
{
	struct kj_ranges own = { 1, { { 0x30000000, 0x38000000 } } };
	struct kj_load_ask good, p;

	pc(1024, 0x1a000000, 0, 0);
	win.r = own.r[0];
	good = p = plan_of(&own, 0);
	is(kj_load_plan(&p, &plan), KJ_OK, "good");
	p.init_size = 130 * MIB;
	is(kj_load_plan(&p, &plan), KJ_ENOSPC, "kernel too large");
	p = good;
	p.initrd_len = 129 * MIB;
	is(kj_load_plan(&p, &plan), KJ_ENOSPC, "initrd too large");
	p = good;
	p.initrd_len = 112 * MIB;
	is(kj_load_plan(&p, &plan), KJ_ENOSPC, "together too large");
	p = good;
	p.initrd_len = ~0ull;
	is(kj_load_plan(&p, &plan), KJ_ERANGE, "a length that cannot be");
	p = good;
	p.initrd_len = 0;
	is(kj_load_plan(&p, &plan), KJ_ERANGE, "no initrd");
	p = good;
	p.align = 3;
	is(kj_load_plan(&p, &plan), KJ_ERANGE, "alignment");
	p = good;
	p.kernel_len = p.init_size + 1;
	is(kj_load_plan(&p, &plan), KJ_ERANGE, "kernel larger than init_size");
	p = good;
	p.limit = 127 * MIB;
	is(kj_load_plan(&p, &plan), KJ_ELIMIT, "half of RAM");
	p = good;
	p.window.end += KJ_PAGE;
	is(kj_load_plan(&p, &plan), KJ_EMISMATCH, "window not B's");
	p = good;
	p.window.start = p.window.end;
	is(kj_load_plan(&p, &plan), KJ_ERANGE, "empty window");
	own.n = 0;
	for (unsigned int i = 0; i < 13; i++)
		own.r[own.n++] = (struct kj_range){ 0x1000 + i * 0x2000, 0x2000 + i * 0x2000 };
	own.r[own.n++] = win.r;
	p = good;
	is(kj_load_plan(&p, &plan), KJ_ELIMIT, "17 segments");
	own.r[12] = win.r;
	own.n = 13;
	is(kj_load_plan(&p, &plan), KJ_OK, "16 segments");
	is(plan.n, 16, "are allowed");
}

int main(void)
{
	test_window_auto();
	test_window_cpus();
	test_window_room();
	test_window_reserved();
	test_window_asked();
	test_plans();
	test_crash();
	test_refused();
	return tap_done();
}
