/*
 * Store `my-plugin`: keeps everything in the map that it is given, with a checksum, so that what
 * was damaged is noticed.
 *
 * Records, queues, epochs and keys are those of philter_map_store.h, over any map of bytes. What
 * this store has of its own is a map over another one: my_get, my_scan and my_write, which may as
 * well compress, encrypt or count.
 */
#include "philter_map_store.h"

enum { SUM_BYTES = 4 };

/* CRC-32, as of zlib and Ethernet. */
static uint32_t checksum(philter_bytes bytes)
{
    static uint32_t table[256];
    for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
        uint32_t sum = i;
        for (unsigned bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
        table[i] = sum;
    }
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < bytes.length; i++) sum = sum >> 8 ^ table[(sum ^ bytes.at[i]) & 0xff];
    return ~sum;
}

static bool fail_damaged(philter_bytes key, philter_error *error)
{
    char name[128] = "";
    size_t length = 0;
    for (size_t i = 0; i < key.length && length + 5 < sizeof name; i++) {
        bool is_plain = key.at[i] > ' ' && key.at[i] <= '~' && key.at[i] != '\\';
        length += (size_t)snprintf(name + length, sizeof name - length,
                                   is_plain ? "%c" : "\\x%02x", key.at[i]);
    }
    return philter_fail(error, PHILTER_INTERNAL, 0, 0,
                        "the value of the key '%s' is damaged: its checksum is another one", name);
}

/* A value with its checksum in front. */
static philter_bytes with_sum(philter_bytes value)
{
    philter_writer made = { NULL, 0, 0 };
    uint8_t *at = philter_extend(&made, SUM_BYTES + value.length);
    philter_place_u32(at, checksum(value));
    memcpy(at + SUM_BYTES, value.at, value.length);
    return (philter_bytes){ at, made.length };
}

/* Leaves what stands behind the checksum. */
static bool take_sum(philter_bytes key, philter_bytes *value, philter_error *error)
{
    philter_bytes sum;
    bool is_sound = philter_take(value, SUM_BYTES, &sum) && philter_u32(sum.at) == checksum(*value);
    return is_sound || fail_damaged(key, error);
}

static bool my_get(const philter_bytes *keys, size_t count, philter_bytes *values,
                   philter_error *error)
{
    if (!philter_granted.get(keys, count, values, error)) return false;
    for (size_t i = 0; i < count; i++)
        if (values[i].at != NULL && !take_sum(keys[i], &values[i], error)) return false;
    return true;
}

static bool my_scan(philter_bytes from, philter_bytes until, uint32_t pairs_max, uint32_t bytes_max,
                    philter_pair **pairs, size_t *count, bool *has_more, philter_error *error)
{
    if (!philter_granted.scan(from, until, pairs_max, bytes_max, pairs, count, has_more, error))
        return false;
    for (philter_pair *pair = *pairs; pair < *pairs + *count; pair++)
        if (!take_sum(pair->key, &pair->value, error)) return false;
    return true;
}

static bool my_write(const philter_pair *changes, size_t count, philter_error *error)
{
    philter_pair *all = philter_memory(count * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        all[i] = changes[i];
        if (changes[i].value.at != NULL) all[i].value = with_sum(changes[i].value);
    }
    return philter_granted.write(all, count, error);
}

static bool my_create(philter_bytes configuration, philter_bytes context, philter_error *error)
{
    (void)configuration, (void)context, (void)error;
    static const philter_map map = { my_get, my_scan, my_write };
    philter_stand_on(&map, UINT64_MAX);
    return true;
}

const philter_store philter_plugin = {
    .description = "{\"name\": \"my-plugin\", \"version\": \"0.1.0\", "
                   "\"licence\": \"MIT OR Apache-2.0\", \"type\": \"my-plugin\", "
                   "\"entries\": [\"inspect\"]}",
    .create = my_create,
    PHILTER_STORE_OVER_MAP,
};
