/*
 * A store of version 1.0 of the kind, built against the header that stands beside it and loaded by
 * every later host. It keeps the queue records and bodies of one shard in memory, answers append
 * from a thread of its own, and offers meta_list alone.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define RECORDS_MAX 64

typedef struct record {
    ph_queue_record of;
    uint64_t message;
    size_t body_len;
    uint8_t *body;
} record;

typedef struct store {
    pthread_mutex_t lock;
    uint64_t instance;
    uint64_t epoch;
    record records[RECORDS_MAX]; /* the place in it is the position */
    size_t count;
    uint64_t revision;
    char key[32], value[32];
} store;

/* A call that is answered later. */
typedef struct later {
    uint64_t token;
    ph_append_outcome outcome;
} later;

static const ph_host *host;

static ph_slice over(const void *ptr, size_t len)
{
    ph_slice slice = { ptr, len };
    return slice;
}

static int32_t fail(const ph_reply *reply, int32_t status, const char *why)
{
    reply->error(reply->ctx, 0, 0, over(why, strlen(why)));
    return status;
}

static int32_t store_create(const ph_context *context, void **instance, const ph_reply *reply)
{
    store *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fail(reply, PH_ERR_INTERNAL, "out of memory");
    pthread_mutex_init(&self->lock, NULL);
    self->instance = context->instance;
    *instance = self;
    return PH_OK;
}

