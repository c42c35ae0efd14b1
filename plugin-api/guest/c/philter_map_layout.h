/*
 * What stands where in the map of philter_map_store.h: keys, which are ordered, and values. It is
 * the layout of the SDK's store, so that either goes on with what the other kept.
 *
 *     key, integers with their highest byte first      value, integers little-endian
 *     h shard                                          philter_head
 *     r shard position                                 a put, a key or a mark
 *     b shard position                                 the body of a put, where it is long
 *     l shard position                                 philter_live of a put with several entries
 *     e shard queue id                                 philter_kept_entry
 *     k shard, a key of the shard's                    philter_key_place
 *     s, a key of the store's                          philter_store_key
 *     t                                                philter_totals
 *
 * Every entry belongs to a put that is there; every put has an entry; a mark belongs to an entry, a
 * key of a shard to its place. A map where it is not so is damaged, and the error says where.
 */
#ifndef PHILTER_MAP_LAYOUT_H
#define PHILTER_MAP_LAYOUT_H

#include "philter_store.h"

/* A shard. */
typedef struct {
    uint64_t epoch, next; /* the one that may append; the position of the next record */
    uint64_t messages, entries, bytes;
    philter_bytes node; /* who took it last */
} philter_head;

/* What is counted over all shards. */
typedef struct {
    uint64_t bytes, revision, keys; /* revision: the last one that a key of the store's got */
} philter_totals;

/* An entry. */
typedef struct {
    uint64_t message;
    uint64_t put, mark;     /* positions; there may be no mark */
    uint64_t cost;          /* of the put, where this is its one entry */
    bool is_sole, is_apart; /* the put never had another entry; the body stands apart */
} philter_kept_entry;

/* What is left of a put with several entries. */
typedef struct {
    uint64_t entries, cost; /* those that are not settled; what it costs beside them */
} philter_live;

/* Where the last value of a shard's key stands. */
typedef struct {
    uint64_t position, cost;
} philter_key_place;

/* A key of the store's; its revision is 0 where there is none. */
typedef struct {
    uint64_t revision;
    philter_bytes name, value;
} philter_store_key;

/* In the place of a position: none. */
static const uint64_t PHILTER_NOWHERE = UINT64_MAX;

static const philter_bytes PHILTER_NO_BYTES = { NULL, 0 };

/* What is in the map is not what a store left there: `what` says which, and where. */
#define PHILTER_STRANGE(error, what, ...) \
    philter_fail(error, PHILTER_INTERNAL, 0, 0, \
                 "the map has " what ": it was changed by somebody else, or is damaged", \
                 __VA_ARGS__)

static inline bool philter_lost_put(uint32_t shard, philter_entry entry, philter_error *error)
{
    return PHILTER_STRANGE(error, "an entry without its message, %" PRIu64 " of queue %" PRIu64
                           " of shard %" PRIu32, entry.id, entry.queue, shard);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static inline void philter_write_key_number(philter_writer *to, uint64_t number, unsigned width)
{
    uint8_t *at = philter_extend(to, width);
    for (unsigned i = 0; i < width; i++) at[i] = (uint8_t)(number >> 8 * (width - 1 - i));
}

static inline philter_bytes philter_written(philter_writer made)
{
    return (philter_bytes){ made.at, made.length };
}

/* Begins the key of something of a shard. */
static inline philter_writer philter_begin_key(char tag, uint32_t shard)
{
    enum { KEY_SIZE = 24 };
    philter_writer key = { philter_memory(KEY_SIZE), 0, KEY_SIZE };
    philter_write_key_number(&key, (uint8_t)tag, 1);
    philter_write_key_number(&key, shard, 4);
    return key;
}

static inline philter_bytes philter_head_key(uint32_t shard)
{
    return philter_written(philter_begin_key('h', shard));
}

/* The key of a record (r), a body (b), or what is left of a put (l). */
static inline philter_bytes philter_position_key(char tag, uint32_t shard, uint64_t position)
{
    philter_writer key = philter_begin_key(tag, shard);
    philter_write_key_number(&key, position, 8);
    return philter_written(key);
}

static inline philter_bytes philter_entry_key(uint32_t shard, philter_entry entry)
{
    philter_writer key = philter_begin_key('e', shard);
    philter_write_key_number(&key, entry.queue, 8);
    philter_write_key_number(&key, entry.id, 8);
    return philter_written(key);
}

static inline philter_bytes philter_shard_name_key(uint32_t shard, philter_bytes name)
{
    philter_writer key = philter_begin_key('k', shard);
    philter_write(&key, name);
    return philter_written(key);
}

static inline philter_bytes philter_store_name_key(philter_bytes name)
{
    philter_writer key = { NULL, 0, 0 };
    philter_write_key_number(&key, 's', 1);
    philter_write(&key, name);
    return philter_written(key);
}

/* The key of the totals, which is behind all keys of the store's. */
static const philter_bytes PHILTER_TOTALS_KEY = { (const uint8_t *)"t", 1 };

/* The number at the end of a key, which is a position or an id. */
static inline bool philter_last_number(philter_bytes key, uint64_t *number, philter_error *error)
{
    if (key.length < 8)
        return PHILTER_STRANGE(error, "a key without its number, of %zu bytes", key.length);
    *number = philter_big_endian((philter_bytes){ key.at + key.length - 8, 8 });
    return true;
}

/* ---- values ---------------------------------------------------------------------------------- */

static inline bool philter_take_numbers(philter_bytes *from, uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!philter_take_u64(from, &numbers[i])) return false;
    return true;
}

