//! Tokens to a tree, by descent (JMS 3.1, section 3.8.1.1).
//!
//! Least tight first: `OR`; `AND`; `NOT`; comparisons, which do not chain; `+ -`; `* /`; signs.
//!
//! Invariants: parentheses, `NOT` and signs are counted on the way down, so the stack is bounded by
//! [`NESTING_MAX`]; every node is counted before it is kept.

use crate::error::{Fault, Located};
use crate::expression::{List, Negation, Node};
use crate::field::Field;
use crate::lexer::Lexer;
use crate::like::LikePattern;
use crate::limits::{LIST_MEMBERS_MAX, NESTING_MAX, NODES_MAX, SELECTOR_BYTES_MAX};
use crate::token::{Keyword, Lexeme, Number, Symbol, Token};
use crate::value::{Comparison, Operator, Value};

type Parsed<T = Node> = Result<T, Located>;

/// Reads a whole selector. An empty one is always true: JMS takes it for none.
pub(crate) fn parse(text: &str) -> Parsed {
    if text.len() > SELECTOR_BYTES_MAX {
        return Err(Located::new(Fault::TooLong { bytes: text.len() }, SELECTOR_BYTES_MAX));
    }
    let mut lexer = Lexer::new(text);
    let next = lexer.next()?;
    if next.token == Token::End {
        return Ok(Node::Literal(Value::Bool(true)));
    }
    let mut parser = Parser { lexer, next, nesting: 0, nodes: 0 };
    let node = parser.or()?;
    match parser.next.token {
        Token::End => Ok(node),
        _ => Err(parser.unexpected("an operator or the end of the selector")),
    }
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The token that comes next.
    next: Lexeme<'s>,
    nesting: usize,
    nodes: usize,
}

impl<'s> Parser<'s> {
    fn or(&mut self) -> Parsed {
        let first = self.and()?;
        self.operands(first, Keyword::Or, Self::and, Node::Or)
    }

    fn and(&mut self) -> Parsed {
        let first = self.not()?;
        self.operands(first, Keyword::And, Self::not, Node::And)
    }

    /// `first`, or all operands of a chain that begins with it.
    fn operands(
        &mut self,
        first: Node,
        keyword: Keyword,
        operand: impl Fn(&mut Self) -> Parsed,
        chain: impl Fn(Vec<Node>) -> Node,
    ) -> Parsed {
        if self.next.token != Token::Keyword(keyword) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.takes(&Token::Keyword(keyword))? {
            operands.push(operand(self)?);
        }
        self.counted(chain(operands))
    }

    fn not(&mut self) -> Parsed {
        if self.next.token != Token::Keyword(Keyword::Not) {
            return self.condition();
        }
        self.nested(|parser| {
            parser.advance()?;
            let operand = Box::new(parser.not()?);
            parser.counted(Node::Not(operand))
        })
    }

    /// A comparison, or a value without one.
    fn condition(&mut self) -> Parsed {
        let operand = self.sum()?;
        if let Some(comparison) = comparison(&self.next.token) {
            self.advance()?;
            let operands = Box::new([operand, self.sum()?]);
            return self.counted(Node::Compare(comparison, operands));
        }
        if self.takes(&Token::Keyword(Keyword::Is))? {
            let negation = self.negation()?;
            self.expect(&Token::Keyword(Keyword::Null), "NULL or NOT NULL after IS")?;
            return self.counted(Node::IsNull(negation, Box::new(operand)));
        }
        let negation = self.negation()?;
        match self.next.token {
            Token::Keyword(Keyword::Between) => self.between(negation, operand),
            Token::Keyword(Keyword::In) => self.list(negation, operand),
            Token::Keyword(Keyword::Like) => self.like(negation, operand),
            _ if negation == Negation::Negated => {
                Err(self.unexpected("BETWEEN, IN or LIKE after NOT"))
            }
            _ => Ok(operand),
        }
    }

