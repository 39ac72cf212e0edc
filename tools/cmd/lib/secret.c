// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets from files, keyrings and people. It must never keep one that was tried, right or wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/secret.h"
#include "sys/ask.h"
#include "sys/child.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/keyring.h"
#include "sys/log.h"

#define TRIES 3
#define PATIENCE 120u /* seconds for one try: somebody may have to look it up */

static size_t find(const struct kj_secret *s, uint8_t what)
{
	const uint8_t *p = memchr(s->b, what, s->len);

	return p ? (size_t)(p - s->b) : s->len;
}

int kj_secret_file(const char *path, enum kj_key_kind kind, struct kj_secret *ret)
{
	int err = kj_slurp(path, (char *)ret->b, sizeof(ret->b), &ret->len);

	if (err)
		return err;
	if (kind == KJ_KEY_PASSPHRASE)
		ret->len = find(ret, '\n');
	return !ret->len ? -ENODATA : ret->len > KJ_CRYPT_SECRET_MAX ? -EFBIG : 0;
}

int kj_secret_keyring(enum kj_key_kind kind, struct kj_secret *ret)
{
	int err = kj_keyring_read(KJ_SECRET_KEY, ret->b, KJ_CRYPT_SECRET_MAX, &ret->len);

	if (err)
		return err;
	if (kind == KJ_KEY_PASSPHRASE)
		ret->len = find(ret, 0);
	return ret->len ? 0 : -ENODATA;
}

int kj_secret_ask(const char *prompt, unsigned int seconds, struct kj_secret *ret)
{
	int err;

	(void)kj_write_full(STDERR_FILENO, prompt, strlen(prompt));
	err = kj_ask(STDIN_FILENO, seconds, (char *)ret->b, sizeof(ret->b), &ret->len);
	return err ? err : ret->len ? 0 : -ENODATA;
}

int kj_secret_program(const char *program, const char *prompt, struct kj_secret *ret)
{
	const char *const argv[] = { program, prompt, NULL };
	int status, err;

	err = kj_child_run((char *const *)(uintptr_t)argv, (char *)ret->b, sizeof(ret->b), &ret->len, &status);
	if (err)
		return err;
	if (status)
		return -ECANCELED;
	if (ret->len == sizeof(ret->b) - 1)
		return -E2BIG;
	ret->len = find(ret, '\n');
	return ret->len ? 0 : -ENODATA;
}

/* ---- opening a key ---- */

struct opening {
	const struct kj_le_key *k;
	enum kj_key_kind kind;
	const char *what, *ask;
	uint8_t *ret;
	char *why;
	struct kj_secret s;
};

static int fail(struct opening *o, int status, const char *what, const char *why)
{
	snprintf(o->why, KJ_SECRET_WHY, "%s%s%s", what, *what && *why ? ": " : "", why);
	return status;
}

/* With what ->s holds.  -EKEYREJECTED, or another -errno, is no exit status. */
static int try(struct opening *o)
{
	int err = kj_key_open(o->k, o->s.b, o->s.len, o->ret);

	kj_wipe(&o->s, sizeof(o->s));
	return err;
}

static int open_failed(struct opening *o, int err, const char *wrong, const char *name)
{
	if (err == -EKEYREJECTED)
		return fail(o, EX_NOPERM, name, wrong);
	if (err == -ENOMEM)
		return fail(o, EX_TEMPFAIL, "not enough memory for the passphrase", "");
	return fail(o, EX_DATAERR, "key", strerror(-err));
}

static int by_file(struct opening *o, const char *path)
{
	int err = kj_secret_file(path, o->kind, &o->s);

	if (err)
		return fail(o, EX_NOINPUT, path, err == -ENODATA ? "is empty" : strerror(-err));
	err = try(o);
	return err ? open_failed(o, err, o->kind == KJ_KEY_FILE ? "wrong key file" : "wrong passphrase", path) : 0;
}

static int by_person(struct opening *o)
{
	char prompt[128];
	int err, n;

	snprintf(prompt, sizeof(prompt), "passphrase for %s: ", o->what);
	for (n = 1;; n++) {
		err = o->ask ? kj_secret_program(o->ask, prompt, &o->s) : kj_secret_ask(prompt, PATIENCE, &o->s);
		if (err == -ETIMEDOUT || err == -ECANCELED)
			return fail(o, EX_TEMPFAIL, "nobody typed the passphrase", "");
		if (err == -EINTR)
			return fail(o, EX_TEMPFAIL, "stopped by a signal", "");
		if (err && err != -E2BIG)
			return fail(o, EX_NOPERM, "no passphrase", "");
		/* one that is too long is wrong */
		if (err)
			kj_wipe(&o->s, sizeof(o->s));
		err = err ? -EKEYREJECTED : try(o);
		if (!err)
			return 0;
		if (err != -EKEYREJECTED || n == TRIES)
			return open_failed(o, err, "wrong passphrase", "");
		kj_log(KJ_LOG_WARN, "%s: wrong passphrase, try again", o->what);
	}
}

int kj_secret_open(const struct kj_le_key *k, const char *what, const char *file, const char *ask,
		   uint8_t ret[KJ_CRYPT_KEY], char why[KJ_SECRET_WHY])
{
	struct opening o = { .k = k, .kind = (enum kj_key_kind)kj_get_le32(k->kind), .what = what, .ask = ask,
			     .ret = ret, .why = why };
	int status, err;

	if (file) {
		status = by_file(&o, file);
	} else {
		err = kj_secret_keyring(o.kind, &o.s);
		if (!err)
			err = try(&o);
		if (!err) {
			(void)kj_keyring_drop(KJ_SECRET_KEY);
			status = 0;
		} else {
			if (err == -EKEYREJECTED)
				kj_log(KJ_LOG_WARN, "%s: the key '%s' in the kernel's keyring is not the right one", what,
				       KJ_SECRET_KEY);
			status = o.kind == KJ_KEY_FILE ? by_file(&o, KJ_SECRET_FILE) : by_person(&o);
		}
	}
	kj_wipe(&o.s, sizeof(o.s));
	return status;
}
