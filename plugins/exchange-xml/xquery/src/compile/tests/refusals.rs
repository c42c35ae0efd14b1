//! Static errors, by code.

use super::{compile_with, refusal_with, with_modules};
use crate::options::Options;

fn check(table: &[(&str, &str)]) {
    for (query, code) in table {
        let error = refusal_with(query, &Options::default());
        assert_eq!(error.code().to_string(), *code, "{query}: {error}");
        assert!(error.place().is_some(), "{query}: {error}");
    }
}

#[test]
fn a_prolog_says_each_thing_once_and_rightly() {
    check(&[
        ("xquery version '4.7'; 1", "XQST0031"),
        ("xquery version '3.1' encoding ' x'; 1", "XQST0087"),
        ("declare base-uri 'a:b'; declare base-uri 'a:b'; 1", "XQST0032"),
        ("declare namespace a = 'u'; declare namespace a = 'v'; 1", "XQST0033"),
        ("declare default collation 'urn:none'; 1", "XQST0038"),
        (
            "declare copy-namespaces preserve, inherit; \
             declare copy-namespaces preserve, inherit; 1",
            { "XQST0055" },
        ),
        ("declare ordering ordered; declare ordering ordered; 1", "XQST0065"),
        ("declare default element namespace 'a'; declare default element namespace 'b'; 1", {
            "XQST0066"
        }),
        ("declare construction strip; declare construction strip; 1", "XQST0067"),
        ("declare boundary-space strip; declare boundary-space strip; 1", "XQST0068"),
        ("declare default order empty least; declare default order empty least; 1", "XQST0069"),
        ("declare namespace xml = 'u'; 1", "XQST0070"),
        ("declare namespace p = 'http://www.w3.org/2000/xmlns/'; 1", "XQST0070"),
        ("declare default function namespace 'http://www.w3.org/XML/1998/namespace'; 1", {
            "XQST0070"
        }),
        ("import schema 'u'; 1", "XQST0009"),
        ("import module ''; 1", "XQST0088"),
        ("import module 'u'; 1", "XQST0059"),
        ("declare decimal-format local:a digit = 'x'; declare decimal-format local:a; 1", {
            "XQST0111"
        }),
        ("declare default decimal-format NaN = 'x'; declare default decimal-format; 1", "XQST0111"),
        ("declare default decimal-format digit = '.'; 1", "XQST0098"),
        ("declare context item := 1; declare context item := 2; 1", "XQST0099"),
        ("declare option a 'b'; 1", "XQST0123"),
        ("declare option output:indentation 'yes'; 1", "XQST0109"),
        ("declare option output:indent 'yes'; declare option output:indent 'no'; 1", "XQST0110"),
        ("declare option p:x 'b'; 1", "XPST0081"),
    ]);
}

#[test]
fn a_declaration_has_a_name_of_its_own_in_its_place() {
    check(&[
        ("declare variable $a := 1; declare variable $a := 2; 1", "XQST0049"),
        ("declare function local:f() {1}; declare function local:f() {2}; 1", "XQST0034"),
        ("declare function local:f($a, $a) {1}; 1", "XQST0039"),
        ("function($a, $a) {1}", "XQST0039"),
        ("declare function f() {1}; 1", "XQST0045"),
        ("declare function math:f() {1}; 1", "XQST0045"),
        ("declare function Q{}f() {1}; 1", "XQST0060"),
        ("declare function local:f() external; 1", "XPST0017"),
        ("declare %private %public function local:f() {1}; 1", "XQST0106"),
        ("declare %private %private variable $a := 1; 1", "XQST0116"),
        ("declare %fn:x variable $a := 1; 1", "XQST0045"),
        ("%private function() {1}", "XQST0125"),
    ]);
}

