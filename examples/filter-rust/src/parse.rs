//! An expression's text to what it means, by recursive descent.
//!
//! ```text
//! expression = [ any ] [ "redact" path { "," path } ]      not both left out
//! any        = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" any ")" | operand [ comparison operand ]
//! operand    = name | path | text | number | "true" | "false" | "null"
//! path       = "$" { "." name | "[" number "]" | "[" text "]" }
//! comparison = "=" | "!=" | "<" | "<=" | ">" | ">="
//! ```

use philter_plugin_api::{Error, Result};

use crate::expression::{Comparison, Condition, Expression, Operand};
use crate::path::{Path, STEPS_MAX, Step};
use crate::token::{Token, Tokens};

/// How deep parentheses and `not` may nest; people write 5.
const DEPTH_MAX: u32 = 50;

/// Bytes of an expression.
const EXPRESSION_BYTES_MAX: usize = 16 * 1024;

/// Reads an expression.
///
/// # Errors
/// A text that is no expression, with line and column.
pub(crate) fn parse(text: &str) -> Result<Expression> {
    if text.len() > EXPRESSION_BYTES_MAX {
        let bytes = text.len();
        return Err(Error::invalid(format!(
            "the expression has {bytes} bytes, at most {EXPRESSION_BYTES_MAX} are allowed"
        )));
    }
    let mut tokens = Tokens::new(text);
    let next = tokens.next()?;
    let mut parser = Parser { tokens, next, depth: 0 };
    let condition = if parser.is_word("redact") { Condition::Always } else { parser.any()? };
    let mut redact = Vec::new();
    if parser.take_word("redact")? {
        redact.push(parser.path()?);
        while parser.take(&Token::Symbol(","))? {
            redact.push(parser.path()?);
        }
    }
    match parser.next {
        Token::End => Ok(Expression { condition, redact }),
        _ => Err(parser.error("'and', 'or', 'redact' or the end")),
    }
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    next: Token,
    depth: u32,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Condition> {
        let first = self.all()?;
        let mut conditions = vec![first];
        while self.take_word("or")? {
            conditions.push(self.all()?);
        }
        Ok(one_or(conditions, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition> {
        let first = self.one()?;
        let mut conditions = vec![first];
        while self.take_word("and")? {
            conditions.push(self.one()?);
        }
        Ok(one_or(conditions, Condition::All))
    }

    fn one(&mut self) -> Result<Condition> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.tokens.error(format!("more than {DEPTH_MAX} levels")));
        }
        let condition = self.one_inside()?;
        self.depth -= 1;
        Ok(condition)
    }

    fn one_inside(&mut self) -> Result<Condition> {
        if self.take_word("not")? {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.take(&Token::Symbol("("))? {
            let condition = self.any()?;
            if !self.take(&Token::Symbol(")"))? {
                return Err(self.error("')'"));
            }
            return Ok(condition);
        }
        let left = self.operand()?;
        match self.comparison()? {
            Some(comparison) => Ok(Condition::Compare(left, comparison, self.operand()?)),
            None => Ok(Condition::Holds(left)),
        }
    }

    fn comparison(&mut self) -> Result<Option<Comparison>> {
        let comparison = match self.next {
            Token::Symbol("=") => Comparison::Equal,
            Token::Symbol("!=") => Comparison::NotEqual,
            Token::Symbol("<") => Comparison::Less,
            Token::Symbol("<=") => Comparison::LessOrEqual,
            Token::Symbol(">") => Comparison::Greater,
            Token::Symbol(">=") => Comparison::GreaterOrEqual,
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(comparison))
    }

    fn operand(&mut self) -> Result<Operand> {
        let wanted = "a header's name, a path, a text or a number";
        let operand = match &self.next {
            Token::Symbol("$") => return self.path().map(|path| Operand::Body(path, Vec::new())),
            Token::Symbol("-") => {
                self.advance()?;
                let Token::Number(number) = self.next else { return Err(self.error("a number")) };
                Operand::Number(-number)
            }
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Bool(true),
                "false" => Operand::Bool(false),
                "null" => Operand::Null,
                "and" | "or" | "not" | "redact" => return Err(self.error(wanted)),
                name => Operand::Header(name.to_owned()),
            },
            Token::Quoted(name) => Operand::Header(name.clone()),
            Token::Text(text) => Operand::Text(text.clone()),
            Token::Number(number) => Operand::Number(*number),
            _ => return Err(self.error(wanted)),
        };
        self.advance()?;
        Ok(operand)
    }

    fn path(&mut self) -> Result<Path> {
        if !self.take(&Token::Symbol("$"))? {
            return Err(self.error("a path, which begins with '$'"));
        }
        let mut path = Path::default();
        loop {
            if path.0.len() > STEPS_MAX {
                return Err(self.tokens.error(format!("more than {STEPS_MAX} steps")));
            }
            if self.take(&Token::Symbol("."))? {
                path.0.push(self.member()?);
            } else if self.take(&Token::Symbol("["))? {
                path.0.push(self.element()?);
            } else {
                return Ok(path);
            }
        }
    }

    fn member(&mut self) -> Result<Step> {
        let (Token::Word(name) | Token::Quoted(name)) = &self.next else {
            return Err(self.error("a member's name"));
        };
        let step = Step::Member(name.clone());
        self.advance()?;
        Ok(step)
    }

    fn element(&mut self) -> Result<Step> {
        let step = match &self.next {
            Token::Text(name) => Step::Member(name.clone()),
            Token::Number(number) if number.fract() == 0.0 => Step::Element(*number as usize),
            _ => return Err(self.error("a whole number or a text")),
        };
        self.advance()?;
        if !self.take(&Token::Symbol("]"))? {
            return Err(self.error("']'"));
        }
        Ok(step)
    }

    fn advance(&mut self) -> Result<()> {
        self.next = self.tokens.next()?;
        Ok(())
    }

    fn take(&mut self, token: &Token) -> Result<bool> {
        let is_next = self.next == *token;
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.next, Token::Word(next) if next == word)
    }

    fn take_word(&mut self, word: &str) -> Result<bool> {
        let is_next = self.is_word(word);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    /// An error at the word that is next.
    fn error(&self, wanted: &str) -> Error {
        let found = match &self.next {
            Token::End => return self.tokens.error(format!("{wanted} is missing")),
            Token::Word(word) => word.clone(),
            Token::Quoted(name) => format!("`{name}`"),
            Token::Text(text) => format!("{text:?}"),
            Token::Number(number) => number.to_string(),
            Token::Symbol(symbol) => (*symbol).to_owned(),
        };
        self.tokens.error(format!("'{found}' is here, and {wanted} is wanted"))
    }
}

fn one_or(mut conditions: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.len() {
        1 => conditions.swap_remove(0),
        _ => many(conditions),
    }
}
