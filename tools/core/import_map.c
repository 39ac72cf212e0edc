// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the settings of other crash dump tools mean here. It must never map one to something that only looks like it.
 */
#include <string.h>

#include "core/import.h"
#include "core/import_map.h"
#include "core/parse.h"

static const struct kj_word nothing = { "", 0 };

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static int find_key(const char *key)
{
	for (int i = 0; i < KJ_CONF_NKEYS; i++)
		if (kj_word_is((struct kj_word){ key, length(key) }, kj_conf_name((enum kj_conf_key)i)))
			return i;
	return -1;
}

int kj_import_set(struct kj_import_run *r, const char *key, struct kj_word value)
{
	struct kj_conf_error err;
	const int i = find_key(key);

	if (i < 0) {
		kj_import_tell(r, 1, "kjump.conf has nothing like it", value);
		return 0;
	}
	const int there = (int)(r->conf->given >> i & 1);

	if (kj_conf_set(r->conf, key, length(key), value.s, value.len, &err)) {
		kj_import_tell(r, 1, err.what, (struct kj_word){ err.token, length(err.token) });
		return 0;
	}
	if (there)
		kj_import_tell(r, 0, "takes the place of what was set before", value);
	return 1;
}

/* Add @place to crash_target, reached by @how: "", "ssh " or "nfs ". 0: it was not. */
static int add_target(struct kj_import_run *r, const char *how, struct kj_word place)
{
	char text[KJ_CONF_TEXT];
	size_t n = 0;
	const char *old = r->conf->crash_target;
	const size_t h = length(how);

	/* of this text, not of one before */
	if (r->seen_target) {
		n = length(old);
		memcpy(text, old, n);
		text[n++] = ' ';
	}
	if (h > sizeof(text) - n || place.len > sizeof(text) - n - h) {
		kj_import_tell(r, 1, "value is too long", place);
		return 0;
	}
	memcpy(text + n, how, h);
	n += h;
	memcpy(text + n, place.s, place.len);
	r->conf->given &= ~(r->seen_target ? (uint64_t)1 << KJ_CONF_CRASH_TARGET : 0);
	if (kj_import_set(r, "crash_target", (struct kj_word){ text, n + place.len })) {
		r->seen_target = 1;
		return 1;
	}
	if (r->seen_target)
		r->conf->given |= (uint64_t)1 << KJ_CONF_CRASH_TARGET;
	return 0;
}

/* ---- kernel command lines ---- */

/* kjump-load refuses these; the first is Debian's own, for a full boot after the crash. */
static int is_refused_word(struct kj_word w)
{
	struct kj_word rest;

	return kj_word_begins(w, "elfcorehdr=", &rest) || kj_word_begins(w, "mem=", &rest) ||
	       kj_word_begins(w, "memmap=", &rest);
}

static void command_line(struct kj_import_run *r, struct kj_word value)
{
	char text[KJ_CONF_TEXT];
	size_t n = 0;
	struct kj_word w, rest;

	for (w = kj_word_next(&value); w.len; w = kj_word_next(&value)) {
		if (is_refused_word(w)) {
			kj_import_tell(r, 1, "the loader sets this itself", w);
			continue;
		}
		if (kj_word_begins(w, "systemd.", &rest)) {
			/* that one is how kdump-tools starts, which does not come along */
			kj_import_tell(r, !kj_word_is(w, "systemd.unit=kdump-tools-dump.service"),
				       "there is no systemd in kernel B", w);
			continue;
		}
		if (w.len + (n != 0) > sizeof(text) - n) {
			kj_import_tell(r, 1, "value is too long", w);
			continue;
		}
		if (n)
			text[n++] = ' ';
		memcpy(text + n, w.s, w.len);
		n += w.len;
	}
	if (n)
		kj_import_set(r, "cmdline_append", (struct kj_word){ text, n });
}

/* ---- places ---- */

/* A directory on the machine itself; the target must be the file system that holds it. */
static void directory(struct kj_import_run *r, struct kj_word value)
{
	if (kj_import_set(r, "path", value))
		r->seen_path = 1;
}

static int has(struct kj_word w, char c)
{
	size_t i = 0;

	while (i < w.len && w.s[i] != c)
		i++;
	return i < w.len;
}

/* [USER[:PASSWORD]@]HOST[:PORT]/PATH, what stands behind ssh:// */
static void ssh_url(struct kj_import_run *r, struct kj_word rest)
{
	char text[KJ_CONF_WORD];
	static const char root[] = "root@";
	struct kj_word user = rest;
	size_t n = 0;

	for (user.len = 0; user.len < rest.len && rest.s[user.len] != '@' && rest.s[user.len] != '/'; user.len++)
		;
	if (user.len == rest.len || rest.s[user.len] == '/') {
		/* as whoever saves there */
		n = sizeof(root) - 1;
		memcpy(text, root, n);
	} else if (has(user, ':')) {
		kj_import_tell(r, 1, "kjump takes no password but an sshkey:", (struct kj_word){ "ssh", 3 });
		return;
	}
	if (rest.len > sizeof(text) - n) {
		kj_import_tell(r, 1, "value is too long", rest);
		return;
	}
	memcpy(text + n, rest.s, rest.len);
	add_target(r, "ssh ", (struct kj_word){ text, n + rest.len });
}

