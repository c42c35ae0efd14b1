/*
 * Exchange type `x-my-plugin`: a message goes to the bindings whose key its routing key begins with.
 *
 * Begin with my_bind, which keeps what matters of a binding, and my_matches, which decides about a
 * message. philter_plugin.h says the rules. A real exchange would have an index; this one looks at
 * every binding.
 */
#define _POSIX_C_SOURCE 200809L /* pthread_rwlock_t under -std=c11 */

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

/* A binding; the exchange has a list of them. */
typedef struct binding {
    struct binding *next;
    uint64_t id;
    size_t len;
    uint8_t key[];
} binding;

typedef struct exchange {
    pthread_rwlock_t lock;
    binding *first;
} exchange;

static const ph_host *host;

static int32_t fail(const ph_reply *reply, int32_t status, const char *why)
{
    ph_slice text = { (const uint8_t *)why, strlen(why) };
    reply->error(reply->ctx, 0, 0, text);
    return status;
}

static int32_t my_create(const ph_context *context, void **instance, const ph_reply *reply)
{
    (void)context;
    exchange *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fail(reply, PH_ERR_INTERNAL, "out of memory");
    pthread_rwlock_init(&self->lock, NULL);
    *instance = self;
    return PH_OK;
}

static void my_destroy(void *instance)
{
    exchange *self = instance;
    while (self->first != NULL) {
        binding *gone = self->first;
        self->first = gone->next;
        free(gone);
    }
    pthread_rwlock_destroy(&self->lock);
    free(self);
}

static int32_t my_bind(
    void *instance, const ph_binding *bound_to, ph_bound *bound, const ph_reply *reply)
{
    exchange *self = instance;
    binding *made = malloc(sizeof *made + bound_to->key.len);
    if (made == NULL)
        return fail(reply, PH_ERR_INTERNAL, "out of memory");
    made->id = bound_to->id;
    made->len = bound_to->key.len;
    if (made->len > 0)
        memcpy(made->key, bound_to->key.ptr, made->len); /* borrowed: copied */
    pthread_rwlock_wrlock(&self->lock);
    made->next = self->first;
    self->first = made;
    pthread_rwlock_unlock(&self->lock);
    bound->reads = PH_READS_KEY;
    bound->cacheable = 1; /* equal keys get equal answers, so the broker may remember them */
    return PH_OK;
}

static int32_t my_unbind(void *instance, uint64_t id, const ph_reply *reply)
{
    exchange *self = instance;
    pthread_rwlock_wrlock(&self->lock);
    binding **place = &self->first;
    while (*place != NULL && (*place)->id != id)
        place = &(*place)->next;
    binding *gone = *place;
    if (gone != NULL)
        *place = gone->next;
    pthread_rwlock_unlock(&self->lock);
    if (gone == NULL)
        return fail(reply, PH_ERR_NOT_FOUND, "no such binding");
    free(gone);
    return PH_OK;
}

static bool my_matches(const binding *bound, ph_slice key)
{
    return key.len >= bound->len
        && (bound->len == 0 || memcmp(key.ptr, bound->key, bound->len) == 0);
}

static int32_t my_route(void *instance, const ph_msg *const *batch, size_t count,
    const ph_matches *matches, const ph_reply *reply)
{
    exchange *self = instance;
    (void)reply;
    pthread_rwlock_rdlock(&self->lock);
    for (size_t m = 0; m < count; m++) {
        ph_slice key;
        host->msg_routing_key(batch[m], &key);
        for (const binding *b = self->first; b != NULL; b = b->next)
            if (my_matches(b, key))
                matches->push(matches->ctx, m, &b->id, 1);
    }
    pthread_rwlock_unlock(&self->lock);
    return PH_OK;
}

static const ph_exchange_vtable table = {
    .size = sizeof(ph_exchange_vtable),
    .create = my_create,
    .destroy = my_destroy,
    .bind = my_bind,
    .unbind = my_unbind,
    .route = my_route,
};

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_EXCHANGE,
    .kind_major = PH_EXCHANGE_MAJOR,
    .kind_minor = PH_EXCHANGE_MINOR,
    .type_name = TEXT("x-my-plugin"),
    .vtable = &table,
} };

static const ph_plugin plugin = {
    .magic = PH_MAGIC,
    .abi_major = PH_ABI_MAJOR,
    .abi_minor = PH_ABI_MINOR,
    .size = sizeof(ph_plugin),
    .name = TEXT("my-plugin"),
    .version = TEXT("0.1.0"),
    .licence = TEXT("MIT OR Apache-2.0"),
    .factories = factories,
    .factory_count = sizeof factories / sizeof *factories,
    .factory_stride = sizeof *factories,
};

const ph_plugin *philter_plugin_entry_v1(const ph_host *given)
{
    if (given->magic != PH_MAGIC || given->abi_major != PH_ABI_MAJOR
        || !PH_HAS(ph_host, given, msg_routing_key))
        return NULL;
    host = given;
    return &plugin;
}
