/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump hibernate, snapshot and test: their options and order of steps; never jumps before the target has been opened
 * and checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/front.h"
#include "cmd/lib/front_crash.h"
#include "cmd/lib/front_run.h"
#include "cmd/lib/front_copy.h"
#include "cmd/lib/front_crypt.h"
#include "cmd/lib/front_found.h"
#include "cmd/lib/front_free.h"
#include "cmd/lib/front_hooks.h"
#include "cmd/lib/front_levels.h"
#include "cmd/lib/front_prints.h"
#include "cmd/lib/front_stay.h"
#include "cmd/lib/front_room.h"
#include "cmd/lib/keyfile.h"
#include "cmd/lib/front_tested.h"
#include "cmd/lib/front_waits.h"
#include "core/image.h"
#include "sys/hold.h"
#include "sys/kexec.h"
#include "sys/log.h"

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "target", required_argument, NULL, 't' },
	{ "output", required_argument, NULL, 'o' },
	{ "format", required_argument, NULL, 'f' },
	{ "filter", required_argument, NULL, 'd' },
	{ "window", required_argument, NULL, 'w' },
	{ "reboot", no_argument, NULL, 'r' },
	{ "s4", no_argument, NULL, '4' },
	{ "force-s4", no_argument, NULL, '5' },
	{ "force", no_argument, NULL, 'F' },
	{ "plain", no_argument, NULL, 'P' },
	{ "jump-only", no_argument, NULL, 'j' },
	{ "stay", no_argument, NULL, 'S' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct choice {
	const char *conf, *target, *window, *output, *format, *filter;
	int reboot, s4, force_s4, force, plain, jump_only, stay, quiet, help;
};

static int usage(const char *cmd, int status)
{
	FILE *f = status ? stderr : stdout;

	fprintf(f, "usage: kjump %s [OPTION...]\n\n"
		"  -c, --config FILE    settings (" KJ_FRONT_CONF ")\n"
		"  -w, --window WINDOW  auto, a size, or START-END: the pages that kernel B runs in\n", cmd);
	if (strcmp(cmd, "test"))
		fputs("  -t, --target TARGET  where to write, instead of the configured target\n", f);
	if (!strcmp(cmd, "snapshot"))
		fputs("  -o, --output FILE    copy the dump from the target to FILE afterwards\n"
		      "  -f, --format FORMAT  kdump or elf, instead of what core_collector says\n"
		      "  -d, --filter FILTER  leave out 1 zero, 2 cache, 4 private cache, 8 user, 16 free pages; the sum\n"
		      "  -S, --stay           kernel B stays in memory, and does the next snapshots at once; until kjump unload\n"
		      "  -P, --plain          although encrypt is set: a dump is not encrypted\n", f);
	if (!strcmp(cmd, "hibernate"))
		fputs("  -r, --reboot         reset instead of power-off when the image is whole\n"
		      "      --s4             power off through ACPI S4: needs a kernel that takes part in it\n"
		      "      --force-s4       the same without one\n"
		      "  -F, --force          save although kjump test has not passed on this kernel, a file\n"
		      "                       system cannot be fingerprinted, the target's key may get lost, or\n"
		      "                       the command line does not lead to it, or an image waits there\n", f);
	if (!strcmp(cmd, "test"))
		fputs("  -j, --jump-only      without the kernel's own tests; does not count for hibernate\n"
		      "      --vm             boot kernel B in QEMU instead, see test --vm --help\n"
		      "      --crash          crash on purpose instead, see test --crash --help\n", f);
	fputs("  -q, --quiet          say nothing when it works\n", f);
	return status;
}

/* Options into @c; -1: go on, otherwise the exit status. */
static int parse(int argc, char **argv, struct choice *c)
{
	int o;

	memset(c, 0, sizeof(*c));
	c->conf = KJ_FRONT_CONF;
	while ((o = getopt_long(argc, argv, "+c:t:o:f:d:w:rFPSjqh", options, NULL)) != -1) {
		switch (o) {
		case 'c': c->conf = optarg; break;
		case 't': c->target = optarg; break;
		case 'o': c->output = optarg; break;
		case 'f': c->format = optarg; break;
		case 'd': c->filter = optarg; break;
		case 'w': c->window = optarg; break;
		case 'r': c->reboot = 1; break;
		case '4': c->s4 = 1; break;
		case '5': c->s4 = c->force_s4 = 1; break;
		case 'F': c->force = 1; break;
		case 'P': c->plain = 1; break;
		case 'S': c->stay = 1; break;
		case 'j': c->jump_only = 1; break;
		case 'q': c->quiet = 1; break;
		case 'h': return usage(argv[0], 0);
		default: return usage(argv[0], EX_USAGE);
		}
	}
	if (optind != argc || ((c->output || c->format || c->filter || c->plain || c->stay) && strcmp(argv[0], "snapshot")) ||
	    ((c->reboot || c->s4 || c->force) && strcmp(argv[0], "hibernate")) || (c->reboot && c->s4) ||
	    (c->jump_only && strcmp(argv[0], "test")))
		return usage(argv[0], EX_USAGE);
	return -1;
}

static int settings(struct kj_run *r, const struct choice *c)
{
	memset(r, 0, sizeof(*r));
	r->target.fd = r->target.raw = -1;
	r->pin.fd = r->resident.fd = r->tell = -1;
	r->quiet = c->quiet;
	if (getuid() != 0) {
		kj_log(KJ_LOG_ERR, "only root can do this");
		return EX_NOPERM;
	}
	kj_front_conf(&r->conf, c->conf);
	if (c->target)
		snprintf(r->conf.target, sizeof(r->conf.target), "%s", c->target);
	if (c->window)
		snprintf(r->conf.window, sizeof(r->conf.window), "%s", c->window);
	if (!kj_codec_fits(r->conf.codec, r->conf.format)) {
		kj_log(KJ_LOG_ERR, "%s: codec %s does not go with format %s", c->conf,
		       kj_codec_name(r->conf.codec), kj_format_name(r->conf.format));
		return EX_CONFIG;
	}
	if (kj_codec_check(r->conf.codec, r->conf.level)) {
		kj_log(KJ_LOG_ERR, "%s: level '%d' is not one of %s", c->conf, (int)r->conf.level,
		       kj_codec_name(r->conf.codec));
		return EX_CONFIG;
	}
	return kj_front_lock();
}

/* What not every kind of target can do. */
static int check_target(const struct kj_run *r, enum kj_mode mode, enum kj_dump_format format)
{
	const struct kj_front_target *t = &r->target;

	if (t->stack.crypt && format == KJ_DUMP_SWSUSP) {
		kj_log(KJ_LOG_ERR,
		       "%s: format swsusp: the kernel's own loader looks for an image before an encrypted device is"
		       " open",
		       t->path);
		return EX_CONFIG;
	}
	if (t->kind == KJ_FRONT_WHOLE)
		return 0;
	if (format == KJ_DUMP_SWSUSP) {
		kj_log(KJ_LOG_ERR, "%s: format swsusp needs a whole partition: the kernel's own loader knows no extents", t->path);
		return EX_CONFIG;
	}
	if (t->kind != KJ_FRONT_SWAP)
		return 0;
	/* its blocks are free again before anybody could read the dump */
	if (mode != KJ_MODE_HIBERNATE) {
		kj_log(KJ_LOG_ERR, "%s: a swap area keeps no dump; --target names another place", t->path);
		return EX_CONFIG;
	}
	if (t->fd >= 0) {
		kj_log(KJ_LOG_ERR, "%s: holds a job's blocks and is not in use; kjump discard gives it back", t->path);
		return EX_TEMPFAIL;
	}
	return 0;
}

/* An image that nobody finds is a session lost without a word. */
static int check_found(const struct kj_front_target *t, int force)
{
	char why[KJ_FOUND_WHY];

	if (kj_front_found("", t, why))
		return 0;
	kj_log(force ? KJ_LOG_WARN : KJ_LOG_ERR, "%s: %s%s", t->path, why, force ? "" : "; --force does without");
	return force ? 0 : EX_CONFIG;
}

/* Two systems may share a target. */
static int check_waits(const struct kj_front_target *t, int force)
{
	char text[KJ_WAITS_TEXT];

	if (!kj_front_waits(t, text))
		return 0;
	kj_log(force ? KJ_LOG_WARN : KJ_LOG_ERR, "%s: %s, waits to be restored%s", t->path, text,
	       force ? ", and is overwritten" : ": kjump discard removes it, --force overwrites it");
	return force ? 0 : EX_TEMPFAIL;
}

/* The last question that a person may be asked. */
static int take_target(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, int force)
{
	int status = kj_front_target_try(&r->target, r->conf.target);

	if (!status && mode == KJ_MODE_HIBERNATE)
		status = kj_front_crypt_lasts(&r->target, force);
	if (!status)
		status = check_target(r, mode, format);
	if (!status && mode == KJ_MODE_HIBERNATE)
		status = check_waits(&r->target, force);
	if (!status && mode == KJ_MODE_HIBERNATE)
		status = check_found(&r->target, force);
	if (!status)
		status = kj_front_crypt(&r->target, r->conf.target_key, &r->crypt);
	return status;
}

static int stopped(void)
{
	const int sig = kj_hold_pending();

	if (sig)
		kj_log(KJ_LOG_ERR, "stopped by signal %d", sig);
	return sig ? EX_TEMPFAIL : 0;
}

static int go(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, uint32_t flags)
{
	int status = kj_run_prepare(r, mode, format, flags);

	if (!status)
		status = kj_run_jump(r);
	kj_hold_end();
	return status;
}

/* Coming back from S4 is work for the kernel (drivers/acpi/sleep.c: acpi_hibernation_leave, acpi_pm_finish), which it
 * leaves undone after a jump, unless it has kernel-patch/ and is asked for it. */
static int check_s4(const struct choice *c, int *platform)
{
	static const char undone[] = "_WAK and _TTS are not run when this kernel comes back, and ACPI NVS memory is not put back";
	int rc;

	if (!c->s4)
		return 0;
	rc = kj_kexec_can_sleep();
	*platform = rc == 1;
	if (*platform)
		return 0;
	if (rc == -EOPNOTSUPP) {
		kj_log(KJ_LOG_ERR, "S4: this machine has none");
		return EX_UNAVAILABLE;
	}
	if (!c->force_s4) {
		kj_log(KJ_LOG_ERR, "S4 needs a patched kernel: %s; --force-s4 does without", undone);
		return EX_UNAVAILABLE;
	}
	kj_log(KJ_LOG_WARN, "S4: %s", undone);
	return 0;
}

static int take_key(struct kj_run *r)
{
	char why[KJ_KEYFILE_WHY];
	int status = r->conf.encrypt[0] ? kj_keyfile_read(r->conf.encrypt, &r->key, why) : 0;

	if (status)
		kj_log(KJ_LOG_ERR, "%s: %s", r->conf.encrypt, why);
	return status;
}

/* Before anything that takes long. Asked seldom, for each question counts against kexec_load_limit_reboot. */
static int check_kernel(void)
{
	if (kj_kexec_can_jump())
		return 0;
	kj_log(KJ_LOG_ERR, "kernel has no CONFIG_KEXEC_JUMP: crash dumps are all it can have (kjump load --crash)");
	return EX_UNAVAILABLE;
}

/* Who has not seen this kernel jump and come back is not to lose what is open in it. */
static int check_tested(const struct kj_run *r, const struct choice *c)
{
	struct kj_tested now;
	char why[KJ_TESTED_WHY];
	uint64_t when;
	int status;

	if (!r->conf.require_test)
		return 0;
	status = kj_tested_now("", &r->conf, &now);
	if (status || kj_tested_passed("", &now, &when, why))
		return status;
	/* which one that cannot jump will never have passed */
	status = check_kernel();
	if (status)
		return status;
	kj_log(c->force ? KJ_LOG_WARN : KJ_LOG_ERR, "%s%s", why, c->force ? "" : "; --force does without");
	return c->force ? 0 : EX_TEMPFAIL;
}

/* The direct path alone brings back what C cannot hold beside itself. */
static void make_room(const struct kj_run *r)
{
	int rc;

	if (r->conf.direct && r->conf.format == KJ_DUMP_IMAGE)
		return;
	rc = kj_front_room("");
	if (rc < 0)
		kj_log(KJ_LOG_WARN, "/proc/sys/vm/drop_caches: %s", strerror(-rc));
}

int kj_front_hibernate(int argc, char **argv)
{
	struct kj_run r;
	struct choice c;
	uint32_t free_flags;
	int hooked, status = parse(argc, argv, &c);

	if (status >= 0)
		return status;
	status = settings(&r, &c);
	if (!status)
		status = check_tested(&r, &c);
	if (!status)
		status = check_s4(&c, &r.platform);
	free_flags = kj_front_free_flags("");
	if (!status && free_flags && r.conf.format == KJ_DUMP_SWSUSP) {
		kj_log(KJ_LOG_ERR, "%s is on: this kernel relies on what free pages hold, and the kernel's own loader leaves anything there; use format image",
		       free_flags == KJ_JOB_FREE_ZERO ? "init_on_free" : "page_poison");
		status = EX_UNAVAILABLE;
	}
	if (!status)
		status = take_key(&r);
	/* from here on somebody has to clean up */
	kj_hold_watch();
	if (!status)
		status = take_target(&r, KJ_MODE_HIBERNATE, (enum kj_dump_format)r.conf.format, c.force);
	if (!status)
		status = stopped();
	hooked = !status;
	if (!status)
		status = kj_hooks_pre("", &r);
	if (!status)
		status = stopped();
	if (!status)
		make_room(&r);
	/* the kernel's own loader would compare nothing; a hook may have unmounted something */
	if (!status && r.conf.format == KJ_DUMP_IMAGE)
		status = kj_front_prints(&r.prints, &r.target.stack, c.force);
	if (!status)
		status = go(&r, KJ_MODE_HIBERNATE, (enum kj_dump_format)r.conf.format,
			    (c.reboot ? KJ_JOB_REBOOT : 0) | (r.conf.flag_zeros ? KJ_JOB_FLAG_ZEROS : 0) |
			    (r.conf.direct ? KJ_JOB_DIRECT : 0) | (c.s4 ? KJ_JOB_S4 : 0) | free_flags);
	/* who was told that it is going to be saved is told that this is over */
	if (hooked)
		kj_hooks_post("", &r, status);
	kj_run_end(&r);
	return status;
}

/* Another kernel B may lie there by now than the one that was entered: @t is from before. */
static int remember(const struct kj_run *r, const struct kj_tested *t)
{
	char path[KJ_FRONT_TEXT];
	int rc = kj_tested_write("", t, path);

	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-rc));
		return EX_CANTCREAT;
	}
	if (!r->quiet)
		printf("remembered in %s\n", path);
	return 0;
}