/* KDUMP_SAVEDIR of openSUSE: a path, or a URL. */
static void save_dir(struct kj_import_run *r, struct kj_word value)
{
	char text[KJ_CONF_WORD];
	struct kj_word rest;
	size_t host = 0;

	if (kj_word_begins(value, "file://", &rest))
		value = rest;
	if (value.s[0] == '/') {
		directory(r, value);
	} else if (kj_word_begins(value, "nfs://", &rest)) {
		/* HOST/PATH to HOST:/PATH */
		while (host < rest.len && rest.s[host] != '/')
			host++;
		if (!host || host == rest.len || rest.len >= sizeof(text)) {
			kj_import_tell(r, 1, "not nfs://HOST/PATH", value);
			return;
		}
		memcpy(text, rest.s, host);
		text[host] = ':';
		memcpy(text + host + 1, rest.s + host, rest.len - host);
		/* there, PATH is what is mounted, and dumps lie at its top */
		if (add_target(r, "nfs ", (struct kj_word){ text, rest.len + 1 }))
			kj_import_set(r, "path", (struct kj_word){ "/", 1 });
	} else if (kj_word_begins(value, "ssh://", &rest)) {
		ssh_url(r, rest);
	} else {
		kj_import_tell(r, 1, "no target that kjump has", value);
	}
}

/* kdump-tools mounts it where its dumps go, so they lie at its top; here, local ones may be wanted as well. */
static void debian_nfs(struct kj_import_run *r, struct kj_word value)
{
	if (add_target(r, "nfs ", value))
		kj_import_tell(r, 0, "dumps lie below path there, not at the top:", value);
}

/* A kernel by its release; empty means the running one, which is our default too. */
static void kernel_version(struct kj_import_run *r, struct kj_word value)
{
	static const char boot[] = "/boot/vmlinuz-";
	char text[KJ_CONF_WORD];
	const size_t n = sizeof(boot) - 1;

	if (value.len > sizeof(text) - n) {
		kj_import_tell(r, 1, "value is too long", value);
		return;
	}
	memcpy(text, boot, n);
	memcpy(text + n, value.s, value.len);
	kj_import_set(r, "kernel", (struct kj_word){ text, n + value.len });
}

/* Files that kdump-tools makes of what is installed: without them the same is meant. */
static int is_debian_file(struct kj_word value)
{
	struct kj_word rest;

	return kj_word_begins(value, "/var/lib/kdump/", &rest);
}

static void debian_file(struct kj_import_run *r, const char *key, struct kj_word value)
{
	if (is_debian_file(value))
		kj_import_tell(r, 0, "belongs to kdump-tools", value);
	else
		kj_import_set(r, key, value);
}

/* ---- actions ---- */

static void set_word(struct kj_import_run *r, const char *key, const char *value)
{
	kj_import_set(r, key, (struct kj_word){ value, length(value) });
}

/* KDUMP_FAIL_CMD: a command; of those that end a machine we know what they mean. */
static void fail_command(struct kj_import_run *r, struct kj_word value)
{
	static const char *const actions[] = { "reboot", "halt", "poweroff" };
	struct kj_word rest = value, w = kj_word_next(&rest), option = kj_word_next(&rest), more = kj_word_next(&rest);

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (kj_word_is(w, actions[i]) && (!option.len || kj_word_is(option, "-f")) && !more.len) {
			set_word(r, "failure_action", actions[i]);
			return;
		}
	}
	kj_import_tell(r, 1, "a command; failure_action takes reboot, halt, poweroff or shell", value);
}

/* A setting of yes or no in openSUSE's words. */
static void yes_no(struct kj_import_run *r, struct kj_word value, const char *key, const char *yes, const char *no)
{
	const int is_yes = kj_word_is(value, "yes") || kj_word_is(value, "true") || kj_word_is(value, "1");
	const int is_no = kj_word_is(value, "no") || kj_word_is(value, "false") || kj_word_is(value, "0");

	if (is_yes)
		set_word(r, key, yes);
	else if (is_no && no)
		set_word(r, key, no);
	else
		kj_import_tell(r, 1, is_no ? "kjump has no such choice" : "not yes or no", value);
}

/* ---- the two tables ---- */

