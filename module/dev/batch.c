// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ioctl: batch. Keys, values and results pass through a tile of some dozens of
 * keys: copy a tile in, run it, copy it out, and count it as done. The caller is
 * told how many are done, whatever happens.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include "buffer.h"
#include "map_ioctl.h"

/* A tile ends with so many keys, or with the key that fills so many bytes. */
#define GOMAP_TILE_KEYS 64
#define GOMAP_TILE_BYTES 16384
/* Values of variable length that are longer than that are looked up singly. */
#define GOMAP_VALUE_ROOM 128

struct batch {
	struct gomap *map;
	struct gomap_batch_args *args;
	/* Where the next keys and values are in user memory. */
	u64 keys;
	u64 keys_end;
	u64 values;
	u64 values_end;
	/* Of the tile: how many items, and the memory that they point to. */
	unsigned int nr;
	void *data;
	size_t data_size;
	/*
	 * Of records: the bytes of @data that the items come from; and a guess
	 * at the bytes of each of the next ones.
	 */
	size_t parsed;
	size_t record_guess;
	/* Of records: what the one needs that @values has no room for. */
	size_t values_needed;
	/* Of records: room for the values of a lookup, and for a longer one. */
	void *room;
	void *long_value;
	struct gomap_item items[GOMAP_TILE_KEYS];
	s32 results[GOMAP_TILE_KEYS];
};

/* Room for at least @size bytes; what is in the tile is lost. */
static int need_data(struct batch *batch, size_t size)
{
	if (size <= batch->data_size)
		return 0;
	kvfree(batch->data);
	batch->data_size = 0;
	batch->data = gomap_buffer_memory(size);
	if (!batch->data)
		return -ENOMEM;
	batch->data_size = size;
	return 0;
}

static unsigned int keys_left(const struct batch *batch)
{
	return min_t(unsigned int, GOMAP_TILE_KEYS,
		     batch->args->count - batch->args->done);
}

/*
 * A tile is copied in as far as it's good. What is bad is found again at the
 * beginning of the next one, when all before it is done.
 */

/* Maps without records: keys and values of one size, without lengths. */

static unsigned int pairs_per_tile(const struct batch *batch)
{
	size_t size = batch->map->key_size;

	if (batch->args->op != GOMAP_BATCH_DELETE)
		size += batch->map->value_size;
	return clamp_t(size_t, GOMAP_TILE_BYTES / size, 1, keys_left(batch));
}

/* How many whole ones of @size bytes could be copied, of @nr. */
static unsigned int copy_array(void *to, u64 from, unsigned int nr, size_t size)
{
	size_t missing;

	if (!size)
		return nr;
	missing = copy_from_user(to, u64_to_user_ptr(from), nr * size);
	return (nr * size - missing) / size;
}

static int copy_pairs_in(struct batch *batch)
{
	size_t key_size = batch->map->key_size;
	size_t value_size = batch->map->value_size;
	unsigned int nr = pairs_per_tile(batch), i;
	void *values;
	int ret;

	if (batch->args->op == GOMAP_BATCH_DELETE)
		value_size = 0;
	ret = need_data(batch, nr * (key_size + value_size));
	if (ret)
		return ret;
	values = batch->data + nr * key_size;
	nr = copy_array(batch->data, batch->keys, nr, key_size);
	if (batch->args->op == GOMAP_BATCH_INSERT)
		nr = copy_array(values, batch->values, nr, value_size);
	for (i = 0; i < nr; i++)
		batch->items[i] = (struct gomap_item){
			.key = batch->data + i * key_size,
			.key_len = key_size,
			.value = values + i * value_size,
			.value_len = value_size,
		};
	batch->nr = nr;
	return nr ? 0 : -EFAULT;
}

