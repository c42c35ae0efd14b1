/*
 * philter_plugin.h: what a native plugin of the Philter message broker is made of.
 *
 * This header is all that a plugin in C needs. The library exports one function,
 * philter_plugin_entry_v1. It is given a ph_host and gives a ph_plugin, which names the plugin and
 * lists its factories: each a type of some kind (exchange, filter, auth, store) with a table of
 * functions. plugin-api/README.md goes through it step by step.
 *
 * Rules that hold everywhere, unless a line says otherwise:
 *
 * - OWNERSHIP: whatever a function is given is borrowed until the function returns. Copy what you
 *   keep. Nobody ever frees what the other side allocated: results and errors leave through the
 *   functions of ph_reply, which copy what they are given before they return.
 * - THREAD: the functions of an instance are called from any thread, several at the same time. What
 *   the host offers may be called from any thread, except what belongs to one call (messages and
 *   sinks): that is for the thread of the call, until it returns.
 * - Text is UTF-8 without a NUL at its end. The host's text is always valid; yours is checked.
 * - Nothing may leave your functions but a return: no exception, no longjmp, no panic.
 * - A struct that may grow begins with its size (ph_host and ph_plugin have magic and versions
 *   before it). Set it to sizeof of the struct that you were compiled with, and read a field of the
 *   other side's struct only where its size covers the field. PH_HAS says whether it does. Fields
 *   that are called "reserved" are zero.
 * - A table's functions that are marked OPTIONAL may be NULL.
 * - The library is never unloaded.
 *
 * Versions: the mechanism has its major in the name of the entry. Every kind has a version of its
 * own. A kind at 0.n is a DRAFT: it may change in any release, and loads only where n is equal.
 * From 1.0 on structs only grow at their ends, and every plugin of the same major loads.
 */
#ifndef PHILTER_PLUGIN_H
#define PHILTER_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PH_MAGIC 0x50484C54u /* "PHLT" */
#define PH_ABI_MAJOR 1
#define PH_ABI_MINOR 0

#define PH_EXCHANGE_MAJOR 1
#define PH_EXCHANGE_MINOR 0
#define PH_FILTER_MAJOR 1
#define PH_FILTER_MINOR 0
#define PH_AUTH_MAJOR 0 /* draft */
#define PH_AUTH_MINOR 1
#define PH_STORE_MAJOR 1
#define PH_STORE_MINOR 2

/* Whether the struct at `ptr`, of the type `type`, has the field `field`. */
#define PH_HAS(type, ptr, field) \
    ((ptr)->size >= offsetof(type, field) + sizeof(((type *)0)->field))

/* Marks the entry as visible where the library is compiled with -fvisibility=hidden. */
#if defined(__GNUC__)
#define PH_EXPORT __attribute__((visibility("default")))
#else
#define PH_EXPORT
#endif

/* ------------------------------------------------------------------------------------------------
 * Status: what functions answer
 * ---------------------------------------------------------------------------------------------- */

typedef enum ph_status {
    PH_OK = 0,
    PH_ABSENT = 1,     /* done, and there is no such thing (property, header, entry, key) */
    PH_PENDING = 1000, /* complete() is called with the token, exactly once; see ph_host */

    /* Errors. The text goes to ph_reply.error, or to complete(). */
    PH_ERR_INVALID_ARGUMENT = -1, /* an argument, expression or configuration is wrong */
    PH_ERR_NOT_FOUND = -2,        /* what was named does not exist */
    PH_ERR_UNAUTHORIZED = -3,     /* the caller may not do this */
    PH_ERR_LIMIT_EXCEEDED = -4,   /* a limit of the plugin; the text names it */
    PH_ERR_UNSUPPORTED = -5,      /* the plugin does not offer this */
    PH_ERR_INTERNAL = -6,         /* the plugin, or what it stands on, failed */
    PH_ERR_PANIC = -7             /* the Rust SDK caught a panic; the text is the panic's */
} ph_status;

/* ------------------------------------------------------------------------------------------------
 * Slices and values
 * ---------------------------------------------------------------------------------------------- */

/* Bytes or text. Never grows. */
typedef struct ph_slice {
    /* OWNERSHIP: of whoever made the slice; borrowed as the place says that has the slice.
     * THREAD: readable from the thread that was given it, and others while it is borrowed.
     * NULL with len 0 is empty, and absent where a line says that absent and empty differ. */
    const uint8_t *ptr;
    size_t len;
} ph_slice;

/* The type of a value; the names are those of AMQP 1.0, part 1. */
typedef enum ph_value_tag {
    PH_VALUE_NULL = 0,
    PH_VALUE_BOOL = 1,        /* number, 0 or 1 */
    PH_VALUE_UBYTE = 2,       /* number */
    PH_VALUE_USHORT = 3,      /* number */
    PH_VALUE_UINT = 4,        /* number */
    PH_VALUE_ULONG = 5,       /* number */
    PH_VALUE_BYTE = 6,        /* signed_number */
    PH_VALUE_SHORT = 7,       /* signed_number */
    PH_VALUE_INT = 8,         /* signed_number */
    PH_VALUE_LONG = 9,        /* signed_number */
    PH_VALUE_FLOAT = 10,      /* real */
    PH_VALUE_DOUBLE = 11,     /* real */
    PH_VALUE_DECIMAL32 = 12,  /* octets, the first 4, big-endian IEEE 754 */
    PH_VALUE_DECIMAL64 = 13,  /* octets, the first 8 */
    PH_VALUE_DECIMAL128 = 14, /* octets, all 16 */
    PH_VALUE_CHAR = 15,       /* number, a Unicode scalar value */
    PH_VALUE_TIMESTAMP = 16,  /* signed_number, milliseconds since 1970 UTC */
    PH_VALUE_UUID = 17,       /* octets, all 16 */
    PH_VALUE_BINARY = 18,     /* slice */
    PH_VALUE_STRING = 19,     /* slice, UTF-8 */
    PH_VALUE_SYMBOL = 20,     /* slice, ASCII */
    PH_VALUE_ENCODED = 21     /* slice: a list, map, array or described value in its AMQP 1.0
                                 encoding, constructor byte included */
} ph_value_tag;

/* A value, borrowed. Never grows; a new type gets a new tag, which you may treat as absent. */
typedef struct ph_value {
    uint32_t tag; /* a ph_value_tag: which member of data holds the value */
    uint32_t reserved;
    union {
        uint64_t number;
        int64_t signed_number;
        double real;
        uint8_t octets[16];
        /* OWNERSHIP: borrowed from the message, until the call that brought the message returns.
         * THREAD: that of the call. */
        ph_slice slice;
    } data;
} ph_value;

