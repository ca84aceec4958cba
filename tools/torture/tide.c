// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tides: a large range of keys comes and goes, so that maps grow and shrink by
 * themselves. Their owner inserts and deletes them in batches.
 */
#include <linux/minmax.h>
#include "item.h"
#include "ledger.h"
#include "operation.h"
#include "subject.h"

static u32 first_id(const struct torture_worker *worker)
{
	const struct torture_layout *layout = &torture_layout;

	return layout->tide + worker->role_number * layout->per_tide;
}

static void make_item(struct torture_worker *worker,
		      struct torture_subject *subject, u32 i, u32 version)
{
	struct gomap_item *item = &worker->items[i];

	item->key_len = torture_make_key(&subject->params, worker->ids[i],
					 (void *)item->key);
	item->value_len = torture_make_value(&subject->params, worker->ids[i],
					     version, item->value);
}

/* The next keys that are absent, or that are there: how many. */
static u32 gather(struct torture_worker *worker,
		  struct torture_subject *subject, u32 *id, u32 end,
		  enum ledger_phase phase)
{
	u32 nr = 0;

	for (; *id < end && nr < TORTURE_BATCH; ++*id)
		if (ledger_phase(subject->ledger[*id]) == phase)
			worker->ids[nr++] = *id;
	return nr;
}

/* How many keys came. */
static u32 rise(struct torture_worker *worker, struct torture_subject *subject,
		u32 nr)
{
	u32 i, version, *ledger, came = 0;

	for (i = 0; i < nr && torture_take_place(subject); i++) {
		ledger = &subject->ledger[worker->ids[i]];
		version = ledger_version(*ledger) + 1;
		ledger_write(ledger, LEDGER_INSERTING, version);
		torture_comes(subject, worker->ids[i]);
		make_item(worker, subject, i, version);
	}
	nr = i;
	worker->counts[COUNT_INSERTS] += nr;
	gomap_insert_batch(subject->map, worker->items, nr, false,
			   GOMAP_INSERT_NEW, worker->gfp);
	for (i = 0; i < nr; i++) {
		ledger = &subject->ledger[worker->ids[i]];
		version = ledger_version(*ledger);
		if (torture_expect(worker, subject, worker->ids[i],
				   "insert by batch", worker->items[i].result,
				   0)) {
			ledger_write(ledger, LEDGER_PRESENT, version);
			torture_came(worker, subject);
			came++;
		} else {
			ledger_write(ledger, LEDGER_ABSENT, version - 1);
			torture_leave_place(subject);
		}
	}
	return came;
}

/* How many keys went. */
static u32 fall(struct torture_worker *worker, struct torture_subject *subject,
		u32 nr)
{
	u32 i, version, *ledger, went = 0;

	for (i = 0; i < nr; i++) {
		ledger = &subject->ledger[worker->ids[i]];
		version = ledger_version(*ledger);
		ledger_write(ledger, LEDGER_DELETING, version);
		make_item(worker, subject, i, version);
		torture_may_go(subject);
	}
	worker->counts[COUNT_DELETES] += nr;
	gomap_delete_batch(subject->map, worker->items, nr, false);
	for (i = 0; i < nr; i++) {
		ledger = &subject->ledger[worker->ids[i]];
		torture_needs_nothing(worker, subject, "delete by batch",
				      worker->items[i].result);
		if (torture_expect(worker, subject, worker->ids[i],
				   "delete by batch", worker->items[i].result,
				   0)) {
			torture_leave_place(subject);
			went++;
		} else {
			torture_stayed(subject);
		}
		ledger_write(ledger, LEDGER_ABSENT, ledger_version(*ledger));
	}
	return went;
}

/* Rise, or fall, through the range, with a pause here and there. */
static void tide(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);
	u32 id = first_id(worker), end = id + torture_layout.per_tide;
	u32 nr, moved = 0;
	bool rising = torture_random(worker, 2);

	/* Not always all of it. */
	if (torture_random(worker, 4) == 0)
		end -= torture_random(worker, torture_layout.per_tide);
	for (;;) {
		nr = gather(worker, subject, &id, end,
			    rising ? LEDGER_ABSENT : LEDGER_PRESENT);
		if (!nr || torture_stopping(worker))
			break;
		moved += rising ? rise(worker, subject, nr) :
				  fall(worker, subject, nr);
		if (torture_random(worker, 4) == 0)
			torture_give_way(worker);
	}
	worker->counts[COUNT_TIDES] += moved != 0;
}

const struct torture_role torture_tide = { "tide", tide };