    fn negation(&mut self) -> Parsed<Negation> {
        Ok(match self.takes(&Token::Keyword(Keyword::Not))? {
            true => Negation::Negated,
            false => Negation::Plain,
        })
    }

    fn between(&mut self, negation: Negation, operand: Node) -> Parsed {
        self.advance()?;
        let low = self.sum()?;
        self.expect(&Token::Keyword(Keyword::And), "AND and the upper bound of BETWEEN")?;
        let operands = Box::new([operand, low, self.sum()?]);
        self.counted(Node::Between(negation, operands))
    }

    fn list(&mut self, negation: Negation, operand: Node) -> Parsed {
        self.advance()?;
        self.expect(&Token::Symbol(Symbol::OpenParenthesis), "'(' and the members of the list")?;
        let mut members = Vec::new();
        loop {
            if members.len() == LIST_MEMBERS_MAX {
                return Err(self.here(Fault::ListTooLong));
            }
            members.push(self.sum()?);
            if !self.takes(&Token::Symbol(Symbol::Comma))? {
                break;
            }
        }
        self.expect(&Token::Symbol(Symbol::CloseParenthesis), "',' or ')' after a list's member")?;
        self.counted(Node::In(negation, Box::new(operand), List::of(members)))
    }

    fn like(&mut self, negation: Negation, operand: Node) -> Parsed {
        self.advance()?;
        let offset = self.next.offset;
        let pattern = self.text("a pattern in single quotes after LIKE")?;
        let escape = match self.takes(&Token::Keyword(Keyword::Escape))? {
            true => Some(self.escape()?),
            false => None,
        };
        let pattern = LikePattern::compile(&pattern, escape);
        let pattern = Box::new(pattern.map_err(|fault| Located::new(fault, offset))?);
        self.counted(Node::Like(negation, Box::new(operand), pattern))
    }

    fn escape(&mut self) -> Parsed<char> {
        let offset = self.next.offset;
        let found = self.text("a character in single quotes after ESCAPE")?;
        let mut characters = found.chars();
        match (characters.next(), characters.next()) {
            (Some(escape), None) if !matches!(escape, '%' | '_') => Ok(escape),
            _ => {
                Err(Located::new(Fault::BadEscape { found: crate::error::quoted(&found) }, offset))
            }
        }
    }

    fn text(&mut self, expected: &'static str) -> Parsed<String> {
        let Token::Text(text) = &mut self.next.token else {
            return Err(self.unexpected(expected));
        };
        let text = std::mem::take(text).into_owned();
        self.advance()?;
        Ok(text)
    }

    fn sum(&mut self) -> Parsed {
        let first = self.product()?;
        let operators = [(Symbol::Plus, Operator::Add), (Symbol::Minus, Operator::Subtract)];
        self.chain(first, operators, Self::product, Node::Sum)
    }

    fn product(&mut self) -> Parsed {
        let first = self.signed()?;
        let operators = [(Symbol::Star, Operator::Multiply), (Symbol::Slash, Operator::Divide)];
        self.chain(first, operators, Self::signed, Node::Product)
    }

    /// `first`, or a chain of arithmetic that begins with it.
    fn chain(
        &mut self,
        first: Node,
        operators: [(Symbol, Operator); 2],
        operand: impl Fn(&mut Self) -> Parsed,
        chain: impl Fn(Box<Node>, Vec<(Operator, Node)>) -> Node,
    ) -> Parsed {
        let mut rest = Vec::new();
        while let Token::Symbol(found) = self.next.token
            && let Some((_, operator)) = operators.iter().find(|(symbol, _)| *symbol == found)
        {
            self.advance()?;
            rest.push((*operator, operand(self)?));
        }
        match rest.is_empty() {
            true => Ok(first),
            false => self.counted(chain(Box::new(first), rest)),
        }
    }