/* Numbers, and what stands behind them. */
static inline philter_bytes philter_numbers(const uint64_t *numbers, size_t count,
                                            philter_bytes rest)
{
    size_t length = count * sizeof *numbers + rest.length;
    philter_writer value = { philter_memory(length), 0, length };
    for (size_t i = 0; i < count; i++) philter_write_u64(&value, numbers[i]);
    philter_write(&value, rest);
    return philter_written(value);
}

static inline bool philter_read_head(uint32_t shard, philter_bytes value, philter_head *head,
                                     philter_error *error)
{
    uint64_t n[5];
    if (!philter_take_numbers(&value, n, 5))
        return PHILTER_STRANGE(error, "a head that is none, of shard %" PRIu32, shard);
    *head = (philter_head){ n[0], n[1], n[2], n[3], n[4], value };
    return true;
}

static inline philter_bytes philter_head_value(const philter_head *head)
{
    uint64_t n[] = { head->epoch, head->next, head->messages, head->entries, head->bytes };
    return philter_numbers(n, 5, head->node);
}

static inline bool philter_read_totals(philter_bytes value, philter_totals *totals,
                                       philter_error *error)
{
    uint64_t n[3] = { 0, 0, 0 };
    size_t length = value.length;
    if (value.at != NULL && !philter_take_numbers(&value, n, 3))
        return PHILTER_STRANGE(error, "totals that are none, of %zu bytes", length);
    *totals = (philter_totals){ n[0], n[1], n[2] };
    return true;
}

static inline philter_bytes philter_totals_value(const philter_totals *totals)
{
    uint64_t n[] = { totals->bytes, totals->revision, totals->keys };
    return philter_numbers(n, 3, PHILTER_NO_BYTES);
}

enum { PHILTER_IS_SOLE = 1, PHILTER_IS_APART = 2 };

static inline bool philter_read_entry(uint32_t shard, philter_entry entry, philter_bytes value,
                                      philter_kept_entry *kept, philter_error *error)
{
    uint64_t n[4];
    uint32_t flags;
    if (!philter_take_numbers(&value, n, 4) || !philter_take_u32(&value, &flags))
        return PHILTER_STRANGE(error, "an entry that is none, %" PRIu64 " of queue %" PRIu64
                               " of shard %" PRIu32, entry.id, entry.queue, shard);
    *kept = (philter_kept_entry){ n[0], n[1], n[2], n[3], flags & PHILTER_IS_SOLE,
                                  flags & PHILTER_IS_APART };
    return true;
}

static inline philter_bytes philter_entry_value(const philter_kept_entry *kept)
{
    uint64_t n[] = { kept->message, kept->put, kept->mark, kept->cost };
    uint8_t flags[4] = { (kept->is_sole ? PHILTER_IS_SOLE : 0)
                         | (kept->is_apart ? PHILTER_IS_APART : 0) };
    return philter_numbers(n, 4, (philter_bytes){ flags, sizeof flags });
}

static inline bool philter_read_live(uint32_t shard, uint64_t put, philter_bytes value,
                                     philter_live *live, philter_error *error)
{
    return (philter_take_u64(&value, &live->entries) && philter_take_u64(&value, &live->cost))
        || PHILTER_STRANGE(error, "a count of entries that is none, at position %" PRIu64
                           " of shard %" PRIu32, put, shard);
}

static inline philter_bytes philter_live_value(const philter_live *live)
{
    return philter_numbers((uint64_t[]){ live->entries, live->cost }, 2, PHILTER_NO_BYTES);
}

