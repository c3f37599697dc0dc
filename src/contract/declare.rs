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
//! `tag` declares a discriminator that the contract does not require but this type needs.
//!
//! Types: `text [max N] [Format]`, `secret [max N] [Format]` for a text that `Debug` must not print,
//! `integer [min N] [max N]`, `integer64 [min N] [max N]`, `boolean`, `enumeration T`, `object T`,
//! `union T`, `list [max N] [unique] of TYPE`, `string_map`, `discriminator OBJECT TYPE`, `fraction`,
//! `any`.
//! Flags after the type: `read_only`, `write_only`, `deprecated`, `default "…"`, and `browser` for
//! a field that users of the relay may set. Without `browser` the field is operator-only.
//!
//! Other crates declare APIs of their own, such as the control API of the sandbox, with `api_object!`
//! and `closed_enum!`. Both sides of such an API have the same version, so that its types are closed:
//!
//! ```text
//! api_object! {
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

/// Description of a schema or field; empty without feature `model`, to keep the wasm module small.
#[cfg(feature = "model")]
pub type Doc = &'static str;
/// Description of a schema or field; empty without feature `model`, to keep the wasm module small.
#[cfg(not(feature = "model"))]
pub type Doc = ();

/// Description for a table.
#[doc(hidden)]
#[cfg(feature = "model")]
pub const fn doc(text: &'static str) -> Doc {
    text
}

/// Description for a table.
#[doc(hidden)]
#[cfg(not(feature = "model"))]
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
    (text $($rest:tt)*) => { String };
    (secret $($rest:tt)*) => { $crate::contract::SecretText };
    (discriminator $t:ident $($rest:tt)+) => { $crate::contract::Discriminator<$t> };
    (integer64 $($rest:tt)*) => { i64 };
    (integer $($rest:tt)*) => { i32 };
    (boolean) => { bool };
    (fraction) => { f64 };
    (enumeration $t:ty) => { $t };
    (object $t:ty) => { $t };
    (union $t:ty) => { $t };
    (list of $($kind:tt)+) => { Vec<$crate::contract::declare::rust_type!($($kind)+)> };
    (list unique of $($kind:tt)+) => { Vec<$crate::contract::declare::rust_type!($($kind)+)> };
    (list max $n:literal of $($kind:tt)+) => { Vec<$crate::contract::declare::rust_type!($($kind)+)> };
    (string_map) => { std::collections::BTreeMap<String, String> };
}

macro_rules! field_type {
    (must $($kind:tt)+) => { $crate::contract::declare::rust_type!($($kind)+) };
    (tag $($kind:tt)+) => { $crate::contract::declare::rust_type!($($kind)+) };
    (may $($kind:tt)+) => { Option<$crate::contract::declare::rust_type!($($kind)+)> };
}

