/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump init-key: make the pair of keys that images are encrypted to; never keeps a secret but under a passphrase or a
 * file, and never replaces a key without being told to.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/keyfile.h"
#include "cmd/lib/secret.h"
#include "core/parse.h"
#include "sys/compat.h"
#include "sys/log.h"

/* A kernel C with 128 MiB can spare the memory, before it has loaded anything; the passes are about a second of an old
 * machine's time. */
#define MEMORY_MIB 32u
#define PASSES 4u
#define FILE_MIN 32u /* bytes of a key file: nothing slows a guess at it down */

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "key-file", required_argument, NULL, 'x' },
	{ "memory", required_argument, NULL, 'm' },
	{ "force", no_argument, NULL, 'F' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct choice {
	const char *out, *file;
	uint64_t memory;
	int force;
};

static void on_signal(int sig)
{
	/* kj_ask() comes back, and gives the terminal its echo back */
	(void)sig;
}

static int usage(int status)
{
	fputs("usage: kjump init-key [OPTION...]\n\n"
	      "Make a key. Images are encrypted to it if kjump.conf says encrypt FILE; whoever brings the\n"
	      "system back then has to know the passphrase.\n\n"
	      "  -o, --output FILE    the key (" KJ_FRONT_KEY ")\n"
	      "  -x, --key-file FILE  no passphrase: the content of FILE, at least 32 random bytes\n"
	      "  -m, --memory MIB     that a guess at the passphrase takes, 8 to 1024 (32)\n"
	      "  -F, --force          over an old key: images that were encrypted to it keep theirs\n",
	      status ? stderr : stdout);
	return status;
}

/* -1: go on, otherwise the exit status. */
static int parse(int argc, char **argv, struct choice *c)
{
	int o;

	memset(c, 0, sizeof(*c));
	c->out = KJ_FRONT_KEY;
	c->memory = MEMORY_MIB;
	while ((o = getopt_long(argc, argv, "+o:x:m:Fh", options, NULL)) != -1) {
		switch (o) {
		case 'o': c->out = optarg; break;
		case 'x': c->file = optarg; break;
		case 'm':
			if (kj_parse_u64_in(optarg, strlen(optarg), 8, 1024, &c->memory)) {
				kj_log(KJ_LOG_ERR, "-m '%s': not a number from 8 to 1024", optarg);
				return EX_USAGE;
			}
			break;
		case 'F': c->force = 1; break;
		case 'h': return usage(0);
		default: return usage(EX_USAGE);
		}
	}
	return optind == argc ? -1 : usage(EX_USAGE);
}

static int ask(struct kj_secret *s)
{
	static struct kj_secret again;
	const int tty = isatty(STDIN_FILENO);
	int err = kj_secret_ask(tty ? "new passphrase: " : "", 0, s), same;

	if (!err && tty) {
		err = kj_secret_ask("once more: ", 0, &again);
		same = !err && again.len == s->len && !memcmp(again.b, s->b, s->len);
		kj_wipe(&again, sizeof(again));
		if (!err && !same) {
			kj_log(KJ_LOG_ERR, "the two are not the same");
			return EX_DATAERR;
		}
	}
	if (err)
		kj_log(KJ_LOG_ERR, "no passphrase%s%s", err == -ENODATA ? "" : ": ", err == -ENODATA ? "" : strerror(-err));
	return err ? EX_NOINPUT : 0;
}

static int read_file(const char *path, struct kj_secret *s)
{
	int err = kj_secret_file(path, KJ_KEY_FILE, s);

	if (!err && s->len >= FILE_MIN)
		return 0;
	if (err && err != -ENODATA)
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-err));
	else
		kj_log(KJ_LOG_ERR, "%s: %u bytes are no key, at least %u random ones are", path, err ? 0 : (unsigned int)s->len,
		       FILE_MIN);
	return err && err != -ENODATA ? EX_NOINPUT : EX_DATAERR;
}

int kj_front_init_key(int argc, char **argv)
{
	static struct kj_secret s;
	struct kj_le_key key;
	struct choice c;
	int err, status = parse(argc, argv, &c);

	if (status >= 0)
		return status;
	if (!c.force && !access(c.out, F_OK)) {
		kj_log(KJ_LOG_ERR, "%s: there is one; --force replaces it", c.out);
		return EX_CANTCREAT;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	status = c.file ? read_file(c.file, &s) : ask(&s);
	if (!status) {
		err = kj_key_make(c.file ? KJ_KEY_FILE : KJ_KEY_PASSPHRASE, (uint32_t)c.memory * 1024, PASSES, s.b, s.len, &key);
		if (err)
			kj_log(KJ_LOG_ERR, "no key can be made: %s", strerror(-err));
		status = err ? EX_OSERR : 0;
	}
	kj_wipe(&s, sizeof(s));
	if (status)
		return status;
	err = kj_keyfile_write(c.out, &key, c.force);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: %s", c.out, strerror(-err));
		return EX_CANTCREAT;
	}
	printf("%s: opened by %s; kjump.conf: encrypt %s\n", c.out, c.file ? c.file : "the passphrase", c.out);
	return 0;
}
