/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump snapshot; must never leave a copy that is not whole.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_copy.h"
#include "cmd/lib/front_opts.h"
#include "cmd/lib/front_stay.h"
#include "cmd/lib/front_steps.h"
#include "sys/hold.h"
#include "sys/log.h"

/* -f and -d as the collector would have them. */
static int dump_settings(struct kj_conf_dump *d, const struct kj_front_choice *c)
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
static void take_dump(struct kj_conf_dump *conf, const struct kj_conf_dump *d, const struct kj_front_choice *c)
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
	struct kj_front_choice c;
	int out = -1, status = kj_front_parse(argc, argv, &c);

	if (status >= 0)
		return status;
	status = dump_settings(&d, &c);
	if (status)
		return status;
	status = kj_front_settings(&r, &c);
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
		status = kj_front_take_target(&r, KJ_MODE_SNAPSHOT, r.conf.dump.elf ? KJ_DUMP_ELF : KJ_DUMP_KDUMP, 0);
	if (!status)
		status = kj_front_go(&r, KJ_MODE_SNAPSHOT, r.conf.dump.elf ? KJ_DUMP_ELF : KJ_DUMP_KDUMP, 0);
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
