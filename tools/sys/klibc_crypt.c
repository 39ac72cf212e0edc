// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Debian's libsodium.a and libargon2.a expect of a glibc and klibc lacks. Linked into the klibc build only; it must
 * never be called by our own code.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/compat.h"

int *__errno_location(void);
void __explicit_bzero_chk(void *p, size_t len, size_t room);
long getrandom(void *p, size_t len, unsigned int flags);
int madvise(void *p, size_t len, int advice);
long (sysconf)(int what);
int _crypto_pwhash_argon2_pick_best_implementation(void);
int _crypto_stream_salsa20_pick_best_implementation(void);
int pthread_mutex_lock(void *m);
int pthread_mutex_unlock(void *m);
int pthread_create(void *thread, const void *attr, void *(*fn)(void *), void *arg);
int pthread_join(void *thread, void **ret);
void pthread_exit(void *ret) __attribute__((noreturn));
int __sprintf_chk(char *buf, int flag, size_t room, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

int *__errno_location(void)
{
	return &errno;
}

void __explicit_bzero_chk(void *p, size_t len, size_t room)
{
	(void)room;
	kj_wipe(p, len);
}

static long ret(long r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

long getrandom(void *p, size_t len, unsigned int flags)
{
	return ret(kj_syscall(__NR_getrandom, (long)p, (long)len, flags, 0, 0, 0));
}

int madvise(void *p, size_t len, int advice)
{
	return (int)ret(kj_madvise(p, len, advice));
}

/* klibc has one, with numbers of its own; libsodium asks by glibc's, for _SC_PAGESIZE alone. */
/* klibc's is a macro as well */
long (sysconf)(int what)
{
	return what == 30 ? 4096 : ret(-EINVAL);
}

/* sodium_init() chooses code for each cipher that it has. What we never call would all come along with its choice, and its
 * Argon2 has the names of libargon2's. */
int _crypto_pwhash_argon2_pick_best_implementation(void)
{
	return 0;
}

int _crypto_stream_salsa20_pick_best_implementation(void)
{
	return 0;
}

/* There is one thread, and Argon2 with one lane asks for no other. */
int pthread_mutex_lock(void *m)
{
	(void)m;
	return 0;
}

int pthread_mutex_unlock(void *m)
{
	(void)m;
	return 0;
}

int pthread_create(void *thread, const void *attr, void *(*fn)(void *), void *arg)
{
	(void)thread;
	(void)attr;
	(void)fn;
	(void)arg;
	return EAGAIN;
}

int pthread_join(void *thread, void **result)
{
	(void)thread;
	(void)result;
	return EINVAL;
}

void pthread_exit(void *result)
{
	(void)result;
	_exit(70); /* EX_SOFTWARE: there is no thread that could */
}

/* For texts of hashes, which we do not make. */
int __sprintf_chk(char *buf, int flag, size_t room, const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, fmt);
	n = vsnprintf(buf, room, fmt, ap);
	va_end(ap);
	return n;
}
