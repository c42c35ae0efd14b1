//! A function has at most 70 lines, from `fn` to its closing brace.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

const LINES_MAX: usize = 70;

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let code = &source.views.code;
    let functions = words(code).filter(|(_, word)| *word == "fn");
    functions.filter_map(|(at, _)| check_function(source, at)).collect()
}

fn check_function(source: &Source, at: usize) -> Option<Violation> {
    let code = &source.views.code[at..];
    let name = words(code).nth(1)?.1;
    let end = body_end(code)?;
    let lines = 1 + code[..end].matches('\n').count();
    let what = format!("function `{name}` has {lines} lines");
    let why = "a function has at most 70";
    (lines > LINES_MAX).then(|| source.violation(source.line_of(at), what, why))
}

/// Where the body's closing brace stands; nothing for a declaration without a body.
fn body_end(code: &str) -> Option<usize> {
    let (mut brackets, mut braces) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' if braces == 1 => return Some(at),
            '}' => braces -= 1,
            _ => {}
        }
        if brackets < 0 || braces < 0 {
            return None; // `fn` in a type, not an item
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Source::new("a.rs", text)).len()
    }

    #[test]
    fn finds_a_function_that_is_too_long() {
        let of_lines =
            |n: usize| format!("fn f(x: [u8; 4]) {{\n{}}}\n", "x(\"}\");\n".repeat(n - 2));
        assert_eq!(found(&of_lines(70)), 0);
        assert_eq!(found(&of_lines(71)), 1);
    }

    #[test]
    fn looks_into_modules_and_implementations() {
        let long = format!("mod m {{ impl A {{ fn f(&self) {{\n{}}} }} }}", "x;\n".repeat(80));
        assert_eq!(found(&long), 1);
    }

    #[test]
    fn passes_declarations_and_function_types() {
        let text =
            format!("trait T {{ fn f(&self);\n{} }}\ntype F = fn(u8);\n", "// x\n".repeat(90));
        assert_eq!(found(&text), 0);
        assert_eq!(found(&format!("struct S {{ f: fn(u8) -> u8 }}\n{}", "x\n".repeat(90))), 0);
    }
}
