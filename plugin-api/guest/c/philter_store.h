/*
 * What a store in C fills in: one table of functions, `philter_plugin`. Most stores take them from
 * philter_map_store.h, over a map of their own; whoever wants another layout writes them all. Where
 * the compiler's target is WASM this has the exports as well, so that exactly one C file includes
 * it; natively it has the rest, so that a store can be tested by any compiler.
 *
 * OWNERSHIP: what a call needs comes from philter_memory, and so does what it hands back. Nobody
 * frees it: it is let go when the broker has read the answer. JSON alone is in memory from malloc,
 * as philter_print makes it.
 */
#ifndef PHILTER_STORE_H
#define PHILTER_STORE_H

#include <inttypes.h>

#include "philter_guest.h"

/* ---- what a store keeps and answers ---------------------------------------------------------- */

/* An entry: the number of a queue, and the entry's in it, which ascends. */
typedef struct {
    uint64_t queue, id;
} philter_entry;

typedef enum {
    PHILTER_PUT = 1,         /* .message, .entries, .header, .body */
    PHILTER_DELETE,          /* .entry is settled */
    PHILTER_SHARD_KEY,       /* .key has .value; no bytes remove it */
    PHILTER_MARK,            /* .entry was handed out .delivery_count times */
    PHILTER_PUT_WITHOUT_BODY /* of a replay alone */
} philter_record_kind;

/* An operation of an append, or a record of a replay. */
typedef struct {
    philter_record_kind kind;
    uint64_t position; /* 0 in an append */
    uint64_t message;
    philter_bytes entries; /* philter_entry_count and philter_entry_at read them */
    philter_bytes header, body;
    philter_entry entry;
    uint32_t delivery_count;
    philter_bytes key, value;
} philter_record;

/* A key and its value. */
typedef struct {
    philter_bytes key, value;
} philter_pair;

/* How an append or a purge ended. */
typedef struct {
    enum {
        PHILTER_DONE,   /* .position stands behind the last record */
        PHILTER_FENCED, /* the epoch is not the shard's; nothing is kept */
        PHILTER_FULL,   /* of an append: no room for this now; nothing is kept */
        PHILTER_MORE,   /* of a purge: it is called again */
    } is;
    uint64_t position;
} philter_outcome;

typedef struct {
    uint64_t epoch, fence;
} philter_acquired;

typedef struct {
    uint64_t batch_operations_max, batch_bytes_max, body_bytes_max;
    bool is_atomic_over_shard;
} philter_capabilities;

/* Bytes that are written one behind the other. */
typedef struct {
    uint8_t *at;
    size_t length, capacity;
} philter_writer;

/* Where replay, entries and meta_list leave what they find, until philter_page_takes says no. */
typedef struct {
    philter_writer parts;
    uint32_t count, bytes_max;
    bool has_more; /* set where there is more behind it */
} philter_page;

/* The functions, whose promises stand in the SDK's store.rs. What may be NULL says so. */
typedef struct {
    /* A JSON object: name, version, licence, type, and what else the contract says. */
    const char *description;

    /* Makes the store over what is in the map. The configuration is a JSON object, the context an
     * encoded map. May be NULL. */
    bool (*create)(philter_bytes configuration, philter_bytes context, philter_error *error);
    void (*destroy)(void); /* may be NULL */
    void (*capabilities)(philter_capabilities *can);

    bool (*acquire)(uint32_t shard, philter_bytes node, philter_acquired *acquired,
                    philter_error *error);
    bool (*append)(uint32_t shard, uint64_t epoch, const philter_record *operations, size_t count,
                   philter_outcome *outcome, philter_error *error);
    bool (*purge)(uint32_t shard, uint64_t epoch, uint64_t queue, philter_outcome *outcome,
                  philter_error *error);
    bool (*replay)(uint32_t shard, uint64_t from, uint64_t until, bool with_bodies,
                   philter_page *page, philter_error *error);
    /* Leaves a body; its .at stays NULL where there is no such entry. */
    bool (*read)(uint32_t shard, philter_entry entry, philter_bytes *body, philter_error *error);
    bool (*statistics)(uint32_t shard, philter_buffer *json, philter_error *error);

    /* Leaves value and revision, which stays 0 where there is no such key. */
    bool (*meta_get)(philter_bytes key, uint64_t *revision, philter_bytes *value,
                     philter_error *error);
    /* Leaves the new revision, which stays 0 where the key's is not the one expected. */
    bool (*meta_compare_and_set)(philter_bytes key, uint64_t expected, philter_bytes value,
                                 uint64_t *revision, philter_error *error);

    /* Optional, NULL where they are not there; `entries` of the description names the last one. */
    bool (*entries)(uint32_t shard, uint64_t queue, uint64_t from, uint64_t until,
                    philter_page *page, philter_error *error);
    bool (*meta_remove)(philter_bytes key, uint64_t expected, bool *was_removed,
                        philter_error *error);
    bool (*meta_list)(philter_bytes prefix, philter_bytes from, philter_page *page,
                      philter_error *error);
    bool (*inspect)(philter_buffer *json, philter_error *error);
} philter_store;