static inline bool philter_read_key_place(uint32_t shard, philter_bytes name, philter_bytes value,
                                          philter_key_place *place, philter_error *error)
{
    return (philter_take_u64(&value, &place->position) && philter_take_u64(&value, &place->cost))
        || PHILTER_STRANGE(error, "a place that is none, of the key '%.*s' of shard %" PRIu32,
                           (int)name.length, (const char *)name.at, shard);
}

static inline philter_bytes philter_key_place_value(const philter_key_place *place)
{
    return philter_numbers((uint64_t[]){ place->position, place->cost }, 2, PHILTER_NO_BYTES);
}

static inline bool philter_read_store_key(philter_bytes key, philter_bytes value,
                                          philter_store_key *read, philter_error *error)
{
    uint32_t length;
    if (!philter_take_u64(&value, &read->revision) || !philter_take_u32(&value, &length)
        || !philter_take(&value, length, &read->name))
        return PHILTER_STRANGE(error, "a value that is none, of the key '%.*s'",
                               (int)key.length, (const char *)key.at);
    read->value = value;
    return true;
}

static inline philter_bytes philter_store_key_value(const philter_store_key *key)
{
    enum { HEAD_SIZE = 12 };
    size_t length = HEAD_SIZE + key->name.length + key->value.length;
    philter_writer value = { philter_memory(length), 0, length };
    philter_write_u64(&value, key->revision);
    philter_write_u32(&value, key->name.length);
    philter_write(&value, key->name);
    philter_write(&value, key->value);
    return philter_written(value);
}

/* ---- records --------------------------------------------------------------------------------- */

enum { PHILTER_KEPT_PUT = 1, PHILTER_KEPT_PUT_APART, PHILTER_KEPT_KEY, PHILTER_KEPT_MARK };

/* Reads a record; a body that stands apart is not with it. */
static inline bool philter_read_record(uint32_t shard, uint64_t position, philter_bytes value,
                                       philter_record *record, philter_error *error)
{
    uint32_t kind, entries, length;
    *record = (philter_record){ .position = position };
    bool ok = philter_take_u32(&value, &kind);
    switch (ok ? kind : 0) {
    case PHILTER_KEPT_PUT:
    case PHILTER_KEPT_PUT_APART:
        record->kind = kind == PHILTER_KEPT_PUT ? PHILTER_PUT : PHILTER_PUT_WITHOUT_BODY;
        ok = philter_take_u32(&value, &entries) && philter_take_u32(&value, &length)
            && philter_take_u64(&value, &record->message)
            && philter_take_entries(&value, entries, &record->entries)
            && philter_take(&value, length, &record->header);
        record->body = value;
        break;
    case PHILTER_KEPT_KEY:
        record->kind = PHILTER_SHARD_KEY;
        ok = philter_take_u32(&value, &length) && philter_take(&value, length, &record->key);
        record->value = value;
        break;
    case PHILTER_KEPT_MARK:
        record->kind = PHILTER_MARK;
        ok = philter_take_u32(&value, &record->delivery_count)
            && philter_take_entry(&value, &record->entry);
        break;
    default: ok = false;
    }
    return ok
        || PHILTER_STRANGE(error, "a record that is none, at position %" PRIu64
                           " of shard %" PRIu32, position, shard);
}

static inline philter_bytes philter_put_value(const philter_record *put,
                                              const philter_entry *entries, size_t count,
                                              bool is_apart)
{
    enum { HEAD_SIZE = 20 };
    philter_bytes body = is_apart ? PHILTER_NO_BYTES : put->body;
    size_t length = HEAD_SIZE + count * PHILTER_ENTRY_SIZE + put->header.length + body.length;
    philter_writer value = { philter_memory(length), 0, length };
    philter_write_u32(&value, is_apart ? PHILTER_KEPT_PUT_APART : PHILTER_KEPT_PUT);
    philter_write_u32(&value, count);
    philter_write_u32(&value, put->header.length);
    philter_write_u64(&value, put->message);
    for (size_t i = 0; i < count; i++) philter_write_entry(&value, entries[i]);
    philter_write(&value, put->header);
    philter_write(&value, body);
    return philter_written(value);
}

static inline philter_bytes philter_key_value(const philter_record *key)
{
    philter_writer value = { NULL, 0, 0 };
    philter_write_u32(&value, PHILTER_KEPT_KEY);
    philter_write_u32(&value, key->key.length);
    philter_write(&value, key->key);
    philter_write(&value, key->value);
    return philter_written(value);
}

static inline philter_bytes philter_mark_value(const philter_record *mark)
{
    philter_writer value = { NULL, 0, 0 };
    philter_write_u32(&value, PHILTER_KEPT_MARK);
    philter_write_u32(&value, mark->delivery_count);
    philter_write_entry(&value, mark->entry);
    return philter_written(value);
}

#endif
