/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small things that several commands of kjump need; must never print.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/front.h"
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

void kj_front_hex(const uint8_t id[16], char out[33])
{
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", id[i]);
}

int kj_front_loaded(void)
{
	return kj_kexec_loaded("", 0);
}
