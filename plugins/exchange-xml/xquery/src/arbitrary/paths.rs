//! Paths.

use super::{Generator, Kind};

const AXES: [&str; 12] = [
    "child::",
    "descendant::",
    "attribute::",
    "self::",
    "descendant-or-self::",
    "following-sibling::",
    "following::",
    "parent::",
    "ancestor::",
    "preceding-sibling::",
    "preceding::",
    "ancestor-or-self::",
];

impl Generator<'_> {
    /// Nodes.
    pub(super) fn nodes(&mut self) -> String {
        if !self.has_context {
            return self.variable(Kind::Nodes).unwrap_or_else(|| "()".to_owned());
        }
        match self.form(12) {
            0..=7 => self.path(),
            8 => {
                let operator = self.choices.of(&["|", "union", "intersect", "except"]);
                let left = self.deeper(Self::nodes);
                let right = self.deeper(Self::nodes);
                format!("({left} {operator} {right})")
            }
            9 => {
                let (nodes, predicate) = (self.deeper(Self::nodes), self.predicate());
                format!("({nodes}){predicate}")
            }
            10 => {
                let variable = self.variable(Kind::Nodes);
                let path = self.steps();
                variable.map_or(path.clone(), |variable| format!("{variable}/{path}"))
            }
            _ => {
                let name =
                    self.choices.of(&["root(.)", "outermost(//a)", "innermost(//a)", "id('1')"]);
                name.to_owned()
            }
        }
    }

    /// A path from the context node or the root.
    pub(super) fn path(&mut self) -> String {
        let start = self.choices.of(&["", "", "./", "/", "//", ".//", "*/", "../"]);
        format!("{start}{}", self.steps())
    }

    fn steps(&mut self) -> String {
        let mut path = self.step();
        for _ in 0..self.choices.below(3) {
            let slash = self.choices.of(&["/", "/", "//"]);
            path.push_str(slash);
            path.push_str(&self.step());
        }
        path
    }

    fn step(&mut self) -> String {
        let mut step = match self.choices.below(10) {
            0..=4 => self.name().to_owned(),
            5 | 6 => format!("@{}", self.choices.of(&["a", "b", "p:x", "*"])),
            7 => self.choices.of(&["text()", "node()", "element()", "comment()"]).to_owned(),
            8 => format!("{}{}", self.choices.of(&AXES), self.name()),
            _ => self.choices.of(&[".", "..", "element(a)", "attribute(a)", "(a, b)"]).to_owned(),
        };
        while self.depth > 0 && self.choices.one_in(4) {
            step.push_str(&self.predicate());
        }
        step
    }

    /// A test of names.
    pub(super) fn name(&mut self) -> &'static str {
        self.choices.of(&["a", "b", "c", "p:x", "*", "*:x", "p:*", "Q{urn:p}x"])
    }

    fn predicate(&mut self) -> String {
        match self.form(6) {
            0 => {
                self.choices.of(&["[1]", "[2]", "[last()]", "[@a]", "[position() > 1]"]).to_owned()
            }
            1 => format!("[{}]", self.deeper(Self::nodes)),
            2 => format!("[{}]", self.deeper(Self::number)),
            _ => format!("[{}]", self.deeper(Self::boolean)),
        }
    }
}