#[doc(hidden)]
#[macro_export]
macro_rules! schema_type {
    (secret $($rest:tt)*) => { $crate::contract::declare::schema_type!(text $($rest)*) };
    (discriminator $t:ident $($rest:tt)+) => { $crate::contract::declare::schema_type!($($rest)+) };
    (text) => { $crate::contract::declare::schema_type!(@text None, Any) };
    (text max $n:literal) => { $crate::contract::declare::schema_type!(@text Some($n), Any) };
    (text max $n:literal $format:ident) => { $crate::contract::declare::schema_type!(@text Some($n), $format) };
    (text $format:ident) => { $crate::contract::declare::schema_type!(@text None, $format) };
    (@text $max:expr, $format:ident) => {
        $crate::contract::FieldType::Text($crate::contract::StringSchema::new($max, $crate::contract::StringFormat::$format))
    };
    (integer64) => { $crate::contract::declare::schema_type!(@integer 64, None, None) };
    (integer64 min $min:literal) => { $crate::contract::declare::schema_type!(@integer 64, Some($min), None) };
    (integer64 min $min:literal max $max:literal) => { $crate::contract::declare::schema_type!(@integer 64, Some($min), Some($max)) };
    (integer) => { $crate::contract::declare::schema_type!(@integer 32, None, None) };
    (integer min $min:literal) => { $crate::contract::declare::schema_type!(@integer 32, Some($min), None) };
    (integer min $min:literal max $max:literal) => { $crate::contract::declare::schema_type!(@integer 32, Some($min), Some($max)) };
    (@integer $bits:literal, $min:expr, $max:expr) => {
        $crate::contract::FieldType::Integer($crate::contract::IntegerSchema::new($bits, $min, $max))
    };
    (boolean) => { $crate::contract::FieldType::Boolean };
    (fraction) => { $crate::contract::FieldType::Fraction };
    (any) => { $crate::contract::FieldType::Any };
    (enumeration $t:ty) => { $crate::contract::FieldType::Enumeration(<$t as $crate::contract::declare::ContractEnum>::ENUMERATION) };
    (object $t:ty) => { $crate::contract::FieldType::Object(<$t as $crate::contract::declare::ContractObject>::OBJECT) };
    (union $t:ty) => { $crate::contract::FieldType::Union(<$t as $crate::contract::declare::ContractUnion>::UNION) };
    (list of $($kind:tt)+) => { $crate::contract::declare::schema_type!(@list None, false, $($kind)+) };
    (list unique of $($kind:tt)+) => { $crate::contract::declare::schema_type!(@list None, true, $($kind)+) };
    (list max $n:literal of $($kind:tt)+) => { $crate::contract::declare::schema_type!(@list Some($n), false, $($kind)+) };
    (@list $max:expr, $unique:literal, $($kind:tt)+) => {
        $crate::contract::FieldType::List({
            static LIST: $crate::contract::ListSchema =
                $crate::contract::ListSchema::new($crate::contract::declare::schema_type!($($kind)+), $max, $unique);
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
    (tag) => {
        $crate::contract::FieldPresence::Optional
    };
    (null) => {
        $crate::contract::FieldPresence::Nullable
    };
    (either) => {
        $crate::contract::FieldPresence::Either
    };
}

/// Constructor of an object: `Default` without required fields, otherwise `new` with them.
macro_rules! constructor {
    ($name:ident [] [$($absent:ident)*]) => {
        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($absent: Default::default(),)*
                    #[cfg(feature = "model")]
                    extra: Default::default(),
                }
            }
        }
    };
    ($name:ident [$(($required:ident $($kind:tt)+))+] [$($absent:ident)*]) => {
        impl $name {
            /// Creates the object with its required fields.
            pub fn new($($required: impl Into<$crate::contract::declare::rust_type!($($kind)+)>),+) -> Self {
                Self {
                    $($required: $required.into(),)+
                    $($absent: Default::default(),)*
                    #[cfg(feature = "model")]
                    extra: Default::default(),
                }
            }
        }
    };
    ($name:ident [$($required:tt)*] [$($absent:ident)*] ($presence:ident $field:ident discriminator $($kind:tt)+) $($rest:tt)*) => {
        $crate::contract::declare::constructor! { $name [$($required)*] [$($absent)* $field] $($rest)* }
    };
    ($name:ident [$($required:tt)*] [$($absent:ident)*] (must $field:ident $($kind:tt)+) $($rest:tt)*) => {
        $crate::contract::declare::constructor! { $name [$($required)* ($field $($kind)+)] [$($absent)*] $($rest)* }
    };
    ($name:ident [$($required:tt)*] [$($absent:ident)*] (may $field:ident $($kind:tt)+) $($rest:tt)*) => {
        $crate::contract::declare::constructor! { $name [$($required)*] [$($absent)* $field] $($rest)* }
    };
}

