/*
 * A plugin with one planted fault, for the tests of the conformance kit. Compiled with
 * -DFAULT=<one of enum fault>; with `none` it keeps every rule.
 *
 * It offers an exchange that matches keys exactly, and an auth provider that knows PLAIN and lets
 * nobody in, answering from a thread of its own.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "philter_plugin.h"

enum fault {
    none,
    /* library */
    wrong_magic,
    short_struct,
    another_draft,
    refuses_the_host,
    /* exchange */
    wrong_binding_id,
    answers_past_the_batch,
    keeps_a_borrowed_key,
    reads_headers_as_key_only,
    forgets_unbind,
    unbinds_the_unknown,
    takes_what_it_refused,
    depends_on_the_batch,
    varies_though_cacheable,
    shares_instances,
    not_thread_safe,
    fails_on_odd_messages,
    inspects_in_prose,
    takes_any_configuration,
    crashes,
    never_ends,
    /* auth */
    completes_twice,
    leaks_a_token,
    completes_and_answers,
    keeps_a_borrowed_login,
    logs_the_password,
    lets_strangers_in,
    fails_unknown_mechanisms
};

#ifndef FAULT
#define FAULT none
#endif
static const enum fault fault = FAULT;

static const ph_host *host;

static ph_slice text(const char *words) {
    ph_slice slice = {(const uint8_t *)words, strlen(words)};
    return slice;
}

static int is_equal(ph_slice left, ph_slice right) {
    return left.len == right.len && (left.len == 0 || memcmp(left.ptr, right.ptr, left.len) == 0);
}

static ph_slice copied(ph_slice slice) {
    uint8_t *copy = malloc(slice.len + 1);
    if (slice.len > 0) memcpy(copy, slice.ptr, slice.len);
    slice.ptr = copy;
    return slice;
}

static int32_t refuse(const ph_reply *reply, int32_t status, const char *why) {
    reply->error(reply->ctx, 0, 0, text(why));
    return status;
}

/* Whether a configuration looks like a JSON object, which is all that is wanted of it here. */
static int is_object(ph_slice configuration) {
    return configuration.len >= 2 && configuration.ptr[0] == '{' &&
           configuration.ptr[configuration.len - 1] == '}';
}

/* --- exchange ------------------------------------------------------------------------------ */

struct binding {
    uint64_t id;
    ph_slice key;
    struct binding *next;
};

struct exchange {
    pthread_rwlock_t lock;
    struct binding *first;
    atomic_int routing;
    atomic_uint turn;
};

static struct exchange shared = {.lock = PTHREAD_RWLOCK_INITIALIZER};

static int32_t exchange_create(const ph_context *context, void **instance, const ph_reply *reply) {
    if (fault != takes_any_configuration && !is_object(context->configuration))
        return refuse(reply, PH_ERR_INVALID_ARGUMENT, "the configuration is no JSON object");
    struct exchange *exchange = calloc(1, sizeof *exchange);
    pthread_rwlock_init(&exchange->lock, NULL);
    *instance = fault == shares_instances ? &shared : exchange;
    return PH_OK;
}

static void exchange_destroy(void *instance) {
    struct exchange *exchange = instance;
    struct timespec hour = {3600, 0};
    if (fault == never_ends) nanosleep(&hour, NULL);
    if (exchange == &shared) return;
    while (exchange->first != NULL) {
        struct binding *binding = exchange->first;
        exchange->first = binding->next;
        free(binding);
    }
    free(exchange);
}

static void add(struct exchange *exchange, const ph_binding *given) {
    struct binding *binding = calloc(1, sizeof *binding);
    binding->id = given->id;
    binding->key = fault == keeps_a_borrowed_key ? given->key : copied(given->key);
    pthread_rwlock_wrlock(&exchange->lock);
    binding->next = exchange->first;
    exchange->first = binding;
    pthread_rwlock_unlock(&exchange->lock);
}

static int32_t exchange_bind(
    void *instance, const ph_binding *binding, ph_bound *bound, const ph_reply *reply) {
    if (is_equal(binding->key, text("not a number"))) {
        if (fault == takes_what_it_refused) add(instance, binding);
        return refuse(reply, PH_ERR_INVALID_ARGUMENT, "the key 'not a number' is not taken");
    }
    add(instance, binding);
    bound->reads = PH_READS_KEY;
    bound->cacheable = 1;
    return PH_OK;
}

static int32_t exchange_unbind(void *instance, uint64_t id, const ph_reply *reply) {
    struct exchange *exchange = instance;
    int32_t status = PH_ERR_NOT_FOUND;
    pthread_rwlock_wrlock(&exchange->lock);
    for (struct binding **place = &exchange->first; *place != NULL; place = &(*place)->next) {
        if ((*place)->id != id) continue;
        if (fault != forgets_unbind) *place = (*place)->next;
        status = PH_OK;
        break;
    }
    pthread_rwlock_unlock(&exchange->lock);
    if (status == PH_OK || fault == unbinds_the_unknown) return PH_OK;
    return refuse(reply, status, "no such binding");
}

