//! Macros that generate the Rust type, its serde implementation (feature `model`) and its static
//! table from one declaration. A new field of the contract is one line.
//!
//! ```text
//! contract_object! {
//!     /// A key-value pair.
//!     Property {
//!         /// Key.
//!         must key "key": [text max 64];          // required
//!         may note "note": [text] read_only;      // optional
//!     }
//! }
//! ```
//!
//! Types: `text [max N] [Format]`, `integer [min N] [max N]`, `integer64 [min N] [max N]`, `boolean`,
//! `enumeration T`, `object T`, `union T`, `list [max N] [unique] of TYPE`, `string_map`, `fraction`,
//! `any`. Flags after the type: `read_only`, `write_only`, `deprecated`, `default "…"`, and `browser`
//! for a field that users of the relay may set. Without `browser` the field is operator-only.
//!
//! Other crates declare APIs of their own, such as the control API of the sandbox, with these parts in
//! addition:
//!
//! ```text
//! contract_object! {
//!     /// Body of a request.
//!     AdvanceInput [closed]: Debug, Deserialize {
//!         either by "by" as Span: [text SignedDuration];  // exactly one `either` field is required
//!         either to "to" as Timestamp: [text DateTime];
//!         null note "note": [text];                       // required, may be null
//!     }
//! }
//! ```
//!
//! `as` sets the Rust type of a field, the list after the colon the derived traits. A `[closed]` object
//! rejects unknown fields and null. Attributes of the struct and of a field, such as serde's, follow
//! its name or type.

/// Description of a schema or field. Without feature `model` it is empty, to keep the wasm module small.
#[cfg(feature = "model")]
pub type Doc = &'static str;
/// Description of a schema or field. Without feature `model` it is empty, to keep the wasm module small.
#[cfg(not(feature = "model"))]
pub type Doc = ();

/// Description for a table.
#[cfg(feature = "model")]
#[doc(hidden)]
pub const fn doc(text: &'static str) -> Doc {
    text
}

