//! TypeScript and JSON files generated from the tables of the contract and of the sandbox's control API:
//! `pkg/src/generated/contract.ts` with every type, `errors.ts` with every kind of error, `facts.ts` with
//! limits and levels, `control.ts` with the types of the control API, and `pkg/bin/contract.json` with all
//! names. `types` writes them, `types --check` compares them. They are committed, so that a change of the contract shows
//! in a review.
//!
//! An object that is sent and received has two types: `Process` in responses, and `ProcessInput`
//! without read-only fields in requests. Enumerations are open in responses, so that an older SDK keeps
//! the values of a newer platform, and closed in requests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use swisscom_sign::ErrorKind;
use swisscom_sign::contract::declare::{ContractObject as _, ContractUnion as _};
use swisscom_sign::contract::levels::{LEVELS, methods_at};
use swisscom_sign::contract::{
    CONTRACT_VERSION, EnumSchema, FieldAccess, FieldPresence, FieldSchema, FieldType,
    FileSignaturePositionInput, FindAllQuery, ListSchema, OBJECTS, ObjectSchema, Operation,
    Participant, ProblemCode, ResponseBody, Scope, State, StringFormat, UnionSchema,
};
use swisscom_sign::lifecycle::ProcessEvent;
use swisscom_sign::preflight::attach::MAX_FILE_BYTES;

const HEADER: &str =
    "// Made by `cargo xtask types` from src/contract and src/error.rs; do not edit.\n\n";
const CONTROL_HEADER: &str =
    "// Made by `cargo xtask types` from crates/sandbox/src; do not edit.\n\n";