/* How many of the tile's values are in user memory, up to a bad pointer. */
static unsigned int copy_pairs_out(struct batch *batch, unsigned int nr)
{
	size_t size = batch->map->value_size, missing;
	unsigned int i, end;

	/* Absent keys divide the values into runs. */
	for (i = 0; i < nr; i = end + 1) {
		for (end = i; end < nr && !batch->items[end].result; end++)
			;
		missing = copy_to_user(u64_to_user_ptr(batch->values +
						       i * size),
				       batch->items[i].value, (end - i) * size);
		if (missing)
			return end - DIV_ROUND_UP(missing, size);
	}
	return nr;
}

/* Maps with records: each key and value begins with its lengths. */

static size_t record_len(const struct gomap_record *record)
{
	return (size_t)record->key_len + record->value_len;
}

static size_t record_size(const struct gomap_record *record)
{
	return gomap_record_size(record_len(record));
}

static bool lengths_valid(const struct batch *batch,
			  const struct gomap_record *record)
{
	if (!gomap_key_len_valid(batch->map, record->key_len))
		return false;
	if (batch->args->op != GOMAP_BATCH_INSERT)
		return !record->value_len;
	return gomap_value_len_valid(batch->map, record->value_len);
}

static bool padding_valid(const struct gomap_record *record)
{
	size_t len = record_len(record);

	return !memchr_inv(record->data + len, 0,
			   record_size(record) - sizeof(*record) - len);
}

static void set_item(struct batch *batch, struct gomap_record *record)
{
	struct gomap_item *item = &batch->items[batch->nr];

	item->key = record->data;
	item->key_len = record->key_len;
	if (batch->args->op == GOMAP_BATCH_LOOKUP) {
		item->value = batch->room + batch->nr * GOMAP_VALUE_ROOM;
		item->value_len = GOMAP_VALUE_ROOM;
	} else {
		item->value = record->data + record->key_len;
		item->value_len = record->value_len;
	}
	batch->nr++;
}

/*
 * The records in the first @size bytes of the tile. If that is none, how many
 * bytes the first one needs, or -EINVAL.
 */
static ssize_t parse_records(struct batch *batch, size_t size)
{
	unsigned int most = keys_left(batch);
	struct gomap_record *record;

	batch->nr = 0;
	batch->parsed = 0;
	while (batch->nr < most && size - batch->parsed >= sizeof(*record)) {
		record = batch->data + batch->parsed;
		if (!lengths_valid(batch, record))
			return batch->nr ? 0 : -EINVAL;
		if (record_size(record) > size - batch->parsed)
			return batch->nr ? 0 : record_size(record);
		if (!padding_valid(record))
			return batch->nr ? 0 : -EINVAL;
		set_item(batch, record);
		batch->parsed += record_size(record);
	}
	return batch->nr ? 0 : sizeof(*record);
}

static int copy_records_in(struct batch *batch)
{
	u64 left = batch->keys_end - batch->keys;
	ssize_t needed = min_t(size_t, GOMAP_TILE_BYTES,
			       keys_left(batch) * batch->record_guess);
	size_t size, copied;

	/* Once more if the first record is larger than was guessed. */
	do {
		if (need_data(batch, needed))
			return -ENOMEM;
		size = min_t(u64, left, needed);
		copied = size - copy_from_user(batch->data,
					       u64_to_user_ptr(batch->keys),
					       size);
		needed = parse_records(batch, copied);
		if (needed < 0)
			return needed;
		if (!needed) {
			batch->record_guess = batch->parsed / batch->nr + 8;
			return 0;
		}
		if (copied < size)
			return -EFAULT;
	} while (needed > size && needed <= left);
	return -EINVAL;
}

/* A value that had too little room in the tile. */
static int lookup_long_value(struct batch *batch, struct gomap_item *item)
{
	int ret;

	do {
		kvfree(batch->long_value);
		batch->long_value = gomap_buffer_memory(item->value_len);
		if (!batch->long_value)
			return -ENOMEM;
		item->value = batch->long_value;
		ret = gomap_lookup(batch->map, item->key, item->key_len,
				   item->value, &item->value_len);
	} while (ret == -EMSGSIZE);
	return ret;
}

