//! Sequences of anything: what XPath 3.1 makes them of.

use super::{Dialect, Generator, Kind};

impl Generator<'_> {
    /// Any expression.
    pub(super) fn any(&mut self) -> String {
        match self.form(if self.dialect == Dialect::XQuery { 26 } else { 18 }) {
            0 => self.nodes(),
            1 => self.number(),
            2 => self.text(),
            3 => self.boolean(),
            4 => format!("({}, {})", self.deeper(Self::any), self.deeper(Self::any)),
            5 => format!("({} to 3)", self.choices.of(&["1", "2", "3", "4"])),
            6 => self.for_expression(),
            7 => {
                let (value, variable) = (self.deeper(Self::any), self.choices.of(&["v", "w"]));
                let body = self.binding(variable, Kind::Any, |it| it.deeper(Self::any));
                format!("(let ${variable} := {value} return {body})")
            }
            8 => format!("({} ! {})", self.deeper(Self::nodes), self.deeper(Self::text)),
            9 => self.list_function(),
            10 => self.higher_order(),
            11 => self.map(),
            12 => self.array(),
            13 => self.variable(Kind::Any).unwrap_or_else(|| "()".to_owned()),
            14 => {
                let (condition, then) = (self.deeper(Self::boolean), self.deeper(Self::any));
                format!("(if ({condition}) then {then} else {})", self.deeper(Self::any))
            }
            15 => format!("data({})", self.deeper(Self::nodes)),
            16 => {
                let kind = self.choices.of(&["xs:integer", "xs:double", "xs:string", "xs:date"]);
                format!("({} cast as {kind}?)", self.deeper(Self::text))
            }
            17 => format!("({} => {})", self.deeper(Self::text), self.arrow()),
            _ => self.xquery(),
        }
    }

    fn arrow(&mut self) -> &'static str {
        self.choices.of(&["string-length()", "upper-case()", "concat('a')", "tokenize('a')"])
    }

    fn for_expression(&mut self) -> String {
        let (sequence, variable) = (self.deeper(Self::nodes), self.choices.of(&["v", "w"]));
        let body = self.binding(variable, Kind::Nodes, |it| it.deeper(Self::any));
        format!("(for ${variable} in {sequence} return {body})")
    }

    fn list_function(&mut self) -> String {
        let any = self.deeper(Self::any);
        match self.choices.below(10) {
            0 => format!("reverse({any})"),
            1 => format!("head({any})"),
            2 => format!("tail({any})"),
            3 => format!("distinct-values({} ! string(.))", self.deeper(Self::nodes)),
            4 => format!("subsequence({any}, 2, 2)"),
            5 => format!("insert-before({any}, 2, {})", self.deeper(Self::number)),
            6 => format!("remove({any}, 1)"),
            7 => format!("index-of({any}, {})", self.deeper(Self::number)),
            8 => format!("sort({} ! string(.))", self.deeper(Self::nodes)),
            _ => format!("({any})[{}]", self.choices.of(&["1", "2", "last()", "position() = 1"])),
        }
    }

    fn higher_order(&mut self) -> String {
        let parameter = self.choices.of(&["v", "w"]);
        let body = self
            .without_context(|it| it.binding(parameter, Kind::Nodes, |it| it.deeper(Self::text)));
        let nodes = self.deeper(Self::nodes);
        match self.choices.below(5) {
            0 => format!("for-each({nodes}, function(${parameter}) {{ {body} }})"),
            1 => format!("filter({nodes}, function(${parameter}) {{ {body} = 'a' }})"),
            2 => format!("fold-left({nodes}, 0, function($n, ${parameter}) {{ $n + 1 }})"),
            3 => format!("(for-each({nodes}, name#1))"),
            _ => format!("(let $f := function(${parameter}) {{ {body} }} return $f(({nodes})[1]))"),
        }
    }

    fn map(&mut self) -> String {
        let (first, second) = (self.deeper(Self::any), self.deeper(Self::text));
        let map = format!("map {{ 'a': {first}, {second}: 2 }}");
        match self.choices.below(6) {
            0 => format!("{map}?a"),
            1 => format!("map:size({map})"),
            2 => format!("map:get({map}, 'a')"),
            3 => format!("map:keys({map})"),
            4 => format!("map:merge(({map}, map {{ 'b': 1 }}))?*"),
            _ => map,
        }
    }

    fn array(&mut self) -> String {
        let (first, second) = (self.deeper(Self::any), self.deeper(Self::any));
        match self.choices.below(5) {
            0 => format!("[{first}, {second}]?1"),
            1 => format!("array {{ {first} }}?*"),
            2 => format!("array:size([{first}, {second}])"),
            3 => format!("array:flatten([{first}, [{second}]])"),
            _ => format!("[{first}, {second}]"),
        }
    }
}
