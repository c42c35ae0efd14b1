/*
 * Exchange type `x-hello` in C: a message goes to the bindings whose key equals the first word of
 * its routing key. `hello.world` and `hello` go to the bindings with the key `hello`.
 *
 * It shows what a plugin in C needs: the entry and its checks, a configuration, an argument of a
 * binding, a batch of messages, the log, `inspect`, and a lock, because the broker calls an
 * instance from any thread. It needs philter_plugin.h, the C library and POSIX threads. README.md
 * says how to build it.
 *
 * A real exchange would keep an index; this one looks at every binding.
 */
#define _POSIX_C_SOURCE 200809L /* pthread_rwlock_t under -std=c11 */

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

/* Bytes of a binding key: what AMQP 0-9-1 and 0-10 can carry. The buffers below rely on it. */
#define KEY_BYTES_MAX 255

/* Bindings of one exchange: routing looks at each of them. */
#define BINDINGS_MAX 10000

/* Ids handed over in one call of push. */
#define IDS_AT_ONCE 64

/* The newest host. It may change while other threads read it. */
static _Atomic(const ph_host *) host;

typedef struct {
    uint64_t id;
    size_t key_len;
    bool ignores_case;
    uint8_t key[KEY_BYTES_MAX];
} hello_binding;

/* An instance: one declared exchange. */
typedef struct {
    uint8_t separator;     /* ends the first word; constant after create */
    pthread_rwlock_t lock; /* guards the bindings: route reads, bind and unbind write */
    hello_binding *bindings;
    size_t count, capacity;
    atomic_uint_fast64_t routed; /* messages that were routed, for inspect */
} hello;

/* ---- texts, errors, the log ------------------------------------------------------------------ */

static ph_slice slice(const char *text)
{
    return (ph_slice){ (const uint8_t *)text, strlen(text) };
}

static bool equals(ph_slice text, const char *other)
{
    return text.len == strlen(other) && (text.len == 0 || memcmp(text.ptr, other, text.len) == 0);
}

/* Leaves the text of an error, which a client or the operator reads, and answers its status. */
static int32_t fail(const ph_reply *reply, int32_t status, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    reply->error(reply->ctx, 0, 0, slice(text));
    return status;
}

static void log_line(uint32_t level, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const ph_host *to = atomic_load(&host);
    to->log(to->ctx, level, slice(text));
}

/* ---- the configuration: {} or {"separator": "/"} --------------------------------------------- */