extern const philter_store philter_plugin;

/* A map of bytes, ordered by the bytes of its keys, which have at most 64 KiB. */
typedef struct {
    /* Leaves the values of keys; .at is NULL where there is none. */
    bool (*get)(const philter_bytes *keys, size_t count, philter_bytes *values,
                philter_error *error);
    /* Leaves the first pairs from `from` up to and without `until`, in order: at most pairs_max,
     * and so many that their bytes are about bytes_max, but at least one where there is one. */
    bool (*scan)(philter_bytes from, philter_bytes until, uint32_t pairs_max, uint32_t bytes_max,
                 philter_pair **pairs, size_t *count, bool *has_more, philter_error *error);
    /* Puts pairs, and removes keys whose value's .at is NULL, in this order. */
    bool (*write)(const philter_pair *changes, size_t count, philter_error *error);
} philter_map;

/* The map that the broker keeps for the store. Natively there is none: a test defines its own. */
extern const philter_map philter_granted;

/* ---- memory of a call, and what is written in it --------------------------------------------- */

static struct philter_held {
    struct philter_held *next;
    void *at;
} *philter_held;

/* What is left of the memory that small pieces come from. */
static philter_bytes philter_chunk;

/* Has memory from malloc let go with the call. */
static inline void *philter_hold(void *at)
{
    struct philter_held *held = malloc(sizeof *held);
    if (at == NULL || held == NULL) __builtin_trap();
    *held = (struct philter_held){ philter_held, at };
    philter_held = held;
    return at;
}

static inline void philter_let_go(void)
{
    while (philter_held != NULL) {
        struct philter_held *held = philter_held;
        philter_held = held->next;
        free(held->at);
        free(held);
    }
    philter_chunk.length = 0;
}

/* Memory that is there as long as the call. Where there is none the instance ends. */
static inline void *philter_memory(size_t length)
{
    enum { SMALL = 1024, CHUNK = 16 * 1024, ALIGNMENT = 8 };
    length = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (length > SMALL) return philter_hold(malloc(length));
    if (length > philter_chunk.length)
        philter_chunk = (philter_bytes){ philter_hold(malloc(CHUNK)), CHUNK };
    void *at = (void *)philter_chunk.at;
    philter_chunk.at += length;
    philter_chunk.length -= length;
    return at;
}

/* Makes room behind what is written. */
static inline uint8_t *philter_extend(philter_writer *to, size_t length)
{
    enum { SPARE = 32 };
    if (to->capacity - to->length < length) {
        size_t capacity = to->length + (length > to->length ? length : to->length) + SPARE;
        uint8_t *at = philter_memory(capacity);
        if (to->length > 0) memcpy(at, to->at, to->length);
        to->at = at;
        to->capacity = capacity;
    }
    to->length += length;
    return to->at + to->length - length;
}

static inline void philter_write(philter_writer *to, philter_bytes bytes)
{
    if (bytes.length > 0) memcpy(philter_extend(to, bytes.length), bytes.at, bytes.length);
}

static inline void philter_place_u32(uint8_t *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++) at[i] = (uint8_t)(number >> 8 * i);
}

static inline void philter_write_u32(philter_writer *to, size_t number)
{
    philter_place_u32(philter_extend(to, 4), (uint32_t)number);
}

static inline void philter_write_u64(philter_writer *to, uint64_t number)
{
    uint8_t *at = philter_extend(to, 8);
    philter_place_u32(at, (uint32_t)number);
    philter_place_u32(at + 4, (uint32_t)(number >> 32));
}

static inline void philter_write_entry(philter_writer *to, philter_entry entry)
{
    philter_write_u64(to, entry.queue);
    philter_write_u64(to, entry.id);
}

