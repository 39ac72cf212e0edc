// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-load: load kernel B beside A, to jump into or for the day that A crashes; must never replace an image that is
 * not ours unless told to.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/load.h"
#include "cmd/lib/load_mark.h"
#include "cmd/lib/stay.h"
#include "core/parse.h"
#include "sys/die.h"
#include "sys/kexec.h"
#include "sys/log.h"

#define KERNEL_MAX (256u << 20)

static const char usage[] =
	"usage: kjump-load --kernel FILE --initrd FILE [OPTION]...\n"
	"       kjump-load --unload [--crash] [--force]\n"
	"\n"
	"Load a second kernel that this one can jump into and be jumped back to.\n"
	"\n"
	"  --crash           for a panic: into the crashkernel= reservation\n"
	"  --append STRING   more for its command line\n"
	"  --window W        auto, SIZE, or START-END: the memory that it gets\n"
	"  --confine R       for good: START-END[,START-END...] is all the memory it gets\n"
	"  --secret FILE     for it alone: a page at most, which it can wipe\n"
	"  --plan            print what would be done and do nothing\n"
	"  --job PA:NONCE    the page with this run's job (NONCE: 32 hex digits)\n"
	"  --mailbox PA:NONCE  the page for the answer\n"
	"  --platform        this kernel is to prepare for ACPI S4\n"
	"  --note NAME=FILE  an ELF note of your own, up to 8\n"
	"  --force           replace a foreign image, risk a window where a CPU waits\n"
	"  --unload          give the memory back\n"
	"  --sysroot DIR     with --plan: read /proc and /sys below DIR\n"
	"  -k, --kmsg        messages to /dev/kmsg\n"
	"  -h, --help        this text\n"
	"\n"
	"Exit status: 0 done; 64 usage, 65 bad kernel, 66 no such file, 69 not possible\n"
	"here, 75 not enough memory or another image is loaded, 77 not permitted.\n";

enum { OPT_CRASH = 256, OPT_KERNEL, OPT_INITRD, OPT_APPEND, OPT_WINDOW, OPT_CONFINE, OPT_SECRET, OPT_PLAN, OPT_JOB,
	OPT_MAILBOX, OPT_PLATFORM, OPT_NOTE, OPT_FORCE, OPT_UNLOAD, OPT_SYSROOT };

static const struct option longopts[] = {
	{ "crash", no_argument, NULL, OPT_CRASH },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "append", required_argument, NULL, OPT_APPEND },
	{ "window", required_argument, NULL, OPT_WINDOW },
	{ "confine", required_argument, NULL, OPT_CONFINE },
	{ "secret", required_argument, NULL, OPT_SECRET },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "job", required_argument, NULL, OPT_JOB },
	{ "mailbox", required_argument, NULL, OPT_MAILBOX },
	{ "platform", no_argument, NULL, OPT_PLATFORM },
	{ "note", required_argument, NULL, OPT_NOTE },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "unload", no_argument, NULL, OPT_UNLOAD },
	{ "sysroot", required_argument, NULL, OPT_SYSROOT },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- options ---- */

static void parse_page(const char *opt, const char *arg, struct kj_load_page *ret)
{
	const size_t n = strcspn(arg, ":");
	const char *hex = arg + n + 1;

	if (!arg[n] || kj_parse_u64(arg, n, &ret->pa) || !ret->pa || ret->pa % KJ_PAGE ||
	    strlen(hex) != 2 * sizeof(ret->nonce))
		die(EX_USAGE, "%s: not PA:NONCE: \"%s\"", opt, arg);
	for (size_t i = 0; i < sizeof(ret->nonce); i++) {
		uint64_t v;

		if (kj_parse_hex(hex + 2 * i, 2, &v))
			die(EX_USAGE, "%s: not PA:NONCE: \"%s\"", opt, arg);
		ret->nonce[i] = (uint8_t)v;
	}
}

