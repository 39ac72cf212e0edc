/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of kjump hibernate, snapshot and test, and the settings that they stand over; must never do anything but for root.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/front_opts.h"
#include "sys/log.h"

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "target", required_argument, NULL, 't' },
	{ "output", required_argument, NULL, 'o' },
	{ "format", required_argument, NULL, 'f' },
	{ "filter", required_argument, NULL, 'd' },
	{ "window", required_argument, NULL, 'w' },
	{ "reboot", no_argument, NULL, 'r' },
	{ "s4", no_argument, NULL, '4' },
	{ "force-s4", no_argument, NULL, '5' },
	{ "force", no_argument, NULL, 'F' },
	{ "plain", no_argument, NULL, 'P' },
	{ "jump-only", no_argument, NULL, 'j' },
	{ "stay", no_argument, NULL, 'S' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int kj_front_usage(const char *cmd, int status)
{
	FILE *f = status ? stderr : stdout;

	fprintf(f, "usage: kjump %s [OPTION...]\n\n"
		"  -c, --config FILE    settings (" KJ_FRONT_CONF ")\n"
		"  -w, --window WINDOW  auto, a size, or START-END: the pages that kernel B runs in\n", cmd);
	if (strcmp(cmd, "test"))
		fputs("  -t, --target TARGET  where to write, instead of the configured target\n", f);
	if (!strcmp(cmd, "snapshot"))
		fputs("  -o, --output FILE    copy the dump from the target to FILE afterwards\n"
		      "  -f, --format FORMAT  kdump or elf, instead of what core_collector says\n"
		      "  -d, --filter FILTER  leave out 1 zero, 2 cache, 4 private cache, 8 user, 16 free pages; the sum\n"
		      "  -S, --stay           kernel B stays in memory, and does the next snapshots at once; until kjump unload\n"
		      "  -P, --plain          although encrypt is set: a dump is not encrypted\n", f);
	if (!strcmp(cmd, "hibernate"))
		fputs("  -r, --reboot         reset instead of power-off when the image is whole\n"
		      "      --s4             power off through ACPI S4: needs a kernel that takes part in it\n"
		      "      --force-s4       the same without one\n"
		      "  -F, --force          save although kjump test has not passed on this kernel, a file\n"
		      "                       system cannot be fingerprinted, the target's key may get lost, or\n"
		      "                       the command line does not lead to it, or an image waits there\n", f);
	if (!strcmp(cmd, "test"))
		fputs("  -j, --jump-only      without the kernel's own tests; does not count for hibernate\n"
		      "      --vm             boot kernel B in QEMU instead, see test --vm --help\n"
		      "      --crash          crash on purpose instead, see test --crash --help\n", f);
	fputs("  -q, --quiet          say nothing when it works\n", f);
	return status;
}

int kj_front_parse(int argc, char **argv, struct kj_front_choice *c)
{
	int o;

	memset(c, 0, sizeof(*c));
	c->conf = KJ_FRONT_CONF;
	while ((o = getopt_long(argc, argv, "+c:t:o:f:d:w:rFPSjqh", options, NULL)) != -1) {
		switch (o) {
		case 'c': c->conf = optarg; break;
		case 't': c->target = optarg; break;
		case 'o': c->output = optarg; break;
		case 'f': c->format = optarg; break;
		case 'd': c->filter = optarg; break;
		case 'w': c->window = optarg; break;
		case 'r': c->reboot = 1; break;
		case '4': c->s4 = 1; break;
		case '5': c->s4 = c->force_s4 = 1; break;
		case 'F': c->force = 1; break;
		case 'P': c->plain = 1; break;
		case 'S': c->stay = 1; break;
		case 'j': c->jump_only = 1; break;
		case 'q': c->quiet = 1; break;
		case 'h': return kj_front_usage(argv[0], 0);
		default: return kj_front_usage(argv[0], EX_USAGE);
		}
	}
	if (optind != argc || ((c->output || c->format || c->filter || c->plain || c->stay) && strcmp(argv[0], "snapshot")) ||
	    ((c->reboot || c->s4 || c->force) && strcmp(argv[0], "hibernate")) || (c->reboot && c->s4) ||
	    (c->jump_only && strcmp(argv[0], "test")))
		return kj_front_usage(argv[0], EX_USAGE);
	return -1;
}

int kj_front_settings(struct kj_run *r, const struct kj_front_choice *c)
{
	memset(r, 0, sizeof(*r));
	r->target.fd = r->target.raw = -1;
	r->pin.fd = r->resident.fd = r->tell = -1;
	r->quiet = c->quiet;
	if (getuid() != 0) {
		kj_log(KJ_LOG_ERR, "only root can do this");
		return EX_NOPERM;
	}
	kj_front_conf(&r->conf, c->conf);
	if (c->target)
		snprintf(r->conf.target, sizeof(r->conf.target), "%s", c->target);
	if (c->window)
		snprintf(r->conf.window, sizeof(r->conf.window), "%s", c->window);
	if (!kj_codec_fits(r->conf.codec, r->conf.format)) {
		kj_log(KJ_LOG_ERR, "%s: codec %s does not go with format %s", c->conf,
		       kj_codec_name(r->conf.codec), kj_format_name(r->conf.format));
		return EX_CONFIG;
	}
	if (kj_codec_check(r->conf.codec, r->conf.level)) {
		kj_log(KJ_LOG_ERR, "%s: level '%d' is not one of %s", c->conf, (int)r->conf.level,
		       kj_codec_name(r->conf.codec));
		return EX_CONFIG;
	}
	return kj_front_lock();
}
