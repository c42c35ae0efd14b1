//! Conditions, numbers, texts.

use super::{Generator, Kind};

pub(super) const GENERAL: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];
const VALUE: [&str; 6] = ["eq", "ne", "lt", "le", "gt", "ge"];

impl Generator<'_> {
    /// An expression with a boolean value, mostly.
    pub(super) fn boolean(&mut self) -> String {
        match self.form(18) {
            0 => self.choices.of(&["true()", "false()"]).to_owned(),
            1..=4 => self.comparison(),
            5 | 6 => {
                let operator = self.choices.of(&["and", "or"]);
                let (left, right) = (self.deeper(Self::boolean), self.deeper(Self::boolean));
                format!("({left} {operator} {right})")
            }
            7 => {
                let function = self.choices.of(&["not", "boolean", "exists", "empty"]);
                format!("{function}({})", self.deeper(Self::nodes))
            }
            8 => format!("not({})", self.deeper(Self::boolean)),
            9 => self.quantified(),
            10 => {
                let operator = self.choices.of(&VALUE);
                format!("{} {operator} {}", self.operand(), self.operand())
            }
            11 => {
                let operator = self.choices.of(&VALUE);
                let (left, right) = (self.deeper(Self::text), self.deeper(Self::text));
                format!("({left} {operator} {right})")
            }
            12 => self.text_condition(),
            13 => {
                let (condition, then) = (self.deeper(Self::boolean), self.deeper(Self::boolean));
                format!("(if ({condition}) then {then} else {})", self.deeper(Self::boolean))
            }
            14 => {
                let operator = self.choices.of(&["is", "<<", ">>"]);
                let (left, right) = (self.deeper(Self::nodes), self.deeper(Self::nodes));
                format!("({left})[1] {operator} ({right})[1]")
            }
            15 => self.type_condition(),
            16 => {
                let (left, right) = (self.deeper(Self::any), self.deeper(Self::any));
                format!("deep-equal({left}, {right})")
            }
            _ => format!("exists({})", self.deeper(Self::any)),
        }
    }

    /// A general comparison.
    fn comparison(&mut self) -> String {
        let operator = self.choices.of(&GENERAL);
        let left = self.deeper(Self::nodes);
        let right = match self.form(5) {
            0 => self.literal(),
            1 | 2 => self.deeper(Self::number),
            3 => self.deeper(Self::text),
            _ => self.deeper(Self::nodes),
        };
        format!("{left} {operator} {right}")
    }

    fn literal(&mut self) -> String {
        self.choices
            .of(&["1", "2", "10", "1.5", "1e1", "-1", "'a'", "'1'", "'ab'", "''"])
            .to_owned()
    }

    /// A number between brackets, if need be.
    fn operand(&mut self) -> String {
        format!("({})", self.deeper(Self::number))
    }

    fn quantified(&mut self) -> String {
        let word = self.choices.of(&["some", "every"]);
        let variable = self.choices.of(&["v", "w"]);
        let sequence = self.deeper(Self::nodes);
        let condition =
            self.binding(variable, Kind::Nodes, |it| it.deeper(Self::variable_condition));
        format!("({word} ${variable} in {sequence} satisfies {condition})")
    }

    /// A condition that has to do with a variable in scope, if there is one.
    fn variable_condition(&mut self) -> String {
        let operator = self.choices.of(&GENERAL);
        match (self.form(3), self.variable(Kind::Nodes)) {
            (0 | 1, Some(variable)) => format!("{variable} {operator} {}", self.literal()),
            _ => self.boolean(),
        }
    }

    fn text_condition(&mut self) -> String {
        let (text, other) = (self.deeper(Self::text), self.deeper(Self::text));
        match self.choices.below(4) {
            0 => format!("contains({text}, {other})"),
            1 => format!("starts-with({text}, {other})"),
            2 => format!("ends-with({text}, {other})"),
            _ => {
                let pattern = self.choices.of(&["a", "^a", "[0-9]+", "(a|b)*$", "."]);
                format!("matches({text}, '{pattern}')")
            }
        }
    }

    fn type_condition(&mut self) -> String {
        let any = self.deeper(Self::any);
        match self.choices.below(3) {
            0 => {
                let kind = self.choices.of(&[
                    "item()*",
                    "node()+",
                    "element(a)?",
                    "xs:integer",
                    "xs:string*",
                    "empty-sequence()",
                    "map(*)",
                    "function(*)",
                ]);
                format!("({any} instance of {kind})")
            }
            1 => format!("({any} castable as xs:integer?)"),
            _ => format!("({any} castable as xs:double)"),
        }
    }

    /// A number.
    pub(super) fn number(&mut self) -> String {
        match self.form(14) {
            0 | 1 => self.choices.of(&["1", "2", "3", "10", "1.5", "1e1", "-1", "0"]).to_owned(),
            2 | 3 => format!("count({})", self.deeper(Self::nodes)),
            4 | 5 => {
                let operator = self.choices.of(&["+", "-", "*", "div", "idiv", "mod"]);
                let (left, right) = (self.deeper(Self::number), self.deeper(Self::number));
                format!("({left} {operator} {right})")
            }
            6 => {
                let function =
                    self.choices.of(&["abs", "floor", "ceiling", "round", "-", "number"]);
                format!("{function}({})", self.deeper(Self::number))
            }
            7 => format!("string-length({})", self.deeper(Self::text)),
            8 => {
                let function = self.choices.of(&["sum", "min", "max", "avg"]);
                let (first, second) = (self.deeper(Self::number), self.deeper(Self::number));
                format!("{function}(({first}, {second}))")
            }
            9 => format!("sum({} ! number(.))", self.deeper(Self::nodes)),
            10 => {
                let (value, variable) = (self.deeper(Self::number), self.choices.of(&["v", "w"]));
                let body = self.binding(variable, Kind::Number, |it| it.deeper(Self::number));
                format!("(let ${variable} := {value} return {body})")
            }
            11 => self.variable(Kind::Number).unwrap_or_else(|| "2".to_owned()),
            12 => format!("count({})", self.deeper(Self::any)),
            _ => {
                let (condition, then) = (self.deeper(Self::boolean), self.deeper(Self::number));
                format!("(if ({condition}) then {then} else {})", self.deeper(Self::number))
            }
        }
    }

    /// A string.
    pub(super) fn text(&mut self) -> String {
        match self.form(12) {
            0 | 1 => self.choices.of(&["'a'", "'b'", "'ab'", "''", "'1'", "\"é\""]).to_owned(),
            2 | 3 => format!("string(({})[1])", self.deeper(Self::nodes)),
            4 => format!("({} || {})", self.deeper(Self::text), self.deeper(Self::text)),
            5 => format!("concat({}, {})", self.deeper(Self::text), self.deeper(Self::number)),
            6 => {
                let function =
                    self.choices.of(&["upper-case", "lower-case", "normalize-space", "string"]);
                format!("{function}({})", self.deeper(Self::text))
            }
            7 => format!("substring({}, {})", self.deeper(Self::text), self.deeper(Self::number)),
            8 => format!("string-join({} ! string(.), ',')", self.deeper(Self::nodes)),
            9 => {
                let function = self.choices.of(&["name", "local-name", "namespace-uri"]);
                format!("{function}(({})[1])", self.deeper(Self::nodes))
            }
            10 => {
                let function = self.choices.of(&["substring-before", "substring-after"]);
                format!("{function}({}, {})", self.deeper(Self::text), self.deeper(Self::text))
            }
            _ => format!("replace({}, '[ab]', 'x')", self.deeper(Self::text)),
        }
    }
}
