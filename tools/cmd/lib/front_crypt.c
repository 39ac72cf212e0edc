// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables and volume keys of encrypted devices. It must never hand B a key that does not open the device in A.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/cryptdev.h"
#include "cmd/lib/front_crypt.h"
#include "cmd/lib/secret.h"
#include "sys/child.h"
#include "sys/compat.h"
#include "sys/dm.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/ramfs.h"

#define PATIENCE 120u	/* seconds for a passphrase */
#define TRY "kjump-try"

/* What is asked of whom, and about what. */
struct ask {
	const struct kj_front_target *t;
	char dev[KJ_DM_NAME + 16];	/* the encrypted device */
	const char *key;
	struct kj_blkdev on;		/* what it is made of, as A has it: with the LUKS header */
	struct kj_blkdev below;		/* the partition or disk that B will find */
};

static int refuse(const struct ask *a, int status, const char *what)
{
	kj_log(KJ_LOG_ERR, "%s: is on %s, %s", a->t->path, a->dev, what);
	return status;
}

/* B is loaded while the key waits for the jump, and then memory is short: it must not get to swap. */
static void lock(const struct ask *a, void *p, size_t len)
{
	int err = kj_mlock(p, len);

	if (err)
		kj_log(KJ_LOG_WARN, "%s: is on %s, whose key may get to swap: mlock: %s", a->t->path, a->dev, strerror(-err));
}

/* ---- the table ---- */

static int read_table(struct ask *a, struct kj_le_dmcrypt *c, int *held)
{
	const struct kj_blkdev *d = &a->t->stack.dev;
	char name[KJ_DM_NAME];
	const uint8_t *data;
	uint32_t count;
	uint64_t size = 0;
	size_t len;
	void *buf;
	enum kj_err e = KJ_EMISMATCH;
	int err = kj_alloc_pages(KJ_DM_BUF, &buf);

	if (err)
		return refuse(a, EX_OSERR, strerror(-err));
	err = kj_dm_status(d->major, d->minor, buf, &data, &len, &count, name);
	if (!err)
		e = kj_dmcrypt_table(data, len, count, c, &size, &a->on.major, &a->on.minor, held);
	kj_wipe(buf, KJ_DM_BUF);
	kj_munmap(buf, KJ_DM_BUF);
	if (err)
		return refuse(a, EX_UNAVAILABLE, "whose table cannot be read");
	if (e == KJ_EUNSUPP)
		return refuse(a, EX_UNAVAILABLE,
			      "whose encryption kernel B would not know: only dm-crypt without integrity tags is done");
	if (e || size != d->size || kj_block_find(&a->on))
		return refuse(a, EX_UNAVAILABLE, "whose table cannot be used");
	return 0;
}

/* Where on a partition or disk it is. */
static int find_below(struct ask *a, struct kj_le_dmcrypt *c)
{
	char why[KJ_STACK_WHY], text[KJ_STACK_WHY + 64], path[KJ_BLOCK_PATH];
	const struct kj_remap_piece *p;
	uint64_t start = kj_get_le64(c->start);
	struct kj_stack s;
	int status = 0;

	if (kj_stack_open(a->on.major, a->on.minor, &s, why)) {
		snprintf(text, sizeof(text), "which %s", why);
		return refuse(a, EX_UNAVAILABLE, text);
	}
	p = s.map->p;
	if (s.crypt)
		status = refuse(a, EX_UNAVAILABLE, "which is on an encrypted device itself");
	else if (s.map->n != 1 || p->to % 512)
		status = refuse(a, EX_UNAVAILABLE, "which is on more than one piece of a disk");
	a->below = s.dev;
	kj_block_path(&s.dev, path);
	(void)kj_block_partuuid(path, c->partuuid);
	c->below_size = kj_put_le64(s.dev.size);
	c->start = kj_put_le64(start + (p->to >> 9));
	kj_stack_close(&s);
	return status;
}

/* ---- a key that the kernel will not give ---- */

static const char *cryptsetup(void)
{
	static const char *const path[] = { "/usr/sbin/cryptsetup", "/sbin/cryptsetup" };

	return path[access(path[0], X_OK) != 0];
}

