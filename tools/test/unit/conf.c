// SPDX-License-Identifier: GPL-2.0-or-later
/* conf.h: the grammar, every error with its line, and that emit and parse are inverse. */
#include "cmd/lib/pagecodec.h"
#include "core/conf.h"
#include "core/image.h"
#include "tap.h"

static const char full[] = "# kjump.conf\n"
			   "\n"
			   "target PARTUUID=0123-ab   # the whole partition\r\n"
			   "\tkernel  /boot/vmlinuz-6.12\n"
			   "initrd '/boot/kjump.img'\n"
			   "window 256M@1G\n"
			   "codec zstd\n"
			   "level -3\n"
			   "deadline 15m\n"
			   "watchdog off\n"
			   "final_action poweroff\n"
			   "failure_action shell\n"
			   "cmdline_append \"console=ttyS0,115200 a=#1\" # two words\n"
			   "path /var/crash\n"
			   "extra_modules ahci virtio_blk  nvme-core\n"
			   "workers 2\n"
			   "crash_target UUID=abcd  /dev/sdb1 ssh\tu@h.x:2222/a/b nfs h:/ luks UUID=ab-cd\n"
			   "sshkey /k\n"
			   "known_hosts /h\n"
			   "network 10.0.2.15/24 10.0.2.2\n"
			   "keep 3\n"
			   "min_free 2G\n"
			   "network_card 52:54:00:12:34:ab\n"
			   "format swsusp\n"
			   "core_collector kjump-dump  -c zlib -d 17 -l 9\n"
			   "swsusp_zeros flag\n"
			   "restore_direct yes\n"
			   "key_file /etc/secret\n"
			   "target_key /root/k\n"
			   "target_luks UUID=12-34\n"
			   "crash_key /c\n"
			   "kdump_pre /usr/local/bin/pre\n"
			   "kdump_post \"/usr/local/bin/post\"\n"
			   "require_test no\n"
			   "onfail boot"; /* no newline at the end */

