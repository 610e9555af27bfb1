//! The types that an expression can be cast to.

/// A type to cast to; its name is the dialect's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CastType {
    /// True or false.
    Boolean,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    BigInteger,
    /// 64 bits, binary floating point.
    Float,
    /// Exact, with this many digits in all and behind the point.
    Decimal {
        /// Digits in all; none is as many as the database holds.
        digits: Option<u16>,
        /// Digits behind the point.
        places: u16,
    },
    /// Text without a limit.
    Text,
    /// Text of at most this many characters.
    Char(u32),
    /// Bytes.
    Binary,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// An instant.
    DateTime,
    /// A span of time.
    Duration,
    /// A UUID.
    Uuid,
    /// JSON.
    Json,
    /// An address of IPv4 or IPv6.
    Inet,
}