/* A typed passphrase, as a file. */
static int type(const struct ask *a, int fs)
{
	char prompt[KJ_DM_NAME + 64], path[KJ_RAMFS_PATH];
	struct kj_secret s;
	int file, err;

	snprintf(prompt, sizeof(prompt), "passphrase for %s: ", a->dev);
	lock(a, &s, sizeof(s));
	err = kj_secret_ask(prompt, PATIENCE, &s);
	kj_ramfs_path(fs, "pass", path);
	if (!err) {
		file = kj_open_new(path);
		err = file < 0 ? file : kj_write_full(file, s.b, s.len);
		kj_close(file);
	}
	kj_wipe(&s, sizeof(s));
	if (!err)
		return 0;
	if (err == -EINTR)
		return refuse(a, EX_TEMPFAIL, "and a signal stopped the question for its passphrase");
	return refuse(a, EX_NOPERM,
		      "whose key the kernel keeps to itself: nobody has typed the passphrase, and target_key of"
		      " kjump.conf is not set");
}

/* The volume key to the file "key" of @fs. */
static int dump_key(const struct ask *a, int fs)
{
	char pass[KJ_RAMFS_PATH], key[KJ_RAMFS_PATH], dev[KJ_BLOCK_PATH];
	const char *program = cryptsetup();
	const char *const argv[] = { program, "luksDump", "-q", "--dump-volume-key", "--key-file",
				     a->key[0] ? a->key : pass, "--volume-key-file", key, dev, NULL };
	int err, status = 0;

	if (access(program, X_OK))
		return refuse(a, EX_UNAVAILABLE,
			      "whose key the kernel keeps to itself, and cryptsetup is not installed to get it");
	kj_ramfs_path(fs, "pass", pass);
	kj_ramfs_path(fs, "key", key);
	kj_block_path(&a->on, dev);
	err = kj_child_mute((char *const *)(uintptr_t)argv, &status);
	if (err)
		return refuse(a, EX_OSERR, strerror(-err));
	if (status == 2)
		return refuse(a, EX_NOPERM, a->key[0] ? "and target_key of kjump.conf does not open it" :
							"and the passphrase is wrong");
	return status ? refuse(a, EX_UNAVAILABLE, "and cryptsetup cannot get its key") : 0;
}

static int read_key(const struct ask *a, int fs, struct kj_le_dmcrypt *c)
{
	char path[KJ_RAMFS_PATH];
	uint8_t more;
	size_t len = 0;
	int fd, err;

	kj_ramfs_path(fs, "key", path);
	fd = kj_open(path, O_RDONLY);
	err = fd < 0 ? fd : kj_read_full(fd, c->key, kj_get_le32(c->key_len), &len);
	if (!err && !kj_read_full(fd, &more, 1, NULL))
		err = -EFBIG;
	kj_close(fd);
	return err ? refuse(a, EX_UNAVAILABLE, "whose key is another one than the LUKS header has") : 0;
}

static int fetch_key(const struct ask *a, struct kj_le_dmcrypt *c)
{
	int status = 0, fs = kj_ramfs_open();

	if (fs < 0)
		return refuse(a, EX_OSERR, "and there is no place for its key");
	if (!a->key[0])
		status = type(a, fs);
	if (!status)
		status = dump_key(a, fs);
	if (!status)
		status = read_key(a, fs, c);
	(void)kj_ramfs_wipe(fs, "pass");
	(void)kj_ramfs_wipe(fs, "key");
	kj_close(fs);
	return status;
}

/* ---- the proof ---- */

/* A block that nobody changes now. */
static uint64_t sample(const struct kj_front_target *t)
{
	return t->kind == KJ_FRONT_WHOLE ? kj_label_offset(t->size) : t->kind == KJ_FRONT_FILE ? t->list.at : t->swap;
}

static int read_block(const struct kj_blkdev *d, uint64_t off, void *page)
{
	int err, fd = kj_block_open(d, O_RDONLY | O_DIRECT);

	if (fd < 0)
		return fd;
	err = kj_pread_full(fd, page, KJ_BLOCK, off, NULL);
	kj_close(fd);
	return err;
}

