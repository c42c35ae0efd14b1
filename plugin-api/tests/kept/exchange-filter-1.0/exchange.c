/*
 * An exchange of version 1.0 of the kind, built against the header that stands beside it and loaded
 * by every later host. A binding matches where its key is that of the message and the message has
 * the header that its argument `header` names, and a body. It uses every entry of the kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define BINDINGS_MAX 4

typedef struct binding {
    uint64_t id;
    char key[32], destination[32];
} binding;

typedef struct exchange {
    char header[32];
    binding bindings[BINDINGS_MAX];
    size_t count;
} exchange;

static const ph_host *host;

static ph_slice over(const char *text)
{
    ph_slice slice = { (const uint8_t *)text, strlen(text) };
    return slice;
}

static int32_t fail(const ph_reply *reply, int32_t status, const char *why)
{
    reply->error(reply->ctx, 0, 0, over(why));
    return status;
}

static int32_t answer(const ph_reply *reply, const char *text)
{
    reply->result(reply->ctx, over(text));
    return PH_OK;
}

/* Copies a text with its end; 0 where there is no room. */
static int keep(char *place, size_t room, ph_slice text)
{
    if (text.len >= room)
        return 0;
    if (text.len > 0)
        memcpy(place, text.ptr, text.len);
    place[text.len] = 0;
    return 1;
}

/* The configuration is `{"header":"NAME"}`, to the letter. */
static int32_t create(const ph_context *context, void **instance, const ph_reply *reply)
{
    static const char before[] = "{\"header\":\"", behind[] = "\"}";
    const size_t around = sizeof before + sizeof behind - 2;
    ph_slice text = context->configuration;
    if (text.len < around || memcmp(text.ptr, before, sizeof before - 1) != 0)
        return fail(reply, PH_ERR_INVALID_ARGUMENT, "the configuration has no header");
    exchange *made = calloc(1, sizeof *made);
    if (made == NULL)
        return fail(reply, PH_ERR_INTERNAL, "out of memory");
    text.ptr += sizeof before - 1;
    text.len -= around;
    if (!keep(made->header, sizeof made->header, text)) {
        free(made);
        return fail(reply, PH_ERR_LIMIT_EXCEEDED, "the header's name is longer than 31 bytes");
    }
    host->log(host->ctx, PH_LEVEL_INFO, context->name);
    *instance = made;
    return PH_OK;
}

static void destroy(void *instance)
{
    host->log(host->ctx, PH_LEVEL_WARN, over("destroyed"));
    free(instance);
}

static int32_t command(const ph_context *context, ph_command *run, const ph_reply *reply)
{
    (void)context;
    (void)reply;
    uint8_t input[16];
    int64_t len;
    while ((len = run->read(run->ctx, input, sizeof input)) > 0) {
        ph_slice text = { input, (size_t)len };
        run->write(run->ctx, 1, text);
    }
    for (size_t i = 0; i < run->argument_count; i++)
        run->write(run->ctx, 2, run->arguments[i]);
    run->exit_code = (int32_t)run->argument_count;
    return PH_OK;
}

static int32_t bind(
    void *instance, const ph_binding *told, ph_bound *bound, const ph_reply *reply)
{
    exchange *self = instance;
    if (self->count == BINDINGS_MAX)
        return fail(reply, PH_ERR_LIMIT_EXCEEDED, "4 bindings are the limit");
    binding *made = &self->bindings[self->count];
    if (!keep(made->key, sizeof made->key, told->key)
        || !keep(made->destination, sizeof made->destination, told->destination))
        return fail(reply, PH_ERR_INVALID_ARGUMENT, "longer than 31 bytes");
    if (told->destination_kind != PH_DESTINATION_QUEUE || told->declared_by != PH_PROTOCOL_0_10)
        return fail(reply, PH_ERR_UNAUTHORIZED, "queues alone, and by 0-10");
    made->id = told->id;
    self->count++;
    bound->reads = PH_READS_KEY | PH_READS_HEADERS | PH_READS_BODY;
    bound->cacheable = 0;
    return PH_OK;
}