void kj_import_key(struct kj_import_run *r, struct kj_word value)
{
	/* the same name, the same meaning */
	static const char *const same[] = {
		"final_action", "extra_modules", "sshkey", "kdump_pre", "kdump_post", "extra_bins",
	};
	static const char *const file_systems[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "vfat" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (kj_word_is(r->name, same[i])) {
			kj_import_set(r, same[i], value);
			return;
		}
	}
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		if (kj_word_is(r->name, file_systems[i])) {
			add_target(r, "", value);
			return;
		}
	}
	if (kj_word_is(r->name, "path"))
		directory(r, value);
	else if (kj_word_is(r->name, "ssh"))
		add_target(r, "ssh ", value);
	else if (kj_word_is(r->name, "nfs"))
		add_target(r, "nfs ", value);
	else if (kj_word_is(r->name, "core_collector"))
		kj_import_command(r, value);
	else if (kj_word_is(r->name, "raw"))
		kj_import_tell(r, 1, "a raw partition needs a label first: kjump init-target", value);
	else if (!kj_word_is(r->name, "failure_action") && !kj_word_is(r->name, "default"))
		kj_import_tell(r, 1, "kjump.conf has nothing like it", value);
	else if (kj_word_is(value, "dump_to_rootfs"))
		kj_import_tell(r, 1, "name the root file system last in crash_target instead", value);
	else
		kj_import_set(r, "failure_action", value);
}

/* The words that openSUSE's level and format may hold; kept for kj_import_format(). */
static void keep_word(struct kj_import_run *r, struct kj_word value, char *dst, size_t cap, unsigned int *line)
{
	if (value.len >= cap) {
		kj_import_tell(r, 1, "value is too long", value);
		return;
	}
	memset(dst, 0, cap);
	memcpy(dst, value.s, value.len);
	*line = r->line;
}

void kj_import_variable(struct kj_import_run *r, struct kj_word value)
{
	static const struct {
		const char *name, *key;
	} plain[] = {
		{ "SSH_KEY", "sshkey" },
		{ "KDUMP_PRESCRIPT", "kdump_pre" }, { "KDUMP_POSTSCRIPT", "kdump_post" },
	};
	/* what every dump of kjump's has, or what is set elsewhere */
	static const struct {
		const char *name, *value, *what;
	} moot[] = {
		{ "USE_KDUMP", "1", "kjump is switched on by its service, not by a setting" },
		{ "KDUMP_DUMP_DMESG", "1", "kjump always saves the kernel log" },
	};

	for (size_t i = 0; i < sizeof(moot) / sizeof(moot[0]); i++) {
		if (kj_word_is(r->name, moot[i].name)) {
			kj_import_tell(r, !kj_word_is(value, moot[i].value), moot[i].what, value);
			return;
		}
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (kj_word_is(r->name, plain[i].name)) {
			kj_import_set(r, plain[i].key, value);
			return;
		}
	}
	if (kj_word_is(r->name, "KDUMP_COREDIR"))
		directory(r, value);
	else if (kj_word_is(r->name, "KDUMP_NUM_DUMPS"))
		kj_import_keep(r, value);
	else if (kj_word_is(r->name, "KDUMP_KEEP_OLD_DUMPS"))
		kj_import_keep_old(r, value);
	else if (kj_word_is(r->name, "KDUMP_FREE_DISK_SIZE"))
		kj_import_min_free(r, value);
	else if (kj_word_is(r->name, "SSH"))
		add_target(r, "ssh ", value);
	else if (kj_word_is(r->name, "NFS"))
		debian_nfs(r, value);
	else if (kj_word_is(r->name, "KDUMP_SAVEDIR"))
		save_dir(r, value);
	else if (kj_word_is(r->name, "KDUMP_KERNEL"))
		debian_file(r, "kernel", value);
	else if (kj_word_is(r->name, "KDUMP_KERNELVER"))
		kernel_version(r, value);
	else if (kj_word_is(r->name, "KDUMP_INITRD"))
		kj_import_tell(r, !is_debian_file(value), "kernel B has an initramfs of its own", value);
	else if (kj_word_is(r->name, "KDUMP_CMDLINE_APPEND") || kj_word_is(r->name, "KDUMP_COMMANDLINE_APPEND"))
		command_line(r, value);
	else if (kj_word_is(r->name, "KDUMP_FAIL_CMD"))
		fail_command(r, value);
	else if (kj_word_is(r->name, "KDUMP_CONTINUE_ON_ERROR"))
		yes_no(r, value, "failure_action", "reboot", "shell");
	else if (kj_word_is(r->name, "KDUMP_IMMEDIATE_REBOOT"))
		yes_no(r, value, "final_action", "reboot", NULL);
	else if (kj_word_is(r->name, "MAKEDUMP_ARGS"))
		kj_import_collector(r, value);
	else if (kj_word_is(r->name, "KDUMP_DUMPLEVEL"))
		keep_word(r, value, r->level, sizeof(r->level), &r->level_line);
	else if (kj_word_is(r->name, "KDUMP_DUMPFORMAT"))
		keep_word(r, value, r->format, sizeof(r->format), &r->format_line);
	else
		kj_import_tell(r, 1, "kjump.conf has nothing like it", value);
}

void kj_import_end(struct kj_import_run *r)
{
	if (r->level_line || r->format_line)
		kj_import_format(r);
	r->line = 0;
	r->name = nothing;
	if (r->seen_path && !(r->conf->given >> KJ_CONF_CRASH_TARGET & 1))
		kj_import_tell(r, 0, "crash_target is still to be set: the file system that holds",
			       (struct kj_word){ r->conf->path, length(r->conf->path) });
}
