/*
 * A store over a map of bytes: shards, epochs, records, entries and keys, as philter_store.h wants
 * them. philter_map_layout.h says what stands where.
 *
 * The map has everything. A call reads what it touches, and writes once, at its end.
 */
#ifndef PHILTER_MAP_STORE_H
#define PHILTER_MAP_STORE_H

#include "philter_map_layout.h"

enum {
    /* Operations in one append: what the memory of a component has room for. */
    PHILTER_BATCH_OPERATIONS_MAX = 16 * 1024,
    PHILTER_BATCH_BYTES_MAX = 256 * 1024 * 1024,
    /* Bytes of a body that stands with its put. Others stand apart, so that replays without bodies
     * are quick. */
    PHILTER_INLINE_BYTES_MAX = 1024,
    /* What a record costs beside its bytes: its key, and its part of the map's tree. */
    PHILTER_RECORD_COST = 96,
    /* What an entry costs, the record of its delivery count included: that never needs room. */
    PHILTER_ENTRY_COST = 192,
    /* Pairs, and bytes, that are read of the map at a time. */
    PHILTER_RECORDS_READ = 1024,
    PHILTER_ENTRIES_READ = 256,
    PHILTER_ENTRIES_PURGED = 4096,
    PHILTER_BYTES_READ = 256 * 1024,
};

static struct {
    const philter_map *map;
    uint64_t bytes_max;
} philter_under;

/* Says which map the store stands on, as `create` has to, and how many bytes it keeps, with what
 * records cost; beyond them it is full. UINT64_MAX are as many as there are. */
static inline void philter_stand_on(const philter_map *map, uint64_t bytes_max)
{
    philter_under.map = map;
    philter_under.bytes_max = bytes_max;
}

/* ---- asking the map -------------------------------------------------------------------------- */

static inline bool philter_get_one(philter_bytes key, philter_bytes *value, philter_error *error)
{
    return philter_under.map->get(&key, 1, value, error);
}

/* Reads a shard and the totals. A shard that nobody took has epoch 0. */
static inline bool philter_get_shard(uint32_t shard, philter_head *head, philter_totals *totals,
                                     philter_error *error)
{
    philter_bytes keys[] = { philter_head_key(shard), PHILTER_TOTALS_KEY }, values[2];
    *head = (philter_head){ 0 };
    return philter_under.map->get(keys, 2, values, error)
        && (values[0].at == NULL || philter_read_head(shard, values[0], head, error))
        && philter_read_totals(values[1], totals, error);
}

static inline bool philter_get_body_apart(uint32_t shard, uint64_t position, philter_bytes *body,
                                          philter_error *error)
{
    return philter_get_one(philter_position_key('b', shard, position), body, error)
        && (body->at != NULL
            || PHILTER_STRANGE(error, "a message whose body is not there, at position %" PRIu64
                               " of shard %" PRIu32, position, shard));
}

/* ---- an append or a purge, as it changes the map --------------------------------------------- */

/* Something of the map's in memory: what was read, and what became of it. */
typedef struct {
    philter_entry entry;
    philter_kept_entry now;
    bool is_there, is_changed;
    bool is_claimed; /* a put of this batch adds it, to the message that `now` has */
    bool is_settled; /* a delete of this batch is about it */
} philter_touched_entry;

typedef struct {
    uint64_t put;
    philter_live now;
    bool is_there, is_changed;
} philter_touched_live;

typedef struct {
    philter_bytes name;
    philter_key_place now;
    bool is_there, is_changed;
} philter_touched_key;

/* Each of its lists is in the order of what its items begin with. */
typedef struct {
    uint32_t shard;
    philter_head head;
    philter_totals totals;
    philter_touched_entry *entries;
    philter_touched_live *lives;
    philter_touched_key *keys;
    size_t entry_count, live_count, key_count;
    philter_pair *changes;
    size_t change_count, change_capacity;
} philter_change;

static inline int philter_compare_numbers(const void *left, const void *right)
{
    uint64_t first = *(const uint64_t *)left, second = *(const uint64_t *)right;
    return (first > second) - (first < second);
}

static inline int philter_compare_entries(const void *left, const void *right)
{
    const philter_entry *first = left, *second = right;
    int order = philter_compare_numbers(&first->queue, &second->queue);
    return order != 0 ? order : philter_compare_numbers(&first->id, &second->id);
}

