//! A decimal does not compute with a float: its digits would be lost.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(app = "shop")]
struct Line {
    id: i64,
    #[field(max_digits = 12, decimal_places = 2)]
    price: rust_decimal::Decimal,
    weight: f64,
}

fn main() {
    let _ = Line::objects().filter(|l| (l.price() * l.weight()).gt(rust_decimal::Decimal::ONE));
}
