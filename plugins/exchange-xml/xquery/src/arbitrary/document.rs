//! Small documents of the names and values that queries ask for.

use super::choices::Choices;

const VALUES: [&str; 18] = [
    "1", "2", "3", "10", "1.5", "-1", "1e1", "a", "b", "ab", "abc", "", " 1 ", "NaN", "true", "01",
    "A", "&lt;é",
];

/// Elements that a document may have.
const ELEMENTS_MAX: u8 = 24;

pub(super) fn document(choices: &mut Choices<'_>) -> String {
    let mut text = String::new();
    let mut elements = ELEMENTS_MAX;
    element(choices, &mut text, 0, &mut elements);
    text
}

fn element(choices: &mut Choices<'_>, text: &mut String, depth: u8, elements: &mut u8) {
    *elements = elements.saturating_sub(1);
    let name = choices.of(&["a", "b", "c", "p:x", "a", "b", "q"]);
    text.push_str(&format!("<{name}"));
    if depth == 0 {
        text.push_str(" xmlns:p=\"urn:p\"");
    } else if choices.one_in(16) {
        text.push_str(" xmlns=\"urn:p\"");
    }
    for attribute in ["a", "b", "p:x"] {
        if choices.one_in(3) {
            text.push_str(&format!(" {attribute}=\"{}\"", choices.of(&VALUES)));
        }
    }
    let content = text.len() + 1;
    text.push('>');
    let children = if depth > 4 { 0 } else { choices.below(5) };
    for _ in 0..children {
        match choices.below(8) {
            0..=2 => text.push_str(choices.of(&VALUES)),
            3..=5 if *elements > 0 => element(choices, text, depth + 1, elements),
            6 => text.push_str("<!--1-->"),
            7 => text.push_str("<?a b?>"),
            _ => {}
        }
    }
    if text.len() == content {
        text.pop();
        text.push_str("/>");
    } else {
        text.push_str(&format!("</{name}>"));
    }
}