static inline int philter_compare_bytes(const void *left, const void *right)
{
    const philter_bytes *first = left, *second = right;
    size_t shorter = first->length < second->length ? first->length : second->length;
    int order = shorter == 0 ? 0 : memcmp(first->at, second->at, shorter);
    return order != 0 ? order : (first->length > second->length) - (first->length < second->length);
}

/* Sorts items, and leaves each once; says how many are left. */
static inline size_t philter_sort(void *items, size_t count, size_t size,
                                  int (*compare)(const void *, const void *))
{
    uint8_t *at = items;
    size_t left = count > 0;
    if (count > 1) qsort(items, count, size, compare);
    for (size_t i = 1; i < count; i++)
        if (compare(at + (left - 1) * size, at + i * size) != 0)
            memmove(at + left++ * size, at + i * size, size);
    return left;
}

/* An entry that the batch touches. */
static inline philter_touched_entry *philter_touch(const philter_change *change,
                                                   philter_entry entry)
{
    return bsearch(&entry, change->entries, change->entry_count, sizeof *change->entries,
                   philter_compare_entries);
}

static inline philter_touched_live *philter_touch_live(const philter_change *change, uint64_t put)
{
    return bsearch(&put, change->lives, change->live_count, sizeof *change->lives,
                   philter_compare_numbers);
}

/* A value whose .at is NULL removes the key. */
static inline void philter_add_change(philter_change *change, philter_bytes key,
                                      philter_bytes value)
{
    enum { FIRST = 64 };
    if (change->change_count == change->change_capacity) {
        size_t capacity = change->change_capacity * 2 + FIRST;
        philter_pair *grown = philter_memory(capacity * sizeof *grown);
        if (change->change_count > 0)
            memcpy(grown, change->changes, change->change_count * sizeof *grown);
        change->changes = grown;
        change->change_capacity = capacity;
    }
    change->changes[change->change_count++] = (philter_pair){ key, value };
}

static inline void philter_add_removal(philter_change *change, philter_bytes key)
{
    philter_add_change(change, key, PHILTER_NO_BYTES);
}

/* Lists what a batch touches. */
static inline void philter_list_touched(philter_change *change, const philter_record *operations,
                                        size_t count)
{
    size_t entries = 0, keys = 0;
    for (size_t i = 0; i < count; i++) {
        if (operations[i].kind == PHILTER_PUT) entries += philter_entry_count(&operations[i]);
        else if (operations[i].kind == PHILTER_SHARD_KEY) keys++;
        else entries++;
    }
    change->entries = philter_memory(entries * sizeof *change->entries);
    memset(change->entries, 0, entries * sizeof *change->entries);
    change->keys = philter_memory(keys * sizeof *change->keys);
    memset(change->keys, 0, keys * sizeof *change->keys);
    philter_touched_entry *entry = change->entries;
    philter_touched_key *key = change->keys;
    for (const philter_record *it = operations; it < operations + count; it++) {
        if (it->kind == PHILTER_SHARD_KEY) key++->name = it->key;
        else if (it->kind != PHILTER_PUT) entry++->entry = it->entry;
        else
            for (size_t i = 0; i < philter_entry_count(it); i++)
                entry++->entry = philter_entry_at(it, i);
    }
    change->entry_count = philter_sort(change->entries, entries, sizeof *change->entries,
                                       philter_compare_entries);
    change->key_count = philter_sort(change->keys, keys, sizeof *change->keys,
                                     philter_compare_bytes);
}

/* Reads what a batch touches. */
static inline bool philter_begin_change(philter_change *change, const philter_record *operations,
                                        size_t count, philter_error *error)
{
    enum { BEFORE = 2 };
    philter_list_touched(change, operations, count);
    size_t places = BEFORE + change->entry_count + change->key_count;
    philter_bytes *keys = philter_memory(places * sizeof *keys), *key = keys;
    philter_bytes *values = philter_memory(places * sizeof *values), *value = values + BEFORE;
    *key++ = philter_head_key(change->shard);
    *key++ = PHILTER_TOTALS_KEY;
    for (size_t i = 0; i < change->entry_count; i++)
        *key++ = philter_entry_key(change->shard, change->entries[i].entry);
    for (size_t i = 0; i < change->key_count; i++)
        *key++ = philter_shard_name_key(change->shard, change->keys[i].name);
    if (!philter_under.map->get(keys, places, values, error)
        || (values[0].at != NULL
            && !philter_read_head(change->shard, values[0], &change->head, error))
        || !philter_read_totals(values[1], &change->totals, error))
        return false;
    for (size_t i = 0; i < change->entry_count; i++, value++) {
        philter_touched_entry *it = &change->entries[i];
        it->is_there = value->at != NULL;
        if (it->is_there && !philter_read_entry(change->shard, it->entry, *value, &it->now, error))
            return false;
    }
    for (size_t i = 0; i < change->key_count; i++, value++) {
        philter_touched_key *it = &change->keys[i];
        it->is_there = value->at != NULL;
        if (it->is_there
            && !philter_read_key_place(change->shard, it->name, *value, &it->now, error))
            return false;
    }
    return true;
}

