//! Schema types: objects, fields, field types and limits, all static data.
//!
//! [`super::validate`] checks JSON text against them; the TypeScript types and the sandbox's API
//! description are generated from them; conformance tests compare them with the vendor's document.

use super::declare::Doc;

/// Schema of an object, an entry of `components.schemas`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ObjectSchema {
    /// Name of the schema in the contract.
    pub name: &'static str,
    /// Description.
    pub doc: Doc,
    /// Whether a request with unknown fields or null is invalid. Objects of the contract are open:
    /// the platform ignores both.
    pub closed: bool,
    /// The fields, in the order of the contract.
    pub fields: &'static [FieldSchema],
}

impl ObjectSchema {
    /// Creates the schema of an object.
    pub const fn new(
        name: &'static str,
        doc: Doc,
        closed: bool,
        fields: &'static [FieldSchema],
    ) -> Self {
        Self { name, doc, closed, fields }
    }

    /// Finds a field by name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSchema> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether an empty object is valid.
    pub fn is_optional(&self) -> bool {
        self.fields.iter().all(|field| field.presence == FieldPresence::Optional)
    }
}

/// A field of an [`ObjectSchema`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldSchema {
    /// Name on the wire.
    pub name: &'static str,
    /// Description, with units.
    pub doc: Doc,
    /// Type and limits.
    pub kind: FieldType,
    /// Whether the field must be present.
    pub presence: FieldPresence,
    /// Whether the client or the platform writes the field.
    pub access: FieldAccess,
    /// Whether the contract marks the field as deprecated.
    pub deprecated: bool,
    /// Value that the platform uses if the field is absent.
    pub default: Option<&'static str>,
    /// Whether browsers may set the field through the relay. The relay rejects every other field
    /// unless its operator allows it: it may decide about money, identity or data of other users.
    pub browser: bool,
}

impl FieldSchema {
    /// Creates the schema of a field.
    pub const fn new(
        name: &'static str,
        doc: Doc,
        kind: FieldType,
        presence: FieldPresence,
        access: FieldAccess,
    ) -> Self {
        let (deprecated, default, browser) = (false, None, false);
        Self { name, doc, kind, presence, access, deprecated, default, browser }
    }

    /// Sets what most fields do not have.
    pub const fn with(
        self,
        deprecated: bool,
        default: Option<&'static str>,
        browser: bool,
    ) -> Self {
        Self { deprecated, default, browser, ..self }
    }

    /// Whether requests must contain the field.
    pub fn required(&self) -> bool {
        matches!(self.presence, FieldPresence::Required | FieldPresence::Nullable)
    }
}

/// Whether a field must be present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPresence {
    /// Required.
    Required,
    /// Optional.
    Optional,
    /// Required, and may be null.
    Nullable,
    /// Exactly one of the fields of the object with this presence is required.
    Either,
}

/// Access to a field (`readOnly` and `writeOnly` of the contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldAccess {
    /// Sent by the client and returned by the platform.
    ReadWrite,
    /// Returned by the platform, never sent.
    ReadOnly,
    /// Sent by the client, never returned.
    WriteOnly,
}

/// Type of a field or of a list item.
#[derive(Debug, Clone, Copy)]
pub enum FieldType {
    /// A string.
    Text(StringSchema),
    /// An integer.
    Integer(IntegerSchema),
    /// `true` or `false`.
    Boolean,
    /// A string of an enumeration.
    Enumeration(&'static EnumSchema),
    /// An object.
    Object(&'static ObjectSchema),
    /// One of several objects, selected by a discriminator.
    Union(&'static UnionSchema),
    /// A list.
    List(&'static ListSchema),
    /// An object with arbitrary keys and string values.
    StringMap,
    /// A number above 0, at most 1.
    Fraction,
    /// An object that no schema describes.
    Any,
}

/// Limits of a string.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StringSchema {
    /// Maximum length in UTF-16 code units, the unit in which the platform (Java) counts.
    pub max: Option<u32>,
    /// Format.
    pub format: StringFormat,
}

impl StringSchema {
    /// Creates the schema.
    pub const fn new(max: Option<u32>, format: StringFormat) -> Self {
        Self { max, format }
    }
}

/// Format of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringFormat {
    /// Any text.
    Any,
    /// UUID, RFC 9562.
    Uuid,
    /// E-mail address, RFC 5322.
    Email,
    /// Timestamp with an offset, RFC 3339.
    DateTime,
    /// Absolute URI, RFC 3986.
    Uri,
    /// Base64 with padding, RFC 4648 section 4.
    Base64,
    /// `[a-zA-Z0-9._~-]+` over the whole value. The contract does not anchor the pattern, but the
    /// platform does (Java's `matches`): an unanchored match would pass here and fail there.
    Identifier,
    /// `application/pdf`.
    PdfMediaType,
    /// Mobile number in E.164: `+`, then at most 15 digits.
    E164,
    /// ISO 8601 duration.
    Duration,
    /// ISO 8601 duration that may be negative and have fractions.
    SignedDuration,
}

/// Limits of an integer.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct IntegerSchema {
    /// Width: 32 or 64.
    pub bits: u8,
    /// Minimum.
    pub min: Option<i64>,
    /// Maximum.
    pub max: Option<i64>,
}

impl IntegerSchema {
    /// Creates the schema.
    pub const fn new(bits: u8, min: Option<i64>, max: Option<i64>) -> Self {
        Self { bits, min, max }
    }
}

/// Enumeration of strings: closed in requests, open in responses.
#[derive(Debug)]
#[non_exhaustive]
pub struct EnumSchema {
    /// Name of the Rust and TypeScript type; enums of the contract have no name.
    pub name: &'static str,
    /// Description.
    pub doc: Doc,
    /// Values.
    pub values: &'static [&'static str],
}

impl EnumSchema {
    /// Creates the schema.
    pub const fn new(name: &'static str, doc: Doc, values: &'static [&'static str]) -> Self {
        Self { name, doc, values }
    }
}

/// Union of objects, selected by the value of one field.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnionSchema {
    /// Name of the type.
    pub name: &'static str,
    /// Field that selects the variant.
    pub discriminator: &'static str,
    /// Value that applies if the field is absent; `None` if the field is required.
    pub default: Option<&'static str>,
    /// Values of the discriminator and the objects that they select.
    pub variants: &'static [(&'static str, &'static ObjectSchema)],
}

/// Limits of a list.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListSchema {
    /// Type of the items.
    pub item: FieldType,
    /// Maximum number of items.
    pub max: Option<u32>,
    /// Whether items must be unique.
    pub unique: bool,
}

impl ListSchema {
    /// Creates the schema.
    pub const fn new(item: FieldType, max: Option<u32>, unique: bool) -> Self {
        Self { item, max, unique }
    }
}
