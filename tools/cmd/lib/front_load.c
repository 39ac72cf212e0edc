/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump load and unload, and loading for a run: kjump-load does it; never replaces an image that is not ours.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_crash.h"
#include "cmd/lib/front_run.h"
#include "core/parse.h"
#include "sys/child.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define ARGS 24

struct args {
	char *v[ARGS];
	int n;
	char path[KJ_FRONT_TEXT];
};

static void add(struct args *a, const char *s)
{
	if (a->n < ARGS - 1)
		a->v[a->n++] = (char *)s;
	a->v[a->n] = NULL;
}

static void add_opt(struct args *a, const char *opt, const char *value)
{
	if (!value[0])
		return;
	add(a, opt);
	add(a, value);
}

static void begin(struct args *a, const struct kj_front *f, int crash)
{
	a->n = 0;
	add(a, kj_front_tool("kjump-load", a->path, sizeof(a->path)));
	if (crash)
		add(a, "--crash");
	add_opt(a, "--kernel", f->kernel);
	add_opt(a, "--initrd", f->initrd);
	add_opt(a, "--append", f->append);
}

/* Run it; its own line on stderr has said what is wrong. */
static int run(struct args *a, char *out, size_t cap, size_t *len)
{
	int status, rc = kj_child_run(a->v, out, cap, len, &status);

	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", a->v[0], strerror(-rc));
		return EX_OSERR;
	}
	if (status == 127)
		kj_log(KJ_LOG_ERR, "%s: cannot be run", a->v[0]);
	return status;
}

/* The value of KEY= in @out, ended in place; NULL if there is none. */
static char *value_of(char *out, const char *key)
{
	size_t n = strlen(key);

	for (char *p = out; p && *p;) {
		char *nl = strchr(p, '\n');

		if (!strncmp(p, key, n) && p[n] == '=') {
			if (nl)
				*nl = 0;
			return p + n + 1;
		}
		p = nl ? nl + 1 : NULL;
	}
	return NULL;
}

/* "0xSTART-0xEND,..." to ranges, END being the first byte behind. */
static int parse_window(char *text, struct kj_pin_hole *hole, size_t max, size_t *n)
{
	*n = 0;
	for (char *p = text; p;) {
		char *comma = strchr(p, ','), *dash = strchr(p, '-');
		size_t len = comma ? (size_t)(comma - p) : strlen(p);

		if (*n == max || !dash || dash > p + len)
			return -EINVAL;
		if (kj_parse_u64(p, (size_t)(dash - p), &hole[*n].start) ||
		    kj_parse_u64(dash + 1, len - (size_t)(dash + 1 - p), &hole[*n].end))
			return -EINVAL;
		(*n)++;
		p = comma ? comma + 1 : NULL;
	}
	return *n ? 0 : -EINVAL;
}

int kj_run_plan(struct kj_run *r, struct kj_pin_hole *hole, size_t max, size_t *n)
{
	static char out[8192];
	struct args a;
	size_t len;
	char *w;
	int rc;

	begin(&a, &r->conf, 0);
	add_opt(&a, "--window", r->conf.window);
	add(&a, "--plan");
	rc = run(&a, out, sizeof(out), &len);
	if (rc)
		return rc;
	w = value_of(out, "MAIN_WINDOW");
	if (w)
		snprintf(r->window, sizeof(r->window), "%s", w);
	for (char *p = out; p < out + len; p++)
		if (!*p)
			*p = '\n';
	w = value_of(out, "WINDOW");
	if (!w || !r->window[0] || parse_window(w, hole, max, n)) {
		kj_log(KJ_LOG_ERR, "kjump-load --plan: no window in its answer");
		return EX_SOFTWARE;
	}
	return 0;
}

static void page_arg(char *buf, size_t cap, uint64_t pa, const uint8_t nonce[16])
{
	char hex[33];

	kj_front_hex(nonce, hex);
	snprintf(buf, cap, "0x%llx:%s", (unsigned long long)pa, hex);
}

int kj_run_load(struct kj_run *r)
{
	static char out[8192];
	struct args a;
	char job[64], mbox[64];
	size_t len;

	page_arg(job, sizeof(job), r->pin.pa[0], r->job_nonce);
	page_arg(mbox, sizeof(mbox), r->pin.pa[1], r->mbox_nonce);
	/* an image of our own that was loaded in advance gives its memory to this one */
	r->keep_loaded = kj_front_loaded() == 1;
	if (r->keep_loaded) {
		const int booted = !access(KJ_STAY_FILE, F_OK);

		int rc;

		a.n = 0;
		add(&a, kj_front_tool("kjump-load", a.path, sizeof(a.path)));
		add(&a, "--unload");
		rc = run(&a, out, sizeof(out), &len);
		/* one that stayed is not what was loaded in advance */
		if (rc || booted)
			r->keep_loaded = 0;
		if (rc)
			return rc;
	}
	begin(&a, &r->conf, 0);
	add_opt(&a, "--window", r->window);
	add_opt(&a, "--job", job);
	add_opt(&a, "--mailbox", mbox);
	if (r->platform)
		add(&a, "--platform");
	return run(&a, out, sizeof(out), &len);
}

int kj_run_unload(struct kj_run *r)
{
	static char out[8192];
	struct args a;
	size_t len;
	int rc;

	a.n = 0;
	add(&a, kj_front_tool("kjump-load", a.path, sizeof(a.path)));
	add(&a, "--unload");
	rc = run(&a, out, sizeof(out), &len);
	if (rc || !r->keep_loaded)
		return rc;
	begin(&a, &r->conf, 0);
	add_opt(&a, "--window", r->window);
	rc = run(&a, out, sizeof(out), &len);
	if (rc)
		kj_log(KJ_LOG_WARN, "kernel B could not be loaded again; kjump load tries it");
	return 0;
}

static int usage(int status, const char *cmd)
{
	fprintf(status ? stderr : stdout, "usage: kjump %s [--crash] [--force]\n", cmd);
	return status;
}

static int load_or_unload(int argc, char **argv, int unload)
{
	struct kj_front f;
	struct args a;
	char owner[64];
	int crash = 0, force = 0, status;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--crash"))
			crash = 1;
		else if (!strcmp(argv[i], "--force"))
			force = 1;
		else
			return usage(strcmp(argv[i], "--help") && strcmp(argv[i], "-h") ? EX_USAGE : 0, argv[0]);
	}
	if (crash && !unload && !force && kj_front_crash_owner("", owner, sizeof(owner))) {
		kj_log(KJ_LOG_ERR,
		       "%s is switched on and loads a crash kernel too: kjump import --enable takes over; or use"
		       " --force",
		       owner);
		return EX_TEMPFAIL;
	}
	kj_front_conf(&f, KJ_FRONT_CONF);
	/* the kernel for a panic has a place of its own */
	status = crash ? 0 : kj_front_lock();
	if (status)
		return status;
	if (unload) {
		a.n = 0;
		add(&a, kj_front_tool("kjump-load", a.path, sizeof(a.path)));
		add(&a, "--unload");
		if (crash)
			add(&a, "--crash");
	} else {
		begin(&a, &f, crash);
		if (!crash)
			add_opt(&a, "--window", f.window);
	}
	if (force)
		add(&a, "--force");
	return run(&a, NULL, 0, NULL);
}

int kj_front_load(int argc, char **argv)
{
	return load_or_unload(argc, argv, 0);
}

int kj_front_unload(int argc, char **argv)
{
	return load_or_unload(argc, argv, 1);
}