/* Checks that every entry stays its message's. */
static inline bool philter_check(philter_change *change, const philter_record *put,
                                 philter_error *error)
{
    for (size_t i = 0; i < philter_entry_count(put); i++) {
        philter_touched_entry *it = philter_touch(change, philter_entry_at(put, i));
        if (!it->is_there && !it->is_claimed) {
            it->is_claimed = true;
            it->now.message = put->message;
        }
        if (it->now.message != put->message)
            return philter_fail(error, PHILTER_INVALID_ARGUMENT, 0, 0,
                                "entry %" PRIu64 " of queue %" PRIu64 " is message %" PRIu64
                                " and cannot be message %" PRIu64 " as well", it->entry.id,
                                it->entry.queue, it->now.message, put->message);
    }
    return true;
}

static inline uint64_t philter_key_cost(philter_bytes key, philter_bytes value)
{
    return (uint64_t)PHILTER_RECORD_COST + key.length + value.length;
}

/* Bytes that an operation adds at most; what settles costs nothing. */
static inline uint64_t philter_growth(const philter_record *operation)
{
    size_t entries = philter_entry_count(operation);
    if (operation->kind == PHILTER_PUT && entries > 0)
        return (uint64_t)PHILTER_RECORD_COST + operation->header.length + operation->body.length
            + (uint64_t)entries * PHILTER_ENTRY_COST;
    if (operation->kind == PHILTER_SHARD_KEY && operation->value.length > 0)
        return philter_key_cost(operation->key, operation->value);
    return 0;
}

static inline void philter_grow(philter_change *change, uint64_t bytes)
{
    change->head.bytes += bytes;
    change->totals.bytes += bytes;
}

/* What a damaged map counted wrong stays above zero. */
static inline uint64_t philter_less(uint64_t number, uint64_t by)
{
    return number > by ? number - by : 0;
}

static inline void philter_shrink(philter_change *change, uint64_t bytes)
{
    change->head.bytes = philter_less(change->head.bytes, bytes);
    change->totals.bytes = philter_less(change->totals.bytes, bytes);
}

/* Reads what is left of the puts with several entries, of which some are to be settled, and makes
 * room for as many new ones. */
static inline bool philter_read_lives(philter_change *change, size_t new_puts, philter_error *error)
{
    size_t puts = 0;
    for (size_t i = 0; i < change->entry_count; i++) {
        const philter_touched_entry *it = &change->entries[i];
        puts += it->is_settled && it->is_there && !it->now.is_sole;
    }
    size_t bytes = (puts + new_puts) * sizeof *change->lives;
    change->lives = philter_memory(bytes);
    memset(change->lives, 0, bytes);
    philter_touched_live *live = change->lives;
    for (size_t i = 0; i < change->entry_count; i++) {
        const philter_touched_entry *it = &change->entries[i];
        if (it->is_settled && it->is_there && !it->now.is_sole) live++->put = it->now.put;
    }
    if (puts == 0) return true;
    puts = philter_sort(change->lives, puts, sizeof *change->lives, philter_compare_numbers);
    change->live_count = puts;
    philter_bytes *keys = philter_memory(puts * sizeof *keys);
    philter_bytes *values = philter_memory(puts * sizeof *values);
    for (size_t i = 0; i < puts; i++)
        keys[i] = philter_position_key('l', change->shard, change->lives[i].put);
    if (!philter_under.map->get(keys, puts, values, error)) return false;
    for (size_t i = 0; i < puts; i++) {
        live = &change->lives[i];
        live->is_there = values[i].at != NULL;
        if (live->is_there
            && !philter_read_live(change->shard, live->put, values[i], &live->now, error))
            return false;
    }
    return true;
}

