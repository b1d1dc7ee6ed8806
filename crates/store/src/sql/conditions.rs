//! Conditions of statements that are put together, as filters need them.

use jiff::Timestamp;

use super::Value;
use crate::to_micros;

/// Conditions, each with ` AND ` before it, and the values that are bound in
/// the statement.
#[derive(Debug)]
pub(crate) struct Conditions<'a> {
    text: String,
    values: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    /// No conditions yet; the values are those of the rest of the statement.
    pub(crate) fn new(values: Vec<Value<'a>>) -> Self {
        Self { text: String::new(), values }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    /// Binds a value and returns its place.
    pub(crate) fn bind(&mut self, value: Value<'a>) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    pub(crate) fn and(&mut self, condition: &str) {
        self.text += " AND ";
        self.text += condition;
    }

    /// Binds the values of an `IN` list, of which there must be one, and returns
    /// their places.
    pub(crate) fn list(&mut self, values: impl Iterator<Item = Value<'a>>) -> String {
        let places: Vec<String> = padded(values).into_iter().map(|value| self.bind(value)).collect();
        places.join(", ")
    }

    /// The column is one of the values; none of nothing.
    pub(crate) fn one_of(&mut self, column: &str, values: impl Iterator<Item = Value<'a>>) {
        let list = self.list(values);
        if list.is_empty() {
            self.and("1 = 0");
        } else {
            self.and(&format!("{column} IN ({list})"));
        }
    }

    /// The column is at or behind one moment and before another, as far as they
    /// are given.
    pub(crate) fn within(&mut self, column: &str, from: Option<Timestamp>, before: Option<Timestamp>) {
        for (bound, compare) in [(from, ">="), (before, "<")] {
            if let Some(bound) = bound {
                let bound = self.bind(to_micros(bound).into());
                self.and(&format!("{column} {compare} {bound}"));
            }
        }
    }

    /// `LIMIT` and `OFFSET`, bound behind the values, and all of them.
    pub(crate) fn page(&self, limit: i64, offset: i64) -> (String, Vec<Value<'a>>) {
        let mut values = self.values.clone();
        values.extend([Value::Int(limit), Value::Int(offset)]);
        (format!(" LIMIT ?{} OFFSET ?{}", values.len() - 1, values.len()), values)
    }
}

/// The places and values of an `IN` list, of which there must be one, in a
/// statement that binds nothing else.
pub(crate) fn in_list<'a>(values: impl Iterator<Item = Value<'a>>) -> (String, Vec<Value<'a>>) {
    let mut conditions = Conditions::new(Vec::new());
    let list = conditions.list(values);
    (list, conditions.values)
}

/// Fills a list up to a power of two with its last value, so that few different
/// statements come to be prepared.
fn padded<'a>(values: impl Iterator<Item = Value<'a>>) -> Vec<Value<'a>> {
    let mut values: Vec<Value<'a>> = values.collect();
    if let Some(last) = values.last().copied() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_padded_to_few_lengths() {
        let mut conditions = Conditions::new(vec![Value::Int(1), Value::Int(2)]);
        conditions.one_of("x", [7, 8, 9].into_iter().map(Value::Int));
        assert_eq!(conditions.text(), " AND x IN (?3, ?4, ?5, ?6)");
        assert_eq!(conditions.values().len(), 6);
        assert!(matches!(conditions.values()[5], Value::Int(9)));
        conditions.one_of("y", std::iter::empty());
        assert_eq!(conditions.text(), " AND x IN (?3, ?4, ?5, ?6) AND 1 = 0");
        assert_eq!(in_list([5].into_iter().map(Value::Int)).0, "?1");
    }
}
