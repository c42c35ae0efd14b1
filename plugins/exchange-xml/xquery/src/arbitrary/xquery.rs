//! What XQuery has and XPath has not.

use super::{Dialect, Generator, Kind};

impl Generator<'_> {
    /// A query with its prolog.
    pub(super) fn query(&mut self) -> String {
        if self.dialect == Dialect::XPath {
            return self.any();
        }
        let mut prolog = "declare namespace p = \"urn:p\"; ".to_owned();
        if self.choices.one_in(4) {
            prolog.push_str(self.choices.of(&[
                "declare boundary-space preserve; ",
                "declare default element namespace 'urn:p'; ",
                "declare ordering unordered; ",
                "declare copy-namespaces no-preserve, no-inherit; ",
            ]));
        }
        let body = self.any();
        format!("{prolog}{body}")
    }

    /// An expression that XPath has not.
    pub(super) fn xquery(&mut self) -> String {
        match self.form(8) {
            0 | 1 => self.flwor(),
            2 | 3 => self.constructor(),
            4 => {
                let (operand, key) = (self.deeper(Self::text), self.deeper(Self::text));
                let (then, default) = (self.deeper(Self::any), self.deeper(Self::any));
                format!("(switch ({operand}) case {key} return {then} default return {default})")
            }
            5 => {
                let operand = self.deeper(Self::any);
                let kind = self.choices.of(&["element()", "xs:string", "xs:integer+", "map(*)"]);
                let (then, default) = (self.deeper(Self::any), self.deeper(Self::any));
                format!(
                    "(typeswitch ({operand}) case {kind} return {then} default return {default})"
                )
            }
            6 => {
                let (body, caught) = (self.deeper(Self::any), self.deeper(Self::text));
                let errors = self.choices.of(&["*", "err:FORG0001 | err:XPTY0004", "*:FOAR0001"]);
                format!("(try {{ {body} }} catch {errors} {{ {caught} }})")
            }
            _ => format!("``[a`{{{}}}`b]``", self.deeper(Self::text)),
        }
    }

    fn flwor(&mut self) -> String {
        let sequence = self.deeper(Self::nodes);
        self.binding("v", Kind::Nodes, |it| {
            let begin = match it.choices.below(5) {
                0 => format!("for $v allowing empty in {sequence}"),
                1 => format!("for $v at $n in {sequence}"),
                2 => format!("let $v := {sequence}"),
                3 => format!("for tumbling window $v in {sequence} start at $n when $n mod 2 = 1"),
                _ => format!("for $v in {sequence}"),
            };
            let clauses = it.clauses();
            let result = it.deeper(Self::any);
            format!("({begin} {clauses}return {result})")
        })
    }

    fn clauses(&mut self) -> String {
        let mut clauses = String::new();
        for _ in 0..self.choices.below(3) {
            let clause = match self.choices.below(6) {
                0 => format!("where {} ", self.deeper(Self::boolean)),
                1 => {
                    let direction = self.choices.of(&["", " descending", " empty greatest"]);
                    format!("order by string-join($v ! string(.), ''){direction} ")
                }
                2 => "count $c ".to_owned(),
                3 => "group by $k := string-join($v ! name(.), '') ".to_owned(),
                4 => format!("for $x in {} ", self.deeper(Self::nodes)),
                _ => format!("let $x := {} ", self.deeper(Self::any)),
            };
            clauses.push_str(&clause);
        }
        clauses
    }

    fn constructor(&mut self) -> String {
        let content = self.deeper(Self::any);
        match self.choices.below(7) {
            0 => format!("<a b=\"{{{}}}\"> {{{content}}} <b/></a>", self.deeper(Self::text)),
            1 => format!("element b {{ {content} }}"),
            2 => format!("attribute a {{ {} }}", self.deeper(Self::text)),
            3 => format!("text {{ {} }}", self.deeper(Self::text)),
            4 => format!("document {{ <a>{{{content}}}</a> }}"),
            5 => format!("<p:x xmlns:p=\"urn:p\">{{{content}}}</p:x>/{}", self.name()),
            _ => format!("comment {{ {} }}", self.deeper(Self::text)),
        }
    }
}