/* Adds the entries that are not there yet; a put that is sent again adds none. */
static inline void philter_keep_put(philter_change *change, uint64_t position,
                                    const philter_record *put)
{
    size_t count = 0, all = philter_entry_count(put);
    philter_entry *added = philter_memory(all * sizeof *added);
    for (size_t i = 0; i < all; i++) {
        philter_touched_entry *it = philter_touch(change, philter_entry_at(put, i));
        if (it->is_there) continue;
        it->is_there = it->is_changed = true;
        added[count++] = it->entry;
    }
    if (count == 0) return;
    uint64_t cost = (uint64_t)PHILTER_RECORD_COST + put->header.length + put->body.length;
    bool is_sole = count == 1, is_apart = put->body.length > PHILTER_INLINE_BYTES_MAX;
    for (size_t i = 0; i < count; i++)
        philter_touch(change, added[i])->now = (philter_kept_entry){
            put->message, position, PHILTER_NOWHERE, is_sole ? cost : 0, is_sole, is_apart
        };
    /* It is the last of the list: positions ascend. */
    if (!is_sole)
        change->lives[change->live_count++] =
            (philter_touched_live){ position, { count, cost }, true, true };
    philter_add_change(change, philter_position_key('r', change->shard, position),
                       philter_put_value(put, added, count, is_apart));
    if (is_apart)
        philter_add_change(change, philter_position_key('b', change->shard, position), put->body);
    change->head.messages++;
    change->head.entries += count;
    philter_grow(change, cost + (uint64_t)count * PHILTER_ENTRY_COST);
}

static inline void philter_forget_put(philter_change *change, const philter_kept_entry *kept,
                                      uint64_t cost)
{
    philter_add_removal(change, philter_position_key('r', change->shard, kept->put));
    if (kept->is_apart)
        philter_add_removal(change, philter_position_key('b', change->shard, kept->put));
    change->head.messages = philter_less(change->head.messages, 1);
    philter_shrink(change, cost);
}

/* Settles an entry, and with the last one of a put the put. */
static inline bool philter_settle(philter_change *change, philter_touched_entry *it,
                                  philter_error *error)
{
    if (!it->is_there) return true;
    it->is_there = false;
    it->is_changed = true;
    change->head.entries = philter_less(change->head.entries, 1);
    philter_shrink(change, PHILTER_ENTRY_COST);
    if (it->now.mark != PHILTER_NOWHERE)
        philter_add_removal(change, philter_position_key('r', change->shard, it->now.mark));
    if (it->now.is_sole) {
        philter_forget_put(change, &it->now, it->now.cost);
        return true;
    }
    philter_touched_live *live = philter_touch_live(change, it->now.put);
    if (live == NULL || !live->is_there) return philter_lost_put(change->shard, it->entry, error);
    live->is_changed = true;
    live->now.entries = philter_less(live->now.entries, 1);
    live->is_there = live->now.entries > 0;
    if (!live->is_there) philter_forget_put(change, &it->now, live->now.cost);
    return true;
}

static inline void philter_keep_mark(philter_change *change, uint64_t position,
                                     const philter_record *mark)
{
    philter_touched_entry *it = philter_touch(change, mark->entry);
    if (!it->is_there) return;
    if (it->now.mark != PHILTER_NOWHERE)
        philter_add_removal(change, philter_position_key('r', change->shard, it->now.mark));
    it->now.mark = position;
    it->is_changed = true;
    philter_add_change(change, philter_position_key('r', change->shard, position),
                       philter_mark_value(mark));
}

static inline void philter_keep_key(philter_change *change, uint64_t position,
                                    const philter_record *set)
{
    philter_touched_key *it = bsearch(&set->key, change->keys, change->key_count,
                                      sizeof *change->keys, philter_compare_bytes);
    if (it->is_there) {
        philter_add_removal(change, philter_position_key('r', change->shard, it->now.position));
        philter_shrink(change, it->now.cost);
        it->is_changed = true;
    }
    it->is_there = set->value.length > 0;
    if (!it->is_there) return;
    it->is_changed = true;
    it->now = (philter_key_place){ position, philter_key_cost(set->key, set->value) };
    philter_add_change(change, philter_position_key('r', change->shard, position),
                       philter_key_value(set));
    philter_grow(change, it->now.cost);
}

