//! Golden values of `tests/golden/*.json` as numbers.

use serde_json::Value;

/// A topic of a file.
pub fn topic(text: &str, topic: &str) -> Value {
    let mut all: Value = serde_json::from_str(text).expect("golden values are JSON");
    all[topic].take()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list").as_slice()
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

pub fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

pub fn count(value: &Value) -> usize {
    value.as_u64().expect("a count") as usize
}