/* The value of a key looked up, or an empty one, as a record without key. */
static int copy_record_out(struct batch *batch, struct gomap_item *item)
{
	static const u8 zeros[8];
	struct gomap_record record = {};
	void __user *to = u64_to_user_ptr(batch->values);
	size_t size;

	if (item->result == -EMSGSIZE)
		item->result = lookup_long_value(batch, item);
	if (item->result && !batch->args->results)
		return item->result;
	if (!item->result)
		record.value_len = item->value_len;
	size = record_size(&record);
	if (size > batch->values_end - batch->values) {
		batch->values_needed = size;
		return -EMSGSIZE;
	}
	if (copy_to_user(to, &record, sizeof(record)) ||
	    copy_to_user(to + sizeof(record), item->value, record.value_len) ||
	    copy_to_user(to + sizeof(record) + record.value_len, zeros,
			 size - sizeof(record) - record.value_len))
		return -EFAULT;
	batch->values += size;
	return 0;
}

static int copy_records_out(struct batch *batch, unsigned int *nr)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < *nr && !ret; i++)
		ret = copy_record_out(batch, &batch->items[i]);
	if (ret)
		*nr = i - 1;
	return ret;
}

/* Both */

static bool has_records(const struct batch *batch)
{
	return batch->map->flags & (GOMAP_VAR_KEY | GOMAP_VAR_VALUE);
}

static unsigned int run_items(struct batch *batch)
{
	const struct gomap_batch_args *args = batch->args;
	struct gomap *map = batch->map;
	bool stop = !args->results;

	switch (args->op) {
	case GOMAP_BATCH_INSERT:
		return gomap_insert_batch(map, batch->items, batch->nr, stop,
					  args->flags, GFP_KERNEL);
	case GOMAP_BATCH_DELETE:
		return gomap_delete_batch(map, batch->items, batch->nr, stop);
	default:
		/* A long value is no failure: it is had in a moment. */
		return gomap_lookup_batch(map, batch->items, batch->nr, false);
	}
}

static int copy_values_out(struct batch *batch, unsigned int *nr)
{
	unsigned int wanted = *nr;

	if (batch->args->op != GOMAP_BATCH_LOOKUP)
		return 0;
	if (has_records(batch))
		return copy_records_out(batch, nr);
	*nr = copy_pairs_out(batch, wanted);
	return *nr < wanted ? -EFAULT : 0;
}

/* Without results the first failure ends the batch: at *@nr, and with it. */
static int stop_at_failure(struct batch *batch, unsigned int *nr)
{
	bool lookup = batch->args->op == GOMAP_BATCH_LOOKUP;
	unsigned int i;

	if (batch->args->results)
		return 0;
	for (i = 0; i < batch->nr && i <= *nr; i++) {
		if (!batch->items[i].result ||
		    (lookup && batch->items[i].result == -EMSGSIZE))
			continue;
		*nr = i;
		return batch->items[i].result;
	}
	return 0;
}

static int copy_results_out(struct batch *batch, unsigned int nr)
{
	u64 to = batch->args->results + batch->args->done * sizeof(s32);
	unsigned int i;

	if (!batch->args->results)
		return 0;
	for (i = 0; i < nr; i++)
		batch->results[i] = batch->items[i].result;
	return copy_to_user(u64_to_user_ptr(to), batch->results,
			    nr * sizeof(s32)) ? -EFAULT : 0;
}

/* The next tile begins after the first @nr items of this one. */
static void advance(struct batch *batch, unsigned int nr)
{
	batch->args->done += nr;
	if (!has_records(batch)) {
		batch->keys += nr * batch->map->key_size;
		batch->values += nr * batch->map->value_size;
	} else if (nr == batch->nr) {
		batch->keys += batch->parsed;
	} else {
		batch->keys += batch->items[nr].key -
			       sizeof(struct gomap_record) - batch->data;
	}
}