/* Writes everything that changed. */
static inline bool philter_end_change(philter_change *change, philter_error *error)
{
    for (size_t i = 0; i < change->entry_count; i++) {
        const philter_touched_entry *it = &change->entries[i];
        if (it->is_changed)
            philter_add_change(change, philter_entry_key(change->shard, it->entry),
                               it->is_there ? philter_entry_value(&it->now) : PHILTER_NO_BYTES);
    }
    for (size_t i = 0; i < change->live_count; i++) {
        const philter_touched_live *it = &change->lives[i];
        if (it->is_changed)
            philter_add_change(change, philter_position_key('l', change->shard, it->put),
                               it->is_there ? philter_live_value(&it->now) : PHILTER_NO_BYTES);
    }
    for (size_t i = 0; i < change->key_count; i++) {
        const philter_touched_key *it = &change->keys[i];
        if (it->is_changed)
            philter_add_change(change, philter_shard_name_key(change->shard, it->name),
                               it->is_there ? philter_key_place_value(&it->now)
                                            : PHILTER_NO_BYTES);
    }
    philter_add_change(change, philter_head_key(change->shard), philter_head_value(&change->head));
    philter_add_change(change, PHILTER_TOTALS_KEY, philter_totals_value(&change->totals));
    return philter_under.map->write(change->changes, change->change_count, error);
}

/* ---- the functions --------------------------------------------------------------------------- */

static inline void philter_over_capabilities(philter_capabilities *can)
{
    uint64_t all = philter_under.bytes_max;
    uint64_t fits = philter_less(all, PHILTER_RECORD_COST + PHILTER_ENTRY_COST);
    uint64_t batch = all < PHILTER_BATCH_BYTES_MAX ? all : PHILTER_BATCH_BYTES_MAX;
    *can = (philter_capabilities){ PHILTER_BATCH_OPERATIONS_MAX, batch,
                                   fits < batch / 2 ? fits : batch / 2, true };
}

static inline bool philter_over_acquire(uint32_t shard, philter_bytes node,
                                        philter_acquired *acquired, philter_error *error)
{
    philter_head head;
    philter_totals totals;
    if (!philter_get_shard(shard, &head, &totals, error)) return false;
    head.epoch++;
    head.node = node;
    *acquired = (philter_acquired){ head.epoch, head.next };
    philter_pair change = { philter_head_key(shard), philter_head_value(&head) };
    return philter_under.map->write(&change, 1, error);
}

static inline bool philter_is_epoch(const philter_head *head, uint64_t epoch)
{
    return head->epoch == epoch && epoch != 0;
}

static inline bool philter_over_append(uint32_t shard, uint64_t epoch,
                                       const philter_record *operations, size_t count,
                                       philter_outcome *outcome, philter_error *error)
{
    philter_change change = { .shard = shard };
    if (!philter_begin_change(&change, operations, count, error)) return false;
    outcome->is = PHILTER_FENCED;
    if (!philter_is_epoch(&change.head, epoch)) return true;
    uint64_t growth = 0, all = philter_under.bytes_max;
    for (const philter_record *it = operations; it < operations + count; it++) {
        if (it->kind == PHILTER_PUT && !philter_check(&change, it, error)) return false;
        if (it->kind == PHILTER_DELETE) philter_touch(&change, it->entry)->is_settled = true;
        growth += philter_growth(it);
    }
    if (growth > all)
        return philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0,
                            "an append has %" PRIu64 " bytes, more than %" PRIu64
                            ", all that the store may keep", growth, all);
    outcome->is = PHILTER_FULL;
    if (growth > 0 && growth > philter_less(all, change.totals.bytes)) return true;
    if (!philter_read_lives(&change, count, error)) return false;
    for (const philter_record *it = operations; it < operations + count; it++) {
        uint64_t position = change.head.next++;
        switch (it->kind) {
        case PHILTER_DELETE:
            if (!philter_settle(&change, philter_touch(&change, it->entry), error)) return false;
            break;
        case PHILTER_SHARD_KEY: philter_keep_key(&change, position, it); break;
        case PHILTER_MARK: philter_keep_mark(&change, position, it); break;
        default: philter_keep_put(&change, position, it);
        }
    }
    *outcome = (philter_outcome){ PHILTER_DONE, change.head.next };
    return philter_end_change(&change, error);
}

