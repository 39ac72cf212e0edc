/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump hibernate and test: their order of steps; must never jump before what would make the jump a loss has been looked at.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_crash.h"
#include "cmd/lib/front_free.h"
#include "cmd/lib/front_hooks.h"
#include "cmd/lib/front_levels.h"
#include "cmd/lib/front_opts.h"
#include "cmd/lib/front_prints.h"
#include "cmd/lib/front_room.h"
#include "cmd/lib/front_steps.h"
#include "cmd/lib/front_tested.h"
#include "cmd/lib/keyfile.h"
#include "sys/hold.h"
#include "sys/kexec.h"
#include "sys/log.h"

/* Coming back from S4 is work for the kernel (drivers/acpi/sleep.c: acpi_hibernation_leave, acpi_pm_finish), which it
 * leaves undone after a jump, unless it has kernel-patch/ and is asked for it. */
static int check_s4(const struct kj_front_choice *c, int *platform)
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
static int check_tested(const struct kj_run *r, const struct kj_front_choice *c)
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
	struct kj_front_choice c;
	uint32_t free_flags;
	int hooked, status = kj_front_parse(argc, argv, &c);

	if (status >= 0)
		return status;
	status = kj_front_settings(&r, &c);
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
		status = kj_front_take_target(&r, KJ_MODE_HIBERNATE, (enum kj_dump_format)r.conf.format, c.force);
	if (!status)
		status = kj_front_stopped();
	hooked = !status;
	if (!status)
		status = kj_hooks_pre("", &r);
	if (!status)
		status = kj_front_stopped();
	if (!status)
		make_room(&r);
	/* the kernel's own loader would compare nothing; a hook may have unmounted something */
	if (!status && r.conf.format == KJ_DUMP_IMAGE)
		status = kj_front_prints(&r.prints, &r.target.stack, c.force);
	if (!status)
		status = kj_front_go(&r, KJ_MODE_HIBERNATE, (enum kj_dump_format)r.conf.format,
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
	struct kj_front_choice c;
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
	status = kj_front_parse(argc, argv, &c);
	if (status >= 0)
		return status;
	if (c.target)
		return kj_front_usage(argv[0], EX_USAGE);
	status = kj_front_settings(&r, &c);
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
		status = kj_front_go(&r, KJ_MODE_TEST, (enum kj_dump_format)r.conf.format, 0);
	if (!status && !c.jump_only)
		status = remember(&r, &t);
	kj_run_end(&r);
	return status;
}
