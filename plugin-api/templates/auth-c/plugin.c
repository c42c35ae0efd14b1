/*
 * Auth provider `my-plugin`: lets the users of its configuration in by SASL's PLAIN (RFC 4616), over
 * connections that nobody reads along.
 *
 * my_judge says who may come in; philter_auth.h does the rest. Users with their passwords in a
 * configuration are for trying out: ask your directory or your token's issuer there, by a file or an
 * endpoint that the broker grants (PHILTER_AUTH_FILES, PHILTER_AUTH_HTTP of philter_auth.h).
 *
 * No password is in a text, a log line or an error.
 */
#include "philter_auth.h"

typedef struct user {
    struct user *next;
    philter_buffer name, password;
} user;

/* A login that waits for its message. */
typedef struct waiting {
    struct waiting *next;
    uint64_t session;
} waiting;

static user *users;
static waiting *logins;

/* ---- the configuration: {"jo": "secret"} ------------------------------------------------------ */

static void skip_blanks(philter_bytes *json)
{
    while (json->length > 0 && strchr(" \t\r\n", *json->at) != NULL && *json->at != 0) {
        json->at++;
        json->length--;
    }
}

static bool take_letter(philter_bytes *json, char letter)
{
    skip_blanks(json);
    if (json->length == 0 || *json->at != letter) return false;
    json->at++;
    json->length--;
    return true;
}

/* A string of JSON without escapes. OWNERSHIP: the caller frees it. */
static bool take_string(philter_bytes *json, philter_buffer *string)
{
    if (!take_letter(json, '"')) return false;
    const uint8_t *begin = json->at;
    while (json->length > 0 && *json->at != '"' && *json->at != '\\') {
        json->at++;
        json->length--;
    }
    size_t length = (size_t)(json->at - begin);
    if (!take_letter(json, '"') || (string->at = malloc(length + 1)) == NULL) return false;
    memcpy(string->at, begin, length);
    string->length = length;
    return true;
}

static bool take_user(philter_bytes *json)
{
    user *made = calloc(1, sizeof *made);
    if (made == NULL) return false;
    made->next = users;
    users = made;
    return take_string(json, &made->name) && take_letter(json, ':')
        && take_string(json, &made->password);
}

static bool my_create(philter_bytes configuration, philter_bytes context, philter_error *error)
{
    (void)context;
    bool ok = take_letter(&configuration, '{');
    if (ok && !take_letter(&configuration, '}')) {
        do ok = take_user(&configuration);
        while (ok && take_letter(&configuration, ','));
        ok = ok && take_letter(&configuration, '}');
    }
    skip_blanks(&configuration);
    if (ok && configuration.length == 0) return true;
    return philter_fail(error, PHILTER_INVALID_ARGUMENT, 0, 0,
                        "the configuration of my-plugin is no object of names and passwords "
                        "without backslashes, such as {\"jo\": \"secret\"}");
}

/* ---- logins ------------------------------------------------------------------------------------ */

/* Whether both are equal, in a time that does not say how far they are. */
static bool are_equal(philter_buffer wanted, philter_bytes found)
{
    if (wanted.length != found.length) return false;
    unsigned differing = 0;
    for (size_t i = 0; i < found.length; i++) differing |= wanted.at[i] ^ found.at[i];
    return differing == 0;
}

static void fail(philter_login *login, const char *why)
{
    login->outcome = PHILTER_FAILURE;
    login->data = (philter_bytes){ (const uint8_t *)why, strlen(why) };
}

/* Takes what stands before the next NUL, or everything. */
static bool take_field(philter_bytes *message, philter_bytes *field)
{
    if (message->at == NULL) return false;
    const uint8_t *end = message->length > 0 ? memchr(message->at, 0, message->length) : NULL;
    size_t length = end == NULL ? message->length : (size_t)(end - message->at);
    *field = (philter_bytes){ message->at, length };
    *message = end == NULL ? (philter_bytes){ NULL, 0 }
                           : (philter_bytes){ end + 1, message->length - length - 1 };
    return true;
}

/* Who a PLAIN message is of: somebody else's identity, NUL, the user, NUL, the password. */
static void my_judge(philter_bytes message, philter_login *login)
{
    philter_bytes other, name, password;
    if (!take_field(&message, &other) || !take_field(&message, &name)
        || !take_field(&message, &password) || message.at != NULL) {
        fail(login, "no PLAIN message");
        return;
    }
    for (const user *it = users; it != NULL; it = it->next) {
        if (it->name.length != name.length || memcmp(it->name.at, name.at, name.length) != 0)
            continue;
        if (!are_equal(it->password, password)) {
            fail(login, "wrong password");
            return;
        }
        login->outcome = PHILTER_SUCCESS;
        login->identity = (philter_bytes){ it->name.at, it->name.length };
        return;
    }
    login->outcome = PHILTER_NOT_MINE; /* the next provider may know the user */
}

static bool is_private(const philter_peer *peer)
{
    return peer->is_encrypted || peer->is_loopback;
}

static size_t my_mechanisms(const philter_peer *peer, const char **names)
{
    names[0] = "PLAIN";
    return is_private(peer) ? 1 : 0;
}

static bool my_start(uint64_t session, const philter_peer *peer, philter_bytes mechanism,
                     const philter_bytes *initial, philter_login *login, philter_error *error)
{
    if (mechanism.length != strlen("PLAIN") || memcmp(mechanism.at, "PLAIN", mechanism.length) != 0)
        return true; /* not ours */
    if (!is_private(peer)) {
        fail(login, "PLAIN over a connection that is not encrypted");
    } else if (initial != NULL) {
        my_judge(*initial, login);
    } else {
        waiting *made = malloc(sizeof *made);
        if (made == NULL) return philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
        *made = (waiting){ logins, session };
        logins = made;
        login->outcome = PHILTER_CHALLENGE;
    }
    return true;
}

/* Whether this login waited for its message; it does no longer. */
static bool forget(uint64_t session)
{
    waiting **place = &logins;
    while (*place != NULL && (*place)->session != session) place = &(*place)->next;
    waiting *gone = *place;
    if (gone == NULL) return false;
    *place = gone->next;
    free(gone);
    return true;
}

static bool my_step(uint64_t session, philter_bytes response, philter_login *login,
                    philter_error *error)
{
    (void)error;
    if (forget(session)) my_judge(response, login);
    else fail(login, "this login never began");
    return true;
}

static void my_abandon(uint64_t session)
{
    forget(session);
}

const philter_auth philter_plugin = {
    .description = "{\"name\": \"my-plugin\", \"version\": \"0.1.0\", "
                   "\"licence\": \"MIT OR Apache-2.0\", \"type\": \"my-plugin\", "
                   "\"configuration-schema\": {\"type\": \"object\", "
                   "\"description\": \"Passwords by users\", "
                   "\"additionalProperties\": {\"type\": \"string\"}}}",
    .create = my_create,
    .mechanisms = my_mechanisms,
    .start = my_start,
    .step = my_step,
    .abandon = my_abandon,
};