static int run_tile(struct batch *batch)
{
	int ret, failure, fault;
	unsigned int nr;

	ret = has_records(batch) ? copy_records_in(batch) :
				   copy_pairs_in(batch);
	if (ret)
		return ret;
	nr = run_items(batch);
	failure = stop_at_failure(batch, &nr);
	/* What goes wrong here does so no later than at the failure. */
	ret = copy_values_out(batch, &nr);
	fault = copy_results_out(batch, nr);
	advance(batch, nr);
	return ret ?: fault ?: failure;
}

static int run_tiles(struct batch *batch)
{
	int ret = 0;

	while (!ret && batch->args->done < batch->args->count) {
		if (batch->args->done && signal_pending(current))
			return -EINTR;
		ret = run_tile(batch);
		cond_resched();
	}
	return ret;
}

static bool unused_is_zero(const struct gomap_batch_args *args,
			   const struct gomap *map)
{
	if (!map->flags)
		return !args->keys_size && !args->values_size &&
		       (args->op != GOMAP_BATCH_DELETE || !args->values);
	return args->op == GOMAP_BATCH_LOOKUP ||
	       (!args->values && !args->values_size);
}

static int check_batch(const struct gomap_call *call)
{
	const struct gomap_batch_args *args = &call->args.batch;
	fmode_t mode;

	if (args->op > GOMAP_BATCH_DELETE || args->__reserved ||
	    !unused_is_zero(args, gomap_map_of(call)))
		return -EINVAL;
	if (args->op != GOMAP_BATCH_INSERT && args->flags)
		return -EOPNOTSUPP;
	if (args->flags == (GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING))
		return -EINVAL;
	mode = args->op == GOMAP_BATCH_LOOKUP ? FMODE_READ : FMODE_WRITE;
	return call->file->f_mode & mode ? 0 : -EBADF;
}

static int run_batch(struct gomap_call *call, struct batch *batch)
{
	struct gomap_batch_args *args = &call->args.batch;
	int ret;

	batch->map = gomap_map_of(call);
	batch->args = args;
	batch->record_guess = 64;
	batch->keys = args->keys;
	batch->keys_end = args->keys + args->keys_size;
	batch->values = args->values;
	batch->values_end = args->values + args->values_size;
	if (has_records(batch) && args->op == GOMAP_BATCH_LOOKUP) {
		batch->room = kmalloc(GOMAP_TILE_KEYS * GOMAP_VALUE_ROOM,
				      GOMAP_BUFFER_GFP);
		if (!batch->room)
			return -ENOMEM;
	}
	ret = run_tiles(batch);
	kvfree(batch->data);
	kvfree(batch->long_value);
	kfree(batch->room);
	return ret;
}

/* How far it came; and what @values would have needed for one more record. */
static int return_progress(struct gomap_call *call, const struct batch *batch)
{
	struct gomap_batch_args __user *user = call->user;
	const struct gomap_batch_args *args = &call->args.batch;
	u64 used;

	if (put_user(args->done, &user->done))
		return -EFAULT;
	if (!has_records(batch) || args->op != GOMAP_BATCH_LOOKUP)
		return 0;
	used = batch->values - args->values + batch->values_needed;
	return put_user(used, &user->values_size) ? -EFAULT : 0;
}

long gomap_ioctl_batch(struct gomap_call *call)
{
	struct gomap_batch_args __user *user = call->user;
	struct batch *batch;
	int ret;

	/* If that can't be told, nothing is done. */
	if (put_user(0, &user->done))
		return -EFAULT;
	ret = check_batch(call);
	if (ret)
		return ret;
	call->args.batch.done = 0;
	batch = kzalloc(sizeof(*batch), GOMAP_BUFFER_GFP);
	if (!batch)
		return -ENOMEM;
	ret = run_batch(call, batch);
	if (return_progress(call, batch))
		ret = -EFAULT;
	kfree(batch);
	return ret;
}
