/*
 * What a filter in C fills in: one table of functions, `philter_plugin`. Where the compiler's
 * target is WASM this has the exports as well, so that exactly one C file includes it; natively it
 * has only the table, so that a predicate can be tested by any compiler.
 */
#ifndef PHILTER_FILTER_H
#define PHILTER_FILTER_H

#include "philter_guest.h"

typedef enum { PHILTER_PASS, PHILTER_DROP, PHILTER_DEAD_LETTER, PHILTER_REPLACE } philter_verdict;

/* What may be NULL says so. */
typedef struct {
    /* A JSON object: name, version, licence, type, and what else the contract says. */
    const char *description;

    /* Makes the language. The configuration is a JSON object, the context an encoded map. May be
     * NULL. */
    bool (*create)(philter_bytes configuration, philter_bytes context, philter_error *error);
    void (*destroy)(void); /* may be NULL */

    /* Makes something of an expression, and says what its answer reads; NULL is an error. */
    void *(*compile)(philter_bytes expression, uint32_t *reads, philter_error *error);
    void (*release)(void *compiled);
    bool (*matches)(const void *compiled, const philter_message *message);

    /* Optional, NULL where it is not there; `entries` of the description names what is. */
    bool (*transform)(const void *compiled, const philter_message *message,
                      philter_verdict *verdict, philter_buffer *body, philter_buffer *properties,
                      philter_error *error);
    /* compiled is NULL where the language as a whole is meant */
    bool (*inspect)(const void *compiled, philter_buffer *json, philter_error *error);
    bool (*explain)(philter_bytes expression, philter_buffer *json, philter_error *error);
    bool (*try_expression)(philter_bytes expression, const philter_message *message,
                           philter_buffer *json, philter_error *error);
} philter_filter;

extern const philter_filter philter_plugin;

#ifdef __wasm__

/* ---- compiled expressions by their handles, in ascending order ------------------------------- */

typedef struct {
    uint64_t handle;
    void *compiled;
} philter_expression;

static philter_expression *philter_expressions;
static size_t philter_expression_count, philter_expression_capacity;

/* The place of a handle, or where it would be. */
static size_t philter_place(uint64_t handle)
{
    size_t from = 0, to = philter_expression_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (philter_expressions[middle].handle < handle) from = middle + 1;
        else to = middle;
    }
    return from;
}

static void *philter_compiled(uint64_t handle)
{
    size_t place = philter_place(handle);
    bool found = place < philter_expression_count && philter_expressions[place].handle == handle;
    return found ? philter_expressions[place].compiled : NULL;
}

static bool philter_add(uint64_t handle, void *compiled)
{
    if (philter_expression_count == philter_expression_capacity) {
        size_t capacity = philter_expression_capacity * 2 + 16;
        void *grown = realloc(philter_expressions, capacity * sizeof(philter_expression));
        if (grown == NULL) return false;
        philter_expressions = grown;
        philter_expression_capacity = capacity;
    }
    philter_expression *at = philter_expressions + philter_place(handle);
    philter_expression *end = philter_expressions + philter_expression_count++;
    memmove(at + 1, at, (size_t)((char *)end - (char *)at));
    *at = (philter_expression){ handle, compiled };
    return true;
}

static void philter_remove(uint64_t handle)
{
    philter_expression *at = philter_expressions + philter_place(handle);
    philter_expression *end = philter_expressions + --philter_expression_count;
    memmove(at, at + 1, (size_t)((char *)end - (char *)at));
}

/* ---- the exports: arguments come in pieces, an answer goes as a pointer ---------------------- */

#define PHILTER_FILTER(function) \
    __attribute__((export_name("philter:plugin/filter@1.0.0#" function)))
#define PHILTER_PIECES(name) const uint8_t *name##_at, size_t name##_length
#define PHILTER_WHOLE(name) ((philter_bytes){ name##_at, name##_length })

/* The one message of a batch. */
static bool philter_only(philter_bytes bytes, philter_message *message)
{
    philter_batch batch;
    if (!philter_open_batch(bytes, &batch) || batch.count == 0)
        return philter_fail(&philter_reason, PHILTER_INTERNAL, 0, 0, "the batch has no message");
    *message = philter_message_at(&batch, 0);
    return true;
}

static bool philter_known(uint64_t handle, void **compiled)
{
    *compiled = philter_compiled(handle);
    return *compiled != NULL
        || philter_fail(&philter_reason, PHILTER_NOT_FOUND, 0, 0, "expression %llu is not compiled",
                        (unsigned long long)handle);
}

PHILTER_FILTER("describe") uint32_t *philter_export_describe(void)
{
    philter_answer[0] = (uint32_t)philter_plugin.description;
    philter_answer[1] = (uint32_t)strlen(philter_plugin.description);
    return philter_answer;
}

PHILTER_FILTER("create") uint32_t *
philter_export_create(PHILTER_PIECES(configuration), PHILTER_PIECES(context))
{
    philter_bytes configuration = PHILTER_WHOLE(configuration), context = PHILTER_WHOLE(context);
    bool ok = philter_plugin.create == NULL
        || philter_plugin.create(configuration, context, &philter_reason);
    philter_free(configuration);
    philter_free(context);
    return ok ? philter_ok(0, 0) : philter_no();
}

PHILTER_FILTER("destroy") void philter_export_destroy(void)
{
    if (philter_plugin.destroy != NULL) philter_plugin.destroy();
}