static void store_destroy(void *instance)
{
    store *self = instance;
    for (size_t i = 0; i < self->count; i++)
        free(self->records[i].body);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static int32_t store_capabilities(
    void *instance, ph_capabilities *capabilities, const ph_reply *reply)
{
    (void)instance, (void)reply;
    capabilities->batch_operations_max = RECORDS_MAX;
    capabilities->batch_bytes_max = 1 << 20;
    capabilities->body_bytes_max = 1 << 20;
    capabilities->is_atomic_over_shard = 1;
    if (PH_HAS(ph_capabilities, capabilities, offers))
        capabilities->offers = PH_OFFER_META_LIST;
    return PH_OK;
}

/* A map of shard (uint, always 0) and epoch (ulong) in AMQP 1.0's encoding. */
static void say_lost(const store *self, uint64_t epoch)
{
    uint8_t map[] = { 0xc1, 26, 4, 0xa1, 5, 's', 'h', 'a', 'r', 'd', 0x43, 0xa1, 5, 'e', 'p', 'o',
        'c', 'h', 0x80, 0, 0, 0, 0, 0, 0, 0, 0 };
    for (int i = 0; i < 8; i++)
        map[sizeof map - 1 - i] = (uint8_t)(epoch >> (8 * i));
    map[1] = sizeof map - 2;
    host->notify(host->ctx, self->instance, PH_EVENT_EPOCH_LOST, over(map, sizeof map));
}

static int32_t store_acquire(
    void *instance, uint32_t shard, ph_slice node, uint64_t token, const ph_reply *reply)
{
    store *self = instance;
    (void)node, (void)token;
    if (shard != 0)
        return fail(reply, PH_ERR_LIMIT_EXCEEDED, "there is one shard, number 0");
    pthread_mutex_lock(&self->lock);
    uint64_t lost = self->epoch++;
    ph_acquired acquired = { sizeof acquired, self->epoch, self->count };
    pthread_mutex_unlock(&self->lock);
    if (lost > 0)
        say_lost(self, lost);
    reply->result(reply->ctx, over(&acquired, sizeof acquired));
    return PH_OK;
}

static size_t place_of(const store *self, uint64_t queue, uint64_t id)
{
    size_t place = 0;
    while (place < self->count
           && (self->records[place].of.queue != queue || self->records[place].of.id != id))
        place++;
    return place;
}

static void put(store *self, const ph_operation *operation)
{
    for (size_t i = 0; i < operation->record_count; i++) {
        record *made = &self->records[self->count];
        const ph_queue_record *of = &operation->records[i];
        if (place_of(self, of->queue, of->id) < self->count)
            continue;
        made->of = *of;
        made->message = operation->message;
        made->body_len = operation->body.len;
        made->body = malloc(made->body_len + 1);
        if (made->body == NULL)
            return;
        if (made->body_len > 0)
            memcpy(made->body, operation->body.ptr, made->body_len);
        self->count++;
    }
}

static ph_append_outcome append_now(
    store *self, uint64_t epoch, const ph_operation *batch, size_t count, size_t stride)
{
    ph_append_outcome outcome = { sizeof outcome, PH_APPEND_FENCED, 0, 0 };
    size_t records = 0;
    const uint8_t *first = (const uint8_t *)batch;
    for (size_t i = 0; i < count; i++)
        records += ((const ph_operation *)(first + i * stride))->record_count;
    if (epoch != self->epoch)
        return outcome;
    outcome.outcome = PH_APPEND_FULL;
    if (self->count + records > RECORDS_MAX)
        return outcome;
    for (size_t i = 0; i < count; i++) {
        const ph_operation *operation = (const ph_operation *)(first + i * stride);
        if (operation->operation == PH_OPERATION_PUT)
            put(self, operation);
    }
    outcome.outcome = PH_APPEND_DONE;
    outcome.position = self->count;
    return outcome;
}

static void *complete(void *given)
{
    later *answer = given;
    host->complete(
        host->ctx, answer->token, PH_OK, over(&answer->outcome, sizeof answer->outcome));
    free(answer);
    return NULL;
}

static int32_t store_append(void *instance, uint32_t shard, uint64_t epoch,
    const ph_operation *batch, size_t count, size_t stride, uint64_t token, const ph_reply *reply)
{
    store *self = instance;
    pthread_t thread;
    later *answer = malloc(sizeof *answer);
    if (answer == NULL || shard != 0) {
        free(answer);
        return fail(reply, PH_ERR_INTERNAL, "no memory, or another shard");
    }
    answer->token = token;
    pthread_mutex_lock(&self->lock);
    answer->outcome = append_now(self, epoch, batch, count, stride);
    pthread_mutex_unlock(&self->lock);
    if (pthread_create(&thread, NULL, complete, answer) != 0)
        return fail(reply, PH_ERR_INTERNAL, "no thread");
    pthread_detach(thread);
    return PH_PENDING;
}

static int32_t store_replay(
    void *instance, uint32_t shard, const ph_replay *replay, const ph_reply *reply)
{
    store *self = instance;
    (void)shard, (void)reply;
    for (size_t i = 0; i < self->count; i++) {
        const record *of = &self->records[i];
        ph_operation operation = { .size = sizeof operation,
            .operation = PH_OPERATION_PUT,
            .message = of->message,
            .header = TEXT("header"),
            .body = { replay->with_bodies ? of->body : NULL, of->body_len },
            .records = &of->of,
            .record_count = 1 };
        ph_record record = { sizeof record, i, &operation };
        if (i >= replay->from && i < replay->until && replay->visit(replay->ctx, &record) == 0)
            break;
    }
    return PH_OK;
}

static int32_t store_read(
    void *instance, uint32_t shard, uint64_t queue, uint64_t id, const ph_reply *reply)
{
    store *self = instance;
    size_t place = place_of(self, queue, id);
    if (shard != 0 || place == self->count)
        return PH_ABSENT;
    reply->result(
        reply->ctx, over(self->records[place].body, self->records[place].body_len));
    return PH_OK;
}

static int32_t store_purge(void *instance, uint32_t shard, uint64_t epoch, uint64_t queue,
    uint64_t token, const ph_reply *reply)
{
    (void)instance, (void)shard, (void)epoch, (void)queue, (void)token;
    ph_append_outcome outcome = { sizeof outcome, PH_APPEND_UNKNOWN, 0, 0 };
    reply->result(reply->ctx, over(&outcome, sizeof outcome));
    return PH_OK;
}

static int32_t store_statistics(void *instance, uint32_t shard, const ph_reply *reply)
{
    store *self = instance;
    char json[64];
    if (shard != 0)
        return fail(reply, PH_ERR_NOT_FOUND, "no such shard");
    int len = snprintf(json, sizeof json, "{\"entries\":%zu}", self->count);
    reply->result(reply->ctx, over(json, (size_t)len));
    return PH_OK;
}

static int32_t store_meta_get(
    void *instance, ph_slice key, ph_revision *revision, const ph_reply *reply)
{
    store *self = instance;
    if (self->revision == 0 || key.len != strlen(self->key)
        || memcmp(key.ptr, self->key, key.len) != 0)
        return PH_ABSENT;
    revision->revision = self->revision;
    reply->result(reply->ctx, over(self->value, strlen(self->value)));
    return PH_OK;
}

static int32_t store_meta_compare_and_set(void *instance, ph_slice key, uint64_t expected,
    ph_slice value, uint64_t token, const ph_reply *reply)
{
    store *self = instance;
    (void)token;
    if (expected != self->revision)
        return PH_ABSENT;
    if (key.len >= sizeof self->key || value.len >= sizeof self->value)
        return fail(reply, PH_ERR_LIMIT_EXCEEDED, "31 bytes are the most");
    snprintf(self->key, sizeof self->key, "%.*s", (int)key.len, (const char *)key.ptr);
    snprintf(self->value, sizeof self->value, "%.*s", (int)value.len, (const char *)value.ptr);
    ph_revision revision = { sizeof revision, ++self->revision };
    reply->result(reply->ctx, over(&revision, sizeof revision));
    return PH_OK;
}

static int32_t store_meta_list(
    void *instance, ph_slice prefix, const ph_meta_list *list, const ph_reply *reply)
{
    store *self = instance;
    (void)reply;
    ph_meta_entry entry = { sizeof entry, over(self->key, strlen(self->key)), self->revision,
        over(self->value, strlen(self->value)) };
    if (self->revision > 0 && prefix.len <= entry.key.len
        && (prefix.len == 0 || memcmp(prefix.ptr, entry.key.ptr, prefix.len) == 0))
        list->visit(list->ctx, &entry);
    return PH_OK;
}

static const ph_store_vtable table = {
    .size = sizeof(ph_store_vtable),
    .create = store_create,
    .destroy = store_destroy,
    .capabilities = store_capabilities,
    .acquire = store_acquire,
    .append = store_append,
    .replay = store_replay,
    .read = store_read,
    .purge = store_purge,
    .statistics = store_statistics,
    .meta_get = store_meta_get,
    .meta_compare_and_set = store_meta_compare_and_set,
    .meta_list = store_meta_list,
};

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_STORE,
    .kind_major = PH_STORE_MAJOR,
    .kind_minor = PH_STORE_MINOR,
    .type_name = TEXT("kept"),
    .vtable = &table,
} };

static const ph_plugin plugin = {
    .magic = PH_MAGIC,
    .abi_major = PH_ABI_MAJOR,
    .abi_minor = PH_ABI_MINOR,
    .size = sizeof(ph_plugin),
    .name = TEXT("store-1.0"),
    .version = TEXT("1.0"),
    .licence = TEXT("MIT"),
    .factories = factories,
    .factory_count = 1,
    .factory_stride = sizeof(ph_factory),
};

const ph_plugin *philter_plugin_entry_v1(const ph_host *given)
{
    if (given->magic != PH_MAGIC || given->abi_major != PH_ABI_MAJOR
        || !PH_HAS(ph_host, given, complete))
        return NULL;
    host = given;
    return &plugin;
}
