//! Constructors.

use super::check;

#[test]
fn content_becomes_nodes() {
    check(&[
        ("<a b='1'>x{1, 2}{3}y</a>", "<a b=\"1\">x1 23y</a>"),
        ("<a>{'x', <b/>, 'y', 'z'}</a>", "<a>x<b/>y z</a>"),
        ("<a>{attribute b {1, 2}, 'x'}</a>", "<a b=\"1 2\">x</a>"),
        ("<a>{'x', attribute b {1}}</a>", "XQTY0024"),
        ("<a b='1'>{attribute b {1}}</a>", "XQDY0025"),
        ("<a>{''}{attribute b {1}}</a>", "<a b=\"1\"/>"),
        ("<a b='{1, 2}x{()}'/>", "<a b=\"1 2x\"/>"),
        ("<a>{[1, [2, 3]]}</a>", "<a>1 2 3</a>"),
        ("<a>{map{}}</a>", "XQTY0105"),
        ("<a>{//note}</a>", "<a><note>dry</note><note>calm</note></a>"),
        ("<a>{/}</a>/weather/station/string()", "\"Raleigh\""),
        ("document { <a/>, 'x' }", "<a/>x"),
        ("document { attribute a {1} }", "XPTY0004"),
        ("element {'a'} {1}", "<a>1</a>"),
        ("element {'a b'} {1}", "XQDY0074"),
        ("element {'p:a'} {1}", "XQDY0074"),
        ("element {(1, 2)} {1}", "XPTY0004"),
        ("text {()}", ""),
        ("text {1, 2}", "1 2"),
        ("comment {'a--b'}", "XQDY0072"),
        ("<!--x-->", "<!--x-->"),
        ("processing-instruction a {' b '}", "<?a b ?>"),
        ("processing-instruction xml {'b'}", "XQDY0064"),
        ("processing-instruction a {'?>'}", "XQDY0026"),
        ("processing-instruction {'1'} {'b'}", "XQDY0041"),
        ("count(<a>x{'y'}z</a>/text())", "1"),
        ("<a>{for $x in 1 to 3 return <b>{$x}</b>}</a>", "<a><b>1</b><b>2</b><b>3</b></a>"),
        ("<a>{for $x in 1 to 3 return $x}</a>", "<a>1 2 3</a>"),
        ("<a>{if (1) then <b/> else ()}</a>", "<a><b/></a>"),
        ("(<a><b/></a>/b/..)/name()", "\"a\""),
        ("let $b := <b/> return <a>{$b}</a>/b is $b", "false()"),
    ]);
}

#[test]
fn names_have_their_namespaces_in_scope() {
    check(&[
        ("<p:a xmlns:p='u'><p:b/></p:a>", "<p:a xmlns:p=\"u\"><p:b/></p:a>"),
        ("element {QName('u', 'p:a')} {}", "<p:a xmlns:p=\"u\"/>"),
        ("element {QName('u', 'a')} {<b/>}", "<a xmlns=\"u\"><b xmlns=\"\"/></a>"),
        ("<a>{attribute {QName('u', 'p:b')} {1}}</a>", "<a xmlns:p=\"u\" p:b=\"1\"/>"),
        ("<a>{attribute {QName('u', 'b')} {1}}</a>", "<a xmlns:ns0=\"u\" ns0:b=\"1\"/>"),
        (
            "<a>{attribute {QName('u', 'p:b')} {1}, attribute {QName('v', 'p:c')} {2}}</a>",
            "<a xmlns:p=\"u\" xmlns:ns0=\"v\" p:b=\"1\" ns0:c=\"2\"/>",
        ),
        ("<a>{namespace p {'u'}}</a>", "<a xmlns:p=\"u\"/>"),
        ("<a>{namespace p {'u'}, namespace p {'v'}}</a>", "XQDY0102"),
        ("<a>{namespace {''} {'u'}}</a>", "XQDY0102"),
        ("namespace xmlns {'u'}", "XQDY0101"),
        ("namespace p {''}", "XQDY0101"),
        ("element {QName('http://www.w3.org/2000/xmlns/', 'xmlns:a')} {}", "XQDY0096"),
        ("attribute {'xmlns'} {1}", "XQDY0044"),
        (
            "declare copy-namespaces no-preserve, inherit; let $a := <a xmlns:p='u'><b/></a> \
          return <c>{$a/b}</c>",
            "<c><b/></c>",
        ),
        (
            "declare copy-namespaces no-preserve, inherit; \
             <a>{<b xmlns:p='u'/>}<c xmlns:p='u'/></a>",
            "<a><b/><c xmlns:p=\"u\"/></a>",
        ),
        ("let $a := <a xmlns:p='u'><b/></a> return <c>{$a/b}</c>", "<c><b xmlns:p=\"u\"/></c>"),
        (
            "declare copy-namespaces preserve, no-inherit; \
          in-scope-prefixes(<a xmlns:p='u'><b/></a>/b)",
            "\"p\" \"xml\"",
        ),
        (
            "declare copy-namespaces preserve, no-inherit; let $b := <b/> return \
          in-scope-prefixes(<a xmlns:p='u'>{$b}</a>/b)",
            "\"xml\"",
        ),
    ]);
}
