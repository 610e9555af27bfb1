//! The questions of the autodetector, asked on a terminal; without one they stay open.

use std::io::IsTerminal;
use std::sync::Once;

use dialoguer::console::Term;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Select};
use nuages::meta::kind::FieldKind;
use nuages::migrate::ModelKey;
use nuages::migrate::autodetect::{Answers, OneOff, Question, QuestionKind, Questioner};
use serde_json::{Value, json};

use crate::failure::{Code, Failure, Result};

/// The exit code of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// Answers given beforehand first, then whoever sits at the terminal.
#[derive(Debug)]
pub(crate) struct Asker {
    answers: Answers,
    is_interactive: bool,
    /// Why answering was given up.
    fault: Option<Failure>,
}

impl Asker {
    /// Somebody who asks if there is a terminal and asking is not forbidden.
    pub(crate) fn new(answers: Answers, may_ask: bool) -> Asker {
        Asker {
            answers,
            is_interactive: may_ask && has_terminal(),
            fault: None,
        }
    }

    /// What made an answer impossible: a value that does not fit its field, or a person who left.
    ///
    /// # Errors
    /// That.
    pub(crate) fn finish(self) -> Result<()> {
        self.fault.map_or(Ok(()), Err)
    }

    fn rename(&mut self, question: &Question, given: Option<bool>) -> Option<bool> {
        given.or_else(|| self.yes_or_no(&question.text()))
    }

    fn yes_or_no(&mut self, text: &str) -> Option<bool> {
        if !self.asks() {
            return None;
        }
        let answer = confirm(text);
        self.keep(answer)
    }

    fn asks(&self) -> bool {
        self.is_interactive && self.fault.is_none()
    }

    fn keep<T>(&mut self, answer: Result<T>) -> Option<T> {
        answer.map_err(|failure| self.fault = Some(failure)).ok()
    }

    fn value(&mut self, question: &Question, given: Option<OneOff>) -> Option<OneOff> {
        if let Some(given) = given {
            let typed = question.typed(given).map_err(Failure::from);
            return self.keep(typed);
        }
        if !self.asks() {
            return None;
        }
        let answer = ask_value(question);
        self.keep(answer)
    }
}

impl Questioner for Asker {
    fn model_renamed_to(&self, old: &ModelKey) -> Option<String> {
        self.answers.model_renamed_to(old)
    }

    fn field_renamed_to(&self, model: &ModelKey, old: &str) -> Option<String> {
        self.answers.field_renamed_to(model, old)
    }

    fn ask_rename_model(&mut self, question: &Question) -> Option<bool> {
        let given = self.answers.ask_rename_model(question);
        self.rename(question, given)
    }

    fn ask_rename_field(&mut self, question: &Question) -> Option<bool> {
        let given = self.answers.ask_rename_field(question);
        self.rename(question, given)
    }

    fn ask_not_null_addition(&mut self, question: &Question) -> Option<OneOff> {
        let given = self.answers.ask_not_null_addition(question);
        self.value(question, given)
    }

    fn ask_not_null_alteration(&mut self, question: &Question) -> Option<OneOff> {
        let given = self.answers.ask_not_null_alteration(question);
        self.value(question, given)
    }

    fn ask_auto_now_add_addition(&mut self, question: &Question) -> Option<OneOff> {
        let given = self.answers.ask_auto_now_add_addition(question);
        self.value(question, given)
    }

    fn ask_unique_callable_default_addition(&mut self, question: &Question) -> Option<bool> {
        self.yes_or_no(&question.text()).or(Some(true))
    }
}

/// Whether there is somebody to ask: questions are read from the standard input and written to the standard error.
pub(crate) fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Lets Ctrl-C give the cursor back, which a question hides while it waits.
fn watch_for_interrupt() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    let _ = Term::stderr().show_cursor();
                    std::process::exit(INTERRUPTED);
                }
            });
        });
    });
}

/// Asks for yes or no; no is the default.
pub(crate) fn confirm(text: &str) -> Result<bool> {
    watch_for_interrupt();
    Confirm::with_theme(&ColorfulTheme::default())
        .with_prompt(text)
        .default(false)
        .interact()
        .map_err(|error| left(&error))
}