static void parse_window(const char *arg, struct kj_load_opts *o)
{
	struct kj_span w;

	o->window_start = KJ_ANYWHERE;
	o->window_size = 0;
	if (!strcmp(arg, "auto"))
		return;
	if (kj_parse_span(arg, strlen(arg), &w))
		die(EX_USAGE, "--window: not auto, SIZE or START-END: \"%s\"", arg);
	/* END may be the last byte, as /proc/iomem has it, or the first one behind, as we print it */
	if (w.len % KJ_PAGE == 1)
		w.len--;
	if (!w.len || w.len % KJ_PAGE)
		die(EX_USAGE, "--window: not whole pages: \"%s\"", arg);
	o->window_start = w.start;
	o->window_size = w.len;
}

/* As `WINDOW=` is printed: whole pages, END the first byte behind. */
static void parse_confine(const char *arg, struct kj_load_opts *o)
{
	for (const char *p = arg; p;) {
		const size_t n = strcspn(p, ",");
		struct kj_range r = { 0, 0 };
		struct kj_span s;

		/* END may be the last byte here too */
		if (!kj_parse_span(p, n, &s) && s.start != KJ_ANYWHERE && s.len <= UINT64_MAX - s.start)
			r = (struct kj_range){ s.start, s.start + s.len - (s.len % KJ_PAGE == 1) };
		if (r.start >= r.end || r.start % KJ_PAGE || r.end % KJ_PAGE ||
		    kj_ranges_overlap(&o->confine, r.start, r.end - r.start))
			die(EX_USAGE, "--confine: not START-END of whole pages: \"%.*s\"", (int)n, p);
		if (o->confine.n >= KJ_WIN_MAX || kj_ranges_add(&o->confine, r.start, r.end))
			die(EX_USAGE, "--confine: more than %u ranges", KJ_WIN_MAX);
		p = p[n] ? p + n + 1 : NULL;
	}
}

static void parse_note(const char *arg, struct kj_load_opts *o)
{
	const size_t n = strcspn(arg, "=");

	if (!arg[n] || !arg[n + 1] || !n || n > 32)
		die(EX_USAGE, "--note: not NAME=FILE: \"%s\"", arg);
	for (size_t i = 0; i < n; i++)
		if (arg[i] <= ' ' || arg[i] > '~')
			die(EX_USAGE, "--note: name is not plain ASCII");
	/* names that mean something to those who read a core */
	if ((n == 5 && !memcmp(arg, KJ_NOTE_NAME, n)) || (n == 10 && !memcmp(arg, "VMCOREINFO", n)) ||
	    (n == 4 && !memcmp(arg, "CORE", n)))
		die(EX_USAGE, "--note: name is taken: \"%.*s\"", (int)n, arg);
	if (o->nnotes >= KJ_LOAD_NOTES)
		die(EX_USAGE, "--note: more than %u", KJ_LOAD_NOTES);
	o->note[o->nnotes++] = arg;
}

static void parse_one(int c, struct kj_load_opts *o)
{
	switch (c) {
	case OPT_CRASH:
		o->crash = 1;
		break;
	case OPT_KERNEL:
		o->kernel = optarg;
		break;
	case OPT_INITRD:
		o->initrd = optarg;
		break;
	case OPT_APPEND:
		o->append = optarg;
		break;
	case OPT_WINDOW:
		parse_window(optarg, o);
		break;
	case OPT_CONFINE:
		parse_confine(optarg, o);
		break;
	case OPT_SECRET:
		o->secret = optarg;
		break;
	case OPT_PLAN:
		o->plan = 1;
		break;
	case OPT_JOB:
		parse_page("--job", optarg, &o->job);
		break;
	case OPT_MAILBOX:
		parse_page("--mailbox", optarg, &o->mbox);
		break;
	case OPT_PLATFORM:
		o->platform = 1;
		break;
	case OPT_NOTE:
		parse_note(optarg, o);
		break;
	case OPT_FORCE:
		o->force = 1;
		break;
	case OPT_UNLOAD:
		o->unload = 1;
		break;
	case OPT_SYSROOT:
		o->root = optarg;
		break;
	case 'k':
		(void)kj_log_to_kmsg();
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(EX_USAGE);
	}
}