PHILTER_FILTER("compile") uint32_t *
philter_export_compile(uint64_t handle, PHILTER_PIECES(expression))
{
    philter_bytes expression = PHILTER_WHOLE(expression);
    uint32_t reads = 0;
    void *compiled = philter_plugin.compile(expression, &reads, &philter_reason);
    philter_free(expression);
    if (compiled == NULL) return philter_no();
    if (philter_add(handle, compiled)) return philter_ok(reads, 0);
    philter_plugin.release(compiled);
    philter_fail(&philter_reason, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
    return philter_no();
}

PHILTER_FILTER("release") void philter_export_release(uint64_t handle)
{
    void *compiled = philter_compiled(handle);
    if (compiled == NULL) return;
    philter_remove(handle);
    philter_plugin.release(compiled);
}

/* Sets the bits of all messages for one expression, which has the place `column` in each row. */
static void philter_fill_column(const philter_batch *batch, const void *compiled, size_t column,
                                size_t columns, uint8_t *bits)
{
    for (uint32_t number = 0; number < batch->count; number++) {
        philter_message message = philter_message_at(batch, number);
        size_t bit = number * columns + column;
        if (philter_plugin.matches(compiled, &message)) bits[bit / 8] |= (uint8_t)(1 << bit % 8);
    }
}

PHILTER_FILTER("matches") uint32_t *
philter_export_matches(PHILTER_PIECES(batch), const uint64_t *handles, size_t columns)
{
    philter_bytes bytes = PHILTER_WHOLE(batch);
    philter_batch batch;
    philter_buffer bits = { NULL, 0 };
    bool ok = philter_open_batch(bytes, &batch);
    if (!ok) philter_fail(&philter_reason, PHILTER_INTERNAL, 0, 0, "the batch is no batch");
    if (ok) {
        bits.length = (batch.count * columns + 7) / 8;
        bits.at = calloc(bits.length + 1, 1);
        ok = bits.at != NULL
            || philter_fail(&philter_reason, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
    }
    for (size_t column = 0; ok && column < columns; column++) {
        void *compiled;
        ok = philter_known(handles[column], &compiled);
        if (ok) philter_fill_column(&batch, compiled, column, columns, bits.at);
    }
    philter_free(bytes);
    if (columns > 0) free((void *)handles);
    return philter_hand_back(ok, bits);
}

PHILTER_FILTER("transform") uint32_t *
philter_export_transform(uint64_t handle, PHILTER_PIECES(message))
{
    philter_bytes bytes = PHILTER_WHOLE(message);
    philter_message message;
    philter_verdict verdict = PHILTER_PASS;
    philter_buffer body = { NULL, 0 }, properties = { NULL, 0 };
    void *compiled;
    bool ok = philter_has(philter_plugin.transform != NULL, "transform")
        && philter_only(bytes, &message) && philter_known(handle, &compiled)
        && philter_plugin.transform(compiled, &message, &verdict, &body, &properties,
                                    &philter_reason);
    philter_free(bytes);
    philter_keep(0, body);
    philter_keep(1, properties);
    if (!ok) return philter_no();
    philter_ok(verdict, (uint32_t)body.at);
    philter_answer[3] = (uint32_t)body.length;
    philter_answer[4] = (uint32_t)properties.at;
    philter_answer[5] = (uint32_t)properties.length;
    return philter_answer;
}

PHILTER_FILTER("inspect") uint32_t *philter_export_inspect(uint32_t is_one, uint64_t handle)
{
    philter_buffer json = { NULL, 0 };
    void *compiled = NULL;
    bool ok = philter_has(philter_plugin.inspect != NULL, "inspect")
        && (!is_one || philter_known(handle, &compiled))
        && philter_plugin.inspect(compiled, &json, &philter_reason);
    return philter_hand_back(ok, json);
}

PHILTER_FILTER("explain") uint32_t *philter_export_explain(PHILTER_PIECES(expression))
{
    philter_bytes expression = PHILTER_WHOLE(expression);
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.explain != NULL, "explain")
        && philter_plugin.explain(expression, &json, &philter_reason);
    philter_free(expression);
    return philter_hand_back(ok, json);
}

PHILTER_FILTER("try-expression") uint32_t *
philter_export_try(PHILTER_PIECES(expression), PHILTER_PIECES(message))
{
    philter_bytes expression = PHILTER_WHOLE(expression), bytes = PHILTER_WHOLE(message);
    philter_message message;
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.try_expression != NULL, "try")
        && philter_only(bytes, &message)
        && philter_plugin.try_expression(expression, &message, &json, &philter_reason);
    philter_free(expression);
    philter_free(bytes);
    return philter_hand_back(ok, json);
}

/* There is no subcommand: a plugin that has one needs more than this. */
PHILTER_FILTER("command") uint32_t *
philter_export_command(PHILTER_PIECES(configuration), philter_buffer *arguments, size_t count,
                       PHILTER_PIECES(input))
{
    philter_free(PHILTER_WHOLE(configuration));
    for (size_t i = 0; i < count; i++)
        philter_free((philter_bytes){ arguments[i].at, arguments[i].length });
    if (count > 0) free(arguments);
    philter_free(PHILTER_WHOLE(input));
    philter_has(false, "subcommand");
    return philter_no();
}

#endif
#endif
