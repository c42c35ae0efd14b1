//! A relative link in a document leads to something that exists.

use crate::violation::Violation;

pub(crate) fn check(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<Violation> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let dead = links(text).into_iter().filter(|(_, target)| !exists(&resolve(folder, target)));
    let violation = |(line, target): (usize, String)| Violation {
        path: path.to_owned(),
        line,
        what: format!("link to `{target}`"),
        why: "nothing stands there",
    };
    dead.map(violation).collect()
}

/// Line and target of every relative link outside code, without its anchor.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (i, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let targets =
                outside_code(line).split("](").skip(1).filter_map(target).collect::<Vec<_>>();
            found.extend(targets.into_iter().map(|t| (i + 1, t)));
        }
    }
    found
}

/// The line without what stands between backquotes.
fn outside_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("")
}

fn target(after_bracket: &str) -> Option<String> {
    let inner = after_bracket.split(')').next()?;
    let address = inner.split_whitespace().next()?.trim_matches(['<', '>']);
    let file = address.split('#').next()?;
    (!file.is_empty() && !address.contains("://") && !address.starts_with("mailto:"))
        .then(|| file.to_owned())
}

fn resolve(folder: &str, target: &str) -> String {
    let from = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = from.split('/').filter(|p| !p.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_dead_link() {
        let text = "[a](b.md) [c](../d.md#e) [f](http://g/h) [i](#j)\n\
                    ```\n[k](l.md)\n```\n`[m](n.md)` [o](p/ \"title\")\n";
        let exists = |path: &str| path == "docs/b.md";
        let dead: Vec<_> =
            check("docs/x.md", text, exists).iter().map(Violation::to_string).collect();
        assert_eq!(dead.len(), 2, "{dead:?}");
        assert!(dead[0].starts_with("docs/x.md:1: link to `../d.md`"), "{dead:?}");
        assert!(dead[1].contains(":5: link to `p/`"), "{dead:?}");
    }

    #[test]
    fn resolves_from_the_documents_folder() {
        assert_eq!(resolve("a/b", "../c/./d.md"), "a/c/d.md");
        assert_eq!(resolve("", "d/"), "d");
    }
}