/// Description for a table.
#[cfg(not(feature = "model"))]
#[doc(hidden)]
pub const fn doc(_text: &'static str) -> Doc {}

/// An object of the contract.
pub trait ContractObject {
    /// Schema.
    const OBJECT: &'static super::ObjectSchema;
}

/// An enumeration of the contract.
pub trait ContractEnum {
    /// Schema.
    const ENUMERATION: &'static super::EnumSchema;
}

/// A union of objects of the contract.
pub trait ContractUnion {
    /// Schema.
    const UNION: &'static super::UnionSchema;
}

#[doc(hidden)]
#[macro_export]
macro_rules! rust_type {
    ([$rust:ty] $($kind:tt)*) => { $rust };
    ([] text $($rest:tt)*) => { String };
    ([] integer64 $($rest:tt)*) => { i64 };
    ([] integer $($rest:tt)*) => { i32 };
    ([] boolean) => { bool };
    ([] fraction) => { f64 };
    ([] enumeration $t:ty) => { $t };
    ([] object $t:ty) => { $t };
    ([] union $t:ty) => { $t };
    ([] list of $($kind:tt)+) => { Vec<$crate::rust_type!([] $($kind)+)> };
    ([] list unique of $($kind:tt)+) => { Vec<$crate::rust_type!([] $($kind)+)> };
    ([] list max $n:literal of $($kind:tt)+) => { Vec<$crate::rust_type!([] $($kind)+)> };
    ([] string_map) => { std::collections::BTreeMap<String, String> };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_type {
    (must $($kind:tt)+) => { $crate::rust_type!($($kind)+) };
    ($optional:ident $($kind:tt)+) => { Option<$crate::rust_type!($($kind)+)> };
}

#[doc(hidden)]
#[macro_export]
macro_rules! schema_type {
    (text) => { $crate::schema_type!(@text None, Any) };
    (text max $n:literal) => { $crate::schema_type!(@text Some($n), Any) };
    (text max $n:literal $format:ident) => { $crate::schema_type!(@text Some($n), $format) };
    (text $format:ident) => { $crate::schema_type!(@text None, $format) };
    (@text $max:expr, $format:ident) => {
        $crate::contract::FieldType::Text($crate::contract::StringSchema { max: $max, format: $crate::contract::StringFormat::$format })
    };
    (integer64) => { $crate::schema_type!(@integer 64, None, None) };
    (integer64 min $min:literal) => { $crate::schema_type!(@integer 64, Some($min), None) };
    (integer64 min $min:literal max $max:literal) => { $crate::schema_type!(@integer 64, Some($min), Some($max)) };
    (integer) => { $crate::schema_type!(@integer 32, None, None) };
    (integer min $min:literal) => { $crate::schema_type!(@integer 32, Some($min), None) };
    (integer min $min:literal max $max:literal) => { $crate::schema_type!(@integer 32, Some($min), Some($max)) };
    (@integer $bits:literal, $min:expr, $max:expr) => {
        $crate::contract::FieldType::Integer($crate::contract::IntegerSchema { bits: $bits, min: $min, max: $max })
    };
    (boolean) => { $crate::contract::FieldType::Boolean };
    (fraction) => { $crate::contract::FieldType::Fraction };
    (any) => { $crate::contract::FieldType::Any };
    (enumeration $t:ty) => { $crate::contract::FieldType::Enumeration(<$t as $crate::contract::declare::ContractEnum>::ENUMERATION) };
    (object $t:ty) => { $crate::contract::FieldType::Object(<$t as $crate::contract::declare::ContractObject>::OBJECT) };
    (union $t:ty) => { $crate::contract::FieldType::Union(<$t as $crate::contract::declare::ContractUnion>::UNION) };
    (list of $($kind:tt)+) => { $crate::schema_type!(@list None, false, $($kind)+) };
    (list unique of $($kind:tt)+) => { $crate::schema_type!(@list None, true, $($kind)+) };
    (list max $n:literal of $($kind:tt)+) => { $crate::schema_type!(@list Some($n), false, $($kind)+) };
    (@list $max:expr, $unique:literal, $($kind:tt)+) => {
        $crate::contract::FieldType::List({
            static LIST: $crate::contract::ListSchema = $crate::contract::ListSchema {
                item: $crate::schema_type!($($kind)+),
                max: $max,
                unique: $unique,
            };
            &LIST
        })
    };
    (string_map) => { $crate::contract::FieldType::StringMap };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_presence {
    (must) => {
        $crate::contract::FieldPresence::Required
    };
    (may) => {
        $crate::contract::FieldPresence::Optional
    };
    (null) => {
        $crate::contract::FieldPresence::Nullable
    };
    (either) => {
        $crate::contract::FieldPresence::Either
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_flags {
    (@access) => { $crate::contract::FieldAccess::ReadWrite };
    (@access read_only $($rest:tt)*) => { $crate::contract::FieldAccess::ReadOnly };
    (@access write_only $($rest:tt)*) => { $crate::contract::FieldAccess::WriteOnly };
    (@access $other:tt $($rest:tt)*) => { $crate::field_flags!(@access $($rest)*) };
    (@deprecated) => { false };
    (@deprecated deprecated $($rest:tt)*) => { true };
    (@deprecated $other:tt $($rest:tt)*) => { $crate::field_flags!(@deprecated $($rest)*) };
    (@browser) => { false };
    (@browser browser $($rest:tt)*) => { true };
    (@browser $other:tt $($rest:tt)*) => { $crate::field_flags!(@browser $($rest)*) };
    (@default) => { None };
    (@default default $value:literal $($rest:tt)*) => { Some($value) };
    (@default $other:tt $($rest:tt)*) => { $crate::field_flags!(@default $($rest)*) };
}

#[doc(hidden)]
#[macro_export]
/// Name of a schema: that of the Rust type, unless the declaration sets another one.
macro_rules! schema_name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $schema_name:literal) => {
        $schema_name
    };
}

/// Declares objects: a struct, its serde implementation and its schema.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_object {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $(as $schema_name:literal)? $([$closed:ident])? $(#[$container:meta])*
        $(: $($derive:path),+)? {
            $(
                $(#[doc = $field_doc:literal])*
                $presence:ident $field:ident $wire:literal $(as $rust:ty)? : [$($kind:tt)+]
                    $(#[$attribute:meta])* $($flag:ident $($value:literal)?)*
            );* $(;)?
        }
    )+) => {$(
        $crate::contract_struct! {
            [$($($derive),+)?] $name { $(#[doc = $doc])* } { $(#[$container])* } []
            $({
                $presence $wire [$(#[doc = $field_doc])* $(#[$attribute])*]
                $field [$crate::field_type!($presence [$($rust)?] $($kind)+)]
            })*
        }

        impl $crate::contract::declare::ContractObject for $name {
            const OBJECT: &'static $crate::contract::ObjectSchema = {
                static OBJECT: $crate::contract::ObjectSchema = $crate::contract::ObjectSchema {
                    name: $crate::schema_name!($name $($schema_name)?),
                    doc: $crate::contract::declare::doc(concat!($($doc, "\n"),*)),
                    closed: $crate::schema_closed!($($closed)?),
                    fields: &[$(
                        $crate::contract::FieldSchema {
                            name: $wire,
                            doc: $crate::contract::declare::doc(concat!($($field_doc, "\n"),*)),
                            kind: $crate::schema_type!($($kind)+),
                            presence: $crate::field_presence!($presence),
                            access: $crate::field_flags!(@access $($flag $($value)?)*),
                            deprecated: $crate::field_flags!(@deprecated $($flag $($value)?)*),
                            default: $crate::field_flags!(@default $($flag $($value)?)*),
                            browser: $crate::field_flags!(@browser $($flag $($value)?)*),
                        },
                    )*],
                };
                &OBJECT
            };
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! schema_closed {
    () => {
        false
    };
    (closed) => {
        true
    };
}

/// The struct of an object, field after field, as serde's attributes depend on the presence.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_struct {
    // An object of the contract.
    ([] $name:ident { $($docs:tt)* } {} [] $({
        $presence:ident $wire:literal [$($attributes:tt)*] $field:ident [$type:ty]
    })*) => {
        $($docs)*
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "model", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name {
            $(
                $($attributes)*
                #[cfg_attr(feature = "model", serde(rename = $wire))]
                #[cfg_attr(feature = "model", serde(skip_serializing_if = "crate::contract::declare::IsAbsent::absent"))]
                pub $field: $type,
            )*
        }

        #[cfg(feature = "model")]
        impl $crate::contract::declare::IsAbsent for $name {}
    };
    ([$($derive:path),+] $name:ident { $($docs:tt)* } { $($container:tt)* } [$($done:tt)*]) => {
        $($docs)*
        #[derive($($derive),+)]
        $($container)*
        pub struct $name {
            $($done)*
        }
    };
    ($derive:tt $name:ident $docs:tt $container:tt [$($done:tt)*] {
        may $wire:literal [$($attributes:tt)*] $field:ident [$type:ty]
    } $($rest:tt)*) => {
        $crate::contract_struct! { $derive $name $docs $container [
            $($done)*
            $($attributes)*
            #[serde(rename = $wire, default, skip_serializing_if = "Option::is_none")]
            pub $field: $type,
        ] $($rest)* }
    };
    ($derive:tt $name:ident $docs:tt $container:tt [$($done:tt)*] {
        either $($field:tt)*
    } $($rest:tt)*) => {
        $crate::contract_struct! { $derive $name $docs $container [$($done)*] { may $($field)* } $($rest)* }
    };
    ($derive:tt $name:ident $docs:tt $container:tt [$($done:tt)*] {
        $presence:ident $wire:literal [$($attributes:tt)*] $field:ident [$type:ty]
    } $($rest:tt)*) => {
        $crate::contract_struct! { $derive $name $docs $container [
            $($done)*
            $($attributes)*
            #[serde(rename = $wire)]
            pub $field: $type,
        ] $($rest)* }
    };
}

/// Declares enumerations of the contract. The Rust type keeps unknown values in `Unknown`, so that
/// an older client does not lose values of a newer platform.
macro_rules! contract_enum {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[doc = $value_doc:literal])* $variant:ident = $wire:literal ),+ $(,)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[doc = $value_doc])* $variant, )+
            /// A value that this version does not know.
            Unknown(Box<str>),
        }

        impl $name {
            /// Every value that the contract lists, in its order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The value as in the contract.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $wire, )+
                    Self::Unknown(value) => value,
                }
            }

            /// Parses a value; an unknown one becomes [`Self::Unknown`].
            pub fn parse(value: &str) -> Self {
                match value {
                    $( $wire => Self::$variant, )+
                    other => Self::Unknown(other.into()),
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::contract::declare::ContractEnum for $name {
            const ENUMERATION: &'static $crate::contract::EnumSchema = {
                static ENUMERATION: $crate::contract::EnumSchema = $crate::contract::EnumSchema {
                    name: stringify!($name),
                    doc: $crate::contract::declare::doc(concat!($($doc, "\n"),*)),
                    values: &[$($wire),+],
                };
                &ENUMERATION
            };
        }

        #[cfg(feature = "model")]
        impl $crate::contract::declare::IsAbsent for $name {}

        #[cfg(feature = "model")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "model")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::parse(&value))
            }
        }
    )+};
}

