/*
 * What an auth provider in C fills in: one table of functions, `philter_plugin`. Where the
 * compiler's target is WASM this has the exports as well, so that exactly one C file includes it;
 * natively it has only the table, so that a provider can be tested by any compiler.
 *
 * PHILTER_AUTH_FILES and PHILTER_AUTH_HTTP, defined before this is included, add what the broker
 * grants by name: files and endpoints.
 */
#ifndef PHILTER_AUTH_H
#define PHILTER_AUTH_H

#include "philter_guest.h"

/* Who asks to be let in. */
typedef struct {
    philter_bytes address; /* with the port */
    bool is_loopback, is_encrypted;
    philter_bytes server_name; /* what the peer asked for; empty where unknown */
} philter_peer;

/* What becomes of a login. OWNERSHIP: what `data` and the texts point to is copied when the function
 * returns; it has to live until then. */
typedef struct {
    enum {
        PHILTER_CHALLENGE, /* send .data and wait for the response */
        PHILTER_SUCCESS,   /* .identity, .groups, .expires_at_ms; .data accompanies the success */
        PHILTER_FAILURE,   /* .data is a text for the log, never for the peer */
        PHILTER_NOT_MINE,  /* another provider is asked */
    } outcome;
    philter_bytes data;
    philter_bytes identity;
    const philter_bytes *groups;
    size_t group_count;
    uint64_t expires_at_ms; /* since 1970; 0: with the connection */
} philter_login;

typedef enum {
    PHILTER_ALLOW,
    PHILTER_ALLOW_LOGGED, /* and the log says so */
    PHILTER_DENY,
    PHILTER_DENY_LOGGED,
    PHILTER_ABSTAIN, /* another provider is asked */
} philter_decision;

/* A question; numbers and words are those of philter-auth.wit. */
typedef struct {
    philter_bytes identity;
    uint64_t action, object;
    philter_bytes name;
    philter_bytes properties; /* an encoded map; empty where there are none */
} philter_access;

/* What may be NULL says so. An instance knows the logins that began with it, and no others. */
typedef struct {
    /* A JSON object: name, version, licence, type, and what else the contract says. */
    const char *description;

    /* Makes the provider. The configuration is a JSON object, the context an encoded map. May be
     * NULL. */
    bool (*create)(philter_bytes configuration, philter_bytes context, philter_error *error);
    void (*destroy)(void); /* may be NULL */

    /* Leaves the names of the mechanisms on offer to a peer, strongest first, and says how many.
     * There is room for PHILTER_MECHANISMS_MAX. */
    size_t (*mechanisms)(const philter_peer *peer, const char **names);
    /* Begins a login; initial is NULL where the peer sent no message. */
    bool (*start)(uint64_t session, const philter_peer *peer, philter_bytes mechanism,
                  const philter_bytes *initial, philter_login *login, philter_error *error);
    /* Goes on after a challenge. */
    bool (*step)(uint64_t session, philter_bytes response, philter_login *login,
                 philter_error *error);
    void (*abandon)(uint64_t session); /* may be NULL */

    /* May be NULL: there is no opinion. */
    bool (*authorize)(const philter_access *access, philter_decision *decision,
                      philter_error *error);
    /* Leaves the quotas of an identity, which are UINT64_MAX before: no limit. May be NULL. */
    void (*limits)(philter_bytes identity, uint64_t *connections_max, uint64_t *queues_max);

    /* Optional, NULL where it is not there; `entries` of the description names it. */
    bool (*inspect)(philter_buffer *json, philter_error *error);
} philter_auth;

enum { PHILTER_MECHANISMS_MAX = 32 };

extern const philter_auth philter_plugin;

/* The value of a text's key in an encoded map; false where there is none. */
static inline bool philter_map_value(philter_bytes map, const char *name, philter_value *value)
{
    philter_value key;
    if (!philter_open_map(&map)) return false;
    while (philter_take_value(&map, &key) && philter_take_value(&map, value))
        if (key.kind == PHILTER_TEXT && key.bytes.length == strlen(name)
            && memcmp(key.bytes.at, name, key.bytes.length) == 0)
            return true;
    return false;
}

#ifdef __wasm__

/* ---- what is granted: memory that is handed over is the plugin's to free ---------------------- */

