/*
 * The filter language `terms`: tests of a message's key, headers, properties and body, joined by
 * `and`, `or` and `not`. `header site = "b" and not body contains "test"`. README.md says it all.
 *
 * It shows what a filter in C needs: an expression that is refused with its place, an answer that
 * says what it reads, values of every type. philter_filter.h does the rest; nothing here knows that
 * there are batches, handles or offsets.
 */
#include "philter_filter.h"

/* Bytes of an expression: more is no expression that somebody wrote. */
#define EXPRESSION_BYTES_MAX 16384

/* How deep `(` and `not` may nest: deciding needs stack for each. */
#define DEPTH_MAX 64

/* Digits of a number with a decimal point: so many a double holds exactly. */
#define DIGITS_MAX 15

#define NONE UINT32_MAX

typedef enum { ALL, ANY, NOT, EXISTS, CONTAINS, STARTS, ENDS, EQ, NE, LT, LE, GT, GE } operation;
typedef enum { KEY, BODY, HEADER, PROPERTY } subject;

/* A test, or several behind `first`, one after another by `next`. */
typedef struct {
    operation operation;
    subject subject;
    uint32_t first, next;
    uint64_t property;
    philter_bytes name;
    philter_value literal;
} node;

typedef struct {
    node *nodes;
    uint32_t count, root, reads;
    uint8_t text[]; /* the expression; names and texts point into it */
} expression;

/* ---- words ----------------------------------------------------------------------------------- */

typedef enum { END, WORD, TEXT, NUMBER, SIGN } token_kind;

typedef struct {
    expression *into;
    philter_error *error;
    uint8_t *text;
    size_t length, at;
    uint32_t line, column, depth;

    /* the token in hand, and where it begins */
    token_kind kind;
    philter_bytes token;
    uint32_t token_line, token_column;
} parser;

static bool refuse(parser *p, const char *what)
{
    int length = p->token.length > 40 ? 40 : (int)p->token.length;
    const char *found = p->kind == END ? "the end" : (const char *)p->token.at;
    const char *quote = p->kind == END ? "" : "'";
    return philter_fail(p->error, PHILTER_INVALID_ARGUMENT, p->token_line, p->token_column,
                        "%s, found %s%.*s%s", what, quote, p->kind == END ? 7 : length, found,
                        quote);
}

