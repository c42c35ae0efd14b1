/*
 * What any plugin for the Philter message broker that is a WASM component needs in C: errors,
 * values, messages, the host's log. Everything that the contract (philter-plugin.wit) says about
 * bytes and offsets stays in here and in philter_filter.h, which has what a filter fills in.
 *
 * OWNERSHIP: what a function is handed is borrowed until it returns, unless it says otherwise.
 * THREADS: the broker calls an instance from one thread at a time; there is no need for locks.
 */
#ifndef PHILTER_GUEST_H
#define PHILTER_GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes somewhere. A text is UTF-8 and has no zero at its end: print it with "%.*s". */
typedef struct {
    const uint8_t *at;
    size_t length;
} philter_bytes;

/* ---- why a plugin says no -------------------------------------------------------------------- */

typedef enum {
    PHILTER_INVALID_ARGUMENT, /* an expression or a configuration is wrong; nothing changed */
    PHILTER_NOT_FOUND,
    PHILTER_UNAUTHORIZED,
    PHILTER_LIMIT_EXCEEDED, /* the text names the limit */
    PHILTER_UNSUPPORTED,
    PHILTER_INTERNAL,
} philter_error_kind;

typedef struct {
    philter_error_kind kind;
    uint32_t line, column; /* in an expression, both from 1; 0 where there is no place */
    char text[512];        /* reaches whoever caused it; ends with a zero */
} philter_error;

/* Puts a ? in the place of each byte that is not UTF-8: a text that was cut may end within a
 * character, and the broker takes one that is not UTF-8 for a trap. */
static inline void philter_mend(char *text)
{
    unsigned char *at = (unsigned char *)text;
    while (*at != 0) {
        unsigned more = *at < 0x80 ? 0 : *at >= 0xc2 && *at < 0xe0 ? 1 : (*at & 0xf0) == 0xe0 ? 2
            : *at >= 0xf0 && *at < 0xf5 ? 3 : 4;
        unsigned char low = *at == 0xe0 ? 0xa0 : *at == 0xf0 ? 0x90 : 0x80;
        unsigned char high = *at == 0xed ? 0x9f : *at == 0xf4 ? 0x8f : 0xbf;
        unsigned found = 0;
        if (more < 4 && more > 0 && at[1] >= low && at[1] <= high) found = 1;
        while (found > 0 && found < more && (at[found + 1] & 0xc0) == 0x80) found++;
        if (found == more) {
            at += 1 + more;
        } else {
            *at++ = '?';
        }
    }
}

/* Fills in an error; answers false, which is what most functions answer then. */
__attribute__((format(printf, 5, 6))) static inline bool
philter_fail(philter_error *error, philter_error_kind kind, uint32_t line, uint32_t column,
             const char *format, ...)
{
    error->kind = kind;
    error->line = line;
    error->column = column;
    va_list values;
    va_start(values, format);
    vsnprintf(error->text, sizeof error->text, format, values);
    va_end(values);
    philter_mend(error->text);
    return false;
}

/* ---- values: the AMQP 1.0 type encoding ------------------------------------------------------ */

typedef enum {
    PHILTER_NULL,
    PHILTER_BOOL,     /* .boolean */
    PHILTER_SIGNED,   /* .integer: every signed integer; timestamps are milliseconds since 1970 */
    PHILTER_UNSIGNED, /* .natural: every unsigned integer, and a character's number */
    PHILTER_REAL,     /* .real */
    PHILTER_TEXT,     /* .bytes: a string or a symbol */
    PHILTER_BINARY,   /* .bytes */
    PHILTER_UUID,     /* .bytes: 16 of them */
    PHILTER_OTHER,    /* a list, a map, an array, a decimal, a described value */
} philter_kind;

typedef struct {
    philter_kind kind;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
        philter_bytes bytes;
    };
} philter_value;

static inline bool philter_take(philter_bytes *from, size_t length, philter_bytes *taken)
{
    if (from->length < length) return false;
    *taken = (philter_bytes){ from->at, length };
    from->at += length;
    from->length -= length;
    return true;
}

static inline uint64_t philter_big_endian(philter_bytes bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.length; i++) number = number << 8 | bytes.at[i];
    return number;
}

/* Takes the bytes behind a constructor: how many, its upper half says. */
static inline bool philter_take_content(philter_bytes *from, uint8_t constructor,
                                        philter_bytes *content)
{
    static const uint8_t fixed[16] = { [5] = 1, [6] = 2, [7] = 4, [8] = 8, [9] = 16 };
    unsigned class = constructor >> 4;
    if (class < 4) return false;
    if (class < 10) return philter_take(from, fixed[class], content);
    philter_bytes length;
    return philter_take(from, class % 2 == 0 ? 1 : 4, &length)
        && philter_take(from, philter_big_endian(length), content);
}

