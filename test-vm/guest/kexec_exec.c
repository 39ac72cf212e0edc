// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Enters whatever kernel is loaded, as `kexec -e` does, without a job or a word to anybody. Must never be shipped.
 */
#include <linux/reboot.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	sync();
	if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, 0)) {
		perror("kexec_exec");
		return 1;
	}
	return 0;
}