/* Whether another thread is inside route, found out by staying there a while. */
static int is_alone(struct exchange *exchange) {
    int before = atomic_fetch_add(&exchange->routing, 1);
    if (fault == not_thread_safe) sched_yield();
    return before == 0;
}

static int is_wanted(struct exchange *exchange, const ph_msg *message, size_t index) {
    ph_value value;
    if (fault == depends_on_the_batch) return index == 0;
    if (fault == varies_though_cacheable) return atomic_fetch_add(&exchange->turn, 1) % 3 != 0;
    if (fault == reads_headers_as_key_only)
        return host->msg_header(message, text("color"), &value) == PH_ABSENT;
    return 1;
}

static int32_t exchange_route(void *instance, const ph_msg *const *batch, size_t count,
    const ph_matches *matches, const ph_reply *reply) {
    struct exchange *exchange = instance;
    int answers = is_alone(exchange) || fault != not_thread_safe;
    int32_t status = PH_OK;
    pthread_rwlock_rdlock(&exchange->lock);
    for (size_t i = 0; i < count && status == PH_OK; i++) {
        ph_slice key;
        host->msg_routing_key(batch[i], &key);
        if (fault == fails_on_odd_messages && key.len > 200) status = PH_ERR_INVALID_ARGUMENT;
        if (fault == crashes && is_equal(key, text("zzz"))) abort();
        for (struct binding *binding = exchange->first; binding; binding = binding->next) {
            uint64_t id = fault == wrong_binding_id ? binding->id + 1 : binding->id;
            if (!is_equal(binding->key, key) || !answers) continue;
            if (is_wanted(exchange, batch[i], i)) matches->push(matches->ctx, i, &id, 1);
        }
    }
    if (fault == answers_past_the_batch && exchange->first != NULL)
        matches->push(matches->ctx, count, &exchange->first->id, 1);
    pthread_rwlock_unlock(&exchange->lock);
    atomic_fetch_sub(&exchange->routing, 1);
    return status == PH_OK ? PH_OK : refuse(reply, status, "the key is too long for me");
}

static int32_t exchange_inspect(void *instance, const uint64_t *binding, const ph_reply *reply) {
    struct exchange *exchange = instance;
    int is_known = binding == NULL;
    pthread_rwlock_rdlock(&exchange->lock);
    for (struct binding *held = exchange->first; held && !is_known; held = held->next)
        is_known = held->id == *binding;
    pthread_rwlock_unlock(&exchange->lock);
    if (!is_known) return refuse(reply, PH_ERR_NOT_FOUND, "no such binding");
    reply->result(reply->ctx, text(fault == inspects_in_prose ? "all is well" : "{\"ok\": true}"));
    return PH_OK;
}

static const ph_exchange_vtable exchange_vtable = {
    .size = sizeof(ph_exchange_vtable),
    .create = exchange_create,
    .destroy = exchange_destroy,
    .bind = exchange_bind,
    .unbind = exchange_unbind,
    .route = exchange_route,
    .inspect = exchange_inspect,
};

/* --- auth ---------------------------------------------------------------------------------- */

struct login {
    uint64_t token;
    ph_slice message;
};

static int32_t auth_create(const ph_context *context, void **instance, const ph_reply *reply) {
    if (!is_object(context->configuration))
        return refuse(reply, PH_ERR_INVALID_ARGUMENT, "the configuration is no JSON object");
    *instance = calloc(1, 1);
    return PH_OK;
}

static void auth_destroy(void *instance) { free(instance); }

static int32_t auth_mechanisms(void *instance, const ph_peer *peer, const ph_reply *reply) {
    (void)instance, (void)peer;
    reply->result(reply->ctx, text("PLAIN"));
    return PH_OK;
}

static ph_sasl_outcome outcome_of(ph_sasl_kind kind, ph_slice data) {
    ph_sasl_outcome outcome = {.size = sizeof outcome, .outcome = kind, .data = data};
    if (kind == PH_SASL_SUCCESS) outcome.identity = text("stranger");
    return outcome;
}

static ph_slice over(const ph_sasl_outcome *outcome) {
    ph_slice slice = {(const uint8_t *)outcome, sizeof *outcome};
    return slice;
}

/* The second field of a PLAIN message. */
static ph_slice user_of(ph_slice message) {
    ph_slice user = {message.ptr, 0};
    const uint8_t *end = message.ptr + message.len;
    while (user.ptr < end && *user.ptr != 0) user.ptr++;
    if (user.ptr < end) user.ptr++;
    while (user.ptr + user.len < end && user.ptr[user.len] != 0) user.len++;
    for (size_t i = 0; i < user.len; i++)
        if (user.ptr[i] >= 0x80) user.len = 0;
    return user;
}