static void test_full(void)
{
	struct kj_conf c, again;
	struct kj_conf_error err;
	char buf[KJ_CONF_EMIT_MAX];
	size_t len = 0;

	is(kj_conf_parse(full, strlen(full), &c, &err), KJ_OK, "every key");
	is_str(c.target, "PARTUUID=0123-ab", "target, comment and CR cut off");
	is_str(c.kernel, "/boot/vmlinuz-6.12", "kernel, behind tabs");
	is_str(c.initrd, "/boot/kjump.img", "initrd, quoted");
	ok(c.window.start == 1ULL << 30 && c.window.len == 256ULL << 20, "window");
	is(c.codec, KJ_CODEC_ZSTD, "codec");
	ok(c.level == -3, "level");
	is(c.deadline, 900, "deadline");
	is(c.watchdog, 0, "watchdog");
	is(c.final_action, KJ_CONF_DO_POWEROFF, "final_action");
	is(c.failure_action, KJ_CONF_DO_SHELL, "failure_action");
	is_str(c.cmdline_append, "console=ttyS0,115200 a=#1", "# in quotes is no comment");
	is_str(c.path, "/var/crash", "path");
	is_str(c.extra_modules, "ahci virtio_blk  nvme-core", "extra_modules");
	is(c.workers, 2, "workers");
	is(c.onfail, KJ_CONF_BOOT, "onfail");
	is_str(c.crash_target, "UUID=abcd  /dev/sdb1 ssh\tu@h.x:2222/a/b nfs h:/ luks UUID=ab-cd", "crash_target");
	is_str(c.sshkey, "/k", "sshkey");
	is_str(c.known_hosts, "/h", "known_hosts");
	is_str(c.network, "10.0.2.15/24 10.0.2.2", "network");
	is(c.keep, 3, "keep");
	is(c.min_free, 2ULL << 30, "min_free");
	is_str(c.network_card, "52:54:00:12:34:ab", "network_card");
	ok(!c.dump.elf && c.dump.codec == KJ_CODEC_ZLIB && c.dump.level == 9 && c.dump.filter == 17, "core_collector");
	is(c.format, KJ_CONF_SWSUSP, "format");
	is(c.swsusp_zeros, 1, "swsusp_zeros");
	is(c.restore_direct, 1, "restore_direct");
	is_str(c.key_file, "/etc/secret", "key_file");
	is_str(c.target_key, "/root/k", "target_key");
	is_str(c.target_luks, "UUID=12-34", "target_luks");
	is_str(c.crash_key, "/c", "crash_key");
	is_str(c.kdump_pre, "/usr/local/bin/pre", "kdump_pre");
	is_str(c.kdump_post, "/usr/local/bin/post", "kdump_post");
	is(c.require_test, 0, "require_test");
	/* which does not go with others */
	is(c.given, ((1ull << KJ_CONF_NKEYS) - 1) & ~(1ull << KJ_CONF_ENCRYPT), "all but encrypt are marked as given");

	is(kj_conf_emit(&c, KJ_CONF_FILE, buf, sizeof(buf), &len), KJ_OK, "emit");
	is(strlen(buf), len, "its length");
	is(kj_conf_parse(buf, len, &again, &err), KJ_OK, "parses back");
	ok(!memcmp(&c, &again, sizeof(c)), "to the same");
	is(kj_conf_emit(&c, KJ_CONF_FILE, buf, len + 1, &len), KJ_OK, "emit, exact room");
	is(kj_conf_emit(&c, KJ_CONF_FILE, buf, len, &len), KJ_ENOSPC, "emit, a byte short");
	is(kj_conf_emit(&c, KJ_CONF_FILE, buf, 0, &len), KJ_ENOSPC, "emit, no room");
	is(kj_conf_emit(&c, KJ_CONF_SHELL, buf, sizeof(buf), &len), KJ_OK, "emit for a shell");
	ok(strstr(buf, "KJ_CMDLINE_APPEND='console=ttyS0,115200 a=#1'\n") &&
		   strstr(buf, "KJ_LEVEL='-3'\n") && strstr(buf, "KJ_WATCHDOG='off'\n") &&
		   strstr(buf, "KJ_CORE_COLLECTOR='kjump-dump -f kdump -c zlib -l 9 -d 17'\n") &&
		   strstr(buf, "KJ_WINDOW='0x10000000@0x40000000'\n"),
	   "shell lines");
}

static void test_defaults(void)
{
	struct kj_conf c, d;
	struct kj_conf_error err;
	char buf[KJ_CONF_EMIT_MAX];
	size_t len = 77;

	kj_conf_init(&d);
	is(kj_conf_parse("", 0, &c, &err), KJ_OK, "an empty file");
	ok(!memcmp(&c, &d, sizeof(c)), "means the defaults");
	is(kj_conf_parse(" # only\n\n\t\n#\n", 13, &c, &err), KJ_OK, "comments and blank lines");
	ok(!memcmp(&c, &d, sizeof(c)), "mean the defaults");
	is(kj_conf_emit(&c, KJ_CONF_FILE, buf, sizeof(buf), &len), KJ_OK, "emit of nothing given");
	is(len, 0, "is empty");
	is(kj_conf_emit(&c, KJ_CONF_SHELL, buf, sizeof(buf), &len), KJ_OK, "for a shell");
	ok(strstr(buf, "KJ_TARGET=''\n") && strstr(buf, "KJ_WINDOW='auto'\n") &&
		   strstr(buf, "KJ_CORE_COLLECTOR='kjump-dump -f kdump -c zstd -l 0 -d 31'\n") &&
		   strstr(buf, "KJ_WORKERS='auto'\n") && strstr(buf, "KJ_ONFAIL='ask'\n") && strstr(buf, "KJ_REQUIRE_TEST='yes'\n") &&
		   strstr(buf, "KJ_KEEP='all'\n") && strstr(buf, "KJ_MIN_FREE='0'\n") &&
		   strstr(buf, "KJ_NETWORK='dhcp'\n") && strstr(buf, "KJ_NETWORK_CARD='auto'\n") &&
		   strstr(buf, "KJ_SSHKEY='/root/.ssh/kdump_id_rsa'\n") && strstr(buf, "KJ_KNOWN_HOSTS='/root/.ssh/known_hosts'\n"),
	   "every key is there");
	for (unsigned int k = 0; k < KJ_CONF_NKEYS; k++)
		ok(kj_conf_name((enum kj_conf_key)k) != NULL, "key %u: %s", k,
		   kj_conf_name((enum kj_conf_key)k));
	ok(!kj_conf_name(KJ_CONF_NKEYS), "and no more");
}

