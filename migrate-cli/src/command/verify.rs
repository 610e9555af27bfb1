//! `migrate verify`: the whole history there, back and there again, on a database that is made for this.

use nuages::ErrorKind;
use nuages::migrate::plan::Direction;
use nuages::migrate::verify::{Leg, Verification, verify};
use serde_json::{Value, json};

use super::{Role, Setting, no_migrations_yet};
use crate::args::VerifyArgs;
use crate::failure::Result;
use crate::{handover, print};

/// What is tried on where no database is set.
const IN_MEMORY: &str = "sqlite::memory:";

pub(super) async fn run(setting: &Setting<'_>, args: &VerifyArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    let url = setting.config.database_url().unwrap_or(IN_MEMORY);
    let verification = match verify(url, &loaded.set).await {
        Err(error)
            if matches!(error.kind(), ErrorKind::FunctionsNotLinked { .. })
                && setting.role == Role::Installed
                && handover::is_possible(&project) =>
        {
            return setting.hand_over(&project);
        }
        other => other?,
    };
    let is_sound =
        verification.is_sound() && (!args.reversible || verification.irreversible.is_empty());
    if setting.is_json() {
        print::json(&to_json(&verification, is_sound));
    } else {
        show(&verification, is_sound, args);
    }
    Ok(u8::from(!is_sound))
}

fn show(verification: &Verification, is_sound: bool, args: &VerifyArgs) {
    let product = verification.server.split(' ').next().unwrap_or_default();
    print::heading(&format!("Verifying on {product}:"));
    for leg in &verification.legs {
        let verb = match leg.direction {
            Direction::Forwards => "applied",
            Direction::Backwards => "taken back",
        };
        let how = if leg.faults.is_empty() {
            print::styled(print::GOOD, "OK")
        } else {
            print::styled(print::BAD, "WRONG")
        };
        print::line(format!("  {}... {how}", counted(leg, verb)));
        for fault in &leg.faults {
            print::line(format!("    {}", fault.replace('\n', "\n    ")));
        }
        for note in &leg.notes {
            print::line(format!(
                "    {} {note}",
                print::styled(print::FAINT, "note:")
            ));
        }
    }
    for (key, _) in &verification.irreversible {
        let word = if args.reversible { "wrong:" } else { "note:" };
        print::line(format!(
            "  {} {key} cannot be taken back; nor was what comes before it",
            print::styled(print::FAINT, word)
        ));
    }
    print::line(if is_sound {
        "Verified."
    } else {
        "The migrations do not hold."
    });
}

fn counted(leg: &Leg, verb: &str) -> String {
    match leg.migrations.len() {
        1 => format!("1 migration {verb}"),
        count => format!("{count} migrations {verb}"),
    }
}

fn to_json(verification: &Verification, is_sound: bool) -> Value {
    let leg = |leg: &Leg| {
        let keys: Vec<String> = leg.migrations.iter().map(ToString::to_string).collect();
        json!({
            "direction": match leg.direction {
                Direction::Forwards => "forwards",
                Direction::Backwards => "backwards",
            },
            "migrations": keys,
            "faults": leg.faults,
            "notes": leg.notes,
        })
    };
    let irreversible: Vec<Value> = verification
        .irreversible
        .iter()
        .map(|(key, reason)| json!({"migration": key.to_string(), "reason": reason}))
        .collect();
    json!({
        "sound": is_sound,
        "server": verification.server,
        "legs": verification.legs.iter().map(leg).collect::<Vec<Value>>(),
        "irreversible": irreversible,
    })
}