int kj_front_test(int argc, char **argv)
{
	struct kj_pin_hole hole[KJ_WIN_MAX];
	struct kj_tested t;
	struct kj_run r;
	struct choice c;
	size_t n;
	int status;

	/* of another kernel in another machine, and a shell's to do */
	if (argc > 1 && !strcmp(argv[1], "--vm"))
		return kj_front_script("try-vm", argv + 1);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--crash"))
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(argc - i) * sizeof(*argv));
		return kj_front_crash_test(argc - 1, argv);
	}
	status = parse(argc, argv, &c);
	if (status >= 0)
		return status;
	if (c.target)
		return usage(argv[0], EX_USAGE);
	status = settings(&r, &c);
	if (!status)
		status = kj_tested_now("", &r.conf, &t);
	/* what the loader refuses needs no half minute of tests */
	if (!status && !c.jump_only)
		status = check_kernel();
	if (!status && !c.jump_only)
		status = kj_run_plan(&r, hole, KJ_WIN_MAX, &n);
	if (!status && !c.jump_only)
		status = kj_front_levels("", r.quiet);
	if (!status)
		status = go(&r, KJ_MODE_TEST, (enum kj_dump_format)r.conf.format, 0);
	if (!status && !c.jump_only)
		status = remember(&r, &t);
	kj_run_end(&r);
	return status;
}

