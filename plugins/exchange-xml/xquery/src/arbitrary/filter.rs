//! Filters: the shapes that an index over many of them takes apart.

use super::expressions::GENERAL;
use super::{Generator, Kind};

impl Generator<'_> {
    /// A filter and the declarations that it needs.
    pub(super) fn filter(&mut self) -> String {
        let condition = self.condition();
        let mut prolog = String::new();
        if condition.contains("p:") {
            prolog.push_str("declare namespace p = \"urn:p\"; ");
        }
        for variable in ["$v", "$w"] {
            if condition.contains(variable) {
                prolog.push_str(&format!("declare variable {variable} external; "));
            }
        }
        format!("{prolog}{condition}")
    }

    fn condition(&mut self) -> String {
        match self.form(20) {
            0..=4 => self.term(),
            5..=7 => format!("({})", self.connected("and")),
            8 | 9 => format!("({})", self.connected("or")),
            10 => format!("not({})", self.deeper(Self::condition)),
            11 => self.range(),
            12 => self.header(),
            13 => self.correlated(),
            14 => format!("exists({})", self.filter_path()),
            15 => self.filter_path(),
            16 => self.filter_flwor(),
            17 => self.filter_quantified(),
            18 => self.filter_text(),
            // What no index understands.
            _ => self.deeper(Self::boolean),
        }
    }

    fn connected(&mut self, operator: &str) -> String {
        let mut text = self.deeper(Self::condition);
        for _ in 0..=self.choices.below(3) {
            text.push_str(&format!(" {operator} {}", self.deeper(Self::condition)));
        }
        text
    }

    /// A path and a literal, either way around.
    fn term(&mut self) -> String {
        let (path, operator) = (self.filter_path(), self.choices.of(&GENERAL));
        let literal = self.filter_literal();
        match self.choices.below(6) {
            0..=4 => format!("{path} {operator} {literal}"),
            _ => format!("{literal} {operator} {path}"),
        }
    }

    fn filter_literal(&mut self) -> &'static str {
        self.choices.of(&[
            "1",
            "2",
            "10",
            "1.5",
            "-1",
            "1e1",
            "'a'",
            "'b'",
            "'1'",
            "'ab'",
            "''",
            "('a', 'b')",
            "(1, 2)",
            "\"10\"",
        ])
    }

    fn filter_path(&mut self) -> String {
        let mut path = self.choices.of(&["", "", "./", "/", "//", ".//", "/a/", "*/"]).to_owned();
        for _ in 0..self.choices.below(3) {
            path.push_str(self.name());
            path.push_str(self.choices.of(&["/", "/", "//"]));
        }
        path.push_str(self.choices.of(&[
            "a",
            "b",
            "c",
            "p:x",
            "@a",
            "@b",
            "@p:x",
            "*",
            "@*",
            "a/text()",
            "*:x",
            "p:*",
            "a[1]",
            "a/string()",
        ]));
        path
    }

    /// Two bounds of one path, which need not hold for one node.
    fn range(&mut self) -> String {
        let path = self.filter_path();
        let (low, high) =
            (self.choices.of(&["1", "0", "-1"]), self.choices.of(&["2", "10", "1.5"]));
        let (over, under) = (self.choices.of(&[">", ">="]), self.choices.of(&["<", "<="]));
        format!("({path} {over} {low} and {path} {under} {high})")
    }

    fn header(&mut self) -> String {
        let variable = self.choices.of(&["$v", "$w"]);
        let operator = self.choices.of(&GENERAL);
        match self.choices.below(5) {
            0..=2 => format!("{variable} {operator} {}", self.filter_literal()),
            3 => format!("{variable} {operator} {}", self.filter_path()),
            _ => format!("starts-with(string({variable}), 'a')"),
        }
    }

    /// Conditions on one node.
    fn correlated(&mut self) -> String {
        let path = self.filter_path();
        let mut inner = self.deeper(Self::term);
        if self.choices.below(3) > 0 {
            let operator = self.choices.of(&["and", "or"]);
            inner = format!("{inner} {operator} {}", self.deeper(Self::condition));
        }
        match self.choices.below(4) {
            0 | 1 => format!("{path}[{inner}]"),
            2 => {
                let operator = self.choices.of(&GENERAL);
                format!("{path}[{inner}]/{} {operator} {}", self.name(), self.filter_literal())
            }
            _ => format!("exists({path}[{inner}])"),
        }
    }

    fn filter_flwor(&mut self) -> String {
        let path = self.filter_path();
        self.binding("x", Kind::Nodes, |it| {
            let condition = it.bound_term();
            match it.choices.below(3) {
                0 => format!("(for $x in {path} where {condition} return $x)"),
                1 => format!("(for $x in {path} return {condition})"),
                _ => format!("(let $x := {path} return {condition})"),
            }
        })
    }

    fn filter_quantified(&mut self) -> String {
        let (word, path) = (self.choices.of(&["some", "every"]), self.filter_path());
        let condition = self.binding("x", Kind::Nodes, Self::bound_term);
        format!("(some $x in {path} satisfies {condition})").replacen("some", word, 1)
    }

    /// A condition on the variable that is bound.
    fn bound_term(&mut self) -> String {
        let operator = self.choices.of(&GENERAL);
        let below = self.choices.of(&["", "", "/a", "/@a", "//b"]);
        let term = format!("$x{below} {operator} {}", self.filter_literal());
        match self.choices.below(4) {
            0..=2 => term,
            _ => format!("({term} and {})", self.deeper(Self::condition)),
        }
    }

    fn filter_text(&mut self) -> String {
        let function = self.choices.of(&["starts-with", "contains", "ends-with"]);
        let path = self.filter_path();
        let text = self.choices.of(&["'a'", "'ab'", "'1'", "''"]);
        match self.choices.below(3) {
            0 => format!("{function}({path}, {text})"),
            1 => format!("{function}(({path})[1], {text})"),
            _ => format!("({path} ! {function}(., {text})) = true()"),
        }
    }
}