fn left(error: &dialoguer::Error) -> Failure {
    Failure::new(
        Code::Questions,
        format!("not answered, so nothing was written ({error})"),
    )
}

fn ask_value(question: &Question) -> Result<OneOff> {
    watch_for_interrupt();
    let nothing = if question.kind == QuestionKind::NotNullAlteration {
        "nothing: no row holds NULL, or an operation of mine sees to it"
    } else {
        "nothing: the tables that it is applied to are empty"
    };
    let choices = [
        "a value, given now",
        nothing,
        "leave, to give the field a default in the model",
    ];
    let choice = Select::with_theme(&ColorfulTheme::default())
        .with_prompt(question.text())
        .items(choices)
        .default(0)
        .interact()
        .map_err(|error| left(&error))?;
    match choice {
        0 => read_value(question),
        1 => Ok(OneOff::Nothing),
        _ => Err(Failure::new(
            Code::Questions,
            "nothing was written; give the field a default, or make it an Option, and run this again",
        )),
    }
}

fn read_value(question: &Question) -> Result<OneOff> {
    let text: String = Input::with_theme(&ColorfulTheme::default())
        .with_prompt(format!("The value ({})", form_of(question)))
        .allow_empty(is_text(question))
        .validate_with(|text: &String| parse(question, text).map(drop))
        .interact_text()
        .map_err(|error| left(&error))?;
    parse(question, &text).map_err(Failure::error)
}

/// Reads what was typed: JSON, or the text itself where the field holds text.
fn parse(question: &Question, text: &str) -> std::result::Result<OneOff, String> {
    let text = text.trim();
    let function = || {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_object)
    };
    let quoted = || {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_string)
    };
    let value = if is_text(question) {
        quoted().or_else(function).unwrap_or_else(|| json!(text))
    } else {
        serde_json::from_str(text).unwrap_or_else(|_| json!(text))
    };
    if value.is_null() {
        return Err("it may not be NULL".to_owned());
    }
    question.read(&value).map_err(|error| error.to_string())
}

fn kind_of(question: &Question) -> Option<FieldKind> {
    question.field.as_ref().map(|field| field.kind)
}

fn is_text(question: &Question) -> bool {
    use FieldKind::{Char, Email, Slug, Text, Url};
    matches!(kind_of(question), Some(Char | Text | Slug | Email | Url))
}

fn form_of(question: &Question) -> &'static str {
    use FieldKind::{Boolean, Date, DateTime, Decimal, Json, Time, Uuid};
    match kind_of(question) {
        _ if is_text(question) => "text",
        Some(Boolean) => "true or false",
        Some(Date) => "2026-01-31, or {\"fn\": \"now\"}",
        Some(DateTime) => "2026-01-31T12:00:00Z, or {\"fn\": \"now\"}",
        Some(Time) => "12:00:00, or {\"fn\": \"now\"}",
        Some(Decimal) => "such as 0.00",
        Some(Uuid) => "a UUID, or {\"fn\": \"uuid4\"} for one each",
        Some(Json) => "in JSON",
        _ => "a value",
    }
}

/// What ends a command whose questions nobody answered: each question with the flags that answer it.
pub(crate) fn unanswered(questions: &[Question]) -> Failure {
    let count = match questions.len() {
        1 => "one question needs an answer".to_owned(),
        several => format!("{several} questions need an answer"),
    };
    let mut text = format!("{count}; run this on a terminal to be asked, or give the answers:");
    for question in questions {
        text += &format!("\n\n  {}", question.text());
        match question.decline_with() {
            Some(decline) => {
                text += &format!("\n    yes:  {}", question.answer_with());
                if let Some(old) = &question.old_name {
                    let attribute = match question.kind {
                        QuestionKind::RenameModel => "model",
                        _ => "field",
                    };
                    text += &format!(
                        "\n          or in the code: #[{attribute}(renamed_from = \"{old}\")]"
                    );
                }
                text += &format!("\n    no:   {decline}");
            }
            None => {
                text += &format!("\n    {}", question.answer_with());
                text += "\n    or give the field a default in the code, or make it an Option";
            }
        }
    }
    let data: Vec<Value> = questions.iter().map(Question::to_json).collect();
    Failure::new(Code::Questions, text).with_data(json!({"questions": data}))
}