static void test_errors(void)
{
	static const struct {
		const char *text;
		enum kj_err e;
		unsigned int line;
		const char *token;
	} v[] = {
		{ "targt /dev/sda", KJ_ENOTFOUND, 1, "targt" },
		{ "#\n\nTarget /dev/sda", KJ_ENOTFOUND, 3, "Target" },
		{ "target=/dev/sda\n", KJ_ENOTFOUND, 1, "target=/dev/sda" },
		{ "codec lz4\ncodec lz4\n", KJ_EOVERLAP, 2, "codec" },
		{ "codec\n", KJ_EFORMAT, 1, "codec" },
		{ "codec # lz4\n", KJ_EFORMAT, 1, "codec" },
		{ "codec#lz4\n", KJ_EFORMAT, 1, "codec" },
		{ "path \"\"\n", KJ_EFORMAT, 1, "path" },
		{ "path \"/a\n", KJ_EFORMAT, 1, "\"/a" },
		{ "path '/a\"\n", KJ_EFORMAT, 1, "'/a\"" },
		{ "path \"/a\" b\n", KJ_EFORMAT, 1, "\"/a\" b" },
		{ "path \" /a\"\n", KJ_EFORMAT, 1, " /a" },
		{ "path /a'b\n", KJ_EFORMAT, 1, "/a'b" },
		{ "path /a\\b\n", KJ_EFORMAT, 1, "/a\\b" },
		{ "path /a\x01\n", KJ_EFORMAT, 1, "/a?" },
		{ "path /a\x7f\n", KJ_EFORMAT, 1, "/a?" },
		{ "path a\n", KJ_EFORMAT, 1, "a" },
		{ "kernel /a b\n", KJ_EFORMAT, 1, "/a b" },
		{ "target sda\n", KJ_EFORMAT, 1, "sda" },
		{ "target /dev/\n", KJ_EFORMAT, 1, "/dev/" },
		{ "target UUID=ab\n", KJ_EFORMAT, 1, "UUID=ab" },
		{ "target /var/lib/\n", KJ_EFORMAT, 1, "/var/lib/" },
		{ "target image\n", KJ_EFORMAT, 1, "image" },
		{ "target SWAP=sda2\n", KJ_EFORMAT, 1, "SWAP=sda2" },
		{ "target SWAP=/\n", KJ_EFORMAT, 1, "SWAP=/" },
		{ "target KJLABEL=\n", KJ_EFORMAT, 1, "KJLABEL=" },
		{ "crash_target KJLABEL=ab\n", KJ_EFORMAT, 1, "KJLABEL=ab" },
		{ "crash_target /dev/a b\n", KJ_EFORMAT, 1, "/dev/a b" },
		{ "target /dev/a b\n", KJ_EFORMAT, 1, "/dev/a b" },
		{ "crash_target ssh\n", KJ_EFORMAT, 1, "ssh" },
		{ "crash_target ssh host\n", KJ_EFORMAT, 1, "ssh host" },
		{ "crash_target ssh @host\n", KJ_EFORMAT, 1, "ssh @host" },
		{ "crash_target ssh u@\n", KJ_EFORMAT, 1, "ssh u@" },
		{ "crash_target ssh -oX@host\n", KJ_EFORMAT, 1, "ssh -oX@host" },
		{ "crash_target ssh u@-h\n", KJ_EFORMAT, 1, "ssh u@-h" },
		{ "crash_target ssh u;v@h\n", KJ_EFORMAT, 1, "ssh u;v@h" },
		{ "crash_target ssh u@h$x\n", KJ_EFORMAT, 1, "ssh u@h$x" },
		{ "crash_target ssh u@h:\n", KJ_EFORMAT, 1, "ssh u@h:" },
		{ "crash_target ssh u@h:0\n", KJ_EFORMAT, 1, "ssh u@h:0" },
		{ "crash_target ssh u@h:0x16\n", KJ_EFORMAT, 1, "ssh u@h:0x16" },
		{ "crash_target ssh u@h:65536/a\n", KJ_EFORMAT, 1, "ssh u@h:65536/a" },
		{ "crash_target ssh u@h:22a\n", KJ_EFORMAT, 1, "ssh u@h:22a" },
		{ "crash_target ssh u@h:a/b\n", KJ_EFORMAT, 1, "ssh u@h:a/b" },
		{ "crash_target /dev/a nfs\n", KJ_EFORMAT, 1, "/dev/a nfs" },
		{ "crash_target luks\n", KJ_EFORMAT, 1, "luks" },
		{ "crash_target luks ab-cd\n", KJ_EFORMAT, 1, "luks ab-cd" },
		{ "crash_target luks luks\n", KJ_EFORMAT, 1, "luks luks" },
		{ "target_luks KJLABEL=ab\n", KJ_EFORMAT, 1, "KJLABEL=ab" },
		{ "crash_target nfs h\n", KJ_EFORMAT, 1, "nfs h" },
		{ "crash_target nfs h:\n", KJ_EFORMAT, 1, "nfs h:" },
		{ "crash_target nfs h:a\n", KJ_EFORMAT, 1, "nfs h:a" },
		{ "crash_target nfs :/a\n", KJ_EFORMAT, 1, "nfs :/a" },
		{ "crash_target h:/a\n", KJ_EFORMAT, 1, "h:/a" },
		{ "sshkey id\n", KJ_EFORMAT, 1, "id" },
		{ "known_hosts ~/h\n", KJ_EFORMAT, 1, "~/h" },
		{ "network static\n", KJ_EFORMAT, 1, "static" },
		{ "network dhcp4\n", KJ_EFORMAT, 1, "dhcp4" },
		{ "network 10.0.2.15\n", KJ_EFORMAT, 1, "10.0.2.15" },
		{ "network 10.0.2/24\n", KJ_EFORMAT, 1, "10.0.2/24" },
		{ "network 10.0.2.256/24\n", KJ_EFORMAT, 1, "10.0.2.256/24" },
		{ "network 10.0.2.015/24\n", KJ_EFORMAT, 1, "10.0.2.015/24" },
		{ "network 10.0.2.15/\n", KJ_EFORMAT, 1, "10.0.2.15/" },
		{ "network 10.0.2.15/0\n", KJ_EFORMAT, 1, "10.0.2.15/0" },
		{ "network 10.0.2.15/32\n", KJ_EFORMAT, 1, "10.0.2.15/32" },
		{ "network 10.0.2.15/24x\n", KJ_EFORMAT, 1, "10.0.2.15/24x" },
		{ "network 10.0.2.15/24 10.0.2\n", KJ_EFORMAT, 1, "10.0.2.15/24 10.0.2" },
		{ "network 10.0.2.15/24 10.0.2.2 1\n", KJ_EFORMAT, 1, "10.0.2.15/24 10.0.2.2 1" },
		{ "keep 0\n", KJ_ERANGE, 1, "0" },
		{ "keep none\n", KJ_EFORMAT, 1, "none" },
		{ "keep 10001\n", KJ_ERANGE, 1, "10001" },
		{ "min_free much\n", KJ_EFORMAT, 1, "much" },
		{ "min_free 10%\n", KJ_EFORMAT, 1, "10%" },
		{ "min_free 9223372036854775808\n", KJ_ERANGE, 1, "9223372036854775808" },
		{ "network_card eth0\n", KJ_EFORMAT, 1, "eth0" },
		{ "network_card 52:54:00:12:34:AB\n", KJ_EFORMAT, 1, "52:54:00:12:34:AB" },
		{ "network_card 52:54:00:12:34\n", KJ_EFORMAT, 1, "52:54:00:12:34" },
		{ "network_card 52-54-00-12-34-ab\n", KJ_EFORMAT, 1, "52-54-00-12-34-ab" },
		{ "window big\n", KJ_EFORMAT, 1, "big" },
		{ "window 1000\n", KJ_ERANGE, 1, "1000" },
		{ "window 1M@1\n", KJ_ERANGE, 1, "1M@1" },
		{ "window 0\n", KJ_ERANGE, 1, "0" },
		{ "codec gzip\n", KJ_EFORMAT, 1, "gzip" },
		{ "level fast\n", KJ_EFORMAT, 1, "fast" },
		{ "level 10\n", KJ_ERANGE, 1, "10" },
		{ "level -65\n", KJ_ERANGE, 1, "-65" },
		{ "deadline 9\n", KJ_ERANGE, 1, "9" },
		{ "deadline 25h\n", KJ_ERANGE, 1, "25h" },
		{ "deadline off\n", KJ_EFORMAT, 1, "off" },
		{ "deadline 99999999999999999999\n", KJ_ERANGE, 1, "99999999999999999999" },
		{ "watchdog 4\n", KJ_ERANGE, 1, "4" },
		{ "workers 0\n", KJ_ERANGE, 1, "0" },
		{ "workers 65\n", KJ_ERANGE, 1, "65" },
		{ "workers many\n", KJ_EFORMAT, 1, "many" },
		{ "final_action shell\n", KJ_EFORMAT, 1, "shell" },
		{ "failure_action continue\n", KJ_EFORMAT, 1, "continue" },
		{ "onfail no\n", KJ_EFORMAT, 1, "no" },
		{ "format elf\n", KJ_EFORMAT, 1, "elf" },
		{ "core_collector makedumpfile -l -d 31\n", KJ_EFORMAT, 1, "makedumpfile" },
		{ "core_collector kjump-dumps\n", KJ_EFORMAT, 1, "kjump-dumps" },
		{ "core_collector kjump-dump -f image\n", KJ_EFORMAT, 1, "image" },
		{ "core_collector kjump-dump -f flat\n", KJ_EFORMAT, 1, "flat" },
		{ "core_collector kjump-dump -c lz4\n", KJ_EFORMAT, 1, "lz4" },
		{ "core_collector kjump-dump -d 32\n", KJ_ERANGE, 1, "32" },
		{ "core_collector kjump-dump -d -1\n", KJ_EFORMAT, 1, "-1" },
		{ "core_collector kjump-dump -d\n", KJ_EFORMAT, 1, "-d" },
		{ "core_collector kjump-dump -d31\n", KJ_EFORMAT, 1, "-d31" },
		{ "core_collector kjump-dump -o /x\n", KJ_EFORMAT, 1, "-o" },
		{ "core_collector kjump-dump 31\n", KJ_EFORMAT, 1, "31" },
		{ "core_collector kjump-dump -d 1 -d 1\n", KJ_EFORMAT, 1, "-d" },
		{ "core_collector kjump-dump -l x\n", KJ_EFORMAT, 1, "x" },
		{ "core_collector kjump-dump -l 10\n", KJ_ERANGE, 1, "10" },
		{ "core_collector kjump-dump -l 2 -c lzo\n", KJ_ERANGE, 1, "2" },
		{ "core_collector kjump-dump -c auto -l 65\n", KJ_ERANGE, 1, "65" },
		{ "core_collector kjump-dump -e -c lzo -e\n", KJ_EFORMAT, 1, "-e" },
		{ "core_collector kjump-dump -e --trim\n", KJ_EFORMAT, 1, "--trim" },
		{ "core_collector kjump-dump --trims\n", KJ_EFORMAT, 1, "--trims" },
		{ "core_collector kjump-dump -e 1\n", KJ_EFORMAT, 1, "1" },
		{ "core_collector kjump-dump -f elf -e\n", KJ_EFORMAT, 1, "kjump-dump -f elf -e" },
		{ "core_collector kjump-dump -d 1 -r 32\n", KJ_ERANGE, 1, "32" },
		{ "core_collector kjump-dump -d 1 -r\n", KJ_EFORMAT, 1, "-r" },
		{ "core_collector kjump-dump -r 31\n", KJ_EFORMAT, 1, "kjump-dump -r 31" },
		{ "core_collector kjump-dump -d 0 -r 0\n", KJ_EFORMAT, 1, "kjump-dump -d 0 -r 0" },
		{ "core_collector kjump-dump -r 16 -d 1\n", KJ_EFORMAT, 1, "kjump-dump -r 16 -d 1" },
		{ "encrypt kjump.key\n", KJ_EFORMAT, 1, "kjump.key" },
		{ "key_file secret\n", KJ_EFORMAT, 1, "secret" },
		{ "encrypt /k\nlevel 1\nformat swsusp\n", KJ_EUNSUPP, 3, "swsusp" },
		{ "format swsusp\nencrypt /k\n", KJ_EUNSUPP, 2, "/k" },
		{ "encrypt /k\ntarget /dev/b\ncrash_target /dev/a /dev/b\n", KJ_EUNSUPP, 3, "/dev/a /dev/b" },
		{ "crash_target /dev/b\nencrypt /k\ntarget /dev/b\n", KJ_EUNSUPP, 3, "/dev/b" },
		{ "core_collector kjump-dump -c zlib -l -1\n", KJ_ERANGE, 1, "-1" },
		{ "core_collector kjump-dump -f elf -c zstd\n", KJ_EFORMAT, 1, "kjump-dump -f elf -c zstd" },
		{ "core_collector kjump-dump -f elf -l 0\n", KJ_EFORMAT, 1, "kjump-dump -f elf -l 0" },
		{ "swsusp_zeros 1\n", KJ_EFORMAT, 1, "1" },
		{ "restore_direct 1\n", KJ_EFORMAT, 1, "1" },
		{ "require_test maybe\n", KJ_EFORMAT, 1, "maybe" },
		{ "extra_modules a;b\n", KJ_EFORMAT, 1, "a;b" },
		{ "extra_modules ../a\n", KJ_EFORMAT, 1, "../a" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct kj_conf c, before;
		struct kj_conf_error err = { 0 };

		memset(&c, 0x5a, sizeof(c));
		before = c;
		enum kj_err e = kj_conf_parse(v[i].text, strlen(v[i].text), &c, &err);

		if (!ok(e == v[i].e && err.line == v[i].line && err.what &&
				!strcmp(err.token, v[i].token) && !memcmp(&c, &before, sizeof(c)),
			"refused, result untouched: %.*s", (int)strcspn(v[i].text, "\n"),
			v[i].text))
			printf("# got error %d, line %u, %s '%s'\n", (int)e, err.line,
			       err.what ? err.what : "-", err.token);
	}
}

static void test_lengths(void)
{
	struct kj_conf c;
	struct kj_conf_error err;
	char text[KJ_CONF_TEXT + 32];

	memset(text, 'a', sizeof(text));
	memcpy(text, "path /", 6);
	is(kj_conf_parse(text, 5 + KJ_CONF_WORD - 1, &c, &err), KJ_OK, "the longest path");
	is(strlen(c.path), KJ_CONF_WORD - 1, "fits");
	is(kj_conf_parse(text, 5 + KJ_CONF_WORD, &c, &err), KJ_ENOSPC, "one byte more does not");
	is(strlen(err.token), sizeof(err.token) - 1, "the token is cut");
	memcpy(text, "cmdline_append ", 15);
	is(kj_conf_parse(text, 15 + KJ_CONF_TEXT - 1, &c, &err), KJ_OK, "the longest text");
	is(kj_conf_parse(text, 15 + KJ_CONF_TEXT, &c, &err), KJ_ENOSPC, "one byte more");
}

static void test_set(void)
{
	struct kj_conf c, before;
	struct kj_conf_error err = { .line = 9 };

	kj_conf_init(&c);
	is(kj_conf_set(&c, "codec", 5, "zstd", 4, &err), KJ_OK, "set");
	is(c.codec, KJ_CODEC_ZSTD, "its value");
	is(c.given, 1u << KJ_CONF_CODEC, "is given now");
	is(kj_conf_set(&c, "codec", 5, "lz4", 3, &err), KJ_OK, "set again");
	is(c.codec, KJ_CODEC_LZ4, "overrides");
	before = c;
	is(kj_conf_set(&c, "codecs", 6, "lz4", 3, &err), KJ_ENOTFOUND, "set: unknown key");
	is(err.line, 0, "has no line");
	is(kj_conf_set(&c, "code", 4, "lz4", 3, &err), KJ_ENOTFOUND, "set: part of a key");
	is(kj_conf_set(&c, "codec", 5, "", 0, &err), KJ_EFORMAT, "set: no value");
	is(kj_conf_set(&c, "workers", 7, "99", 2, &err), KJ_ERANGE, "set: out of range");
	is(kj_conf_set(&c, "encrypt", 7, "/k", 2, &err), KJ_OK, "set: encrypt");
	before = c;
	is(kj_conf_set(&c, "format", 6, "swsusp", 6, &err), KJ_EUNSUPP, "set: what it excludes");
	is(kj_conf_set(&c, "crash_target", 12, "/dev/ab /dev/abc", 16, &err), KJ_OK, "set: other targets");
	is(kj_conf_set(&c, "target", 6, "/dev/a", 6, &err), KJ_OK, "set: a target with part of a name");
	is(kj_conf_set(&c, "target", 6, "/dev/abcd", 9, &err), KJ_OK, "set: or more of it");
	is(kj_conf_set(&c, "target", 6, "/dev/abc", 8, &err), KJ_EUNSUPP, "set: the same");
	c = before;
	ok(!memcmp(&c, &before, sizeof(c)), "errors left it alone");
}

/* What names something on a network, in all its forms. */
static void test_network(void)
{
	static const struct {
		const char *key, *value;
	} v[] = {
		{ "crash_target", "ssh root@server" },
		{ "crash_target", "ssh root@10.0.2.2:1" },
		{ "crash_target", "ssh a.b_c-d@x-1.example.org:65535/" },
		{ "crash_target", "ssh root@server/srv/a:b@c nfs server.example.org:/srv/x /dev/sda1" },
		{ "crash_target", "nfs 10.0.2.2:/" },
		{ "network", "dhcp" },
		{ "network", "0.0.0.0/1" },
		{ "network", "192.168.1.20/31" },
		{ "network", "192.168.1.20/24 \t 192.168.1.1" },
		{ "network_card", "auto" },
		{ "network_card", "00:ff:0a:9b:c0:de" },
	};
	struct kj_conf c;
	struct kj_conf_error err;

	kj_conf_init(&c);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		ok(!kj_conf_set(&c, v[i].key, strlen(v[i].key), v[i].value, strlen(v[i].value), &err), "%s %s", v[i].key,
		   v[i].value);
}

/* What the collector takes is what kjump-dump takes, and an ELF dump is whole if nothing else is said. */
static void test_collector(void)
{
	static const char *const names[] = { "none", "zlib", "lzo", "zstd", "auto" };
	struct kj_conf c;
	struct kj_conf_error err;
	char text[64];
	int same = 1;

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t codec = 0;

		ok(!kj_pack_parse(names[i], &codec), "a codec: %s", names[i]);
		for (int level = -64; level <= 64; level++) {
			size_t n = (size_t)snprintf(text, sizeof(text), "kjump-dump -c %s -l %d", names[i], level);
			enum kj_err e = kj_conf_set(&c, "core_collector", 14, text, n, &err);

			same &= !e == !kj_pack_check(codec, level);
		}
	}
	ok(same, "takes the levels that kjump-dump takes");
	kj_conf_init(&c);
	ok(!c.dump.elf && c.dump.codec == KJ_CODEC_ZSTD && !c.dump.level && c.dump.filter == 31, "by default: kdump, zstd, 31");
	is(kj_conf_set(&c, "core_collector", 14, "kjump-dump -f elf", 17, &err), KJ_OK, "ELF");
	ok(c.dump.elf && c.dump.codec == KJ_CODEC_STORED && !c.dump.filter, "is whole");
	is(kj_conf_set(&c, "core_collector", 14, "kjump-dump -d 16 -f elf", 23, &err), KJ_OK, "ELF, filtered");
	is(c.dump.filter, 16, "is what was asked for");
	is(kj_conf_set(&c, "core_collector", 14, "kjump-dump", 10, &err), KJ_OK, "no option");
	ok(!c.dump.elf && c.dump.filter == 31 && !c.dump.trim && !c.dump.retry, "is the default");
}

