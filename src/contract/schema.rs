//! The vocabulary in which the contract is written down: objects, fields, kinds and limits.
//!
//! Everything here is plain static data. The walk ([`super::walk`]) checks JSON text along it,
//! the TypeScript types and the sandbox's own API description are generated from it, and the
//! conformance tests hold it against the vendor's document.

/// A JSON object of the contract, a row of `components.schemas`.
#[derive(Debug, Clone, Copy)]
pub struct ObjectSchema {
    /// Name of the schema, as the contract spells it.
    pub name: &'static str,
    /// What the object is. Kept out of the wasm build, where every byte travels.
    #[cfg(feature = "model")]
    pub doc: &'static str,
    /// The fields, in the order of the contract.
    pub fields: &'static [FieldSchema],
}

impl ObjectSchema {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSchema> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A field of an [`ObjectSchema`].
#[derive(Debug, Clone, Copy)]
pub struct FieldSchema {
    /// Name on the wire.
    pub name: &'static str,
    /// What the field means, in units where there are any.
    #[cfg(feature = "model")]
    pub doc: &'static str,
    /// What may stand in it.
    pub kind: FieldType,
    /// Whether the contract demands it wherever the object is written.
    pub required: bool,
    /// Who may write it.
    pub access: FieldAccess,
    /// Whether the contract calls it deprecated.
    pub deprecated: bool,
    /// The value that the platform takes when the field is absent.
    pub default: Option<&'static str>,
    /// Whether browsers may set the field through the relay. A field without the flag decides about
    /// money, identity or data of others: the relay rejects it unless its operator allows it.
    pub browser: bool,
}

/// Who writes a field (`readOnly` and `writeOnly` of the contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldAccess {
    /// Sent by the client and returned by the platform.
    ReadWrite,
    /// Returned by the platform, never sent.
    ReadOnly,
    /// Sent by the client, never returned.
    WriteOnly,
}

/// What may stand in a field or in an item of a list.
#[derive(Debug, Clone, Copy)]
pub enum FieldType {
    /// A string.
    Text(StringSchema),
    /// A whole number.
    Integer(IntegerSchema),
    /// `true` or `false`.
    Boolean,
    /// One of a list of strings.
    Enumeration(&'static EnumSchema),
    /// An object.
    Object(&'static ObjectSchema),
    /// One of several objects, told apart by a field.
    Union(&'static UnionSchema),
    /// A list.
    List(&'static ListSchema),
    /// An object with any keys, whose values are strings.
    StringMap,
}

/// Limits of a string.
#[derive(Debug, Clone, Copy)]
pub struct StringSchema {
    /// Greatest length in UTF-16 code units, the unit in which the platform (Java) counts.
    pub max: Option<u32>,
    /// Shape beyond the length.
    pub format: StringFormat,
}

/// Shape of a string.
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
    /// `[a-zA-Z0-9._~-]+` over the whole value. The contract does not anchor the pattern; the
    /// platform (Java's `matches`) does, so an unanchored reading would pass here and fail there.
    Identifier,
    /// Exactly `application/pdf`.
    PdfMediaType,
    /// Mobile number in E.164: `+`, then at most 15 digits.
    E164,
    /// ISO 8601 duration.
    Duration,
}

/// Limits of a whole number.
#[derive(Debug, Clone, Copy)]
pub struct IntegerSchema {
    /// Width on the wire: 32 or 64.
    pub bits: u8,
    /// Smallest value.
    pub min: Option<i64>,
    /// Greatest value.
    pub max: Option<i64>,
}

/// A closed list of strings in requests. Answers may hold values that this version does not know.
#[derive(Debug)]
pub struct EnumSchema {
    /// Name of the Rust and TypeScript type; the contract leaves its enums unnamed.
    pub name: &'static str,
    /// What it lists.
    #[cfg(feature = "model")]
    pub doc: &'static str,
    /// The values, as the contract spells them.
    pub values: &'static [&'static str],
}

/// Objects told apart by the value of one field.
#[derive(Debug)]
pub struct UnionSchema {
    /// Name of the type.
    pub name: &'static str,
    /// The field whose value selects the variant.
    pub discriminator: &'static str,
    /// The value that is meant when the field is absent; without one the field is required.
    pub default: Option<&'static str>,
    /// Value of the discriminator, and the object that it selects.
    pub variants: &'static [(&'static str, &'static ObjectSchema)],
}

/// Limits of a list.
#[derive(Debug)]
pub struct ListSchema {
    /// What each item is.
    pub item: FieldType,
    /// Greatest number of items.
    pub max: Option<u32>,
    /// Whether an item may stand only once.
    pub unique: bool,
}
