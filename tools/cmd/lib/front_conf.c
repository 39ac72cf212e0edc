/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump's settings out of its configuration file, and kjump config, which prints them for shell; never guesses around a
 * mistake.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "core/conf.h"
#include "core/image.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define CONF_MAX 65536u
#define DEFAULT_KERNEL "/boot/vmlinuz"
#define DEFAULT_INITRD "/boot/kjump.img"

int kj_front_look_args(int argc, char **argv, void (*usage)(FILE *f), const char **conf, const char **root, int *status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "sysroot", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	*status = EX_USAGE;
	while ((o = getopt_long(argc, argv, "+c:h", options, NULL)) != -1) {
		switch (o) {
		case 'c': *conf = optarg; break;
		case 'S': *root = optarg; break;
		case 'h':
			usage(stdout);
			*status = 0;
			return 1;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return 1;
	}
	return 0;
}

static void read_conf(struct kj_conf *c, const char *path)
{
	static char text[CONF_MAX];
	struct kj_conf_error err;
	size_t len;
	enum kj_err e;
	int rc = kj_slurp(path, text, sizeof(text), &len);

	kj_conf_init(c);
	if (rc == -ENOENT)
		return;
	if (rc)
		die(EX_CONFIG, "%s: %s", path, strerror(-rc));
	e = kj_conf_parse(text, len, c, &err);
	if (e)
		die(EX_CONFIG, "%s:%u: %s '%s'", path, err.line, err.what, err.token);
}

/* Not every distribution has a name for its newest kernel there: then the running one. */
static void default_kernel(char *ret, size_t cap)
{
	struct utsname u;

	snprintf(ret, cap, "%s", DEFAULT_KERNEL);
	if (!access(ret, F_OK) || uname(&u))
		return;
	snprintf(ret, cap, "%s-%s", DEFAULT_KERNEL, u.release);
	if (access(ret, F_OK))
		snprintf(ret, cap, "%s", DEFAULT_KERNEL);
}

void kj_front_conf(struct kj_front *f, const char *path)
{
	static struct kj_conf c;

	read_conf(&c, path);
	memset(f, 0, sizeof(*f));
	snprintf(f->target, sizeof(f->target), "%s", c.target);
	snprintf(f->target_key, sizeof(f->target_key), "%s", c.target_key);
	default_kernel(f->kernel, sizeof(f->kernel));
	if (c.kernel[0])
		snprintf(f->kernel, sizeof(f->kernel), "%s", c.kernel);
	snprintf(f->initrd, sizeof(f->initrd), "%s", c.initrd[0] ? c.initrd : DEFAULT_INITRD);
	snprintf(f->append, sizeof(f->append), "%s", c.cmdline_append);
	snprintf(f->path, sizeof(f->path), "%s", c.path);
	snprintf(f->crash_target, sizeof(f->crash_target), "%s", c.crash_target);
	snprintf(f->sshkey, sizeof(f->sshkey), "%s", c.sshkey);
	snprintf(f->known_hosts, sizeof(f->known_hosts), "%s", c.known_hosts);
	snprintf(f->kdump_pre, sizeof(f->kdump_pre), "%s", c.kdump_pre);
	snprintf(f->kdump_post, sizeof(f->kdump_post), "%s", c.kdump_post);
	snprintf(f->crash_key, sizeof(f->crash_key), "%s", c.crash_key);
	snprintf(f->modules, sizeof(f->modules), "%s", c.extra_modules);
	if (!c.window.len)
		snprintf(f->window, sizeof(f->window), "auto");
	else if (c.window.start == KJ_ANYWHERE)
		snprintf(f->window, sizeof(f->window), "%llu", (unsigned long long)c.window.len);
	else
		snprintf(f->window, sizeof(f->window), "0x%llx-0x%llx", (unsigned long long)c.window.start,
			 (unsigned long long)(c.window.start + c.window.len));
	f->format = c.format == KJ_CONF_SWSUSP ? KJ_DUMP_SWSUSP : KJ_DUMP_IMAGE;
	f->flag_zeros = c.swsusp_zeros != 0;
	f->direct = c.restore_direct != 0;
	snprintf(f->encrypt, sizeof(f->encrypt), "%s", c.encrypt);
	f->require_test = c.require_test != 0;
	/* the one that every kernel's loader has */
	f->codec = f->format == KJ_DUMP_SWSUSP && !(c.given >> KJ_CONF_CODEC & 1) ? KJ_CODEC_LZO : c.codec;
	f->level = c.level;
	f->dump = c.dump;
	f->workers = c.workers;
	f->deadline = c.deadline;
	f->watchdog = c.watchdog;
}

int kj_front_config(int argc, char **argv)
{
	static struct kj_conf c;
	static char out[KJ_CONF_EMIT_MAX];
	const char *path = KJ_FRONT_CONF;
	size_t len;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		puts("usage: kjump config [FILE]\nCheck FILE (" KJ_FRONT_CONF ") and print it as KEY='value' lines.");
		return 0;
	}
	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fputs("usage: kjump config [FILE]\n", stderr);
		return EX_USAGE;
	}
	if (argc == 2)
		path = argv[1];
	read_conf(&c, path);
	if (kj_conf_emit(&c, KJ_CONF_SHELL, out, sizeof(out), &len))
		die(EX_SOFTWARE, "%s: too long", path);
	fputs(out, stdout);
	return 0;
}

int kj_front_goes_by(const struct kj_front *f, const char *how)
{
	const char *p = f->crash_target;

	while (*p) {
		const size_t n = strcspn(p, " \t");

		if (n == strlen(how) && !strncmp(p, how, n))
			return 1;
		p += n;
		p += strspn(p, " \t");
	}
	return 0;
}
