//! Compares the tables of `src/contract` with the vendor's document: schemas, properties, limits,
//! enums and operations.
//!
//! The document is not part of the project: set `SWISSCOM_SIGN_CONTRACT`, or place it at
//! `../shared/contract/openapi.json` next to the repository.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::levels::METHODS;
use swisscom_sign::contract::{
    CONTRACT_VERSION, FieldAccess, FieldSchema, FieldType, FindAllQuery, ListSchema, OBJECTS,
    ObjectSchema, Operation, ResponseBody, Scope, StringFormat, UnionSchema,
};
use swisscom_sign::request::{self, UnknownFields};

/// Limits that the document contains only in descriptions: field, and words of the description. A
/// limit that is neither in a schema nor listed here fails the comparison.
const PROSE: [(&str, &str); 9] = [
    ("Person.mobile", "E.164"),
    ("Signer.mobile", "E.164"),
    ("ProcessSetupRequest.language", "Allowed: en-GB, de-CH, fr-CH, it-CH"),
    ("ProcessOpenRequest.language", "Allowed: en-GB, de-CH, fr-CH, it-CH"),
    ("ProcessReleaseRequest.language", "Supported values: `en-GB`, `de-CH`, `fr-CH`, `it-CH`"),
    ("ReminderSettings.interval", "ISO 8601 duration"),
    ("ReminderSettings.beforeExpiry", "ISO 8601 durations"),
    ("FindAllQuery.validUntilWithin", "ISO 8601 duration"),
    ("FindAllQuery.size", "maximum of 20 items"),
];

fn contract() -> Value {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/contract/openapi.json");
    let path = std::env::var_os("SWISSCOM_SIGN_CONTRACT").map_or(default, PathBuf::from);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "the vendor's contract document is not at {}: {error}. Download it and name it in \
             SWISSCOM_SIGN_CONTRACT, or pass `--contract FILE` to `cargo xtask test`.",
            path.display()
        )
    });
    serde_json::from_str(&text).expect("the contract document is JSON")
}

fn names<'v>(values: impl IntoIterator<Item = &'v Value>) -> BTreeSet<&'v str> {
    values.into_iter().filter_map(Value::as_str).collect()
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// Properties and required fields of a schema; a subtype has its own in the second `allOf`.
fn body(schema: &Value) -> &Value {
    schema["allOf"].as_array().map_or(schema, |parts| &parts[1])
}

#[test]
fn version_matches() {
    assert_eq!(contract()["info"]["version"], CONTRACT_VERSION);
}

#[test]
fn schemas_match() {
    let contract = contract();
    let theirs: BTreeSet<_> =
        contract["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut ours: BTreeSet<_> = OBJECTS.iter().map(|object| object.name).collect();
    ours.extend(unions().iter().map(|union| union.name));
    assert_eq!(ours, theirs);
}

/// Unions of the fields of all objects.
fn unions() -> Vec<&'static UnionSchema> {
    let kinds = OBJECTS.iter().flat_map(|object| object.fields.iter().map(|field| field.kind));
    kinds
        .filter_map(|kind| match kind {
            FieldType::Union(union) => Some(union),
            FieldType::List(ListSchema { item: FieldType::Union(union), .. }) => Some(*union),
            _ => None,
        })
        .collect()
}

#[test]
fn properties_match() {
    let contract = contract();
    for object in OBJECTS {
        let schema = &contract["components"]["schemas"][object.name];
        let properties = body(schema)["properties"].as_object().unwrap();
        let ours: BTreeSet<_> = object.fields.iter().map(|field| field.name).collect();
        let theirs: BTreeSet<_> = properties.keys().map(String::as_str).collect();
        assert_eq!(ours, theirs, "properties of {}", object.name);
        let required: BTreeSet<_> =
            object.fields.iter().filter(|field| field.required()).map(|field| field.name).collect();
        let no_requirement = vec![];
        let theirs = names(schema["required"].as_array().unwrap_or(&no_requirement));
        assert_eq!(required, theirs, "required of {}", object.name);
        for field in object.fields {
            same_field(object, field, &properties[field.name]);
        }
    }
}

fn same_field(object: &ObjectSchema, field: &FieldSchema, schema: &Value) {
    let place = format!("{}.{}", object.name, field.name);
    let access = match (schema["readOnly"].as_bool(), schema["writeOnly"].as_bool()) {
        (Some(true), _) => FieldAccess::ReadOnly,
        (_, Some(true)) => FieldAccess::WriteOnly,
        _ => FieldAccess::ReadWrite,
    };
    assert_eq!(field.access, access, "{place}");
    assert_eq!(field.deprecated, schema["deprecated"] == true, "{place}");
    let default = match &schema["default"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        // The only list with a default, which the platform uses if it is absent.
        Value::Array(_) => None,
        other => Some(other.to_string()),
    };
    assert_eq!(field.default.map(str::to_owned), default, "default of {place}");
    same_kind(&place, &field.kind, schema, schema);
}