static void parse_args(int argc, char **argv, struct kj_load_opts *o)
{
	int c;

	*o = (struct kj_load_opts){ .append = "", .root = "", .window_start = KJ_ANYWHERE };
	while ((c = getopt_long(argc, argv, "+hk", longopts, NULL)) != -1)
		parse_one(c, o);
	if (optind < argc)
		die(EX_USAGE, "unexpected argument: \"%s\"", argv[optind]);
	if (o->root[0] && !o->plan)
		die(EX_USAGE, "--sysroot goes with --plan only");
	if (o->unload)
		return;
	if (!o->kernel || !o->initrd)
		die(EX_USAGE, "--kernel and --initrd are needed");
	if (o->crash && (o->job.pa || o->mbox.pa || o->window_size || o->window_start != KJ_ANYWHERE))
		die(EX_USAGE, "--crash goes without --job, --mailbox and --window");
	if (o->confine.n && (o->crash || o->job.pa || o->mbox.pa || o->window_size || o->window_start != KJ_ANYWHERE))
		die(EX_USAGE, "--confine goes without --crash, --job, --mailbox and --window");
	if (o->platform && (o->crash || o->confine.n))
		die(EX_USAGE, "--platform goes without --crash and --confine");
	/* who comes back would find it in the backup pages */
	if (o->secret && !o->confine.n)
		die(EX_USAGE, "--secret goes with --confine only");
}

/* ---- images that are there already ---- */

/* End unless nothing is loaded, or what is loaded is ours. */
static int check_foreign(const struct kj_load_opts *o)
{
	const int loaded = kj_mark_look("", o->crash);

	if (loaded == -EEXIST && !o->force)
		die(EX_TEMPFAIL, "another program's %s image is loaded: unload it first, or use --force",
		    o->crash ? "crash" : "kexec");
	return loaded != 0;
}

/* Before the image that is there is given up. */
static void check_platform(const struct kj_load_opts *o)
{
	if (o->platform && kj_kexec_can_sleep() != 1)
		die(EX_UNAVAILABLE, "--platform: the kernel does not prepare for ACPI S4");
}

static int unload(const struct kj_load_opts *o)
{
	const int loaded = check_foreign(o);
	int err = kj_kexec_load(0, NULL, 0, o->crash ? KJ_KEXEC_ON_CRASH : 0);

	if (err == -EPERM)
		die(EX_NOPERM, "kexec_load: %s",
		    kj_kexec_disabled() ? "disabled by kernel.kexec_load_disabled" : "not root, or locked down");
	if (err == -EBUSY)
		die(EX_TEMPFAIL, "kexec_load: another load is under way");
	if (err)
		die(err == -ENOSYS ? EX_UNAVAILABLE : EX_OSERR, "kexec_load: %s", strerror(-err));
	kj_mark_forget(o->crash);
	if (!o->crash)
		kj_stay_end("");
	printf("UNLOADED=%s\n", loaded ? "yes" : "none");
	return 0;
}

/* ---- what was done ---- */

struct text {
	char s[4096];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->n, sizeof(t->s) - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n = (size_t)n < sizeof(t->s) - t->n ? t->n + (size_t)n : sizeof(t->s) - 1;
}

static void put_hex(struct text *t, const char *key, uint64_t v)
{
	put(t, "%s=0x%llx\n", key, (unsigned long long)v);
}

static void describe(const struct kj_load *l, struct text *t)
{
	const struct kj_range *w = &l->window.r;

	put(t, "MODE=%s\nWINDOW=", l->o.crash ? "crash" : l->o.confine.n ? "confine" : "jump");
	for (uint32_t i = 0; i < l->own.n; i++)
		put(t, "%s0x%llx-0x%llx", i ? "," : "", (unsigned long long)l->own.r[i].start,
		    (unsigned long long)l->own.r[i].end);
	put(t, "\nMAIN_WINDOW=0x%llx-0x%llx\n", (unsigned long long)w->start, (unsigned long long)w->end);
	put(t, "RESERVED=%s\n", l->window.reserved ? "yes" : "no");
	put(t, "SEGMENTS=%u\n", l->plan.n);
	put(t, "BACKUP_PAGES=%llu\n", kj_load_one_way(&l->o) ? 0 : (unsigned long long)l->plan.pages);
	put_hex(t, "ENTRY", l->plan.purgatory);
	put_hex(t, "KERNEL_PA", l->plan.kernel);
	put_hex(t, "PARAMS_PA", l->plan.boot_params);
	put_hex(t, "INITRD_PA", l->plan.initrd);
	put_hex(t, "CORE_PA", l->plan.header);
	put(t, "CORE_BY=%s\n", l->a.core_room ? "kernel" : "loader");
	put_hex(t, "NOTES_PA", l->plan.notes);
	if (l->o.secret)
		put_hex(t, "SECRET_PA", l->plan.taken.end - KJ_PAGE);
	put_hex(t, "RE_PA", l->re_pa);
	put_hex(t, "PAGE_OFFSET", l->a.page_offset);
	put(t, "E820_CRC=%08x\n", kj_get_le32(l->a.host.e820_crc));
	put(t, "PHYSPAGES=%llu\n", (unsigned long long)kj_get_le64(l->a.host.physpages));
	put(t, "KERNEL_RELEASE=%s\n", l->bz.release);
}