    fn signed(&mut self) -> Parsed {
        let is_negative = match self.next.token {
            Token::Symbol(Symbol::Plus) => false,
            Token::Symbol(Symbol::Minus) => true,
            _ => return self.value(),
        };
        self.nested(|parser| {
            parser.advance()?;
            if let Token::Number(number) = parser.next.token {
                return parser.number(number, is_negative);
            }
            let operand = Box::new(parser.signed()?);
            parser.counted(Node::Sign { is_negative, operand })
        })
    }

    fn value(&mut self) -> Parsed {
        let literal = match &mut self.next.token {
            Token::Symbol(Symbol::OpenParenthesis) => return self.parenthesis(),
            Token::Identifier(name) => {
                let field = Field::of(name).map_err(|fault| self.here(fault))?;
                self.advance()?;
                return self.counted(Node::Field(field));
            }
            Token::Number(number) => {
                let number = *number;
                return self.number(number, false);
            }
            Token::Text(text) => Value::Text(std::mem::take(text).into_owned().into()),
            Token::Keyword(Keyword::True) => Value::Bool(true),
            Token::Keyword(Keyword::False) => Value::Bool(false),
            _ => return Err(self.unexpected("a literal, an identifier or '('")),
        };
        self.advance()?;
        self.counted(Node::Literal(literal))
    }

    fn parenthesis(&mut self) -> Parsed {
        self.nested(|parser| {
            parser.advance()?;
            let inside = parser.or()?;
            let expected = "an operator or ')'";
            parser.expect(&Token::Symbol(Symbol::CloseParenthesis), expected)?;
            Ok(inside)
        })
    }

    /// The number that comes next, with the sign before it.
    fn number(&mut self, number: Number, is_negative: bool) -> Parsed {
        let value = match number {
            Number::Bits(bits) if is_negative => Value::Integer(bits.wrapping_neg()),
            Number::Bits(bits) => Value::Integer(bits),
            Number::Double(double) => Value::Double(if is_negative { -double } else { double }),
            Number::Decimal(magnitude) => {
                let integer = match is_negative {
                    true => 0_i64.checked_sub_unsigned(magnitude),
                    false => i64::try_from(magnitude).ok(),
                };
                let out_of_range = || Fault::IntegerOutOfRange { found: magnitude.to_string() };
                Value::Integer(integer.ok_or_else(|| self.here(out_of_range()))?)
            }
        };
        self.advance()?;
        self.counted(Node::Literal(value))
    }

    /// One level deeper, if there is one left.
    fn nested(&mut self, inside: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.nesting == NESTING_MAX {
            return Err(self.here(Fault::TooDeep));
        }
        self.nesting += 1;
        let node = inside(self);
        self.nesting -= 1;
        node
    }

    fn counted(&mut self, node: Node) -> Parsed {
        self.nodes += 1;
        match self.nodes > NODES_MAX {
            true => Err(self.here(Fault::TooManyNodes)),
            false => Ok(node),
        }
    }

    fn advance(&mut self) -> Parsed<()> {
        self.next = self.lexer.next()?;
        Ok(())
    }

    /// Goes on where this comes next.
    fn takes(&mut self, token: &Token<'static>) -> Parsed<bool> {
        let is_next = self.next.token == *token;
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect(&mut self, token: &Token<'static>, expected: &'static str) -> Parsed<()> {
        match self.takes(token)? {
            true => Ok(()),
            false => Err(self.unexpected(expected)),
        }
    }

    fn unexpected(&self, expected: &'static str) -> Located {
        self.here(Fault::Unexpected { expected, found: self.next.token.to_string() })
    }

    fn here(&self, fault: Fault) -> Located {
        Located::new(fault, self.next.offset)
    }
}

fn comparison(token: &Token<'_>) -> Option<Comparison> {
    let Token::Symbol(symbol) = token else { return None };
    Some(match symbol {
        Symbol::Equal => Comparison::Equal,
        Symbol::NotEqual => Comparison::NotEqual,
        Symbol::Less => Comparison::Less,
        Symbol::LessEqual => Comparison::LessEqual,
        Symbol::Greater => Comparison::Greater,
        Symbol::GreaterEqual => Comparison::GreaterEqual,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