/* Each comes back from what is written of it, and is written in one way. */
static void test_collector_emit(void)
{
	static const struct {
		const char *text, *emit;
		struct kj_conf_dump d;
	} v[] = {
		{ "-e", "-f kdump -c zstd -l 0 -d 31 -e", { 0, KJ_CODEC_ZSTD, 0, 31, 1, 0 } },
		{ "--trim -c auto", "-f kdump -c auto -l 0 -d 31 -e", { 0, KJ_CODEC_AUTO, 0, 31, 1, 0 } },
		{ "-l 64 -c auto -d 1 -e -r 31", "-f kdump -c auto -l 64 -d 1 -e -r 31", { 0, KJ_CODEC_AUTO, 64, 1, 1, 31 } },
		{ "-r 16 -f elf", "-f elf -d 0 -r 16", { 1, KJ_CODEC_STORED, 0, 0, 0, 16 } },
		{ "-r 25 -d 17", "-f kdump -c zstd -l 0 -d 17 -r 25", { 0, KJ_CODEC_ZSTD, 0, 17, 0, 25 } },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct kj_conf c, again;
		struct kj_conf_error err;
		char text[96], want[128], buf[KJ_CONF_EMIT_MAX];
		size_t n = (size_t)snprintf(text, sizeof(text), "kjump-dump %s", v[i].text);

		kj_conf_init(&c);
		is(kj_conf_set(&c, "core_collector", 14, text, n, &err), KJ_OK, v[i].text);
		ok(!memcmp(&c.dump, &v[i].d, sizeof(c.dump)), "is what was asked for");
		is(kj_conf_emit(&c, KJ_CONF_FILE, buf, sizeof(buf), &n), KJ_OK, "emit");
		snprintf(want, sizeof(want), "core_collector kjump-dump %s\n", v[i].emit);
		is_str(buf, want, "as it should");
		is(kj_conf_parse(buf, n, &again, &err), KJ_OK, "parses back");
		ok(!memcmp(&c.dump, &again.dump, sizeof(c.dump)), "to the same");
	}
}