/* Settles some entries of a queue. */
static inline bool philter_over_purge(uint32_t shard, uint64_t epoch, uint64_t queue,
                                      philter_outcome *outcome, philter_error *error)
{
    philter_change change = { .shard = shard };
    if (!philter_get_shard(shard, &change.head, &change.totals, error)) return false;
    outcome->is = PHILTER_FENCED;
    if (!philter_is_epoch(&change.head, epoch)) return true;
    philter_bytes from = philter_entry_key(shard, (philter_entry){ queue, 0 });
    philter_writer until = philter_begin_key('e', shard);
    philter_write_key_number(&until, queue, 8);
    philter_write_key_number(&until, UINT64_MAX, 8);
    philter_write_key_number(&until, 0, 1); /* the last id there can be as well */
    philter_pair *pairs;
    bool has_more;
    if (!philter_under.map->scan(from, philter_written(until), PHILTER_ENTRIES_PURGED,
                                 PHILTER_BYTES_READ, &pairs, &change.entry_count, &has_more, error))
        return false;
    *outcome = (philter_outcome){ has_more ? PHILTER_MORE : PHILTER_DONE, change.head.next };
    if (change.entry_count == 0) return true;
    change.entries = philter_memory(change.entry_count * sizeof *change.entries);
    for (size_t i = 0; i < change.entry_count; i++) {
        philter_touched_entry *it = &change.entries[i];
        *it = (philter_touched_entry){ .entry.queue = queue, .is_there = true, .is_settled = true };
        if (!philter_last_number(pairs[i].key, &it->entry.id, error)
            || !philter_read_entry(shard, it->entry, pairs[i].value, &it->now, error))
            return false;
    }
    if (!philter_read_lives(&change, 0, error)) return false;
    for (size_t i = 0; i < change.entry_count; i++)
        if (!philter_settle(&change, &change.entries[i], error)) return false;
    return philter_end_change(&change, error);
}

/* Leaves to puts the entries that are not settled. A put that only ever had one has it. */
static inline bool philter_retain_live(uint32_t shard, philter_record *records, size_t count,
                                       philter_error *error)
{
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        size_t entries = philter_entry_count(&records[i]);
        if (entries > 1) asked += entries;
    }
    if (asked == 0) return true;
    philter_bytes *keys = philter_memory(asked * sizeof *keys), *key = keys;
    philter_bytes *values = philter_memory(asked * sizeof *values), *value = values;
    for (size_t i = 0; i < count; i++)
        for (size_t n = 0, all = philter_entry_count(&records[i]); all > 1 && n < all; n++)
            *key++ = philter_entry_key(shard, philter_entry_at(&records[i], n));
    if (!philter_under.map->get(keys, asked, values, error)) return false;
    for (philter_record *it = records; it < records + count; it++) {
        size_t all = philter_entry_count(it);
        if (all < 2) continue;
        philter_writer live = { philter_memory(it->entries.length), 0, it->entries.length };
        for (size_t n = 0; n < all; n++, value++) {
            philter_entry entry = philter_entry_at(it, n);
            philter_kept_entry kept;
            if (value->at == NULL) continue;
            if (!philter_read_entry(shard, entry, *value, &kept, error)) return false;
            if (kept.put != it->position) continue;
            philter_write_entry(&live, entry);
        }
        it->entries = philter_written(live);
    }
    return true;
}

static inline bool philter_over_replay(uint32_t shard, uint64_t from, uint64_t until,
                                       bool with_bodies, philter_page *page, philter_error *error)
{
    philter_pair *pairs;
    size_t count;
    if (from >= until) return true;
    if (!philter_under.map->scan(philter_position_key('r', shard, from),
                                 philter_position_key('r', shard, until), PHILTER_RECORDS_READ,
                                 PHILTER_BYTES_READ, &pairs, &count, &page->has_more, error))
        return false;
    philter_record *records = philter_memory(count * sizeof *records);
    for (size_t i = 0; i < count; i++) {
        uint64_t position;
        if (!philter_last_number(pairs[i].key, &position, error)
            || !philter_read_record(shard, position, pairs[i].value, &records[i], error))
            return false;
    }
    if (!philter_retain_live(shard, records, count, error)) return false;
    for (philter_record *it = records; it < records + count && philter_page_takes(page); it++) {
        if (!with_bodies) {
            if (it->kind == PHILTER_PUT) it->kind = PHILTER_PUT_WITHOUT_BODY;
        } else if (it->kind == PHILTER_PUT_WITHOUT_BODY) {
            it->kind = PHILTER_PUT;
            if (!philter_get_body_apart(shard, it->position, &it->body, error)) return false;
        }
        philter_add_record(page, it);
    }
    return true;
}