static inline uint64_t philter_u64(const uint8_t *at)
{
    return philter_u32(at) | (uint64_t)philter_u32(at + 4) << 32;
}

static inline bool philter_take_u32(philter_bytes *from, uint32_t *number)
{
    philter_bytes bytes;
    if (!philter_take(from, 4, &bytes)) return false;
    *number = philter_u32(bytes.at);
    return true;
}

static inline bool philter_take_u64(philter_bytes *from, uint64_t *number)
{
    philter_bytes bytes;
    if (!philter_take(from, 8, &bytes)) return false;
    *number = philter_u64(bytes.at);
    return true;
}

static inline bool philter_take_entry(philter_bytes *from, philter_entry *entry)
{
    return philter_take_u64(from, &entry->queue) && philter_take_u64(from, &entry->id);
}

enum { PHILTER_ENTRY_SIZE = 16 };

static inline bool philter_take_entries(philter_bytes *from, uint32_t count, philter_bytes *entries)
{
    return count <= from->length / PHILTER_ENTRY_SIZE
        && philter_take(from, count * PHILTER_ENTRY_SIZE, entries);
}

static inline size_t philter_entry_count(const philter_record *put)
{
    return put->entries.length / PHILTER_ENTRY_SIZE;
}

static inline philter_entry philter_entry_at(const philter_record *put, size_t number)
{
    const uint8_t *at = put->entries.at + number * PHILTER_ENTRY_SIZE;
    return (philter_entry){ philter_u64(at), philter_u64(at + 8) };
}

/* Fills in a text that is handed back, of at most 511 bytes. */
__attribute__((format(printf, 2, 3))) static inline bool
philter_print(philter_buffer *text, const char *format, ...)
{
    enum { TEXT_MAX = 512 };
    text->at = malloc(TEXT_MAX);
    if (text->at == NULL) __builtin_trap();
    va_list values;
    va_start(values, format);
    vsnprintf((char *)text->at, TEXT_MAX, format, values);
    va_end(values);
    text->length = strlen((const char *)text->at);
    return true;
}

/* ---- operations that come in, pages that go out ---------------------------------------------- */

static inline bool philter_take_operation(philter_bytes *from, philter_record *record)
{
    enum { LENGTH_SIZE = 4 };
    uint32_t length, kind, header, body, entries, value, unused;
    philter_bytes part;
    if (!philter_take_u32(from, &length) || length < LENGTH_SIZE
        || !philter_take(from, length - LENGTH_SIZE, &part) || !philter_take_u32(&part, &kind)
        || !philter_take_u64(&part, &record->position))
        return false;
    record->kind = (philter_record_kind)kind;
    switch (record->kind) {
    case PHILTER_PUT:
        return philter_take_u64(&part, &record->message) && philter_take_u32(&part, &header)
            && philter_take_u32(&part, &body) && philter_take_u32(&part, &entries)
            && philter_take_u32(&part, &unused)
            && philter_take_entries(&part, entries, &record->entries)
            && philter_take(&part, header, &record->header)
            && philter_take(&part, body, &record->body);
    case PHILTER_DELETE: return philter_take_entry(&part, &record->entry);
    case PHILTER_SHARD_KEY:
        return philter_take_u32(&part, &length) && philter_take_u32(&part, &value)
            && philter_take(&part, length, &record->key)
            && philter_take(&part, value, &record->value);
    case PHILTER_MARK:
        return philter_take_entry(&part, &record->entry)
            && philter_take_u32(&part, &record->delivery_count);
    default: return false;
    }
}

/* Reads the operations of an append. */
static inline bool philter_read_operations(philter_bytes from, philter_record **operations,
                                           size_t *count, philter_error *error)
{
    enum { PART_MIN = 16 };
    uint32_t parts, more;
    bool ok = philter_take_u32(&from, &parts) && philter_take_u32(&from, &more)
        && parts <= from.length / PART_MIN;
    if (ok) {
        *count = parts;
        *operations = philter_memory(parts * sizeof **operations);
        memset(*operations, 0, parts * sizeof **operations);
    }
    for (size_t i = 0; ok && i < *count; i++)
        ok = philter_take_operation(&from, *operations + i);
    if (ok) return true;
    return philter_fail(error, PHILTER_INVALID_ARGUMENT, 0, 0,
                        "what should be the operations of an append is none");
}