static void *finish(void *given) {
    struct login *login = given;
    struct timespec moment = {0, 20 * 1000 * 1000};
    char line[4096];
    /* Late enough that whoever lent the message has it back. */
    if (fault == keeps_a_borrowed_login) nanosleep(&moment, NULL);
    ph_slice user = user_of(login->message);
    snprintf(line, sizeof line, "no user '%.*s'", (int)(user.len % 1000), (const char *)user.ptr);
    ph_sasl_outcome outcome = outcome_of(PH_SASL_FAILURE, text(line));
    if (fault == leaks_a_token) return NULL;
    host->complete(host->ctx, login->token, PH_OK, over(&outcome));
    if (fault == completes_twice) host->complete(host->ctx, login->token, PH_OK, over(&outcome));
    return NULL;
}

static int32_t answer(const ph_reply *reply, ph_sasl_kind kind) {
    ph_sasl_outcome outcome = outcome_of(kind, text(""));
    reply->result(reply->ctx, over(&outcome));
    return PH_OK;
}

static int32_t auth_start(void *instance, uint64_t session, const ph_peer *peer,
    ph_slice mechanism, const ph_slice *initial, uint64_t token, const ph_reply *reply) {
    pthread_t thread;
    (void)instance, (void)session, (void)peer;
    if (!is_equal(mechanism, text("PLAIN"))) {
        int fails = fault == fails_unknown_mechanisms;
        return answer(reply, fails ? PH_SASL_FAILURE : PH_SASL_NOT_MINE);
    }
    ph_slice message = initial == NULL ? text("") : *initial;
    if (fault == logs_the_password) {
        ph_slice user = user_of(message);
        size_t to_password = (size_t)(user.ptr - message.ptr) + user.len + 1;
        if (to_password < message.len && message.len < 200) {
            ph_slice password = {message.ptr + to_password, message.len - to_password};
            host->log(host->ctx, PH_LEVEL_DEBUG, password);
        }
    }
    struct login *login = calloc(1, sizeof *login);
    login->token = token;
    login->message = fault == keeps_a_borrowed_login ? message : copied(message);
    if (fault == completes_and_answers) {
        finish(login);
        return answer(reply, PH_SASL_FAILURE);
    }
    if (pthread_create(&thread, NULL, finish, login) != 0)
        return refuse(reply, PH_ERR_INTERNAL, "no thread");
    pthread_detach(thread);
    return PH_PENDING;
}

static int32_t auth_step(void *instance, uint64_t session, ph_slice response, uint64_t token,
    const ph_reply *reply) {
    (void)instance, (void)session, (void)response, (void)token;
    if (fault == lets_strangers_in) return answer(reply, PH_SASL_SUCCESS);
    return refuse(reply, PH_ERR_NOT_FOUND, "no such login");
}

static const ph_auth_vtable auth_vtable = {
    .size = sizeof(ph_auth_vtable),
    .create = auth_create,
    .destroy = auth_destroy,
    .mechanisms = auth_mechanisms,
    .start = auth_start,
    .step = auth_step,
};

/* --- plugin -------------------------------------------------------------------------------- */

static ph_factory factories[2];
static ph_plugin plugin;

static ph_factory factory(ph_kind kind, uint16_t major, uint16_t minor, const void *vtable) {
    ph_factory factory = {
        .size = sizeof factory,
        .kind = kind,
        .kind_major = major,
        .kind_minor = minor,
        .type_name = text("faulty"),
        .configuration_schema = text("{\"type\": \"object\"}"),
        .vtable = vtable,
    };
    return factory;
}

const ph_plugin *philter_plugin_entry_v1(const ph_host *given) {
    uint16_t major = fault == another_draft ? 0 : PH_EXCHANGE_MAJOR;
    uint16_t minor = PH_EXCHANGE_MINOR + (fault == another_draft ? 7 : 0);
    if (fault == refuses_the_host) return NULL;
    host = given;
    factories[0] = factory(PH_KIND_EXCHANGE, major, minor, &exchange_vtable);
    factories[1] = factory(PH_KIND_AUTH, PH_AUTH_MAJOR, PH_AUTH_MINOR, &auth_vtable);
    plugin = (ph_plugin){
        .magic = fault == wrong_magic ? 0x12345678u : PH_MAGIC,
        .abi_major = PH_ABI_MAJOR,
        .abi_minor = PH_ABI_MINOR,
        .size = fault == short_struct ? 24 : sizeof plugin,
        .name = text("faulty"),
        .version = text("1.0.0"),
        .licence = text("MIT"),
        .factories = factories,
        .factory_count = 2,
        .factory_stride = sizeof(ph_factory),
    };
    return &plugin;
}
