//! Lists of values as JSON, for databases that take them so.

use std::fmt::Write;

use crate::value::{Value, format_date, format_date_time, format_time, hex};

/// The values as a JSON array, each in the form in which a column stores it; bytes as hexadecimal digits.
pub fn json_list(values: &[Value]) -> String {
    let mut text = String::with_capacity(values.len() * 8 + 2);
    text.push('[');
    for (nth, value) in values.iter().enumerate() {
        text.push_str(if nth == 0 { "" } else { "," });
        member(&mut text, value);
    }
    text.push(']');
    text
}

fn member(text: &mut String, value: &Value) {
    // Writing to a text cannot fail.
    let _ = match value {
        Value::Null(_) => write!(text, "null"),
        Value::Bool(value) => write!(text, "{}", i32::from(*value)),
        Value::Int(value) | Value::Duration(value) => write!(text, "{value}"),
        Value::Float(value) if value.is_finite() => write!(text, "{value:?}"),
        // JSON has no word for infinity; so great a number is read as it.
        Value::Float(value) if value.is_sign_negative() => write!(text, "-9e999"),
        Value::Float(_) => write!(text, "9e999"),
        Value::Text(words) | Value::Decimal(words) | Value::Json(words) | Value::Inet(words) => {
            write!(text, "{}", serde_json::Value::from(words.as_str()))
        }
        Value::Bytes(bytes) => write!(text, "\"{}\"", hex(bytes)),
        Value::Date(days) => write!(text, "\"{}\"", format_date(*days)),
        Value::Time(micros) => write!(text, "\"{}\"", format_time(*micros)),
        Value::DateTime(micros) => write!(text, "\"{}\"", format_date_time(*micros)),
        Value::Uuid(bytes) => write!(text, "\"{}\"", hex(bytes)),
        Value::List(_, values) => write!(text, "{}", json_list(values)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_values() {
        let values = [
            Value::Int(i64::MIN),
            Value::Float(0.1),
            Value::Float(1e300),
            Value::Float(f64::NEG_INFINITY),
            Value::from("\"ü\\\n"),
            Value::Bytes(vec![0, 255]),
            Value::Bool(true),
        ];
        assert_eq!(
            json_list(&values),
            r#"[-9223372036854775808,0.1,1e300,-9e999,"\"ü\\\n","00ff",1]"#
        );
    }
}
