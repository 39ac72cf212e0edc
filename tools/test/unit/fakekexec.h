/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel whose kexec_load(2) answers as a test wants, by seccomp: for a child process, which has it to its end. Must
 * never let a call through that could load, unload or reboot.
 */
#ifndef KJ_TEST_FAKEKEXEC_H
#define KJ_TEST_FAKEKEXEC_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAKE_STAGED 0x10u	/* KEXEC_STAGED */
#define FAKE_NO_SECCOMP 99	/* exit status of a child that has no such kernel */

/* A call with KEXEC_STAGED fails with @staged, or returns 0 if that is 0; one with a flag that no kernel knows fails
 * with EINVAL, all others, and reboot(2), with EPERM. 0 or -errno. */
static int fake_kexec(uint32_t staged)
{
	const struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_reboot, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kexec_load, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, FAKE_STAGED, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x8000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | staged),
	};
	const struct sock_fprog prog = { .len = sizeof(f) / sizeof(f[0]), .filter = (struct sock_filter *)f };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		return -errno;
	return 0;
}

/* What @run returns on such a kernel, up to 98; FAKE_NO_SECCOMP: there is none; -1: it died. */
static int on_fake_kexec(uint32_t staged, int (*run)(void *ctx), void *ctx)
{
	pid_t pid = fork();
	int st;

	if (!pid)
		_exit(fake_kexec(staged) ? FAKE_NO_SECCOMP : run(ctx));
	if (pid < 0 || waitpid(pid, &st, 0) != pid || !WIFEXITED(st))
		return -1;
	return WEXITSTATUS(st);
}

#endif