/* ------------------------------------------------------------------------------------------------
 * Messages
 * ---------------------------------------------------------------------------------------------- */

/* A message. Opaque: the msg_ functions of ph_host read it.
 * OWNERSHIP: the host's; valid until the call that brought it returns. Never keep it.
 * THREAD: that of the call. */
typedef struct ph_msg ph_msg;

/* Properties by number, for msg_property. The list only grows. */
typedef enum ph_property {
    PH_PROPERTY_EXCHANGE = 1,         /* string: where it was published; empty for the default */
    PH_PROPERTY_VIRTUAL_HOST = 2,     /* string */
    PH_PROPERTY_PUBLISHER = 3,        /* string: the publisher's authenticated identity */
    PH_PROPERTY_MESSAGE_ID = 4,       /* string, uuid, ulong or binary */
    PH_PROPERTY_CORRELATION_ID = 5,   /* string, uuid, ulong or binary */
    PH_PROPERTY_USER_ID = 6,          /* binary or string: what the message claims */
    PH_PROPERTY_CONTENT_TYPE = 7,     /* string */
    PH_PROPERTY_CONTENT_ENCODING = 8, /* string */
    PH_PROPERTY_TIMESTAMP = 9,        /* timestamp: when it was made */
    PH_PROPERTY_EXPIRATION = 10,      /* timestamp: when it expires */
    PH_PROPERTY_PRIORITY = 11,        /* ubyte, 0 to 9 */
    PH_PROPERTY_DURABLE = 12,         /* bool */
    PH_PROPERTY_REPLY_TO = 13,        /* string */
    PH_PROPERTY_TYPE = 14,            /* string: 0-9-1's type */
    PH_PROPERTY_SUBJECT = 15,         /* string: 1.0's subject, 0-10's qpid.subject */
    PH_PROPERTY_APP_ID = 16,          /* string or binary */
    PH_PROPERTY_GROUP_ID = 17,        /* string: 1.0's group-id */
    PH_PROPERTY_TIME_TO_LIVE = 18,    /* ulong: milliseconds, as published */
    PH_PROPERTY_PROTOCOL = 19         /* string: "0-10", "0-9-1" or "1.0" */
} ph_property;

/* What a decision reads: bits of ph_bound.reads and ph_compiled.reads. The broker caches the
 * answers of what reads nothing but the key, and decodes nothing that nobody reads. A bit that it
 * does not know counts as PH_READS_OTHER. */
typedef enum ph_reads {
    PH_READS_KEY = 1,
    PH_READS_PROPERTIES = 2,
    PH_READS_HEADERS = 4,
    PH_READS_BODY = 8,
    PH_READS_OTHER = 16 /* no part of the message, as the time or chance */
} ph_reads;

/* Visits a header.
 * ctx: OWNERSHIP: yours, passed through. THREAD: that of the call.
 * name, value: OWNERSHIP: borrowed, until the visit returns. THREAD: that of the call. */
typedef void (*ph_visit_header)(void *ctx, ph_slice name, const ph_value *value);

/* ------------------------------------------------------------------------------------------------
 * The host
 * ---------------------------------------------------------------------------------------------- */

typedef enum ph_level {
    PH_LEVEL_TRACE = 1,
    PH_LEVEL_DEBUG = 2,
    PH_LEVEL_INFO = 3,
    PH_LEVEL_WARN = 4,
    PH_LEVEL_ERROR = 5
} ph_level;

/* What a plugin says unasked. */
typedef enum ph_event {
    /* Store: a shard went to a later epoch: a map with shard (uint) and epoch (ulong), the lost
     * one. Said about the instance that had it, once for each epoch, at about the time of the
     * answer of acquire, also where the same instance took the shard again. */
    PH_EVENT_EPOCH_LOST = 1,
    /* Store: a key changed that meta_watch was asked to watch: a map with key (string) and revision
     * (ulong), 0 where the key was removed. */
    PH_EVENT_META_CHANGED = 2
} ph_event;

/* What the host offers.
 * OWNERSHIP: the host's, valid until the process ends. Keep the pointer, not a copy that is larger
 * than its size.
 * THREAD: every function from any thread, except the msg_ functions: those from the thread of the
 * call that brought the message. */
typedef struct ph_host {
    uint32_t magic;     /* PH_MAGIC */
    uint16_t abi_major; /* PH_ABI_MAJOR */
    uint16_t abi_minor;
    size_t size;

    /* OWNERSHIP: the host's; pass it to log, notify and complete. THREAD: any. */
    void *ctx;

    /* The host's name and version, for people.
     * OWNERSHIP: the host's, valid until the process ends. THREAD: any. */
    ph_slice version;

    /* Writes a line to the broker's log. level is a ph_level.
     * text: OWNERSHIP: yours, borrowed until log returns. THREAD: any. */
    void (*log)(void *ctx, uint32_t level, ph_slice text);

    /* Says something unasked about an instance. event is a ph_event, value an encoded AMQP 1.0 map.
     * value: OWNERSHIP: yours, borrowed until notify returns. THREAD: any. */
    void (*notify)(void *ctx, uint64_t instance, uint32_t event, ph_slice value);

    /* Answers a call that answers PH_PENDING: exactly once for each token, from any thread, also
     * before the call has returned PH_PENDING. status is PH_OK with the result, PH_ABSENT where the
     * call may answer that, or an error with its text. A call that answers anything but PH_PENDING
     * has answered; its token must not be completed.
     * result_or_error: OWNERSHIP: yours, borrowed until complete returns. THREAD: any. */
    void (*complete)(void *ctx, uint64_t token, int32_t status, ph_slice result_or_error);

    /* The routing key. Answers PH_OK.
     * key: OWNERSHIP: yours to write to; what it is set to is borrowed until the call that brought
     * the message returns. THREAD: that of the call. */
    int32_t (*msg_routing_key)(const ph_msg *msg, ph_slice *key);

    /* A property by number, a ph_property. Answers PH_OK or PH_ABSENT.
     * value: OWNERSHIP: yours to write to; its slice is borrowed until the call that brought the
     * message returns. THREAD: that of the call. */
    int32_t (*msg_property)(const ph_msg *msg, uint32_t property, ph_value *value);

    /* An application header by its exact name. Answers PH_OK or PH_ABSENT.
     * name: OWNERSHIP: yours, borrowed until msg_header returns. THREAD: that of the call.
     * value: as for msg_property. */
    int32_t (*msg_header)(const ph_msg *msg, ph_slice name, ph_value *value);

    /* Visits every application header once, in the order of the message. Answers PH_OK.
     * ctx: OWNERSHIP: yours, passed to visit. THREAD: that of the call. */
    int32_t (*msg_headers)(const ph_msg *msg, void *ctx, ph_visit_header visit);

    /* The body's length in bytes. */
    uint64_t (*msg_body_len)(const ph_msg *msg);

    /* The longest run of body bytes in one piece that begins at offset; empty at the end. A large
     * body has several: go on at offset + chunk->len. Answers PH_OK.
     * chunk: OWNERSHIP: yours to write to; what it is set to is borrowed until the call that
     * brought the message returns. THREAD: that of the call. */
    int32_t (*msg_body)(const ph_msg *msg, uint64_t offset, ph_slice *chunk);
} ph_host;

