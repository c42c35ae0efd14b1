/*
 * Tests of the predicate without a broker and without WASM: `./test` builds and runs them. They
 * call the functions of the plugin's table, with messages as the broker writes them.
 */
#include <assert.h>

#include "philter_filter.h"

/* ---- one message, encoded: room for a handful of headers ------------------------------------- */

typedef struct {
    uint8_t bytes[1024];
    size_t length;
} encoded;

static void put(encoded *to, const void *bytes, size_t length)
{
    assert(to->length + length <= sizeof to->bytes);
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

static void put_text(encoded *to, const char *text)
{
    put(to, (uint8_t[]){ 0xa1, (uint8_t)strlen(text) }, 2);
    put(to, text, strlen(text));
}

#define PUT(to, ...) put(to, (uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

/* The encoded map around entries. */
static encoded map(const encoded *entries, uint8_t values)
{
    encoded made = { .length = 0 };
    assert(entries->length < 250);
    PUT(&made, 0xc1, (uint8_t)(entries->length + 1), values);
    put(&made, entries->bytes, entries->length);
    return made;
}

static encoded headers_entries, properties_entries, headers, properties, batch_bytes;

/* A batch of one message: its head, its entry, its parts. */
static philter_message order(void)
{
    const char *key = "orders.eu", *body = "{\"total\": 12, \"note\": \"a \\\"test\\\"\"}";
    headers_entries.length = properties_entries.length = batch_bytes.length = 0;
    put_text(&headers_entries, "site");
    put_text(&headers_entries, "b");
    put_text(&headers_entries, "urgent");
    PUT(&headers_entries, 0x41);
    put_text(&headers_entries, "attempts");
    PUT(&headers_entries, 0x54, 0xfd); /* an int in one byte: -3 */
    put_text(&headers_entries, "weight");
    PUT(&headers_entries, 0x82, 0x40, 0x04, 0, 0, 0, 0, 0, 0); /* 2.5 */
    put_text(&headers_entries, "described");
    PUT(&headers_entries, 0x00, 0x53, 0x70, 0xa1, 1, 'x');
    put_text(&headers_entries, "big");
    PUT(&headers_entries, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    put_text(&headers_entries, "nothing");
    PUT(&headers_entries, 0x40);
    headers = map(&headers_entries, 14);
    PUT(&properties_entries, 0x52, 11, 0x50, 7); /* priority */
    PUT(&properties_entries, 0x52, 7);
    put_text(&properties_entries, "application/json");
    properties = map(&properties_entries, 4);

    const struct {
        const void *bytes;
        size_t length;
    } parts[] = { { key, strlen(key) },
                  { properties.bytes, properties.length },
                  { headers.bytes, headers.length },
                  { body, strlen(body) } };
    uint8_t offset = 16 + 40;
    PUT(&batch_bytes, 1, 0, 0, 0, 40, 0, 0, 0, 15, 0, 0, 0, 16, 0, 0, 0);
    for (size_t i = 0; i < 4; i++) {
        PUT(&batch_bytes, offset, 0, 0, 0, (uint8_t)parts[i].length, 0, 0, 0);
        offset = (uint8_t)(offset + parts[i].length);
    }
    PUT(&batch_bytes, (uint8_t)strlen(body), 0, 0, 0, 0, 0, 0, 0);
    for (size_t i = 0; i < 4; i++) put(&batch_bytes, parts[i].bytes, parts[i].length);

    philter_batch batch;
    bool is_batch = philter_open_batch((philter_bytes){ batch_bytes.bytes, batch_bytes.length },
                                       &batch);
    assert(is_batch && batch.count == 1);
    return philter_message_at(&batch, 0);
}

/* ---- the tests ------------------------------------------------------------------------------- */

static unsigned failures;

static philter_bytes bytes(const char *text)
{
    return (philter_bytes){ (const uint8_t *)text, strlen(text) };
}

static void matches(bool expected, const char *expression)
{
    philter_error error;
    uint32_t reads = 0;
    philter_message message = order();
    void *compiled = philter_plugin.compile(bytes(expression), &reads, &error);
    if (compiled == NULL) {
        printf("does not compile: %s\n    %s\n", expression, error.text);
        failures++;
        return;
    }
    if (philter_plugin.matches(compiled, &message) != expected) {
        printf("should%s match: %s\n", expected ? "" : " not", expression);
        failures++;
    }
    philter_plugin.release(compiled);
}

static void refuses(const char *expression, uint32_t line, uint32_t column, const char *text)
{
    philter_error error;
    uint32_t reads = 0;
    void *compiled = philter_plugin.compile(bytes(expression), &reads, &error);
    if (compiled != NULL) {
        printf("compiles, but should not: %s\n", expression);
        failures++;
        philter_plugin.release(compiled);
        return;
    }
    if (error.line != line || error.column != column || strcmp(error.text, text) != 0) {
        printf("%s\n    says %u:%u %s\n    not  %u:%u %s\n", expression, (unsigned)error.line,
               (unsigned)error.column, error.text, (unsigned)line, (unsigned)column, text);
        failures++;
    }
}

static void reads(uint32_t expected, const char *expression)
{
    philter_error error;
    uint32_t found = 0;
    void *compiled = philter_plugin.compile(bytes(expression), &found, &error);
    if (compiled == NULL || found != expected) {
        printf("%s reads %u, not %u\n", expression, (unsigned)found, (unsigned)expected);
        failures++;
    }
    if (compiled != NULL) philter_plugin.release(compiled);
}

static void every_part_of_a_message_can_be_tested(void)
{
    matches(true, "key = \"orders.eu\"");
    matches(true, "header site = \"b\"");
    matches(true, "property content-type = \"application/json\"");
    matches(true, "body contains \"\\\"total\\\": 12\"");
    matches(false, "body contains \"13\"");
    matches(true, "key starts \"orders.\" and key ends \".eu\"");
    matches(false, "key starts \"orders.eu.\" or key ends \"orders.eu.\"");
    matches(true, "body contains \"\" and body contains \"}\"");
}

static void values_are_compared_with_literals_of_their_kind(void)
{
    matches(true, "header urgent = true and header urgent != false");
    matches(true, "header attempts = -3 and header attempts < 0 and header attempts >= -3.0");
    matches(true, "header weight = 2.5 and header weight > 2 and header weight <= 2.50");
    matches(true, "property priority = 7 and property priority > -1");
    matches(true, "header big > 999999999999999999");
    matches(false, "header urgent = \"true\"");
    matches(false, "header urgent > 0");
    matches(false, "header attempts contains \"3\"");
    matches(true, "header site > \"a\" and header site < \"ba\"");
    matches(false, "header described = \"x\"");
}

static void what_is_not_there_matches_no_test(void)
{
    matches(false, "header missing = 1");
    matches(false, "header missing != 1");
    matches(true, "not header missing = 1");
    matches(false, "header missing exists or property reply-to exists");
    matches(true, "header nothing exists and header described exists");
}

static void and_binds_closer_than_or(void)
{
    matches(true, "header site = \"b\" or header site = \"c\" and key = \"x\"");
    matches(false, "(header site = \"b\" or header site = \"c\") and key = \"x\"");
    matches(true, "not (key = \"x\" or key = \"y\") and not not header \"site\" exists");
    matches(true, "key = \"1\" or key = \"2\" or key = \"3\" or key = \"orders.eu\"");
}

static void an_error_has_its_place(void)
{
    refuses("", 1, 1, "expected key, body, header or property, found the end");
    refuses("header site", 1, 12,
            "expected =, !=, <, <=, >, >=, contains, starts, ends or exists, found the end");
    refuses("key = \"a\"\n  and size = 2", 2, 7,
            "expected key, body, header or property, found 'size'");
    refuses("key = \"\xc3\xa4\" key", 1, 11, "expected and, or, or the end, found 'key'");
    refuses("(key = \"a\"", 1, 11, "expected ), found the end");
    refuses("key = \"a", 1, 7, "this text has no end");
    refuses("key = \"a\\n\"", 1, 9, "behind \\ only \" and \\ are allowed");
    refuses("key contains 1", 1, 14, "expected a \"text\", found '1'");
    refuses("header n = 1.2.3", 1, 12, "this is no number, found '1.2.3'");
    refuses("header n = 1234567890123456789", 1, 12,
            "too many digits, found '1234567890123456789'");
    refuses("property size = 1", 1, 10,
            "expected the name of a property, like content-type, found 'size'");
}

static void nesting_is_limited(void)
{
    char deep[400] = "";
    for (int i = 0; i < 64; i++) strcat(deep, "(");
    strcat(deep, "key exists");
    for (int i = 0; i < 64; i++) strcat(deep, ")");
    matches(true, deep);
    memmove(deep + 4, deep, strlen(deep) + 1);
    memcpy(deep, "not ", 4);
    refuses(deep, 1, 68, "nested more than 64 deep");
}

static void an_expression_says_what_it_reads(void)
{
    reads(PHILTER_KEY, "key exists");
    reads(PHILTER_HEADERS, "header a exists");
    reads(PHILTER_PROPERTIES | PHILTER_BODY, "property type = \"a\" or not body contains \"b\"");
}

/* Every prefix of a map is refused or has what it has; none is read beyond its end. */
static void a_map_that_is_cut_short_is_never_read_beyond_its_end(void)
{
    philter_message message = order();
    for (size_t length = 0; length < message.headers.length; length++) {
        uint8_t *cut = malloc(length + 1);
        philter_value value;
        memcpy(cut, message.headers.at, length);
        philter_message shorter = { .headers = { cut, length } };
        if (philter_header(&shorter, bytes("no such header"), &value)) failures++;
        free(cut);
    }
}

int main(void)
{
    every_part_of_a_message_can_be_tested();
    values_are_compared_with_literals_of_their_kind();
    what_is_not_there_matches_no_test();
    and_binds_closer_than_or();
    an_error_has_its_place();
    nesting_is_limited();
    an_expression_says_what_it_reads();
    a_map_that_is_cut_short_is_never_read_beyond_its_end();
    printf(failures == 0 ? "ok\n" : "%u failed\n", failures);
    return failures > 0;
}