/* Reads the put of an entry, with its body. */
static inline bool philter_read_put(uint32_t shard, philter_entry entry, uint64_t position,
                                    philter_bytes value, philter_record *put, philter_error *error)
{
    if (value.at == NULL) return philter_lost_put(shard, entry, error);
    if (!philter_read_record(shard, position, value, put, error)) return false;
    if (put->kind == PHILTER_PUT) return true;
    if (put->kind != PHILTER_PUT_WITHOUT_BODY) return philter_lost_put(shard, entry, error);
    return philter_get_body_apart(shard, position, &put->body, error);
}

static inline bool philter_over_read(uint32_t shard, philter_entry entry, philter_bytes *body,
                                     philter_error *error)
{
    philter_bytes value;
    philter_kept_entry kept;
    philter_record put;
    if (!philter_get_one(philter_entry_key(shard, entry), &value, error)) return false;
    if (value.at == NULL) return true;
    if (!philter_read_entry(shard, entry, value, &kept, error)) return false;
    if (kept.is_apart) return philter_get_body_apart(shard, kept.put, body, error);
    if (!philter_get_one(philter_position_key('r', shard, kept.put), &value, error)
        || !philter_read_put(shard, entry, kept.put, value, &put, error))
        return false;
    *body = put.body;
    return true;
}

static inline bool philter_over_entries(uint32_t shard, uint64_t queue, uint64_t from,
                                        uint64_t until, philter_page *page, philter_error *error)
{
    philter_pair *pairs;
    size_t count;
    if (from >= until) return true;
    if (!philter_under.map->scan(philter_entry_key(shard, (philter_entry){ queue, from }),
                                 philter_entry_key(shard, (philter_entry){ queue, until }),
                                 PHILTER_ENTRIES_READ, PHILTER_BYTES_READ, &pairs, &count,
                                 &page->has_more, error))
        return false;
    philter_entry *entries = philter_memory(count * sizeof *entries);
    philter_kept_entry *kept = philter_memory(count * sizeof *kept);
    philter_bytes *keys = philter_memory(count * sizeof *keys);
    philter_bytes *values = philter_memory(count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        entries[i].queue = queue;
        if (!philter_last_number(pairs[i].key, &entries[i].id, error)
            || !philter_read_entry(shard, entries[i], pairs[i].value, &kept[i], error))
            return false;
        keys[i] = philter_position_key('r', shard, kept[i].put);
    }
    if (!philter_under.map->get(keys, count, values, error)) return false;
    for (size_t i = 0; i < count && philter_page_takes(page); i++) {
        philter_record put;
        if (!philter_read_put(shard, entries[i], kept[i].put, values[i], &put, error)) return false;
        philter_add_pair(page, entries[i].id, put.header, put.body);
    }
    return true;
}

static inline bool philter_over_statistics(uint32_t shard, philter_buffer *json,
                                           philter_error *error)
{
    philter_head head;
    philter_totals totals;
    if (!philter_get_shard(shard, &head, &totals, error)) return false;
    if (head.epoch == 0)
        return philter_fail(error, PHILTER_NOT_FOUND, 0, 0, "shard %" PRIu32 " does not exist",
                            shard);
    return philter_print(json, "{\"epoch\":%" PRIu64 ",\"position\":%" PRIu64
                         ",\"messages\":%" PRIu64 ",\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
                         head.epoch, head.next, head.messages, head.entries, head.bytes);
}

static inline bool philter_over_inspect(philter_buffer *json, philter_error *error)
{
    philter_bytes value;
    philter_totals totals;
    if (!philter_get_one(PHILTER_TOTALS_KEY, &value, error)
        || !philter_read_totals(value, &totals, error))
        return false;
    char all[24] = "null";
    if (philter_under.bytes_max != UINT64_MAX)
        snprintf(all, sizeof all, "%" PRIu64, philter_under.bytes_max);
    return philter_print(json, "{\"bytes\":%" PRIu64 ",\"bytes_max\":%s,\"meta_keys\":%" PRIu64 "}",
                         totals.bytes, all, totals.keys);
}