/// Setter of an optional field, named like the field.
macro_rules! setter {
    (may $field:ident $wire:literal discriminator $($kind:tt)+) => {};
    (may $field:ident $wire:literal $($kind:tt)+) => {
        #[doc = concat!("Sets `", $wire, "`.")]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$crate::contract::declare::rust_type!($($kind)+)>) -> Self {
            self.$field = Some($field.into());
            self
        }
    };
    ($presence:ident $field:ident $wire:literal $($kind:tt)+) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_flags {
    (@access) => { $crate::contract::FieldAccess::ReadWrite };
    (@access read_only $($rest:tt)*) => { $crate::contract::FieldAccess::ReadOnly };
    (@access write_only $($rest:tt)*) => { $crate::contract::FieldAccess::WriteOnly };
    (@access $other:tt $($rest:tt)*) => { $crate::contract::declare::field_flags!(@access $($rest)*) };
    (@deprecated) => { false };
    (@deprecated deprecated $($rest:tt)*) => { true };
    (@deprecated $other:tt $($rest:tt)*) => { $crate::contract::declare::field_flags!(@deprecated $($rest)*) };
    (@browser) => { false };
    (@browser browser $($rest:tt)*) => { true };
    (@browser $other:tt $($rest:tt)*) => { $crate::contract::declare::field_flags!(@browser $($rest)*) };
    (@default) => { None };
    (@default default $value:literal $($rest:tt)*) => { Some($value) };
    (@default $other:tt $($rest:tt)*) => { $crate::contract::declare::field_flags!(@default $($rest)*) };
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

#[doc(hidden)]
#[macro_export]
/// Schema of an object.
macro_rules! object_schema {
    ($name:ident [$($schema_name:literal)?] $closed:tt [$($doc:literal),*] $(
        ($presence:ident $wire:literal [$($kind:tt)+] [$($field_doc:literal),*] $($flags:tt)*)
    )*) => {
        impl $crate::contract::declare::ContractObject for $name {
            const OBJECT: &'static $crate::contract::ObjectSchema = {
                static OBJECT: $crate::contract::ObjectSchema = $crate::contract::ObjectSchema::new(
                    $crate::contract::declare::schema_name!($name $($schema_name)?),
                    $crate::contract::declare::doc(concat!($($doc, "\n"),*)),
                    $closed,
                    &[$( $crate::contract::FieldSchema::new(
                        $wire,
                        $crate::contract::declare::doc(concat!($($field_doc, "\n"),*)),
                        $crate::contract::declare::schema_type!($($kind)+),
                        $crate::contract::declare::field_presence!($presence),
                        $crate::contract::declare::field_flags!(@access $($flags)*),
                    )
                    .with(
                        $crate::contract::declare::field_flags!(@deprecated $($flags)*),
                        $crate::contract::declare::field_flags!(@default $($flags)*),
                        $crate::contract::declare::field_flags!(@browser $($flags)*),
                    ) ),*],
                );
                &OBJECT
            };
        }
    };
}

/// Declares objects of the contract: a struct with its constructor and setters, its serde
/// implementation and its schema. A new field of the contract does not break callers: the struct is
/// non-exhaustive, and fields that this version does not know are kept.
macro_rules! contract_object {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $(as $schema_name:literal)? {
            $(
                $(#[doc = $field_doc:literal])*
                $presence:ident $field:ident $wire:literal : [$($kind:tt)+] $($flag:ident $($value:literal)?)*
            );* $(;)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "model", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                #[cfg_attr(feature = "model", serde(rename = $wire))]
                #[cfg_attr(feature = "model", serde(skip_serializing_if = "crate::contract::declare::IsAbsent::absent"))]
                pub $field: $crate::contract::declare::field_type!($presence $($kind)+),
            )*
            /// Fields that this version does not know.
            #[cfg(feature = "model")]
            #[serde(flatten)]
            pub extra: $crate::contract::JsonFields,
        }

        $crate::contract::declare::constructor! { $name [] [] $(($presence $field $($kind)+))* }

        impl $name {
            $( $crate::contract::declare::setter! { $presence $field $wire $($kind)+ } )*
        }

        $crate::contract::declare::object_schema! {
            $name [$($schema_name)?] false [$($doc),*]
            $( ($presence $wire [$($kind)+] [$($field_doc),*] $($flag $($value)?)*) )*
        }

        #[cfg(feature = "model")]
        impl $crate::contract::declare::IsAbsent for $name {}
    )+};
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
        #[non_exhaustive]
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
                static ENUMERATION: $crate::contract::EnumSchema = $crate::contract::EnumSchema::new(
                    stringify!($name),
                    $crate::contract::declare::doc(concat!($($doc, "\n"),*)),
                    &[$($wire),+],
                );
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

