/*
 * Filter language `my-plugin`: `NAME = VALUE` matches the messages whose header NAME has that value,
 * a text or a whole number.
 *
 * my_compile is the language, my_matches decides about a message. philter_filter.h does the rest:
 * nothing here knows that there are batches, handles or offsets.
 */
#include "philter_filter.h"

/* A compiled expression; `text` has the name, then the value. */
typedef struct {
    philter_bytes name, value;
    uint8_t text[];
} expression;

static philter_bytes trim(philter_bytes text)
{
    while (text.length > 0 && *text.at == ' ') {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && text.at[text.length - 1] == ' ') text.length--;
    return text;
}

/* Makes an expression of a text, which is borrowed, and says what its answer reads. */
static void *my_compile(philter_bytes text, uint32_t *reads, philter_error *error)
{
    const uint8_t *equal = text.length == 0 ? NULL : memchr(text.at, '=', text.length);
    if (equal == NULL) {
        philter_fail(error, PHILTER_INVALID_ARGUMENT, 1, (uint32_t)text.length + 1,
                     "wanted NAME = VALUE, found no =");
        return NULL;
    }
    size_t at = (size_t)(equal - text.at);
    philter_bytes name = trim((philter_bytes){ text.at, at });
    philter_bytes value = trim((philter_bytes){ equal + 1, text.length - at - 1 });
    if (name.length == 0) {
        philter_fail(error, PHILTER_INVALID_ARGUMENT, 1, 1,
                     "wanted the name of a header before the =");
        return NULL;
    }
    expression *made = malloc(sizeof *made + name.length + value.length);
    if (made == NULL) {
        philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
        return NULL;
    }
    memcpy(made->text, name.at, name.length);
    memcpy(made->text + name.length, value.at, value.length);
    made->name = (philter_bytes){ made->text, name.length };
    made->value = (philter_bytes){ made->text + name.length, value.length };
    *reads = PHILTER_HEADERS; /* the broker hands over no more than this */
    return made;
}

static bool equal_texts(philter_bytes left, philter_bytes right)
{
    return left.length == right.length
        && (left.length == 0 || memcmp(left.at, right.at, left.length) == 0);
}

static bool equal_numbers(philter_bytes text, const char *format, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, format, number);
    return equal_texts(text, (philter_bytes){ (const uint8_t *)digits, (size_t)length });
}

static bool my_matches(const void *compiled, const philter_message *message)
{
    const expression *made = compiled;
    philter_value found;
    if (!philter_header(message, made->name, &found)) return false;
    switch (found.kind) {
    case PHILTER_TEXT: return equal_texts(made->value, found.bytes);
    case PHILTER_SIGNED: return equal_numbers(made->value, "%lld", (uint64_t)found.integer);
    case PHILTER_UNSIGNED: return equal_numbers(made->value, "%llu", found.natural);
    default: return false;
    }
}

const philter_filter philter_plugin = {
    .description = "{\"name\": \"my-plugin\", \"version\": \"0.1.0\", "
                   "\"licence\": \"MIT OR Apache-2.0\", \"type\": \"my-plugin\"}",
    .compile = my_compile,
    .release = free,
    .matches = my_matches,
};
