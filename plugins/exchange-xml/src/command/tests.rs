//! What `philter xquery` prints.

use philter_plugin_api::{Factory, testing};

use crate::XQuery;

fn philter(arguments: &[&str], input: &str) -> (String, i32) {
    let context = testing::context("xquery");
    let output = XQuery::command(&context, arguments, &mut input.as_bytes()).unwrap();
    assert!(output.output.is_empty() || output.errors.is_empty());
    (output.output + &output.errors, output.exit_code)
}

#[test]
fn run_prints_the_result() {
    let run = |query, input| philter(&["run", "-q", query], input);
    assert_eq!(run("1, 'a', 2.50", ""), ("1 a 2.5\n".to_owned(), 0));
    assert_eq!(run("<b>{./a/@x}</b>", "<a x='1'/>"), ("<b x=\"1\"/>\n".to_owned(), 0));
    let json = "declare option output:method 'json'; map { 'a': data(./a) }";
    assert_eq!(run(json, "<a>5</a>"), ("{\"a\":\"5\"}\n".to_owned(), 0));
    assert_eq!(run("()", ""), (String::new(), 0));
}

#[test]
fn a_query_and_a_document_may_stand_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("q.xq"), "count(//item)").unwrap();
    std::fs::write(path("d.xml"), "<order><item/><item/></order>").unwrap();
    let output = philter(&["run", "-f", &path("q.xq"), &path("d.xml")], "");
    assert_eq!(output, ("2\n".to_owned(), 0));
    let output = philter(&["run", "-f", &path("q.xq"), "-"], "<item/>");
    assert_eq!(output, ("1\n".to_owned(), 0));
    let (text, code) = philter(&["run", "-f", &path("none.xq")], "");
    assert!(text.contains("none.xq cannot be read"), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn try_prints_the_effective_boolean_value() {
    let answer = |query, input| philter(&["try", "-q", query], input);
    assert_eq!(answer("./a/b = 5", "<a><b>5</b></a>"), ("true\n".to_owned(), 0));
    assert_eq!(answer("./b", "<a/>"), ("false\n".to_owned(), 0));
    assert_eq!(answer("true()", "no document"), ("true\n".to_owned(), 0));
}

#[test]
fn variables_have_the_type_that_they_look_like() {
    let declared = "declare variable $v external; ";
    for (value, query) in [
        ("v=5", "$v instance of xs:integer and $v = 5"),
        ("v=18446744073709551615", "$v = 18446744073709551615"),
        ("v=-1.5e3", "$v instance of xs:double and $v = -1500"),
        ("v=true", "$v instance of xs:boolean and $v"),
        ("v=\"5\"", "$v instance of xs:string and $v = '5'"),
        ("v=a=b", "$v = 'a=b'"),
        ("v=infinity", "$v = 'infinity'"),
        ("v=", "$v = ''"),
    ] {
        let query = format!("{declared}{query}");
        let expected = ("true\n".to_owned(), 0);
        assert_eq!(philter(&["try", "-q", &query, "--var", value], ""), expected, "{value}");
        let joined = format!("--var={value}");
        assert_eq!(philter(&["run", "-q", &query, &joined], ""), expected, "{value}");
    }
}

#[test]
fn an_error_shows_its_place() {
    let (text, code) = philter(&["run", "-q", "1 = \n $x"], "");
    assert!(text.starts_with("line 2, column 2: XPST0008"), "{text}");
    assert!(text.ends_with("\n   $x\n   ^^\n"), "{text}");
    assert_eq!(code, 1);
    let (text, code) = philter(&["run", "-q", "./a"], "no document");
    assert!(text.starts_with("standard input: "), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn check_says_what_a_query_reads() {
    let query = "declare variable $x external; $x = ./a";
    let (text, code) = philter(&["check", "-q", query], "");
    assert_eq!(text, "the query compiles\nreads: the body\nvariables: $x\n");
    assert_eq!(code, 0);
    let (text, _) = philter(&["check", "-q", "true()"], "");
    assert!(text.contains("nothing, it is always true"), "{text}");
    assert_eq!(philter(&["check", "-q", "1 +"], "").1, 1);
}

#[test]
fn explain_shows_terms_and_what_finds_them() {
    let (text, code) = philter(&["explain", "-q", "./a/b > 5 and ./a/c = 'x'"], "");
    assert_eq!(
        text,
        "as a filter: indexed, nothing is evaluated\nreads: the body\nvariables: none\nall of:\n  \
         /a/b > 5\n  /a/c = \"x\"   (the index entry)\n"
    );
    assert_eq!(code, 0);
    let (text, _) = philter(&["explain", "-q", "./a = 1 or ./a = 2"], "");
    assert!(text.contains("\neither all of:\n") && text.contains("\nor all of:\n"), "{text}");
    let (text, _) = philter(&["explain", "-q", "./a/b > ./a/c"], "");
    assert!(text.starts_with("as a filter: residual"), "{text}");
    assert!(text.ends_with("  and the query itself (residual)\n"), "{text}");
}

#[test]
fn wrong_usage_says_so() {
    for arguments in
        [&[][..], &["eval", "1"], &["try"], &["try", "-q", "1", "--var"], &["run", "-q", "1", "-x"]]
    {
        let (text, code) = philter(arguments, "");
        assert!(text.contains("For more information") || text.contains("Usage: "), "{text}");
        assert_eq!(code, 2);
    }
    assert_eq!(philter(&["--help"], "").1, 0);
}