/* ------------------------------------------------------------------------------------------------
 * Results and errors
 * ---------------------------------------------------------------------------------------------- */

/* Where a function leaves its result or its error. Call result at most once, before PH_OK is
 * answered (mechanisms calls it once for each mechanism), or error at most once, before an error is
 * answered.
 * OWNERSHIP: the host's, valid until the call returns.
 * THREAD: that of the call. */
typedef struct ph_reply {
    size_t size;

    /* OWNERSHIP: the host's; pass it to the functions. THREAD: that of the call. */
    void *ctx;

    /* Takes the result. Where the result is a struct, the slice is over that struct:
     * { (const uint8_t *)&outcome, sizeof outcome }.
     * bytes: OWNERSHIP: yours, copied before result returns. THREAD: that of the call. */
    void (*result)(void *ctx, ph_slice bytes);

    /* Takes an error for people: the client or the operator reads it, so name what was wrong. line
     * and column count from 1 in an expression; 0: no place.
     * text: OWNERSHIP: yours, copied before error returns. THREAD: that of the call. */
    void (*error)(void *ctx, uint32_t line, uint32_t column, ph_slice text);
} ph_reply;

/* ------------------------------------------------------------------------------------------------
 * Instances and subcommands
 * ---------------------------------------------------------------------------------------------- */

/* What an instance is made from.
 * OWNERSHIP: the host's, valid until the call returns, and so are its slices.
 * THREAD: that of the call. */
typedef struct ph_context {
    size_t size;
    uint64_t instance;      /* the host's number of the instance, for notify */
    ph_slice name;          /* the exchange's name; the type's name for other kinds */
    ph_slice virtual_host;  /* empty for what belongs to the broker */
    ph_slice configuration; /* a JSON object */
    ph_slice data_dir;      /* a path; NULL where the broker runs without */
    ph_slice arguments;     /* an exchange's declare arguments: an AMQP 1.0 map; empty for none */
} ph_context;

/* A run of a subcommand.
 * OWNERSHIP: the host's, valid until the call returns; set exit_code.
 * THREAD: that of the call. */
typedef struct ph_command {
    size_t size;

    /* What follows the subcommand's name.
     * OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    const ph_slice *arguments;
    size_t argument_count;

    /* OWNERSHIP: the host's; pass it to the functions. THREAD: that of the call. */
    void *ctx;

    /* Reads standard input: bytes read, 0 at the end, below 0 where it cannot be read.
     * buffer: OWNERSHIP: yours, len bytes to write to. THREAD: that of the call. */
    int64_t (*read)(void *ctx, uint8_t *buffer, size_t len);

    /* Writes UTF-8 text to standard output (stream 1) or standard error (2).
     * text: OWNERSHIP: yours, copied before write returns. THREAD: that of the call. */
    void (*write)(void *ctx, uint32_t stream, ph_slice text);

    int32_t exit_code;
    uint32_t reserved;
} ph_command;

/* Makes an instance and sets *instance. A wrong configuration or argument is
 * PH_ERR_INVALID_ARGUMENT; the text names which. THREAD: any; may wait.
 * instance: OWNERSHIP: the place is the host's; what you put there stays yours until destroy.
 * THREAD: that of the call. */
typedef int32_t (*ph_create)(const ph_context *context, void **instance, const ph_reply *reply);

/* Ends an instance. Called once, after every other call has returned and every token is completed.
 * instance: OWNERSHIP: yours again. THREAD: any; may wait. */
typedef void (*ph_destroy)(void *instance);

/* Runs the factory's subcommand, without an instance. THREAD: any; may wait. */
typedef int32_t (*ph_command_run)(
    const ph_context *context, ph_command *command, const ph_reply *reply);

/* What the table of every kind begins with. */
typedef struct ph_vtable {
    size_t size; /* of the kind's whole table */
    ph_create create;
    ph_destroy destroy;
    ph_command_run command; /* OPTIONAL */
} ph_vtable;

/* ------------------------------------------------------------------------------------------------
 * Kind 1: exchange. Decides which of its bindings a message matches.
 * ---------------------------------------------------------------------------------------------- */

typedef enum ph_destination_kind {
    PH_DESTINATION_QUEUE = 1,
    PH_DESTINATION_EXCHANGE = 2
} ph_destination_kind;

typedef enum ph_protocol {
    PH_PROTOCOL_0_9_1 = 1,
    PH_PROTOCOL_0_10 = 2,
    PH_PROTOCOL_1_0 = 3,
    PH_PROTOCOL_BROKER = 4 /* the broker itself or its management */
} ph_protocol;

/* A binding.
 * OWNERSHIP: the host's, valid until the call returns, and so are its slices.
 * THREAD: that of the call. */
typedef struct ph_binding {
    size_t size;
    uint64_t id; /* given by the broker, never used again, replayed in ascending order */
    uint32_t destination_kind; /* a ph_destination_kind */
    uint32_t declared_by;      /* a ph_protocol */
    ph_slice destination;      /* a name, for information: the broker delivers */
    ph_slice key;
    ph_slice arguments; /* an AMQP 1.0 map; empty for none */
} ph_binding;

/* What bind says of a binding.
 * OWNERSHIP: the host's, yours to write to until the call returns; leave size as it is.
 * THREAD: that of the call. */
typedef struct ph_bound {
    size_t size;
    uint32_t reads;     /* bits of ph_reads */
    uint32_t cacheable; /* 1 where equal keys always get equal answers; random has 0 */
} ph_bound;