static bool is_word(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80
        || (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '.';
}

static void step(parser *p)
{
    uint8_t byte = p->text[p->at++];
    if (byte == '\n') {
        p->line++;
        p->column = 1;
    } else if ((byte & 0xc0) != 0x80) { /* a character's later bytes take no column */
        p->column++;
    }
}

/* Takes a text and its quotes, and undoes `\"` and `\\` in place. */
static bool take_text(parser *p)
{
    uint8_t *from = p->text + p->at + 1, *to = from;
    p->kind = TEXT;
    for (step(p); p->at < p->length && p->text[p->at] != '"'; step(p)) {
        if (p->text[p->at] == '\\') {
            step(p);
            if (p->at == p->length) break;
            if (p->text[p->at] != '"' && p->text[p->at] != '\\')
                return philter_fail(p->error, PHILTER_INVALID_ARGUMENT, p->line, p->column - 1,
                                    "behind \\ only \" and \\ are allowed");
        }
        *to++ = p->text[p->at];
    }
    if (p->at == p->length)
        return philter_fail(p->error, PHILTER_INVALID_ARGUMENT, p->token_line, p->token_column,
                            "this text has no end");
    step(p);
    p->token = (philter_bytes){ from, (size_t)(to - from) };
    return true;
}

/* Goes on to the next token. */
static bool advance(parser *p)
{
    while (p->at < p->length && strchr(" \t\r\n", p->text[p->at]) != NULL && p->text[p->at] != 0)
        step(p);
    p->token_line = p->line;
    p->token_column = p->column;
    size_t start = p->at;
    if (start == p->length) {
        p->kind = END;
        p->token = (philter_bytes){ p->text + start, 0 };
        return true;
    }
    uint8_t byte = p->text[start];
    if (byte == '"') return take_text(p);
    if (is_word(byte)) {
        p->kind = (byte >= '0' && byte <= '9') || byte == '-' ? NUMBER : WORD;
        while (p->at < p->length && is_word(p->text[p->at])) step(p);
    } else {
        p->kind = SIGN;
        step(p);
        if (p->at < p->length && p->text[p->at] == '=' && strchr("!<>", byte) != NULL) step(p);
    }
    p->token = (philter_bytes){ p->text + start, p->at - start };
    return true;
}

static bool is(const parser *p, token_kind kind, const char *text)
{
    return p->kind == kind && p->token.length == strlen(text)
        && memcmp(p->token.at, text, p->token.length) == 0;
}

/* ---- literals and names ---------------------------------------------------------------------- */

static bool read_number(parser *p, philter_value *value)
{
    const uint8_t *at = p->token.at, *end = at + p->token.length;
    bool negative = *at == '-', point = false;
    uint64_t digits = 0, scale = 1;
    unsigned count = 0;
    for (at += negative; at < end; at++) {
        if (*at == '.' && !point && count > 0 && at + 1 < end) {
            point = true;
            continue;
        }
        if (*at < '0' || *at > '9') return refuse(p, "this is no number");
        if (++count > 18 || (point && count > DIGITS_MAX)) return refuse(p, "too many digits");
        digits = digits * 10 + (*at - '0');
        scale *= point ? 10 : 1;
    }
    if (count == 0) return refuse(p, "this is no number");
    if (point) {
        double real = (double)digits / (double)scale;
        *value = (philter_value){ .kind = PHILTER_REAL, .real = negative ? -real : real };
    } else {
        int64_t whole = (int64_t)digits;
        *value = (philter_value){ .kind = PHILTER_SIGNED, .integer = negative ? -whole : whole };
    }
    return true;
}

static bool read_literal(parser *p, philter_value *value)
{
    if (p->kind == TEXT)
        *value = (philter_value){ .kind = PHILTER_TEXT, .bytes = p->token };
    else if (is(p, WORD, "true") || is(p, WORD, "false"))
        *value = (philter_value){ .kind = PHILTER_BOOL, .boolean = is(p, WORD, "true") };
    else if (p->kind != NUMBER)
        return refuse(p, "expected a \"text\", a number, true or false");
    else if (!read_number(p, value))
        return false;
    return advance(p);
}

/* Properties as expressions name them, by their numbers. */
static const char *const property_names[] = {
    [PHILTER_EXCHANGE] = "exchange",
    [PHILTER_VIRTUAL_HOST] = "virtual-host",
    [PHILTER_PUBLISHER] = "publisher",
    [PHILTER_MESSAGE_ID] = "message-id",
    [PHILTER_CORRELATION_ID] = "correlation-id",
    [PHILTER_USER_ID] = "user-id",
    [PHILTER_CONTENT_TYPE] = "content-type",
    [PHILTER_CONTENT_ENCODING] = "content-encoding",
    [PHILTER_TIMESTAMP] = "timestamp",
    [PHILTER_EXPIRATION] = "expiration",
    [PHILTER_PRIORITY] = "priority",
    [PHILTER_DURABLE] = "durable",
    [PHILTER_REPLY_TO] = "reply-to",
    [PHILTER_TYPE] = "type",
    [PHILTER_SUBJECT] = "subject",
    [PHILTER_APP_ID] = "app-id",
    [PHILTER_GROUP_ID] = "group-id",
    [PHILTER_TIME_TO_LIVE] = "time-to-live",
    [PHILTER_PROTOCOL] = "protocol",
};

static bool read_name(parser *p, node *test)
{
    if (p->kind != WORD && p->kind != TEXT) return refuse(p, "expected a name");
    test->name = p->token;
    if (test->subject == PROPERTY) {
        size_t count = sizeof property_names / sizeof *property_names;
        for (test->property = 1; test->property < count; test->property++) {
            const char *name = property_names[test->property];
            if (strlen(name) == p->token.length && memcmp(name, p->token.at, strlen(name)) == 0)
                return advance(p);
        }
        return refuse(p, "expected the name of a property, like content-type");
    }
    return advance(p);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static uint32_t keep(parser *p, node made)
{
    made.next = NONE;
    p->into->nodes[p->into->count] = made;
    return p->into->count++;
}

static uint32_t parse_group(parser *p, operation operation);

static bool read_subject(parser *p, node *test)
{
    static const struct {
        const char *word;
        subject subject;
        uint32_t reads;
    } subjects[] = {
        { "key", KEY, PHILTER_KEY },
        { "body", BODY, PHILTER_BODY },
        { "header", HEADER, PHILTER_HEADERS },
        { "property", PROPERTY, PHILTER_PROPERTIES },
    };
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (is(p, WORD, subjects[i].word)) {
            test->subject = subjects[i].subject;
            p->into->reads |= subjects[i].reads;
            return advance(p) && (test->subject < HEADER || read_name(p, test));
        }
    return refuse(p, "expected key, body, header or property");
}

static bool read_operation(parser *p, node *test)
{
    static const struct {
        const char *word;
        operation operation;
    } operations[] = {
        { "exists", EXISTS }, { "contains", CONTAINS }, { "starts", STARTS }, { "ends", ENDS },
        { "=", EQ },          { "!=", NE },             { "<", LT },          { "<=", LE },
        { ">", GT },          { ">=", GE },
    };
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (is(p, i < 4 ? WORD : SIGN, operations[i].word)) {
            test->operation = operations[i].operation;
            return advance(p);
        }
    return refuse(p, "expected =, !=, <, <=, >, >=, contains, starts, ends or exists");
}

static uint32_t parse_subject(parser *p)
{
    node test = { .first = NONE };
    if (!read_subject(p, &test) || !read_operation(p, &test)) return NONE;
    if (test.operation == EXISTS) return keep(p, test);
    if (test.operation < EQ && p->kind != TEXT) {
        refuse(p, "expected a \"text\"");
        return NONE;
    }
    return read_literal(p, &test.literal) ? keep(p, test) : NONE;
}

static uint32_t parse_test(parser *p)
{
    bool is_not = is(p, WORD, "not");
    if (!is_not && !is(p, SIGN, "(")) return parse_subject(p);
    if (p->depth == DEPTH_MAX) {
        philter_fail(p->error, PHILTER_LIMIT_EXCEEDED, p->token_line, p->token_column,
                     "nested more than %d deep", DEPTH_MAX);
        return NONE;
    }
    p->depth++;
    uint32_t inner = !advance(p) ? NONE : is_not ? parse_test(p) : parse_group(p, ANY);
    p->depth--;
    if (inner == NONE) return NONE;
    if (is_not) return keep(p, (node){ .operation = NOT, .first = inner });
    if (is(p, SIGN, ")")) return advance(p) ? inner : NONE;
    refuse(p, "expected )");
    return NONE;
}

/* Tests with `and` between them, or such groups with `or` between them. */
static uint32_t parse_group(parser *p, operation operation)
{
    uint32_t group = NONE, last = NONE;
    for (;;) {
        uint32_t part = operation == ANY ? parse_group(p, ALL) : parse_test(p);
        if (part == NONE) return NONE;
        bool more = is(p, WORD, operation == ANY ? "or" : "and");
        if (!more && group == NONE) return part;
        if (group == NONE) group = keep(p, (node){ .operation = operation, .first = part });
        else p->into->nodes[last].next = part;
        if (!more) return group;
        if (!advance(p)) return NONE;
        last = part;
    }
}

static void terms_release(void *compiled)
{
    expression *made = compiled;
    free(made->nodes);
    free(made);
}

static void *terms_compile(philter_bytes text, uint32_t *reads, philter_error *error)
{
    if (text.length > EXPRESSION_BYTES_MAX) {
        philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0,
                     "the expression has %zu bytes, at most %d are allowed", text.length,
                     EXPRESSION_BYTES_MAX);
        return NULL;
    }
    expression *made = calloc(1, sizeof *made + text.length + 1);
    /* Each test and each group took at least two bytes of the text. */
    node *nodes = calloc(text.length / 2 + 2, sizeof *nodes);
    if (made == NULL || nodes == NULL) {
        free(made);
        free(nodes);
        philter_fail(error, PHILTER_LIMIT_EXCEEDED, 0, 0, "out of memory");
        return NULL;
    }
    made->nodes = nodes;
    if (text.length > 0) memcpy(made->text, text.at, text.length);
    parser p = { .into = made, .error = error, .text = made->text, .length = text.length,
                 .line = 1, .column = 1 };
    made->root = advance(&p) ? parse_group(&p, ANY) : NONE;
    if (made->root != NONE && p.kind != END) {
        refuse(&p, "expected and, or, or the end");
        made->root = NONE;
    }
    if (made->root == NONE) {
        terms_release(made);
        return NULL;
    }
    nodes = realloc(made->nodes, made->count * sizeof *nodes);
    if (nodes != NULL) made->nodes = nodes;
    *reads = made->reads;
    return made;
}

/* ---- deciding -------------------------------------------------------------------------------- */

static bool find_subject(const node *test, const philter_message *message, philter_value *value)
{
    switch (test->subject) {
    case KEY:
        *value = (philter_value){ .kind = PHILTER_TEXT, .bytes = message->key };
        return true;
    case BODY:
        *value = (philter_value){ .kind = PHILTER_TEXT, .bytes = message->body };
        return true;
    case HEADER: return philter_header(message, test->name, value);
    case PROPERTY: return philter_property(message, test->property, value);
    }
    return false;
}

static bool starts(philter_bytes text, philter_bytes with)
{
    return text.length >= with.length && memcmp(text.at, with.at, with.length) == 0;
}

static bool ends(philter_bytes text, philter_bytes with)
{
    if (text.length < with.length) return false;
    text.at += text.length - with.length;
    text.length = with.length;
    return starts(text, with);
}

static bool contains(philter_bytes text, philter_bytes part)
{
    if (part.length == 0) return true;
    while (text.length >= part.length) {
        const uint8_t *found = memchr(text.at, *part.at, text.length - part.length + 1);
        if (found == NULL) return false;
        text.length -= (size_t)(found - text.at);
        text.at = found;
        if (memcmp(found, part.at, part.length) == 0) return true;
        text.at++;
        text.length--;
    }
    return false;
}

static bool is_number(const philter_value *value)
{
    return value->kind >= PHILTER_SIGNED && value->kind <= PHILTER_REAL;
}

static double as_real(const philter_value *value)
{
    if (value->kind == PHILTER_REAL) return value->real;
    return value->kind == PHILTER_SIGNED ? (double)value->integer : (double)value->natural;
}

/* Below, equal or above zero, as the value is to the literal. */
static int order_numbers(const philter_value *value, const philter_value *literal)
{
    if (value->kind != PHILTER_REAL && literal->kind == PHILTER_SIGNED) {
        if (value->kind == PHILTER_UNSIGNED && value->natural > INT64_MAX) return 1;
        return (value->integer > literal->integer) - (value->integer < literal->integer);
    }
    double left = as_real(value), right = as_real(literal);
    return (left > right) - (left < right);
}

static int order_texts(philter_bytes left, philter_bytes right)
{
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = shorter == 0 ? 0 : memcmp(left.at, right.at, shorter);
    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static bool compare(operation operation, const philter_value *value, const philter_value *literal)
{
    int order;
    if (is_number(value) && is_number(literal)) {
        if (value->kind == PHILTER_REAL && value->real != value->real) return operation == NE;
        order = order_numbers(value, literal);
    } else if (value->kind != literal->kind) {
        return false;
    } else if (value->kind == PHILTER_TEXT) {
        order = order_texts(value->bytes, literal->bytes);
    } else {
        order = value->boolean - literal->boolean;
    }
    switch (operation) {
    case EQ: return order == 0;
    case NE: return order != 0;
    case LT: return order < 0;
    case LE: return order <= 0;
    case GT: return order > 0;
    default: return order >= 0;
    }
}

static bool decide_test(const node *test, const philter_message *message)
{
    philter_value value;
    if (!find_subject(test, message, &value)) return false;
    if (test->operation == EXISTS) return true;
    if (test->operation >= EQ) return compare(test->operation, &value, &test->literal);
    if (value.kind != PHILTER_TEXT) return false;
    switch (test->operation) {
    case CONTAINS: return contains(value.bytes, test->literal.bytes);
    case STARTS: return starts(value.bytes, test->literal.bytes);
    default: return ends(value.bytes, test->literal.bytes);
    }
}

static bool decide(const expression *made, uint32_t at, const philter_message *message)
{
    const node *test = made->nodes + at;
    if (test->operation == NOT) return !decide(made, test->first, message);
    if (test->operation > NOT) return decide_test(test, message);
    bool all = test->operation == ALL;
    for (uint32_t part = test->first; part != NONE; part = made->nodes[part].next)
        if (decide(made, part, message) != all) return !all;
    return all;
}

static bool terms_matches(const void *compiled, const philter_message *message)
{
    const expression *made = compiled;
    return decide(made, made->root, message);
}

const philter_filter philter_plugin = {
    .description = "{\"name\": \"filter-c\", \"version\": \"0.1.0\", "
                   "\"licence\": \"MIT OR Apache-2.0\", \"type\": \"terms\"}",
    .compile = terms_compile,
    .release = terms_release,
    .matches = terms_matches,
};
