/*
 * What an exchange in C fills in: one table of functions, `philter_plugin`. Where the compiler's
 * target is WASM this has the exports as well, so that exactly one C file includes it; natively it
 * has only the table, so that an exchange can be tested by any compiler.
 */
#ifndef PHILTER_EXCHANGE_H
#define PHILTER_EXCHANGE_H

#include "philter_guest.h"

/* A binding. */
typedef struct {
    uint64_t id; /* never used again; told in ascending order to an instance that begins */
    philter_bytes key;
    philter_bytes arguments; /* an encoded map; philter_argument reads it */
    philter_bytes context;   /* an encoded map: destination, destination-kind, declared-by */
} philter_binding;

/* Added to what a binding reads: equal routing keys always get equal answers, so that answers which
 * read the routing key alone may be remembered. */
enum { PHILTER_CACHEABLE = 256 };

/* Where route leaves the bindings that a message matches. */
typedef struct {
    uint8_t *at;
    size_t length, capacity; /* bytes */
    uint32_t message;
    bool is_out_of_memory;
} philter_matches;

/* The message that is asked about matches this binding. */
static inline void philter_match(philter_matches *matches, uint64_t id)
{
    enum { BYTES = 16 };
    if (matches->length + BYTES > matches->capacity) {
        size_t capacity = matches->capacity * 2 + 64 * BYTES;
        uint8_t *grown = realloc(matches->at, capacity);
        if (grown == NULL) {
            matches->is_out_of_memory = true;
            return;
        }
        matches->at = grown;
        matches->capacity = capacity;
    }
    uint8_t *to = matches->at + matches->length;
    for (unsigned i = 0; i < 4; i++) to[i] = (uint8_t)(matches->message >> 8 * i);
    memset(to + 4, 0, 4);
    for (unsigned i = 0; i < 8; i++) to[8 + i] = (uint8_t)(id >> 8 * i);
    matches->length += BYTES;
}

/* The binding's argument of that name; false where it has none. */
static inline bool philter_argument(const philter_binding *binding, const char *name,
                                    philter_value *value)
{
    philter_bytes map = binding->arguments;
    philter_value key;
    if (!philter_open_map(&map)) return false;
    while (philter_take_value(&map, &key) && philter_take_value(&map, value))
        if (key.kind == PHILTER_TEXT && key.bytes.length == strlen(name)
            && memcmp(key.bytes.at, name, key.bytes.length) == 0)
            return true;
    return false;
}

/* What may be NULL says so. */
typedef struct {
    /* A JSON object: name, version, licence, type, and what else the contract says. */
    const char *description;

    /* Makes the exchange. The configuration is a JSON object, the context an encoded map. May be
     * NULL. */
    bool (*create)(philter_bytes configuration, philter_bytes context, philter_error *error);
    void (*destroy)(void); /* may be NULL */

    /* Takes a binding, and says what its answers read. An error changes nothing. */
    bool (*bind)(const philter_binding *binding, uint32_t *reads, philter_error *error);
    /* Forgets it; false where there is none of this id. */
    bool (*unbind)(uint64_t id);
    /* Calls philter_match for every binding that the message matches. */
    void (*route)(const philter_message *message, philter_matches *matches);

    /* Optional, NULL where it is not there; `entries` of the description names what is. */
    /* binding is NULL where the exchange as a whole is meant */
    bool (*inspect)(const uint64_t *binding, philter_buffer *json, philter_error *error);
    bool (*explain)(uint64_t binding, philter_buffer *json, philter_error *error);
    bool (*try_binding)(const philter_binding *binding, const philter_message *message,
                        philter_buffer *json, philter_error *error);
} philter_exchange;

extern const philter_exchange philter_plugin;

#ifdef __wasm__

/* ---- the exports: arguments come in pieces, an answer goes as a pointer ---------------------- */

#define PHILTER_EXCHANGE_EXPORT(function) \
    __attribute__((export_name("philter:plugin/exchange@1.0.0#" function)))
#define PHILTER_PIECES(name) const uint8_t *name##_at, size_t name##_length
#define PHILTER_WHOLE(name) ((philter_bytes){ name##_at, name##_length })

