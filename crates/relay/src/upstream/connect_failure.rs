//! Why a connection could not be established, as a stable reason for log and metric.

use std::error::Error;
use std::io;

use tokio_rustls::rustls::{self, CertificateError};

macro_rules! connect_failures {
    ($( $variant:ident $reason:literal $text:literal ),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        pub(crate) enum ConnectFailure {
            $( #[error($text)] $variant, )+
        }

        impl ConnectFailure {
            pub(crate) fn reason(self) -> &'static str {
                match self { $( Self::$variant => $reason, )+ }
            }
        }
    };
}

connect_failures! {
    Dns "dns" "the host name cannot be resolved",
    Refused "refused" "the connection was refused",
    Unreachable "unreachable" "the host or its network is unreachable",
    Timeout "timeout" "no connection in time",
    Closed "closed" "the connection was closed during the handshake",
    NoRootCertificates "no_root_certificates" "no root certificates are installed",
    UnknownCa "unknown_ca" "the certificate is issued by an unknown authority",
    WrongName "wrong_name" "the certificate is for another host name",
    Expired "expired_certificate" "the certificate has expired or is not valid yet",
    Tls "tls" "the TLS handshake failed",
    Other "other" "unknown cause",
}

impl ConnectFailure {
    /// The first cause that has a reason.
    pub(crate) fn of(error: &(dyn Error + 'static), has_roots: bool) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            // The error of the resolver has no public type.
            if error.to_string().starts_with("dns error") {
                return Self::Dns;
            }
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::of_tls(tls, has_roots);
            }
            let io = error.downcast_ref::<io::Error>();
            if let Some(known) = io.and_then(|error| Self::of_kind(error.kind())) {
                return known;
            }
            // `source` of an I/O error skips the error that it wraps.
            cause = match io.and_then(io::Error::get_ref) {
                Some(wrapped) => Some(wrapped),
                None => error.source(),
            };
        }
        Self::Other
    }

    fn of_tls(error: &rustls::Error, has_roots: bool) -> Self {
        match error {
            rustls::Error::InvalidCertificate(_) if !has_roots => Self::NoRootCertificates,
            rustls::Error::InvalidCertificate(certificate) => match certificate {
                // A wrong signature: of another authority with the same name.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownCa,
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Expired,
                _ => Self::Tls,
            },
            _ => Self::Tls,
        }
    }

    fn of_kind(kind: io::ErrorKind) -> Option<Self> {
        Some(match kind {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Self::Unreachable,
            io::ErrorKind::TimedOut => Self::Timeout,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => return None,
        })
    }
}