/* -f and -d as the collector would have them. */
static int dump_settings(struct kj_conf_dump *d, const struct choice *c)
{
	static const char key[] = "core_collector";
	const char *format = c->format ? c->format : "kdump", *filter = c->filter ? c->filter : "31";
	struct kj_conf_error err = { .what = "-f or -d: not one word" };
	struct kj_conf conf;
	char text[256];
	int n;

	kj_conf_init(&conf);
	n = snprintf(text, sizeof(text), "kjump-dump -f %s -d %s", format, filter);
	snprintf(err.token, sizeof(err.token), "%.*s", (int)sizeof(err.token) - 1, c->format ? format : filter);
	if (n >= 0 && (size_t)n < sizeof(text) && *format && *filter && !strpbrk(format, " \t") && !strpbrk(filter, " \t") &&
	    !kj_conf_set(&conf, key, sizeof(key) - 1, text, (size_t)n, &err)) {
		*d = conf.dump;
		return 0;
	}
	kj_log(KJ_LOG_ERR, "%s '%s'", err.what, err.token);
	return EX_USAGE;
}

/* Over what kjump.conf says; another format than there begins with its own defaults. */
static void take_dump(struct kj_conf_dump *conf, const struct kj_conf_dump *d, const struct choice *c)
{
	if (c->format && conf->elf != d->elf) {
		*conf = *d;
		conf->filter = d->elf ? 0 : KJ_JOB_FILTER_MAX;
	}
	if (c->filter)
		conf->filter = d->filter;
}