/// Declares enumerations that reject unknown values, for APIs whose two sides have the same version.
#[doc(hidden)]
#[macro_export]
macro_rules! closed_enum {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[doc = $value_doc:literal])* $variant:ident = $wire:literal ),+ $(,)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[doc = $value_doc])* #[serde(rename = $wire)] $variant, )+
        }

        impl $name {
            /// All values.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The value on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $wire, )+ }
            }
        }

        impl core::str::FromStr for $name {
            type Err = String;

            fn from_str(value: &str) -> Result<Self, String> {
                match value {
                    $( $wire => Ok(Self::$variant), )+
                    _ => Err(format!("must be one of {}", [$($wire),+].join(", "))),
                }
            }
        }

        impl $crate::contract::declare::ContractEnum for $name {
            const ENUMERATION: &'static $crate::contract::EnumSchema = {
                static ENUMERATION: $crate::contract::EnumSchema = $crate::contract::EnumSchema {
                    name: stringify!($name),
                    doc: $crate::contract::declare::doc(concat!($($doc, "\n"),*)),
                    values: &[$($wire),+],
                };
                &ENUMERATION
            };
        }
    )+};
}

/// Declares a union of objects with a discriminator. Deserialized in code, because values match
/// several branches of the contract's `oneOf`s, so that no JSON Schema can decide.
macro_rules! contract_union {
    (
        $(#[doc = $doc:literal])*
        $name:ident by $discriminator:literal $(default $default:literal)? {
            $( $(#[doc = $variant_doc:literal])* $variant:ident($object:ty) = $wire:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "model", derive(serde::Serialize), serde(untagged))]
        #[allow(clippy::large_enum_variant, reason = "few values exist at a time")]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant($object), )+
        }

        impl $crate::contract::declare::ContractUnion for $name {
            const UNION: &'static $crate::contract::UnionSchema = {
                static UNION: $crate::contract::UnionSchema = $crate::contract::UnionSchema {
                    name: stringify!($name),
                    discriminator: $discriminator,
                    default: {
                        let default: &[&str] = &[$($default)?];
                        default.first().copied()
                    },
                    variants: &[$( ($wire, <$object as $crate::contract::declare::ContractObject>::OBJECT) ),+],
                };
                &UNION
            };
        }

        #[cfg(feature = "model")]
        impl $crate::contract::declare::IsAbsent for $name {}

        #[cfg(feature = "model")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                let value = serde_json::Value::deserialize(deserializer)?;
                let selected = value.get($discriminator).and_then(serde_json::Value::as_str);
                match selected $(.or(Some($default)))? {
                    $( Some($wire) => <$object>::deserialize(value).map(Self::$variant).map_err(D::Error::custom), )+
                    other => Err(D::Error::custom(format_args!(
                        "unknown {} `{}`: {other:?}", stringify!($name), $discriminator
                    ))),
                }
            }
        }
    };
}

/// Whether serialization omits a field: `true` for `None` only.
#[cfg(feature = "model")]
pub(crate) trait IsAbsent {
    fn absent(&self) -> bool {
        false
    }
}

#[cfg(feature = "model")]
mod absent {
    use super::IsAbsent;

    impl<T> IsAbsent for Option<T> {
        fn absent(&self) -> bool {
            self.is_none()
        }
    }

    impl IsAbsent for String {}
    impl IsAbsent for i32 {}
}

pub use {crate::closed_enum, crate::contract_object};
pub(crate) use {contract_enum, contract_union};

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public types")]
mod tests {
    use super::ContractObject as _;

    contract_object! {
        /// An object with one field of each kind of access.
        Sample {
            /// Operator-only, as nothing opens it.
            may closed "closed": [text] default "x";
            /// Open to browsers.
            may open "open": [text] default "x" browser;
        }
    }

    #[test]
    fn fields_are_closed_to_browsers_by_default() {
        let browser = |name| Sample::OBJECT.field(name).unwrap().browser;
        assert!(!browser("closed"));
        assert!(browser("open"));
    }
}