/* Where route and matches leave their answers.
 * OWNERSHIP: the host's, valid until the call returns.
 * THREAD: that of the call. */
typedef struct ph_matches {
    size_t size;

    /* OWNERSHIP: the host's; pass it to push. THREAD: that of the call. */
    void *ctx;

    /* Message number `message` of the batch, from 0, matches these binding ids (for a filter: these
     * indices into the handles). Call it once or more for a message that matches, not at all for
     * one that does not. Repeated ids do no harm.
     * ids: OWNERSHIP: yours, copied before push returns. THREAD: that of the call. */
    void (*push)(void *ctx, size_t message, const uint64_t *ids, size_t count);
} ph_matches;

/* OWNERSHIP: the table is yours, constant and valid until the process ends. Arguments are borrowed
 * until the function returns.
 * THREAD: any thread, several at the same time. route must not wait, unless the factory has
 * PH_FACTORY_MAY_BLOCK; the others may. */
typedef struct ph_exchange_vtable {
    size_t size;
    ph_create create;
    ph_destroy destroy;
    ph_command_run command; /* OPTIONAL */

    /* Takes a binding; every route that begins after it returned matches it. */
    int32_t (*bind)(
        void *instance, const ph_binding *binding, ph_bound *bound, const ph_reply *reply);

    /* Forgets a binding; no route that begins after it returned answers with its id. */
    int32_t (*unbind)(void *instance, uint64_t binding_id, const ph_reply *reply);

    /* Which bindings each message of the batch matches. A message that you cannot read is no match,
     * not an error.
     * batch: OWNERSHIP: the host's, count messages, valid until route returns.
     * THREAD: that of the call. */
    int32_t (*route)(void *instance, const ph_msg *const *batch, size_t count,
        const ph_matches *matches, const ph_reply *reply);

    /* OPTIONAL. Counters and index state as JSON, of one binding, or of the instance where
     * binding_id is NULL.
     * binding_id: OWNERSHIP: the host's, valid until inspect returns. THREAD: that of the call. */
    int32_t (*inspect)(void *instance, const uint64_t *binding_id, const ph_reply *reply);

    /* OPTIONAL. How a binding is decided, as JSON. */
    int32_t (*explain)(void *instance, uint64_t binding_id, const ph_reply *reply);

    /* OPTIONAL. Whether such a binding would match this message, and why, as JSON. Binds
     * nothing. */
    int32_t (*try_binding)(
        void *instance, const ph_binding *binding, const ph_msg *msg, const ph_reply *reply);
} ph_exchange_vtable;

/* ------------------------------------------------------------------------------------------------
 * Kind 2: filter. A predicate language, for any binding and any subscription.
 * ---------------------------------------------------------------------------------------------- */

/* What compile says of an expression.
 * OWNERSHIP: the host's, yours to write to until the call returns; leave size as it is.
 * THREAD: that of the call. */
typedef struct ph_compiled {
    size_t size;
    uint64_t handle; /* your name for the compiled expression, valid until release */
    uint32_t reads;  /* bits of ph_reads */
    uint32_t reserved;
} ph_compiled;

typedef enum ph_verdict_kind {
    PH_VERDICT_PASS = 1,
    PH_VERDICT_DROP = 2,
    PH_VERDICT_DEAD_LETTER = 3,
    PH_VERDICT_REPLACE = 4
} ph_verdict_kind;

/* What transform makes of a message; the result is this struct.
 * OWNERSHIP: yours, with its slices, copied before ph_reply.result returns.
 * THREAD: that of the call. */
typedef struct ph_verdict {
    size_t size;
    uint32_t verdict; /* a ph_verdict_kind */
    uint32_t reserved;
    ph_slice body;         /* for replace */
    ph_slice content_type; /* for replace; NULL keeps the message's own */
} ph_verdict;

/* OWNERSHIP: the table is yours, constant and valid until the process ends. Arguments are borrowed
 * until the function returns.
 * THREAD: any thread, several at the same time. matches and transform must not wait, unless the
 * factory has PH_FACTORY_MAY_BLOCK; the others may. */
typedef struct ph_filter_vtable {
    size_t size;
    ph_create create;
    ph_destroy destroy;
    ph_command_run command; /* OPTIONAL */

    /* Compiles an expression. One that does not compile is PH_ERR_INVALID_ARGUMENT with line and
     * column. */
    int32_t (*compile)(
        void *instance, ph_slice expression, ph_compiled *compiled, const ph_reply *reply);

    /* Forgets a compiled expression. */
    void (*release)(void *instance, uint64_t handle);

    /* For each message, which of the handles match: ph_matches.push takes their indices in
     * `handles`. An expression that fails on a message does not match it.
     * batch: OWNERSHIP: the host's, count messages, valid until matches returns.
     * THREAD: that of the call.
     * handles: OWNERSHIP: the host's, handle_count of them, valid until matches returns.
     * THREAD: that of the call. */
    int32_t (*matches)(void *instance, const ph_msg *const *batch, size_t count,
        const uint64_t *handles, size_t handle_count, const ph_matches *matches,
        const ph_reply *reply);

    /* OPTIONAL. Decides about a message and may replace its body; the result is a ph_verdict. Where
     * the expression fails on the message, PH_ERR_INVALID_ARGUMENT says why, and the binding says
     * what becomes of it. */
    int32_t (*transform)(
        void *instance, uint64_t handle, const ph_msg *msg, const ph_reply *reply);

    /* OPTIONAL. Counters as JSON, of one expression, or of the language where handle is NULL.
     * handle: OWNERSHIP: the host's, valid until inspect returns. THREAD: that of the call. */
    int32_t (*inspect)(void *instance, const uint64_t *handle, const ph_reply *reply);

    /* OPTIONAL. How an expression is decided, as JSON. */
    int32_t (*explain)(void *instance, ph_slice expression, const ph_reply *reply);

    /* OPTIONAL. What an expression answers for this message, and why, as JSON. */
    int32_t (*try_expression)(
        void *instance, ph_slice expression, const ph_msg *msg, const ph_reply *reply);
} ph_filter_vtable;

/* ------------------------------------------------------------------------------------------------
 * Kind 3: auth. Who a peer is (SASL), what they may do, and how much of it.
 *
 * Functions with a token may answer at once, or answer PH_PENDING and complete later; see
 * ph_host.complete.
 * ---------------------------------------------------------------------------------------------- */