/* Reads the case of a result; where it is an error, hands that over. */
static inline bool philter_granted(const uint32_t *answer, philter_error *error)
{
    if ((answer[0] & 0xff) == 0) return true;
    philter_buffer text = { (uint8_t *)answer[2], answer[3] };
    philter_fail(error, (philter_error_kind)(answer[1] & 0xff), 0, 0, "%.*s", (int)text.length,
                 (const char *)text.at);
    if (text.length > 0) free(text.at);
    return false;
}

#ifdef PHILTER_AUTH_FILES
__attribute__((import_module("philter:auth/files@0.1.0"), import_name("read"))) void
philter_files_read(const char *name, size_t length, uint32_t *answer);

/* Reads a granted file. OWNERSHIP: the caller frees what is in it. */
static inline bool philter_read_file(const char *name, philter_buffer *content,
                                     philter_error *error)
{
    uint32_t answer[7];
    philter_files_read(name, strlen(name), answer);
    if (!philter_granted(answer, error)) return false;
    *content = (philter_buffer){ (uint8_t *)answer[1], answer[2] };
    return true;
}
#endif

#ifdef PHILTER_AUTH_HTTP
typedef struct {
    philter_bytes name, value;
} philter_http_header;

typedef struct {
    uint16_t status;
    philter_http_header *headers; /* names in lower case */
    size_t header_count;
    philter_buffer body;
} philter_http_response;

__attribute__((import_module("philter:auth/http@0.1.0"), import_name("request"))) void
philter_http_ask(const char *endpoint, size_t endpoint_length, const char *method,
                 size_t method_length, const char *path, size_t path_length,
                 const philter_http_header *headers, size_t header_count, const uint8_t *body,
                 size_t body_length, uint32_t *answer);

/* Asks a granted endpoint. OWNERSHIP: the caller frees the answer by philter_http_free. */
static inline bool philter_http_request(const char *endpoint, const char *method, const char *path,
                                        const philter_http_header *headers, size_t header_count,
                                        philter_bytes body, philter_http_response *response,
                                        philter_error *error)
{
    uint32_t answer[7];
    philter_http_ask(endpoint, strlen(endpoint), method, strlen(method), path, strlen(path),
                     headers, header_count, body.at, body.length, answer);
    if (!philter_granted(answer, error)) return false;
    *response = (philter_http_response){
        .status = (uint16_t)answer[1],
        .headers = (philter_http_header *)answer[2],
        .header_count = answer[3],
        .body = { (uint8_t *)answer[4], answer[5] },
    };
    return true;
}

static inline void philter_http_free(philter_http_response *response)
{
    for (size_t i = 0; i < response->header_count; i++) {
        philter_free(response->headers[i].name);
        philter_free(response->headers[i].value);
    }
    if (response->header_count > 0) free(response->headers);
    if (response->body.length > 0) free(response->body.at);
}
#endif

/* ---- encoded maps that go out ------------------------------------------------------------------ */

static void philter_put(philter_buffer *map, const void *bytes, size_t length)
{
    uint8_t *grown = realloc(map->at, map->length + length + 1);
    if (grown == NULL) __builtin_trap();
    map->at = grown;
    if (length > 0) memcpy(map->at + map->length, bytes, length);
    map->length += length;
}

static void philter_put_code(philter_buffer *map, uint8_t constructor, uint64_t number,
                             unsigned width)
{
    uint8_t bytes[9] = { constructor };
    for (unsigned i = 0; i < width; i++) bytes[1 + i] = (uint8_t)(number >> 8 * (width - 1 - i));
    philter_put(map, bytes, 1 + width);
}

/* A string (0xb1) or binary (0xb0). */
static void philter_put_bytes(philter_buffer *map, uint8_t constructor, philter_bytes bytes)
{
    philter_put_code(map, constructor, bytes.length, 4);
    philter_put(map, bytes.at, bytes.length);
}

static void philter_put_key(philter_buffer *map, const char *name)
{
    philter_put_bytes(map, 0xb1, (philter_bytes){ (const uint8_t *)name, strlen(name) });
}

/* Puts the head of a map (0xd1) or a list (0xd0) before its values. */
static philter_buffer philter_compound(uint8_t constructor, uint32_t count, philter_buffer values)
{
    philter_buffer whole = { NULL, 0 };
    philter_put_code(&whole, constructor, values.length + 4, 4);
    uint8_t counted[4] = { (uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8),
                           (uint8_t)count };
    philter_put(&whole, counted, 4);
    philter_put(&whole, values.at, values.length);
    free(values.at);
    return whole;
}