fn main() -> Result<()> {
    let check = std::env::args().any(|argument| argument == "--check");
    for (name, text) in files() {
        let path = package().join(name);
        if fs::read_to_string(&path).unwrap_or_default() == text {
            continue;
        }
        if check {
            bail!("{} is out of date: run `cargo xtask types`", path.display());
        }
        fs::create_dir_all(path.parent().context("the file has no folder")?)?;
        fs::write(&path, text)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// The npm package.
fn package() -> PathBuf {
    // Cargo sets the variable for `cargo run`; the repository may have moved since this was compiled.
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.join("../../pkg")
}

/// The files, relative to `pkg/`, with their content.
fn files() -> [(&'static str, String); 5] {
    [
        ("src/generated/contract.ts", contract()),
        ("src/generated/control.ts", control()),
        ("src/generated/errors.ts", errors()),
        ("src/generated/facts.ts", facts()),
        ("bin/contract.json", names()),
    ]
}

/// The names in the contract, which `swisscom-sign doctor` compares with a contract document.
fn names() -> String {
    let operations: Vec<_> = Operation::ALL
        .iter()
        .map(|operation| {
            let spec = operation.spec();
            json!({ "id": spec.id, "method": spec.method.as_str(), "path": spec.path,
                "scope": spec.scope.as_str() })
        })
        .collect();
    let values = |kind: FieldType| match kind {
        FieldType::Enumeration(found) => found.values,
        FieldType::List(ListSchema { item: FieldType::Enumeration(found), .. }) => found.values,
        _ => &[],
    };
    let objects: BTreeMap<_, BTreeMap<_, _>> = OBJECTS
        .iter()
        .map(|object| {
            let fields = object.fields.iter().map(|field| (field.name, values(field.kind)));
            (object.name, fields.collect())
        })
        .collect();
    let all = json!({ "version": CONTRACT_VERSION, "operations": operations, "objects": objects });
    format!("{all:#}\n")
}

/// Whether a type is used in responses or in requests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TypeDirection {
    /// In responses.
    Output,
    /// In requests.
    Input,
    /// In both, between two sides of the same version.
    Closed,
}

fn errors() -> String {
    let mut out = String::from(HEADER);
    let mut classes = BTreeMap::<&str, Vec<&str>>::new();
    out.push_str(
        "/** Every kind of error: its code, its class, and whether a retry can succeed. */\n",
    );
    out.push_str("export const ERROR_KINDS = {\n");
    for kind in ErrorKind::ALL {
        classes.entry(kind.class()).or_default().push(kind.code());
        let _ = writeln!(
            out,
            "  {}: {{ class: \"{}\", retryable: {} }},",
            kind.code(),
            kind.class(),
            kind.retryable()
        );
    }
    out.push_str("} as const;\n\n/** Stable code of an error. */\nexport type ErrorCode = keyof typeof ERROR_KINDS;\n\n");
    out.push_str("/** Name of an error class. */\nexport type ErrorClass = (typeof ERROR_KINDS)[ErrorCode][\"class\"];\n\n");
    alias(
        &mut out,
        "ProblemCode",
        "The rule that a request violates.",
        ProblemCode::ALL.iter().map(|code| code.as_str()),
    );
    out.trim_end().to_owned() + "\n"
}

fn facts() -> String {
    let mut out = String::from(HEADER);
    let _ = writeln!(
        out,
        "/** Maximum size of a file in bytes, from the contract's limit of Base64 characters. */\n\
         export const MAX_FILE_BYTES = {MAX_FILE_BYTES};\n"
    );
    out.push_str(
        "/** The signature levels: quality, legislation and methods of each. */\n\
         export const LEVELS = {\n",
    );
    for row in &LEVELS {
        let methods: Vec<_> =
            methods_at(&row.level).map(|row| format!("\"{}\"", row.method)).collect();
        let legislation =
            row.legislation.map_or("undefined".to_owned(), |law| format!("\"{}\"", law.as_str()));
        let _ = writeln!(
            out,
            "  {}: {{ quality: \"{}\", legislation: {legislation}, methods: [{}] }},",
            row.level,
            row.quality.as_str(),
            methods.join(", ")
        );
    }
    out.push_str("} as const;\n");
    out
}

fn contract() -> String {
    let mut out = String::from(HEADER);
    let _ = writeln!(out, "/** Version of the vendor's contract that these types describe. */");
    let _ = writeln!(out, "export const CONTRACT_VERSION = \"{CONTRACT_VERSION}\";\n");
    out.push_str(
        "/** A value in a response: a known one, or one that a newer version of the platform has added. */\n\
         export type Open<T extends string> = T | (string & Record<never, never>);\n\n",
    );
    alias(
        &mut out,
        "OperationId",
        "`operationId` of an operation.",
        Operation::ALL.iter().map(|o| o.id()),
    );
    alias(&mut out, "Scope", "OAuth scope.", Scope::ALL.iter().map(|scope| scope.as_str()));
    alias(
        &mut out,
        "ProcessEvent",
        "An event in the life of a process.",
        ProcessEvent::all().map(ProcessEvent::as_str),
    );

    let mut objects: Vec<&ObjectSchema> = OBJECTS.to_vec();
    objects.push(FindAllQuery::OBJECT);
    let mut enumerations = BTreeMap::<&str, &EnumSchema>::new();
    for object in &objects {
        for field in object.fields {
            collect(field.kind, &mut enumerations);
        }
    }
    for enumeration in enumerations.values() {
        alias(&mut out, enumeration.name, enumeration.doc, enumeration.values.iter().copied());
    }
    // Every response has the state of a process, even if no object names it.
    debug_assert!(enumerations.contains_key("State") && !State::ALL.is_empty());

    let inputs = reachable(TypeDirection::Input);
    let outputs = reachable(TypeDirection::Output);
    for object in &objects {
        // An object that is used only in requests has one name.
        if outputs.contains(object.name) || !inputs.contains(object.name) {
            interface(&mut out, object, TypeDirection::Output);
        }
        let second = !outputs.contains(object.name)
            || named(object.name, TypeDirection::Input) != object.name;
        if inputs.contains(object.name) && second {
            interface(&mut out, object, TypeDirection::Input);
        }
    }
    for union in [Participant::UNION, FileSignaturePositionInput::UNION] {
        for direction in [TypeDirection::Output, TypeDirection::Input] {
            let used = if direction == TypeDirection::Input { &inputs } else { &outputs };
            if union.variants.iter().all(|(_, object)| used.contains(object.name)) {
                let variants: Vec<_> = union
                    .variants
                    .iter()
                    .map(|(_, object)| named(object.name, direction))
                    .collect();
                let _ = writeln!(
                    out,
                    "/** One of several types, distinguished by `{}`. */\nexport type {} = {};\n",
                    union.discriminator,
                    named(union.name, direction),
                    variants.join(" | ")
                );
            }
        }
    }
    operations(&mut out);
    out
}

/// The types of the sandbox's control API.
fn control() -> String {
    fn visit(
        object: &'static ObjectSchema,
        objects: &mut BTreeMap<&'static str, &'static ObjectSchema>,
        enumerations: &mut BTreeMap<&'static str, &'static EnumSchema>,
    ) {
        if objects.insert(object.name, object).is_some() || of_contract(object.name) {
            return;
        }
        for field in object.fields {
            collect(field.kind, enumerations);
            let kind = match field.kind {
                FieldType::List(list) => list.item,
                kind => kind,
            };
            if let FieldType::Object(inner) = kind {
                visit(inner, objects, enumerations);
            }
        }
    }
    let (mut objects, mut enumerations) = (BTreeMap::new(), BTreeMap::new());
    for object in swisscom_sign_sandbox::control_objects() {
        visit(object, &mut objects, &mut enumerations);
    }
    let contract = self::contract();
    let imported: Vec<&str> = enumerations
        .keys()
        .copied()
        .filter(|name| contract.contains(&format!("export type {name} =")))
        .collect();
    let mut out = String::from(CONTROL_HEADER);
    let _ = writeln!(out, "import type {{ {} }} from \"./contract.js\";\n", imported.join(", "));
    for (name, enumeration) in &enumerations {
        if !imported.contains(name) {
            alias(&mut out, name, enumeration.doc, enumeration.values.iter().copied());
        }
    }
    for (name, object) in &objects {
        if !of_contract(name) && !object.fields.is_empty() {
            interface(&mut out, object, TypeDirection::Closed);
        }
    }
    out.trim_end().to_owned() + "\n"
}

fn of_contract(name: &str) -> bool {
    OBJECTS.iter().any(|object| object.name == name)
}

/// The types of request and response, by operation.
fn operations(out: &mut String) {
    out.push_str(
        "/** Types of request and response, by operation. */\nexport interface OperationTypes {\n",
    );
    for operation in Operation::ALL {
        let spec = operation.spec();
        let request = spec
            .request
            .or(spec.query)
            .map_or("undefined".to_owned(), |object| named(object.name, TypeDirection::Input));
        let response = match spec.response {
            ResponseBody::Json(object) => object.name,
            ResponseBody::File => "Uint8Array",
        };
        let _ = writeln!(
            out,
            "  /** `{} {}`, scope `{}`. */\n  {}: {{ request: {request}; response: {response} }};",
            spec.method.as_str(),
            spec.path,
            spec.scope.as_str(),
            operation.id(),
        );
    }
    out.push_str("}\n");
}

/// The name of a type in TypeScript. `Error` would hide JavaScript's own.
fn named(name: &str, direction: TypeDirection) -> String {
    let name = if name == "Error" { "ErrorBody" } else { name };
    // Names of objects that are used only in requests.
    let only_input =
        ["Request", "Query", "Input", "Settings"].iter().any(|end| name.ends_with(end));
    match direction {
        TypeDirection::Input if !only_input && differs(name) => format!("{name}Input"),
        _ => name.to_owned(),
    }
}

/// Whether a type differs between requests and responses.
fn differs(name: &str) -> bool {
    fn of_kind(kind: FieldType) -> bool {
        match kind {
            FieldType::Enumeration(_) => true,
            FieldType::Object(inner) => object(inner),
            FieldType::Union(union) => union.variants.iter().any(|(_, inner)| object(inner)),
            FieldType::List(list) => of_kind(list.item),
            _ => false,
        }
    }
    fn object(object: &ObjectSchema) -> bool {
        object
            .fields
            .iter()
            .any(|field| field.access != FieldAccess::ReadWrite || of_kind(field.kind))
    }
    OBJECTS.iter().find(|known| known.name == name).is_none_or(|known| object(known))
}

fn alias<'v>(out: &mut String, name: &str, doc: &str, values: impl Iterator<Item = &'v str>) {
    comment(out, doc, "", None);
    let values: Vec<_> = values.map(|value| format!("\"{value}\"")).collect();
    let _ = writeln!(out, "export type {name} = {};\n", values.join(" | "));
}

fn comment(out: &mut String, doc: &str, indent: &str, extra: Option<String>) {
    let mut lines: Vec<String> = doc.lines().map(|line| line.trim().replace("*/", "* /")).collect();
    lines.extend(extra);
    match lines.as_slice() {
        [] => {}
        [one] => {
            let _ = writeln!(out, "{indent}/** {one} */");
        }
        many => {
            let _ = writeln!(out, "{indent}/**");
            for line in many {
                let _ = writeln!(out, "{indent} * {line}");
            }
            let _ = writeln!(out, "{indent} */");
        }
    }
}

fn interface(out: &mut String, object: &ObjectSchema, direction: TypeDirection) {
    comment(out, object.doc, "", None);
    let _ = writeln!(out, "export interface {} {{", named(object.name, direction));
    for field in object.fields {
        let hidden = match direction {
            TypeDirection::Input => field.access == FieldAccess::ReadOnly,
            TypeDirection::Output => field.access == FieldAccess::WriteOnly,
            TypeDirection::Closed => false,
        };
        if hidden {
            continue;
        }
        comment(out, field.doc, "  ", limits(field));
        let (required, kind) = match discriminator(object, field.name) {
            // If it is absent, the default applies.
            Some((value, default)) => (!default, format!("\"{value}\"")),
            None => (field.required(), kind(field.kind, direction)),
        };
        let null = if field.presence == FieldPresence::Nullable { " | null" } else { "" };
        let name = match field.name {
            name if name.contains('-') => format!("\"{name}\""),
            name => name.to_owned(),
        };
        // Explicit, so that callers with `exactOptionalPropertyTypes` can pass `undefined`.
        let (mark, absent) = if required { ("", "") } else { ("?", " | undefined") };
        let _ = writeln!(out, "  {name}{mark}: {kind}{null}{absent};");
    }
    out.push_str("}\n\n");
}

/// The value of this object in a union whose discriminator is the field, and whether it is the
/// union's default.
fn discriminator(object: &ObjectSchema, field: &str) -> Option<(&'static str, bool)> {
    let unions: [&'static UnionSchema; 2] = [Participant::UNION, FileSignaturePositionInput::UNION];
    unions.into_iter().filter(|union| union.discriminator == field).find_map(|union| {
        let (value, _) = union.variants.iter().find(|(_, variant)| variant.name == object.name)?;
        Some((*value, union.default == Some(*value)))
    })
}

fn limits(field: &FieldSchema) -> Option<String> {
    let mut notes = Vec::new();
    match field.kind {
        FieldType::Text(text) => {
            notes.extend(text.max.map(|max| format!("At most {max} characters.")));
            let format = match text.format {
                StringFormat::Uuid => Some("A UUID."),
                StringFormat::DateTime => Some("RFC 3339 with an offset."),
                StringFormat::Identifier => Some("Letters, digits and `. _ ~ -`."),
                StringFormat::Duration | StringFormat::SignedDuration => {
                    Some("An ISO 8601 duration.")
                }
                _ => None,
            };
            notes.extend(format.map(str::to_owned));
        }
        FieldType::Integer(integer) => {
            notes.extend(integer.min.map(|min| format!("At least {min}.")));
            let max = integer.max.filter(|max| *max != i64::from(u32::MAX));
            notes.extend(max.map(|max| format!("At most {max}.")));
        }
        FieldType::List(list) => notes.extend(list.max.map(|max| format!("At most {max} items."))),
        _ => {}
    }
    if field.deprecated {
        notes.push("@deprecated".to_owned());
    }
    if let Some(default) = field.default {
        notes.push(format!("@defaultValue {default}"));
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}

fn kind(kind: FieldType, direction: TypeDirection) -> String {
    match kind {
        // `JSON.stringify` writes a `Date` in this format.
        FieldType::Text(text)
            if direction == TypeDirection::Input && text.format == StringFormat::DateTime =>
        {
            "string | Date".to_owned()
        }
        FieldType::Text(_) => "string".to_owned(),
        FieldType::Integer(_) => "number".to_owned(),
        FieldType::Boolean => "boolean".to_owned(),
        FieldType::Enumeration(enumeration) if direction == TypeDirection::Output => {
            format!("Open<{}>", enumeration.name)
        }
        FieldType::Enumeration(enumeration) => enumeration.name.to_owned(),
        FieldType::Object(object) => named(object.name, direction),
        FieldType::Union(union) => named(union.name, direction),
        FieldType::List(list) => format!("Array<{}>", self::kind(list.item, direction)),
        FieldType::StringMap => "Record<string, string>".to_owned(),
        FieldType::Fraction => "number".to_owned(),
        FieldType::Any => "Record<string, unknown>".to_owned(),
    }
}

fn collect(kind: FieldType, enumerations: &mut BTreeMap<&'static str, &'static EnumSchema>) {
    match kind {
        FieldType::Enumeration(enumeration) => {
            enumerations.insert(enumeration.name, enumeration);
        }
        FieldType::List(list) => collect(list.item, enumerations),
        _ => {}
    }
}

/// Names of the objects in requests or responses.
fn reachable(direction: TypeDirection) -> BTreeSet<&'static str> {
    fn visit(kind: FieldType, direction: TypeDirection, seen: &mut BTreeSet<&'static str>) {
        let objects: Vec<&'static ObjectSchema> = match kind {
            FieldType::Object(object) => vec![object],
            FieldType::Union(union) => union.variants.iter().map(|(_, object)| *object).collect(),
            FieldType::List(list) => return visit(list.item, direction, seen),
            _ => return,
        };
        for object in objects {
            if !seen.insert(object.name) {
                continue;
            }
            for field in object.fields {
                let hidden = match direction {
                    TypeDirection::Input => field.access == FieldAccess::ReadOnly,
                    _ => field.access == FieldAccess::WriteOnly,
                };
                if !hidden {
                    visit(field.kind, direction, seen);
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    for operation in Operation::ALL {
        let spec = operation.spec();
        let objects: Vec<&'static ObjectSchema> = match (direction, spec.response) {
            (TypeDirection::Input, _) => spec.request.into_iter().chain(spec.query).collect(),
            (_, ResponseBody::Json(object)) => vec![object],
            (_, ResponseBody::File) => vec![],
        };
        for object in objects {
            visit(FieldType::Object(object), direction, &mut seen);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_files_are_up_to_date() {
        for (name, text) in files() {
            let path = package().join(name);
            assert_eq!(fs::read_to_string(path).unwrap(), text, "run `cargo xtask types`");
        }
    }

    #[test]
    fn input_types_have_no_read_only_fields() {
        let text = contract();
        let input = text.split("export interface ProcessInput {").nth(1).unwrap();
        let input = input.split("\n}").next().unwrap();
        assert!(input.contains("  initiator: ParticipantInput;"));
        assert!(input.contains("  authorization?: Authorization | undefined;"));
        assert!(!input.contains("validUntil"));
        let output = text.split("export interface Process {").nth(1).unwrap();
        let output = output.split("\n}").next().unwrap();
        assert!(output.contains("  status?: Open<State> | undefined;"));
        assert!(!output.contains("authorization"));
    }
}