/* Whether one more goes in, as the first one always does; where not, the page has more. */
static inline bool philter_page_takes(philter_page *page)
{
    if (page->count == 0 || page->parts.length < page->bytes_max) return true;
    page->has_more = true;
    return false;
}

/* Begins a part of this length. */
static inline void philter_add_part(philter_page *page, size_t length, uint32_t kind,
                                    uint64_t number)
{
    page->count++;
    philter_write_u32(&page->parts, length);
    philter_write_u32(&page->parts, kind);
    philter_write_u64(&page->parts, number);
}

static inline void philter_add_record(philter_page *page, const philter_record *record)
{
    enum { PUT_SIZE = 40, DELETE_SIZE = 32, KEY_SIZE = 24, MARK_SIZE = 40 };
    philter_writer *to = &page->parts;
    size_t length;
    switch (record->kind) {
    case PHILTER_PUT:
    case PHILTER_PUT_WITHOUT_BODY: {
        size_t body = record->kind == PHILTER_PUT ? record->body.length : 0;
        length = PUT_SIZE + record->entries.length + record->header.length + body;
        philter_add_part(page, length, record->kind, record->position);
        philter_write_u64(to, record->message);
        philter_write_u32(to, record->header.length);
        philter_write_u32(to, body);
        philter_write_u32(to, philter_entry_count(record));
        philter_write_u32(to, 0);
        philter_write(to, record->entries);
        philter_write(to, record->header);
        philter_write(to, (philter_bytes){ record->body.at, body });
        break;
    }
    case PHILTER_SHARD_KEY:
        length = KEY_SIZE + record->key.length + record->value.length;
        philter_add_part(page, length, record->kind, record->position);
        philter_write_u32(to, record->key.length);
        philter_write_u32(to, record->value.length);
        philter_write(to, record->key);
        philter_write(to, record->value);
        break;
    case PHILTER_DELETE:
    case PHILTER_MARK:
        length = record->kind == PHILTER_MARK ? MARK_SIZE : DELETE_SIZE;
        philter_add_part(page, length, record->kind, record->position);
        philter_write_entry(to, record->entry);
        if (record->kind == PHILTER_MARK) philter_write_u64(to, record->delivery_count);
        break;
    }
}

/* The number is an entry's id or a key's revision. */
static inline void philter_add_pair(philter_page *page, uint64_t number, philter_bytes first,
                                    philter_bytes second)
{
    enum { PAIR_SIZE = 24 };
    philter_add_part(page, PAIR_SIZE + first.length + second.length, 0, number);
    philter_write_u32(&page->parts, first.length);
    philter_write_u32(&page->parts, second.length);
    philter_write(&page->parts, first);
    philter_write(&page->parts, second);
}

#ifdef __wasm__

/* ---- the granted map ------------------------------------------------------------------------- */

#define PHILTER_KEY_VALUE(function) \
    __attribute__((import_module("philter:store/key-value@0.1.0"), import_name(function)))

PHILTER_KEY_VALUE("get") void philter_host_get(const uint8_t *keys, size_t length,
                                               philter_bytes *answer);
PHILTER_KEY_VALUE("scan") void philter_host_scan(const uint8_t *from, size_t from_length,
                                                 const uint8_t *until, size_t until_length,
                                                 uint32_t pairs_max, uint32_t bytes_max,
                                                 philter_bytes *answer);
PHILTER_KEY_VALUE("write") void philter_host_write(const uint8_t *changes, size_t length);

enum { PHILTER_NO_VALUE = UINT32_MAX };

/* Takes bytes that the host handed over; those of no length are nowhere. */
static philter_bytes philter_handed(const uint8_t *at, size_t length)
{
    if (length > 0) philter_hold((void *)at);
    return (philter_bytes){ at, length };
}

static bool philter_no_answer(philter_error *error, const char *function)
{
    return philter_fail(error, PHILTER_INTERNAL, 0, 0,
                        "what the host answers to %s is no map's", function);
}

static bool philter_granted_get(const philter_bytes *keys, size_t count, philter_bytes *values,
                                philter_error *error)
{
    philter_writer asked = { NULL, 0, 0 };
    for (size_t i = 0; i < count; i++) {
        philter_write_u32(&asked, keys[i].length);
        philter_write(&asked, keys[i]);
    }
    philter_bytes answer;
    philter_host_get(asked.at, asked.length, &answer);
    answer = philter_handed(answer.at, answer.length);
    for (size_t i = 0; i < count; i++) {
        uint32_t length;
        if (!philter_take_u32(&answer, &length)) return philter_no_answer(error, "get");
        values[i] = (philter_bytes){ NULL, 0 };
        if (length != PHILTER_NO_VALUE && !philter_take(&answer, length, &values[i]))
            return philter_no_answer(error, "get");
    }
    return true;
}

