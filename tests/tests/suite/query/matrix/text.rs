//! Text: parts of it, whatever letters they are, and expressions.

use nuages::prelude::*;
use nuages_tests::{Given, Outcome};

use super::{Cell, TEXTS, fill, found, split};

/// What is looked for in texts: they themselves, and parts that would be signs of a pattern.
fn patterns() -> Vec<String> {
    let parts = [
        "%", "_", "\\", "'", "\"", "🦀", "Ün", "ün", "ÄÖ", "0%", "w_s", "k\\s", " ", "crab", "UPP",
        "upp", "\n", "本", "%%", "__", "z",
    ];
    parts
        .iter()
        .chain(&TEXTS)
        .map(|part| (*part).to_owned())
        .collect()
}

pub(super) async fn text_is_searched_letter_by_letter(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    macro_rules! searched {
        ($field:ident) => {
            for part in &patterns() {
                let part = part.as_str();
                finds!(
                    given,
                    cells,
                    $field,
                    format!("contains {part:?}"),
                    |c: Root<Cell>| c.$field().contains(part),
                    |cell: &String| cell.contains(part)
                );
                finds!(
                    given,
                    cells,
                    $field,
                    format!("startswith {part:?}"),
                    |c: Root<Cell>| c.$field().startswith(part),
                    |cell: &String| cell.starts_with(part)
                );
                finds!(
                    given,
                    cells,
                    $field,
                    format!("endswith {part:?}"),
                    |c: Root<Cell>| c.$field().endswith(part),
                    |cell: &String| cell.ends_with(part)
                );
                finds_by_name!(given, cells, $field, "contains", part, |cell: &String| cell
                    .contains(part));
            }
            // A column's text as the pattern: its signs are letters as well.
            finds!(
                given,
                cells,
                $field,
                "contains itself",
                |c: Root<Cell>| c.$field().contains(c.$field()),
                |_| true
            );
            finds!(
                given,
                cells,
                $field,
                "startswith itself",
                |c: Root<Cell>| c.$field().startswith(c.$field()),
                |_| true
            );
            finds!(
                given,
                cells,
                $field,
                "contains its end",
                |c: Root<Cell>| value::<Cell, _>("x%_\\".to_owned()).contains(c.$field()),
                |cell: &String| "x%_\\".contains(&**cell)
            );
        };
    }
    searched!(text);
    searched!(word);
    Ok(())
}

pub(super) async fn text_is_searched_without_regard_to_case(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    macro_rules! searched {
        ($field:ident) => {
            for part in &patterns() {
                let (part, small) = (part.as_str(), part.to_lowercase());
                let small = small.as_str();
                let low = |cell: &String| cell.to_lowercase();
                finds!(
                    given,
                    cells,
                    $field,
                    format!("icontains {part:?}"),
                    |c: Root<Cell>| c.$field().icontains(part),
                    |cell: &String| low(cell).contains(small)
                );
                finds!(
                    given,
                    cells,
                    $field,
                    format!("istartswith {part:?}"),
                    |c: Root<Cell>| c.$field().istartswith(part),
                    |cell: &String| low(cell).starts_with(small)
                );
                finds!(
                    given,
                    cells,
                    $field,
                    format!("iendswith {part:?}"),
                    |c: Root<Cell>| c.$field().iendswith(part),
                    |cell: &String| low(cell).ends_with(small)
                );
                finds!(
                    given,
                    cells,
                    $field,
                    format!("iexact {part:?}"),
                    |c: Root<Cell>| c.$field().iexact(part),
                    |cell: &String| low(cell) == small
                );
            }
            finds!(
                given,
                cells,
                $field,
                "icontains itself",
                |c: Root<Cell>| c.$field().icontains(c.$field().upper()),
                |_| true
            );
        };
    }
    searched!(text);
    searched!(word);
    Ok(())
}

pub(super) async fn text_matches_expressions(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    type Matches = fn(&String) -> bool;
    let patterns: [(&str, Matches, Matches); 6] = [
        (
            "^p",
            |text| text.starts_with('p'),
            |text| text.to_lowercase().starts_with('p'),
        ),
        ("[0-9]+%$", |text| text == "100%", |text| text == "100%"),
        (
            "^.$",
            |text| text.chars().count() == 1,
            |text| text.chars().count() == 1,
        ),
        (
            "U",
            |text| text.contains('U'),
            |text| text.to_lowercase().contains('u'),
        ),
        (
            "^(plain|UPPER)$",
            |text| text == "plain" || text == "UPPER",
            |text| text == "plain" || text == "UPPER",
        ),
        ("'", |text| text.contains('\''), |text| text.contains('\'')),
    ];
    for (pattern, sensitive, insensitive) in patterns {
        finds!(
            given,
            cells,
            text,
            format!("regex {pattern}"),
            |c: Root<Cell>| c.text().regex(pattern),
            sensitive
        );
        finds!(
            given,
            cells,
            text,
            format!("iregex {pattern}"),
            |c: Root<Cell>| c.text().iregex(pattern),
            insensitive
        );
        finds!(
            given,
            cells,
            word,
            format!("regex {pattern}"),
            |c: Root<Cell>| c.word().regex(pattern),
            sensitive
        );
    }
    Ok(())
}
