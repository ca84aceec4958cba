// SPDX-License-Identifier: GPL-2.0-only
/*
 * See access.h.
 *
 * The owner and mode of the device node decide about an open before it comes
 * here. They aren't enough. A node may have been made by hand, in a container for
 * example, or be left from an earlier life of the module. Its number may be that
 * of another map by now. So the owner, group and mode that the map was created
 * with must permit the open, too.
 *
 * Writing to a map is not a right to take memory in its maker's name, or to make
 * it read-only for good. These rights have:
 *
 * - the maker, which is the filesystem user ID that called create;
 * - holders of CAP_FOWNER in the initial namespace;
 * - holders of the descriptor that create returned, or of a duplicate. No other
 *   descriptor is open for both reading and writing and has no device node
 *   (reopen in file.c).
 *
 * Counts tell an attacker when keys collide. So a descriptor tells them only if it
 * may read all keys anyway. The list of all maps tells them to the maker, and to
 * holders of CAP_DAC_READ_SEARCH.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "access.h"
#include "node.h"

#define FMODE_BOTH (FMODE_READ | FMODE_WRITE)

/* The bits of the map's mode that are the caller's: rwx. */
static umode_t callers_bits(const struct gomap_node *node)
{
	if (uid_eq(node->uid, current_fsuid()))
		return node->mode >> 6;
	if (in_group_p(node->gid))
		return node->mode >> 3;
	return node->mode;
}

bool gomap_may_open(const struct gomap_node *node, fmode_t mode)
{
	umode_t wanted = 0;

	/* With an access mode of 3, open() checks for both and gives neither. */
	if (mode & FMODE_READ || !(mode & FMODE_BOTH))
		wanted |= 04;
	if (mode & FMODE_WRITE || !(mode & FMODE_BOTH))
		wanted |= 02;
	if (!(wanted & ~callers_bits(node)))
		return true;
	if (wanted == 04 && capable(CAP_DAC_READ_SEARCH))
		return true;
	return capable(CAP_DAC_OVERRIDE);
}

bool gomap_may_manage(const struct gomap_node *node)
{
	return uid_eq(node->creator, current_fsuid()) || capable(CAP_FOWNER);
}

static bool is_from_create(const struct file *file)
{
	return !S_ISCHR(file_inode(file)->i_mode) &&
	       (file->f_mode & FMODE_BOTH) == FMODE_BOTH;
}

bool gomap_may_manage_by(const struct file *file)
{
	return is_from_create(file) || gomap_may_manage(file->private_data);
}

bool gomap_may_count(const struct file *file)
{
	return file->f_mode & FMODE_READ;
}
