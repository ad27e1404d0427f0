use sakarkiv_core::{intake::FaultCode, ports::ArchiveError};
use sakarkiv_xml::{Writer, XmlError, fields::FieldError};
use thiserror::Error;

use crate::names::{SOAP_11, SOAP_12, TEKNISK};

/// Why a call is not done. Says what to do, never what was in the call.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    /// The call is no XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A field is missing or has the wrong content.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// It is no SOAP call.
    #[error("the call is not a SOAP envelope with one operation in its body")]
    Envelope,
    /// The caller is not who it says.
    #[error(
        "the user name or the password is wrong, or there is none; send Basic or a UsernameToken with the password as text"
    )]
    Login,
    /// It is not done here.
    #[error("{what} is not done by this archive")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// A file is too large for an answer.
    #[error("the file is larger than the {most} bytes that an answer holds; read it in the archive itself")]
    TooLarge {
        /// The most bytes of a file in an answer.
        most: u64,
    },
    /// The archive did not do it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// The exceptions of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    System,
    Implementation,
    Operational,
    Application,
    Finder,
    Validation,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::System => "SystemFault",
            Self::Implementation => "ImplementationFault",
            Self::Operational => "OperationalFault",
            Self::Application => "ApplicationFault",
            Self::Finder => "FinderFault",
            Self::Validation => "ValidationFault",
        }
    }

    /// Whether the caller is at fault.
    const fn is_callers(self) -> bool {
        matches!(self, Self::Application | Self::Finder | Self::Validation)
    }
}

impl Trouble {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Xml(_) | Self::Field(_) | Self::Envelope => Fault::Validation,
            Self::Login | Self::TooLarge { .. } => Fault::Application,
            Self::Unsupported { .. } => Fault::Implementation,
            Self::Archive(ArchiveError::NotFound { .. } | ArchiveError::Several { .. }) => Fault::Finder,
            Self::Archive(ArchiveError::Rejected(rejection)) if rejection.has(FaultCode::UnknownCase) => Fault::Finder,
            Self::Archive(ArchiveError::Rejected(_)) => Fault::Validation,
            Self::Archive(error) if error.may_pass() => Fault::Operational,
            Self::Archive(ArchiveError::Internal) => Fault::System,
            Self::Archive(_) => Fault::Application,
        }
    }

    /// The answer, in the SOAP of the caller.
    pub(crate) fn envelope(&self, twelve: bool) -> String {
        let (fault, words) = (self.fault(), self.to_string());
        let mut out = Writer::new();
        out.open("soap:Envelope", &[("xmlns:soap", if twelve { SOAP_12 } else { SOAP_11 })]);
        out.open("soap:Body", &[]);
        out.open("soap:Fault", &[]);
        if twelve {
            out.open("soap:Code", &[]);
            out.leaf("soap:Value", if fault.is_callers() { "soap:Sender" } else { "soap:Receiver" });
            out.close();
            out.open("soap:Reason", &[]);
            out.leaf_with("soap:Text", &[("xml:lang", "en")], &words);
            out.close();
            out.open("soap:Detail", &[]);
        } else {
            out.leaf("faultcode", if fault.is_callers() { "soap:Client" } else { "soap:Server" });
            out.leaf("faultstring", &words);
            out.open("detail", &[]);
        }
        let name = format!("t:{}", fault.name());
        out.open(&name, &[("xmlns:t", TEKNISK)]);
        out.leaf("t:feilKode", fault.name());
        out.leaf("t:feilBeskrivelse", &words);
        out.finish()
    }
}
