//! Discriminator of an object of a union.

use core::fmt;
use core::marker::PhantomData;

/// An object that a union selects by a discriminator.
pub trait Discriminated {
    /// Value of the discriminator.
    const VALUE: &'static str;
}

/// Discriminator of `T`. It has the value that selects `T`, so that it cannot contradict the type;
/// another value can only come from a platform that is newer than this version, and is kept.
pub struct Discriminator<T> {
    other: Option<Box<str>>,
    of: PhantomData<fn() -> T>,
}

impl<T: Discriminated> Discriminator<T> {
    /// The value.
    pub fn as_str(&self) -> &str {
        self.other.as_deref().unwrap_or(T::VALUE)
    }

    /// Whether it has the value that selects `T`.
    pub fn is_expected(&self) -> bool {
        self.other.is_none()
    }
}

impl<T> Default for Discriminator<T> {
    fn default() -> Self {
        Self { other: None, of: PhantomData }
    }
}

impl<T> Clone for Discriminator<T> {
    fn clone(&self) -> Self {
        Self { other: self.other.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Discriminator<T> {
    fn eq(&self, other: &Self) -> bool {
        self.other == other.other
    }
}

impl<T: Discriminated> fmt::Debug for Discriminator<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(feature = "model")]
impl<T: Discriminated> serde::Serialize for Discriminator<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "model")]
impl<'de, T: Discriminated> serde::Deserialize<'de> for Discriminator<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        let other = (value != T::VALUE).then(|| value.into());
        Ok(Self { other, of: PhantomData })
    }
}
