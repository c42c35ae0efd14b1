/* An exchange in C with the header alone: matches where the key is equal and, if the binding's key
 * ends in '!', where the message has a header "urgent" that is true and a body. */
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

#define BINDINGS_MAX 16

typedef struct exchange {
    uint64_t ids[BINDINGS_MAX];
    char keys[BINDINGS_MAX][64];
    size_t lens[BINDINGS_MAX];
    size_t count;
} exchange;

static const ph_host *host;

static ph_slice text(const char *text)
{
    ph_slice slice = { (const uint8_t *)text, strlen(text) };
    return slice;
}

static int32_t fail(const ph_reply *reply, int32_t status, const char *why)
{
    reply->error(reply->ctx, 0, 0, text(why));
    return status;
}

static int32_t create(const ph_context *context, void **instance, const ph_reply *reply)
{
    exchange *made = calloc(1, sizeof *made);
    if (made == NULL)
        return fail(reply, PH_ERR_INTERNAL, "out of memory");
    host->log(host->ctx, PH_LEVEL_INFO, context->name);
    *instance = made;
    return PH_OK;
}

static void destroy(void *instance)
{
    free(instance);
    host->log(host->ctx, PH_LEVEL_INFO, text("destroyed"));
}

static int32_t bind(
    void *instance, const ph_binding *binding, ph_bound *bound, const ph_reply *reply)
{
    exchange *self = instance;
    if (self->count == BINDINGS_MAX)
        return fail(reply, PH_ERR_LIMIT_EXCEEDED, "16 bindings are the limit");
    if (binding->key.len > sizeof self->keys[0])
        return fail(reply, PH_ERR_INVALID_ARGUMENT, "the key is longer than 64 bytes");
    if (binding->key.len > 0)
        memcpy(self->keys[self->count], binding->key.ptr, binding->key.len);
    self->lens[self->count] = binding->key.len;
    self->ids[self->count] = binding->id;
    self->count++;
    bound->reads = PH_READS_KEY | PH_READS_HEADERS | PH_READS_BODY;
    bound->cacheable = 0;
    return PH_OK;
}

static int32_t unbind(void *instance, uint64_t id, const ph_reply *reply)
{
    exchange *self = instance;
    for (size_t i = 0; i < self->count; i++) {
        if (self->ids[i] == id) {
            self->count--;
            self->ids[i] = self->ids[self->count];
            self->lens[i] = self->lens[self->count];
            memcpy(self->keys[i], self->keys[self->count], sizeof self->keys[i]);
            return PH_OK;
        }
    }
    return fail(reply, PH_ERR_NOT_FOUND, "no such binding");
}

static int is_urgent(const ph_msg *msg)
{
    ph_value value;
    ph_slice chunk;
    return host->msg_header(msg, text("urgent"), &value) == PH_OK
        && value.tag == PH_VALUE_BOOL && value.data.number == 1
        && host->msg_body(msg, 0, &chunk) == PH_OK && chunk.len > 0;
}

static int32_t route(void *instance, const ph_msg *const *batch, size_t count,
    const ph_matches *matches, const ph_reply *reply)
{
    const exchange *self = instance;
    (void)reply;
    for (size_t m = 0; m < count; m++) {
        ph_slice key;
        if (host->msg_routing_key(batch[m], &key) != PH_OK)
            continue;
        for (size_t i = 0; i < self->count; i++) {
            size_t len = self->lens[i];
            int wants_urgent = len > 0 && self->keys[i][len - 1] == '!';
            if (wants_urgent)
                len--;
            if (key.len != len || (len > 0 && memcmp(key.ptr, self->keys[i], len) != 0))
                continue;
            if (!wants_urgent || is_urgent(batch[m]))
                matches->push(matches->ctx, m, &self->ids[i], 1);
        }
    }
    return PH_OK;
}

static const ph_exchange_vtable vtable = {
    .size = sizeof(ph_exchange_vtable),
    .create = create,
    .destroy = destroy,
    .bind = bind,
    .unbind = unbind,
    .route = route,
};

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_EXCHANGE,
    .kind_major = PH_EXCHANGE_MAJOR,
    .kind_minor = PH_EXCHANGE_MINOR,
    .type_name = { (const uint8_t *)"c-exchange", 10 },
    .vtable = &vtable,
} };

static const ph_plugin plugin = {
    .magic = PH_MAGIC,
    .abi_major = PH_ABI_MAJOR,
    .abi_minor = PH_ABI_MINOR,
    .size = sizeof(ph_plugin),
    .name = { (const uint8_t *)"in-c", 4 },
    .version = { (const uint8_t *)"0.1", 3 },
    .licence = { (const uint8_t *)"MIT", 3 },
    .factories = factories,
    .factory_count = 1,
    .factory_stride = sizeof(ph_factory),
};

const ph_plugin *philter_plugin_entry_v1(const ph_host *given)
{
    if (given->magic != PH_MAGIC || given->abi_major != PH_ABI_MAJOR
        || !PH_HAS(ph_host, given, msg_body))
        return NULL;
    host = given;
    return &plugin;
}