/* --plan: the tables too, for people and tests. */
static void describe_tables(const struct kj_load *l)
{
	static const char *const part[KJ_PARTS] = { "backup", "kernel", "aux", "initrd", "header" };

	for (uint32_t i = 0; i < l->plan.n; i++)
		printf("SEGMENT_%u=0x%llx-0x%llx:%s\n", i, (unsigned long long)l->plan.seg[i].mem,
		       (unsigned long long)(l->plan.seg[i].mem + l->plan.seg[i].memsz), part[l->plan.seg[i].part]);
	for (uint32_t i = 0; i < l->map.n; i++)
		printf("E820_%u=0x%llx-0x%llx:%u\n", i, (unsigned long long)l->map.e[i].start,
		       (unsigned long long)l->map.e[i].end, l->map.e[i].type);
	for (uint32_t i = 0; i < l->offered.n; i++)
		printf("LOAD_%u=0x%llx-0x%llx\n", i, (unsigned long long)l->offered.r[i].start,
		       (unsigned long long)l->offered.r[i].end);
	printf("CMDLINE=%s\n", l->cmdline);
}

static void read_files(struct kj_load *l)
{
	enum kj_err e;

	kj_load_read("", l->o.kernel, KERNEL_MAX, &l->kernel);
	e = kj_bzimage_parse(l->kernel.buf, l->kernel.len, &l->bz);
	if (e)
		die(EX_DATAERR, "%s: %s", l->o.kernel,
		    e == KJ_EMAGIC   ? "not a bzImage" :
		    e == KJ_EVERSION ? "boot protocol older than 2.12" :
		    e == KJ_EUNSUPP  ? "not a relocatable 64-bit kernel" :
				       kj_strerror(e));
	kj_load_initrd(l->o.initrd, &l->initrd);
	if (l->o.secret)
		kj_load_read("", l->o.secret, KJ_PAGE, &l->secret);
	for (uint32_t i = 0; i < l->o.nnotes; i++)
		kj_load_read("", strchr(l->o.note[i], '=') + 1, KJ_LOAD_NOTE_MAX, &l->foreign[i]);
}

int main(int argc, char **argv)
{
	static struct kj_load l;
	static struct text t;
	int loaded = 0;

	kj_log_init("kjump-load");
	parse_args(argc, argv, &l.o);
	if (!l.o.root[0] && geteuid())
		die(EX_NOPERM, "not root");
	if (l.o.unload)
		return unload(&l.o);
	if (!l.o.plan) {
		loaded = check_foreign(&l.o);
		check_platform(&l.o);
	}
	read_files(&l);
	kj_load_facts(&l.o, &l.a);
	kj_load_window(&l);
	kj_load_plan_all(&l);
	kj_load_cmdline(&l);
	kj_load_build(&l);
	describe(&l, &t);
	if (!l.o.plan) {
		/* from here on the old image is gone, whatever comes */
		if (loaded)
			kj_mark_forget(l.o.crash);
		if (!l.o.crash)
			kj_stay_end("");
		kj_load_commit(&l);
		kj_mark_write(l.o.crash, t.s);
	}
	fputs(t.s, stdout);
	if (l.o.plan)
		describe_tables(&l);
	return fflush(stdout) ? EX_IOERR : 0;
}