static bool philter_out_of_memory(void)
{
    return philter_fail(&philter_reason, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
}

PHILTER_EXCHANGE_EXPORT("describe") uint32_t *philter_export_describe(void)
{
    philter_answer[0] = (uint32_t)philter_plugin.description;
    philter_answer[1] = (uint32_t)strlen(philter_plugin.description);
    return philter_answer;
}

PHILTER_EXCHANGE_EXPORT("create") uint32_t *
philter_export_create(PHILTER_PIECES(configuration), PHILTER_PIECES(context))
{
    philter_bytes configuration = PHILTER_WHOLE(configuration), context = PHILTER_WHOLE(context);
    bool ok = philter_plugin.create == NULL
        || philter_plugin.create(configuration, context, &philter_reason);
    philter_free(configuration);
    philter_free(context);
    return ok ? philter_ok(0, 0) : philter_no();
}

PHILTER_EXCHANGE_EXPORT("destroy") void philter_export_destroy(void)
{
    if (philter_plugin.destroy != NULL) philter_plugin.destroy();
}

PHILTER_EXCHANGE_EXPORT("bind") uint32_t *
philter_export_bind(uint64_t id, PHILTER_PIECES(key), PHILTER_PIECES(arguments),
                    PHILTER_PIECES(context))
{
    philter_binding binding = { id, PHILTER_WHOLE(key), PHILTER_WHOLE(arguments),
                                PHILTER_WHOLE(context) };
    uint32_t reads = 0;
    bool ok = philter_plugin.bind(&binding, &reads, &philter_reason);
    philter_free(binding.key);
    philter_free(binding.arguments);
    philter_free(binding.context);
    return ok ? philter_ok(reads, 0) : philter_no();
}

PHILTER_EXCHANGE_EXPORT("unbind") uint32_t *philter_export_unbind(uint64_t id)
{
    if (philter_plugin.unbind(id)) return philter_ok(0, 0);
    philter_fail(&philter_reason, PHILTER_NOT_FOUND, 0, 0, "binding %llu is not bound",
                 (unsigned long long)id);
    return philter_no();
}

PHILTER_EXCHANGE_EXPORT("route") uint32_t *philter_export_route(PHILTER_PIECES(batch))
{
    philter_bytes bytes = PHILTER_WHOLE(batch);
    philter_batch batch;
    philter_matches matches = { NULL, 0, 0, 0, false };
    bool ok = philter_open_batch(bytes, &batch);
    if (!ok) philter_fail(&philter_reason, PHILTER_INTERNAL, 0, 0, "the batch is no batch");
    for (; ok && matches.message < batch.count; matches.message++) {
        philter_message message = philter_message_at(&batch, matches.message);
        philter_plugin.route(&message, &matches);
    }
    philter_free(bytes);
    if (ok && matches.is_out_of_memory) ok = philter_out_of_memory();
    return philter_hand_back(ok, (philter_buffer){ matches.at, matches.length });
}

PHILTER_EXCHANGE_EXPORT("inspect") uint32_t *philter_export_inspect(uint32_t is_one, uint64_t id)
{
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.inspect != NULL, "inspect")
        && philter_plugin.inspect(is_one ? &id : NULL, &json, &philter_reason);
    return philter_hand_back(ok, json);
}

PHILTER_EXCHANGE_EXPORT("explain") uint32_t *philter_export_explain(uint64_t id)
{
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.explain != NULL, "explain")
        && philter_plugin.explain(id, &json, &philter_reason);
    return philter_hand_back(ok, json);
}

PHILTER_EXCHANGE_EXPORT("try-binding") uint32_t *
philter_export_try(PHILTER_PIECES(key), PHILTER_PIECES(arguments), PHILTER_PIECES(context),
                   PHILTER_PIECES(message))
{
    philter_binding binding = { 0, PHILTER_WHOLE(key), PHILTER_WHOLE(arguments),
                                PHILTER_WHOLE(context) };
    philter_bytes bytes = PHILTER_WHOLE(message);
    philter_batch batch;
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.try_binding != NULL, "try");
    if (ok && (!philter_open_batch(bytes, &batch) || batch.count == 0))
        ok = philter_fail(&philter_reason, PHILTER_INTERNAL, 0, 0, "the batch has no message");
    if (ok) {
        philter_message message = philter_message_at(&batch, 0);
        ok = philter_plugin.try_binding(&binding, &message, &json, &philter_reason);
    }
    philter_free(binding.key);
    philter_free(binding.arguments);
    philter_free(binding.context);
    philter_free(bytes);
    return philter_hand_back(ok, json);
}

/* There is no subcommand: a plugin that has one needs more than this. */
PHILTER_EXCHANGE_EXPORT("command") uint32_t *
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
