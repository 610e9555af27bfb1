//! Bytes as hexadecimal digits, and the text of UUIDs.

use std::fmt::Write;

/// The bytes as lower-case digits; of a UUID's sixteen, the form in which Django keeps it as text.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes of a UUID's text, with or without dashes.
pub fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let whole = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let value = u128::from_str_radix(&digits, 16).ok();
    value.filter(|_| whole).map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_reads_back() {
        let bytes = parse_uuid("0123abcd-4567-89AB-cdef-000000000001").unwrap();
        assert_eq!(hex(&bytes), "0123abcd456789abcdef000000000001");
        assert_eq!(parse_uuid(&hex(&bytes)), Some(bytes));
        assert_eq!(parse_uuid("+123abcd456789abcdef000000000001"), None);
        assert_eq!(parse_uuid("0123"), None);
    }
}
