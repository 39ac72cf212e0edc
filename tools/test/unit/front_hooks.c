// SPDX-License-Identifier: GPL-2.0-or-later
/* front_hooks.h: which programs are run, in which order, with what they are told, and what their failures mean. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_hooks.h"
#include "core/image.h"
#include "sys/log.h"
#include "tap.h"

static char dir[] = "/tmp/kj-hooks-XXXXXX";

static const char *const dirs[] = {
	"etc", "etc/kjump", "etc/kjump/pre.d", "etc/kjump/post.d", "etc/kjump/pre.d/40-directory", "usr", "usr/lib",
	"usr/lib/systemd", "usr/lib/systemd/system-sleep",
};
static const char *const hooks[] = {
	"etc/kjump/pre.d/20-b", "etc/kjump/pre.d/10-a", "etc/kjump/pre.d/.hidden", "etc/kjump/pre.d/30-text",
	"etc/kjump/post.d/10-c", "usr/lib/systemd/system-sleep/tool", "log",
};

static const char *path(const char *name)
{
	static char p[160];

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	return p;
}

/* A program that writes down that it ran, how, and the values of @vars, and ends with @status. */
static void hook(const char *name, const char *vars, int status, mode_t mode)
{
	FILE *f = fopen(path(name), "w");

	if (!f || fprintf(f, "#!/bin/sh\necho \"${0##*/} $* %s\" >>%s/log\nexit %d\n", vars, dir, status) < 0 || fclose(f) ||
	    chmod(path(name), mode))
		abort();
}

/* What was written down since the last call. */
static const char *log_of(void)
{
	static char text[1024];
	FILE *f = fopen(path("log"), "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = 0;
	if (f)
		fclose(f);
	unlink(path("log"));
	return text;
}

static void back(struct kj_run *r, uint8_t page[4096], enum kj_how entered, enum kj_how restored)
{
	struct kj_le_mbox *m = (struct kj_le_mbox *)page;

	memset(m, 0, sizeof(*m));
	memcpy(m->nonce, r->mbox_nonce, 16);
	m->entered = kj_put_le32(entered);
	m->restored = kj_put_le32(restored);
	m->ms_boot = kj_put_le64(1200);
	m->ms_save = kj_put_le64(3400);
	m->ms_restore = kj_put_le64(5600);
	memcpy(m->who, "6.12\n$(id)", 10);
	kj_block_seal(m, KJ_MBOX_MAGIC);
	r->pin.page[1] = page;
	r->pin.area = page;
}

static void test_pre(const struct kj_run *r)
{
	hook("etc/kjump/pre.d/20-b", "$KJ_WHEN $KJ_MODE $KJ_TARGET", 0, 0755);
	hook("etc/kjump/pre.d/10-a", "", 0, 0755);
	hook("etc/kjump/pre.d/.hidden", "", 0, 0755);
	hook("etc/kjump/pre.d/30-text", "", 0, 0644);
	hook("etc/kjump/post.d/10-c", "", 0, 0755);
	hook("usr/lib/systemd/system-sleep/tool", "$SYSTEMD_SLEEP_ACTION", 0, 0755);
	is(kj_hooks_pre(dir, r), 0, "before");
	is_str(log_of(), "10-a pre hibernate \n20-b pre hibernate pre hibernate /dev/sdx\ntool pre hibernate hibernate\n",
	       "in order, programs only, systemd's last");
	hook("usr/lib/systemd/system-sleep/tool", "", 1, 0755);
	is(kj_hooks_pre(dir, r), 0, "systemd's cannot object");
	log_of();
	hook("etc/kjump/pre.d/10-a", "", 3, 0755);
	is(kj_hooks_pre(dir, r), EX_TEMPFAIL, "one of ours can");
	is_str(log_of(), "10-a pre hibernate \n", "and is the last that runs");
}

static void test_post(struct kj_run *r)
{
	static uint8_t page[4096] __attribute__((aligned(8)));

	hook("usr/lib/systemd/system-sleep/tool", "", 0, 0755);
	hook("etc/kjump/post.d/10-c", "$KJ_STATUS $KJ_HOW [$KJ_ID]", 9, 0755);
	kj_hooks_post(dir, r, 75);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate 75 none []\n", "never away; systemd's first");
	hook("etc/kjump/post.d/10-c", "$KJ_WHEN $KJ_STATUS $KJ_HOW $KJ_ID $KJ_BY $KJ_AWAY $KJ_MS_BOOT $KJ_MS_SAVE $KJ_MS_RESTORE",
	     0, 0755);
	r->t_start = 1000;
	r->t_back = 1042;
	back(r, page, KJ_HOW_S5, KJ_HOW_S5);
	kj_hooks_post(dir, r, 0);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate post 0 S5 07000000000000000000000000000000 6.12?$(id) 42 1200 3400 5600\n",
	       "back from S5");
	hook("etc/kjump/post.d/10-c", "$KJ_STATUS $KJ_HOW", 0, 0755);
	back(r, page, KJ_HOW_S4, KJ_HOW_S4);
	kj_hooks_post(dir, r, 0);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate 0 S4\n", "from S4");
	back(r, page, KJ_HOW_JUMP, KJ_HOW_NONE);
	kj_hooks_post(dir, r, 130);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate 130 jump\n", "by a jump, given up");
	r->format = KJ_DUMP_SWSUSP;
	back(r, page, KJ_HOW_S5, KJ_HOW_NONE);
	kj_hooks_post(dir, r, 0);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate 0 swsusp\n", "by the kernel's own loader");
	back(r, page, KJ_HOW_S4, KJ_HOW_NONE);
	kj_hooks_post(dir, r, 0);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate 0 swsusp\n", "by it after S4");
	page[100] ^= 1;
	kj_hooks_post(dir, r, 65);
	is_str(log_of(), "tool post hibernate \n10-c post hibernate 65 none\n", "a damaged mailbox says nothing");
	r->pin.area = NULL;
}

int main(void)
{
	static struct kj_run r = { .conf.target = "/dev/sdx", .id = { 7 }, .mbox_nonce = { 1, 2, 3 } };

	kj_log_init("test");
	if (!mkdtemp(dir))
		abort();
	is(kj_hooks_pre(dir, &r), 0, "no directories");
	kj_hooks_post(dir, &r, 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdir(path(dirs[i]), 0755))
			abort();
	is(kj_hooks_pre(dir, &r), 0, "nothing in them");
	test_pre(&r);
	test_post(&r);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		unlink(path(hooks[i]));
	for (size_t i = sizeof(dirs) / sizeof(dirs[0]); i > 0; i--)
		rmdir(path(dirs[i - 1]));
	rmdir(dir);
	return tap_done();
}
