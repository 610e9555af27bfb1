//! A number for an answer, so that the answers of all peers can be compared. The order of rows does not matter.

/// FNV-1a over the cells of a row.
#[derive(Debug, Clone, Copy)]
pub struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self::new()
    }
}

impl Hash {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    /// With these bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// With an integer.
    #[must_use]
    pub fn int(self, value: i64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// With a text.
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes()).bytes(&[0xff])
    }

    /// With a text that may be NULL.
    #[must_use]
    pub fn optional(self, value: Option<&str>) -> Self {
        match value {
            Some(text) => self.bytes(&[1]).text(text),
            None => self.bytes(&[0]),
        }
    }

    /// With what belongs to the row: the digest of other rows.
    #[must_use]
    pub fn rows(self, digest: u64) -> Self {
        self.bytes(&digest.to_le_bytes())
    }

    /// The number.
    #[must_use]
    pub fn done(self) -> u64 {
        self.0
    }
}

/// The digest of rows, in any order.
pub fn many(rows: impl IntoIterator<Item = u64>) -> u64 {
    rows.into_iter().fold(0, u64::wrapping_add)
}

/// A user.
#[must_use]
pub fn user(id: i64, name: &str, hair_color: Option<&str>) -> u64 {
    Hash::new().int(id).text(name).optional(hair_color).done()
}

/// A post.
#[must_use]
pub fn post(id: i64, user_id: i64, title: &str, body: Option<&str>) -> u64 {
    Hash::new()
        .int(id)
        .int(user_id)
        .text(title)
        .optional(body)
        .done()
}

/// A comment.
#[must_use]
pub fn comment(id: i64, post_id: i64, text: &str) -> u64 {
    Hash::new().int(id).int(post_id).text(text).done()
}

/// A tag.
#[must_use]
pub fn tag(id: i64, name: &str) -> u64 {
    Hash::new().int(id).text(name).done()
}