/* Who asks to be let in.
 * OWNERSHIP: the host's, valid until the call returns, and so are its slices.
 * THREAD: that of the call. */
typedef struct ph_peer {
    size_t size;
    ph_slice address;     /* address and port, as text */
    ph_slice server_name; /* the virtual host's or server's name asked for; empty where unknown */
    uint32_t is_loopback;
    uint32_t is_encrypted;
} ph_peer;

typedef enum ph_sasl_kind {
    PH_SASL_CHALLENGE = 1,
    PH_SASL_SUCCESS = 2,
    PH_SASL_FAILURE = 3,
    PH_SASL_NOT_MINE = 4 /* the next provider in the chain is asked */
} ph_sasl_kind;

/* How a step ended; the result of start and step is this struct.
 * OWNERSHIP: yours, with its slices, copied before ph_reply.result or complete returns.
 * THREAD: that of the call, or the one that completes. */
typedef struct ph_sasl_outcome {
    size_t size;
    uint32_t outcome; /* a ph_sasl_kind */
    uint32_t reserved;
    ph_slice data;     /* challenge: bytes to send; success: additional data; failure: a text for
                          the log, which the peer never sees */
    ph_slice identity; /* success: user or user@realm */

    /* Success: the groups of the identity.
     * OWNERSHIP: yours, group_count of them, copied before ph_reply.result or complete returns.
     * THREAD: as the struct. */
    const ph_slice *groups;
    size_t group_count;
    uint64_t expires_at_ms; /* success: milliseconds since 1970; 0: with the connection */
} ph_sasl_outcome;

/* The words of Qpid's ACL. */
typedef enum ph_action {
    PH_ACTION_ACCESS = 1,
    PH_ACTION_BIND = 2,
    PH_ACTION_CONSUME = 3,
    PH_ACTION_CREATE = 4,
    PH_ACTION_DELETE = 5,
    PH_ACTION_MOVE = 6,
    PH_ACTION_PUBLISH = 7,
    PH_ACTION_PURGE = 8,
    PH_ACTION_REDIRECT = 9,
    PH_ACTION_REROUTE = 10,
    PH_ACTION_UNBIND = 11,
    PH_ACTION_UPDATE = 12
} ph_action;

typedef enum ph_object {
    PH_OBJECT_BROKER = 1,
    PH_OBJECT_CONNECTION = 2,
    PH_OBJECT_EXCHANGE = 3,
    PH_OBJECT_LINK = 4,
    PH_OBJECT_METHOD = 5,
    PH_OBJECT_QUERY = 6,
    PH_OBJECT_QUEUE = 7
} ph_object;

/* A question: may this identity do this?
 * OWNERSHIP: the host's, valid until the call returns, and so are its slices.
 * THREAD: that of the call. */
typedef struct ph_access {
    size_t size;
    ph_slice identity;
    uint32_t action; /* a ph_action; one that you do not know is PH_ERR_UNSUPPORTED */
    uint32_t object; /* a ph_object; the same */
    ph_slice name;   /* empty where the object has none */
    ph_slice properties; /* the ACL's properties: an AMQP 1.0 map; empty for none */
} ph_access;

typedef enum ph_decision {
    PH_DECISION_ALLOW = 1,
    PH_DECISION_DENY = 2,
    PH_DECISION_ABSTAIN = 3 /* the next provider in the chain is asked */
} ph_decision;

/* The answer of authorize; the result is this struct.
 * OWNERSHIP: yours, copied before ph_reply.result or complete returns.
 * THREAD: that of the call, or the one that completes. */
typedef struct ph_authorization {
    size_t size;
    uint32_t decision; /* a ph_decision */
    uint32_t log;      /* 1 asks for a line in the log */
} ph_authorization;

#define PH_NO_LIMIT UINT64_MAX

/* Quotas of an identity.
 * OWNERSHIP: the host's, yours to write to until the call returns; leave size as it is.
 * THREAD: that of the call. */
typedef struct ph_limits {
    size_t size;
    uint64_t connections_max; /* or PH_NO_LIMIT */
    uint64_t queues_max;      /* or PH_NO_LIMIT */
} ph_limits;

/* OWNERSHIP: the table is yours, constant and valid until the process ends. Arguments are borrowed
 * until the function returns.
 * THREAD: any thread, several at the same time. None may wait long: what has to ask somebody else
 * answers PH_PENDING. */
typedef struct ph_auth_vtable {
    size_t size;
    ph_create create;
    ph_destroy destroy;
    ph_command_run command; /* OPTIONAL */

    /* The mechanisms on offer to this peer, strongest first, upper case: ph_reply.result is called
     * once for each. */
    int32_t (*mechanisms)(void *instance, const ph_peer *peer, const ph_reply *reply);

    /* Begins an exchange; the result is a ph_sasl_outcome. session is the host's number for it,
     * never used again.
     * initial: OWNERSHIP: the host's, valid until start returns; NULL where the peer sent no
     * initial response. THREAD: that of the call. */
    int32_t (*start)(void *instance, uint64_t session, const ph_peer *peer, ph_slice mechanism,
        const ph_slice *initial, uint64_t token, const ph_reply *reply);

    /* Goes on with an exchange after a challenge; the result is a ph_sasl_outcome. */
    int32_t (*step)(void *instance, uint64_t session, ph_slice response, uint64_t token,
        const ph_reply *reply);

    /* OPTIONAL. The peer is gone; forget the exchange. Unknown numbers are ignored. */
    void (*abandon)(void *instance, uint64_t session);

    /* OPTIONAL: NULL abstains. The result is a ph_authorization. */
    int32_t (*authorize)(
        void *instance, const ph_access *access, uint64_t token, const ph_reply *reply);

    /* OPTIONAL: NULL sets no limits. */
    int32_t (*limits)(
        void *instance, ph_slice identity, ph_limits *limits, const ph_reply *reply);

    /* OPTIONAL. Counters as JSON. */
    int32_t (*inspect)(void *instance, const ph_reply *reply);
} ph_auth_vtable;

