//! Queries and the trees they make.

use super::{check, tree};
use crate::name::namespace;

#[test]
fn literals_have_their_values() {
    check(&[
        ("1", "1"),
        ("007", "7"),
        ("1.50", "1.5d"),
        (".5", "0.5d"),
        ("1.", "1d"),
        ("1e3", "1000e"),
        ("1.5E-1", "0.15e"),
        (".5e+1", "5e"),
        (r#""a""b""#, r#""a\"b""#),
        ("'it''s'", r#""it's""#),
        (r#""&lt;&#65;&#x42;&amp;""#, r#""<AB&""#),
        ("'a\r\nb\rc'", r#""a\nb\nc""#),
        ("1e999", "infe"),
        ("'(: no comment :)'", r#""(: no comment :)""#),
    ]);
}

#[test]
fn a_number_that_is_too_large_fails_when_it_is_evaluated() {
    for number in ["9".repeat(41), format!("{}.5", "9".repeat(41))] {
        let (fn_, err) = (namespace::FN, namespace::ERR);
        let code = format!("(Q{{{fn_}}}QName \"{err}\" \"FOAR0002\")");
        let message = format!("\"the number `{number}` is too large\"");
        assert_eq!(tree(&number), format!("(Q{{{fn_}}}error {code} {message})"));
    }
}

#[test]
fn operators_bind_by_precedence_and_lean_left() {
    check(&[
        ("1 + 2 * 3", "(+ 1 (* 2 3))"),
        ("1 - 2 - 3", "(- (- 1 2) 3)"),
        ("1 - (2 - 3)", "(- 1 (- 2 3))"),
        ("a or b and c", "(or a (and b c))"),
        ("a = b or c eq d", "(or (= a b) (equal c d))"),
        ("a < b and c >= d", "(and (< a b) (>= c d))"),
        ("a << b or a is c", "(or (precedes a b) (is a c))"),
        ("'a' || 'b' = 'c'", r#"(= (|| "a" "b") "c")"#),
        ("1 to 2 + 3", "(range 1 (+ 2 3))"),
        ("a | b intersect c except d", "(union a (except (intersect b c) d))"),
        ("a union b | c", "(union (union a b) c)"),
        ("-a + b", "(+ (neg a) b)"),
        ("- + -a", "(pos a)"),
        ("-a!b!c", "(neg (! (! a b) c))"),
        ("a div b idiv c mod d", "(modulo (integerdivide (divide a b) c) d)"),
        ("* * *", "(* * *)"),
        ("div div div", "(divide div div)"),
        ("a -b", "(- a b)"),
        ("a-b", "a-b"),
        ("'a'eq'b'", r#"(equal "a" "b")"#),
        ("1(: a (: nested :) comment :)+(::)2", "(+ 1 2)"),
    ]);
}

#[test]
fn types_take_the_occurrence_indicators_behind_them() {
    check(&[
        ("1 instance of xs:integer", "(is 1 xs:integer)"),
        ("a instance of item()* = b", "(= (is a item()*) b)"),
        ("a treat as element(b, c?)+", "(treat a element(b,c?)+)"),
        ("a cast as xs:string ? eq b", "(equal (cast a xs:string?) b)"),
        ("-a castable as Q{u}t", "(castable (neg a) Q{u}t)"),
        ("a instance of empty-sequence()", "(is a empty-sequence())"),
        (
            "a instance of document-node(schema-element(b))?",
            "(is a document-node(schema-element(b))?)",
        ),
        ("a instance of processing-instruction(' b ')", "(is a processing-instruction(b))"),
        ("a instance of %p:x(1, 'b') function(*)", r#"(is a %p:x function(*))"#),
        (
            "a instance of function(xs:int, item()*) as map(xs:string, array(*)?)+",
            "(is a function(xs:int,item()*)→map(xs:string,array(*)?)+)",
        ),
        ("a instance of (array(map(*)))*", "(is a (array(map(*)))*)"),
        ("a instance of text", "(is a text)"),
        ("a instance of attribute(*, xs:int)", "(is a attribute(*,xs:int))"),
    ]);
}

#[test]
fn paths_are_lists_of_steps() {
    check(&[
        ("/", "/"),
        ("/a", "(/ a)"),
        ("//a", "(/ DescendantOrSelf::node() a)"),
        ("a/b//@c", "(./ a b DescendantOrSelf::node() Attribute::c)"),
        ("../.", "(./ Parent::node() .)"),
        ("/*", "(/ *)"),
        ("(/) * 5", "(* / 5)"),
        ("/ = 1", "(= / 1)"),
        ("/ | a", "(union / a)"),
        ("[/, 1]", "(array / 1)"),
        ("child::a[1][@b]", "(a 1 Attribute::b)"),
        ("a[b > 1 and c]/d", "(./ (a (and (> b 1) c)) d)"),
        ("self::*:a/p:*/Q{u}*/Q{u}a", "(./ Itself::*:a p:* Q{u}* Q{u}a)"),
        ("attribute(a)/element()/node()", "(./ Attribute::attribute(a) element(*) node())"),
        ("ancestor-or-self::text()", "AncestorOrSelf::text()"),
        ("a/string()/(b, c)", "(./ a (string) (, b c))"),
        ("(a/b)[1]/c", "(./ ([] (./ a b) 1) c)"),
        ("if/then/else", "(./ if then else)"),
        ("for/return", "(./ for return)"),
        ("element", "element"),
        ("self::self", "Itself::self"),
        ("Q{ a \n b }c", "Q{a b}c"),
    ]);
}

#[test]
fn primaries_are_followed_by_predicates_calls_and_lookups() {
    check(&[
        ("$a", "$a"),
        ("$ p:a", "$p:a"),
        ("f(1, ?, g())", "(f 1 ? (g))"),
        ("f(?a, ?)", "(f (? a) ?)"),
        ("p:f#2", "p:f#2"),
        ("Q{u}f(1)", "(Q{u}f 1)"),
        ("$f(1)(2)[3]?k", "(? ([] (call (call $f 1) 2) 3) k)"),
        ("$m?a?1?*?(b, c)", "(? (? (? (? $m a) 1) *) (, b c))"),
        ("?1", "(? 1)"),
        ("$m?a.b-c", "(? $m a.b-c)"),
        ("map { 'a': 1, b : c }", r#"(map "a" 1 b c)"#),
        ("map{}", "(map)"),
        ("[1, (2, 3)]", "(array 1 (, 2 3))"),
        ("array { 1, 2 }", "(array{} (, 1 2))"),
        ("array {}", "(array{} (,))"),
        ("()", "(,)"),
        ("(1, 2), 3", "(, (, 1 2) 3)"),
        ("function($a as item()*, $b) as xs:int { $a }", "(fn [$a as item()* $b] as xs:int $a)"),
        ("%private function() {}", "(%private fn [] (,))"),
        ("$a => f(1) => $g() => (h)()", "(=> (=> (=> $a f 1) $g) h)"),
        ("-$a => f()", "(=> (neg $a) f)"),
        ("ordered { a }", "(ordered a)"),
        ("unordered{}", "(ordered (,))"),
        ("validate lax { a }", "(validate a)"),
        ("(# p:a x y #) (#b#) { c }", r#"(extension (#p:a "x y ") (#b "") c)"#),
        ("(#a#){}", r#"(extension (#a ""))"#),
    ]);
}

#[test]
fn keywords_begin_expressions_only_before_what_they_want() {
    check(&[
        ("if (a) then b else c", "(if a b c)"),
        ("some $a in b, $c as d in e satisfies f", "(some [$a b] [$c as d e] f)"),
        ("every $a in b satisfies c or d", "(every [$a b] (or c d))"),
        (
            "switch (a) case 1 case 2 return b case 3 return c default return d",
            "(switch a (case 1 2 b) (case 3 c) d)",
        ),
        (
            "typeswitch (a) case b | c return d case $e as f return g default $h return i",
            "(typeswitch a (case b c d) (case $e f g) (case $h i))",
        ),
        (
            "try { a } catch err:* | *:b { c } catch * { }",
            "(try a (catch err:* *:b c) (catch * (,)))",
        ),
        ("for $a in b return c, d", "(, (flwor for[$a b] c) d)"),
        (
            "for $a as b allowing empty at $c in d, $e in f let $g := h, $i as j := k return l",
            "(flwor for[$a as b allowing empty at $c d] for[$e f] let[$g h] let[$i as j k] l)",
        ),
        (
            "let $a := b where c order by d descending empty least collation 'e', f \
             count $g return h",
            "(flwor let[$a b] where[c] order[d descending least e][f] count[$g] h)",
        ),
        (
            "for $a in b stable order by c ascending group by $d, $e as f := g \
             collation 'h' return i",
            "(flwor for[$a b] order[c] group[$d][$e as f := g h] i)",
        ),
        (
            "for tumbling window $a in b start $c at $d previous $e next $f when g return h",
            "(flwor tumbling[$a b start[$c at$d previous$e next$f g]] h)",
        ),
        (
            "for sliding window $a as b in c start when d only end next $e when f return g",
            "(flwor sliding[$a as b c start[d] only end[next$e f]] g)",
        ),
        ("for", "for"),
        ("some + every", "(+ some every)"),
        ("return = if", "(= return if)"),
    ]);
}

#[test]
fn direct_constructors_keep_what_is_text_and_mark_what_is_boundary_whitespace() {
    check(&[
        ("<a/>", "(<a>)"),
        ("<a b='1' p:c = \"2\" />", r#"(<a> b="1" p:c="2")"#),
        ("<a b='x{1}y{{}}&lt;''\"'/>", r#"(<a> b="x"{1}"y{}<'\"")"#),
        ("<a b='x\r\n\ty&#9;'/>", r#"(<a> b="x  y\t")"#),
        ("<a b='{}'/>", "(<a> b={(,)})"),
        ("<a xmlns='u' xmlns:b='v'/>", r#"(<a> xmlns="u" xmlns:b="v")"#),
        ("<a> <b/> x </a >", r#"(<a> boundary" " (<b>) " x ")"#),
        ("<a>{ 1 } {2}{}</a>", r#"(<a> {1} boundary" " {2} {(,)})"#),
        ("<a> &#32; </a>", r#"(<a> "   ")"#),
        ("<a> <![CDATA[ <&{ ]]> </a>", r#"(<a> "  <&{  ")"#),
        ("<a><![CDATA[]]></a>", "(<a>)"),
        ("<a>{{}}\r\n</a>", r#"(<a> "{}\n")"#),
        ("<a>(: text :)</a>", r#"(<a> "(: text :)")"#),
        ("<a><!--b--><?c  d ?><?e?></a>", r#"(<a> (<!-- "b") (<? c "d ") (<? e ""))"#),
        ("<a/>/b", "(./ (<a>) b)"),
        ("1 <a", "(< 1 a)"),
        ("<a>{<b>{'}'}</b>}</a>", r#"(<a> {(<b> {"}"})})"#),
    ]);
}

#[test]
fn computed_constructors_have_a_name_or_an_expression_for_it() {
    check(&[
        ("element a { b }", "(element a b)"),
        ("element {a} {}", "(element {a} (,))"),
        ("element Q{u}a { }", "(element Q{u}a (,))"),
        ("attribute p:a { 1 }", "(attribute p:a 1)"),
        ("document { a }", "(document a)"),
        ("text{1}", "(text 1)"),
        ("comment { 1 }", "(comment 1)"),
        ("processing-instruction a { 1 }", "(processing-instruction a 1)"),
        ("namespace {'p'} {'u'}", r#"(namespace {"p"} "u")"#),
        ("namespace p { 'u' }", r#"(namespace p "u")"#),
        ("element div { 2 }", "(element div 2)"),
        ("``[a`{1}`b]`c`{}`]``", r#"(`` "a" 1 "b]`c" (,))"#),
        ("``[]``", "(``)"),
        ("``[{&lt;}]``", r#"(`` "{&lt;}")"#),
    ]);
}

#[test]
fn prologs_are_lists_of_declarations() {
    check(&[
        ("xquery version '3.1' encoding \"utf-8\"; 1", "1"),
        ("xquery encoding 'a'; 1", "1"),
        ("xquery", "xquery"),
        ("declare variable $a := 1; $a", "$a := 1\n$a"),
        ("declare variable $a as b external := c; 1", "$a as b external := c\n1"),
        ("declare %a:b(1) %c function f($x as y) as z { 1 }; 1", "%a:b %c f($x as y) as z := 1\n1"),
        ("declare function p:f() external; 1", "p:f()\n1"),
        ("declare context item as element() := a; .", "context as element(*) := a\n."),
        ("declare context item external; .", "context external\n."),
        ("declare option p:a 'b'; 1", "option p:a \"b\"\n1"),
        ("declare namespace a = ' u '; 1", "Namespace { prefix: \"a\", uri: \"u\" }\n1"),
        ("declare default element namespace 'u'; 1", "DefaultElementNamespace(\"u\")\n1"),
        ("declare default order empty least; 1", "EmptyOrder { greatest: false }\n1"),
        (
            "declare copy-namespaces no-preserve, inherit; 1",
            "CopyNamespaces { preserve: false, inherit: true }\n1",
        ),
        (
            "declare default decimal-format digit = '$' NaN='n'; 1",
            "format None [(\"digit\", \"$\"), (\"NaN\", \"n\")]\n1",
        ),
        ("module namespace m = 'u'; declare variable $m:a := 1;", "library m=u\n$m:a := 1"),
        (
            "import module namespace m = 'u' at 'a', 'b'; 1",
            "ModuleImport { prefix: Some(\"m\"), namespace: \"u\", locations: [\"a\", \"b\"] }\n1",
        ),
        ("import schema default element namespace 'u'; 1", "SchemaImport { namespace: \"u\" }\n1"),
        ("declare = import", "(= declare import)"),
        ("declare div 2", "(divide declare 2)"),
    ]);
}
