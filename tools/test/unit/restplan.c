// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The choice of a way back, over everything that a machine may offer.
 */
#include "core/restplan.h"
#include "tap.h"

#define MIB (1ull << 20)

static const struct kj_ranges ram = { 2, { { 0x1000, 0x9f000 }, { MIB, 1024 * MIB } } };
static const struct kj_ranges window = { 2, { { 0x1000, 0x9f000 }, { 64 * MIB, 192 * MIB } } };
static const struct kj_ranges alien = { 2, { { 0x1000, 0x9f000 }, { 960 * MIB, 1088 * MIB } } };
static const struct kj_ranges none = { 0, { { 0, 0 } } };

static struct kj_path_facts all(void)
{
	struct kj_path_facts f = {
		.has_snapshot = 1,
		.need = 500 * MIB,
		.have = 520 * MIB,
		.has_kernel = 1,
		.kexec = KJ_KEXEC_ABLE,
		.window = &window,
		.ram = &ram,
		.window_need = 128 * MIB,
	};

	return f;
}

static void choose(struct kj_path_facts f, enum kj_path want, enum kj_path path, enum kj_path_why snapshot,
		   enum kj_path_why direct, const char *what)
{
	struct kj_path_choice c;
	enum kj_err e = kj_path_choose(&f, want, &c);

	is(e, path ? KJ_OK : KJ_EUNSUPP, what);
	is_str(kj_path_name(c.path), kj_path_name(path), what);
	is(c.why[KJ_PATH_SNAPSHOT], snapshot, what);
	is(c.why[KJ_PATH_DIRECT], direct, what);
	is(c.why[KJ_PATH_KEXEC],
	   f.kexec == KJ_KEXEC_NONE ? KJ_WHY_NO_KEXEC : f.kexec ? KJ_WHY_KEXEC_OFF : KJ_WHY_PATCH, what);
}

/* On a kernel that loads in stages. */
static void staged(struct kj_path_facts f, enum kj_path want, enum kj_path path, enum kj_path_why why, const char *what)
{
	struct kj_path_choice c;
	enum kj_err e = kj_path_choose(&f, want, &c);

	is(e, path ? KJ_OK : KJ_EUNSUPP, what);
	is_str(kj_path_name(c.path), kj_path_name(path), what);
	is(c.why[KJ_PATH_KEXEC], why, what);
}

static void test_staged(void)
{
	struct kj_path_facts f = all();

	f.staged = 1;
	f.stage_need = 510 * MIB;
	f.runs = f.runs_max = 1000;
	staged(f, KJ_PATH_KEXEC, KJ_PATH_KEXEC, KJ_WHY_OK, "kexec, asked for");
	staged(f, KJ_PATH_AUTO, KJ_PATH_SNAPSHOT, KJ_WHY_OK, "else snapshot");
	f.has_snapshot = 0;
	staged(f, KJ_PATH_AUTO, KJ_PATH_DIRECT, KJ_WHY_OK, "or direct");
	f.mapped = 1;
	staged(f, KJ_PATH_AUTO, KJ_PATH_KEXEC, KJ_WHY_OK, "kexec if neither works");
	staged(f, KJ_PATH_SNAPSHOT, KJ_PATH_AUTO, KJ_WHY_OK, "but not instead of what was asked for");
	f.have = f.stage_need - 1;
	staged(f, KJ_PATH_AUTO, KJ_PATH_AUTO, KJ_WHY_MEMORY, "a byte too few");
	f.have++;
	f.runs++;
	staged(f, KJ_PATH_KEXEC, KJ_PATH_AUTO, KJ_WHY_PIECES, "a run too many");
	f.kexec = KJ_KEXEC_OFF;
	staged(f, KJ_PATH_KEXEC, KJ_PATH_AUTO, KJ_WHY_KEXEC_OFF, "locked down");
	f.kexec = KJ_KEXEC_NONE;
	staged(f, KJ_PATH_KEXEC, KJ_PATH_AUTO, KJ_WHY_NO_KEXEC, "no kexec");
	is(kj_stage_need(100000, 1000, 131072, MIB), (100000ull + 1672000 / 4096 + 16 + 1024) * 4096 + MIB, "need");
}

