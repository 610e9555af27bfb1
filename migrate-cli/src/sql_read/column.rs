//! Columns, their types and the constraints that stand in their definitions.

use nuages::schema::{
    Column, ColumnType, Default as ColumnDefault, ForeignKey, Generated, IndexPart, IndexTarget,
    ReferentialAction, Unique,
};
use nuages::sql::{Effect, Word};
use sqlparser::ast::{
    ColumnOption, DataType, Expr, GeneratedExpressionMode, Ident, IndexColumn, OrderBySort,
};

use super::last;

/// A column, and what only its database can judge of its definition.
pub(super) fn column<'o>(
    name: &Ident,
    ty: &DataType,
    options: impl Iterator<Item = &'o ColumnOption>,
) -> (Column, Vec<Word>) {
    let spelled = ty.to_string().to_ascii_uppercase();
    let mut column = Column::new(&name.value, column_type(ty));
    column.null = true;
    column.identity = spelled.contains("SERIAL");
    if column.identity {
        column.null = false;
    }
    let mut words = vec![
        Word::Type {
            column: name.value.clone(),
            name: spelled,
        },
        Word::Name(name.value.clone()),
    ];
    for option in options {
        match option {
            ColumnOption::NotNull | ColumnOption::PrimaryKey(_) => column.null = false,
            ColumnOption::Default(value) => {
                if let Expr::Identifier(ident) = value
                    && ident.quote_style == Some('"')
                {
                    words.push(Word::QuotedDefault {
                        column: name.value.clone(),
                        text: ident.value.clone(),
                    });
                }
                let sql = value.to_string();
                let is_null = sql.eq_ignore_ascii_case("null");
                column.default = (!is_null).then_some(ColumnDefault {
                    sql,
                    one_off: false,
                });
            }
            ColumnOption::Collation(collation) => column.collation = Some(last(collation)),
            ColumnOption::Comment(comment) => column.comment = Some(comment.clone()),
            ColumnOption::Identity(_) => column.identity = true,
            ColumnOption::DialectSpecific(tokens) => {
                let text: String = tokens.iter().map(ToString::to_string).collect();
                column.identity |= text.to_ascii_uppercase().replace('_', "") == "AUTOINCREMENT";
            }
            ColumnOption::Generated {
                generation_expr,
                generation_expr_mode,
                ..
            } => match generation_expr {
                None => column.identity = true,
                Some(expression) => {
                    column.generated = Some(Generated {
                        expression: expression.to_string(),
                        stored: *generation_expr_mode == Some(GeneratedExpressionMode::Stored),
                    });
                }
            },
            ColumnOption::ForeignKey(key) => words.push(Word::Reference {
                column: name.value.clone(),
                table: last(&key.foreign_table),
            }),
            _ => {}
        }
    }
    (column, words)
}

pub(super) fn options(column: &sqlparser::ast::ColumnDef) -> impl Iterator<Item = &ColumnOption> {
    column.options.iter().map(|option| &option.option)
}

/// The constraint that stands in the definition of a column.
pub(super) fn within(option: &ColumnOption, column: &str) -> Option<Effect> {
    match option {
        ColumnOption::ForeignKey(key) => Some(foreign_key(key, Some(column), true)),
        ColumnOption::Unique(_) => Some(Effect::AddUnique {
            unique: Unique {
                name: None,
                implied: false,
                columns: vec![column.to_owned()],
                deferrable: None,
                nulls_distinct: None,
            },
            built: false,
        }),
        _ => None,
    }
}

pub(super) fn foreign_key(
    key: &sqlparser::ast::ForeignKeyConstraint,
    column: Option<&str>,
    valid: bool,
) -> Effect {
    let own = key.columns.iter().map(|column| column.value.clone());
    Effect::AddForeignKey {
        key: ForeignKey {
            name: key.name.as_ref().map(|name| name.value.clone()),
            columns: column.map_or_else(|| own.collect(), |column| vec![column.to_owned()]),
            to_table: last(&key.foreign_table),
            to_columns: key
                .referred_columns
                .iter()
                .map(|column| column.value.clone())
                .collect(),
            on_delete: key.on_delete.map_or(ReferentialAction::NoAction, |action| {
                ReferentialAction::parse(&action.to_string())
            }),
        },
        valid,
    }
}

pub(super) fn part(column: &IndexColumn) -> IndexPart {
    let target = match &column.column.expr {
        Expr::Identifier(name) => IndexTarget::Column(name.value.clone()),
        other => IndexTarget::Expression(other.to_string()),
    };
    IndexPart {
        target,
        descending: column.column.options.sort == Some(OrderBySort::Desc),
        opclass: None,
    }
}

/// The type in our words; what is none of them stays as it is spelled.
pub(super) fn column_type(ty: &DataType) -> ColumnType {
    let spelled = ty.to_string().to_ascii_uppercase();
    let (name, rest) = spelled.split_once('(').unwrap_or((&spelled, ""));
    let numbers: Vec<u32> = rest
        .trim_end_matches(')')
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    match name.trim() {
        "SMALLINT" | "INT2" | "SMALLSERIAL" => ColumnType::SmallInteger,
        "INT" | "INTEGER" | "INT4" | "SERIAL" => ColumnType::Integer,
        "BIGINT" | "INT8" | "BIGSERIAL" => ColumnType::BigInteger,
        "VARCHAR" | "CHARACTER VARYING" | "CHAR VARYING" => {
            ColumnType::Varchar(numbers.first().copied())
        }
        "TEXT" | "LONGTEXT" => ColumnType::Text,
        "NUMERIC" | "DECIMAL" => ColumnType::Decimal(match numbers.as_slice() {
            [digits, scale] => Some((*digits, *scale)),
            [digits] => Some((*digits, 0)),
            _ => None,
        }),
        "BOOLEAN" | "BOOL" => ColumnType::Boolean,
        "DOUBLE" | "DOUBLE PRECISION" | "FLOAT8" | "REAL" => ColumnType::Float,
        "DATE" => ColumnType::Date,
        "TIMESTAMP WITH TIME ZONE" | "TIMESTAMPTZ" | "DATETIME" => ColumnType::DateTime,
        "TIME" => ColumnType::Time,
        "UUID" => ColumnType::Uuid,
        "JSONB" => ColumnType::Json,
        "BYTEA" | "BLOB" | "LONGBLOB" => ColumnType::Binary,
        _ => ColumnType::Other(spelled.to_lowercase()),
    }
}