/// Whether the description of a field contains its limit.
fn prose(place: &str, described: &Value) -> bool {
    PROSE.iter().filter(|(known, _)| *known == place).any(|(_, words)| {
        assert!(
            described.to_string().contains(words),
            "the description of {place} does not contain {words:?}"
        );
        true
    })
}

fn same_kind(place: &str, kind: &FieldType, schema: &Value, described: &Value) {
    let type_of = |schema: &Value| schema["type"].as_str().unwrap_or("").to_owned();
    match kind {
        FieldType::Text(text) => {
            assert_eq!(type_of(schema), "string", "{place}");
            assert!(schema["enum"].is_null(), "{place} has an enum");
            assert!(matches!(schema["minLength"].as_u64(), None | Some(0)), "{place}");
            assert_eq!(
                text.max.map(u64::from),
                schema["maxLength"].as_u64(),
                "maxLength of {place}"
            );
            let format = match (schema["format"].as_str(), schema["pattern"].as_str()) {
                (None, None) => StringFormat::Any,
                (Some("uuid"), None) => StringFormat::Uuid,
                (Some("email"), None) => StringFormat::Email,
                (Some("date-time"), None) => StringFormat::DateTime,
                (Some("uri"), None) => StringFormat::Uri,
                (Some("byte"), None) => StringFormat::Base64,
                (None, Some("[a-zA-Z0-9._~-]+")) => StringFormat::Identifier,
                (None, Some("^application/pdf$")) => StringFormat::PdfMediaType,
                other => panic!("{place}: {other:?}"),
            };
            assert!(format == text.format || prose(place, described), "{place}: {format:?}");
        }
        FieldType::Integer(integer) => {
            assert_eq!(type_of(schema), "integer", "{place}");
            assert_eq!(integer.bits == 64, schema["format"] == "int64", "{place}");
            assert_eq!(integer.min, schema["minimum"].as_i64(), "{place}");
            let same = integer.max == schema["maximum"].as_i64();
            assert!(same || prose(place, described), "maximum of {place}");
        }
        FieldType::Boolean => assert_eq!(type_of(schema), "boolean", "{place}"),
        FieldType::Enumeration(enumeration) => {
            assert_eq!(type_of(schema), "string", "{place}");
            let ours: BTreeSet<_> = enumeration.values.iter().copied().collect();
            match schema["enum"].as_array() {
                Some(values) => assert_eq!(ours, names(values), "{place}"),
                None => assert!(prose(place, described), "{place} is not an enum"),
            }
        }
        FieldType::Object(object) => assert_eq!(reference(schema), Some(object.name), "{place}"),
        FieldType::Union(union) => {
            let theirs: Vec<_> = schema["oneOf"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| reference(one).unwrap())
                .collect();
            let ours: Vec<_> = union.variants.iter().map(|(_, object)| object.name).collect();
            assert_eq!(ours, theirs, "{place}");
        }
        FieldType::List(list) => {
            assert_eq!(type_of(schema), "array", "{place}");
            assert_eq!(list.max.map(u64::from), schema["maxItems"].as_u64(), "{place}");
            assert_eq!(list.unique, schema["uniqueItems"] == true, "{place}");
            same_kind(place, &list.item, &schema["items"], described);
        }
        FieldType::StringMap => {
            assert_eq!(schema["additionalProperties"]["type"], "string", "{place}")
        }
        FieldType::Fraction | FieldType::Any => panic!("{place}: not a type of the contract"),
    }
}

#[test]
fn unions_match_the_discriminators() {
    let contract = contract();
    for union in unions() {
        let schema = &contract["components"]["schemas"][union.name];
        assert_eq!(schema["discriminator"]["propertyName"], union.discriminator);
        let mapping = schema["discriminator"]["mapping"].as_object().unwrap();
        let theirs: BTreeSet<_> = mapping
            .iter()
            .map(|(value, target)| {
                (value.as_str(), target.as_str().unwrap().rsplit('/').next().unwrap())
            })
            .collect();
        let ours = union.variants.iter().map(|(value, object)| (*value, object.name)).collect();
        assert_eq!(theirs, ours);
        if let Some(default) = union.default {
            assert!(
                schema["description"].as_str().unwrap().contains(&format!("treated as {default}"))
            );
        }
    }
}