/* The sample that `make install` puts into /etc: as it is, and with its keys uncommented. */
static void test_sample(void)
{
	static char text[8192], bare[8192];
	struct kj_conf c, d;
	struct kj_conf_error err = { 0 };
	FILE *f = fopen("tools/kjump.conf", "r");
	size_t len, n = 0;

	if (!ok(f != NULL, "tools/kjump.conf is there"))
		return;
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	kj_conf_init(&d);
	is(kj_conf_parse(text, len, &c, &err), KJ_OK, "the sample parses");
	ok(!memcmp(&c, &d, sizeof(c)), "to the defaults");
	/* its keys stand behind "#" without a blank, its prose behind "# " */
	for (size_t i = 0; i < len; i++)
		if (!(text[i] == '#' && (!i || text[i - 1] == '\n') && text[i + 1] > ' '))
			bare[n++] = text[i];
	if (!is(kj_conf_parse(bare, n, &c, &err), KJ_OK, "uncommented, it parses"))
		printf("# line %u: %s '%s'\n", err.line, err.what, err.token);
	is(c.given, (1ull << KJ_CONF_NKEYS) - 1, "and names every key");
}

int main(void)
{
	test_full();
	test_defaults();
	test_errors();
	test_lengths();
	test_set();
	test_network();
	test_collector();
	test_collector_emit();
	test_sample();
	return tap_done();
}