static bool philter_granted_scan(philter_bytes from, philter_bytes until, uint32_t pairs_max,
                                 uint32_t bytes_max, philter_pair **pairs, size_t *count,
                                 bool *has_more, philter_error *error)
{
    enum { PAIR_MIN = 8 };
    philter_bytes answer;
    philter_host_scan(from.at, from.length, until.at, until.length, pairs_max, bytes_max, &answer);
    answer = philter_handed(answer.at, answer.length);
    uint32_t found, more, key, value;
    if (!philter_take_u32(&answer, &found) || !philter_take_u32(&answer, &more)
        || found > answer.length / PAIR_MIN)
        return philter_no_answer(error, "scan");
    *pairs = philter_memory(found * sizeof **pairs);
    *count = found;
    *has_more = more == 1;
    for (philter_pair *pair = *pairs; pair < *pairs + found; pair++)
        if (!philter_take_u32(&answer, &key) || !philter_take_u32(&answer, &value)
            || !philter_take(&answer, key, &pair->key)
            || !philter_take(&answer, value, &pair->value))
            return philter_no_answer(error, "scan");
    return true;
}

/* A map that cannot be written ends the call by itself. */
static bool philter_granted_write(const philter_pair *changes, size_t count, philter_error *error)
{
    enum { HEAD_SIZE = 8 };
    (void)error;
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += HEAD_SIZE + changes[i].key.length + changes[i].value.length;
    philter_writer all = { philter_memory(length), 0, length };
    for (size_t i = 0; i < count; i++) {
        bool is_put = changes[i].value.at != NULL;
        philter_write_u32(&all, changes[i].key.length);
        philter_write_u32(&all, is_put ? changes[i].value.length : PHILTER_NO_VALUE);
        philter_write(&all, changes[i].key);
        philter_write(&all, changes[i].value);
    }
    philter_host_write(all.at, all.length);
    return true;
}

const philter_map philter_granted = { philter_granted_get, philter_granted_scan,
                                      philter_granted_write };

/* ---- the exports: arguments come in pieces, an answer goes as a pointer ---------------------- */

#define PHILTER_STORE "philter:store/store@0.1.0#"
#define PHILTER_PIECES(name) const uint8_t *name##_at, size_t name##_length
#define PHILTER_WHOLE(name) philter_handed(name##_at, name##_length)

/* An export, and what the host calls when it has read its answer. */
#define PHILTER_STORE_EXPORT(function, name) \
    __attribute__((export_name("cabi_post_" PHILTER_STORE function))) void \
    philter_post_##name(uint32_t *answer) \
    { \
        (void)answer; \
        philter_let_go(); \
    } \
    __attribute__((export_name(PHILTER_STORE function))) uint32_t *philter_export_##name

/* An answer that has numbers of 8 bytes: its content begins at the third word. */
static _Alignas(8) uint32_t philter_wide[8];

static uint32_t *philter_wide_ok(uint64_t first, uint64_t second)
{
    philter_wide[0] = 0;
    memcpy(philter_wide + 2, &first, sizeof first);
    memcpy(philter_wide + 4, &second, sizeof second);
    return philter_wide;
}

static uint32_t *philter_wide_no(void)
{
    const uint32_t *answer = philter_no();
    philter_wide[0] = answer[0];
    memcpy(philter_wide + 2, answer + 1, 6 * sizeof *answer);
    return philter_wide;
}

static philter_page philter_new_page(uint32_t bytes_max)
{
    philter_page page = { { NULL, 0, 0 }, 0, bytes_max, false };
    philter_write_u64(&page.parts, 0);
    return page;
}

static uint32_t *philter_hand_page(bool ok, philter_page *page)
{
    if (!ok) return philter_no();
    philter_place_u32(page->parts.at, page->count);
    philter_place_u32(page->parts.at + 4, page->has_more);
    return philter_ok((uint32_t)page->parts.at, page->parts.length);
}

PHILTER_STORE_EXPORT("describe", describe)(void)
{
    philter_answer[0] = (uint32_t)philter_plugin.description;
    philter_answer[1] = strlen(philter_plugin.description);
    return philter_answer;
}

