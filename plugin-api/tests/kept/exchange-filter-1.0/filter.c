/*
 * A filter of version 1.0 of the kind, built against the header that stands beside it and loaded by
 * every later host. An expression is the name of a header; a message matches that has it and the
 * property content-type. It uses every entry of the kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

static const ph_host *host;

/* A compiled expression; the handle is its place. */
typedef struct expression {
    size_t len;
    uint8_t name[];
} expression;

static ph_slice over(const char *text)
{
    ph_slice slice = { (const uint8_t *)text, strlen(text) };
    return slice;
}

static int32_t answer(const ph_reply *reply, const char *text)
{
    reply->result(reply->ctx, over(text));
    return PH_OK;
}

static int32_t create(const ph_context *context, void **instance, const ph_reply *reply)
{
    static int only;
    (void)reply;
    host->log(host->ctx, PH_LEVEL_INFO, context->name);
    *instance = &only;
    return PH_OK;
}

static void destroy(void *instance)
{
    (void)instance;
    host->log(host->ctx, PH_LEVEL_WARN, over("destroyed"));
}

static int32_t command(const ph_context *context, ph_command *run, const ph_reply *reply)
{
    (void)context;
    (void)run;
    reply->error(reply->ctx, 0, 0, over("there is nothing to run"));
    return PH_ERR_UNSUPPORTED;
}

static int32_t compile(
    void *instance, ph_slice text, ph_compiled *compiled, const ph_reply *reply)
{
    (void)instance;
    const uint8_t *space = text.len == 0 ? NULL : memchr(text.ptr, ' ', text.len);
    if (text.len == 0 || space != NULL) {
        uint32_t column = space == NULL ? 1 : (uint32_t)(space - text.ptr) + 1;
        reply->error(reply->ctx, 1, column, over("wanted is a name"));
        return PH_ERR_INVALID_ARGUMENT;
    }
    expression *made = malloc(sizeof *made + text.len);
    if (made == NULL) {
        reply->error(reply->ctx, 0, 0, over("out of memory"));
        return PH_ERR_INTERNAL;
    }
    made->len = text.len;
    memcpy(made->name, text.ptr, text.len);
    compiled->handle = (uint64_t)(uintptr_t)made;
    compiled->reads = PH_READS_PROPERTIES | PH_READS_HEADERS;
    return PH_OK;
}

static void release(void *instance, uint64_t handle)
{
    (void)instance;
    free((void *)(uintptr_t)handle);
}

/* Whether one of the headers has the name. */
typedef struct search {
    ph_slice name;
    int is_found;
} search;

static void look(void *ctx, ph_slice name, const ph_value *value)
{
    search *under_way = ctx;
    (void)value;
    if (name.len == under_way->name.len && memcmp(name.ptr, under_way->name.ptr, name.len) == 0)
        under_way->is_found = 1;
}

static int has(ph_slice name, const ph_msg *msg)
{
    ph_value value;
    search under_way = { name, 0 };
    host->msg_headers(msg, &under_way, look);
    return under_way.is_found
        && host->msg_property(msg, PH_PROPERTY_CONTENT_TYPE, &value) == PH_OK
        && value.tag == PH_VALUE_STRING;
}

static int is_match(uint64_t handle, const ph_msg *msg)
{
    const expression *of = (const void *)(uintptr_t)handle;
    ph_slice name = { of->name, of->len };
    return has(name, msg);
}

static int32_t matches(void *instance, const ph_msg *const *batch, size_t count,
    const uint64_t *handles, size_t handle_count, const ph_matches *found, const ph_reply *reply)
{
    (void)instance;
    (void)reply;
    for (size_t m = 0; m < count; m++)
        for (uint64_t h = 0; h < handle_count; h++)
            if (is_match(handles[h], batch[m]))
                found->push(found->ctx, m, &h, 1);
    return PH_OK;
}

static int32_t transform(void *instance, uint64_t handle, const ph_msg *msg, const ph_reply *reply)
{
    (void)instance;
    ph_verdict verdict = { .size = sizeof verdict, .verdict = PH_VERDICT_DEAD_LETTER };
    if (is_match(handle, msg)) {
        verdict.verdict = PH_VERDICT_REPLACE;
        verdict.body = over("another");
        verdict.content_type = over("text/plain");
    }
    ph_slice result = { (const uint8_t *)&verdict, sizeof verdict };
    reply->result(reply->ctx, result);
    return PH_OK;
}

static int32_t inspect(void *instance, const uint64_t *handle, const ph_reply *reply)
{
    (void)instance;
    return answer(reply, handle == NULL ? "{\"of\":\"language\"}" : "{\"of\":\"expression\"}");
}

static int32_t explain(void *instance, ph_slice text, const ph_reply *reply)
{
    char json[64];
    (void)instance;
    snprintf(json, sizeof json, "{\"bytes\":%u}", (unsigned)text.len);
    return answer(reply, json);
}

static int32_t try_expression(
    void *instance, ph_slice text, const ph_msg *msg, const ph_reply *reply)
{
    (void)instance;
    return answer(reply, has(text, msg) ? "{\"matches\":true}" : "{\"matches\":false}");
}

static const ph_filter_vtable vtable = {
    .size = sizeof(ph_filter_vtable),
    .create = create,
    .destroy = destroy,
    .command = command,
    .compile = compile,
    .release = release,
    .matches = matches,
    .transform = transform,
    .inspect = inspect,
    .explain = explain,
    .try_expression = try_expression,
};

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_FILTER,
    .kind_major = PH_FILTER_MAJOR,
    .kind_minor = PH_FILTER_MINOR,
    .type_name = TEXT("kept"),
    .vtable = &vtable,
} };

static const ph_plugin plugin = {
    .magic = PH_MAGIC,
    .abi_major = PH_ABI_MAJOR,
    .abi_minor = PH_ABI_MINOR,
    .size = sizeof(ph_plugin),
    .name = TEXT("kept-filter"),
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
