// SPDX-License-Identifier: GPL-2.0-or-later
/* front_crash.h: another crash dump service is noticed when it is switched on, and not when it merely was once. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/front_crash.h"
#include "tap.h"

static char root[64];

static const char *below(const char *path)
{
	static char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void make_dirs(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s", below(path));
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	mkdir(full, 0755);
}

static void make_file(const char *path, mode_t mode)
{
	FILE *f = fopen(below(path), "w");

	if (f)
		fclose(f);
	chmod(below(path), mode);
}

static void owner_is(const char *want, const char *what)
{
	char name[64] = "";
	const int found = kj_front_crash_owner(root, name, sizeof(name));

	if (!ok(found == (want != NULL) && (!want || !strcmp(name, want)), "%s", what))
		printf("# got %d '%s'\n", found, name);
}

static void test_systemd(void)
{
	make_dirs("/etc/systemd/system/basic.target.wants");
	make_dirs("/lib/systemd/system");
	owner_is(NULL, "no unit is wanted");
	if (symlink("/lib/systemd/system/kdump-tools.service",
		    below("/etc/systemd/system/basic.target.wants/kdump-tools.service")))
		ok(0, "symlink");
	owner_is(NULL, "a link that a removed package left");
	make_file("/lib/systemd/system/kdump-tools.service", 0644);
	owner_is("kdump-tools.service", "a unit that is wanted");
	unlink(below("/etc/systemd/system/basic.target.wants/kdump-tools.service"));
	owner_is(NULL, "and switched off");
	if (symlink("/dev/null", below("/etc/systemd/system/basic.target.wants/kdump.service")))
		ok(0, "symlink");
	make_dirs("/dev");
	owner_is(NULL, "a unit that is masked");
	unlink(below("/etc/systemd/system/basic.target.wants/kdump.service"));
	make_file("/lib/systemd/system/kdump.service", 0644);
	make_dirs("/etc/systemd/system/multi-user.target.wants");
	if (symlink("/lib/systemd/system/kdump.service", below("/etc/systemd/system/multi-user.target.wants/kdump.service")))
		ok(0, "symlink");
	owner_is("kdump.service", "that of another distribution");
	unlink(below("/etc/systemd/system/multi-user.target.wants/kdump.service"));
}

static void test_sysv(void)
{
	make_dirs("/etc/rc2.d");
	make_dirs("/etc/rc0.d");
	make_dirs("/usr/sbin");
	make_file("/etc/rc0.d/S01kdump-tools", 0755);
	make_file("/usr/sbin/kdump-config", 0755);
	owner_is(NULL, "not in a run level that works");
	make_file("/etc/rc2.d/K01kdump-tools", 0755);
	owner_is(NULL, "only stopped there");
	make_file("/etc/rc2.d/S01kdump-tools", 0755);
	owner_is("kdump-tools", "started there");
	unlink(below("/usr/sbin/kdump-config"));
	owner_is(NULL, "its program is gone");
}

int main(void)
{
	const char *tmp = getenv("KJ_TMP");
	char command[128];

	snprintf(root, sizeof(root), "%.40s/ownerXXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(root)) {
		ok(0, "a directory");
		return tap_done();
	}
	owner_is(NULL, "an empty machine");
	test_systemd();
	test_sysv();
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command))
		ok(0, "removed");
	return tap_done();
}
