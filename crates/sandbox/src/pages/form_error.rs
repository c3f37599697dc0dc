//! Form errors in the visitor's language, with the affected fields.

use std::collections::BTreeMap;

use swisscom_sign::contract::{self, ProblemCode};

use super::texts::Texts;
use crate::actions::new_signer;
use crate::domain::DomainError;
use crate::domain::decide::signer_problems;
use crate::html::FormData;

/// Fields of a signer form.
pub(super) const SIGNER: [&str; 4] = ["firstName", "lastName", "email", "mobile"];

pub(super) struct FormMessage {
    pub(super) text: String,
    /// First affected field.
    pub(super) field: Option<String>,
}

/// Rejected form: the messages for the visitor, and the one for developers.
#[derive(Default)]
pub(super) struct FormError {
    pub(super) lines: Vec<FormMessage>,
    pub(super) detail: String,
    /// Index of the message for each field.
    fields: BTreeMap<String, usize>,
}

impl FormError {
    /// Uses the field errors; without any, the general message.
    pub(super) fn new(error: &DomainError, found: FieldErrors, t: &Texts) -> Self {
        let mut problem = Self { detail: error.message().to_owned(), ..Self::default() };
        let general = || (t.refusal(error.name).to_owned(), Vec::new());
        let found = if found.0.is_empty() { vec![general()] } else { found.0 };
        for (number, (text, fields)) in found.into_iter().enumerate() {
            problem.lines.push(FormMessage { text, field: fields.first().cloned() });
            problem.fields.extend(fields.into_iter().map(|field| (field, number)));
        }
        problem
    }

    /// Index of the message for a field.
    pub(super) fn line(&self, field: impl AsRef<str>) -> Option<usize> {
        self.fields.get(field.as_ref()).copied()
    }
}

/// Messages with the fields that they apply to.
#[derive(Default)]
pub(super) struct FieldErrors(Vec<(String, Vec<String>)>);

impl FieldErrors {
    /// Adds a message; fields with the same message share it.
    pub(super) fn add(&mut self, text: String, fields: impl IntoIterator<Item = String>) {
        match self.0.iter_mut().find(|(known, _)| *known == text) {
            Some((_, known)) => known.extend(fields),
            None => self.0.push((text, fields.into_iter().collect())),
        }
    }

    /// Adds violations of the contract; `name` maps a property to its form field.
    pub(super) fn broken(
        &mut self,
        faults: &[contract::Problem],
        name: impl Fn(&str) -> String,
        t: &Texts,
    ) {
        for fault in faults {
            let property = fault.path.trim_start_matches("$.");
            let (text, properties) = match (property, fault.code) {
                ("firstName" | "lastName", ProblemCode::Required) => (t.wrong_name, vec![property]),
                ("email", ProblemCode::Required) => (t.contact_hint, vec!["email", "mobile"]),
                ("email", _) => (t.wrong_email, vec![property]),
                ("mobile", _) => (t.wrong_mobile, vec![property]),
                _ => (t.wrong_field, vec![property]),
            };
            self.add(text.to_owned(), properties.into_iter().map(&name));
        }
    }
}

pub(super) fn signer(form: &FormData) -> contract::Signer {
    let text = |name: &str| form.get(name).to_owned();
    let (email, mobile) = (form.filled("email"), form.filled("mobile"));
    new_signer(text("firstName"), text("lastName"), email, mobile)
}

/// Errors of the signer in a form.
pub(super) fn of_signer(form: &FormData, t: &Texts) -> FieldErrors {
    let mut found = FieldErrors::default();
    found.broken(&signer_problems(&signer(form)), str::to_owned, t);
    found
}