static binding *find(exchange *self, uint64_t id)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->bindings[i].id == id)
            return &self->bindings[i];
    return NULL;
}

static int32_t unbind(void *instance, uint64_t id, const ph_reply *reply)
{
    exchange *self = instance;
    binding *found = find(self, id);
    if (found == NULL)
        return fail(reply, PH_ERR_NOT_FOUND, "no such binding");
    *found = self->bindings[--self->count];
    return PH_OK;
}

static int has_what_is_wanted(const exchange *self, const ph_msg *msg)
{
    ph_value value;
    ph_slice chunk;
    return host->msg_header(msg, over(self->header), &value) == PH_OK
        && host->msg_body_len(msg) > 0 && host->msg_body(msg, 0, &chunk) == PH_OK && chunk.len > 0;
}

static int has_key(const ph_msg *msg, const char *key)
{
    ph_slice found;
    return host->msg_routing_key(msg, &found) == PH_OK && found.len == strlen(key)
        && memcmp(found.ptr, key, found.len) == 0;
}

static int32_t route(void *instance, const ph_msg *const *batch, size_t count,
    const ph_matches *matches, const ph_reply *reply)
{
    const exchange *self = instance;
    (void)reply;
    for (size_t m = 0; m < count; m++)
        for (size_t i = 0; i < self->count; i++)
            if (has_key(batch[m], self->bindings[i].key) && has_what_is_wanted(self, batch[m]))
                matches->push(matches->ctx, m, &self->bindings[i].id, 1);
    return PH_OK;
}

static int32_t inspect(void *instance, const uint64_t *id, const ph_reply *reply)
{
    exchange *self = instance;
    char text[64];
    if (id != NULL && find(self, *id) == NULL)
        return fail(reply, PH_ERR_NOT_FOUND, "no such binding");
    snprintf(text, sizeof text, "{\"bindings\":%u}", (unsigned)self->count);
    return answer(reply, text);
}

static int32_t explain(void *instance, uint64_t id, const ph_reply *reply)
{
    binding *found = find(instance, id);
    char text[96];
    if (found == NULL)
        return fail(reply, PH_ERR_NOT_FOUND, "no such binding");
    snprintf(text, sizeof text, "{\"key\":\"%s\",\"to\":\"%s\"}", found->key, found->destination);
    return answer(reply, text);
}

static int32_t try_binding(
    void *instance, const ph_binding *told, const ph_msg *msg, const ph_reply *reply)
{
    char key[32];
    int is_match = keep(key, sizeof key, told->key) && has_key(msg, key)
        && has_what_is_wanted(instance, msg);
    return answer(reply, is_match ? "{\"matches\":true}" : "{\"matches\":false}");
}

static const ph_exchange_vtable vtable = {
    .size = sizeof(ph_exchange_vtable),
    .create = create,
    .destroy = destroy,
    .command = command,
    .bind = bind,
    .unbind = unbind,
    .route = route,
    .inspect = inspect,
    .explain = explain,
    .try_binding = try_binding,
};

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_EXCHANGE,
    .kind_major = PH_EXCHANGE_MAJOR,
    .kind_minor = PH_EXCHANGE_MINOR,
    .type_name = TEXT("kept"),
    .subcommand = TEXT("kept"),
    .vtable = &vtable,
} };

static const ph_plugin plugin = {
    .magic = PH_MAGIC,
    .abi_major = PH_ABI_MAJOR,
    .abi_minor = PH_ABI_MINOR,
    .size = sizeof(ph_plugin),
    .name = TEXT("kept-exchange"),
    .version = TEXT("1.0"),
    .licence = TEXT("MIT"),
    .factories = factories,
    .factory_count = 1,
    .factory_stride = sizeof(ph_factory),
};

PH_EXPORT const ph_plugin *philter_plugin_entry_v1(const ph_host *given)
{
    if (given->magic != PH_MAGIC || given->abi_major != PH_ABI_MAJOR
        || !PH_HAS(ph_host, given, msg_body))
        return NULL;
    host = given;
    return &plugin;
}
