// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reboot(2) by its raw call, for libcs disagree on its prototype. It must never be asked twice
 * for different things: the caller decides once.
 */
#include "sys/compat.h"
#include "sys/power.h"

/* include/uapi/linux/reboot.h */
#define MAGIC1 0xfee1deadL
#define MAGIC2 672274793L
#define CMD_RESTART 0x01234567L
#define CMD_POWER_OFF 0x4321fedcL
#define CMD_KEXEC 0x45584543L

static int do_reboot(long cmd)
{
	return (int)kj_syscall(SYS_reboot, MAGIC1, MAGIC2, cmd, 0, 0, 0);
}

void kj_power_sync(void)
{
	kj_syscall(SYS_sync, 0, 0, 0, 0, 0, 0);
}

int kj_power_off(void)
{
	return do_reboot(CMD_POWER_OFF);
}

int kj_power_reset(void)
{
	return do_reboot(CMD_RESTART);
}

int kj_power_kexec(void)
{
	return do_reboot(CMD_KEXEC);
}