static const char *skip_spaces(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Steps over `text` and the spaces behind it, or answers NULL. */
static const char *step_over(const char *at, const char *text)
{
    size_t len = strlen(text);
    return at != NULL && strncmp(at, text, len) == 0 ? skip_spaces(at + len) : NULL;
}

/* Reads the one thing there is to configure; answers whether it understood. */
static bool read_separator(const char *json, uint8_t *separator)
{
    const char *at = step_over(skip_spaces(json), "{");
    const char *value = step_over(step_over(at, "\"separator\""), ":");
    if (value != NULL) {
        unsigned char character = value[0] == '"' ? (unsigned char)value[1] : 0;
        if (character <= ' ' || character > '~' || character == '"' || character == '\\'
            || value[2] != '"')
            return false;
        *separator = character;
        at = skip_spaces(value + 3);
    }
    at = step_over(at, "}");
    return at != NULL && *at == '\0';
}

/* ---- a binding's arguments: an AMQP 1.0 map -------------------------------------------------- */

typedef struct {
    const uint8_t *at, *end;
} reader;

static bool take(reader *from, size_t len, const uint8_t **bytes)
{
    if ((size_t)(from->end - from->at) < len)
        return false;
    *bytes = from->at;
    from->at += len;
    return true;
}

/* A number of 1 or 4 bytes, most significant first. */
static bool take_number(reader *from, size_t width, uint32_t *number)
{
    const uint8_t *bytes;
    if (!take(from, width, &bytes))
        return false;
    *number = 0;
    for (size_t i = 0; i < width; i++)
        *number = *number << 8 | bytes[i];
    return true;
}

/* Reads a value: its constructor, and its bytes without their length. The upper half of a
 * constructor says how long a value is (AMQP 1.0, part 1, section 1.2). The host checked all of it
 * before, also that it nests no deeper than 32. */
static bool take_value(reader *from, uint8_t *constructor, ph_slice *value)
{
    const uint8_t *bytes;
    if (!take(from, 1, &bytes))
        return false;
    *constructor = bytes[0];
    if (*constructor == 0) { /* a described value: its descriptor, then the value itself */
        uint8_t inner;
        return take_value(from, &inner, value) && take_value(from, &inner, value);
    }
    uint32_t len = 0;
    switch (*constructor >> 4) {
    case 0x4: break;
    case 0x5: len = 1; break;
    case 0x6: len = 2; break;
    case 0x7: len = 4; break;
    case 0x8: len = 8; break;
    case 0x9: len = 16; break;
    case 0xA: case 0xC: case 0xE:
        if (!take_number(from, 1, &len))
            return false;
        break;
    case 0xB: case 0xD: case 0xF:
        if (!take_number(from, 4, &len))
            return false;
        break;
    default:
        return false; /* no type of AMQP 1.0 */
    }
    value->len = len;
    return take(from, len, &value->ptr);
}

/* Whether `ignore-case` is set. Answers false where it is there and no boolean. */
static bool read_ignore_case(ph_slice arguments, bool *ignores_case)
{
    *ignores_case = false;
    if (arguments.len == 0)
        return true; /* no arguments at all */
    reader from = { arguments.ptr, arguments.ptr + arguments.len };
    uint8_t constructor;
    ph_slice inside, name, value;
    uint32_t count;
    if (!take_value(&from, &constructor, &inside))
        return true;
    reader pairs = { inside.ptr, inside.ptr + inside.len };
    /* map8 counts its elements in one byte, map32 in four; the host checked the rest. */
    if (!take_number(&pairs, constructor == 0xC1 ? 1 : 4, &count))
        return true;
    for (; count >= 2; count -= 2) {
        uint8_t name_constructor;
        if (!take_value(&pairs, &name_constructor, &name)
            || !take_value(&pairs, &constructor, &value))
            return true;
        if (!equals(name, "ignore-case"))
            continue;
        *ignores_case = constructor == 0x41 || (constructor == 0x56 && value.ptr[0] == 1);
        return constructor == 0x41 || constructor == 0x42 || constructor == 0x56;
    }
    return true;
}

/* ---- create, destroy ------------------------------------------------------------------------- */

static int32_t hello_create(const ph_context *context, void **instance, const ph_reply *reply)
{
    uint8_t separator = '.';
    char json[256];
    if (context->configuration.len >= sizeof json)
        return fail(reply, PH_ERR_INVALID_ARGUMENT,
            "the configuration of x-hello is longer than %zu bytes", sizeof json - 1);
    if (context->configuration.len > 0)
        memcpy(json, context->configuration.ptr, context->configuration.len);
    json[context->configuration.len] = '\0';
    if (context->configuration.len > 0 && !read_separator(json, &separator))
        return fail(reply, PH_ERR_INVALID_ARGUMENT,
            "the configuration of x-hello is {} or {\"separator\": \"c\"}, c one ASCII character "
            "that is no space, quote or backslash");
    hello *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fail(reply, PH_ERR_INTERNAL, "no memory for an exchange");
    if (pthread_rwlock_init(&self->lock, NULL) != 0) {
        free(self);
        return fail(reply, PH_ERR_INTERNAL, "no lock for an exchange");
    }
    self->separator = separator;
    if (context->name.len <= KEY_BYTES_MAX)
        log_line(PH_LEVEL_INFO, "x-hello: hello, exchange '%.*s', words end at '%c'",
            (int)context->name.len, (const char *)context->name.ptr, separator);
    *instance = self;
    return PH_OK;
}

static void hello_destroy(void *instance)
{
    hello *self = instance;
    pthread_rwlock_destroy(&self->lock);
    free(self->bindings);
    free(self);
}

/* ---- bind, unbind ---------------------------------------------------------------------------- */

/* The binding with this id, or NULL. The lock is held. */
static hello_binding *find(const hello *self, uint64_t id)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->bindings[i].id == id)
            return &self->bindings[i];
    return NULL;
}