static inline philter_value philter_number(uint8_t constructor, philter_bytes content)
{
    uint64_t number = philter_big_endian(content);
    unsigned unused = 64 - 8 * (unsigned)content.length;
    philter_value value = { .kind = PHILTER_OTHER };
    switch (constructor) {
    case 0x43: case 0x44: case 0x50: case 0x52: case 0x53: case 0x60: case 0x70: case 0x73:
    case 0x80:
        value.kind = PHILTER_UNSIGNED;
        value.natural = number;
        break;
    case 0x51: case 0x54: case 0x55: case 0x61: case 0x71: case 0x81: case 0x83:
        value.kind = PHILTER_SIGNED;
        value.integer = (int64_t)(number << unused) >> unused;
        break;
    case 0x72: {
        uint32_t bits = (uint32_t)number;
        float real;
        memcpy(&real, &bits, sizeof real);
        value = (philter_value){ .kind = PHILTER_REAL, .real = real };
        break;
    }
    case 0x82:
        value.kind = PHILTER_REAL;
        memcpy(&value.real, &number, sizeof number);
        break;
    }
    return value;
}

/* Steps over values; a described one is its description and what it describes. */
static inline bool philter_skip(philter_bytes *from, size_t count)
{
    philter_bytes constructor, content;
    for (; count > 0; count--) {
        if (!philter_take(from, 1, &constructor)) return false;
        if (*constructor.at == 0) count += 2;
        else if (!philter_take_content(from, *constructor.at, &content)) return false;
    }
    return true;
}

/* Takes the next value; false where the bytes end too early. */
static inline bool philter_take_value(philter_bytes *from, philter_value *value)
{
    philter_bytes constructor, content;
    *value = (philter_value){ .kind = PHILTER_OTHER };
    if (!philter_take(from, 1, &constructor)) return false;
    uint8_t code = *constructor.at;
    if (code == 0) return philter_skip(from, 2);
    if (!philter_take_content(from, code, &content)) return false;
    switch (code) {
    case 0x40: value->kind = PHILTER_NULL; return true;
    case 0x41: case 0x42: *value = (philter_value){ PHILTER_BOOL, { code == 0x41 } }; return true;
    case 0x56: *value = (philter_value){ PHILTER_BOOL, { *content.at != 0 } }; return true;
    case 0x98: value->kind = PHILTER_UUID; break;
    case 0xa0: case 0xb0: value->kind = PHILTER_BINARY; break;
    case 0xa1: case 0xa3: case 0xb1: case 0xb3: value->kind = PHILTER_TEXT; break;
    default: *value = philter_number(code, content); return true;
    }
    value->bytes = content;
    return true;
}

