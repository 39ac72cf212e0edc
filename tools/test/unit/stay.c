// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel B that stays: the file about it, whose life it says, the pages of another process, and the image as the kernel
 * knows it, in a made-up /proc and /sys.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/lib/stay.h"
#include "core/le.h"
#include "tap.h"

#define TEXT 0xffffffff81000000ull
#define DIRECT 0xffff888000000000ull
#define IMAGE (DIRECT + 0x1000080)

static char root[] = "/tmp/kj-stay-XXXXXX";
static uint8_t *page[2];

static void put(const char *name, const void *buf, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root, name);
	f = fopen(path, "w");
	if (!f || fwrite(buf, 1, len, f) != len || fclose(f))
		abort();
}

static void put64(uint8_t *p, uint64_t v)
{
	le64 le = kj_put_le64(v);

	memcpy(p, &le, sizeof(le));
}

static void load(uint8_t *ph, uint32_t type, uint64_t off, uint64_t va, uint64_t pa, uint64_t len)
{
	ph[0] = (uint8_t)type;
	put64(ph + 8, off);
	put64(ph + 16, va);
	put64(ph + 24, pa);
	put64(ph + 32, len);
	put64(ph + 40, len);
}

/* 1 KiB of notes at 1024, and of memory at 2048: kexec_image at 64 of it, the image at 128, its head and start behind. */
static void kcore(const char *vmcoreinfo, uint64_t image, uint64_t head, uint64_t start)
{
	static uint8_t b[3072];
	const size_t len = strlen(vmcoreinfo);

	memset(b, 0, sizeof(b));
	memcpy(b, "\177ELF\2\1\1", 7);
	b[16] = 4;
	b[18] = 62;
	b[20] = 1;
	b[32] = 64;
	b[52] = 64;
	b[54] = 56;
	b[56] = 3;
	load(b + 64, 4, 1024, 0, 0, 24 + (len + 3) / 4 * 4);
	load(b + 120, 1, 2048, TEXT, 0x1000000, 1024);
	load(b + 176, 1, 2048, DIRECT + 0x1000000, 0x1000000, 1024);
	b[1024] = 11;
	b[1028] = (uint8_t)len;
	b[1029] = (uint8_t)(len >> 8);
	memcpy(b + 1036, "VMCOREINFO", 10);
	memcpy(b + 1048, vmcoreinfo, len);
	put64(b + 2048 + 64, image);
	put64(b + 2048 + 128 + 8, head);
	put64(b + 2048 + 128 + 16, start);
	put("/proc/kcore", b, sizeof(b));
}

static const char symbols[] = "SYMBOL(kexec_image)=ffffffff81000040\nOFFSET(kimage.head)=8\nOFFSET(kimage.start)=16\n";

static void test_image(void)
{
	struct kj_kimage i;

	is(kj_kcore_image(root, &i), -ENOENT, "no kcore");
	kcore("OSRELEASE=6.12\n", IMAGE, 3, 4);
	is(kj_kcore_image(root, &i), -ENOENT, "a kernel that does not publish it");
	kcore(symbols, 0, 3, 4);
	is(kj_kcore_image(root, &i), 0, "nothing loaded");
	is(i.addr | i.head | i.start, 0, "so it says");
	kcore(symbols, IMAGE, 0x1234, 0x5678);
	is(kj_kcore_image(root, &i), 0, "an image");
	ok(i.addr == IMAGE && i.head == 0x1234 && i.start == 0x5678, "where it begins");
	kcore(symbols, DIRECT + 0x1000400, 3, 4);
	is(kj_kcore_image(root, &i), -ENOENT, "an image in memory that there is not");
	kcore(symbols, UINT64_MAX, 3, 4);
	is(kj_kcore_image(root, &i), -ENOENT, "an image at the end of all addresses");
	kcore("SYMBOL(kexec_image)=ffffffff81000040\nOFFSET(kimage.head)=-8\nOFFSET(kimage.start)=16\n", IMAGE, 3, 4);
	is(kj_kcore_image(root, &i), -ENOENT, "an offset that is none");
	kcore("SYMBOL(kexec_image)=ffffffff81000400\nOFFSET(kimage.head)=8\nOFFSET(kimage.start)=16\n", IMAGE, 3, 4);
	is(kj_kcore_image(root, &i), -ENOENT, "a symbol beyond the kernel");
}

static void fill(struct kj_stay *s)
{
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	s->pid = (uint32_t)getpid();
	s->jobs = 7;
	s->made_of = 0xfedcba9876543210;
	for (unsigned int i = 0; i < 2; i++) {
		s->va[i] = (uint64_t)(uintptr_t)page[i];
		memset(s->nonce[i], 0xa0 + (int)i, 16);
	}
	s->image = (struct kj_kimage){ IMAGE, 0x1234, 0x5678 };
}

/* A holder, as kjump makes one: it tells that it is there, and waits. */
static pid_t holder(int pin)
{
	struct kj_stay s;
	int fd[2];
	pid_t pid;
	char c;

	if (pipe(fd))
		abort();
	pid = fork();
	if (!pid) {
		fill(&s);
		for (unsigned int i = 0; pin && i < 2; i++) {
			/* its own from here on, and not the parent's as well */
			*(volatile uint8_t *)page[i] += 0;
			if (kj_pin_phys(page[i], &s.pa[i]))
				pin = 0;
		}
		c = kj_stay_make(root, &s) ? 'n' : pin ? 'y' : 'p';
		if (write(fd[1], &c, 1) != 1)
			abort();
		for (;;)
			pause();
	}
	close(fd[1]);
	if (read(fd[0], &c, 1) != 1)
		abort();
	close(fd[0]);
	ok(c != 'n', "a holder");
	return pid;
}

