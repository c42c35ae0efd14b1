//! Operators by their precedence (XQuery 3.1, appendix A.4).
//!
//! Invariant: operators of one precedence lean left; where the grammar has no second one of a
//! precedence, it is not read, and whoever called finds it.

use super::ast::{Arithmetic, ArrowFunction, BinaryOperator, Comparison, Expr, ExprKind};
use super::parser::Parser;
use crate::error::Result;

/// What stands between operands, or behind one.
#[derive(Clone, Copy)]
enum Operator {
    Binary(BinaryOperator),
    InstanceOf,
    TreatAs,
    CastableAs,
    CastAs,
}

/// An operator that is looked at.
#[derive(Clone, Copy)]
struct Ahead {
    operator: Operator,
    /// Higher binds more tightly.
    precedence: u8,
    /// Whether another of its precedence may follow.
    chains: bool,
    /// Its symbol, or its first word.
    bytes: usize,
    /// Its second word.
    second: Option<&'static str>,
}

/// Of `or`, which binds most loosely.
const LOOSEST: u8 = 1;

impl Parser<'_> {
    /// `OrExpr`.
    pub(super) fn or_expr(&mut self) -> Result<Expr> {
        self.operators(LOOSEST)
    }

    /// Operands and the operators of a precedence and tighter ones.
    fn operators(&mut self, loosest: u8) -> Result<Expr> {
        let start = self.at;
        let mut left = self.arrow()?;
        let mut tightest = u8::MAX;
        while let Some(ahead) = self.operator() {
            if ahead.precedence < loosest || ahead.precedence > tightest {
                break;
            }
            tightest = if ahead.chains { ahead.precedence } else { ahead.precedence - 1 };
            self.advance(ahead.bytes);
            if let Some(word) = ahead.second {
                self.expect_word(word)?;
            }
            let kind = match ahead.operator {
                Operator::Binary(operator) => {
                    let right = self.operators(ahead.precedence + 1)?;
                    ExprKind::Binary { operator, left, right }
                }
                operator => self.typed(operator, left)?,
            };
            left = self.make(kind, start)?;
        }
        Ok(left)
    }

    /// An operand with the type behind its operator.
    fn typed(&mut self, operator: Operator, operand: Expr) -> Result<ExprKind> {
        match operator {
            Operator::InstanceOf => {
                Ok(ExprKind::InstanceOf { operand, kind: self.sequence_type()? })
            }
            Operator::CastableAs => {
                let (kind, optional) = self.single_type()?;
                Ok(ExprKind::Castable { operand, kind, optional })
            }
            Operator::CastAs => {
                let (kind, optional) = self.single_type()?;
                Ok(ExprKind::Cast { operand, kind, optional })
            }
            Operator::TreatAs | Operator::Binary(_) => {
                Ok(ExprKind::TreatAs { operand, kind: self.sequence_type()? })
            }
        }
    }

    /// The operator that is looked at, from `or` to `cast as`.
    fn operator(&self) -> Option<Ahead> {
        let word = self.word();
        let text = if word.is_empty() { self.symbol() } else { word };
        let (operator, precedence, second) = match text {
            "instance" => (Operator::InstanceOf, 10, Some("of")),
            "treat" => (Operator::TreatAs, 11, Some("as")),
            "castable" => (Operator::CastableAs, 12, Some("as")),
            "cast" => (Operator::CastAs, 13, Some("as")),
            _ => {
                let (operator, precedence) = binary(text)?;
                (Operator::Binary(operator), precedence, None)
            }
        };
        let chains = !matches!(precedence, 3 | 5 | 10..);
        Some(Ahead { operator, precedence, chains, bytes: text.len(), second })
    }

    /// Whether an operator comes next.
    pub(super) fn is_operator(&self) -> bool {
        self.operator().is_some()
    }

    /// `ArrowExpr`.
    fn arrow(&mut self) -> Result<Expr> {
        let start = self.at;
        let mut base = self.unary()?;
        while self.eat("=>") {
            let open = self.at;
            let function = if self.is("$") {
                let name = self.variable()?;
                ArrowFunction::Expr(self.make(ExprKind::Variable(name), open)?)
            } else if self.is("(") {
                ArrowFunction::Expr(self.parenthesized()?)
            } else {
                let what = "the name of a function, a variable or `(` behind `=>`";
                ArrowFunction::Name(self.eqname(what)?)
            };
            let arguments = self.arguments()?;
            base = self.make(ExprKind::Arrow { base, function, arguments }, start)?;
        }
        Ok(base)
    }

    /// `UnaryExpr`: signs one after the other are one.
    fn unary(&mut self) -> Result<Expr> {
        let start = self.at;
        let (mut signed, mut negative) = (false, false);
        while let sign @ ("+" | "-") = self.symbol() {
            signed = true;
            negative ^= sign == "-";
            self.advance(1);
        }
        let operand = self.value_expr()?;
        if !signed {
            return Ok(operand);
        }
        self.make(ExprKind::Unary { negative, operand }, start)
    }

    /// `ValueExpr`.
    fn value_expr(&mut self) -> Result<Expr> {
        if self.is("(#") {
            return self.extension();
        }
        if self.is_word("validate") && self.is_validate() {
            return self.validate();
        }
        let start = self.at;
        let mut left = self.path()?;
        while self.eat("!") {
            let operator = BinaryOperator::SimpleMap;
            let right = self.path()?;
            left = self.make(ExprKind::Binary { operator, left, right }, start)?;
        }
        Ok(left)
    }
}

/// An operator with two operands and its precedence.
fn binary(text: &str) -> Option<(BinaryOperator, u8)> {
    use BinaryOperator as B;
    Some(match text {
        "or" => (B::Or, LOOSEST),
        "and" => (B::And, 2),
        "eq" => (B::Value(Comparison::Equal), 3),
        "ne" => (B::Value(Comparison::NotEqual), 3),
        "lt" => (B::Value(Comparison::Less), 3),
        "le" => (B::Value(Comparison::LessOrEqual), 3),
        "gt" => (B::Value(Comparison::Greater), 3),
        "ge" => (B::Value(Comparison::GreaterOrEqual), 3),
        "=" => (B::General(Comparison::Equal), 3),
        "!=" => (B::General(Comparison::NotEqual), 3),
        "<" => (B::General(Comparison::Less), 3),
        "<=" => (B::General(Comparison::LessOrEqual), 3),
        ">" => (B::General(Comparison::Greater), 3),
        ">=" => (B::General(Comparison::GreaterOrEqual), 3),
        "is" => (B::Is, 3),
        "<<" => (B::Precedes, 3),
        ">>" => (B::Follows, 3),
        "||" => (B::Concat, 4),
        "to" => (B::Range, 5),
        "+" => (B::Arithmetic(Arithmetic::Add), 6),
        "-" => (B::Arithmetic(Arithmetic::Subtract), 6),
        "*" => (B::Arithmetic(Arithmetic::Multiply), 7),
        "div" => (B::Arithmetic(Arithmetic::Divide), 7),
        "idiv" => (B::Arithmetic(Arithmetic::IntegerDivide), 7),
        "mod" => (B::Arithmetic(Arithmetic::Modulo), 7),
        "union" | "|" => (B::Union, 8),
        "intersect" => (B::Intersect, 9),
        "except" => (B::Except, 9),
        _ => return None,
    })
}
