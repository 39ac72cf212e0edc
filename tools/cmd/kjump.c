/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump: what a person types in A; must never do anything itself but find the command.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/lib/front.h"
#include "sys/log.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "hibernate", kj_front_hibernate, "save this system through kernel B and power off" },
	{ "snapshot", kj_front_snapshot, "dump this system's memory through kernel B, and go on" },
	{ "test", kj_front_test, "jump to kernel B and back, nothing is written (--vm, --crash: see its --help)" },
	{ "load", kj_front_load, "load kernel B now (--crash: for a panic)" },
	{ "unload", kj_front_unload, "give its memory back (--crash: the panic kernel)" },
	{ "status", kj_front_status, "what is ready, and what became of the last job (--crash: for a panic)" },
	{ "estimate", kj_front_estimate, "how large crashkernel= should be, and is" },
	{ "check-image", kj_front_check_image, "must kernel B's initramfs be built anew?" },
	{ "images", kj_front_images, "show the image on the target" },
	{ "discard", kj_front_discard, "remove the image on the target" },
	{ "init-target", kj_front_init_target, "label a partition as a target (its content is lost)" },
	{ "init-key", kj_front_init_key, "make a key that images are encrypted to" },
	{ "config", kj_front_config, "check /etc/kjump.conf and print it as KEY=value" },
	{ "import", kj_front_import, "make a kjump.conf of another crash dump tool's settings" },
};

static void usage(FILE *f)
{
	fputs("usage: kjump COMMAND [OPTION...]\n\n", f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(f, "  %-12s %s\n", commands[i].name, commands[i].help);
	fputs("\nkjump COMMAND --help tells more; settings: " KJ_FRONT_CONF "\n", f);
}

int main(int argc, char **argv)
{
	kj_log_init("kjump");
	if (argc < 2) {
		usage(stderr);
		return 64;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	kj_log(KJ_LOG_ERR, "'%s': no such command; kjump --help lists them", argv[1]);
	return 64;
}
