// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hook directories, one program after the other.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_hooks.h"
#include "core/image.h"
#include "sys/child.h"
#include "sys/log.h"

#define NAME 256
#define OURS "/etc/kjump"
#define SYSTEMD "/usr/lib/systemd/system-sleep"

/* ---- what they are told ---- */

static void fact(const char *key, const char *value)
{
	if (setenv(key, value, 1))
		kj_log(KJ_LOG_WARN, "%s: cannot be told to the hooks", key);
}

static void fact_number(const char *key, uint64_t n)
{
	char s[24];

	snprintf(s, sizeof(s), "%llu", (unsigned long long)n);
	fact(key, s);
}

static void facts(const struct kj_run *r, const char *when)
{
	fact("KJ_WHEN", when);
	fact("KJ_MODE", kj_mode_name(KJ_MODE_HIBERNATE));
	fact("KJ_TARGET", r->conf.target);
	fact("SYSTEMD_SLEEP_ACTION", "hibernate");
}

static const char *how(const struct kj_run *r, const struct kj_le_mbox *m)
{
	const uint32_t restored = kj_get_le32(m->restored), entered = kj_get_le32(m->entered);

	if (restored != KJ_HOW_NONE)
		return restored == KJ_HOW_S4 ? "S4" : "S5";
	if (kj_run_by_kernel(r, m))
		return "swsusp";
	return entered == KJ_HOW_JUMP ? "jump" : "unknown";
}

static void facts_after(const struct kj_run *r, int status)
{
	const struct kj_le_mbox *m = r->pin.area ? (const struct kj_le_mbox *)r->pin.page[1] : NULL;
	char who[64], id[33];

	fact_number("KJ_STATUS", (uint64_t)status);
	/* never away: refused before the jump, or by the kernel */
	if (!m || kj_mbox_check(m, r->mbox_nonce) || kj_get_le32(m->entered) == KJ_HOW_NONE) {
		fact("KJ_HOW", "none");
		return;
	}
	kj_front_hex(r->id, id);
	kj_run_printable(m->who, sizeof(m->who), who);
	fact("KJ_HOW", how(r, m));
	fact("KJ_ID", id);
	fact("KJ_BY", who);
	fact_number("KJ_AWAY", kj_run_away(r));
	fact_number("KJ_MS_BOOT", kj_get_le64(m->ms_boot));
	fact_number("KJ_MS_SAVE", kj_get_le64(m->ms_save));
	fact_number("KJ_MS_RESTORE", kj_get_le64(m->ms_restore));
}

/* ---- running them ---- */

/* The name in @dir that follows @last in order; 0: there is none. */
static int next_name(const char *dir, const char *last, char ret[NAME])
{
	DIR *d = opendir(dir);
	struct dirent *e;

	ret[0] = 0;
	if (!d)
		return 0;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && strlen(e->d_name) < NAME && strcmp(e->d_name, last) > 0 &&
		    (!ret[0] || strcmp(e->d_name, ret) < 0))
			snprintf(ret, NAME, "%s", e->d_name);
	closedir(d);
	return ret[0] != 0;
}

static int is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static void on_signal(int sig)
{
	(void)sig;
}

/* As system(3) does: a key that stops something stops the hook, and we go on. A handler, unlike SIG_IGN, is not
 * inherited. */
static int run_one(char *path, const char *when)
{
	char *const argv[] = { path, (char *)when, (char *)"hibernate", NULL };
	struct sigaction wait = { .sa_handler = on_signal }, was[2];
	int status, rc;

	sigaction(SIGINT, &wait, &was[0]);
	sigaction(SIGQUIT, &wait, &was[1]);
	rc = kj_child_run(argv, NULL, 0, NULL, &status);
	sigaction(SIGINT, &was[0], NULL);
	sigaction(SIGQUIT, &was[1], NULL);
	return rc ? rc : status;
}

/* All of a directory; @veto: up to the first that fails, with 75 then. */
static int run_all(const char *dir, const char *when, int veto)
{
	char name[NAME], last[NAME] = "", path[KJ_FRONT_TEXT];

	fflush(stdout);
	for (; next_name(dir, last, name); memcpy(last, name, sizeof(last))) {
		int rc;

		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if (!is_program(path))
			continue;
		rc = run_one(path, when);
		if (!rc)
			continue;
		kj_log(veto ? KJ_LOG_ERR : KJ_LOG_WARN, "%s: %s %d%s", path, rc < 0 ? "error" : "status", abs(rc),
		       veto ? ", so nothing is saved" : "");
		if (veto)
			return EX_TEMPFAIL;
	}
	return 0;
}

static int run_ours(const char *root, const char *when, int veto)
{
	char dir[KJ_FRONT_TEXT];

	snprintf(dir, sizeof(dir), "%s" OURS "/%s.d", root, when);
	return run_all(dir, when, veto);
}

static void run_systemds(const char *root, const char *when)
{
	char dir[KJ_FRONT_TEXT];

	snprintf(dir, sizeof(dir), "%s" SYSTEMD, root);
	run_all(dir, when, 0);
}

int kj_hooks_pre(const char *root, const struct kj_run *r)
{
	int status;

	facts(r, "pre");
	status = run_ours(root, "pre", 1);
	if (!status)
		run_systemds(root, "pre");
	return status;
}

void kj_hooks_post(const char *root, const struct kj_run *r, int status)
{
	facts(r, "post");
	facts_after(r, status);
	run_systemds(root, "post");
	run_ours(root, "post", 0);
}
