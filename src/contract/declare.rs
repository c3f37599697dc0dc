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
//! `integer [min N] [max N]`, `integer64`, `boolean`, `enumeration T`, `object T`, `union T`,
//! `list [max N] [unique] of TYPE`, `string_map`, `discriminator OBJECT TYPE`.
//! Flags after the type: `read_only`, `write_only`, `deprecated`, `default "…"`, and `browser` for
//! a field that users of the relay may set. Without `browser` the field is operator-only.

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

macro_rules! rust_type {
    (text $($rest:tt)*) => { String };
    (secret $($rest:tt)*) => { $crate::contract::SecretText };
    (discriminator $t:ident $($rest:tt)+) => { $crate::contract::Discriminator<$t> };
    (integer64 $($rest:tt)*) => { i64 };
    (integer $($rest:tt)*) => { i32 };
    (boolean) => { bool };
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

macro_rules! schema_type {
    (secret $($rest:tt)*) => { $crate::contract::declare::schema_type!(text $($rest)*) };
    (discriminator $t:ident $($rest:tt)+) => { $crate::contract::declare::schema_type!($($rest)+) };
    (text) => { $crate::contract::declare::schema_type!(@text None, Any) };
    (text max $n:literal) => { $crate::contract::declare::schema_type!(@text Some($n), Any) };
    (text max $n:literal $format:ident) => { $crate::contract::declare::schema_type!(@text Some($n), $format) };
    (text $format:ident) => { $crate::contract::declare::schema_type!(@text None, $format) };
    (@text $max:expr, $format:ident) => {
        $crate::contract::FieldType::Text($crate::contract::StringSchema { max: $max, format: $crate::contract::StringFormat::$format })
    };
    (integer64) => { $crate::contract::declare::schema_type!(@integer 64, None, None) };
    (integer) => { $crate::contract::declare::schema_type!(@integer 32, None, None) };
    (integer min $min:literal) => { $crate::contract::declare::schema_type!(@integer 32, Some($min), None) };
    (integer min $min:literal max $max:literal) => { $crate::contract::declare::schema_type!(@integer 32, Some($min), Some($max)) };
    (@integer $bits:literal, $min:expr, $max:expr) => {
        $crate::contract::FieldType::Integer($crate::contract::IntegerSchema { bits: $bits, min: $min, max: $max })
    };
    (boolean) => { $crate::contract::FieldType::Boolean };
    (enumeration $t:ty) => { $crate::contract::FieldType::Enumeration(<$t as $crate::contract::declare::ContractEnum>::ENUMERATION) };
    (object $t:ty) => { $crate::contract::FieldType::Object(<$t as $crate::contract::declare::ContractObject>::OBJECT) };
    (union $t:ty) => { $crate::contract::FieldType::Union(<$t as $crate::contract::declare::ContractUnion>::UNION) };
    (list of $($kind:tt)+) => { $crate::contract::declare::schema_type!(@list None, false, $($kind)+) };
    (list unique of $($kind:tt)+) => { $crate::contract::declare::schema_type!(@list None, true, $($kind)+) };
    (list max $n:literal of $($kind:tt)+) => { $crate::contract::declare::schema_type!(@list Some($n), false, $($kind)+) };
    (@list $max:expr, $unique:literal, $($kind:tt)+) => {
        $crate::contract::FieldType::List({
            static LIST: $crate::contract::ListSchema = $crate::contract::ListSchema {
                item: $crate::contract::declare::schema_type!($($kind)+),
                max: $max,
                unique: $unique,
            };
            &LIST
        })
    };
    (string_map) => { $crate::contract::FieldType::StringMap };
}

macro_rules! field_presence {
    (must) => {
        true
    };
    (may) => {
        false
    };
    (tag) => {
        false
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

/// Name of a schema: that of the Rust type, unless the declaration sets another one.
macro_rules! schema_name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $schema_name:literal) => {
        $schema_name
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

        impl $crate::contract::declare::ContractObject for $name {
            const OBJECT: &'static $crate::contract::ObjectSchema = {
                static OBJECT: $crate::contract::ObjectSchema = $crate::contract::ObjectSchema {
                    name: $crate::contract::declare::schema_name!($name $($schema_name)?),
                    #[cfg(feature = "model")]
                    doc: concat!($($doc, "\n"),*),
                    fields: &[$(
                        $crate::contract::FieldSchema {
                            name: $wire,
                            #[cfg(feature = "model")]
                            doc: concat!($($field_doc, "\n"),*),
                            kind: $crate::contract::declare::schema_type!($($kind)+),
                            required: $crate::contract::declare::field_presence!($presence),
                            access: $crate::contract::declare::field_flags!(@access $($flag $($value)?)*),
                            deprecated: $crate::contract::declare::field_flags!(@deprecated $($flag $($value)?)*),
                            default: $crate::contract::declare::field_flags!(@default $($flag $($value)?)*),
                            browser: $crate::contract::declare::field_flags!(@browser $($flag $($value)?)*),
                        },
                    )*],
                };
                &OBJECT
            };
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
                static ENUMERATION: $crate::contract::EnumSchema = $crate::contract::EnumSchema {
                    name: stringify!($name),
                    #[cfg(feature = "model")]
                    doc: concat!($($doc, "\n"),*),
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

pub(crate) use {
    constructor, contract_enum, contract_object, contract_union, field_flags, field_presence,
    field_type, rust_type, schema_name, schema_type, setter,
};

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
