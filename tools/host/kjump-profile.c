// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-profile: what kjump-dump has to know about a kernel's struct pages, out of the debug information of its vmlinux,
 * as lines of text. It must never write a line about something that the debug information calls by two meanings.
 *
 * For kernels whose VMCOREINFO does not say it and that have no BTF. Runs on the host where the vmlinux is, so it is built
 * with that one's libc, and reads DWARF with elfutils' libdw.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/btfkeys.h"
#include "host/dwarf_keys.h"

static const char usage[] =
	"usage: kjump-profile [-o FILE] VMLINUX\n"
	"Write what kjump-dump has to know about the struct pages of a kernel that has neither\n"
	"the VMCOREINFO keys for it nor BTF, from the debug information in its VMLINUX.\n"
	"  -o, --output FILE  not to standard output\n"
	"  -h, --help         this text\n"
	"Exit status: 0 written; 64 usage, 65 no vmlinux with debug information, 66 no such file,\n"
	"73 FILE cannot be made, 74 I/O.\n";

static void __attribute__((noreturn, format(printf, 2, 3))) fail(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("kjump-profile: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/* What is not the same wherever it stands is left out, and that is said. */
static void warn_of_doubts(const char *path, const struct kj_btf_want *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (w[i].found == KJ_BTF_TWICE)
			fprintf(stderr, "kjump-profile: %s: %s%s%s: has two meanings, or is a bit field: left out\n", path, w[i].type,
				w[i].name ? "." : "", w[i].name ? w[i].name : "");
}

static int write_profile(FILE *f, const struct kj_dwarf_kernel *k, const char *text, size_t len)
{
	fputs("KJUMP_PROFILE=1\n", f);
	if (k->release[0])
		fprintf(f, "OSRELEASE=%s\n", k->release);
	if (k->build_id[0])
		fprintf(f, "BUILD-ID=%s\n", k->build_id);
	fwrite(text, 1, len, f);
	return fflush(f) || ferror(f);
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct kj_btf_want w[KJ_BTF_WANT];
	static struct kj_dwarf_kernel kernel;
	static char text[KJ_BTFKEYS_MAX];
	const char *path, *out = NULL, *why;
	const uint32_t n = kj_btfkeys_ask(w);
	FILE *f = stdout;
	size_t len;
	int c, fd;

	while ((c = getopt_long(argc, argv, "+o:h", longopts, NULL)) != -1) {
		switch (c) {
		case 'o':
			out = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (argc - optind != 1)
		fail(EX_USAGE, "%s", optind < argc ? "one vmlinux at a time" : "which vmlinux?");
	path = argv[optind];
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(EX_NOINPUT, "%s: %m", path);
	why = kj_dwarf_answer(fd, w, n, &kernel);
	if (why)
		fail(EX_DATAERR, "%s: %s", path, why);
	close(fd);
	if (kj_btfkeys_say(w, text, &len))
		fail(EX_DATAERR, "%s: no struct page in its debug information", path);
	warn_of_doubts(path, w, n);
	if (!kernel.build_id[0])
		fprintf(stderr, "kjump-profile: %s: has no build ID, so nobody can tell whose profile it is\n", path);
	if (out) {
		f = fopen(out, "we");
		if (!f)
			fail(EX_CANTCREAT, "%s: %m", out);
	}
	c = write_profile(f, &kernel, text, len);
	if (out && fclose(f))
		c = 1;
	if (c)
		fail(EX_IOERR, "%s: cannot be written", out ? out : "standard output");
	return 0;
}