static philter_buffer philter_success_map(const philter_login *login)
{
    philter_buffer map = { NULL, 0 };
    uint32_t count = 2;
    philter_put_key(&map, "identity");
    philter_put_bytes(&map, 0xb1, login->identity);
    if (login->group_count > 0) {
        philter_buffer groups = { NULL, 0 };
        for (size_t i = 0; i < login->group_count; i++)
            philter_put_bytes(&groups, 0xb1, login->groups[i]);
        groups = philter_compound(0xd0, (uint32_t)login->group_count, groups);
        philter_put_key(&map, "groups");
        philter_put(&map, groups.at, groups.length);
        free(groups.at);
        count += 2;
    }
    if (login->expires_at_ms != 0) {
        philter_put_key(&map, "expires-at-ms");
        philter_put_code(&map, 0x80, login->expires_at_ms, 8);
        count += 2;
    }
    if (login->data.length > 0) {
        philter_put_key(&map, "additional");
        philter_put_bytes(&map, 0xb0, login->data);
        count += 2;
    }
    return philter_compound(0xd1, count, map);
}

/* ---- the exports: arguments come in pieces, an answer goes as a pointer ---------------------- */

#define PHILTER_AUTH_EXPORT(function) \
    __attribute__((export_name("philter:auth/auth@0.1.0#" function)))
#define PHILTER_PIECES(name) const uint8_t *name##_at, size_t name##_length
#define PHILTER_WHOLE(name) ((philter_bytes){ name##_at, name##_length })

static philter_peer philter_read_peer(philter_bytes map)
{
    philter_peer peer = { { NULL, 0 }, false, false, { NULL, 0 } };
    philter_value value;
    if (philter_map_value(map, "address", &value) && value.kind == PHILTER_TEXT)
        peer.address = value.bytes;
    if (philter_map_value(map, "is-loopback", &value) && value.kind == PHILTER_BOOL)
        peer.is_loopback = value.boolean;
    if (philter_map_value(map, "is-encrypted", &value) && value.kind == PHILTER_BOOL)
        peer.is_encrypted = value.boolean;
    if (philter_map_value(map, "server-name", &value) && value.kind == PHILTER_TEXT)
        peer.server_name = value.bytes;
    return peer;
}

static uint32_t *philter_outcome(bool ok, const philter_login *login)
{
    if (!ok) return philter_no();
    philter_buffer data = { NULL, 0 };
    if (login->outcome == PHILTER_SUCCESS) data = philter_success_map(login);
    else philter_put(&data, login->data.at, login->data.length);
    philter_keep(0, data);
    philter_ok(login->outcome, (uint32_t)data.at);
    philter_answer[3] = (uint32_t)data.length;
    return philter_answer;
}

PHILTER_AUTH_EXPORT("describe") uint32_t *philter_export_describe(void)
{
    philter_answer[0] = (uint32_t)philter_plugin.description;
    philter_answer[1] = (uint32_t)strlen(philter_plugin.description);
    return philter_answer;
}

PHILTER_AUTH_EXPORT("create") uint32_t *
philter_export_create(PHILTER_PIECES(configuration), PHILTER_PIECES(context))
{
    philter_bytes configuration = PHILTER_WHOLE(configuration), context = PHILTER_WHOLE(context);
    bool ok = philter_plugin.create == NULL
        || philter_plugin.create(configuration, context, &philter_reason);
    philter_free(configuration);
    philter_free(context);
    return ok ? philter_ok(0, 0) : philter_no();
}

PHILTER_AUTH_EXPORT("destroy") void philter_export_destroy(void)
{
    if (philter_plugin.destroy != NULL) philter_plugin.destroy();
}

PHILTER_AUTH_EXPORT("mechanisms") uint32_t *philter_export_mechanisms(PHILTER_PIECES(peer))
{
    static const char *names[PHILTER_MECHANISMS_MAX];
    static uint32_t row[2 * PHILTER_MECHANISMS_MAX];
    philter_bytes bytes = PHILTER_WHOLE(peer);
    philter_peer peer = philter_read_peer(bytes);
    size_t count = philter_plugin.mechanisms(&peer, names);
    philter_free(bytes);
    for (size_t i = 0; i < count; i++) {
        row[2 * i] = (uint32_t)names[i];
        row[2 * i + 1] = (uint32_t)strlen(names[i]);
    }
    philter_answer[0] = (uint32_t)row;
    philter_answer[1] = (uint32_t)count;
    return philter_answer;
}

