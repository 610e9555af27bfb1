//! What a lookup by name takes: any field's value, text, or a list.

use crate::error::Result;
use crate::meta::FieldType;
use crate::value::{Value, ValueType};

/// A value for a [`lookup`](crate::queryset::QuerySet::lookup) by name: of any field's type, borrowed text, a list of these for
/// `…__in` and `…__range`, or a [`Value`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of a lookup",
    label = "expected a value of a field's type, `&str`, a list of these, or a `Value`"
)]
pub trait Given {
    /// The neutral value.
    ///
    /// # Errors
    /// Where the value does not fit a database's type, such as a `u64` that is too large.
    fn given(self) -> Result<Value>;
}

#[diagnostic::do_not_recommend]
impl<T: FieldType> Given for T {
    fn given(self) -> Result<Value> {
        self.to_value()
    }
}

impl Given for Value {
    fn given(self) -> Result<Value> {
        Ok(self)
    }
}

impl Given for &str {
    fn given(self) -> Result<Value> {
        Ok(self.into())
    }
}

impl Given for &String {
    fn given(self) -> Result<Value> {
        self.as_str().given()
    }
}

fn list<T: Given>(values: impl IntoIterator<Item = T>) -> Result<Value> {
    let values = values.into_iter().map(Given::given);
    let values = values.collect::<Result<Vec<_>>>()?;
    let value_type = values.first().map_or(ValueType::Text, Value::value_type);
    Ok(Value::List(value_type, values))
}

#[diagnostic::do_not_recommend]
impl<T: Given, const N: usize> Given for [T; N] {
    fn given(self) -> Result<Value> {
        list(self)
    }
}

/// Lists of bytes are no lists, so those that are there are written out.
macro_rules! vectors {
    ($($member:ty),*) => {
        $(#[diagnostic::do_not_recommend]
        impl Given for Vec<$member> {
            fn given(self) -> Result<Value> {
                list(self)
            }
        })*
    };
}

vectors!(
    bool,
    i16,
    i32,
    i64,
    u16,
    u32,
    u64,
    f32,
    f64,
    String,
    &str,
    std::net::IpAddr,
    Value
);
#[cfg(feature = "chrono")]
vectors!(
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::DateTime<chrono::Utc>
);
#[cfg(feature = "uuid")]
vectors!(uuid::Uuid);
#[cfg(feature = "rust_decimal")]
vectors!(rust_decimal::Decimal);

#[diagnostic::do_not_recommend]
impl<T: Given + Clone> Given for &[T] {
    fn given(self) -> Result<Value> {
        list(self.iter().cloned())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Given + Clone> Given for &Vec<T> {
    fn given(self) -> Result<Value> {
        self.as_slice().given()
    }
}
