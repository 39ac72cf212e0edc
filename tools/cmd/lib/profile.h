/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile (FORMAT section 9): what VMCOREINFO would say of a kernel's struct pages, from its debug information; must
 * never speak for another kernel than the one it was made of.
 */
#ifndef KJ_CMD_PROFILE_H
#define KJ_CMD_PROFILE_H

#include "cmd/lib/amem.h"
#include "cmd/lib/classify.h"

/*
 * Read @path, and let ->vi of @m go on in it (->vi.next), if it is of the same kernel: the build ID, where both name it,
 * else at least one number that both have and none that differs.  0; or with a line in @why, the file named in it: -ENOENT
 * and the like, -EBADMSG (no profile), -ESTALE (of another kernel, or nobody can tell), and then @m is as it was.
 * The text is freed by nobody.
 */
int kj_profile_use(struct kj_amem *m, const char *path, char why[KJ_WHY_MAX]);

#endif
