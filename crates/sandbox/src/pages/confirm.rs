//! Signature by SMS: the signer confirms it with a code.

use askama::Template;
use swisscom_sign::contract::SignatureMethod;
use uuid::Uuid;

use super::authorization::{CodeFormOutcome, deliver, masked};
use super::form_error::{FieldErrors, FormError};
use super::options::{self, PageOptions};
use super::request::{PageChrome, PageRequest};
use super::sign;
use super::texts::Texts;
use crate::actions::new_signer;
use crate::domain::decide::{may_sign, signer_problems};
use crate::domain::{DomainError, ErrorName, ProcessAggregate, SignCommand};
use crate::html::FormData;
use crate::http::HttpResponse;
use crate::localization::fill;
use crate::outbox::MessageChannel;
use crate::outbox::compose::CodePurpose;
use crate::sessions::{PageTarget, PendingSignature};

/// Path of the page, below that of the signer.
pub(super) const CONFIRM: &str = "confirm";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: PageChrome,
    path: String,
    sent: String,
    error: Option<String>,
}

fn path(place: PageTarget) -> String {
    format!("{}/{CONFIRM}", options::path(place))
}

/// Sends a code if the signer chose SMS. `None` for another method, and for a signature that is rejected
/// in any case.
pub(super) fn begin(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    person: Uuid,
    options: &PageOptions,
    form: &FormData,
) -> Option<HttpResponse> {
    let methods = process.released.as_ref().map(|released| released.methods.as_slice())?;
    let chosen = form.filled("method").map(|method| SignatureMethod::parse(&method));
    let method = chosen.as_ref().or(methods.first())?;
    may_sign(process, &person.to_string()).ok()?;
    if *method != SignatureMethod::Sms || !methods.contains(method) {
        return None;
    }
    let place = PageTarget { process: process.id, person: Some(person) };
    let stored = process.signer(person).and_then(|signer| signer.mobile.clone());
    let mobile = stored.unwrap_or_else(|| form.get("signingMobile").to_owned());
    if !is_mobile(&mobile) {
        visitor.change(place, |visit| visit.draft = form.subset(&["signingMobile", "method"]));
        let t = Texts::of(&visitor.locale(options));
        let mut found = FieldErrors::default();
        found.add(t.wrong_mobile.to_owned(), ["signingMobile".to_owned()]);
        let error = DomainError::new(ErrorName::Validation, "SMS needs a mobile number.");
        let refused = Some(FormError::new(&error, found, t));
        return Some(sign::show(visitor, process, person, options, 409, refused));
    }
    send(visitor, process, place, options, mobile, form.filled("certificateName"));
    Some(visitor.redirect(&path(place), options))
}

fn is_mobile(mobile: &str) -> bool {
    let signer = new_signer("A".to_owned(), "A".to_owned(), None, Some(mobile.to_owned()));
    !mobile.is_empty() && signer_problems(&signer).is_empty()
}

fn send(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    options: &PageOptions,
    mobile: String,
    certificate_name: Option<String>,
) {
    let to = (MessageChannel::Sms, mobile.as_str());
    let code = deliver(visitor, process, place, CodePurpose::Signature, to, options);
    let signing = PendingSignature { code, mobile, certificate_name };
    visitor.change(place, |visit| visit.signing = Some(signing));
}

/// Page that asks for the code; the page of the signer if none was sent.
pub(super) fn show(
    visitor: &PageRequest<'_>,
    place: PageTarget,
    options: &PageOptions,
    error: Option<String>,
) -> HttpResponse {
    let Some(signing) = visitor.visit(place).signing else {
        return visitor.redirect(&options::path(place), options);
    };
    let t = Texts::of(&visitor.locale(options));
    let status = if error.is_some() { 403 } else { 200 };
    let page = ConfirmPage {
        frame: visitor.frame(options, t.confirm_title.to_owned()),
        path: options::path(place),
        sent: fill(t.code_sms, &[("to", &masked(&signing.mobile))]),
        error,
    };
    visitor.page(status, &page, options)
}

/// Handles the entered code: the signature if it is correct, otherwise a page.
///
/// # Errors
/// The page.
pub(super) fn enter(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    person: Uuid,
    options: &PageOptions,
    form: &FormData,
) -> Result<SignCommand, HttpResponse> {
    let place = PageTarget { process: process.id, person: Some(person) };
    let Some(signing) = visitor.visit(place).signing else {
        return Err(show(visitor, place, options, None));
    };
    if form.has("resend") {
        let PendingSignature { mobile, certificate_name, .. } = signing;
        send(visitor, process, place, options, mobile, certificate_name);
        return Err(visitor.redirect(&path(place), options));
    }
    let outcome = visitor.change(place, |visit| {
        let code = &mut visit.signing.as_mut()?.code;
        Some(CodeFormOutcome::of(form.get("code"), code, visitor.platform, process))
    });
    let t = Texts::of(&visitor.locale(options));
    match outcome.flatten().map(|outcome| outcome.rejection(t)) {
        Some(None) => Ok(SignCommand {
            person: person.to_string(),
            method: Some(SignatureMethod::Sms),
            certificate_name: signing.certificate_name,
        }),
        Some(error) => Err(show(visitor, place, options, error)),
        None => Err(show(visitor, place, options, None)),
    }
}
