//! Headless equivalents of the actions on the pages.

use serde::Deserialize;
use swisscom_sign::contract::declare::api_object;
use swisscom_sign::contract::{Process, SignatureMethod, Signer};
use uuid::Uuid;

use super::routes::ControlCall;
use crate::actions;
use crate::api_error::ApiError;
use crate::domain::process::parse_uuid;
use crate::domain::{
    CompleteSetupCommand, DeclineCommand, DelegateCommand, ErrorName, IdentificationResult,
    IdentifyCommand, InitiatorInput, PositionInput, ProcessCommand, SetSigningOrderCommand,
    SignCommand, view,
};
use crate::platform::{CommandError, CommandOutcome};

api_object! {
    /// Options of a signature.
    SignDecision [closed]: Debug, Deserialize {
        /// Signature method; the first allowed one if absent.
        may method "method": [enumeration SignatureMethod];
        /// Name in the certificate; the declared name if absent.
        may certificate_name "certificateName": [text];
    }

    /// Options of a decline.
    DeclineInput [closed]: Debug, Deserialize {
        may reason "reason": [text];
    }

    /// A signer. Either `email` or `mobile` is required.
    SandboxSignerInput [closed]: Debug, Deserialize {
        must first_name "firstName": [text];
        must last_name "lastName": [text];
        may email "email": [text];
        /// Mobile number, E.164, such as `+41791234567`.
        may mobile "mobile": [text];
    }

    /// Options of an identification.
    IdentifyInput [closed]: Debug, Deserialize {
        /// Result; determined by the last name if absent.
        may result "result": [enumeration IdentificationResult];
    }

    /// Signing order.
    SigningOrderInput [closed]: Debug, Deserialize {
        /// Whether the signers sign one after the other; true if absent.
        may signing_order "signingOrder": [boolean];
        /// UUIDs of the signers in order; unchanged if absent.
        may order "order" as Vec<Uuid>: [list of text Uuid];
    }

    /// Input of the setup page.
    CompleteSetupInput [closed]: Debug, Deserialize {
        /// Whether the signers sign one after the other; unchanged if absent.
        may signing_order "signingOrder": [boolean];
        /// UUIDs of the signers in order; unchanged if absent.
        may order "order" as Vec<Uuid>: [list of text Uuid];
        /// Message in the invitation.
        may message "message": [text];
        /// All signature positions; unchanged if absent.
        may positions "positions": [list of object PositionInput];
        /// Contact data of an initiator who does not sign.
        may initiator "initiator": [object InitiatorInput];
    }
}

impl From<SandboxSignerInput> for Signer {
    fn from(input: SandboxSignerInput) -> Self {
        let SandboxSignerInput { first_name, last_name, email, mobile } = input;
        actions::new_signer(first_name, last_name, email, mobile)
    }
}

impl ControlCall<'_> {
    fn process_id(&self) -> Result<Uuid, ApiError> {
        parse_uuid(Some(self.parameter("id"))).ok_or(ErrorName::ProcessNotFound.into())
    }

    fn person(&self) -> String {
        self.parameter("person").to_owned()
    }

    fn execute(&self, command: ProcessCommand) -> Result<Process, ApiError> {
        let id = self.process_id()?;
        self.process(self.platform.execute(self.links, id, |_| Ok(command.clone().into())))
    }

    fn process(&self, outcome: Result<CommandOutcome, CommandError>) -> Result<Process, ApiError> {
        Ok(view::to_contract_process(&outcome?.process, self.platform.settings()))
    }
}

pub(super) fn sign(call: &ControlCall<'_>, input: SignDecision) -> Result<Process, ApiError> {
    let certificate_name = input.certificate_name.filter(|name| !name.trim().is_empty());
    let sign = SignCommand { person: call.person(), method: input.method, certificate_name };
    call.process(actions::sign(call.platform, call.links, call.process_id()?, sign))
}

pub(super) fn decline(call: &ControlCall<'_>, input: DeclineInput) -> Result<Process, ApiError> {
    let decline = DeclineCommand { person: call.person(), reason: input.reason };
    call.execute(ProcessCommand::Decline(decline))
}

pub(super) fn delegate(
    call: &ControlCall<'_>,
    to: SandboxSignerInput,
) -> Result<Process, ApiError> {
    let delegate = DelegateCommand { person: call.person(), to: to.into() };
    call.execute(ProcessCommand::Delegate(delegate))
}

pub(super) fn replace(call: &ControlCall<'_>, to: SandboxSignerInput) -> Result<Process, ApiError> {
    let replace = DelegateCommand { person: call.person(), to: to.into() };
    call.execute(ProcessCommand::Replace(replace))
}

pub(super) fn remove(call: &ControlCall<'_>) -> Result<Process, ApiError> {
    call.execute(ProcessCommand::Remove(call.person()))
}

pub(super) fn identify(call: &ControlCall<'_>, input: IdentifyInput) -> Result<Process, ApiError> {
    let identify = IdentifyCommand { person: call.person(), result: input.result };
    call.process(actions::identify(call.platform, call.links, call.process_id()?, &identify))
}

pub(super) fn cancel(call: &ControlCall<'_>) -> Result<Process, ApiError> {
    call.execute(ProcessCommand::Cancel)
}

pub(super) fn archive(call: &ControlCall<'_>) -> Result<Process, ApiError> {
    call.execute(ProcessCommand::Archive)
}

pub(super) fn set_signing_order(
    call: &ControlCall<'_>,
    input: SigningOrderInput,
) -> Result<Process, ApiError> {
    call.execute(ProcessCommand::Order(SetSigningOrderCommand {
        signing_order: input.signing_order.unwrap_or(true),
        order: input.order.unwrap_or_default(),
    }))
}

pub(super) fn add_signer(
    call: &ControlCall<'_>,
    signer: SandboxSignerInput,
) -> Result<Process, ApiError> {
    call.execute(ProcessCommand::AddSigner(signer.into()))
}

pub(super) fn remove_signer(call: &ControlCall<'_>) -> Result<Process, ApiError> {
    call.execute(ProcessCommand::RemoveSigner(call.person()))
}

pub(super) fn complete_setup(
    call: &ControlCall<'_>,
    input: CompleteSetupInput,
) -> Result<Process, ApiError> {
    let CompleteSetupInput { signing_order, order, message, positions, initiator } = input;
    let order = order.unwrap_or_default();
    call.execute(ProcessCommand::CompleteSetup(CompleteSetupCommand {
        signing_order,
        order,
        message,
        positions,
        initiator,
    }))
}