#[test]
fn names_and_types_must_be_known() {
    check(&[
        ("$a", "XPST0008"),
        ("let $a := $a return 1", "XPST0008"),
        ("for $a in 1 return 2, $a", "XPST0008"),
        ("declare function local:f($x) {$y}; let $y := 1 return local:f($y)", "XPST0008"),
        ("p:a", "XPST0081"),
        ("$p:a", "XPST0081"),
        ("p:a()", "XPST0081"),
        ("@p:*", "XPST0081"),
        ("(# p:a #) {1}", "XPST0081"),
        ("declare namespace xs = ''; 1 cast as xs:integer", "XPST0081"),
        ("nothing()", "XPST0017"),
        ("substring('a')", "XPST0017"),
        ("substring#7", "XPST0017"),
        ("xs:integer(1, 2)", "XPST0017"),
        ("xs:anyAtomicType(1)", "XPST0017"),
        ("local:f()", "XPST0017"),
        ("1 => nothing()", "XPST0017"),
        ("1 instance of xs:none", "XPST0051"),
        ("1 instance of integer", "XPST0051"),
        ("1 instance of xs:NMTOKENS", "XPST0051"),
        ("1 cast as xs:none", "XQST0052"),
        ("1 cast as xs:anyAtomicType", "XPST0080"),
        ("1 castable as xs:NOTATION", "XPST0080"),
        ("a instance of element(*, none)", "XPST0008"),
        ("a instance of schema-element(b)", "XPST0008"),
        ("validate { a }", "XQST0075"),
        ("(# local:a #) { }", "XQST0079"),
    ]);
}

#[test]
fn clauses_bind_what_they_name() {
    check(&[
        ("for $a at $a in 1 return 1", "XQST0089"),
        ("for $a in 1 group by $b return 1", "XQST0094"),
        ("let $b := 1 return for $a in 1 group by $b return 1", "XQST0094"),
        ("for tumbling window $a in 1 start $s at $s when 1 return 1", "XQST0103"),
        ("for tumbling window $a in 1 start when 1 end $a when 1 return 1", "XQST0103"),
        ("for $a in 1 order by $a collation 'urn:none' return 1", "XQST0076"),
        ("for $a in 1 group by $a collation 'urn:none' return 1", "XQST0076"),
    ]);
}