/* No direct, and snapshot would fill memory to the brim. */
static void test_tight(void)
{
	struct kj_path_facts f = all();

	f.staged = 1;
	f.stage_need = 400 * MIB;
	f.runs = f.runs_max = 1000;
	f.have = f.need;
	f.has_kernel = 0;
	staged(f, KJ_PATH_AUTO, KJ_PATH_SNAPSHOT, KJ_WHY_OK, "a tight snapshot goes before kexec");
	is(kj_path_asks_staged(&f, KJ_PATH_AUTO), 0, "and the kernel is not asked");
	f.have--;
	staged(f, KJ_PATH_AUTO, KJ_PATH_KEXEC, KJ_WHY_OK, "but not one that does not fit");
	is(kj_path_asks_staged(&f, KJ_PATH_AUTO), 1, "then it is asked");
}

/* The kernel is asked whether it loads in stages only where that changes the answer. */
static void test_asks(void)
{
	struct kj_path_facts f = all();

	is(kj_path_asks_staged(&f, KJ_PATH_KEXEC), 1, "kexec is wanted: asked");
	is(kj_path_asks_staged(&f, KJ_PATH_SNAPSHOT), 0, "snapshot is wanted: not asked");
	is(kj_path_asks_staged(&f, KJ_PATH_DIRECT), 0, "direct is wanted: not asked");
	is(kj_path_asks_staged(&f, KJ_PATH_AUTO), 0, "snapshot works: not asked");
	f.has_snapshot = 0;
	is(kj_path_asks_staged(&f, KJ_PATH_AUTO), 0, "direct works: not asked");
	is(kj_path_asks_staged(&f, KJ_PATH_SNAPSHOT), 0, "what is wanted does not work: not asked");
	f.mapped = 1;
	is(kj_path_asks_staged(&f, KJ_PATH_AUTO), 1, "neither works: asked");
	f.kexec = KJ_KEXEC_OFF;
	is(kj_path_asks_staged(&f, KJ_PATH_AUTO), 0, "kexec is off: not asked");
	is(kj_path_asks_staged(&f, KJ_PATH_KEXEC), 0, "nor if it is wanted");
	is(kj_path_asks_staged(&f, KJ_PATHS), 0, "no such path");
}

static void test_auto(void)
{
	struct kj_path_facts f = all();

	choose(f, KJ_PATH_AUTO, KJ_PATH_SNAPSHOT, KJ_WHY_OK, KJ_WHY_OK, "everything: snapshot");
	f.have = f.need + f.need / 31 + 1;
	choose(f, KJ_PATH_AUTO, KJ_PATH_SNAPSHOT, KJ_WHY_OK, KJ_WHY_OK, "a part in 32 to spare: snapshot");
	f.have -= 2;
	choose(f, KJ_PATH_AUTO, KJ_PATH_DIRECT, KJ_WHY_TIGHT, KJ_WHY_OK, "less than that: direct");
	choose(f, KJ_PATH_SNAPSHOT, KJ_PATH_SNAPSHOT, KJ_WHY_OK, KJ_WHY_OK, "unless somebody asks for it");
	f.kexec = KJ_KEXEC_OFF;
	choose(f, KJ_PATH_AUTO, KJ_PATH_SNAPSHOT, KJ_WHY_OK, KJ_WHY_KEXEC_OFF, "or there is no other way");
	f.kexec = KJ_KEXEC_ABLE;
	f.have = f.need - 1;
	choose(f, KJ_PATH_AUTO, KJ_PATH_DIRECT, KJ_WHY_MEMORY, KJ_WHY_OK, "one byte too few: direct");
	f.has_kernel = 0;
	choose(f, KJ_PATH_AUTO, KJ_PATH_AUTO, KJ_WHY_MEMORY, KJ_WHY_NO_KERNEL, "and no kernel: none");
	f = all();
	f.mapped = 1;
	choose(f, KJ_PATH_AUTO, KJ_PATH_SNAPSHOT, KJ_WHY_OK, KJ_WHY_MAPPED, "on an encrypted device: snapshot");
	f.have = f.need - 1;
	choose(f, KJ_PATH_AUTO, KJ_PATH_AUTO, KJ_WHY_MEMORY, KJ_WHY_MAPPED, "and too large: none");
	f = all();
	f.has_snapshot = 0;
	choose(f, KJ_PATH_AUTO, KJ_PATH_DIRECT, KJ_WHY_NO_HIBERNATION, KJ_WHY_OK, "no /dev/snapshot");
	f = all();
	f.snapshot_off = 1;
	choose(f, KJ_PATH_AUTO, KJ_PATH_DIRECT, KJ_WHY_HIBERNATION_OFF, KJ_WHY_OK, "hibernation is off");
	f.kexec = KJ_KEXEC_OFF;
	choose(f, KJ_PATH_AUTO, KJ_PATH_AUTO, KJ_WHY_HIBERNATION_OFF, KJ_WHY_KEXEC_OFF, "locked down");
	f.kexec = KJ_KEXEC_NONE;
	choose(f, KJ_PATH_AUTO, KJ_PATH_AUTO, KJ_WHY_HIBERNATION_OFF, KJ_WHY_NO_KEXEC, "no kexec");
}