PHILTER_STORE_EXPORT("create", create)(PHILTER_PIECES(configuration), PHILTER_PIECES(context))
{
    philter_bytes configuration = PHILTER_WHOLE(configuration), context = PHILTER_WHOLE(context);
    bool ok = philter_plugin.create == NULL
        || philter_plugin.create(configuration, context, &philter_reason);
    return ok ? philter_ok(0, 0) : philter_no();
}

__attribute__((export_name(PHILTER_STORE "destroy"))) void philter_export_destroy(void)
{
    if (philter_plugin.destroy != NULL) philter_plugin.destroy();
}

/* A key of the encoded map of capabilities, with its value. */
static void philter_say(philter_writer *map, const char *name, philter_bytes value)
{
    enum { STRING = 0xa1 };
    uint8_t head[] = { STRING, (uint8_t)strlen(name) };
    philter_write(map, (philter_bytes){ head, sizeof head });
    philter_write(map, (philter_bytes){ (const uint8_t *)name, strlen(name) });
    philter_write(map, value);
}

static void philter_say_number(philter_writer *map, const char *name, uint64_t number)
{
    enum { ULONG = 0x80 };
    uint8_t value[9] = { ULONG };
    for (unsigned i = 0; i < 8; i++) value[1 + i] = (uint8_t)(number >> 8 * (7 - i));
    philter_say(map, name, (philter_bytes){ value, sizeof value });
}

static void philter_say_whether(philter_writer *map, const char *name, bool is_so)
{
    enum { TRUE = 0x41, FALSE = 0x42 };
    uint8_t value = is_so ? TRUE : FALSE;
    philter_say(map, name, (philter_bytes){ &value, 1 });
}

PHILTER_STORE_EXPORT("capabilities", capabilities)(void)
{
    enum { MAP = 0xc1, VALUES = 14 };
    philter_capabilities can;
    philter_plugin.capabilities(&can);
    philter_writer map = { NULL, 0, 0 };
    memcpy(philter_extend(&map, 3), (uint8_t[]){ MAP, 0, VALUES }, 3);
    philter_say_number(&map, "batch-operations-max", can.batch_operations_max);
    philter_say_number(&map, "batch-bytes-max", can.batch_bytes_max);
    philter_say_number(&map, "body-bytes-max", can.body_bytes_max);
    philter_say_whether(&map, "atomic-over-shard", can.is_atomic_over_shard);
    philter_say_whether(&map, "entries", philter_plugin.entries != NULL);
    philter_say_whether(&map, "meta-list", philter_plugin.meta_list != NULL);
    philter_say_whether(&map, "meta-remove", philter_plugin.meta_remove != NULL);
    map.at[1] = (uint8_t)(map.length - 2);
    philter_answer[0] = (uint32_t)map.at;
    philter_answer[1] = map.length;
    return philter_answer;
}

PHILTER_STORE_EXPORT("acquire", acquire)(uint32_t shard, PHILTER_PIECES(node))
{
    philter_acquired acquired;
    if (!philter_plugin.acquire(shard, PHILTER_WHOLE(node), &acquired, &philter_reason))
        return philter_wide_no();
    return philter_wide_ok(acquired.epoch, acquired.fence);
}

PHILTER_STORE_EXPORT("append", append)(uint32_t shard, uint64_t epoch, PHILTER_PIECES(operations))
{
    philter_bytes bytes = PHILTER_WHOLE(operations);
    philter_record *operations;
    size_t count;
    philter_outcome outcome = { PHILTER_FENCED, 0 };
    bool ok = philter_read_operations(bytes, &operations, &count, &philter_reason)
        && philter_plugin.append(shard, epoch, operations, count, &outcome, &philter_reason);
    return ok ? philter_wide_ok(outcome.is, outcome.position) : philter_wide_no();
}

PHILTER_STORE_EXPORT("purge", purge)(uint32_t shard, uint64_t epoch, uint64_t queue)
{
    enum { DONE, MORE, FENCED };
    philter_outcome outcome = { PHILTER_FENCED, 0 };
    if (!philter_plugin.purge(shard, epoch, queue, &outcome, &philter_reason))
        return philter_wide_no();
    uint32_t is = outcome.is == PHILTER_DONE ? DONE : outcome.is == PHILTER_MORE ? MORE : FENCED;
    return philter_wide_ok(is, outcome.position);
}

