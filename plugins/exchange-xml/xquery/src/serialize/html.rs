//! What HTML has of its own (section 7; HTML 5): elements without end tags, boolean attributes,
//! attributes that hold URIs.

use unicode_normalization::UnicodeNormalization as _;

pub(super) const XHTML: &str = "http://www.w3.org/1999/xhtml";
pub(super) const SVG: &str = "http://www.w3.org/2000/svg";
pub(super) const MATHML: &str = "http://www.w3.org/1998/Math/MathML";

const VOID: [&str; 19] = [
    "area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img", "input",
    "isindex", "keygen", "link", "meta", "param", "source", "track", "wbr",
];

const INLINE: [&str; 51] = [
    "a", "abbr", "acronym", "applet", "area", "audio", "b", "basefont", "bdi", "bdo", "big", "br",
    "button", "canvas", "cite", "code", "data", "del", "dfn", "em", "embed", "font", "i", "iframe",
    "img", "input", "ins", "kbd", "label", "map", "mark", "math", "meter", "object", "output",
    "picture", "q", "ruby", "s", "samp", "script", "select", "small", "span", "strike", "strong",
    "sub", "sup", "tt", "u", "var",
];

const BOOLEAN: [&str; 25] = [
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "compact",
    "controls",
    "declare",
    "default",
    "defer",
    "disabled",
    "formnovalidate",
    "hidden",
    "ismap",
    "itemscope",
    "loop",
    "multiple",
    "muted",
    "nohref",
    "noresize",
    "noshade",
    "novalidate",
    "nowrap",
    "open",
    "readonly",
];

const BOOLEAN_MORE: [&str; 4] = ["required", "reversed", "scoped", "selected"];

/// Elements, and their attributes that hold a URI.
const URI: [(&str, &str); 41] = [
    ("a", "href"),
    ("a", "name"),
    ("applet", "codebase"),
    ("area", "href"),
    ("audio", "src"),
    ("base", "href"),
    ("blockquote", "cite"),
    ("body", "background"),
    ("button", "formaction"),
    ("button", "datasrc"),
    ("command", "icon"),
    ("del", "cite"),
    ("div", "datasrc"),
    ("embed", "src"),
    ("form", "action"),
    ("frame", "longdesc"),
    ("frame", "src"),
    ("head", "profile"),
    ("html", "manifest"),
    ("iframe", "longdesc"),
    ("iframe", "src"),
    ("img", "longdesc"),
    ("img", "src"),
    ("img", "usemap"),
    ("input", "formaction"),
    ("input", "src"),
    ("input", "usemap"),
    ("ins", "cite"),
    ("link", "href"),
    ("object", "archive"),
    ("object", "classid"),
    ("object", "codebase"),
    ("object", "data"),
    ("object", "usemap"),
    ("q", "cite"),
    ("script", "for"),
    ("script", "src"),
    ("source", "src"),
    ("track", "src"),
    ("video", "poster"),
    ("video", "src"),
];

fn has(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether an element has neither content nor an end tag.
pub(super) fn is_void(element: &str) -> bool {
    has(&VOID, element)
}

/// Whether whitespace beside an element can be seen.
pub(super) fn is_inline(element: &str) -> bool {
    has(&INLINE, element)
}

/// Whether whitespace inside an element can be seen.
pub(super) fn keeps_whitespace(element: &str) -> bool {
    has(&["pre", "script", "style", "textarea", "title", "xmp"], element)
}

/// Whether an element's text is written without escapes.
pub(super) fn is_raw_text(element: &str) -> bool {
    has(&["script", "style"], element)
}

/// Whether an attribute's presence is all it says.
pub(super) fn is_boolean(attribute: &str) -> bool {
    has(&BOOLEAN, attribute) || has(&BOOLEAN_MORE, attribute)
}

/// Whether an attribute holds a URI.
pub(super) fn is_uri(element: &str, attribute: &str) -> bool {
    URI.iter()
        .any(|(of, name)| of.eq_ignore_ascii_case(element) && name.eq_ignore_ascii_case(attribute))
}

/// A URI with what is not ASCII percent-encoded, after normalization to NFC.
pub(super) fn escape_uri(uri: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(uri.len());
    for c in uri.nfc() {
        if (' '..='~').contains(&c) {
            escaped.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a string does not fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