/* The same block by A's device and by one that is made as B will make it. */
static int prove(const struct ask *a, const struct kj_le_dmcrypt *c)
{
	const uint64_t size = a->t->stack.dev.size, off = sample(a->t);
	struct kj_blkdev d;
	void *p;
	int err = kj_alloc_pages(2 * KJ_BLOCK, &p), same = 0;

	if (err)
		return refuse(a, EX_OSERR, strerror(-err));
	/* somebody was killed between the next line and the last but one */
	(void)kj_dm_remove(TRY);
	err = kj_cryptdev_try(c, size, &a->below, TRY, &d);
	if (!err) {
		err = read_block(&a->t->stack.dev, off, p);
		if (!err)
			err = read_block(&d, off, (uint8_t *)p + KJ_BLOCK);
		same = !err && !memcmp(p, (uint8_t *)p + KJ_BLOCK, KJ_BLOCK);
		(void)kj_dm_remove(TRY);
	}
	kj_munmap(p, 2 * KJ_BLOCK);
	if (err)
		return refuse(a, EX_OSERR, "and a second one like it cannot be made");
	return same ? 0 : refuse(a, EX_UNAVAILABLE, "and what is read with its table and key is something else");
}

int kj_front_crypt_lasts(const struct kj_front_target *t, int force)
{
	static const char luks[] = "CRYPT-LUKS";
	char path[64], uuid[160], dev[KJ_DM_NAME + 16];
	size_t len;

	if (!t->stack.crypt)
		return 0;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", t->stack.dev.major, t->stack.dev.minor);
	if (!kj_slurp(path, uuid, sizeof(uuid), &len) && !strncmp(uuid, luks, sizeof(luks) - 1))
		return 0;
	kj_stack_path(&t->stack, dev);
	kj_log(force ? KJ_LOG_WARN : KJ_LOG_ERR,
	       "%s: is on %s, which is no LUKS volume: its key may be lost with this boot%s", t->path, dev,
	       force ? "" : "; --force saves all the same");
	return force ? 0 : EX_UNAVAILABLE;
}

void kj_front_crypt_limit(const struct kj_front_target *t, struct kj_le_dmcrypt *c)
{
	const struct kj_extents *x = &t->list.x;
	uint64_t lo = 0, hi = t->stack.dev.size;

	if (!kj_get_le64(c->below_size))
		return;
	/* of swap that is not taken yet nothing is known */
	if (t->kind != KJ_FRONT_WHOLE && x->n) {
		lo = hi = x->e[0].off;
		for (uint32_t i = 0; i < x->n; i++) {
			lo = x->e[i].off < lo ? x->e[i].off : lo;
			hi = x->e[i].off + x->e[i].len > hi ? x->e[i].off + x->e[i].len : hi;
		}
		for (uint32_t i = 0; i < t->list.nblock; i++) {
			lo = t->list.block[i] < lo ? t->list.block[i] : lo;
			hi = t->list.block[i] + KJ_BLOCK > hi ? t->list.block[i] + KJ_BLOCK : hi;
		}
		if (t->kind == KJ_FRONT_SWAP) {
			lo = t->swap < lo ? t->swap : lo;
			hi = t->swap + KJ_BLOCK > hi ? t->swap + KJ_BLOCK : hi;
		}
	}
	c->lo = kj_put_le64(lo);
	c->hi = kj_put_le64(hi);
}

int kj_front_crypt(const struct kj_front_target *t, const char *key, struct kj_le_dmcrypt *ret)
{
	struct ask a = { .t = t, .key = key };
	int held = 0, status;

	memset(ret, 0, sizeof(*ret));
	if (!t->stack.crypt)
		return 0;
	kj_stack_path(&t->stack, a.dev);
	lock(&a, ret, sizeof(*ret));
	status = read_table(&a, ret, &held);
	if (!status)
		status = find_below(&a, ret);
	if (!status && held)
		status = fetch_key(&a, ret);
	if (!status) {
		kj_front_crypt_limit(t, ret);
		if (kj_dmcrypt_check(ret, t->stack.dev.size))
			status = refuse(&a, EX_UNAVAILABLE, "whose table cannot be used");
	}
	return status ? status : prove(&a, ret);
}