/* ------------------------------------------------------------------------------------------------
 * Kind 4: store. A fenced, keyed, ordered log of records, cut into shards.
 *
 * Functions with a token may answer at once, or answer PH_PENDING and complete later; see
 * ph_host.complete.
 *
 * What every store keeps, whatever it stands on:
 * - nothing is answered as done before it is kept as the capabilities say;
 * - of two epochs of a shard the later one is greater, also over restarts, and after it was granted
 *   nothing is kept under the earlier one;
 * - positions of a shard ascend and are never given twice; they may have gaps;
 * - what a later record made void (an entry that is settled, a former delivery count, a former
 *   value) may be left out of a replay at any time;
 * - one instance at a time has a data directory: create refuses one that another instance has, in
 *   this process or another, and destroy returns when it is free again.
 *
 * Errors say that a call did not happen:
 * - PH_ERR_INVALID_ARGUMENT: the batch contradicts what is kept, as a put of an entry that belongs
 *   to another message. Nothing changed.
 * - PH_ERR_LIMIT_EXCEEDED: a limit that the text names, so that the same call could never do; for
 *   the meta data also: no room. Nothing changed.
 * - PH_ERR_NOT_FOUND: a shard that nobody ever took, where the call asks about one.
 * - PH_ERR_UNSUPPORTED: an optional entry that is not there.
 * - PH_ERR_INTERNAL: the store, or what it stands on, failed; the text says what the operator can
 *   do. An append that ends so may or may not be kept and is never confirmed. A store that cannot
 *   tell any more what it keeps, as after a failed fsync, answers every later append of the shard
 *   so.
 *
 * A lease on a shard, the members of a cluster, the owner of a shard, forwarding to it and
 * following its log are for a later minor version: entries behind those of ph_store_vtable, with a
 * bit each in ph_offer. A store of today goes on without them.
 * ---------------------------------------------------------------------------------------------- */

/* An entry of a queue. Never grows. */
typedef struct ph_queue_record {
    uint64_t queue; /* the queue's number, given by the broker */
    uint64_t id;    /* the entry's, ascending in the queue */
} ph_queue_record;

/* The optional entries of a store: bits of ph_capabilities.offers. What has no bit is not used. */
typedef enum ph_offer {
    PH_OFFER_META_LIST = 1,
    PH_OFFER_META_WATCH = 2,
    PH_OFFER_META_REMOVE = 4,
    PH_OFFER_APPEND_HERE = 8,   /* since 1.1 */
    PH_OFFER_ENTRIES = 16,      /* since 1.1 */
    PH_OFFER_APPEND_LAZILY = 32 /* since 1.2 */
} ph_offer;

/* What a store can do and how much at once. All of it is 0 before the call; write a field only
 * where PH_HAS says that it is there.
 * OWNERSHIP: the host's, yours to write to until the call returns; leave size as it is.
 * THREAD: that of the call. */
typedef struct ph_capabilities {
    size_t size;
    uint64_t batch_operations_max; /* a longer batch is PH_ERR_LIMIT_EXCEEDED */
    uint64_t batch_bytes_max; /* of headers, bodies, keys and values in one batch; the same */
    uint64_t body_bytes_max;  /* of one body; the same. One of this size fits an empty store */
    uint32_t is_atomic_over_shard; /* 1: an append is atomic over all the shard's queues; 0: for
                                      each queue alone, and transactions over several are refused */
    uint32_t is_durable_on_ack;    /* 1: what was acknowledged outlives the process: create with the
                                      same data directory finds entries, keys and epochs again */
    uint64_t offers;               /* bits of ph_offer */
} ph_capabilities;

/* What acquire grants; the result is this struct.
 * OWNERSHIP: yours, copied before ph_reply.result or complete returns.
 * THREAD: that of the call, or the one that completes. */
typedef struct ph_acquired {
    size_t size;
    uint64_t epoch; /* the right to append; a later one fences this. Never 0 */
    uint64_t fence; /* everything before this position was written under earlier epochs, everything
                       behind it will be written under this one or a later */
} ph_acquired;

typedef enum ph_operation_kind {
    PH_OPERATION_PUT = 1,    /* message, header, body, records: the body is written once */
    PH_OPERATION_DELETE = 2, /* records: the one entry that is settled */
    PH_OPERATION_META = 3,   /* key, value: of the shard's own meta data, which comes back in
                                replays alone; an empty value removes it */
    PH_OPERATION_MARK = 4    /* records: the one entry; delivery_count */
} ph_operation_kind;

/* One operation of an append, or what a record of a replay says.
 * OWNERSHIP: in append the host's, valid until append returns; in a replay yours, copied before
 * visit returns. The same holds for its slices.
 * THREAD: that of the call. */
typedef struct ph_operation {
    size_t size;
    uint32_t operation; /* a ph_operation_kind */
    uint32_t delivery_count;
    uint64_t message; /* unique in the shard */
    ph_slice header;
    ph_slice body; /* NULL in a replay without bodies */

    /* OWNERSHIP: as the struct, record_count of them. THREAD: that of the call. */
    const ph_queue_record *records;
    size_t record_count;
    ph_slice key;
    ph_slice value;
} ph_operation;

typedef enum ph_append_kind {
    /* All of it is kept. position stands behind its last record: a replay up to there has
     * everything. */
    PH_APPEND_DONE = 1,
    /* The epoch is not the shard's any more, or never was: nothing is kept, now or later. A fenced
     * append is never PH_APPEND_FULL. */
    PH_APPEND_FENCED = 2,
    /* No room: nothing is kept, and the same batch may fit once something was settled. Publishers
     * are held back. A batch without puts and without values of keys, and a purge, are never
     * answered so. */
    PH_APPEND_FULL = 3,
    /* Nobody can say whether it is kept, as where no answer came in time. It may still become kept,
     * until the shard is acquired again. The broker never confirms on it: it acquires, replays what
     * is behind the last PH_APPEND_DONE, then decides. The store itself goes on working. */
    PH_APPEND_UNKNOWN = 4
} ph_append_kind;

/* How an append or a purge ended; the result is this struct.
 * OWNERSHIP: yours, copied before ph_reply.result or complete returns.
 * THREAD: that of the call, or the one that completes. */
typedef struct ph_append_outcome {
    size_t size;
    uint32_t outcome; /* a ph_append_kind */
    uint32_t reserved;
    uint64_t position;
} ph_append_outcome;

/* A record of a replay.
 * OWNERSHIP: yours, copied before visit returns.
 * THREAD: that of the call. */
typedef struct ph_record {
    size_t size;
    uint64_t position;
    /* OWNERSHIP: yours, copied before visit returns. THREAD: that of the call. */
    const ph_operation *operation;
} ph_record;

/* Which records are wanted, and where they go.
 * OWNERSHIP: the host's, valid until the call returns.
 * THREAD: that of the call. */
