//! Reading Rust no further than the rules need: comments, literals, unit tests and paths.

/// A Rust file, and the same text with what a rule must not see blanked out; lines stay where they are.
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Without comments and unit tests.
    pub(crate) code: String,
    /// Without string literals too.
    pub(crate) bare: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (mut code, mut bare) = blank_comments(text);
        for (from, to) in unit_tests(&bare) {
            blank(&mut code[from..to]);
            blank(&mut bare[from..to]);
        }
        let string = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
            code: string(code),
            bare: string(bare),
        }
    }
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// The text with its comments blanked, and the same with its string and character literals blanked too.
pub(crate) fn blank_comments(text: &str) -> (Vec<u8>, Vec<u8>) {
    let (mut code, mut bare) = (text.as_bytes().to_vec(), text.as_bytes().to_vec());
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let is_word = at > 0
            && (text.as_bytes()[at - 1].is_ascii_alphanumeric() || text.as_bytes()[at - 1] == b'_');
        let (end, is_comment) = match rest[0] {
            b'/' if rest.starts_with(b"//") => (at + find(rest, b"\n"), true),
            b'/' if rest.starts_with(b"/*") => (at + block_comment(rest), true),
            b'"' => (at + quoted(rest, b'"'), false),
            b'r' if !is_word && raw_hashes(rest).is_some() => (at + raw_string(rest), false),
            b'b' if !is_word && rest.len() > 1 && raw_hashes(&rest[1..]).is_some() => {
                (at + 1 + raw_string(&rest[1..]), false)
            }
            b'\'' if is_char_literal(rest) => (at + quoted(rest, b'\''), false),
            _ => {
                at += 1;
                continue;
            }
        };
        blank(&mut bare[at..end]);
        if is_comment {
            blank(&mut code[at..end]);
        }
        at = end;
    }
    (code, bare)
}

/// Where `needle` begins, or the end.
fn find(bytes: &[u8], needle: &[u8]) -> usize {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap_or(bytes.len())
}

/// The length of a block comment; they nest.
fn block_comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of a literal that opens and closes with `quote` and knows escapes.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// How many `#` follow the `r` of a raw string; None when this is not one.
fn raw_hashes(bytes: &[u8]) -> Option<usize> {
    let hashes = bytes
        .get(1..)?
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    (bytes[0] == b'r' && bytes.get(1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_string(bytes: &[u8]) -> usize {
    let hashes = raw_hashes(bytes).unwrap_or(0);
    let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let open = 2 + hashes;
    (open + find(&bytes[open..], &close) + close.len()).min(bytes.len())
}

/// `'a'` and `'\n'` are literals, the `'a` of `&'a str` is not.
fn is_char_literal(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[1..bytes.len().min(6)]).into_owned();
    let mut chars = text.chars();
    chars.next() == Some('\\') || chars.next() == Some('\'')
}

/// The items under `#[cfg(test)]` or `#[cfg(all(test, …))]`, as ranges of bytes.
fn unit_tests(bare: &[u8]) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < bare.len() {
        let rest = &bare[at..];
        if rest.starts_with(b"#[cfg(test)") || rest.starts_with(b"#[cfg(all(test,") {
            let end = at + item(rest);
            ranges.push((at, end));
            at = end;
        } else {
            at += 1;
        }
    }
    ranges
}

/// The text without the modules that are written out in it, where `super` means something else than outside of them.
pub(crate) fn outside_modules(bare: &str) -> String {
    let mut bytes = bare.as_bytes().to_vec();
    for (at, _) in bare.match_indices("mod ") {
        let name = bare[at + 4..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        if name.trim_start().starts_with('{') {
            let end = at + item(&bytes[at..]);
            blank(&mut bytes[at..end]);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The length of an item: to its `;`, or to the brace that closes its first one.
fn item(bare: &[u8]) -> usize {
    let mut depth = 0;
    for (at, byte) in bare.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    bare.len()
}

/// Every path that `root` begins, with its line: `crate::{a, b::{c, d}}` gives `a`, `b::c`, `b::d`.
pub(crate) fn paths_after(bare: &str, root: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in bare.match_indices(root) {
        let before = bare[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let line = bare[..at].matches('\n').count() + 1;
        let mut leaves = Vec::new();
        tree(&bare[at + root.len()..], &mut Vec::new(), &mut leaves);
        found.extend(leaves.into_iter().map(|leaf| (line, leaf)));
    }
    found
}

/// Reads one path or group of paths, adds what it names to `leaves`, and gives back the text after it.
fn tree<'t>(text: &'t str, prefix: &mut Vec<String>, leaves: &mut Vec<Vec<String>>) -> &'t str {
    let mut text = text.trim_start();
    let depth = prefix.len();
    if let Some(group) = text.strip_prefix('{') {
        text = group.trim_start();
        while !text.is_empty() && !text.starts_with('}') {
            text = tree(text, prefix, leaves);
            // What stands between two members, and `as name`.
            text = text
                .trim_start_matches(|c: char| c != ',' && c != '}')
                .trim_start_matches(',')
                .trim_start();
        }
        text = text.strip_prefix('}').unwrap_or(text);
    } else {
        let end = text
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        prefix.push(text[..end].to_owned());
        text = &text[end..];
        match text.strip_prefix("::") {
            Some(more) => text = tree(more, prefix, leaves),
            None => leaves.push(prefix.clone()),
        }
    }
    prefix.truncate(depth);
    text
}