static void test_forced(void)
{
	struct kj_path_facts f = all();

	choose(f, KJ_PATH_DIRECT, KJ_PATH_DIRECT, KJ_WHY_OK, KJ_WHY_OK, "direct, though the other would do");
	choose(f, KJ_PATH_KEXEC, KJ_PATH_AUTO, KJ_WHY_OK, KJ_WHY_OK, "kexec, by a kernel that cannot");
	f.has_kernel = 0;
	choose(f, KJ_PATH_DIRECT, KJ_PATH_AUTO, KJ_WHY_OK, KJ_WHY_NO_KERNEL, "never another one than asked for");
	f = all();
	f.have = 0;
	choose(f, KJ_PATH_SNAPSHOT, KJ_PATH_AUTO, KJ_WHY_MEMORY, KJ_WHY_OK, "nor that way round");
}

static void test_window(void)
{
	struct kj_path_facts f = all();

	f.window = &alien;
	choose(f, KJ_PATH_DIRECT, KJ_PATH_AUTO, KJ_WHY_OK, KJ_WHY_WINDOW_ALIEN, "a window that is half RAM");
	f.window = &none;
	choose(f, KJ_PATH_DIRECT, KJ_PATH_AUTO, KJ_WHY_OK, KJ_WHY_WINDOW_ALIEN, "an image without a window");
	f.window = &window;
	f.window_need++;
	choose(f, KJ_PATH_DIRECT, KJ_PATH_AUTO, KJ_WHY_OK, KJ_WHY_WINDOW_SMALL, "a byte too small");
	is(kj_direct_room(&window), 128 * MIB, "room: the largest range");
	is(kj_direct_room(&none), 0, "room of nothing");
	is(kj_direct_need(3072, 2, 4 * MIB), 48 * MIB + 3072 * 128 + 8 * MIB, "need");
	is(kj_direct_need(UINT64_MAX / 64, 2, 4 * MIB), UINT64_MAX, "need that overflows");
	is(kj_direct_need(1, 2, UINT64_MAX), UINT64_MAX, "need that overflows, by workers");
}

static void test_names(void)
{
	static const char *const bad[] = { "", "a", "snapshots", "Direct", "unknown" };
	struct kj_path_choice c = { .path = KJ_PATH_KEXEC };
	struct kj_path_facts f = all();
	enum kj_path p;
	unsigned int i;

	for (i = 0; i < KJ_PATHS; i++) {
		is(kj_path_parse(kj_path_name((enum kj_path)i), &p), KJ_OK, "a name");
		is(p, i, "there and back");
	}
	p = KJ_PATH_DIRECT;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is(kj_path_parse(bad[i], &p), KJ_ENOTFOUND, "no name");
	is(p, KJ_PATH_DIRECT, "untouched");
	is_str(kj_path_name(KJ_PATHS), "unknown", "no path");
	for (i = 1; i < KJ_WHYS; i++)
		ok(kj_path_text((enum kj_path_why)i)[0], "reason %u has a text", i);
	is_str(kj_path_text(KJ_WHY_OK), "", "none");
	is_str(kj_path_text(KJ_WHYS), "", "no such reason");
	is(kj_path_choose(&f, KJ_PATHS, &c), KJ_ERANGE, "no such path to choose");
	is(c.path, KJ_PATH_KEXEC, "untouched");
}

int main(void)
{
	test_auto();
	test_forced();
	test_staged();
	test_tight();
	test_asks();
	test_window();
	test_names();
	return tap_done();
}
