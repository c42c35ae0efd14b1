/*
 * Filter language `my-plugin`: `NAME = VALUE` matches the messages whose header NAME has that value,
 * a text or a whole number.
 *
 * Begin with my_parse, which is the language, and my_matches, which decides about a message. The
 * rest keeps compiled expressions and hands messages over. philter_plugin.h says the rules.
 */
#define _POSIX_C_SOURCE 200809L /* pthread_rwlock_t under -std=c11 */

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "philter_plugin.h"

/* ---- expressions ----------------------------------------------------------------------------- */

/* What an expression reads of a message. The broker hands over no more than this. */
#define READS PH_READS_HEADERS

/* A compiled expression; `text` has the name, then the value. */
typedef struct expression {
    struct expression *next;
    uint64_t handle;
    ph_slice name, value;
    uint8_t text[];
} expression;

static const ph_host *host;

static int32_t fail(const ph_reply *reply, int32_t status, uint32_t column, const char *why)
{
    ph_slice text = { (const uint8_t *)why, strlen(why) };
    reply->error(reply->ctx, column == 0 ? 0 : 1, column, text);
    return status;
}

static ph_slice trim(ph_slice text)
{
    while (text.len > 0 && *text.ptr == ' ') {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* Makes an expression of a text, which is borrowed; NULL where it left an error. */
static expression *my_parse(ph_slice text, const ph_reply *reply)
{
    const uint8_t *equal = text.len == 0 ? NULL : memchr(text.ptr, '=', text.len);
    if (equal == NULL) {
        fail(reply, PH_ERR_INVALID_ARGUMENT, (uint32_t)text.len + 1,
            "wanted NAME = VALUE, found no =");
        return NULL;
    }
    size_t at = (size_t)(equal - text.ptr);
    ph_slice name = trim((ph_slice){ text.ptr, at });
    ph_slice value = trim((ph_slice){ equal + 1, text.len - at - 1 });
    if (name.len == 0) {
        fail(reply, PH_ERR_INVALID_ARGUMENT, 1, "wanted the name of a header before the =");
        return NULL;
    }
    expression *made = calloc(1, sizeof *made + name.len + value.len);
    if (made == NULL) {
        fail(reply, PH_ERR_INTERNAL, 0, "out of memory");
        return NULL;
    }
    memcpy(made->text, name.ptr, name.len);
    memcpy(made->text + name.len, value.ptr, value.len);
    made->name = (ph_slice){ made->text, name.len };
    made->value = (ph_slice){ made->text + name.len, value.len };
    return made;
}

static bool equal_texts(ph_slice left, ph_slice right)
{
    return left.len == right.len && (left.len == 0 || memcmp(left.ptr, right.ptr, left.len) == 0);
}

static bool equal_numbers(ph_slice text, const char *format, int64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, format, number);
    return equal_texts(text, (ph_slice){ (const uint8_t *)digits, (size_t)length });
}

static bool my_matches(const expression *compiled, const ph_msg *message)
{
    ph_value found;
    if (host->msg_header(message, compiled->name, &found) != PH_OK)
        return false;
    switch (found.tag) {
    case PH_VALUE_STRING:
    case PH_VALUE_SYMBOL:
        return equal_texts(compiled->value, found.data.slice);
    case PH_VALUE_UBYTE:
    case PH_VALUE_USHORT:
    case PH_VALUE_UINT:
    case PH_VALUE_ULONG:
        return equal_numbers(compiled->value, "%" PRIu64, (int64_t)found.data.number);
    case PH_VALUE_BYTE:
    case PH_VALUE_SHORT:
    case PH_VALUE_INT:
    case PH_VALUE_LONG:
        return equal_numbers(compiled->value, "%" PRId64, found.data.signed_number);
    default:
        return false;
    }
}

/* ---- the language: every expression that is compiled now ------------------------------------- */

typedef struct language {
    pthread_rwlock_t lock; /* matches reads, compile and release write */
    expression *first;
    uint64_t next_handle;
} language;

static int32_t my_create(const ph_context *context, void **instance, const ph_reply *reply)
{
    (void)context;
    language *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fail(reply, PH_ERR_INTERNAL, 0, "out of memory");
    pthread_rwlock_init(&self->lock, NULL);
    *instance = self;
    return PH_OK;
}

static void my_destroy(void *instance)
{
    language *self = instance;
    while (self->first != NULL) {
        expression *gone = self->first;
        self->first = gone->next;
        free(gone);
    }
    pthread_rwlock_destroy(&self->lock);
    free(self);
}

static int32_t my_compile(
    void *instance, ph_slice text, ph_compiled *compiled, const ph_reply *reply)
{
    language *self = instance;
    expression *made = my_parse(text, reply);
    if (made == NULL)
        return PH_ERR_INVALID_ARGUMENT;
    pthread_rwlock_wrlock(&self->lock);
    made->handle = self->next_handle++;
    made->next = self->first;
    self->first = made;
    pthread_rwlock_unlock(&self->lock);
    compiled->handle = made->handle;
    compiled->reads = READS;
    return PH_OK;
}

/* The place that points to the expression of this handle, or to NULL. The lock is held. */
static expression **find(language *self, uint64_t handle)
{
    expression **place = &self->first;
    while (*place != NULL && (*place)->handle != handle)
        place = &(*place)->next;
    return place;
}

static void my_release(void *instance, uint64_t handle)
{
    language *self = instance;
    pthread_rwlock_wrlock(&self->lock);
    expression **place = find(self, handle), *gone = *place;
    if (gone != NULL)
        *place = gone->next;
    pthread_rwlock_unlock(&self->lock);
    free(gone);
}

static int32_t my_answer(void *instance, const ph_msg *const *batch, size_t count,
    const uint64_t *handles, size_t handle_count, const ph_matches *matches, const ph_reply *reply)
{
    language *self = instance;
    int32_t status = PH_OK;
    pthread_rwlock_rdlock(&self->lock);
    for (uint64_t h = 0; h < handle_count && status == PH_OK; h++) {
        const expression *compiled = *find(self, handles[h]);
        if (compiled == NULL)
            status = fail(reply, PH_ERR_NOT_FOUND, 0, "no such expression");
        for (size_t m = 0; m < count && status == PH_OK; m++)
            if (my_matches(compiled, batch[m]))
                matches->push(matches->ctx, m, &h, 1);
    }
    pthread_rwlock_unlock(&self->lock);
    return status;
}

/* ---- what the library is --------------------------------------------------------------------- */

static const ph_filter_vtable filter = {
    .size = sizeof(ph_filter_vtable),
    .create = my_create,
    .destroy = my_destroy,
    .compile = my_compile,
    .release = my_release,
    .matches = my_answer,
};

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

static const ph_factory factories[] = { {
    .size = sizeof(ph_factory),
    .kind = PH_KIND_FILTER,
    .kind_major = PH_FILTER_MAJOR,
    .kind_minor = PH_FILTER_MINOR,
    .type_name = TEXT("my-plugin"),
    .vtable = &filter,
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
        || !PH_HAS(ph_host, given, msg_header))
        return NULL;
    host = given;
    return &plugin;
}
