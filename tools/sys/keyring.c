// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel keyrings, by keyctl(2). It must never look into keyrings of others.
 */
#include "sys/keyring.h"

#include <errno.h>

#include "sys/compat.h"

/* linux/keyctl.h */
#define KEYCTL_REVOKE 3
#define KEYCTL_SEARCH 10
#define KEYCTL_READ 11
#define KEYCTL_INVALIDATE 21
#define SESSION_KEYRING (-3)
#define USER_KEYRING (-4)

static long keyctl(int op, long a, long b, long c)
{
	return kj_syscall(__NR_keyctl, op, a, b, c, 0, 0);
}

/* Its serial number, or -ENOKEY. */
static long find(const char *name)
{
	static const int rings[] = { USER_KEYRING, SESSION_KEYRING };

	for (unsigned int i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		const long key = keyctl(KEYCTL_SEARCH, rings[i], (long)"user", (long)name);

		if (key > 0)
			return key;
	}
	return -ENOKEY;
}

int kj_keyring_read(const char *name, void *buf, size_t cap, size_t *ret)
{
	const long key = find(name);
	long n;

	if (key < 0)
		return (int)key;
	n = keyctl(KEYCTL_READ, key, (long)buf, (long)cap);
	if (n < 0)
		return (int)n;
	if ((size_t)n > cap)
		return -EFBIG;
	*ret = (size_t)n;
	return 0;
}

int kj_keyring_drop(const char *name)
{
	const long key = find(name);
	long r;

	if (key < 0)
		return (int)key;
	r = keyctl(KEYCTL_INVALIDATE, key, 0, 0);
	/* one that may not be searched for may still be ours to revoke */
	if (r < 0)
		r = keyctl(KEYCTL_REVOKE, key, 0, 0);
	return r < 0 ? (int)r : 0;
}