/* Adds a binding. The lock is held for writing. */
static int32_t add(hello *self, const hello_binding *binding, const ph_reply *reply)
{
    if (find(self, binding->id) != NULL)
        return fail(reply, PH_ERR_INVALID_ARGUMENT, "binding %" PRIu64 " is bound already",
            binding->id);
    if (self->count == BINDINGS_MAX)
        return fail(reply, PH_ERR_LIMIT_EXCEEDED, "an x-hello exchange has at most %d bindings",
            BINDINGS_MAX);
    if (self->count == self->capacity) {
        size_t capacity = self->capacity == 0 ? 16 : self->capacity * 2;
        hello_binding *bindings = realloc(self->bindings, capacity * sizeof *bindings);
        if (bindings == NULL)
            return fail(reply, PH_ERR_INTERNAL, "no memory for a binding");
        self->bindings = bindings;
        self->capacity = capacity;
    }
    self->bindings[self->count++] = *binding;
    return PH_OK;
}

static int32_t hello_bind(
    void *instance, const ph_binding *binding, ph_bound *bound, const ph_reply *reply)
{
    hello *self = instance;
    hello_binding ours = { .id = binding->id, .key_len = binding->key.len };
    if (binding->key.len > KEY_BYTES_MAX)
        return fail(reply, PH_ERR_LIMIT_EXCEEDED,
            "the binding key has %zu bytes, at most %d are allowed", binding->key.len,
            KEY_BYTES_MAX);
    if (binding->key.len > 0) {
        memcpy(ours.key, binding->key.ptr, binding->key.len);
        if (memchr(ours.key, self->separator, ours.key_len) != NULL)
            return fail(reply, PH_ERR_INVALID_ARGUMENT,
                "the binding key '%.*s' is more than one word: '%c' ends a word",
                (int)ours.key_len, (const char *)ours.key, self->separator);
    }
    if (!read_ignore_case(binding->arguments, &ours.ignores_case))
        return fail(reply, PH_ERR_INVALID_ARGUMENT, "argument 'ignore-case' is no boolean");

    pthread_rwlock_wrlock(&self->lock);
    int32_t status = add(self, &ours, reply);
    pthread_rwlock_unlock(&self->lock);
    if (status == PH_OK) {
        bound->reads = PH_READS_KEY;
        bound->cacheable = 1;
    }
    return status;
}

static int32_t hello_unbind(void *instance, uint64_t id, const ph_reply *reply)
{
    hello *self = instance;
    pthread_rwlock_wrlock(&self->lock);
    hello_binding *found = find(self, id);
    if (found != NULL)
        *found = self->bindings[--self->count];
    if (self->count == 0) {
        free(self->bindings);
        self->bindings = NULL;
        self->capacity = 0;
    }
    pthread_rwlock_unlock(&self->lock);
    if (found == NULL)
        return fail(reply, PH_ERR_NOT_FOUND, "binding %" PRIu64 " is not bound", id);
    return PH_OK;
}

/* ---- route ----------------------------------------------------------------------------------- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static bool fits(const hello_binding *binding, ph_slice word)
{
    if (binding->key_len != word.len)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t ours = binding->key[i], theirs = word.ptr[i];
        if (ours != theirs && !(binding->ignores_case && lower(ours) == lower(theirs)))
            return false;
    }
    return true;
}

static ph_slice first_word(ph_slice key, uint8_t separator)
{
    const uint8_t *end = key.len == 0 ? NULL : memchr(key.ptr, separator, key.len);
    if (end != NULL)
        key.len = (size_t)(end - key.ptr);
    return key;
}

/* Matches one message of the batch. The lock is held for reading. */
static void route_one(
    const hello *self, ph_slice word, size_t message, const ph_matches *matches)
{
    uint64_t ids[IDS_AT_ONCE];
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (!fits(&self->bindings[i], word))
            continue;
        ids[count++] = self->bindings[i].id;
        if (count == IDS_AT_ONCE) {
            matches->push(matches->ctx, message, ids, count);
            count = 0;
        }
    }
    if (count > 0)
        matches->push(matches->ctx, message, ids, count);
}

