//! What wrong queries are told, and where.

use super::error;

/// Checks a table of queries, each with what it is told in the lines behind `!`: code, line and
/// column, message.
#[track_caller]
fn check(cases: &str) {
    let mut wrong = String::new();
    for case in cases.trim_matches('\n').split("\n\n") {
        let (source, expected) = case.split_once("\n  ! ").unwrap_or((case, ""));
        let expected: Vec<&str> = expected.lines().map(str::trim).collect();
        let (expected, found) = (expected.join(" "), told(source));
        if found != expected {
            wrong.push_str(&format!("{source}\n  expected {expected}\n  found    {found}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a query is told.
fn told(source: &str) -> String {
    let error = error(source);
    let (line, column) = error.place().map_or((0, 0), |place| (place.line, place.column));
    format!("{} {line}:{column} {}", error.code(), error.message())
}

#[test]
fn a_syntax_error_says_what_was_expected_and_found_and_where() {
    check(
        r#"
1 +
  ! XPST0003 1:4 expected an expression, found the end of the query

a
  b
  ! XPST0003 2:3 expected an operator or the end of the query, found `b`

f(1
  ! XPST0003 1:4 expected `)` for the `(` at line 1, column 2, found the end of the query

a[1)
  ! XPST0003 1:4 expected `]` for the `[` at line 1, column 2, found `)`

'é' )
  ! XPST0003 1:5 expected an operator or the end of the query, found `)`

"abc
  ! XPST0003 1:1 expected `"`, found the end of the query

1 (: a
  ! XPST0003 1:3 expected an operator or the end of the query, found a comment that has no end
    `:)`

10div 3
  ! XPST0003 1:3 expected a space or an operator behind the number `10`, found `div`

a/
  ! XPST0003 1:3 expected an expression, found the end of the query

/ * 5
  ! XPST0003 1:5 expected an operator or the end of the query, found `5`

a = b = c
  ! XPST0003 1:7 expected an operator or the end of the query, found `=`

foo::a
  ! XPST0003 1:1 expected an axis such as `child` before `::`, found `foo`

1 + if (a) then b else c
  ! XPST0003 1:5 no function can be called `if`; here the expression needs parentheses

declare function element() { 1 }; 1
  ! XPST0003 1:18 no function can be called `element`

declare variable $a := 1; declare namespace p = 'u'; 1
  ! XPST0003 1:27 namespaces, imports and settings come before variables, functions, options and
    the context item

declare variable $a := 1
  ! XPST0003 1:25 expected `;` behind the declaration, found the end of the query
"#,
    );
}

#[test]
fn common_slips_are_told_how_it_is_written() {
    check(
        r#"
for $a in b wehre c return d
  ! XPST0003 1:13 expected `return`, `for`, `let`, `where`, `group`, `order`, `stable` or
    `count`, found `wehre`; did you mean `where`?

a == b
  ! XPST0003 1:3 expected an operator or the end of the query, found `==`; equality is `=` or
    `eq`

a && b
  ! XPST0003 1:3 expected an operator or the end of the query, found `&&`; conjunction is `and`

a <> b
  ! XPST0003 1:3 expected an operator or the end of the query, found `<>`; inequality is `!=` or
    `ne`

!a
  ! XPST0003 1:1 expected an expression, found `!`; negation is `not(…)`

let $a = 1 return $a
  ! XPST0003 1:8 expected `:=`, found `=`; `let` binds with `:=`

for $a := b return $a
  ! XPST0003 1:8 expected `in`, found `:=`; a variable that runs over a sequence is bound with
    `in`

for a in b return a
  ! XPST0003 1:5 expected a variable, found `a`; names of variables begin with `$`

if (a) then b
  ! XPST0003 1:14 expected `else`, found the end of the query; an `if` always has an `else`, and
    `else ()` gives nothing

if (a) then b elsif (c) then d else e
  ! XPST0003 1:15 expected `else`, found `elsif`; write `else if`

declare varible $a := 1; $a
  ! XPST0003 1:9 expected `namespace`, `variable`, `function`, `default`, `option`, `context`,
    `boundary-space`, `base-uri`, `construction`, `ordering`, `copy-namespaces` or
    `decimal-format`, found `varible`; did you mean `variable`?

a = ‘b’
  ! XPST0003 1:5 expected an expression, found `‘`; strings stand in straight quotes

a;
  ! XPST0003 1:2 expected an operator or the end of the query, found `;`; `;` ends declarations
    of the prolog only

"a & b"
  ! XPST0003 1:4 expected a reference such as `&amp;`, found `&`; a literal `&` is written
    `&amp;`

map { p:a }
  ! XPST0003 1:11 expected `:` and a value behind the key, found `}`; a name before the colon
    needs a space behind it
"#,
    );
}

#[test]
fn errors_of_markup_say_where_it_began() {
    check(
        r#"
<a>
<b></c></a>
  ! XQST0118 2:4 expected `</b>` for the element at line 2, column 1, found `</c>`

<a>
  ! XPST0003 1:4 expected `</a>` for the element at line 1, column 1, found the end of the query

<a b='1'c='2'/>
  ! XPST0003 1:9 expected a space, `>` or `/>`, found `c`

<a b='<'/>
  ! XPST0003 1:7 expected text, found `<`, which is written `&lt;`

<a>}</a>
  ! XPST0003 1:4 expected text, found `}`, which is written `}}`

<a xmlns:b='{1}'/>
  ! XQST0022 1:13 a declaration of a namespace holds no `{ … }`

<a>&#0;</a>
  ! XQST0090 1:4 `&#0;` is no character of XML

<a>&b;</a>
  ! XPST0003 1:4 there is no entity `b`; there are `lt`, `gt`, `amp`, `quot` and `apos`

<!-- a -- b -->
  ! XPST0003 1:1 a comment holds no `--` and does not end with `-`

<?xml a?>
  ! XPST0003 1:3 expected the target of a processing instruction, which is a name other than
    `xml`

< a/>
  ! XPST0003 1:1 expected an expression, found `<`; where an element begins, its name stands
    right behind `<`

``[a
  ! XPST0003 1:5 expected `]``` for the ```[` at line 1, column 1, found the end of the query

(# a
  ! XPST0003 1:5 expected `#)` for the `(#` at line 1, column 1, found the end of the query
"#,
    );
}

#[test]
fn other_codes_are_seen_in_the_text_alone() {
    check(
        r#"
Q{ http://www.w3.org/2000/xmlns/ }a
  ! XQST0070 1:1 no name is in the namespace http://www.w3.org/2000/xmlns/

xquery version '4.0'; 1
  ! XQST0031 1:16 expected version 1.0, 3.0 or 3.1, found "4.0"

xquery version '1.0' encoding 'é'; 1
  ! XQST0087 1:31 expected the name of an encoding, found "é"

namespace::a
  ! XPST0003 1:1 XQuery has no axis `namespace`

a/namespace-node()
  ! XQST0134 1:3 there is no axis that leads to namespace nodes

a instance of processing-instruction('b c')
  ! XPTY0004 1:38 expected a name without a colon, found "b c"

declare %a(170141183460469231731687303715884105728) variable $a := 1; 1
  ! FOAR0002 1:12 the number `170141183460469231731687303715884105728` is too large
"#,
    );
}

#[test]
fn an_empty_query_and_one_of_other_characters_have_places_as_well() {
    assert_eq!(told(""), "XPST0003 1:1 expected an expression, found the end of the query");
    assert_eq!(told("1\u{1}"), "XPST0003 1:2 U+0001 is no character of XML");
}