static void reap(pid_t pid)
{
	int st;

	kill(pid, SIGKILL);
	is(waitpid(pid, &st, 0), pid, "it ends");
}

static void test_life(void)
{
	struct kj_stay s, want;
	pid_t pid;

	is(kj_stay_open(root, &s), -ENOENT, "no file");
	kj_stay_close(&s);
	pid = holder(0);
	is(kj_stay_open(root, &s), 0, "a B stays");
	fill(&want);
	want.pid = (uint32_t)pid;
	want.fd = s.fd;
	memcpy(want.pa, s.pa, sizeof(s.pa));
	ok(!memcmp(&s, &want, sizeof(s)), "all that its holder has said");
	s.jobs = 8;
	s.image.start = 0xffffffffffffffff;
	is(kj_stay_write(&s), 0, "changed");
	kj_stay_close(&s);
	is(kj_stay_open(root, &s), 0, "and read again");
	ok(s.jobs == 8 && s.image.start == 0xffffffffffffffff, "as changed");
	kj_stay_close(&s);
	reap(pid);
	is(kj_stay_open(root, &s), -ESRCH, "its holder has gone");
	pid = holder(0);
	is(kj_stay_open(root, &s), 0, "another one takes its place");
	kj_stay_close(&s);
	kj_stay_end(root);
	is(kj_stay_open(root, &s), -ENOENT, "it is let go");
	reap(pid);
	kj_stay_end(root);
	is(kj_stay_open(root, &s), -ENOENT, "once more: nothing happens");
}

static void test_file(void)
{
	static const char *const bad[] = { "", "PID=1\n", "PID=x\n", "JOBS=\n" };
	struct kj_stay s, mine;
	char path[64], text[1200];
	int wrong = 0;

	fill(&mine);
	is(kj_stay_make(root, &mine), 0, "a file of our own");
	is(kj_stay_open(root, &s), 0, "which is locked, and good");
	kj_stay_close(&s);
	snprintf(path, sizeof(path), "%s" KJ_STAY_FILE, root);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(text, '\n', 1024);
		memcpy(text, bad[i], strlen(bad[i]));
		wrong += pwrite(mine.fd, text, 1024, 0) != 1024 || kj_stay_open(root, &s) != -EBADMSG;
	}
	is(wrong, 0, "what is none of ours");
	is(kj_stay_write(&mine), 0, "good again");
	is(ftruncate(mine.fd, 600), 0, "cut");
	is(kj_stay_open(root, &s), -EBADMSG, "is none either");
	mine.pid = 1;
	is(kj_stay_write(&mine), 0, "of init");
	is(kj_stay_open(root, &s), -EBADMSG, "that is never a holder");
	kj_stay_close(&mine);
	kj_stay_end(root);
}

static void test_pages(void)
{
	uint8_t b[4096];
	struct kj_stay s;
	pid_t pid;

	memset(page[0], 1, 4096);
	memset(page[1], 2, 4096);
	pid = holder(1);
	is(kj_stay_open(root, &s), 0, "open");
	is(kj_stay_get(&s, 1, b), 0, "its second page");
	ok(b[0] == 2 && b[4095] == 2, "has what it has put there");
	memset(b, 9, sizeof(b));
	is(kj_stay_put(&s, 0, b), 0, "its first page");
	memset(b, 0, sizeof(b));
	is(kj_stay_get(&s, 0, b), 0, "read");
	ok(b[0] == 9 && b[4095] == 9 && page[0][0] == 1, "has what was put there, and this process' has not");
	is(kj_stay_check(root, &s), -ESTALE, "no image is loaded");
	put("/sys/kernel/kexec_loaded", "1", 1);
	put("/run/kjump/loaded", "x", 1);
	kcore(symbols, IMAGE, 0x1234, 0x5679);
	is(kj_stay_check(root, &s), -ESTALE, "another one than that");
	kcore(symbols, IMAGE, 0x1234, 0x5678);
	if (s.pa[0]) {
		is(kj_stay_check(root, &s), 0, "that one");
		s.pa[1] += 4096;
		is(kj_stay_check(root, &s), -ESTALE, "a page is elsewhere");
	} else {
		is(kj_stay_check(root, &s), -ESTALE, "where the pages are nobody says");
		skip("where the pages are: only root may see that");
	}
	reap(pid);
	is(kj_stay_put(&s, 0, b), -ENOENT, "no holder");
	is(kj_stay_get(&s, 0, b), -ENOENT, "nothing to read");
	kj_stay_close(&s);
	kj_stay_end(root);
}

int main(void)
{
	static const char *const dirs[] = { "/proc", "/sys", "/sys/kernel", "/run", "/run/kjump" };
	static const char *const files[] = { "/proc/kcore", "/sys/kernel/kexec_loaded", "/run/kjump/loaded" };
	char path[128];

	if (!mkdtemp(root))
		abort();
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
		if (mkdir(path, 0700))
			abort();
	}
	for (unsigned int i = 0; i < 2; i++) {
		page[i] = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (page[i] == MAP_FAILED)
			abort();
	}
	test_image();
	test_life();
	test_file();
	test_pages();
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", root, files[i]);
		unlink(path);
	}
	for (size_t i = 5; i--;) {
		snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
		rmdir(path);
	}
	ok(!rmdir(root), "nothing is left");
	return tap_done();
}