#[doc(hidden)]
#[macro_export]
/// Declares objects of an API of another crate: a struct and its schema.
macro_rules! api_object {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $(as $schema_name:literal)? $([$closed:ident])? $(#[$container:meta])* : $($derive:path),+ {
            $(
                $(#[doc = $field_doc:literal])*
                $presence:ident $field:ident $wire:literal $(as $rust:ty)? : [$($kind:tt)+] $(#[$attribute:meta])*
            );* $(;)?
        }
    )+) => {$(
        $crate::contract::declare::api_struct! {
            { $(#[doc = $doc])* #[derive($($derive),+)] $(#[$container])* pub struct $name } []
            $({
                $presence $wire $field [$(#[doc = $field_doc])* $(#[$attribute])*]
                [$crate::contract::declare::rust_type_or!([$($rust)?] $($kind)+)]
            })*
        }

        $crate::contract::declare::object_schema! {
            $name [$($schema_name)?] { let closed: &[&str] = &[$(stringify!($closed))?]; !closed.is_empty() } [$($doc),*]
            $( ($presence $wire [$($kind)+] [$($field_doc),*]) )*
        }
    )+};
}

/// Type of a field that the declaration may set.
#[doc(hidden)]
#[macro_export]
macro_rules! rust_type_or {
    ([$rust:ty] $($kind:tt)+) => { $rust };
    ([] $($kind:tt)+) => { $crate::contract::declare::rust_type!($($kind)+) };
}

/// The struct of an object, field after field, as serde's attributes depend on the presence.
#[doc(hidden)]
#[macro_export]
macro_rules! api_struct {
    ({ $($head:tt)* } [$($done:tt)*]) => {
        $($head)* { $($done)* }
    };
    ($head:tt [$($done:tt)*] {
        must $wire:literal $field:ident [$($attributes:tt)*] [$type:ty]
    } $($rest:tt)*) => {
        $crate::contract::declare::api_struct! { $head [
            $($done)* $($attributes)* #[serde(rename = $wire)] pub $field: $type,
        ] $($rest)* }
    };
    ($head:tt [$($done:tt)*] {
        null $wire:literal $field:ident [$($attributes:tt)*] [$type:ty]
    } $($rest:tt)*) => {
        $crate::contract::declare::api_struct! { $head [
            $($done)* $($attributes)* #[serde(rename = $wire)] pub $field: Option<$type>,
        ] $($rest)* }
    };
    ($head:tt [$($done:tt)*] {
        $optional:ident $wire:literal $field:ident [$($attributes:tt)*] [$type:ty]
    } $($rest:tt)*) => {
        $crate::contract::declare::api_struct! { $head [
            $($done)* $($attributes)*
            #[serde(rename = $wire, default, skip_serializing_if = "Option::is_none")]
            pub $field: Option<$type>,
        ] $($rest)* }
    };
}

/// Declares enumerations that reject unknown values.
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
                static ENUMERATION: $crate::contract::EnumSchema = $crate::contract::EnumSchema::new(
                    stringify!($name),
                    $crate::contract::declare::doc(concat!($($doc, "\n"),*)),
                    &[$($wire),+],
                );
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
        #[non_exhaustive]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant($object), )+
            /// An object with a discriminator that this version does not know.
            #[cfg(feature = "model")]
            Unknown($crate::contract::JsonFields),
        }

        $(
            impl From<$object> for $name {
                fn from(object: $object) -> Self {
                    Self::$variant(object)
                }
            }

            impl $crate::contract::Discriminated for $object {
                const VALUE: &'static str = $wire;
            }
        )+

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
                    Some(_) => serde_json::from_value(value).map(Self::Unknown).map_err(D::Error::custom),
                    None => Err(D::Error::missing_field($discriminator)),
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
    impl IsAbsent for crate::contract::SecretText {}
    impl<T> IsAbsent for crate::contract::Discriminator<T> {}
    impl IsAbsent for i32 {}
}

#[doc(hidden)]
pub use {
    crate::api_object, crate::api_struct, crate::closed_enum, crate::field_flags,
    crate::field_presence, crate::object_schema, crate::rust_type, crate::rust_type_or,
    crate::schema_name, crate::schema_type,
};
pub(crate) use {constructor, contract_enum, contract_object, contract_union, field_type, setter};

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macro declares public types with setters")]
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