/// `(path, method, operation)` of the document.
fn operations(contract: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = contract["paths"].as_object().unwrap();
    let of = |(path, methods)| {
        let methods: &Value = methods;
        let path: &String = path;
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn operations_match() {
    let contract = contract();
    let mut met = BTreeSet::new();
    for (path, method, theirs) in operations(&contract) {
        let id = theirs["operationId"].as_str().unwrap();
        let operation = Operation::parse(id).unwrap_or_else(|| panic!("{id} is missing"));
        met.insert(operation);
        let spec = operation.spec();
        assert_eq!(
            (spec.path, spec.method.as_str().to_lowercase().as_str()),
            (path, method),
            "{id}"
        );
        assert_eq!(
            names(theirs["security"][0]["SwisscomSignOAuth2"].as_array().unwrap()),
            BTreeSet::from([spec.scope.as_str()]),
            "{id}"
        );

        let body = &theirs["requestBody"];
        let schema = &body["content"]["application/json"]["schema"];
        assert_eq!(spec.request.map(|object| object.name), reference(schema), "{id}");
        assert_eq!(spec.request_required, body["required"] == true, "{id}");

        let (mut success, mut failures) = (vec![], vec![]);
        for (status, response) in theirs["responses"].as_object().unwrap() {
            let status: u16 = status.parse().unwrap();
            let content = &response["content"];
            if status < 300 {
                success.push(status);
                match spec.response {
                    ResponseBody::Json(object) => assert_eq!(
                        reference(&content["application/json"]["schema"]),
                        Some(object.name),
                        "{id}"
                    ),
                    ResponseBody::File => assert!(
                        content["application/pdf"].is_object()
                            && content["application/zip"].is_object(),
                        "{id}"
                    ),
                }
            } else {
                failures.push((
                    status,
                    reference(&content["application/json"]["schema"]) == Some("Error"),
                ));
            }
        }
        assert_eq!((spec.success, spec.failures), (&*success, &*failures), "{id}");
    }
    assert_eq!(met.len(), Operation::ALL.len());
}

#[test]
fn query_parameters_match() {
    let contract = contract();
    let find_all = &contract["paths"]["/api/process"]["get"];
    let theirs: Vec<_> = find_all["parameters"].as_array().unwrap().iter().collect();
    let described = Value::from(vec![
        find_all["description"].clone(),
        Value::from(theirs.iter().map(|p| p["description"].clone()).collect::<Vec<_>>()),
    ]);
    let object = FindAllQuery::OBJECT;
    assert_eq!(
        object.fields.iter().map(|field| field.name).collect::<BTreeSet<_>>(),
        theirs.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect(),
    );
    for parameter in theirs {
        assert_eq!(
            (&parameter["in"], &parameter["required"]),
            (&Value::from("query"), &Value::from(false))
        );
        let field = object.field(parameter["name"].as_str().unwrap()).unwrap();
        let place = format!("FindAllQuery.{}", field.name);
        same_kind(&place, &field.kind, &parameter["schema"], &described);
    }
}

#[test]
fn scopes_match() {
    let contract = contract();
    let flow = &contract["components"]["securitySchemes"]["SwisscomSignOAuth2"]["flows"]["clientCredentials"];
    let theirs: BTreeSet<_> =
        flow["scopes"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(Scope::ALL.iter().map(|scope| scope.as_str()).collect::<BTreeSet<_>>(), theirs);
}

/// Lines such as `* `SIMPLE` → `CLICK``, and the methods for corporate tenants only.
#[test]
fn methods_of_levels_match() {
    let contract = contract();
    let release = &contract["components"]["schemas"]["ProcessReleaseRequest"];
    let text = release["properties"]["signatureMethods"]["description"].as_str().unwrap();
    let quoted =
        |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let mut pairs = BTreeSet::new();
    for line in text.lines().filter(|line| line.contains('→')) {
        let (levels, methods) = line.split_once('→').unwrap();
        for level in quoted(levels) {
            pairs.extend(quoted(methods).into_iter().map(|method| (method, level.clone())));
        }
    }
    let ours = METHODS.iter().flat_map(|row| {
        row.levels.iter().map(|level| (row.method.as_str().to_owned(), level.as_str().to_owned()))
    });
    assert_eq!(ours.collect::<BTreeSet<_>>(), pairs);
    for row in &METHODS {
        let line =
            text.lines().find(|line| line.contains(&format!("* `{}` –", row.method))).unwrap();
        assert_eq!(line.contains("Corporate tenants only"), row.corporate_only, "{}", row.method);
    }
}

#[test]
fn builders_accept_the_examples_of_the_document() {
    const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
    let contract = contract();
    let mut passed = 0;
    for (_, _, theirs) in operations(&contract) {
        let Some(examples) =
            theirs["requestBody"]["content"]["application/json"]["examples"].as_object()
        else {
            continue;
        };
        let id = theirs["operationId"].as_str().unwrap();
        for (name, example) in examples {
            let body = example["value"].to_string();
            let built = match Operation::parse(id).unwrap() {
                Operation::Create => request::create(&body, UnknownFields::Refuse),
                Operation::Attach => request::attach(ID, &body, UnknownFields::Refuse),
                Operation::Setup => request::setup(ID, Some(&body), UnknownFields::Refuse),
                Operation::Release => request::release(ID, Some(&body), UnknownFields::Refuse),
                Operation::Open => {
                    request::open(ID, "crm-4711", Some(&body), UnknownFields::Refuse)
                }
                other => panic!("{other} has a body"),
            };
            let built = built.unwrap_or_else(|error| panic!("{id} {name}: {:?}", error.problems));
            assert_eq!(built.body.as_deref(), Some(body.as_str()));
            assert_eq!(built.warnings, [], "{id} {name}");
            passed += 1;
        }
    }
    assert_eq!(passed, 20, "examples of the contract");
}