typedef struct ph_replay {
    size_t size;
    uint64_t from;        /* from this position */
    uint64_t until;       /* up to, and without, this one */
    uint32_t with_bodies; /* 0: leave the bodies out */
    uint32_t reserved;

    /* OWNERSHIP: the host's; pass it to visit. THREAD: that of the call. */
    void *ctx;

    /* Takes a record, in order. 0 ends the replay: answer PH_OK. It may call the store: hold no
     * lock that append needs.
     * record: OWNERSHIP: yours, copied before visit returns. THREAD: that of the call. */
    int32_t (*visit)(void *ctx, const ph_record *record);
} ph_replay;

/* The revision of a key of the meta data; the result of meta_compare_and_set is this struct.
 * OWNERSHIP: in meta_get the host's, yours to write to until the call returns; as a result yours,
 * copied before ph_reply.result or complete returns.
 * THREAD: that of the call, or the one that completes. */
typedef struct ph_revision {
    size_t size;
    uint64_t revision; /* 0: the key does not exist */
} ph_revision;

/* A key of the meta data.
 * OWNERSHIP: yours with its slices, copied before visit returns.
 * THREAD: that of the call. */
typedef struct ph_meta_entry {
    size_t size;
    ph_slice key;
    uint64_t revision;
    ph_slice value;
} ph_meta_entry;

/* Where the keys of a list go.
 * OWNERSHIP: the host's, valid until the call returns.
 * THREAD: that of the call. */
typedef struct ph_meta_list {
    size_t size;

    /* OWNERSHIP: the host's; pass it to visit. THREAD: that of the call. */
    void *ctx;

    /* Takes a key, in the order of their bytes. 0 ends the list: answer PH_OK. It may call the
     * store.
     * entry: OWNERSHIP: yours, copied before visit returns. THREAD: that of the call. */
    int32_t (*visit)(void *ctx, const ph_meta_entry *entry);
} ph_meta_list;

/* An entry with its message. Since 1.1.
 * OWNERSHIP: yours with its slices, copied before visit returns.
 * THREAD: that of the call. */
typedef struct ph_stored_entry {
    size_t size;
    uint64_t id;     /* the entry's */
    ph_slice header; /* as it was put */
    ph_slice body;   /* the same; empty, not NULL, where it has none */
} ph_stored_entry;

/* Which entries are wanted, and where they go. Since 1.1.
 * OWNERSHIP: the host's, valid until the call returns.
 * THREAD: that of the call. */
typedef struct ph_entries {
    size_t size;
    uint64_t queue;
    uint64_t from;  /* from this id */
    uint64_t until; /* up to, and without, this one */

    /* OWNERSHIP: the host's; pass it to visit. THREAD: that of the call. */
    void *ctx;

    /* Takes an entry, in the order of ids. 0 ends the call: answer PH_OK. It may call the store.
     * entry: OWNERSHIP: yours, copied before visit returns. THREAD: that of the call. */
    int32_t (*visit)(void *ctx, const ph_stored_entry *entry);
} ph_entries;

/* OWNERSHIP: the table is yours, constant and valid until the process ends. Arguments are borrowed
 * until the function returns, also where it answers PH_PENDING: copy what you need later.
 * THREAD: any thread, several at the same time. acquire, append, append_lazily, purge,
 * meta_compare_and_set and meta_remove must not wait, unless the factory has PH_FACTORY_MAY_BLOCK:
 * they answer PH_PENDING and complete from any thread, in any order. append_here may wait a little.
 * The others may wait. */
