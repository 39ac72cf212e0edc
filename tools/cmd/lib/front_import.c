/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump import: the configuration of another crash dump tool as a kjump.conf on stdout, and on stderr what is not in it.
 * Must never change a file, which --enable leaves to a script of ours, and never run anything of what it reads.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/front.h"
#include "core/import.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define TEXT_MAX 65536u

struct told {
	const char *path;
	unsigned int lost;
};

static void say(void *arg, const struct kj_import_note *n)
{
	struct told *t = arg;
	char line[16] = "";

	if (n->line)
		snprintf(line, sizeof(line), ":%u", n->line);
	kj_log(n->lost ? KJ_LOG_WARN : KJ_LOG_NOTE, "%s%s: %s%s%s%s%s%s%s", t->path, line, n->lost ? "not mapped: " : "",
	       n->name, n->name[0] ? ": " : "", n->what, n->token[0] ? " '" : "", n->token, n->token[0] ? "'" : "");
	t->lost += n->lost != 0;
}

static void usage(FILE *f)
{
	fputs("usage: kjump import FILE...\n"
	      "       kjump import --enable [OPTION...] [FILE...]\n"
	      "Print a kjump.conf made of the settings in FILE: kdump.conf, /etc/default/kdump-tools or openSUSE's\n"
	      "/etc/sysconfig/kdump. What has no counterpart is named on stderr with its line.\n"
	      "Exit status: 0 everything is in it, 1 something is not.\n"
	      "--enable takes over from the service that they belong to, see its --help.\n",
	      f);
}

int kj_front_import(int argc, char **argv)
{
	static char text[TEXT_MAX], out[KJ_CONF_EMIT_MAX];
	static struct kj_conf c;
	struct told t = { NULL, 0 };
	size_t len;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return 0;
	}
	if (argc >= 2 && !strcmp(argv[1], "--enable"))
		return kj_front_script("take-over", argv + 1);
	if (argc < 2 || argv[1][0] == '-') {
		usage(stderr);
		return EX_USAGE;
	}
	kj_conf_init(&c);
	for (int i = 1; i < argc; i++) {
		const int rc = kj_slurp(argv[i], text, sizeof(text), &len);

		if (rc)
			die(rc == -EFBIG ? EX_DATAERR : EX_NOINPUT, "%s: %s", argv[i], strerror(-rc));
		t.path = argv[i];
		kj_import(text, len, &c, say, &t);
	}
	if (kj_conf_emit(&c, KJ_CONF_FILE, out, sizeof(out), &len))
		die(EX_SOFTWARE, "%s: too long", argv[1]);
	fputs(out, stdout);
	if (fflush(stdout) || ferror(stdout))
		die(EX_IOERR, "stdout: %s", strerror(errno));
	return t.lost != 0;
}
