/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations on a map, told of ids and versions.
 *
 * What comes out of a map goes to worker->value. torture_expect() and
 * torture_value() check the result.
 */
#ifndef _GOMAP_TORTURE_OPERATION_H
#define _GOMAP_TORTURE_OPERATION_H

#include "torture.h"

/* A map whose hashes follow from the worker's random numbers. */
struct gomap *torture_create(struct torture_worker *worker,
			     const struct gomap_params *params);
int torture_lookup(struct torture_worker *worker,
		   struct torture_subject *subject, u32 id, size_t *len);
int torture_insert(struct torture_worker *worker,
		   struct torture_subject *subject, u32 id, u32 version,
		   u32 flags);
int torture_delete(struct torture_worker *worker,
		   struct torture_subject *subject, u32 id);
int torture_take(struct torture_worker *worker, struct torture_subject *subject,
		 u32 id, size_t *len);
int torture_swap(struct torture_worker *worker, struct torture_subject *subject,
		 u32 id, u32 version, size_t *len);
int torture_exchange(struct torture_worker *worker,
		     struct torture_subject *subject, u32 id, u32 expected,
		     u32 version);
int torture_delete_equal(struct torture_worker *worker,
			 struct torture_subject *subject, u32 id, u32 version);
int torture_lookup_or_insert(struct torture_worker *worker,
			     struct torture_subject *subject, u32 id,
			     u32 version, size_t *len);
int torture_add(struct torture_worker *worker, struct torture_subject *subject,
		u32 id, u64 delta, u64 *old, u32 flags);

/*
 * A lookup or a delete needs neither memory nor room in the map, and is never
 * refused for lack of them: checked here, whatever the caller expects. So is
 * what needs no room, but may need memory. The value is @ret.
 */
int torture_needs_nothing(struct torture_worker *worker,
			  const struct torture_subject *subject,
			  const char *what, int ret);
int torture_needs_memory(struct torture_worker *worker,
			 const struct torture_subject *subject,
			 const char *what, int ret);
/* There was no memory; counted, for there should be some nearly always. */
bool torture_no_memory(struct torture_worker *worker, int ret);
/* May an insert be refused for lack of memory, or of room in the map? */
bool torture_may_refuse(struct torture_worker *worker,
			const struct torture_subject *subject, int ret);
/*
 * Of an operation of the key's owner, or on a key that is never deleted: the
 * result is @wanted, or what can't be helped; true if it is @wanted.
 */
bool torture_expect(struct torture_worker *worker,
		    const struct torture_subject *subject, u32 id,
		    const char *what, int ret, int wanted);
/* The version of a value that is whole; false if it isn't. */
bool torture_version(struct torture_worker *worker,
		     const struct torture_subject *subject, u32 id,
		     const void *value, size_t len, u32 *version);
/* The value is whole, and of a version from @lowest to @highest. */
bool torture_value(struct torture_worker *worker,
		   const struct torture_subject *subject, u32 id,
		   const void *value, size_t len, u32 lowest, u32 highest);

#endif /* _GOMAP_TORTURE_OPERATION_H */
