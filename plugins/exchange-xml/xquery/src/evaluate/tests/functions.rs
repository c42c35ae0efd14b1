//! Functions: declared, inline, partial, coerced; variables of the prolog.

use super::check;

#[test]
fn arguments_are_converted() {
    check(&[
        (
            "declare function local:f($x as xs:double) { $x instance of xs:double }; local:f(1)",
            "true()",
        ),
        ("declare function local:f($x as xs:integer) { $x + 1 }; local:f(//temperature_f)", "61"),
        ("declare function local:f($x as xs:string) { $x }; local:f(1)", "XPTY0004"),
        (
            "declare function local:f($x as xs:string) as xs:integer { $x }; local:f('a')",
            "XPTY0004",
        ),
        ("declare function local:f($x as xs:string) { $x }; local:f(xs:anyURI('u'))", "\"u\""),
        (
            "declare function local:f($n) { if ($n = 0) then 0 else 1 + local:f($n - 1) }; \
             local:f(500)",
            "500",
        ),
        (
            "declare function local:f($x as xs:QName) { $x }; local:f(xs:untypedAtomic('a'))",
            "XPTY0117",
        ),
    ]);
}

#[test]
fn functions_are_values() {
    check(&[
        ("let $f := function($x) { $x + 1 } return $f(2)", "3"),
        ("let $y := 10 return (function($x) { $x + $y })(2)", "12"),
        ("let $f := concat('a', ?, 'c') return $f('b')", "\"abc\""),
        ("let $f := upper-case#1 return $f('b')", "\"B\""),
        ("let $m := map{'a': 1}(?) return $m('a')", "1"),
        ("[7, 8](?)(2)", "8"),
        ("for-each(1 to 3, function($x) { $x * $x })", "1 4 9"),
        ("fold-left(1 to 4, 0, function($a, $b) { $a + $b })", "10"),
        ("filter((1, 'a'), function($x) { $x instance of xs:string })", "\"a\""),
        ("for-each(('a', 'b'), map{'a': 1, 'b': 2})", "1 2"),
        ("(function($x) { $x })(1, 2)", "XPTY0004"),
        ("1(2)", "XPTY0004"),
        (
            "declare function local:f($g as function(xs:integer) as xs:integer) { $g(1) }; \
          local:f(function($x) { $x || '' })",
            "XPTY0004",
        ),
        (
            "declare function local:f($g as function(xs:integer) as xs:string) { $g('a') }; \
          local:f(function($x) { 'b' })",
            "XPTY0004",
        ),
        ("declare function local:f() { . }; local:f()", "XPDY0002"),
        ("let $f := position#0 return (5, 6) ! $f()", "1 1"),
    ]);
}

#[test]
fn prolog_variables_are_evaluated_once_when_used() {
    check(&[
        ("declare variable $x := 1 div 0; 1", "1"),
        ("declare variable $x := 1 div 0; $x", "FOAR0001"),
        ("declare variable $x external; 1", "1"),
        ("declare variable $x external; $x", "XPDY0002"),
        ("declare variable $x external := 3; $x", "3"),
        ("declare variable $x as xs:string := 3; $x", "XPTY0004"),
        ("declare variable $x := local:f(); declare function local:f() { $x }; $x", "XQDY0054"),
        ("declare variable $x := //station/string(); $x", "\"Raleigh\""),
        ("declare context item := 5; .", "5"),
        ("declare variable $x := <a/>; $x is $x", "true()"),
    ]);
}