typedef struct ph_store_vtable {
    size_t size;
    ph_create create;
    ph_destroy destroy;
    ph_command_run command; /* OPTIONAL */

    /* What it can do. Asked once, after create.
     * capabilities: OWNERSHIP: the host's, yours to write to until the call returns.
     * THREAD: that of the call. */
    int32_t (*capabilities)(void *instance, ph_capabilities *capabilities, const ph_reply *reply);

    /* Takes a shard for this node, fencing whoever had it; the result is a ph_acquired. A shard
     * that nobody took is there and empty. An error leaves it with whoever had it.
     * node: OWNERSHIP: the host's, valid until acquire returns. THREAD: that of the call. */
    int32_t (*acquire)(
        void *instance, uint32_t shard, ph_slice node, uint64_t token, const ph_reply *reply);

    /* Keeps a batch, atomically and in order: all of it, or nothing; the result is a
     * ph_append_outcome. Operation i stands i * stride bytes after the first. Batches of one shard
     * are kept in the order in which their calls began; an empty one is done when everything before
     * it is. A put of an entry that is there changes nothing, and adds the entries that are not
     * there. Deleting or marking an entry that is not there does no harm.
     * batch: OWNERSHIP: the host's, count of them, valid until append returns; what you write
     * later, copy. THREAD: that of the call. */
    int32_t (*append)(void *instance, uint32_t shard, uint64_t epoch, const ph_operation *batch,
        size_t count, size_t stride, uint64_t token, const ph_reply *reply);

    /* Hands over the records from replay->from up to and without replay->until, in order. From
     * position 0 that is all that is live: applied one by one, the records give the entries with
     * message, body and delivery count, and the keys with their values. From a later position it is
     * what was appended there and is not void; a store that answers PH_APPEND_UNKNOWN hands over
     * every record behind the last PH_APPEND_DONE, deletes included. A shard that nobody took has
     * no records.
     * replay: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    int32_t (*replay)(
        void *instance, uint32_t shard, const ph_replay *replay, const ph_reply *reply);

    /* The body of one entry: the result is its bytes, or PH_ABSENT where there is no such entry. */
    int32_t (*read)(void *instance, uint32_t shard, uint64_t queue, uint64_t id,
        const ph_reply *reply);

    /* Settles every entry of a queue that was appended before; the result is a
     * ph_append_outcome. */
    int32_t (*purge)(void *instance, uint32_t shard, uint64_t epoch, uint64_t queue,
        uint64_t token, const ph_reply *reply);

    /* Counters of a shard as JSON, an object. */
    int32_t (*statistics)(void *instance, uint32_t shard, const ph_reply *reply);

    /* A key of the store's meta data, which belongs to no shard: sets revision, and the result is
     * the value; or PH_ABSENT.
     * key: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call.
     * revision: OWNERSHIP: the host's, yours to write to until the call returns. THREAD: that of
     * the call. */
    int32_t (*meta_get)(
        void *instance, ph_slice key, ph_revision *revision, const ph_reply *reply);

    /* Sets a key where its revision is still `expected`: the result is a ph_revision with the new
     * one, or PH_ABSENT where it is another. An empty value is a value. Kept as an append is,
     * before the answer.
     * key, value: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    int32_t (*meta_compare_and_set)(void *instance, ph_slice key, uint64_t expected,
        ph_slice value, uint64_t token, const ph_reply *reply);

    /* OPTIONAL. What the broker shows of the store, as JSON, an object with at least "durability",
     * a sentence: what outlives the end of the process, of the system and of the power; and "sync",
     * one word: when what is appended reaches the disk (or the replicas), "always" before it is
     * answered, "interval", or "never". */
    int32_t (*inspect)(void *instance, const ph_reply *reply);

    /* OPTIONAL, PH_OFFER_META_LIST. Hands over the keys that begin with prefix, in the order of
     * their bytes. A key that is there all the while is handed over once; one that comes or goes
     * meanwhile may be.
     * prefix: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call.
     * list: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    int32_t (*meta_list)(
        void *instance, ph_slice prefix, const ph_meta_list *list, const ph_reply *reply);

    /* OPTIONAL, PH_OFFER_META_WATCH. From now on, and as long as the instance lives, say
     * PH_EVENT_META_CHANGED for every change of a key that begins with prefix, whoever changed it.
     * Who lists the keys after this returned misses nothing. An event may come late, again, and
     * before that of an earlier change, and events of one key may be one; the last one of a key has
     * its last revision.
     * prefix: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    int32_t (*meta_watch)(void *instance, ph_slice prefix, const ph_reply *reply);

    /* OPTIONAL, PH_OFFER_META_REMOVE. Removes a key where its revision is still `expected`: the
     * result is a ph_revision with 0, or PH_ABSENT where it is another or there is no such key. A
     * key that is made again has a greater revision than it ever had.
     * key: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    int32_t (*meta_remove)(void *instance, ph_slice key, uint64_t expected, uint64_t token,
        const ph_reply *reply);

    /* OPTIONAL, PH_OFFER_APPEND_HERE, since 1.1. As append, for a caller whose thread has nothing else to do
     * until the batch is kept: it may be written, and made durable, on this thread, and be
     * completed before the call returns, where that takes no longer than handing it to another
     * thread and hearing of its end: some hundred microseconds at the most.
     * batch: OWNERSHIP: the host's, count of them, valid until append_here returns; what you write
     * later, copy. THREAD: that of the call. */
    int32_t (*append_here)(void *instance, uint32_t shard, uint64_t epoch,
        const ph_operation *batch, size_t count, size_t stride, uint64_t token,
        const ph_reply *reply);

    /* OPTIONAL, PH_OFFER_ENTRIES, since 1.1. Hands over the entries of entries->queue whose ids
     * are from entries->from up to and without entries->until, in their order, with header and
     * body. An entry that is there all the while is handed over once; one that comes or goes
     * meanwhile may be. The broker asks for some hundred ids in a row, of messages that it has not
     * in memory: what stands together is best read together. Without it the header of every message
     * stays in the broker's memory.
     * entries: OWNERSHIP: the host's, valid until the call returns. THREAD: that of the call. */
    int32_t (*entries)(
        void *instance, uint32_t shard, const ph_entries *entries, const ph_reply *reply);

    /* OPTIONAL, PH_OFFER_APPEND_LAZILY, since 1.2. As append, for a batch that nobody waits for,
     * such as the end of entries that were consumed: it may be kept with what is appended next, and
     * it begins to be kept by itself some milliseconds later at the most. The next append, also an
     * empty one, has it kept before its own end. It stands in the log before that, and the other
     * functions see it as they see any append that is not completed.
     * batch: OWNERSHIP: the host's, count of them, valid until append_lazily returns; what you
     * write later, copy. THREAD: that of the call. */
    int32_t (*append_lazily)(void *instance, uint32_t shard, uint64_t epoch,
        const ph_operation *batch, size_t count, size_t stride, uint64_t token,
        const ph_reply *reply);
} ph_store_vtable;

/* ------------------------------------------------------------------------------------------------
 * The plugin
 * ---------------------------------------------------------------------------------------------- */

typedef enum ph_kind {
    PH_KIND_EXCHANGE = 1,
    PH_KIND_FILTER = 2,
    PH_KIND_AUTH = 3,
    PH_KIND_STORE = 4
} ph_kind;

/* route, matches, or append and its like may wait for something; the broker then calls them where
 * waiting stops nobody else. */
#define PH_FACTORY_MAY_BLOCK 1u

/* A type that the plugin offers.
 * OWNERSHIP: yours, constant and valid until the process ends, and so are its slices.
 * THREAD: any. */
typedef struct ph_factory {
    size_t size;
    uint32_t kind; /* a ph_kind */
    uint16_t kind_major;
    uint16_t kind_minor;
    ph_slice type_name;            /* 1 to 127 bytes of A-Z a-z 0-9 . _ - */
    ph_slice configuration_schema; /* JSON Schema; empty: takes no configuration */
    ph_slice subcommand;           /* answered by the table's command; NULL for none */
    uint64_t flags;                /* PH_FACTORY_… */

    /* The kind's table: ph_exchange_vtable and so on.
     * OWNERSHIP: yours, constant and valid until the process ends. THREAD: any. */
    const void *vtable;
} ph_factory;

/* What the library says of itself.
 * OWNERSHIP: yours, constant and valid until the process ends, and so are its slices.
 * THREAD: any. */
typedef struct ph_plugin {
    uint32_t magic;     /* PH_MAGIC */
    uint16_t abi_major; /* PH_ABI_MAJOR */
    uint16_t abi_minor; /* PH_ABI_MINOR */
    size_t size;
    ph_slice name;
    ph_slice version;
    ph_slice licence; /* an SPDX expression */

    /* OWNERSHIP: yours, factory_count of them, factory_stride bytes from one to the next, constant
     * and valid until the process ends. THREAD: any. */
    const ph_factory *factories;
    size_t factory_count;
    size_t factory_stride; /* sizeof (ph_factory) */
} ph_plugin;

/* The one function that the library exports. NULL refuses this host.
 * It may be called again, with another host: use the newest.
 * host: OWNERSHIP: the host's, valid until the process ends. THREAD: any, one call at a time. */
PH_EXPORT extern const ph_plugin *philter_plugin_entry_v1(const ph_host *host);

#ifdef __cplusplus
}
#endif

#endif
