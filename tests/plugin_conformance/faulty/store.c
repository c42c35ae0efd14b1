/*
 * A store that answers calls from threads of its own, with one planted fault that the Rust SDK
 * prevents. Compiled with -DFAULT=<one of enum fault>. It keeps nothing, so most rules fail; the
 * kit's tests look at the ones that are about answers.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

enum fault { none, answers_twice, answers_and_completes, answers_another };

#ifndef FAULT
#define FAULT none
#endif
static const enum fault fault = FAULT;

static const ph_host *host;

/* Instances have their epoch and their end in common; nobody looks at the end under a lock but here. */
struct store {
    pthread_mutex_t lock;
    uint64_t epoch;
    uint64_t end;
};

struct answer {
    uint64_t token;
    ph_append_outcome outcome;
};

static ph_slice text(const char *words) {
    ph_slice slice = {(const uint8_t *)words, strlen(words)};
    return slice;
}

static ph_slice over(const void *bytes, size_t len) {
    ph_slice slice = {bytes, len};
    return slice;
}

static int32_t refuse(const ph_reply *reply, int32_t status, const char *why) {
    reply->error(reply->ctx, 0, 0, text(why));
    return status;
}

static int32_t create(const ph_context *context, void **instance, const ph_reply *reply) {
    (void)context, (void)reply;
    struct store *store = calloc(1, sizeof *store);
    pthread_mutex_init(&store->lock, NULL);
    *instance = store;
    return PH_OK;
}

static void destroy(void *instance) { free(instance); }

static int32_t capabilities(void *instance, ph_capabilities *can, const ph_reply *reply) {
    (void)instance, (void)reply;
    can->batch_operations_max = can->batch_bytes_max = can->body_bytes_max = 1 << 20;
    return PH_OK;
}

static int32_t acquire(
    void *instance, uint32_t shard, ph_slice node, uint64_t token, const ph_reply *reply) {
    struct store *store = instance;
    (void)shard, (void)node, (void)token;
    pthread_mutex_lock(&store->lock);
    ph_acquired acquired = {sizeof acquired, ++store->epoch, store->end};
    pthread_mutex_unlock(&store->lock);
    reply->result(reply->ctx, over(&acquired, sizeof acquired));
    return PH_OK;
}

static void *complete(void *given) {
    struct answer *answer = given;
    ph_slice result = over(&answer->outcome, sizeof answer->outcome);
    uint64_t token = answer->token + (fault == answers_another ? 1000000 : 0);
    if (fault == answers_another) host->complete(host->ctx, token, PH_OK, result);
    host->complete(host->ctx, answer->token, PH_OK, result);
    if (fault == answers_twice) host->complete(host->ctx, answer->token, PH_OK, result);
    free(answer);
    return NULL;
}

static int32_t keep(struct store *store, uint64_t epoch, uint64_t token, const ph_reply *reply) {
    struct answer *answer = calloc(1, sizeof *answer);
    pthread_t thread;
    pthread_mutex_lock(&store->lock);
    int is_current = epoch == store->epoch;
    answer->token = token;
    answer->outcome.size = sizeof answer->outcome;
    answer->outcome.outcome = is_current ? PH_APPEND_DONE : PH_APPEND_FENCED;
    answer->outcome.position = is_current ? ++store->end : 0;
    ph_append_outcome outcome = answer->outcome;
    pthread_mutex_unlock(&store->lock);
    if (fault == answers_and_completes) {
        complete(answer);
        reply->result(reply->ctx, over(&outcome, sizeof outcome));
        return PH_OK;
    }
    if (pthread_create(&thread, NULL, complete, answer) != 0)
        return refuse(reply, PH_ERR_INTERNAL, "no thread");
    pthread_detach(thread);
    return PH_PENDING;
}

static int32_t append(void *instance, uint32_t shard, uint64_t epoch, const ph_operation *batch,
    size_t count, size_t stride, uint64_t token, const ph_reply *reply) {
    (void)shard, (void)batch, (void)count, (void)stride;
    return keep(instance, epoch, token, reply);
}

static int32_t purge(void *instance, uint32_t shard, uint64_t epoch, uint64_t queue, uint64_t token,
    const ph_reply *reply) {
    (void)shard, (void)queue;
    return keep(instance, epoch, token, reply);
}

static int32_t replay(
    void *instance, uint32_t shard, const ph_replay *replay, const ph_reply *reply) {
    (void)instance, (void)shard, (void)replay, (void)reply;
    return PH_OK;
}

static int32_t read_body(
    void *instance, uint32_t shard, uint64_t queue, uint64_t id, const ph_reply *reply) {
    (void)instance, (void)shard, (void)queue, (void)id, (void)reply;
    return PH_ABSENT;
}

static int32_t statistics(void *instance, uint32_t shard, const ph_reply *reply) {
    (void)instance, (void)shard;
    reply->result(reply->ctx, text("{}"));
    return PH_OK;
}

static int32_t meta_get(
    void *instance, ph_slice key, ph_revision *revision, const ph_reply *reply) {
    (void)instance, (void)key, (void)revision, (void)reply;
    return PH_ABSENT;
}

static int32_t meta_compare_and_set(void *instance, ph_slice key, uint64_t expected,
    ph_slice value, uint64_t token, const ph_reply *reply) {
    (void)instance, (void)key, (void)expected, (void)value, (void)token;
    return refuse(reply, PH_ERR_LIMIT_EXCEEDED, "no key is kept");
}

static const ph_store_vtable vtable = {
    .size = sizeof(ph_store_vtable),
    .create = create,
    .destroy = destroy,
    .capabilities = capabilities,
    .acquire = acquire,
    .append = append,
    .replay = replay,
    .read = read_body,
    .purge = purge,
    .statistics = statistics,
    .meta_get = meta_get,
    .meta_compare_and_set = meta_compare_and_set,
};

static ph_factory factory;
static ph_plugin plugin;

const ph_plugin *philter_plugin_entry_v1(const ph_host *given) {
    host = given;
    factory = (ph_factory){
        .size = sizeof factory,
        .kind = PH_KIND_STORE,
        .kind_major = PH_STORE_MAJOR,
        .kind_minor = PH_STORE_MINOR,
        .type_name = text("faulty"),
        .vtable = &vtable,
    };
    plugin = (ph_plugin){
        .magic = PH_MAGIC,
        .abi_major = PH_ABI_MAJOR,
        .abi_minor = PH_ABI_MINOR,
        .size = sizeof plugin,
        .name = text("faulty-store"),
        .version = text("1.0.0"),
        .licence = text("MIT"),
        .factories = &factory,
        .factory_count = 1,
        .factory_stride = sizeof factory,
    };
    return &plugin;
}