PHILTER_AUTH_EXPORT("start") uint32_t *
philter_export_start(uint64_t session, PHILTER_PIECES(peer), PHILTER_PIECES(mechanism),
                     uint32_t has_initial, PHILTER_PIECES(initial))
{
    philter_bytes bytes = PHILTER_WHOLE(peer), mechanism = PHILTER_WHOLE(mechanism);
    philter_bytes initial = PHILTER_WHOLE(initial);
    philter_peer peer = philter_read_peer(bytes);
    philter_login login = { .outcome = PHILTER_NOT_MINE };
    bool ok = philter_plugin.start(session, &peer, mechanism, has_initial ? &initial : NULL,
                                   &login, &philter_reason);
    uint32_t *answer = philter_outcome(ok, &login);
    philter_free(bytes);
    philter_free(mechanism);
    if (has_initial) philter_free(initial);
    return answer;
}

PHILTER_AUTH_EXPORT("step") uint32_t *
philter_export_step(uint64_t session, PHILTER_PIECES(response))
{
    philter_bytes response = PHILTER_WHOLE(response);
    philter_login login = { .outcome = PHILTER_NOT_MINE };
    bool ok = philter_plugin.step(session, response, &login, &philter_reason);
    uint32_t *answer = philter_outcome(ok, &login);
    philter_free(response);
    return answer;
}

PHILTER_AUTH_EXPORT("abandon") void philter_export_abandon(uint64_t session)
{
    if (philter_plugin.abandon != NULL) philter_plugin.abandon(session);
}

PHILTER_AUTH_EXPORT("authorize") uint32_t *philter_export_authorize(PHILTER_PIECES(access))
{
    philter_bytes map = PHILTER_WHOLE(access);
    philter_access access = { 0 };
    philter_value value;
    if (philter_map_value(map, "identity", &value) && value.kind == PHILTER_TEXT)
        access.identity = value.bytes;
    if (philter_map_value(map, "action", &value) && value.kind == PHILTER_UNSIGNED)
        access.action = value.natural;
    if (philter_map_value(map, "object", &value) && value.kind == PHILTER_UNSIGNED)
        access.object = value.natural;
    if (philter_map_value(map, "name", &value) && value.kind == PHILTER_TEXT)
        access.name = value.bytes;
    philter_bytes rest = map;
    philter_value key;
    if (philter_open_map(&rest))
        while (philter_take_value(&rest, &key)) {
            philter_bytes before = rest;
            if (!philter_take_value(&rest, &value)) break;
            if (key.kind == PHILTER_TEXT && key.bytes.length == strlen("properties")
                && memcmp(key.bytes.at, "properties", key.bytes.length) == 0)
                access.properties = (philter_bytes){ before.at, (size_t)(rest.at - before.at) };
        }
    philter_decision decision = PHILTER_ABSTAIN;
    bool ok = philter_plugin.authorize == NULL
        || philter_plugin.authorize(&access, &decision, &philter_reason);
    philter_free(map);
    return ok ? philter_ok(decision, 0) : philter_no();
}

PHILTER_AUTH_EXPORT("limits") uint32_t *philter_export_limits(PHILTER_PIECES(identity))
{
    philter_bytes identity = PHILTER_WHOLE(identity);
    uint64_t connections_max = UINT64_MAX, queues_max = UINT64_MAX;
    if (philter_plugin.limits != NULL)
        philter_plugin.limits(identity, &connections_max, &queues_max);
    philter_free(identity);
    philter_buffer map = { NULL, 0 };
    uint32_t count = 0;
    if (connections_max != UINT64_MAX) {
        philter_put_key(&map, "connections-max");
        philter_put_code(&map, 0x80, connections_max, 8);
        count += 2;
    }
    if (queues_max != UINT64_MAX) {
        philter_put_key(&map, "queues-max");
        philter_put_code(&map, 0x80, queues_max, 8);
        count += 2;
    }
    map = philter_compound(0xd1, count, map);
    philter_keep(0, map);
    philter_answer[0] = (uint32_t)map.at;
    philter_answer[1] = (uint32_t)map.length;
    return philter_answer;
}

PHILTER_AUTH_EXPORT("inspect") uint32_t *philter_export_inspect(void)
{
    philter_buffer json = { NULL, 0 };
    bool ok = philter_has(philter_plugin.inspect != NULL, "inspect")
        && philter_plugin.inspect(&json, &philter_reason);
    return philter_hand_back(ok, json);
}

/* There is no subcommand: a plugin that has one needs more than this. */
PHILTER_AUTH_EXPORT("command") uint32_t *
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