PHILTER_STORE_EXPORT("replay", replay)(uint32_t shard, uint64_t from, uint64_t until,
                                       uint32_t with_bodies, uint32_t bytes_max)
{
    philter_page page = philter_new_page(bytes_max);
    bool ok = philter_plugin.replay(shard, from, until, with_bodies != 0, &page, &philter_reason);
    return philter_hand_page(ok, &page);
}

PHILTER_STORE_EXPORT("read", read)(uint32_t shard, uint64_t queue, uint64_t id)
{
    philter_bytes body = { NULL, 0 };
    if (!philter_plugin.read(shard, (philter_entry){ queue, id }, &body, &philter_reason))
        return philter_no();
    philter_ok(body.at != NULL, (uint32_t)body.at);
    philter_answer[3] = body.length;
    return philter_answer;
}

PHILTER_STORE_EXPORT("entries", entries)(uint32_t shard, uint64_t queue, uint64_t from,
                                         uint64_t until, uint32_t bytes_max)
{
    philter_page page = philter_new_page(bytes_max);
    bool ok = philter_has(philter_plugin.entries != NULL, "entries")
        && philter_plugin.entries(shard, queue, from, until, &page, &philter_reason);
    return philter_hand_page(ok, &page);
}

PHILTER_STORE_EXPORT("statistics", statistics)(uint32_t shard)
{
    philter_buffer json = { NULL, 0 };
    bool ok = philter_plugin.statistics(shard, &json, &philter_reason);
    return philter_hand_back(ok, json);
}

PHILTER_STORE_EXPORT("meta-get", meta_get)(PHILTER_PIECES(key))
{
    uint64_t revision = 0;
    philter_bytes value = { NULL, 0 };
    if (!philter_plugin.meta_get(PHILTER_WHOLE(key), &revision, &value, &philter_reason))
        return philter_wide_no();
    philter_wide_ok(revision != 0, revision);
    philter_wide[6] = (uint32_t)value.at;
    philter_wide[7] = value.length;
    return philter_wide;
}

PHILTER_STORE_EXPORT("meta-compare-and-set", meta_set)(PHILTER_PIECES(key), uint64_t expected,
                                                       PHILTER_PIECES(value))
{
    philter_bytes key = PHILTER_WHOLE(key), value = PHILTER_WHOLE(value);
    uint64_t revision = 0;
    bool ok = philter_plugin.meta_compare_and_set(key, expected, value, &revision, &philter_reason);
    return ok ? philter_wide_ok(revision != 0, revision) : philter_wide_no();
}

PHILTER_STORE_EXPORT("meta-remove", meta_remove)(PHILTER_PIECES(key), uint64_t expected)
{
    philter_bytes key = PHILTER_WHOLE(key);
    bool was_removed = false;
    bool ok = philter_has(philter_plugin.meta_remove != NULL, "meta-remove")
        && philter_plugin.meta_remove(key, expected, &was_removed, &philter_reason);
    return ok ? philter_ok(was_removed, 0) : philter_no();
}

PHILTER_STORE_EXPORT("meta-list", meta_list)(PHILTER_PIECES(prefix), PHILTER_PIECES(from),
                                             uint32_t bytes_max)
{
    philter_bytes prefix = PHILTER_WHOLE(prefix), from = PHILTER_WHOLE(from);
    philter_page page = philter_new_page(bytes_max);
    bool ok = philter_has(philter_plugin.meta_list != NULL, "meta-list")
        && philter_plugin.meta_list(prefix, from, &page, &philter_reason);
    return philter_hand_page(ok, &page);
}

PHILTER_STORE_EXPORT("inspect", inspect)(void)
{
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.inspect != NULL, "inspect")
        && philter_plugin.inspect(&json, &philter_reason);
    return philter_hand_back(ok, json);
}

/* There is no subcommand: a plugin that has one needs more than this. */
PHILTER_STORE_EXPORT("command", command)(PHILTER_PIECES(configuration), philter_buffer *arguments,
                                         size_t count, PHILTER_PIECES(input))
{
    PHILTER_WHOLE(configuration);
    for (size_t i = 0; i < count; i++) philter_handed(arguments[i].at, arguments[i].length);
    if (count > 0) philter_hold(arguments);
    PHILTER_WHOLE(input);
    philter_has(false, "subcommand");
    return philter_no();
}

#endif
#endif