/* Opens a map, its constructor included; what is left are keys and values in turn. */
static inline bool philter_open_map(philter_bytes *map)
{
    philter_bytes constructor, content, entries;
    if (!philter_take(map, 1, &constructor)) return false;
    uint8_t code = *constructor.at;
    if ((code != 0xc1 && code != 0xd1) || !philter_take_content(map, code, &content)) return false;
    if (!philter_take(&content, code == 0xc1 ? 1 : 4, &entries)) return false;
    *map = content;
    return true;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* What an answer depends on: a sum of these. The routing key is always there. */
enum { PHILTER_KEY = 1, PHILTER_PROPERTIES = 2, PHILTER_HEADERS = 4, PHILTER_BODY = 8 };

/* The numbers of properties. The list only grows. */
enum {
    PHILTER_EXCHANGE = 1, PHILTER_VIRTUAL_HOST, PHILTER_PUBLISHER, PHILTER_MESSAGE_ID,
    PHILTER_CORRELATION_ID, PHILTER_USER_ID, PHILTER_CONTENT_TYPE, PHILTER_CONTENT_ENCODING,
    PHILTER_TIMESTAMP, PHILTER_EXPIRATION, PHILTER_PRIORITY, PHILTER_DURABLE, PHILTER_REPLY_TO,
    PHILTER_TYPE, PHILTER_SUBJECT, PHILTER_APP_ID, PHILTER_GROUP_ID, PHILTER_TIME_TO_LIVE,
    PHILTER_PROTOCOL,
};

typedef struct {
    philter_bytes key;                 /* the routing key */
    philter_bytes properties, headers; /* read them by the functions below */
    philter_bytes body;                /* where no expression reads bodies, it has no bytes */
    uint64_t body_length;              /* also where the body is not there */
} philter_message;

/* The message's property of that number; false where it has none. */
static inline bool philter_property(const philter_message *message, uint64_t number,
                                    philter_value *value)
{
    philter_bytes map = message->properties;
    philter_value key;
    if (!philter_open_map(&map)) return false;
    while (philter_take_value(&map, &key) && philter_take_value(&map, value))
        if (key.kind == PHILTER_UNSIGNED && key.natural == number) return true;
    return false;
}

/* The message's header of that name; false where it has none. */
static inline bool philter_header(const philter_message *message, philter_bytes name,
                                  philter_value *value)
{
    philter_bytes map = message->headers;
    philter_value key;
    if (!philter_open_map(&map)) return false;
    while (philter_take_value(&map, &key) && philter_take_value(&map, value))
        if (key.kind == PHILTER_TEXT && key.bytes.length == name.length
            && memcmp(key.bytes.at, name.at, name.length) == 0)
            return true;
    return false;
}

typedef struct {
    philter_bytes bytes;
    uint32_t count; /* messages */
    uint32_t step;  /* bytes from one entry to the next */
    uint32_t first; /* where the entries begin */
} philter_batch;

static inline uint32_t philter_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline bool philter_open_batch(philter_bytes bytes, philter_batch *batch)
{
    enum { HEAD = 16, ENTRY_MIN = 40 };
    if (bytes.length < HEAD) return false;
    *batch = (philter_batch){
        bytes, philter_u32(bytes.at), philter_u32(bytes.at + 4), philter_u32(bytes.at + 12)
    };
    return batch->step >= ENTRY_MIN && batch->first >= HEAD && batch->first <= bytes.length
        && batch->count <= (bytes.length - batch->first) / batch->step;
}

static inline philter_bytes philter_part(const philter_batch *batch, const uint8_t *entry)
{
    uint32_t offset = philter_u32(entry), length = philter_u32(entry + 4);
    if (offset > batch->bytes.length || length > batch->bytes.length - offset)
        return (philter_bytes){ batch->bytes.at, 0 };
    return (philter_bytes){ batch->bytes.at + offset, length };
}

/* A message of a batch; number is below batch->count. */
static inline philter_message philter_message_at(const philter_batch *batch, uint32_t number)
{
    const uint8_t *entry = batch->bytes.at + batch->first + (size_t)number * batch->step;
    return (philter_message){
        .key = philter_part(batch, entry),
        .properties = philter_part(batch, entry + 8),
        .headers = philter_part(batch, entry + 16),
        .body = philter_part(batch, entry + 24),
        .body_length = philter_u32(entry + 32) | (uint64_t)philter_u32(entry + 36) << 32,
    };
}

/* ---- answers, and what the broker does for a plugin ------------------------------------------ */

/* What a function hands back: memory from malloc. OWNERSHIP: the caller frees it. */
typedef struct {
    uint8_t *at;
    size_t length;
} philter_buffer;

typedef enum {
    PHILTER_TRACE,
    PHILTER_DEBUG,
    PHILTER_INFO,
    PHILTER_WARN,
    PHILTER_FAULT,
} philter_level;

#ifdef __wasm__
#define PHILTER_HOST(function) \
    __attribute__((import_module("philter:plugin/host@1.0.0"), import_name(function)))

PHILTER_HOST("log") void philter_host_log(uint32_t level, const char *text, size_t length);
PHILTER_HOST("now-ms") uint64_t philter_now_ms(void); /* milliseconds since 1970 */

/* Writes a line to the broker's log, under the plugin's name. */
static inline void philter_log(philter_level level, const char *text)
{
    philter_host_log(level, text, strlen(text));
}

/* The host puts what it hands over into memory from here; each export frees it. */
__attribute__((export_name("cabi_realloc"))) void *
philter_realloc(void *old, size_t old_length, size_t alignment, size_t length)
{
    if (length == 0) return (void *)alignment;
    void *memory = realloc(old_length == 0 ? NULL : old, length);
    if (memory == NULL) __builtin_trap();
    return memory;
}

static inline void philter_free(philter_bytes handed)
{
    if (handed.length > 0) free((void *)handed.at);
}

/* An answer is a result's case and its content, and stays where it is until the next call. */
static uint32_t philter_answer[8];
static philter_buffer philter_kept[2];
static philter_error philter_reason;

static uint32_t *philter_ok(uint32_t first, uint32_t second)
{
    philter_answer[0] = 0;
    philter_answer[1] = first;
    philter_answer[2] = second;
    return philter_answer;
}

static uint32_t *philter_no(void)
{
    philter_answer[0] = 1;
    philter_answer[1] = philter_reason.kind;
    philter_answer[2] = (uint32_t)philter_reason.text;
    philter_answer[3] = (uint32_t)strlen(philter_reason.text);
    philter_answer[4] = philter_reason.line > 0;
    philter_answer[5] = philter_reason.line;
    philter_answer[6] = philter_reason.column;
    return philter_answer;
}

/* Whether an optional function is there; where not, that is the reason for a no. */
static bool philter_has(bool is_there, const char *function)
{
    return is_there
        || philter_fail(&philter_reason, PHILTER_UNSUPPORTED, 0, 0, "this plugin has no %s",
                        function);
}

static void philter_keep(unsigned place, philter_buffer buffer)
{
    free(philter_kept[place].at);
    philter_kept[place] = buffer;
}

static uint32_t *philter_hand_back(bool ok, philter_buffer buffer)
{
    philter_keep(0, buffer);
    return ok ? philter_ok((uint32_t)buffer.at, (uint32_t)buffer.length) : philter_no();
}
#endif

#endif