#[test]
fn a_direct_constructor_declares_and_names_rightly() {
    check(&[
        ("<a b='' b=''/>", "XQST0040"),
        ("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "XQST0040"),
        ("<a xmlns:p='u' xmlns:p='v'/>", "XQST0071"),
        ("<a xmlns='u' xmlns='v'/>", "XQST0071"),
        ("<a xmlns:p=''/>", "XQST0085"),
        ("<a xmlns:p='{1}'/>", "XQST0022"),
        ("<a xmlns:xmlns='u'/>", "XQST0070"),
        ("<a xmlns:xml='u'/>", "XQST0070"),
        ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", "XQST0070"),
        ("<p:a/>", "XPST0081"),
        ("<a xmlns:p='u'/>, <p:b/>", "XPST0081"),
    ]);
}

#[test]
fn what_is_declared_around_a_place_is_known_there() {
    for query in [
        "<p:a xmlns:p='u' p:b='{$err:x}'>{/p:c}</p:a>".replace("$err:x", "1"),
        "declare function local:f() {$a}; declare variable $a := local:g(); \
         declare function local:g() {1}; local:f()"
            .to_owned(),
        "try { 1 } catch p:* | *:a | * { $err:code, $err:column-number }".replace("p:*", "err:*"),
        "for tumbling window $w in 1 start $s at $p previous $b next $n when $s + $p \
         end $e when $s + $e return ($w, $s, $p, $b, $n, $e)"
            .to_owned(),
        "for $a in 1, $b in $a let $c := $b group by $d := $c, $b order by $d count $e \
         return ($a, $b, $c, $d, $e)"
            .to_owned(),
        "declare namespace math = 'urn:m'; declare function math:f() {1}; math:f()".to_owned(),
        "declare default element namespace 'http://www.w3.org/2001/XMLSchema'; \
         1 instance of integer"
            .to_owned(),
        "declare default function namespace 'urn:f'; declare function f() {1}; f(), fn:count(1)"
            .to_owned(),
        "() instance of %local:a function(*)".to_owned(),
    ] {
        let compiled = compile_with(&query, &Options::default());
        assert!(compiled.is_ok(), "{query}: {:?}", compiled.err());
    }
}

#[test]
fn modules_share_what_is_public_and_no_more() {
    let options = with_modules(&[
        (
            "m",
            "module namespace m = 'm'; import module namespace n = 'n'; \
               declare function m:f() {n:f()}; declare %private function m:g() {1}; \
               declare variable $m:v := 1; declare %private variable $m:w := 1;",
        ),
        (
            "n",
            "module namespace n = 'n'; import module namespace m = 'm'; \
               declare function n:f() {$m:v};",
        ),
        ("other", "module namespace m = 'm'; 1"),
        ("wrong", "module namespace m = 'm';"),
        ("two", "module namespace a = 'two'; declare function a:f() {1};"),
        ("two", "module namespace b = 'two'; declare function b:f() {1};"),
        ("option", "module namespace m = 'option'; declare option output:indent 'yes';"),
        ("item", "module namespace m = 'item'; declare context item := 1;"),
        ("name", "module namespace m = 'name'; declare variable $v := 1;"),
        ("bad", "module namespace m = 'bad'; declare variable $m:v := $none;"),
    ]);
    let import = "import module namespace m = 'm'; ";
    assert!(compile_with(&format!("{import} m:f(), $m:v"), &options).is_ok());
    for (query, code, is_there) in [
        ("import module namespace m = 'm'; m:g()", "XPST0017", true),
        ("import module namespace m = 'm'; $m:w", "XPST0008", true),
        ("import module namespace m = 'm'; declare namespace n = 'n'; n:f()", "XPST0017", true),
        ("import module namespace m = 'm'; declare variable $m:v := 1; 1", "XQST0049", true),
        ("import module namespace m = 'm'; declare function m:f() {1}; 1", "XQST0034", true),
        ("import module namespace m = 'm'; import module namespace n = 'm'; 1", "XQST0047", true),
        ("import module namespace m = 'none'; 1", "XQST0059", true),
        ("import module namespace m = 'wrong'; 1", "XQST0059", true),
        ("import module namespace m = 'two'; 1", "XQST0034", false),
        ("import module namespace m = 'other'; 1", "XPST0003", false),
        ("import module namespace m = 'option'; 1", "XQST0108", false),
        ("import module namespace m = 'item'; 1", "XQST0113", false),
        ("import module namespace m = 'name'; 1", "XQST0048", false),
        ("import module namespace m = 'bad'; 1", "XPST0008", false),
    ] {
        let error = refusal_with(query, &options);
        assert_eq!(error.code().to_string(), code, "{query}: {error}");
        assert_eq!(error.module().is_none(), is_there, "{query}: {error}");
        assert!(error.place().is_some(), "{query}: {error}");
    }
}

#[test]
fn messages_say_what_may_have_been_meant() {
    for (query, text) in [
        ("substrng('a')", "there is no function fn:substrng; is fn:substring meant?"),
        ("substring('a')", "fn:substring takes 2 or 3 arguments, found 1"),
        ("true(1)", "fn:true takes no arguments, found 1"),
        ("for-each-pair(1)", "fn:for-each-pair takes 3 arguments, found 1"),
        ("fn:pi()", "there is no function fn:pi; is math:pi meant?"),
        ("declare function local:abc() {1}; local:abd()", {
            "there is no function local:abd; is local:abc meant?"
        }),
        ("let $price := 1 return $prise", "$prise is not declared; is $price meant?"),
        ("1 instance of string", "there is no type string; xs:string is meant?"),
    ] {
        assert_eq!(refusal_with(query, &Options::default()).message(), text, "{query}");
    }
}
