// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first process of an initramfs in which somebody has asked for the passphrase already: leaves what is in /passphrase
 * as systemd-ask-password --keyname=kjump leaves it, and becomes /init. Must never be shipped.
 */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char buf[256];
	const int fd = open("/passphrase", O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	(void)argc;
	if (len > 0) {
		/* one string behind the other, each with its end */
		buf[len++] = 0;
		if (syscall(SYS_add_key, "user", "kjump", buf, (size_t)len, KEY_SPEC_USER_KEYRING) < 0)
			perror("keyring_init");
	}
	if (unlink("/passphrase"))
		perror("keyring_init");
	execv("/init", argv);
	perror("keyring_init: /init");
	return 1;
}