int kj_front_snapshot(int argc, char **argv)
{
	struct kj_conf_dump d;
	struct kj_run r;
	struct choice c;
	int out = -1, status = parse(argc, argv, &c);

	if (status >= 0)
		return status;
	status = dump_settings(&d, &c);
	if (status)
		return status;
	status = settings(&r, &c);
	take_dump(&r.conf.dump, &d, &c);
	if (!status && r.conf.encrypt[0] && !c.plain) {
		kj_log(KJ_LOG_ERR, "%s: encrypt is set, and a dump cannot be encrypted; --plain makes one all the same", c.conf);
		status = EX_CONFIG;
	}
	if (!status && kj_front_stay_begin(&r, c.stay, &status) == KJ_STAY_DONE)
		return status;
	kj_hold_watch();
	if (!status && c.output)
		status = kj_front_copy_open(c.output, &out);
	if (!status)
		status = take_target(&r, KJ_MODE_SNAPSHOT, r.conf.dump.elf ? KJ_DUMP_ELF : KJ_DUMP_KDUMP, 0);
	if (!status)
		status = go(&r, KJ_MODE_SNAPSHOT, r.conf.dump.elf ? KJ_DUMP_ELF : KJ_DUMP_KDUMP, 0);
	if (!status && out >= 0)
		status = kj_front_copy(&r.target, out, c.output);
	if (status && out >= 0)
		unlink(c.output);
	if (out >= 0)
		close(out);
	if (r.stays && !r.warm)
		kj_front_stay_hold(&r, status);
	kj_run_end(&r);
	return status;
}
