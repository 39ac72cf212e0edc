/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small things that several commands of kjump need; must print nothing but why a script of ours could not be run.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "sys/child.h"
#include "sys/die.h"
#include "sys/kexec.h"

const char *kj_front_tool(const char *name, char *buf, size_t cap)
{
	char self[KJ_FRONT_TEXT];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		n = 0;
	self[n] = 0;
	slash = strrchr(self, '/');
	if (slash)
		*slash = 0;
	snprintf(buf, cap, "%s/%s", slash ? self : "/usr/sbin", name);
	return buf;
}

int kj_front_script(const char *name, char **argv)
{
	char file[64], path[KJ_FRONT_TEXT];
	int status;

	snprintf(file, sizeof(file), "../lib/kjump/%s", name);
	argv[0] = (char *)kj_front_tool(file, path, sizeof(path));
	if (kj_child_run(argv, NULL, 0, NULL, &status))
		status = 127;
	if (status == 127)
		die(EX_UNAVAILABLE, "%s: cannot be run", path);
	return status;
}

void kj_front_hex(const uint8_t id[16], char out[33])
{
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", id[i]);
}

int kj_front_loaded(void)
{
	return kj_kexec_loaded("", 0);
}