static int32_t hello_route(void *instance, const ph_msg *const *batch, size_t count,
    const ph_matches *matches, const ph_reply *reply)
{
    (void)reply; /* routing cannot fail: a message without a key is no match */
    hello *self = instance;
    const ph_host *from = atomic_load(&host);
    pthread_rwlock_rdlock(&self->lock);
    for (size_t i = 0; i < count; i++) {
        ph_slice key;
        if (from->msg_routing_key(batch[i], &key) == PH_OK)
            route_one(self, first_word(key, self->separator), i, matches);
    }
    pthread_rwlock_unlock(&self->lock);
    atomic_fetch_add_explicit(&self->routed, count, memory_order_relaxed);
    return PH_OK;
}

/* ---- inspect --------------------------------------------------------------------------------- */

/* Writes a text as JSON has it (RFC 8259, section 7). `to` has room for 6 bytes a byte, and 3. */
static void write_quoted(char *to, const uint8_t *text, size_t len)
{
    *to++ = '"';
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            *to++ = '\\';
            *to++ = (char)text[i];
        } else if (text[i] < ' ') {
            to += sprintf(to, "\\u%04x", text[i]);
        } else {
            *to++ = (char)text[i];
        }
    }
    *to++ = '"';
    *to = '\0';
}

static int32_t hello_inspect(void *instance, const uint64_t *id, const ph_reply *reply)
{
    hello *self = instance;
    char json[KEY_BYTES_MAX * 6 + 256];
    char key[KEY_BYTES_MAX * 6 + 3];
    pthread_rwlock_rdlock(&self->lock);
    size_t count = self->count;
    const hello_binding *found = id == NULL ? NULL : find(self, *id);
    hello_binding copy = { 0 };
    if (found != NULL)
        copy = *found;
    pthread_rwlock_unlock(&self->lock);

    if (id == NULL) {
        snprintf(json, sizeof json, "{\"bindings\":%zu,\"routed\":%" PRIuFAST64 "}", count,
            atomic_load_explicit(&self->routed, memory_order_relaxed));
    } else if (found == NULL) {
        return fail(reply, PH_ERR_NOT_FOUND, "binding %" PRIu64 " is not bound", *id);
    } else {
        write_quoted(key, copy.key, copy.key_len);
        snprintf(json, sizeof json, "{\"binding\":%" PRIu64 ",\"key\":%s,\"ignore-case\":%s}",
            copy.id, key, copy.ignores_case ? "true" : "false");
    }
    reply->result(reply->ctx, slice(json));
    return PH_OK;
}

/* ---- what the library says of itself --------------------------------------------------------- */

/* explain and try_binding are left out: they stay NULL. */
static const ph_exchange_vtable exchange = {
    .size = sizeof exchange,
    .create = hello_create,
    .destroy = hello_destroy,
    .bind = hello_bind,
    .unbind = hello_unbind,
    .route = hello_route,
    .inspect = hello_inspect,
};

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_EXCHANGE,
    .kind_major = PH_EXCHANGE_MAJOR,
    .kind_minor = PH_EXCHANGE_MINOR,
    .type_name = TEXT("x-hello"),
    .configuration_schema = TEXT(
        "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":"
        "{\"separator\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":1}}}"),
    .vtable = &exchange,
} };

static const ph_plugin plugin = {
    .magic = PH_MAGIC,
    .abi_major = PH_ABI_MAJOR,
    .abi_minor = PH_ABI_MINOR,
    .size = sizeof plugin,
    .name = TEXT("exchange-hello-c"),
    .version = TEXT("0.1.0"),
    .licence = TEXT("MIT OR Apache-2.0"),
    .factories = factories,
    .factory_count = sizeof factories / sizeof factories[0],
    .factory_stride = sizeof factories[0],
};

const ph_plugin *philter_plugin_entry_v1(const ph_host *newest)
{
    if (newest == NULL || newest->magic != PH_MAGIC || newest->abi_major != PH_ABI_MAJOR
        || !PH_HAS(ph_host, newest, msg_routing_key))
        return NULL;
    atomic_store(&host, newest);
    return &plugin;
}
