//! What was refused, and why: in the visitor's language, with the fields that are to be mended.

use std::collections::BTreeMap;

use swisscom_sign::contract::{self, ProblemCode};

use super::texts::Texts;
use crate::actions::new_signer;
use crate::domain::DomainError;
use crate::domain::decide::signer_problems;
use crate::html::FormData;

/// Fields of a form that asks for a signer.
pub(super) const SIGNER: [&str; 4] = ["firstName", "lastName", "email", "mobile"];

/// A sentence for the visitor.
pub(super) struct FormMessage {
    pub(super) text: String,
    /// The field where it is to be mended first.
    pub(super) field: Option<String>,
}

/// Something that was refused: the sentences for the visitor, and the one for developers.
#[derive(Default)]
pub(super) struct FormError {
    pub(super) lines: Vec<FormMessage>,
    pub(super) detail: String,
    /// Which sentence speaks of a field.
    fields: BTreeMap<String, usize>,
}

impl FormError {
    /// With what was found in the form; with the general sentence where that is nothing.
    pub(super) fn of(error: &DomainError, found: FieldErrors, t: &Texts) -> Self {
        let mut problem = Self { detail: error.message().to_owned(), ..Self::default() };
        let general = || (t.refusal(error.name).to_owned(), Vec::new());
        let found = if found.0.is_empty() { vec![general()] } else { found.0 };
        for (number, (text, fields)) in found.into_iter().enumerate() {
            problem.lines.push(FormMessage { text, field: fields.first().cloned() });
            problem.fields.extend(fields.into_iter().map(|field| (field, number)));
        }
        problem
    }

    /// The sentence that speaks of a field.
    pub(super) fn line(&self, field: impl AsRef<str>) -> Option<usize> {
        self.fields.get(field.as_ref()).copied()
    }
}

/// What is wrong in a form: sentences, each with the fields that it speaks of.
#[derive(Default)]
pub(super) struct FieldErrors(Vec<(String, Vec<String>)>);

impl FieldErrors {
    /// Adds a sentence; fields of which the same is said share it.
    pub(super) fn add(&mut self, text: String, fields: impl IntoIterator<Item = String>) {
        match self.0.iter_mut().find(|(known, _)| *known == text) {
            Some((_, known)) => known.extend(fields),
            None => self.0.push((text, fields.into_iter().collect())),
        }
    }

    /// Adds what breaks the contract; `name` says which field of the form a property stands in.
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

/// The signer that a form asks for.
pub(super) fn signer(form: &FormData) -> contract::Signer {
    let text = |name: &str| form.get(name).to_owned();
    let (email, mobile) = (form.filled("email"), form.filled("mobile"));
    new_signer(text("firstName"), text("lastName"), email, mobile)
}

/// What is wrong with that signer.
pub(super) fn of_signer(form: &FormData, t: &Texts) -> FieldErrors {
    let mut found = FieldErrors::default();
    found.broken(&signer_problems(&signer(form)), str::to_owned, t);
    found
}