/* ---- the store's own keys, whose revisions ascend over all of them --------------------------- */

/* Reads a key, whose revision is 0 where there is none, and the totals. */
static inline bool philter_get_store_key(philter_bytes name, philter_store_key *key,
                                         philter_totals *totals, philter_error *error)
{
    philter_bytes keys[] = { philter_store_name_key(name), PHILTER_TOTALS_KEY }, values[2];
    *key = (philter_store_key){ .revision = 0 };
    return philter_under.map->get(keys, 2, values, error)
        && (values[0].at == NULL || philter_read_store_key(keys[0], values[0], key, error))
        && philter_read_totals(values[1], totals, error);
}

static inline bool philter_over_meta_get(philter_bytes name, uint64_t *revision,
                                         philter_bytes *value, philter_error *error)
{
    philter_store_key key;
    philter_totals totals;
    if (!philter_get_store_key(name, &key, &totals, error)) return false;
    *revision = key.revision;
    *value = key.value;
    return true;
}

static inline bool philter_over_meta_compare_and_set(philter_bytes name, uint64_t expected,
                                                     philter_bytes value, uint64_t *revision,
                                                     philter_error *error)
{
    philter_store_key key;
    philter_totals totals;
    if (!philter_get_store_key(name, &key, &totals, error)) return false;
    if (key.revision != expected) return true;
    uint64_t cost = philter_key_cost(name, value), all = philter_under.bytes_max;
    if (cost > philter_less(all, totals.bytes))
        return philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0,
                            "the store keeps %" PRIu64 " bytes, the most it may", all);
    totals.bytes += cost;
    if (key.revision == 0) totals.keys++;
    else totals.bytes = philter_less(totals.bytes, philter_key_cost(name, key.value));
    *revision = ++totals.revision;
    key = (philter_store_key){ *revision, name, value };
    philter_pair changes[] = { { philter_store_name_key(name), philter_store_key_value(&key) },
                               { PHILTER_TOTALS_KEY, philter_totals_value(&totals) } };
    return philter_under.map->write(changes, 2, error);
}

static inline bool philter_over_meta_remove(philter_bytes name, uint64_t expected,
                                            bool *was_removed, philter_error *error)
{
    philter_store_key key;
    philter_totals totals;
    if (!philter_get_store_key(name, &key, &totals, error)) return false;
    if (key.revision == 0 || key.revision != expected) return true;
    totals.bytes = philter_less(totals.bytes, philter_key_cost(name, key.value));
    totals.keys = philter_less(totals.keys, 1);
    *was_removed = true;
    philter_pair changes[] = { { philter_store_name_key(name), PHILTER_NO_BYTES },
                               { PHILTER_TOTALS_KEY, philter_totals_value(&totals) } };
    return philter_under.map->write(changes, 2, error);
}

static inline bool philter_over_meta_list(philter_bytes prefix, philter_bytes from,
                                          philter_page *page, philter_error *error)
{
    philter_pair *pairs;
    size_t count;
    bool has_more;
    if (philter_compare_bytes(&prefix, &from) > 0) from = prefix;
    if (!philter_under.map->scan(philter_store_name_key(from), PHILTER_TOTALS_KEY,
                                 PHILTER_RECORDS_READ, PHILTER_BYTES_READ, &pairs, &count,
                                 &has_more, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        philter_store_key key;
        if (!philter_read_store_key(pairs[i].key, pairs[i].value, &key, error)) return false;
        if (key.name.length < prefix.length
            || memcmp(key.name.at, prefix.at, prefix.length) != 0)
            return true;
        if (!philter_page_takes(page)) return true;
        philter_add_pair(page, key.revision, key.name, key.value);
    }
    page->has_more = has_more;
    return true;
}

/* The functions of a store over the map that philter_stand_on names. */
#define PHILTER_STORE_OVER_MAP \
    .capabilities = philter_over_capabilities, .acquire = philter_over_acquire, \
    .append = philter_over_append, .purge = philter_over_purge, .replay = philter_over_replay, \
    .read = philter_over_read, .statistics = philter_over_statistics, \
    .meta_get = philter_over_meta_get, .meta_compare_and_set = philter_over_meta_compare_and_set, \
    .entries = philter_over_entries, .meta_remove = philter_over_meta_remove, \
    .meta_list = philter_over_meta_list, .inspect = philter_over_inspect

#endif
