/*
 * Exchange type `x-my-plugin`: a message goes to the bindings whose key its routing key begins with.
 * A binding with the argument `ignore-case` takes A to Z for a to z.
 *
 * my_bind keeps what matters of a binding, my_matches decides about a message. philter_exchange.h
 * does the rest: nothing here knows that there are batches or offsets. A real exchange would have an
 * index; this one looks at every binding.
 */
#include "philter_exchange.h"

/* What is kept of a binding. The exchange is a list of them: an instance is one exchange. */
typedef struct bound {
    struct bound *next;
    uint64_t id;
    bool ignores_case;
    size_t length;
    uint8_t key[];
} bound;

static bound *first;

static bool my_bind(const philter_binding *binding, uint32_t *reads, philter_error *error)
{
    philter_value ignores_case = { .kind = PHILTER_BOOL, .boolean = false };
    if (philter_argument(binding, "ignore-case", &ignores_case)
        && ignores_case.kind != PHILTER_BOOL)
        return philter_fail(error, PHILTER_INVALID_ARGUMENT, 0, 0,
                            "the argument 'ignore-case' is no boolean");
    bound *made = malloc(sizeof *made + binding->key.length);
    if (made == NULL) return philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
    made->next = first;
    made->id = binding->id;
    made->ignores_case = ignores_case.boolean;
    made->length = binding->key.length;
    if (made->length > 0) memcpy(made->key, binding->key.at, made->length); /* borrowed: copied */
    first = made;
    /* Equal keys get equal answers, so the broker may remember them. */
    *reads = PHILTER_KEY | PHILTER_CACHEABLE;
    return true;
}

static bool my_unbind(uint64_t id)
{
    bound **place = &first;
    while (*place != NULL && (*place)->id != id) place = &(*place)->next;
    bound *gone = *place;
    if (gone == NULL) return false;
    *place = gone->next;
    free(gone);
    return true;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static bool my_matches(const bound *binding, philter_bytes key)
{
    if (key.length < binding->length) return false;
    for (size_t i = 0; i < binding->length; i++) {
        bool is_equal = binding->ignores_case ? lower(key.at[i]) == lower(binding->key[i])
                                              : key.at[i] == binding->key[i];
        if (!is_equal) return false;
    }
    return true;
}

static void my_route(const philter_message *message, philter_matches *matches)
{
    for (const bound *binding = first; binding != NULL; binding = binding->next)
        if (my_matches(binding, message->key)) philter_match(matches, binding->id);
}

const philter_exchange philter_plugin = {
    .description = "{\"name\": \"my-plugin\", \"version\": \"0.1.0\", "
                   "\"licence\": \"MIT OR Apache-2.0\", \"type\": \"x-my-plugin\"}",
    .bind = my_bind,
    .unbind = my_unbind,
    .route = my_route,
};
