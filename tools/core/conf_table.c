// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of kjump.conf. A new key is a line here, one in enum kj_conf_key, a member of
 * struct kj_conf and, unless 0 will do, its default in kj_conf_init(); it must never need code.
 */
#include "core/conf_table.h"
#include "core/image.h"

static const char *const codecs[] = {
	[KJ_CODEC_STORED] = "stored", [KJ_CODEC_LZ4] = "lz4", [KJ_CODEC_ZSTD] = "zstd",
	[KJ_CODEC_LZO] = "lzo", NULL
};
static const char *const finals[] = { "reboot", "halt", "poweroff", NULL };
static const char *const failures[] = { "reboot", "halt", "poweroff", "shell", NULL };
static const char *const formats[] = { "image", "swsusp", NULL };
static const char *const zeros[] = { "data", "flag", NULL };
static const char *const noyes[] = { "no", "yes", NULL };
static const char *const onfails[] = { "ask", "boot", "poweroff", NULL };

#define AT(member) offsetof(struct kj_conf, member)
#define STRING(member) .off = AT(member), .cap = sizeof(((struct kj_conf *)0)->member)

const struct kj_conf_def kj_conf_defs[KJ_CONF_NKEYS] = {
	[KJ_CONF_TARGET] = { "target", TARGET, STRING(target) },
	[KJ_CONF_KERNEL] = { "kernel", ABSPATH, STRING(kernel) },
	[KJ_CONF_INITRD] = { "initrd", ABSPATH, STRING(initrd) },
	[KJ_CONF_WINDOW] = { "window", WINDOW, AT(window), .off_word = "auto" },
	[KJ_CONF_CODEC] = { "codec", CHOICE, AT(codec), .choices = codecs },
	[KJ_CONF_LEVEL] = { "level", LEVEL, AT(level) },
	[KJ_CONF_DEADLINE] = { "deadline", SECONDS, AT(deadline), .min = 10, .max = 86400 },
	[KJ_CONF_WATCHDOG] = { "watchdog", SECONDS, AT(watchdog), .min = 5, .max = 3600,
			       .off_word = "off" },
	[KJ_CONF_FINAL_ACTION] = { "final_action", CHOICE, AT(final_action), .choices = finals },
	[KJ_CONF_FAILURE_ACTION] = { "failure_action", CHOICE, AT(failure_action),
				     .choices = failures },
	[KJ_CONF_CMDLINE_APPEND] = { "cmdline_append", TEXT, STRING(cmdline_append) },
	[KJ_CONF_PATH] = { "path", ABSPATH, STRING(path) },
	[KJ_CONF_EXTRA_MODULES] = { "extra_modules", MODULES, STRING(extra_modules) },
	[KJ_CONF_WORKERS] = { "workers", WORKERS, AT(workers), .min = 1, .max = 64,
			      .off_word = "auto" },
	[KJ_CONF_ONFAIL] = { "onfail", CHOICE, AT(onfail), .choices = onfails },
	[KJ_CONF_CRASH_TARGET] = { "crash_target", PLACES, STRING(crash_target) },
	[KJ_CONF_FORMAT] = { "format", CHOICE, AT(format), .choices = formats },
	[KJ_CONF_CORE_COLLECTOR] = { "core_collector", COLLECTOR, AT(dump) },
	[KJ_CONF_SWSUSP_ZEROS] = { "swsusp_zeros", CHOICE, AT(swsusp_zeros), .choices = zeros },
	[KJ_CONF_RESTORE_DIRECT] = { "restore_direct", CHOICE, AT(restore_direct), .choices = noyes },
	[KJ_CONF_ENCRYPT] = { "encrypt", ABSPATH, STRING(encrypt) },
	[KJ_CONF_KEY_FILE] = { "key_file", ABSPATH, STRING(key_file) },
	[KJ_CONF_TARGET_KEY] = { "target_key", ABSPATH, STRING(target_key) },
	[KJ_CONF_TARGET_LUKS] = { "target_luks", DEVICE, STRING(target_luks) },
	[KJ_CONF_CRASH_KEY] = { "crash_key", ABSPATH, STRING(crash_key) },
	[KJ_CONF_KDUMP_PRE] = { "kdump_pre", ABSPATH, STRING(kdump_pre) },
	[KJ_CONF_KDUMP_POST] = { "kdump_post", ABSPATH, STRING(kdump_post) },
	[KJ_CONF_SSHKEY] = { "sshkey", ABSPATH, STRING(sshkey) },
	[KJ_CONF_KNOWN_HOSTS] = { "known_hosts", ABSPATH, STRING(known_hosts) },
	[KJ_CONF_NETWORK] = { "network", NETWORK, STRING(network) },
	[KJ_CONF_NETWORK_CARD] = { "network_card", CARD, STRING(network_card) },
	[KJ_CONF_KEEP] = { "keep", WORKERS, AT(keep), .min = 1, .max = 10000, .off_word = "all" },
	[KJ_CONF_MIN_FREE] = { "min_free", SIZE, AT(min_free) },
	[KJ_CONF_REQUIRE_TEST] = { "require_test", CHOICE, AT(require_test), .choices = noyes },
};
